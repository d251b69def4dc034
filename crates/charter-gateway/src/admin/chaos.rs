//! Faults on purpose, while a plan is served that allows them.
//!
//! | request | |
//! |---|---|
//! | `GET /chaos` | whether they are allowed, and which are in |
//! | `POST /chaos/faults` | brings one in for one lease: `{"point": {"kind": "model", "label": "fraud@v2"}, "kind": {"kind": "error"}}` |
//! | `POST /chaos/faults/{id}/renew`, `…/end`; `DELETE /chaos/faults/{id}` | one more lease from now; the end |
//!
//! What a fault does belongs to what it wraps; who expects what meanwhile, to whoever drives the run.

use crate::errors::{Code, Refusal, quoted};
use crate::http::Received;
use crate::http::reply::{self, Reply};
use charter_engine::Engine;
use charter_plan::Plan;
use charter_plan::plan::{Chaos, Fault, FaultKind, Model, Point, Source};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

/// The port to whatever wraps models, store and clock: the binary knows how they are wrapped.
pub trait BringFaults: Send + Sync {
    /// The faults that are in, oldest first.
    fn active(&self) -> Vec<FaultIn>;

    /// Brings a fault in for one lease; `share_max` is the charter's bound, parts per 10,000. The answer is its id.
    ///
    /// # Errors
    /// Why it was not taken; nothing has changed.
    fn bring_in(&self, fault: Fault, lease: Duration, share_max: u16) -> Result<u64, String>;

    /// Gives a fault one more lease from now; false when it has ended.
    fn renew(&self, id: u64) -> bool;

    /// Ends a fault; false when it has ended already.
    fn end(&self, id: u64) -> bool;

    /// Ends all faults.
    fn clear(&self);
}

/// A fault that is in.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultIn {
    pub id: u64,
    pub fault: Fault,
    /// Time left of its lease.
    pub ends_in: Duration,
    /// Calls that it has touched.
    pub touched: u64,
}

/// Body of a request for a fault; without a share, as many calls as the charter allows; without a seed, one that no fault has that is in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultBody {
    point: Point,
    kind: FaultKind,
    share: Option<u16>,
    seed: Option<u64>,
}

/// Whether a path is answered here.
pub(super) fn is_ours(path: &str) -> bool {
    path.strip_prefix("/chaos").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a request changes something.
pub(super) fn writes(request: &Received) -> bool {
    matches!(request.method, Method::POST | Method::DELETE)
}

pub(super) fn answer(faults: &dyn BringFaults, engine: &Engine, request: &Received) -> Result<Reply, Refusal> {
    let path = request.uri.path();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let reads = matches!(request.method, Method::GET | Method::HEAD);
    match (parts.as_slice(), &request.method) {
        (["chaos"], _) if reads => Ok(overview(faults, engine)),
        (["chaos", "faults"], &Method::POST) => bring_in(faults, engine, &request.body),
        (["chaos", "faults", id, "renew"], &Method::POST) => {
            let id = number(id)?;
            allowed(engine)?;
            if faults.renew(id) { Ok(told(faults, id)) } else { Err(ended(id)) }
        }
        // Ending is allowed whatever the charter says: it can only make things better.
        (["chaos", "faults", id, "end"], &Method::POST) | (["chaos", "faults", id], &Method::DELETE) => {
            let id = number(id)?;
            if faults.end(id) {
                tracing::warn!(id, "a fault on purpose is ended");
                Ok(reply::json(StatusCode::OK, json!({ "id": id, "ended": true }).to_string()))
            } else {
                Err(ended(id))
            }
        }
        (["chaos"], _) => Ok(reply::wrong_method("GET")),
        (["chaos", "faults"] | ["chaos", "faults", _, "renew" | "end"], _) => Ok(reply::wrong_method("POST")),
        (["chaos", "faults", _], _) => Ok(reply::wrong_method("DELETE")),
        _ => Err(Refusal::new(Code::UnknownPath, "there is nothing at this path; try /chaos or /chaos/faults")),
    }
}

fn number(id: &str) -> Result<u64, Refusal> {
    id.parse().map_err(|_| Refusal::new(Code::NameUnknown, "the id of a fault is a whole number; `GET /chaos` lists them"))
}

fn ended(id: u64) -> Refusal {
    Refusal::new(Code::NameUnknown, format!("no fault {id} is in; it may have ended by itself, since its lease was not renewed"))
}

/// What the served plan allows.
fn allowed(engine: &Engine) -> Result<Chaos, Refusal> {
    engine.current().plan().chaos.clone().ok_or_else(|| {
        Refusal::new(Code::ChaosOff, "the charter that is served does not allow faults; it would say `chaos: { enabled: true }`")
    })
}

fn bring_in(faults: &dyn BringFaults, engine: &Engine, body: &[u8]) -> Result<Reply, Refusal> {
    let chaos = allowed(engine)?;
    let wish: FaultBody = serde_json::from_slice(body).map_err(|problem| {
        let place = format!("line {} column {}", problem.line(), problem.column());
        Refusal::new(Code::BadJson, format!("the body must be {{point, kind, share, seed}} of a fault; it goes wrong at {place}"))
    })?;
    let point = known(engine.current().plan(), wish.point)?;
    let seed = wish.seed.unwrap_or_else(|| unused_seed(&faults.active()));
    let fault = Fault { point, kind: wish.kind, share: wish.share.unwrap_or(chaos.share_max), seed };
    let lease = Duration::from_millis(u64::from(chaos.lease_ms));
    let id = faults.bring_in(fault, lease, chaos.share_max).map_err(|reason| Refusal::new(Code::FaultRefused, reason))?;
    // INVARIANT: a reload swaps the plan first and ends all faults then. A fault that came in between is seen here to be one too many.
    if engine.current().plan().chaos.is_none() {
        faults.clear();
        allowed(engine)?;
    }
    Ok(told(faults, id))
}

/// The point as the plan spells it.
fn known(plan: &Plan, point: Point) -> Result<Point, Refusal> {
    match point {
        Point::Model { label } if !plan.models.iter().any(|model| model.label() == label) => {
            Err(Refusal::new(Code::FaultRefused, "the plan has no model version of that label; `/status` lists them"))
        }
        Point::Provider { url } => {
            let servers: BTreeSet<&str> = plan.models.iter().filter_map(server).collect();
            let plain = |url: &str| url.trim_end_matches('/').to_owned();
            match servers.iter().find(|known| plain(known) == plain(&url)) {
                Some(known) => Ok(Point::Provider { url: (*known).to_owned() }),
                None if servers.is_empty() => Err(Refusal::new(Code::FaultRefused, "no model of the plan is on another server")),
                None => {
                    let servers: Vec<String> = servers.into_iter().map(quoted).collect();
                    let message = format!("no model of the plan is on that server; there is {}", servers.join(", "));
                    Err(Refusal::new(Code::FaultRefused, message))
                }
            }
        }
        point @ (Point::Model { .. } | Point::Store | Point::Clock) => Ok(point),
    }
}

/// The address of the server that answers for a model, where there is one.
fn server(model: &Model) -> Option<&str> {
    match &model.source {
        Source::Oip { url, .. } => Some(url),
        _ => None,
    }
}

/// Faults with one seed and one share strike the same calls, of which each is struck once: the second fault would touch none.
fn unused_seed(active: &[FaultIn]) -> u64 {
    (1..=u64::MAX).find(|seed| active.iter().all(|fault| fault.fault.seed != *seed)).unwrap_or_default()
}

fn told(faults: &dyn BringFaults, id: u64) -> Reply {
    let found = faults.active().into_iter().find(|fault| fault.id == id).map_or(Value::Null, |fault| shown(&fault));
    reply::json(StatusCode::OK, json!({ "id": id, "fault": found }).to_string())
}

fn shown(fault: &FaultIn) -> Value {
    json!({
        "id": fault.id,
        "point": fault.fault.point,
        "kind": fault.fault.kind,
        "share": fault.fault.share,
        "seed": fault.fault.seed,
        "ends_in_ms": u64::try_from(fault.ends_in.as_millis()).unwrap_or(u64::MAX),
        "touched": fault.touched,
    })
}

/// The faults that are in, for every document that tells how the server is doing.
pub(super) fn list(faults: Option<&dyn BringFaults>) -> Value {
    faults.map_or_else(|| Value::Array(Vec::new()), |faults| faults.active().iter().map(shown).collect())
}

fn overview(faults: &dyn BringFaults, engine: &Engine) -> Reply {
    let chaos = engine.current().plan().chaos.clone();
    let bounds = chaos.as_ref().map(|chaos| {
        let names: Vec<&str> = chaos.experiments.iter().map(|experiment| experiment.name.as_str()).collect();
        json!({ "share_max": chaos.share_max, "lease_ms": chaos.lease_ms, "abort_unanswered": chaos.abort_unanswered,
                "abort_burn": chaos.abort_burn, "experiments": names })
    });
    let body = json!({ "enabled": chaos.is_some(), "bounds": bounds, "faults": list(Some(faults)) });
    reply::json(StatusCode::OK, body.to_string())
}

/// Metrics about faults; nothing but the zero while none is in.
pub(super) fn exposition(faults: &dyn BringFaults) -> String {
    let active = faults.active();
    let mut text = String::from("# HELP charter_faults_active Faults that are in on purpose.\n# TYPE charter_faults_active gauge\n");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "charter_faults_active {}", active.len());
    if !active.is_empty() {
        text.push_str("# HELP charter_fault_touched_calls Calls that a fault on purpose has touched.\n");
        text.push_str("# TYPE charter_fault_touched_calls gauge\n");
    }
    for fault in &active {
        let point = match &fault.fault.point {
            Point::Model { label } => label.as_str(),
            // An address is nobody's business who reads metrics.
            Point::Provider { .. } => "provider",
            Point::Store => "store",
            Point::Clock => "clock",
        };
        let kind = fault.fault.kind.name();
        let _ = writeln!(
            text,
            "charter_fault_touched_calls{{id=\"{}\",point=\"{}\",kind=\"{kind}\"}} {}",
            fault.id,
            escaped(point),
            fault.touched
        );
    }
    text
}

/// A label value as the text format wants it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_plan::plan::{ModelId, Protect};

    fn plan() -> Plan {
        let model = |id, source| Model {
            id: ModelId(id),
            name: format!("m{id}"),
            version: "v1".into(),
            source,
            inputs: vec![],
            outputs: vec![],
            protect: Protect::NONE,
        };
        let remote = Source::Oip { url: "http://scores:8001/".into(), model: "m".into(), version: None };
        Plan { models: vec![model(0, Source::Rule { expressions: vec!["1.0".into()] }), model(1, remote)], ..Plan::default() }
    }

    #[test]
    fn a_server_is_found_with_or_without_its_slash_and_another_is_refused() {
        let at = |url: &str| known(&plan(), Point::Provider { url: url.into() });
        let spelt = Point::Provider { url: "http://scores:8001/".into() };
        assert_eq!(at("http://scores:8001").ok(), Some(spelt.clone()));
        assert_eq!(at("http://scores:8001/").ok(), Some(spelt));
        let refusal = at("http://other:8001").expect_err("refused");
        assert!(refusal.code == Code::FaultRefused && refusal.message.contains("http://scores:8001/"), "{}", refusal.message);
        assert!(known(&plan(), Point::Model { label: "m0@v1".into() }).is_ok());
        assert!(known(&plan(), Point::Model { label: "m0@v2".into() }).is_err());
    }

    #[test]
    fn a_fault_without_a_seed_gets_one_of_its_own() {
        let with = |seed| FaultIn {
            id: 9,
            fault: Fault { point: Point::Store, kind: FaultKind::Error, share: 100, seed },
            ends_in: Duration::from_secs(1),
            touched: 0,
        };
        assert_eq!(unused_seed(&[]), 1);
        assert_eq!(unused_seed(&[with(2), with(1)]), 3);
    }
}

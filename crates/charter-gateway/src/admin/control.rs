//! What operators move while a plan is served: rollouts, experiments, flags; and what they look at beside it: comparisons, decisions.
//!
//! | request | |
//! |---|---|
//! | `GET /rollouts`, `/rollouts/{name}` | where they stand, and what is still needed |
//! | `POST /rollouts/{name}/{start,pause,resume,promote,abort}` | an order; `{"by": "…", "reason": "…"}` for the record |
//! | `GET /rollouts/{name}/records?after=N` | decisions, oldest first |
//! | `POST /rollouts/{name}/feedback` | answers that callers call bad: `[{"id": "…", "model": "pricing@v3", "unit": "…"}]` |
//! | `GET /experiments`, `/experiments/{name}`; `POST …/{start,stop}`, `…/outcomes` | reports, orders, what became known afterwards |
//! | `GET /experiments/{name}/report.svg` | the report as a picture |
//! | `GET /shadows`, `/shadows/{name}` | how answers of two versions compare |
//! | `GET /flags`; `POST /flags/{name}` | `{"variant": "off"}` serves one variant to all, `{"release": true}` lets rules decide |
//!
//! What an order does belongs to the engine's watch and the monitor behind it.

use super::chaos::BringFaults;
use super::{feedback, outcomes};
use crate::errors::{Code, Refusal, quoted};
use crate::http::reply::{self, Reply};
use crate::http::{Received, decode_path};
use charter_engine::Engine;
use charter_engine::store::Store;
use charter_engine::watch::{Action, Command, Refused, Report, WatchHandle};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The log that decisions about rollouts are kept in.
const RECORDS: &str = "rollouts";
/// Most records of one answer, and most that are looked through for them.
const RECORDS_MAX: usize = 200;
const PAGE: usize = 1_000;
const PAGES_MAX: usize = 100;
/// How long a store may take to tell decisions.
const READ_MAX: Duration = Duration::from_secs(5);
/// How long metrics and status wait for the watch: they are looked at most when something is stuck.
const LOOK_MAX: Duration = Duration::from_millis(500);
/// Who gave an order, when the request does not say.
const SOMEBODY: &str = "operator";

/// Who carries orders out, and where decisions are kept.
#[derive(Clone)]
pub struct Control {
    pub watch: WatchHandle,
    pub store: Arc<dyn Store>,
    /// Absent where nothing is wrapped to fail on purpose.
    pub faults: Option<Arc<dyn BringFaults>>,
}

/// Body of an order; empty is allowed.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct OrderBody {
    by: Option<String>,
    reason: Option<String>,
}

/// Body of a choice for a flag.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlagBody {
    variant: Option<String>,
    #[serde(default)]
    release: bool,
    by: Option<String>,
}

/// Whether a path is answered here.
pub(super) fn is_ours(path: &str) -> bool {
    ["/rollouts", "/experiments", "/shadows", "/flags"]
        .iter()
        .any(|section| path.strip_prefix(section).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Whether a request changes something.
pub(super) fn writes(request: &Received) -> bool {
    request.method == Method::POST
}

pub(super) async fn answer(control: &Control, engine: &Engine, request: &Received) -> Result<Reply, Refusal> {
    let path = request.uri.path().to_owned();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let reads = matches!(request.method, Method::GET | Method::HEAD);
    if !reads && !writes(request) {
        return Ok(reply::wrong_method("GET or POST"));
    }
    match (parts.as_slice(), reads) {
        (["flags"], true) => Ok(flags(engine)),
        (["flags", name], false) => choose(control, &decoded(name)?, &request.body).await,
        (["rollouts", name, "records"], true) => records(control, &decoded(name)?, request.uri.query()).await,
        (["rollouts", name, "feedback"], false) => feedback::take(&control.watch, &decoded(name)?, &request.body).await,
        (["rollouts", name, action], false) => order_rollout(control, &decoded(name)?, action, &request.body).await,
        (["experiments", name, "outcomes"], false) => outcomes::take(&control.watch, &decoded(name)?, &request.body).await,
        (["experiments", name, order @ ("start" | "stop")], false) => {
            let command = Command::Experiment { name: decoded(name)?, running: *order == "start", by: by(&request.body)? };
            ask(control, command).await
        }
        (["rollouts"], true) => look(control, Report::Rollouts).await,
        (["rollouts", name], true) => look(control, Report::Rollout(decoded(name)?)).await,
        (["experiments"], true) => look(control, Report::Experiments).await,
        (["experiments", name], true) => look(control, Report::Experiment(decoded(name)?)).await,
        (["experiments", name, "report.svg"], true) => picture(control, &decoded(name)?).await,
        (["shadows"], true) => look(control, Report::Comparisons).await,
        (["shadows", name], true) => look(control, Report::Comparison(decoded(name)?)).await,
        ([.., "flags"] | ["rollouts"] | ["experiments"] | ["shadows", ..] | ["rollouts" | "experiments", _], false) => {
            Ok(reply::wrong_method("GET"))
        }
        (["flags", _] | ["rollouts" | "experiments", _, _], true) => Ok(reply::wrong_method("POST")),
        _ => Err(Refusal::new(Code::UnknownPath, "there is nothing at this path; `docs/reference/admin.md` lists what there is")),
    }
}

fn decoded(name: &str) -> Result<String, Refusal> {
    decode_path(name).ok_or_else(|| Refusal::new(Code::NameUnknown, format!("there is nothing named {}", quoted(name))))
}

async fn look(control: &Control, report: Report) -> Result<Reply, Refusal> {
    let done = control.watch.ask(Command::Report(report)).await.map_err(refusal)?;
    Ok(reply::json(StatusCode::OK, done.body.to_string()))
}

/// The report of an experiment as a picture that stands alone.
async fn picture(control: &Control, name: &str) -> Result<Reply, Refusal> {
    let done = control.watch.ask(Command::Report(Report::Experiment(name.to_owned()))).await.map_err(refusal)?;
    let picture = done.body["picture"].as_str().unwrap_or_default().to_owned();
    Ok(reply::answer(StatusCode::OK, "image/svg+xml", picture))
}

/// What the watch reports, unless it is stuck; else why not.
pub(super) async fn glance(control: &Control, report: Report) -> Result<Value, String> {
    match tokio::time::timeout(LOOK_MAX, control.watch.ask(Command::Report(report))).await {
        Ok(Ok(done)) => Ok(done.body),
        Ok(Err(refused)) => Err(refused.to_string()),
        Err(_) => Err(format!("it did not answer within {} ms", LOOK_MAX.as_millis())),
    }
}

/// How the watch is: whether it judges, and whether what it decides is kept. `null` where nothing is watched.
pub(super) async fn state(control: Option<&Control>) -> Value {
    let Some(control) = control else { return Value::Null };
    glance(control, Report::Watch).await.unwrap_or_else(|reason| json!({ "failed": reason }))
}

/// Carries an order out; the answer is the state after it, and whether it outlives the process.
async fn ask(control: &Control, command: Command) -> Result<Reply, Refusal> {
    let done = control.watch.ask(command).await.map_err(refusal)?;
    Ok(reply::json(StatusCode::OK, json!({ "state": done.body, "kept": done.kept }).to_string()))
}

pub(super) fn refusal(refused: Refused) -> Refusal {
    let code = match refused {
        Refused::Unknown(_) => Code::NameUnknown,
        Refused::Unfit(_) | Refused::Unread { .. } => Code::NotNow,
        Refused::Busy | Refused::Ended | Refused::Failed(_) => Code::WatchBusy,
    };
    Refusal::new(code, refused.to_string())
}

fn by(body: &[u8]) -> Result<String, Refusal> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(SOMEBODY.to_owned());
    }
    let wrong = || Refusal::new(Code::BadJson, "the body must be empty or {\"by\": \"who\", \"reason\": \"why\"}");
    let order: OrderBody = object(body).ok_or_else(wrong)?;
    let by = named(order.by)?;
    match order.reason {
        None => Ok(by),
        // Kept as one, so that every sentence about who did it says why as well.
        Some(reason) if is_line(&reason) => Ok(format!("{by} ({reason})")),
        Some(_) => Err(Refusal::new(Code::BadJson, "`reason` is 1 to 200 characters without control characters")),
    }
}

/// Reads an object; a derived structure would take a list of its values as well.
fn object<T: serde::de::DeserializeOwned>(body: &[u8]) -> Option<T> {
    let is_object = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    is_object.then(|| serde_json::from_slice(body).ok()).flatten()
}

/// Text of people that is kept and shown: short, and nothing that a terminal would act on.
fn is_line(text: &str) -> bool {
    (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn named(by: Option<String>) -> Result<String, Refusal> {
    match by {
        None => Ok(SOMEBODY.to_owned()),
        Some(by) if is_line(&by) => Ok(by),
        Some(_) => Err(Refusal::new(Code::BadJson, "`by` is 1 to 200 characters without control characters")),
    }
}

async fn order_rollout(control: &Control, name: &str, action: &str, body: &[u8]) -> Result<Reply, Refusal> {
    let action = match action {
        "start" => Action::Start,
        "pause" => Action::Pause,
        "resume" => Action::Resume,
        "promote" => Action::Promote,
        "abort" => Action::Abort,
        _ => return Err(Refusal::new(Code::UnknownPath, "a rollout takes start, pause, resume, promote and abort")),
    };
    let by = by(body)?;
    tracing::warn!(rollout = name, ?action, by, "an operator moves a rollout");
    ask(control, Command::Rollout { name: name.to_owned(), action, by }).await
}

/// Decisions about one rollout after a sequence number, oldest first.
async fn records(control: &Control, name: &str, query: Option<&str>) -> Result<Reply, Refusal> {
    // An unknown name is told as such, not as a rollout without decisions.
    control.watch.ask(Command::Report(Report::Rollout(name.to_owned()))).await.map_err(refusal)?;
    let mut after = match query.unwrap_or_default() {
        "" => 0,
        query => query
            .strip_prefix("after=")
            .and_then(|number| number.parse::<u64>().ok())
            .ok_or_else(|| Refusal::new(Code::BadRequest, "the query is `after=` and a whole number"))?,
    };
    let mut found: Vec<Value> = Vec::new();
    for _ in 0..PAGES_MAX {
        let unreadable = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "decisions cannot be read");
            Refusal::new(Code::StoreUnavailable, "what was kept cannot be read")
        };
        let read = tokio::time::timeout(READ_MAX, control.store.read(RECORDS, after, PAGE)).await;
        let page = read.map_err(|late| unreadable(&late))?.map_err(|error| unreadable(&error))?;
        let Some(last) = page.last() else { break };
        after = last.sequence;
        let ended = page.len() < PAGE;
        for record in page {
            let Ok(body) = serde_json::from_slice::<Value>(&record.bytes) else { continue };
            if body["rollout"].as_str() == Some(name) {
                found.push(json!({ "sequence": record.sequence, "record": body }));
            }
        }
        if ended || found.len() >= RECORDS_MAX {
            break;
        }
    }
    found.truncate(RECORDS_MAX);
    Ok(reply::json(StatusCode::OK, Value::Array(found).to_string()))
}

fn flags(engine: &Engine) -> Reply {
    let runtime = engine.current();
    let flags: Vec<Value> = runtime
        .controls()
        .flags()
        .status()
        .into_iter()
        .map(|flag| {
            json!({
                "name": flag.name,
                "enabled": flag.enabled,
                "default": flag.default_variant,
                "variants": flag.variants,
                "rules": flag.rules,
                "chosen": flag.chosen,
                "broken": flag.broken,
            })
        })
        .collect();
    reply::json(StatusCode::OK, Value::Array(flags).to_string())
}

async fn choose(control: &Control, name: &str, body: &[u8]) -> Result<Reply, Refusal> {
    let wrong = || Refusal::new(Code::BadJson, "the body must be {\"variant\": \"name\"} or {\"release\": true}; `by` may say who");
    let wish: FlagBody = object(body).ok_or_else(wrong)?;
    if wish.release == wish.variant.is_some() {
        return Err(wrong());
    }
    let by = named(wish.by)?;
    tracing::warn!(flag = name, variant = wish.variant.as_deref().unwrap_or("released"), by, "an operator sets a flag");
    ask(control, Command::Flag { name: name.to_owned(), variant: wish.variant, by }).await
}

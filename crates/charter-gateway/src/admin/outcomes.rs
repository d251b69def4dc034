//! What became known about an experiment's units after their calls: a purchase, a return, a complaint.
//!
//! What is made of it belongs to the experiment's ledger.

use super::control::refusal;
use crate::errors::{Code, Refusal};
use crate::http::reply::{self, Reply};
use charter_engine::observation::unit_of;
use charter_engine::watch::{Command, Refused, WatchHandle};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

/// Most outcomes of one request.
const OUTCOMES_MAX: usize = 500;

/// One outcome on the wire. Sent twice under one id, it counts once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome {
    id: String,
    /// What names the unit: what the calls sent as their key, or in the experiment's unit input.
    unit: String,
    name: String,
    value: f64,
    /// When it happened, milliseconds since 1970.
    at_unix_ms: u64,
}

/// Takes an array of outcomes; the answer says of each what became of it, in the same order. `kept` is false: outcomes are written with the books, every
/// 10 s for each megabyte that these have, and an end without warning before that loses them.
pub(super) async fn take(watch: &WatchHandle, experiment: &str, body: &[u8]) -> Result<Reply, Refusal> {
    let outcomes: Vec<Outcome> = serde_json::from_slice(body).map_err(|problem| {
        let place = format!("line {} column {}", problem.line(), problem.column());
        Refusal::new(Code::BadJson, format!("the body must be an array of {{id, unit, name, value, at_unix_ms}}; it goes wrong at {place}"))
    })?;
    if outcomes.len() > OUTCOMES_MAX {
        return Err(Refusal::new(Code::BadRequest, format!("a request holds at most {OUTCOMES_MAX} outcomes")));
    }
    let mut told: Vec<Value> = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        let id = outcome.id.clone();
        let command = Command::Outcome {
            experiment: experiment.to_owned(),
            id: outcome.id,
            unit: unit_of(outcome.unit.as_bytes()),
            name: outcome.name,
            value: outcome.value,
            at_unix_ms: outcome.at_unix_ms,
        };
        match watch.ask(command).await {
            Ok(done) => told.push(json!({ "id": id, "taken": true, "kept": done.kept, "state": done.body })),
            // Nothing of the request can be taken: told once, as an error.
            Err(refused @ (Refused::Busy | Refused::Ended)) if told.is_empty() => return Err(refusal(refused)),
            Err(refused @ Refused::Unknown(_)) => return Err(refusal(refused)),
            Err(refused) => told.push(json!({ "id": id, "taken": false, "reason": refused.to_string() })),
        }
    }
    Ok(reply::json(StatusCode::OK, Value::Array(told).to_string()))
}

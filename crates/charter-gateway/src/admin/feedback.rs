//! What callers say about answers of a rollout's calls: that one was bad.
//!
//! Only bad answers are told; one that nobody speaks of counts as good. Which version answered, the caller knows from the header `charter-model`. What a
//! word counts belongs to the rollout's machine.

use super::control::refusal;
use crate::errors::{Code, Refusal};
use crate::http::reply::{self, Reply};
use charter_engine::observation::unit_of;
use charter_engine::watch::{Command, Refused, WatchHandle};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

/// Most words of one request.
const WORDS_MAX: usize = 500;

/// One word on the wire. Sent twice under one id, it counts once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    id: String,
    /// The version that answered: `pricing@v3`.
    model: String,
    /// The key that the call was sent with; left out where it had none.
    unit: Option<String>,
    /// When the call was made, milliseconds since 1970; left out, it is taken as made now.
    asked_unix_ms: Option<u64>,
}

/// Takes an array of words; the answer says of each what became of it, in the same order.
pub(super) async fn take(watch: &WatchHandle, rollout: &str, body: &[u8]) -> Result<Reply, Refusal> {
    let words: Vec<Word> = serde_json::from_slice(body).map_err(|problem| {
        let place = format!("line {} column {}", problem.line(), problem.column());
        Refusal::new(Code::BadJson, format!("the body must be an array of {{id, model, unit, asked_unix_ms}}; it goes wrong at {place}"))
    })?;
    if words.len() > WORDS_MAX {
        return Err(Refusal::new(Code::BadRequest, format!("a request holds at most {WORDS_MAX} words of feedback")));
    }
    let mut told: Vec<Value> = Vec::with_capacity(words.len());
    for word in words {
        let id = word.id.clone();
        let command = Command::Feedback {
            rollout: rollout.to_owned(),
            id: word.id,
            model: word.model,
            unit: word.unit.map_or(0, |unit| unit_of(unit.as_bytes())),
            asked_unix_ms: word.asked_unix_ms,
        };
        match watch.ask(command).await {
            Ok(done) => told.push(json!({ "id": id, "taken": true, "state": done.body })),
            // Nothing of the request can be taken: told once, as an error.
            Err(refused @ (Refused::Busy | Refused::Ended | Refused::Failed(_))) if told.is_empty() => return Err(refusal(refused)),
            Err(refused @ Refused::Unknown(_)) => return Err(refusal(refused)),
            Err(refused) => told.push(json!({ "id": id, "taken": false, "reason": refused.to_string() })),
        }
    }
    Ok(reply::json(StatusCode::OK, Value::Array(told).to_string()))
}

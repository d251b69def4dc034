//! Evaluations and failures as the protocol has them.
//!
//! Statuses and headers belong to the module above.

use crate::http::reply::{self, Reply};
use charter_engine::flag::{Evaluation, FlagError};
use http::StatusCode;
use serde_json::{Map, Value, json};

/// How often a client may ask for all flags when it polls.
const POLLING_INTERVAL_MS_MIN: u32 = 1_000;

/// One evaluation; a disabled flag has no value, and the client takes its own.
pub(super) fn evaluation(key: &str, evaluation: &Evaluation) -> Value {
    let mut object = Map::new();
    object.insert("key".to_owned(), key.into());
    object.insert("reason".to_owned(), evaluation.reason.name().into());
    // Never absent, though the protocol allows it: openfeature-provider-ofrep 0.3.0 for Python fails on a flag without one.
    object.insert("variant".to_owned(), evaluation.variant.as_deref().unwrap_or_default().into());
    if let Some(value) = &evaluation.value {
        object.insert("value".to_owned(), value.clone());
    }
    Value::Object(object)
}

/// All flags; one that cannot be evaluated stands among them as a failure.
pub(super) fn all(evaluations: &[(&str, Result<Evaluation, FlagError>)], revision: u64) -> String {
    let one = |(key, result): &(&str, Result<Evaluation, FlagError>)| match result {
        Ok(found) => evaluation(key, found),
        Err(error) => json!({ "key": key, "errorCode": error.code(), "errorDetails": error.to_string() }),
    };
    let flags: Vec<Value> = evaluations.iter().map(one).collect();
    json!({ "flags": flags, "metadata": { "version": revision.to_string() } }).to_string()
}

pub(super) fn failure(status: StatusCode, key: Option<&str>, error: &FlagError) -> Reply {
    let mut object = Map::new();
    if let Some(key) = key {
        object.insert("key".to_owned(), key.into());
    }
    object.insert("errorCode".to_owned(), error.code().into());
    object.insert("errorDetails".to_owned(), error.to_string().into());
    reply::json(status, Value::Object(object).to_string())
}

/// What a provider may rely on.
pub(super) fn configuration() -> String {
    json!({
        "name": "charter",
        "capabilities": {
            "cacheInvalidation": { "polling": { "enabled": true, "minPollingIntervalMs": POLLING_INTERVAL_MS_MIN } },
            "flagEvaluation": { "supportedTypes": ["int", "float", "string", "boolean", "object"] },
        },
    })
    .to_string()
}

//! The server's admin plane: faults in and out, breakers.
//!
//! Which faults, and when, does not belong here.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use charter_plan::plan::Fault;
use serde_json::{Value, json};

use crate::load::{Connection, PreparedRequest, Target};

const TIMEOUT: Duration = Duration::from_secs(5);
/// How much of a refusal a message shows.
const EXCERPT_CHARACTERS: usize = 200;

pub(super) struct Admin {
    target: Target,
    runtime: tokio::runtime::Runtime,
}

impl Admin {
    pub(super) fn new(target: Target) -> std::io::Result<Self> {
        Ok(Self { target, runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()? })
    }

    /// Makes sure that the server takes faults.
    pub(super) fn check(&self) -> Result<(), String> {
        let state = self.ask(&self.target.get("/chaos"))?;
        if state["enabled"] != Value::Bool(true) {
            return Err("the server that runs does not allow faults; reload it with the charter that does".to_owned());
        }
        match state["faults"].as_array().map_or(0, Vec::len) {
            0 => Ok(()),
            faults => Err(format!("{faults} faults are in already, from another run; end them, or wait for their leases")),
        }
    }

    /// Brings a fault in for one lease; the answer is its id.
    pub(super) fn bring_in(&self, fault: &Fault) -> Result<u64, String> {
        let body = json!({ "point": fault.point, "kind": fault.kind, "share": fault.share, "seed": fault.seed });
        let answer = self.post("/chaos/faults", &body)?;
        answer["id"].as_u64().ok_or_else(|| "the server took a fault without saying its id".to_owned())
    }

    /// How many calls each fault that is in has touched, by id.
    pub(super) fn touched(&self) -> Result<BTreeMap<u64, u64>, String> {
        let state = self.ask(&self.target.get("/chaos"))?;
        let faults = state["faults"].as_array().cloned().unwrap_or_default();
        Ok(faults.iter().filter_map(|fault| Some((fault["id"].as_u64()?, fault["touched"].as_u64()?))).collect())
    }

    pub(super) fn renew(&self, id: u64) -> Result<(), String> {
        self.post(&format!("/chaos/faults/{id}/renew"), &Value::Null).map(drop)
    }

    pub(super) fn end(&self, id: u64) -> Result<(), String> {
        self.post(&format!("/chaos/faults/{id}/end"), &Value::Null).map(drop)
    }

    /// The state of each model's breaker, by label.
    pub(super) fn breakers(&self) -> Result<BTreeMap<String, String>, String> {
        let status = self.ask(&self.target.get("/status"))?;
        let models = status["models"].as_array().cloned().unwrap_or_default();
        let state = |model: &Value| Some((model["model"].as_str()?.to_owned(), model["breaker"].as_str()?.to_owned()));
        Ok(models.iter().filter_map(state).collect())
    }

    /// Closes a breaker that calls have opened.
    pub(super) fn close_breaker(&self, label: &str) -> Result<(), String> {
        self.post(&format!("/models/{label}/breaker"), &json!({ "state": "release" })).map(drop)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.ask(&self.target.post(path, "application/json", &[], body.as_bytes()))
    }

    fn ask(&self, request: &PreparedRequest) -> Result<Value, String> {
        let place = |reason: String| format!("the admin side at {}: {reason}", self.target.address());
        let answered = self.runtime.block_on(async {
            let mut connection = Connection::open(self.target.address(), Instant::now() + TIMEOUT).await?;
            connection.exchange_and_keep(request.bytes(), TIMEOUT).await
        });
        let (answer, body) = answered.map_err(|failure| place(failure.to_string()))?;
        if answer.status != 200 {
            let excerpt: String = String::from_utf8_lossy(&body).chars().take(EXCERPT_CHARACTERS).collect();
            return Err(place(format!("status {}: {excerpt}", answer.status)));
        }
        serde_json::from_slice(&body).map_err(|error| place(error.to_string()))
    }
}

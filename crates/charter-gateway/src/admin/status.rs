//! What is served and how it is doing, as one JSON document for operators.

use charter_engine::Runtime;
use charter_plan::plan::Access;
use serde_json::{Value, json};

pub(super) fn status(runtime: &Runtime, draining: bool, faults: Value, watch: Value) -> String {
    let plan = runtime.plan();
    let routes: Vec<Value> = plan
        .routes
        .iter()
        .map(|route| {
            let rungs: Vec<&str> =
                (0..=u8::MAX).map(|rung| runtime.rung_name(route.id, rung)).take_while(|name| !name.is_empty()).collect();
            json!({
                "name": route.name,
                "ready": runtime.route_ready(route.id),
                "rungs": rungs,
                "timeout_ms": route.timeout_ms,
                "rows_max": route.rows_max,
                "open": route.access == Access::Open,
            })
        })
        .collect();
    let models: Vec<Value> = plan
        .models
        .iter()
        .map(|model| {
            let status = runtime.model(model.id);
            json!({
                "model": model.label(),
                "ready": status.ready,
                "breaker": status.breaker.name(),
                "in_flight": status.in_flight,
                "limit": status.limit,
                "engine": status.engine,
                "queue": model.protect.queue,
                "batch": model.protect.batch,
                "retry": model.protect.retry,
                "hedge": model.protect.hedge,
                "unavailable": status.unavailable.map(|unavailable| json!({ "reason": unavailable.reason, "help": unavailable.help })),
            })
        })
        .collect();
    json!({ "system": plan.system, "version": env!("CARGO_PKG_VERSION"), "plan": plan.fingerprint, "draining": draining, "faults": faults, "watch": watch, "routes": routes, "models": models }).to_string()
}

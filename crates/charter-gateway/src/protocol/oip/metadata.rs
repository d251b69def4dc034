//! What the server and its routes say of themselves, as JSON.
//!
//! Sources: Open Inference Protocol v2, server and model metadata; Triton's model configuration, statistics and repository extensions.

use super::surface::{Surface, short};
use crate::metrics::Metrics;
use charter_plan::plan::Route;
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use serde_json::{Value, json};

/// The repository extension is offered for reading only, so it is not listed.
pub(in crate::protocol) const EXTENSIONS: [&str; 3] = ["binary_tensor_data", "model_configuration", "statistics"];
/// Framework name as the protocol has it: `{project}_{format}`.
pub(in crate::protocol) const PLATFORM: &str = "charter_plan";

pub(super) fn server() -> String {
    json!({ "name": "charter", "version": env!("CARGO_PKG_VERSION"), "extensions": EXTENSIONS }).to_string()
}

pub(super) fn models(surface: &Surface) -> String {
    let names: Vec<&str> = surface.runtime.plan().routes.iter().map(|route| route.name.as_str()).collect();
    json!({ "models": names }).to_string()
}

pub(super) fn model(surface: &Surface, route: &Route) -> String {
    let tensors = |specs: &mut dyn Iterator<Item = &TensorSpec>| -> Vec<Value> {
        specs
            .map(|spec| {
                let shape: Vec<i64> = spec.shape.iter().map(|dimension| i64::from(*dimension)).collect();
                json!({ "name": spec.name, "datatype": spec.datatype.name(), "shape": shape })
            })
            .collect()
    };
    json!({
        "name": route.name,
        "versions": versions(route),
        "platform": PLATFORM,
        "inputs": tensors(&mut route.inputs.iter()),
        "outputs": tensors(&mut route.outputs()),
        "parameters": { "plan": short(&surface.runtime.plan().fingerprint), "rows_max": route.rows_max, "timeout_ms": route.timeout_ms },
    })
    .to_string()
}

/// The versions that a caller may choose.
pub(in crate::protocol) fn versions(route: &Route) -> Vec<&str> {
    if route.pinning { route.pins.iter().map(|(version, _)| version.as_str()).collect() } else { Vec::new() }
}

pub(super) fn configuration(route: &Route) -> String {
    let tensors = |specs: &mut dyn Iterator<Item = &TensorSpec>| -> Vec<Value> {
        specs
            .map(|spec| {
                // With `max_batch_size` set, dimensions leave the rows out.
                let dims: Vec<i64> = spec.shape.iter().skip(1).map(|dimension| i64::from(*dimension)).collect();
                json!({ "name": spec.name, "data_type": config_type(spec.datatype), "dims": dims })
            })
            .collect()
    };
    json!({
        "name": route.name,
        "platform": PLATFORM,
        "backend": "charter",
        "max_batch_size": batch_max(route),
        "input": tensors(&mut route.inputs.iter()),
        "output": tensors(&mut route.outputs()),
    })
    .to_string()
}

/// The most rows of a batch.
pub(in crate::protocol) fn batch_max(route: &Route) -> u32 {
    // A tensor whose first dimension is fixed cannot be a batch.
    let batches = route.inputs.iter().all(|spec| spec.shape.first() == Some(&Dimension::Any));
    if batches { route.rows_max } else { 1 }
}

/// Names of `inference.DataType` in Triton's `model_config.proto`.
pub(in crate::protocol) const fn config_type(datatype: Datatype) -> &'static str {
    match datatype {
        Datatype::Bool => "TYPE_BOOL",
        Datatype::Uint8 => "TYPE_UINT8",
        Datatype::Uint16 => "TYPE_UINT16",
        Datatype::Uint32 => "TYPE_UINT32",
        Datatype::Uint64 => "TYPE_UINT64",
        Datatype::Int8 => "TYPE_INT8",
        Datatype::Int16 => "TYPE_INT16",
        Datatype::Int32 => "TYPE_INT32",
        Datatype::Int64 => "TYPE_INT64",
        Datatype::Fp16 => "TYPE_FP16",
        Datatype::Bf16 => "TYPE_BF16",
        Datatype::Fp32 => "TYPE_FP32",
        Datatype::Fp64 => "TYPE_FP64",
        Datatype::Bytes => "TYPE_STRING",
    }
}

pub(super) fn index(surface: &Surface) -> String {
    let rows: Vec<Value> = surface
        .runtime
        .plan()
        .routes
        .iter()
        .map(|route| {
            let ready = surface.runtime.route_ready(route.id);
            json!({ "name": route.name, "version": "", "state": if ready { "READY" } else { "UNAVAILABLE" }, "reason": if ready { "" } else { "no rung can answer" } })
        })
        .collect();
    Value::Array(rows).to_string()
}

/// Statistics since the start of one route, or of all. Times in nanoseconds; what is not measured apart is left at 0.
pub(super) fn statistics(surface: &Surface, metrics: &Metrics, only: Option<&Route>) -> String {
    let routes = surface.runtime.plan().routes.iter().filter(|route| only.is_none_or(|only| only.id == route.id));
    let rows: Vec<Value> = routes
        .map(|route| {
            let totals = metrics.totals(route.id);
            let duration = |count: u64, ns: u64| json!({ "count": count, "ns": ns });
            json!({
                "name": route.name,
                "version": "",
                "last_inference": 0,
                "inference_count": totals.rows,
                "execution_count": totals.answered,
                "inference_stats": {
                    "success": duration(totals.answered, totals.answered_ns),
                    "fail": duration(totals.failed, totals.failed_ns),
                    "queue": duration(0, 0),
                    "compute_input": duration(0, 0),
                    "compute_infer": duration(totals.answered, totals.answered_ns),
                    "compute_output": duration(0, 0),
                    "cache_hit": duration(0, 0),
                    "cache_miss": duration(0, 0),
                },
                "batch_stats": [],
            })
        })
        .collect();
    json!({ "model_stats": rows }).to_string()
}

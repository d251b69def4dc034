//! Which families there are, and where their figures come from.

use super::exposition::Exposition;
use super::flags::FlagSeries;
use super::series::{Registry, STATES};
use super::{process, render_guarded};
use crate::http::traffic::Traffic;
use charter_engine::Runtime;
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) fn render(registry: &Registry, flags: &FlagSeries, runtime: &Runtime, planes: &[(&str, &Traffic)]) -> String {
    let mut out = Exposition::new();
    routes(&mut out, registry);
    rungs(&mut out, registry);
    models(&mut out, registry);
    render_guarded::counted(&mut out, registry);
    guards(&mut out, runtime);
    render_guarded::set(&mut out, runtime);
    flags.render(&mut out);
    edge(&mut out, planes);
    refusals(&mut out, planes);
    bodies(&mut out, planes);
    facts(&mut out, runtime);
    own(&mut out);
    out.finish()
}

fn routes(out: &mut Exposition, registry: &Registry) {
    out.family("charter_requests_total", "counter", "Inference requests by route and outcome: answered, or the public code of the error.");
    for (route, series) in &registry.routes {
        out.count("charter_requests_total", &[("route", route), ("outcome", "answered")], series.answers.total());
        for (code, count) in series.failures().filter(|(_, count)| *count > 0) {
            out.count("charter_requests_total", &[("route", route), ("outcome", code.name())], count);
        }
    }
    for (code, count) in registry.unknown.failures().filter(|(_, count)| *count > 0) {
        out.count("charter_requests_total", &[("route", ""), ("outcome", code.name())], count);
    }
    out.family("charter_rows_total", "counter", "Rows answered by route.");
    for (route, series) in &registry.routes {
        out.count("charter_rows_total", &[("route", route)], series.rows.total());
    }
    out.family(
        "charter_request_duration_seconds",
        "histogram",
        "Time of calls in the engine by route, without reading and writing the request.",
    );
    for (route, series) in &registry.routes {
        out.histogram("charter_request_duration_seconds", &[("route", route)], &series.duration.tally());
    }
}

fn rungs(out: &mut Exposition, registry: &Registry) {
    out.family("charter_rung_answers_total", "counter", "Answers by route and the rung that gave them.");
    for ((route, rung), series) in &registry.rungs {
        out.count("charter_rung_answers_total", &[("route", route), ("rung", rung)], series.answers.total());
    }
    out.family("charter_step_downs_total", "counter", "Times that a rung did not answer and the one below was tried, by reason.");
    for ((route, rung), series) in &registry.rungs {
        for (reason, count) in series.step_downs() {
            out.count("charter_step_downs_total", &[("route", route), ("rung", rung), ("reason", reason.name())], count);
        }
    }
}

fn models(out: &mut Exposition, registry: &Registry) {
    out.family("charter_model_calls_total", "counter", "Calls of each model version by result.");
    for (model, series) in &registry.models {
        out.count("charter_model_calls_total", &[("model", model), ("result", "answered")], series.good.total());
        out.count("charter_model_calls_total", &[("model", model), ("result", "failed")], series.bad.total());
    }
    out.family("charter_model_duration_seconds", "histogram", "Time of calls of each model version.");
    for (model, series) in &registry.models {
        out.histogram("charter_model_duration_seconds", &[("model", model)], &series.duration.tally());
    }
    out.family("charter_breaker_transitions_total", "counter", "Times that a breaker came into a state.");
    for (model, series) in &registry.models {
        for (state, count) in series.transitions() {
            out.count("charter_breaker_transitions_total", &[("model", model), ("state", state.name())], count);
        }
    }
}

fn guards(out: &mut Exposition, runtime: &Runtime) {
    let models: Vec<_> = runtime.plan().models.iter().map(|model| (model.label(), runtime.model(model.id))).collect();
    out.family("charter_breaker_state", "gauge", "1 for the state that a model's breaker is in, 0 for the others.");
    for (model, status) in &models {
        for state in STATES {
            out.count("charter_breaker_state", &[("model", model), ("state", state.name())], u64::from(status.breaker == state));
        }
    }
    out.family("charter_model_ready", "gauge", "1 when a call would find the model ready.");
    for (model, status) in &models {
        out.count("charter_model_ready", &[("model", model)], u64::from(status.ready));
    }
    out.family("charter_concurrency_limit", "gauge", "How many calls may be inside a model at once.");
    for (model, status) in &models {
        if let Some(limit) = status.limit {
            out.count("charter_concurrency_limit", &[("model", model)], limit.into());
        }
    }
    out.family("charter_in_flight", "gauge", "Calls inside a model.");
    for (model, status) in &models {
        out.count("charter_in_flight", &[("model", model)], status.in_flight.into());
    }
    out.family("charter_route_ready", "gauge", "1 when some rung of the route can answer.");
    for route in &runtime.plan().routes {
        out.count("charter_route_ready", &[("route", &route.name)], u64::from(runtime.route_ready(route.id)));
    }
}

fn edge(out: &mut Exposition, planes: &[(&str, &Traffic)]) {
    type Read = fn(&Traffic) -> &AtomicU64;
    let families: [(&str, &str, &str, Read); 6] = [
        ("charter_connections_open", "gauge", "Open connections.", |traffic| &traffic.connections_open),
        ("charter_connections_accepted_total", "counter", "Connections that were accepted.", |traffic| &traffic.connections_accepted),
        ("charter_connections_refused_total", "counter", "Connections that were closed at once because a limit was reached.", |traffic| {
            &traffic.connections_refused
        }),
        ("charter_connections_expired_total", "counter", "Connections that were closed because they were too slow.", |traffic| {
            &traffic.connections_expired
        }),
        ("charter_body_bytes_held", "gauge", "Bytes of large request bodies whose requests are not answered yet.", |traffic| {
            &traffic.body_bytes_held
        }),
        ("charter_panics_total", "counter", "Requests that ended in a panic and were answered with an error.", |traffic| &traffic.panics),
    ];
    for (name, kind, help, read) in families {
        out.family(name, kind, help);
        for (plane, traffic) in planes {
            out.count(name, &[("plane", plane)], read(traffic).load(Ordering::Relaxed));
        }
    }
}

fn refusals(out: &mut Exposition, planes: &[(&str, &Traffic)]) {
    out.family("charter_requests_refused_total", "counter", "Requests that were refused before their path was looked at, by public code.");
    for (plane, traffic) in planes {
        for (code, count) in traffic.refusals().filter(|(_, count)| *count > 0) {
            out.count("charter_requests_refused_total", &[("plane", plane), ("code", code.name())], count);
        }
    }
}

fn bodies(out: &mut Exposition, planes: &[(&str, &Traffic)]) {
    out.family("charter_body_bytes_received_total", "counter", "Bytes of request bodies that were taken in whole.");
    for (plane, traffic) in planes {
        out.count("charter_body_bytes_received_total", &[("plane", plane)], traffic.body_bytes_received.total());
    }
}

fn facts(out: &mut Exposition, runtime: &Runtime) {
    out.family("charter_build_info", "gauge", "The version that runs.");
    out.count("charter_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    out.family("charter_plan_info", "gauge", "The plan that is served.");
    out.count("charter_plan_info", &[("system", &runtime.plan().system), ("fingerprint", &runtime.plan().fingerprint)], 1);
}

fn own(out: &mut Exposition) {
    let process = process::read();
    out.family("process_resident_memory_bytes", "gauge", "Resident memory in bytes.");
    out.count("process_resident_memory_bytes", &[], process.resident_bytes);
    out.family("process_cpu_seconds_total", "counter", "User and system processor time in seconds.");
    out.sample("process_cpu_seconds_total", &[], process.cpu_s);
    out.family("process_start_time_seconds", "gauge", "Start of the process in seconds since 1970.");
    out.sample("process_start_time_seconds", &[], process.started_s);
    out.family("process_open_fds", "gauge", "Open file descriptors.");
    out.count("process_open_fds", &[], process.open_files);
    out.family("process_threads", "gauge", "Threads of the process.");
    out.count("process_threads", &[], process.threads);
}

//! One span a call. Off, it costs one load and no span is made.

use charter_engine::{Runtime, Served};
use charter_plan::plan::RouteId;
use http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::field::Empty;
use tracing::instrument::{Instrument, Instrumented};
use tracing_opentelemetry::OpenTelemetrySpanExt;

pub(super) const TARGET: &str = "charter::call";

static ENABLED: AtomicBool = AtomicBool::new(false);

pub(super) fn enable(enabled: bool) {
    ENABLED.store(enabled, Ordering::Relaxed);
}

/// The span of one call, or none.
pub(crate) struct CallSpan(tracing::Span);

/// Begins the span of a call, below the caller's own when it sent a `traceparent` (W3C Trace Context).
pub(crate) fn call_span(route: &str, rows: usize, headers: &HeaderMap) -> CallSpan {
    if !ENABLED.load(Ordering::Relaxed) {
        return CallSpan(tracing::Span::none());
    }
    let span = tracing::info_span!(
        target: TARGET,
        "call",
        otel.kind = "server",
        route,
        rows,
        rung = Empty,
        model = Empty,
        plan = Empty,
        degraded = Empty,
        error.type = Empty,
        otel.status_code = Empty,
    );
    if headers.contains_key("traceparent") {
        let parent = TraceContextPropagator::new().extract(&Headers(headers));
        // A span that is not sampled has no parent to set.
        let _ = span.set_parent(parent);
    }
    CallSpan(span)
}

impl CallSpan {
    /// Runs the call inside the span.
    pub(crate) fn run<F: Future>(&self, call: F) -> Instrumented<F> {
        call.instrument(self.0.clone())
    }

    pub(crate) fn answered(&self, runtime: &Runtime, route: RouteId, served: &Served) {
        if self.0.is_disabled() {
            return;
        }
        let plan = runtime.plan();
        if let Some(model) = plan.models.get(usize::from(served.model.0)) {
            self.0.record("model", model.label());
        }
        self.0.record("rung", runtime.rung_name(route, served.rung));
        self.0.record("plan", plan.fingerprint.as_str());
        if let Some(reason) = served.step_down {
            self.0.record("degraded", reason.name());
        }
    }

    pub(crate) fn failed(&self, code: &str) {
        if !self.0.is_disabled() {
            self.0.record("error.type", code);
            self.0.record("otel.status_code", "ERROR");
        }
    }
}

/// The two headers of W3C Trace Context, and no other.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        matches!(key, "traceparent" | "tracestate").then(|| self.0.get(key)?.to_str().ok()).flatten()
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}

//! Guards of a model: what the charter says over the defaults.
//!
//! The defaults of breaker and limiter are those that were simulated for the engine's state machines.

use crate::plan::{Breaker, Limiter, Protect};
use charter_spec::ast::{Breaker as Written, BreakerSettings, Concurrency, Model};
use charter_spec::names::Entry;
use charter_spec::quantity::{Count, Duration};
use charter_spec::{Field, Spec};

/// Calls inside an in-process model at once: such calls do not wait, so a bound only keeps memory in check.
const IN_PROCESS_MAX: u32 = 64;
/// Bounds of the limit that follows a remote model's service time.
const ADAPTIVE: Limiter = Limiter::Adaptive { initial: 20, min: 1, max: 1_000 };

/// The guards of a model that runs here, or of one on another server.
pub(super) fn of_model(spec: &Spec, model: &Entry<Model>, remote: bool) -> Protect {
    let protect = model.protect.as_ref().map(|protect| &protect.value);
    let degradation = spec.degradation.as_ref();
    let ladder = degradation.and_then(|degradation| degradation.ladders.get(&model.id.value));
    let written = protect
        .and_then(|protect| protect.breaker.as_ref())
        .or_else(|| ladder.and_then(|ladder| ladder.breaker.as_ref()))
        .or_else(|| degradation.and_then(|degradation| degradation.defaults.as_ref()).and_then(|defaults| defaults.breaker.as_ref()));
    let breaker = match written.map(|written| &written.value) {
        Some(Written::Off) => None,
        Some(Written::Settings(settings)) => Some(settings_of(settings)),
        Some(Written::Default) | None => Some(Breaker::default()),
    };
    let limiter = match protect.and_then(|protect| protect.concurrency.as_ref()).map(|written| &written.value) {
        Some(Concurrency::Fixed(max)) => Limiter::Fixed { max: whole(max).max(1) },
        Some(Concurrency::Adaptive) => ADAPTIVE,
        None if remote => ADAPTIVE,
        None => Limiter::Fixed { max: IN_PROCESS_MAX },
    };
    let timeout_ms = protect.and_then(|protect| protect.timeout.as_ref()).map(|timeout| millis(&timeout.value));
    Protect { timeout_ms, limiter, breaker }
}

fn settings_of(written: &BreakerSettings) -> Breaker {
    let default = Breaker::default();
    let time = |field: &Field<Duration>, default: u32| field.as_ref().map_or(default, |time| millis(&time.value));
    let count = |field: &Field<Count>, default: u32| field.as_ref().map_or(default, |count| whole(&count.value).max(1));
    let open_ms_min = time(&written.open, default.open_ms_min);
    Breaker {
        failure_ratio: written.errors.as_ref().map_or(default.failure_ratio, |share| share.ratio()),
        slow_ratio: written.slow.as_ref().map_or(default.slow_ratio, |share| share.ratio()),
        slow_ms: written.slow_after.as_ref().map(|time| millis(&time.value)),
        window_ms: time(&written.window, default.window_ms),
        calls_min: count(&written.min_calls, default.calls_min),
        connect_failures_max: count(&written.connect_failures, default.connect_failures_max),
        open_ms_min,
        open_ms_max: time(&written.open_max, default.open_ms_max).max(open_ms_min),
    }
}

/// A length of time in whole milliseconds, at least one.
pub(super) fn millis(time: &Duration) -> u32 {
    crate::resolved::whole(time.millis().ceil()).max(1)
}

pub(super) fn whole(count: &Count) -> u32 {
    u32::try_from(count.count()).unwrap_or(u32::MAX)
}

//! Guards of a model: what the charter says over the defaults.
//!
//! The defaults of breaker and limiter are those that were simulated for the engine's state machines.

use super::time;
use crate::plan::{Batch, Breaker, Hedge, Limiter, Protect, Queue, Retry};
use crate::resolved::Resolved;
use charter_spec::ast::{
    Answer, AnswerKind, Breaker as Written, BreakerSettings, CallQueue, Concurrency, Model, Protect as WrittenProtect,
};
use charter_spec::names::Entry;
use charter_spec::quantity::{Count, Duration, Share};
use charter_spec::{Field, Id};

/// Calls inside an in-process model at once: such calls do not wait, so a bound only keeps memory in check.
const IN_PROCESS_MAX: u32 = 64;
/// Bounds of the limit that follows a remote model's service time.
const ADAPTIVE: Limiter = Limiter::Adaptive { initial: 20, min: 1, max: 1_000 };

/// Calls that wait, where a queue is written without its length.
const QUEUE_MAX: u32 = 64;
/// `CoDel`: the accepted wait as a part of the time of the call (semantics §11), and the interval of its inventors.
const QUEUE_TARGET: f64 = 0.05;
const QUEUE_INTERVAL_MS: u32 = 100;
/// Rows of a batch, where none are stated.
const BATCH_ROWS: u32 = 64;
/// What each first attempt adds to the budget of retries and hedges (semantics §12).
const BUDGET_RATIO: f64 = 0.1;
const BACKOFF_MS: u32 = 25;
const RETRIES_MAX: u8 = 1;

/// The guards of a model that runs here, or of one on another server.
pub(super) fn of_model(resolved: &Resolved, model: &Entry<Model>, remote: bool) -> Protect {
    let spec = &resolved.spec;
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
    let Some(protect) = protect else { return Protect { timeout_ms, limiter, breaker, ..Protect::NONE } };
    Protect {
        timeout_ms,
        limiter,
        breaker,
        queue: protect.queue.as_ref().map(|queue| queue_of(resolved, &model.id.value, &queue.value)),
        batch: batch_of(protect),
        retry: retry_of(protect),
        hedge: protect
            .hedge
            .as_ref()
            .map(|hedge| Hedge { after_ms: hedge.after.as_ref().map(|after| millis(&after.value)), budget_ratio: ratio(&hedge.budget) }),
    }
}

fn queue_of(resolved: &Resolved, model: &Id, written: &CallQueue) -> Queue {
    let target_ms = match &written.target {
        Some(target) => target.millis(),
        None => f64::from(time_of_routes(resolved, model)) * QUEUE_TARGET,
    };
    Queue {
        max: written.max.as_ref().map_or(QUEUE_MAX, |max| whole(&max.value)).max(1),
        target_us: crate::resolved::whole((target_ms * 1_000.0).ceil()).max(1),
        interval_ms: written.interval.as_ref().map_or(QUEUE_INTERVAL_MS, |interval| millis(&interval.value)),
    }
}

/// The shortest time of a call among the routes that ask a model.
fn time_of_routes(resolved: &Resolved, model: &Id) -> u32 {
    let asking = resolved.spec.routes.iter().filter(|route| route.answer.as_ref().is_some_and(|answer| asks(&answer.value, model)));
    asking.map(|route| time::timeout(resolved, route).0).min().unwrap_or(time::TIMEOUT_MS)
}

/// Whether an answer asks a model anywhere. How deep answers nest is bounded by the reader.
fn asks(answer: &Answer, model: &Id) -> bool {
    let boxed = |answer: &Field<Box<Answer>>| answer.as_ref().is_some_and(|answer| asks(&answer.value, model));
    match &answer.kind {
        AnswerKind::Model(node) => {
            let canary = node.canary.as_ref().and_then(|canary| canary.version.as_ref());
            node.model.iter().chain(canary).any(|version| version.value.model == *model)
        }
        AnswerKind::Ladder(node) => node.ladder.iter().any(|rung| asks(&rung.answer.value, model)),
        AnswerKind::Split(node) => node.split.iter().any(|arm| asks(&arm.value.answer.value, model)),
        AnswerKind::Sequence(node) => node.sequence.iter().any(|step| asks(&step.value, model)),
        AnswerKind::Shadow(node) => node.shadow.as_ref().is_some_and(|shadow| boxed(&shadow.of) || boxed(&shadow.to)),
        AnswerKind::Cascade(node) => node.cascade.iter().any(|step| asks(&step.value.answer.value, model)),
        AnswerKind::Ensemble(node) => node.ensemble.iter().any(|member| asks(&member.answer.value, model)),
        AnswerKind::Cache(node) => node.cache.as_ref().is_some_and(|cache| boxed(&cache.of)),
        AnswerKind::Rule(_) | AnswerKind::Static(_) | AnswerKind::Lookup(_) => false,
    }
}

/// Takes only what already waits, unless a wait is stated.
fn batch_of(protect: &WrittenProtect) -> Option<Batch> {
    let written = protect.batch.as_ref()?;
    Some(Batch {
        rows_max: written.max.as_ref().map_or(BATCH_ROWS, |max| whole(&max.value)).max(1),
        wait_us: written.wait.as_ref().map_or(0, |wait| crate::resolved::whole((wait.millis() * 1_000.0).ceil())),
    })
}

/// No retry is no retry, however it is written.
fn retry_of(protect: &WrittenProtect) -> Option<Retry> {
    let written = protect.retry.as_ref()?;
    let retries_max = written.max.as_ref().map_or(RETRIES_MAX, |max| u8::try_from(max.count()).unwrap_or(u8::MAX));
    let backoff_ms = written.backoff.as_ref().map_or(BACKOFF_MS, |backoff| millis(&backoff.value));
    (retries_max > 0).then_some(Retry { retries_max, budget_ratio: ratio(&written.budget), backoff_ms })
}

fn ratio(budget: &Field<Share>) -> f64 {
    budget.as_ref().map_or(BUDGET_RATIO, |budget| budget.ratio())
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

/// A length of time in whole milliseconds, for what may take weeks.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn long_millis(time: &Duration) -> u64 {
    time.millis().ceil().clamp(0.0, 9e15) as u64
}

pub(super) fn whole(count: &Count) -> u32 {
    u32::try_from(count.count()).unwrap_or(u32::MAX)
}

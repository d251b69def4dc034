//! Counts what the engine signals and shows it as Prometheus text.
//!
//! | room | what is in it |
//! |---|---|
//! | [`cell`] | counters and histograms, one shard a core |
//! | [`series`], [`guarded`] | what is counted, by the plan's names |
//! | [`flags`] | evaluations of flags |
//! | [`exposition`] | the text format |
//! | [`process`] | memory, processor time and open files of this process |
//!
//! Judging the figures belongs to monitors and alerts.

mod cell;
mod exposition;
mod flags;
mod guarded;
mod process;
mod render;
mod render_guarded;
mod series;

use crate::errors::Code;
use crate::http::traffic::Traffic;
use arc_swap::ArcSwap;
pub(crate) use cell::Counter;
use charter_engine::flag::{Evaluation, FlagError};
use charter_engine::{Listen, Outcome, Runtime, Signal};
use charter_plan::plan::RouteId;
pub(crate) use exposition::Exposition;
use flags::FlagSeries;
use series::{Index, Registry};
use std::sync::{Arc, Mutex, PoisonError};

/// All counters of a server. Give one to the engine as its listener and to the gateway.
///
/// Series are kept by the plan's names, so that a reload that changes ids continues them.
pub struct Metrics {
    registry: Mutex<Registry>,
    /// The names of the plan that the edge serves.
    index: ArcSwap<Index>,
    /// The fingerprint of the plan that was indexed last, with its names.
    last: Mutex<Option<(String, Arc<Index>)>>,
    flags: FlagSeries,
}

/// Counts the signals of one runtime under the names of its own plan, also while calls in flight outlive a reload.
struct Bound {
    index: Arc<Index>,
}

/// Sums of one route.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) answered: u64,
    pub(crate) failed: u64,
    pub(crate) rows: u64,
    pub(crate) answered_ns: u64,
    pub(crate) failed_ns: u64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    pub fn new() -> Self {
        Self {
            registry: Mutex::default(),
            index: ArcSwap::from_pointee(Index::default()),
            last: Mutex::default(),
            flags: FlagSeries::default(),
        }
    }

    /// Counts what the edge itself refuses from now on under the names of this plan. What the engine signals is bound to each runtime's own.
    pub(crate) fn adopt(&self, runtime: &Runtime) {
        self.index.store(self.index_of(runtime));
    }

    fn index_of(&self, runtime: &Runtime) -> Arc<Index> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let fingerprint = &runtime.plan().fingerprint;
        if let Some((_, index)) = last.as_ref().filter(|(known, _)| known == fingerprint) {
            return Arc::clone(index);
        }
        let index = Arc::new(self.registry.lock().unwrap_or_else(PoisonError::into_inner).index(runtime));
        *last = Some((fingerprint.clone(), Arc::clone(&index)));
        index
    }

    /// Counts a request that was refused at the edge, before any call.
    pub(crate) fn refused(&self, route: Option<RouteId>, code: Code) {
        let index = self.index.load();
        match route.and_then(|route| index.route(route)) {
            Some(route) => route.series.refused(code),
            None => index.unknown.refused(code),
        }
    }

    /// Counts a flag that was asked for at the edge.
    pub(crate) fn evaluated(&self, flag: &str, result: &Result<Evaluation, FlagError>) {
        self.flags.evaluated(flag, result);
    }

    pub(crate) fn totals(&self, route: RouteId) -> Totals {
        self.index.load().route(route).map(|route| route.series.totals()).unwrap_or_default()
    }

    /// The whole exposition, in the text format 0.0.4.
    pub(crate) fn render(&self, runtime: &Runtime, planes: &[(&str, &Traffic)]) -> String {
        render::render(&self.registry.lock().unwrap_or_else(PoisonError::into_inner), &self.flags, runtime, planes)
    }
}

impl Listen for Metrics {
    fn hear(&self, signal: &Signal) {
        count(&self.index.load(), signal);
    }

    fn bind(&self, runtime: &Runtime) -> Option<Arc<dyn Listen>> {
        Some(Arc::new(Bound { index: self.index_of(runtime) }))
    }
}

impl Listen for Bound {
    fn hear(&self, signal: &Signal) {
        count(&self.index, signal);
    }
}

/// Adds a call that has ended to the series of its route, and of the rung that answered.
fn count_call(route: &series::RouteIndex, outcome: Outcome, rows: u32, duration: std::time::Duration) {
    match outcome {
        Outcome::Answered { rung, .. } => {
            route.series.answered(rows, duration);
            if let Some(rung) = route.rung(rung) {
                rung.answers.add(1);
            }
        }
        Outcome::Failed { code } => route.series.failed(code, duration),
    }
}

/// Adds one signal to the series of the plan that it comes from.
fn count(index: &Index, signal: &Signal) {
    match *signal {
        Signal::CallEnded { route, outcome, rows, duration } => {
            if let Some(route) = index.route(route) {
                count_call(route, outcome, rows, duration);
            }
        }
        Signal::ModelCalled { model, failed, duration } => {
            if let Some(model) = index.model(model) {
                model.called(failed, duration);
            }
        }
        Signal::SteppedDown { route, rung, reason } => {
            if let Some(rung) = index.route(route).and_then(|route| route.rung(rung)) {
                rung.stepped_down(reason);
            }
        }
        Signal::BreakerChanged { model, to, .. } => {
            if let Some(model) = index.model(model) {
                model.breaker_changed(to);
            }
        }
        // The limit is read from the engine when it is shown.
        Signal::LimitChanged { .. } => {}
        Signal::Shed { model, priority, .. } => {
            if let Some(model) = index.model(model) {
                model.guards.shed(priority);
            }
        }
        Signal::Retried { model } => {
            if let Some(model) = index.model(model) {
                model.guards.retries.add(1);
            }
        }
        Signal::Hedged { model, won } => {
            if let Some(model) = index.model(model) {
                model.guards.hedged(won);
            }
        }
        Signal::Batched { model, calls, rows } => {
            if let Some(model) = index.model(model) {
                model.guards.batched(calls, rows);
            }
        }
        Signal::CacheAsked { cache, found } => {
            if let Some(cache) = index.cache(cache) {
                cache.asked(found);
            }
        }
        Signal::Mirrored { comparison, outcome } => {
            if let Some(mirror) = index.mirror(comparison) {
                mirror.mirrored(outcome);
            }
        }
        Signal::Spent { route, cost } => {
            if let Some(route) = index.route(route) {
                route.series.spend(cost);
            }
        }
        Signal::CandidateFailed { rollout, reason } => {
            if let Some(rollout) = index.rollout(rollout) {
                rollout.failed(reason);
            }
        }
    }
}

//! Counts what the engine signals and shows it as Prometheus text.
//!
//! | room | what is in it |
//! |---|---|
//! | [`cell`] | counters and histograms, one shard a core |
//! | [`series`] | what is counted, by the plan's names |
//! | [`exposition`] | the text format |
//! | [`process`] | memory, processor time and open files of this process |
//!
//! Judging the figures belongs to monitors and alerts.

mod cell;
mod exposition;
mod process;
mod render;
mod series;

use crate::errors::Code;
use crate::http::traffic::Traffic;
use arc_swap::ArcSwap;
pub(crate) use cell::Counter;
use charter_engine::{Listen, Outcome, Runtime, Signal};
use charter_plan::plan::RouteId;
use series::{Index, Registry};
use std::sync::{Arc, Mutex, PoisonError};

/// All counters of a server. Give one to the engine as its listener and to the gateway.
///
/// Series are kept by the plan's names, so that a reload that changes ids continues them.
pub struct Metrics {
    registry: Mutex<Registry>,
    index: ArcSwap<Index>,
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
        Self { registry: Mutex::default(), index: ArcSwap::from_pointee(Index::default()) }
    }

    /// Counts from now on under the names of this plan.
    ///
    /// Calls that are still in flight on the plan before it are counted by position; where a reload inserts a route or model before others,
    /// those few may be counted at a neighbour.
    pub(crate) fn adopt(&self, runtime: &Runtime) {
        let index = self.registry.lock().unwrap_or_else(PoisonError::into_inner).index(runtime);
        self.index.store(Arc::new(index));
    }

    /// Counts a request that was refused at the edge, before any call.
    pub(crate) fn refused(&self, route: Option<RouteId>, code: Code) {
        let index = self.index.load();
        match route.and_then(|route| index.route(route)) {
            Some(route) => route.series.refused(code),
            None => index.unknown.refused(code),
        }
    }

    pub(crate) fn totals(&self, route: RouteId) -> Totals {
        self.index.load().route(route).map(|route| route.series.totals()).unwrap_or_default()
    }

    /// The whole exposition, in the text format 0.0.4.
    pub(crate) fn render(&self, runtime: &Runtime, planes: &[(&str, &Traffic)]) -> String {
        render::render(&self.registry.lock().unwrap_or_else(PoisonError::into_inner), runtime, planes)
    }
}

impl Listen for Metrics {
    fn hear(&self, signal: &Signal) {
        let index = self.index.load();
        match *signal {
            Signal::CallEnded { route, outcome, rows, duration } => {
                let Some(route) = index.route(route) else { return };
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
        }
    }
}

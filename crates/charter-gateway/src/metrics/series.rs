//! What is counted, by the plan's names; and the index from a plan's ids to it.

use super::Totals;
use super::cell::{Counter, Histogram};
use super::guarded::{CacheSeries, GuardSeries, MirrorSeries, RolloutSeries};
use crate::errors::Code;
use charter_engine::{BreakerState, Runtime, StepDown};
use charter_plan::plan::{CacheId, ComparisonId, ModelId, RolloutId, RouteId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Names of plans long gone are forgotten beyond this many.
const SERIES_MAX: usize = 4_096;

pub(super) const REASONS: [StepDown; 9] = [
    StepDown::BreakerOpen,
    StepDown::Overload,
    StepDown::Timeout,
    StepDown::NoTime,
    StepDown::Failed,
    StepDown::BadOutput,
    StepDown::Unavailable,
    StepDown::Forced,
    StepDown::Flag,
];

pub(super) const STATES: [BreakerState; 6] =
    [BreakerState::Closed, BreakerState::Open, BreakerState::Probing, BreakerState::Ramp, BreakerState::ForcedOpen, BreakerState::Disabled];

#[derive(Default)]
pub(super) struct RouteSeries {
    pub(super) answers: Counter,
    pub(super) rows: Counter,
    pub(super) duration: Histogram,
    failures: Failures,
    failed_ns: Counter,
    spent_micros: Counter,
}

/// One counter a code, in the order of the table.
struct Failures(Vec<Counter>);

impl Default for Failures {
    fn default() -> Self {
        Self(Code::ALL.iter().map(|_| Counter::default()).collect())
    }
}

#[derive(Default)]
pub(super) struct RungSeries {
    pub(super) answers: Counter,
    step_downs: [Counter; REASONS.len()],
}

#[derive(Default)]
pub(super) struct ModelSeries {
    pub(super) good: Counter,
    pub(super) bad: Counter,
    pub(super) duration: Histogram,
    transitions: [Counter; STATES.len()],
    pub(super) guards: GuardSeries,
}

impl RouteSeries {
    pub(super) fn answered(&self, rows: u32, duration: Duration) {
        self.answers.add(1);
        self.rows.add(rows.into());
        self.duration.record(duration);
    }

    pub(super) fn failed(&self, code: &str, duration: Duration) {
        self.refused(Code::named(code).unwrap_or(Code::Internal));
        self.failed_ns.add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
        self.duration.record(duration);
    }

    pub(super) fn refused(&self, code: Code) {
        if let Some(counter) = self.failures.0.get(code as usize) {
            counter.add(1);
        }
    }

    /// Kept in millionths, so that it is added up without a lock; what is below one is rounded.
    pub(super) fn spend(&self, cost: f64) {
        self.spent_micros.add((cost.max(0.0) * 1e6).round() as u64);
    }

    pub(super) fn spent(&self) -> f64 {
        self.spent_micros.total() as f64 / 1e6
    }

    /// Errors so far, by code.
    pub(super) fn failures(&self) -> impl Iterator<Item = (Code, u64)> {
        Code::ALL.into_iter().filter_map(|code| Some((code, self.failures.0.get(code as usize)?.total())))
    }

    pub(super) fn totals(&self) -> Totals {
        let failed_ns = self.failed_ns.total();
        Totals {
            answered: self.answers.total(),
            failed: self.failures().map(|(_, count)| count).sum(),
            rows: self.rows.total(),
            answered_ns: self.duration.tally().sum_ns.saturating_sub(failed_ns),
            failed_ns,
        }
    }
}

impl RungSeries {
    pub(super) fn stepped_down(&self, reason: StepDown) {
        let position = REASONS.iter().position(|known| *known == reason);
        if let Some(counter) = position.and_then(|position| self.step_downs.get(position)) {
            counter.add(1);
        }
    }

    pub(super) fn step_downs(&self) -> impl Iterator<Item = (StepDown, u64)> {
        REASONS.into_iter().zip(self.step_downs.iter().map(Counter::total))
    }
}

impl ModelSeries {
    pub(super) fn called(&self, failed: bool, duration: Duration) {
        if failed { &self.bad } else { &self.good }.add(1);
        self.duration.record(duration);
    }

    pub(super) fn breaker_changed(&self, to: BreakerState) {
        let position = STATES.iter().position(|known| *known == to);
        if let Some(counter) = position.and_then(|position| self.transitions.get(position)) {
            counter.add(1);
        }
    }

    pub(super) fn transitions(&self) -> impl Iterator<Item = (BreakerState, u64)> {
        STATES.into_iter().zip(self.transitions.iter().map(Counter::total))
    }
}

/// All series, also those of plans before this one.
#[derive(Default)]
pub(super) struct Registry {
    pub(super) routes: BTreeMap<String, Arc<RouteSeries>>,
    /// By route and rung.
    pub(super) rungs: BTreeMap<(String, String), Arc<RungSeries>>,
    pub(super) models: BTreeMap<String, Arc<ModelSeries>>,
    pub(super) caches: BTreeMap<String, Arc<CacheSeries>>,
    pub(super) mirrors: BTreeMap<String, Arc<MirrorSeries>>,
    pub(super) rollouts: BTreeMap<String, Arc<RolloutSeries>>,
    pub(super) unknown: Arc<RouteSeries>,
}

/// Series by the ids of one plan.
#[derive(Default)]
pub(super) struct Index {
    routes: Vec<RouteIndex>,
    models: Vec<Arc<ModelSeries>>,
    caches: Vec<Arc<CacheSeries>>,
    mirrors: Vec<Arc<MirrorSeries>>,
    rollouts: Vec<Arc<RolloutSeries>>,
    /// For requests that name no route.
    pub(super) unknown: Arc<RouteSeries>,
}

pub(super) struct RouteIndex {
    pub(super) series: Arc<RouteSeries>,
    rungs: Vec<Arc<RungSeries>>,
}

impl Index {
    pub(super) fn route(&self, id: RouteId) -> Option<&RouteIndex> {
        self.routes.get(usize::from(id.0))
    }

    pub(super) fn model(&self, id: ModelId) -> Option<&ModelSeries> {
        self.models.get(usize::from(id.0)).map(AsRef::as_ref)
    }

    pub(super) fn cache(&self, id: CacheId) -> Option<&CacheSeries> {
        self.caches.get(usize::from(id.0)).map(AsRef::as_ref)
    }

    pub(super) fn mirror(&self, id: ComparisonId) -> Option<&MirrorSeries> {
        self.mirrors.get(usize::from(id.0)).map(AsRef::as_ref)
    }

    pub(super) fn rollout(&self, id: RolloutId) -> Option<&RolloutSeries> {
        self.rollouts.get(usize::from(id.0)).map(AsRef::as_ref)
    }
}

impl RouteIndex {
    pub(super) fn rung(&self, rung: u8) -> Option<&RungSeries> {
        self.rungs.get(usize::from(rung)).or(self.rungs.last()).map(AsRef::as_ref)
    }
}

impl Registry {
    /// Finds or makes the series of every route, rung and model.
    pub(super) fn index(&mut self, runtime: &Runtime) -> Index {
        let beside = self.caches.len() + self.mirrors.len() + self.rollouts.len();
        if self.routes.len() + self.rungs.len() + self.models.len() + beside > SERIES_MAX {
            *self = Self { unknown: Arc::clone(&self.unknown), ..Self::default() };
        }
        let plan = runtime.plan();
        let routes = plan
            .routes
            .iter()
            .map(|route| {
                let mut names: Vec<&str> =
                    (0..=u8::MAX).map(|rung| runtime.rung_name(route.id, rung)).take_while(|name| !name.is_empty()).collect();
                if names.is_empty() {
                    names.push("full");
                }
                let rungs = names
                    .into_iter()
                    .map(|rung| Arc::clone(self.rungs.entry((route.name.clone(), rung.to_owned())).or_default()))
                    .collect();
                RouteIndex { series: Arc::clone(self.routes.entry(route.name.clone()).or_default()), rungs }
            })
            .collect();
        let models = plan.models.iter().map(|model| Arc::clone(self.models.entry(model.label()).or_default())).collect();
        let caches = plan.caches.iter().map(|cache| Arc::clone(self.caches.entry(cache.name.clone()).or_default())).collect();
        let mirrors = plan.comparisons.iter().map(|pair| Arc::clone(self.mirrors.entry(pair.name.clone()).or_default())).collect();
        let rollouts = plan.rollouts.iter().map(|rollout| Arc::clone(self.rollouts.entry(rollout.name.clone()).or_default())).collect();
        Index { routes, models, caches, mirrors, rollouts, unknown: Arc::clone(&self.unknown) }
    }
}

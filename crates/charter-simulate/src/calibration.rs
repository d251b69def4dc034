//! What was measured on this machine: how long each model computes, and what a request costs beside its models.
//!
//! Real time comes in as a stopwatch of the caller's. What load runs mean is worked out in `levels`.

use crate::levels::Level;
use crate::requests::Requests;
use crate::rest::Rest;
use crate::world::GeneratorTimes;
use charter_engine::{Backend, Call, Caller, Engine, Forced, Inference, OpenBackend, Quiet, Request, SystemClock, Unavailable};
use charter_plan::Plan;
use charter_plan::plan::{Model, ModelId, Route, Source};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Quantiles that a table keeps.
const POINTS: [f64; 11] = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1.0];
/// Inferences before the measured ones, and measured ones, for each model and row count.
const WARM_UP: usize = 200;
const INFERENCES: usize = 2_000;

/// Times of something, in nanoseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Rows of the requests.
    pub rows: u32,
    pub mean_nanos: f64,
    /// At the quantiles 0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999 and 1.
    pub nanos: Vec<f64>,
}

impl Table {
    /// Position of the median among the quantiles.
    pub(crate) const MEDIAN: usize = 3;
    /// Positions of the quantiles 0.1 and 0.9.
    const LOW: usize = 1;
    const HIGH: usize = 5;

    /// The table of some measured times; all zero without any.
    pub fn of(rows: u32, nanos: &[f64]) -> Self {
        let mut sorted = nanos.to_vec();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        let at = |point: f64| sorted.get((point * last as f64).round() as usize).copied().unwrap_or(0.0);
        let mean_nanos = sorted.iter().sum::<f64>() / sorted.len().max(1) as f64;
        Self { rows, mean_nanos, nanos: POINTS.map(at).to_vec() }
    }

    /// The time at a quantile, linear between the points kept.
    pub(crate) fn at(&self, quantile: f64) -> f64 {
        let pairs = POINTS.windows(2).zip(self.nanos.windows(2));
        for (points, nanos) in pairs {
            if let ([low, high], [from, to]) = (points, nanos)
                && quantile <= *high
            {
                return from + (to - from) * (quantile - low) / (high - low);
            }
        }
        self.nanos.last().copied().unwrap_or(0.0)
    }

    /// The table of quantiles, at the points of a table.
    pub(crate) fn of_quantiles(nanos: Vec<f64>) -> Self {
        let middles = POINTS.windows(2).zip(nanos.windows(2));
        let mean_nanos = middles.map(|(points, nanos)| (points[1] - points[0]) * f64::midpoint(nanos[0], nanos[1])).sum();
        Self { rows: 1, mean_nanos, nanos }
    }
}

impl Table {
    /// The shape of some quantiles, with a mean of 1; the outermost, single events, are left out.
    pub(crate) fn around_one(nanos: &[f64]) -> Self {
        let mut inner = nanos.to_vec();
        let last = inner.len().saturating_sub(1);
        let calm = |from: usize| nanos.get(from).copied().unwrap_or(1.0);
        for (position, value) in inner.iter_mut().enumerate() {
            *value = calm(position.clamp(Self::LOW.min(last), Self::HIGH.min(last)));
        }
        let shape = Self::of_quantiles(inner);
        let mean = if shape.mean_nanos > 0.0 { shape.mean_nanos } else { 1.0 };
        Self::of_quantiles(shape.nanos.iter().map(|value| value / mean).collect())
    }
}

/// Everything measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The plan that was measured.
    pub plan: String,
    /// RFC 3339, UTC.
    pub measured_at: String,
    /// Of this machine; the load generator had one of them.
    pub cores: u32,
    /// Threads of the server, each on a core of its own.
    pub server_threads: u32,
    /// By label, the rows of the route's requests first.
    pub models: BTreeMap<String, Vec<Table>>,
    /// CPU of a request of a route beside its models, on a busy thread.
    pub routes: BTreeMap<String, Table>,
    /// What a server's thread loses when it had nothing to do.
    pub rest: Rest,
    /// How long a piece of work takes from one moment to another, around a mean of 1.
    pub pace: Option<Table>,
    pub generator: GeneratorTimes,
    /// The runs from which these were worked out.
    pub levels: Vec<Level>,
    /// What a reader must know.
    pub notes: Vec<String>,
}

/// The quantiles of a [`Table`].
pub const QUANTILES: [f64; 11] = POINTS;

/// The model that answers a route when all is well.
pub(crate) fn first_use(route: &Route) -> Option<ModelId> {
    route.node.uses().first().map(|call| call.model)
}

/// Measures every model that computes in this process, over the rows of the routes that use it. `stopwatch` tells nanoseconds.
///
/// Each route is asked through the engine itself, so that models get the inputs that they will get; then its models are closed one after another from
/// the best, so that each of those below is asked too. Remote models are left out: their time is not this process's.
///
/// # Errors
/// When no runtime for the calls can be made.
pub fn measure_models(
    plan: &Plan,
    requests: &[Requests],
    opener: &dyn OpenBackend,
    stopwatch: &Arc<Stopwatch>,
    tell: &mut dyn FnMut(&str),
) -> std::io::Result<BTreeMap<String, Vec<Table>>> {
    let timed = Timed { opener, stopwatch: Arc::clone(stopwatch), kept: Mutex::default() };
    let engine = Engine::start(plan.clone(), &timed, Arc::new(SystemClock::new()), Arc::new(Quiet));
    let kept = timed.kept.into_inner().unwrap_or_else(PoisonError::into_inner);
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let runtime = engine.current();
    for (route, requests) in plan.routes.iter().zip(requests).filter(|(_, requests)| !requests.calls.is_empty()) {
        let models: Vec<ModelId> = route.node.uses().iter().map(|call| call.model).collect();
        for model in &models {
            tell(&plan.model(*model).label());
            for number in 0..WARM_UP + INFERENCES {
                if number == WARM_UP {
                    kept.iter().filter(|(id, _)| id == model).for_each(|(_, times)| lock(times).clear());
                }
                let Some((rows, inputs)) = requests.calls.get(number % requests.calls.len()) else { continue };
                let call = Call {
                    route: route.id,
                    inputs: inputs.clone(),
                    rows: *rows,
                    deadline_ms: None,
                    key: None,
                    version: None,
                    seed: number as u64,
                    caller: Caller::default(),
                };
                // An error is an answer that took its time as well; what matters is how long the models took.
                drop(tokio.block_on(runtime.call(call)));
            }
            runtime.force(*model, Forced::Open);
        }
        models.iter().for_each(|model| runtime.force(*model, Forced::Released));
    }
    let tables = kept.iter().map(|(id, times)| (plan.model(*id).label(), tables(&lock(times))));
    Ok(tables.filter(|(_, tables)| !tables.is_empty()).collect())
}

/// Tells nanoseconds since some moment.
pub type Stopwatch = dyn Fn() -> u64 + Send + Sync;

type Times = Arc<Mutex<Vec<(usize, f64)>>>;

fn lock(times: &Times) -> MutexGuard<'_, Vec<(usize, f64)>> {
    times.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens backends that tell how long they take.
struct Timed<'a> {
    opener: &'a dyn OpenBackend,
    stopwatch: Arc<Stopwatch>,
    kept: Mutex<Vec<(ModelId, Times)>>,
}

impl OpenBackend for Timed<'_> {
    fn open(&self, model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
        if matches!(model.source, Source::Oip { .. }) {
            return Err(Unavailable { reason: "it is remote".to_owned(), help: "its time is not measured here".to_owned() });
        }
        let times = Times::default();
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push((model.id, Arc::clone(&times)));
        Ok(Arc::new(TimedBackend { inner: self.opener.open(model)?, stopwatch: Arc::clone(&self.stopwatch), times }))
    }
}

struct TimedBackend {
    inner: Arc<dyn Backend>,
    stopwatch: Arc<Stopwatch>,
    times: Times,
}

impl Backend for TimedBackend {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        let (rows, began) = (request.rows, (self.stopwatch)());
        let took = move || {
            let took = (self.stopwatch)().saturating_sub(began);
            lock(&self.times).push((rows, took as f64));
        };
        match self.inner.infer(request) {
            Inference::Ready(Ok(outputs)) => {
                took();
                Inference::Ready(Ok(outputs))
            }
            // A long model computes beside the caller; its time counts as well.
            Inference::Pending(future) => Inference::Pending(Box::pin(async move {
                let result = future.await;
                if result.is_ok() {
                    took();
                }
                result
            })),
            failed @ Inference::Ready(Err(_)) => failed,
        }
    }

    fn slots(&self) -> usize {
        self.inner.slots()
    }

    fn engine(&self) -> &str {
        self.inner.engine()
    }
}

/// One table for each power of two of rows; the one that was asked for most stands first, and its mean is the model's.
fn tables(times: &[(usize, f64)]) -> Vec<Table> {
    let mut by_rows: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (rows, nanos) in times {
        by_rows.entry(rows.next_power_of_two()).or_default().push(*nanos);
    }
    let mut grouped: Vec<(usize, Vec<f64>)> = by_rows.into_iter().collect();
    grouped.sort_by_key(|(_, nanos)| std::cmp::Reverse(nanos.len()));
    grouped.iter().map(|(rows, nanos)| Table::of(u32::try_from(*rows).unwrap_or(u32::MAX), nanos)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_draws_what_it_was_made_of() {
        let values: Vec<f64> = (0..=1_000).map(f64::from).collect();
        let table = Table::of(1, &values);
        assert_eq!((table.at(0.0), table.at(0.5), table.at(1.0)), (0.0, 500.0, 1_000.0));
        assert!((table.at(0.33) - 330.0).abs() < 5.0);
        let of_quantiles = Table::of_quantiles(QUANTILES.map(|point| 1_000.0 * point).to_vec());
        assert!((of_quantiles.mean_nanos - 500.0).abs() < 1e-9 && (of_quantiles.at(0.33) - 330.0).abs() < 1e-9);
        assert_eq!(QUANTILES[Table::MEDIAN], 0.5);
    }
}

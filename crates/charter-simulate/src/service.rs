//! How long a model computes: from measurements where there are any, else from what the charter states.
//!
//! Measuring belongs to `calibration`; who waits for whom to `world`.

use crate::calibration::{Calibration, Table};
use crate::chance::uniform;
use crate::rest::Rest;
use charter_plan::Plan;
use charter_plan::plan::{Capacity, Model, Source};
use serde::Serialize;

/// A share of the stated time for what is looked up or worked out by a rule, where nothing was measured.
const SIMPLE_SHARE: f64 = 0.02;

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Measured in this process by `--calibrate`.
    Measured,
    /// From the charter's `capacity`.
    Stated,
    /// Neither measured nor stated.
    Assumed,
}

/// The time of one inference, waiting not included.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ServiceTime {
    /// Quantiles by rows.
    Measured(Vec<Table>),
    /// Exponential with this mean in nanoseconds: as much variance as queueing theory's worst usual case.
    Exponential(f64),
}

impl ServiceTime {
    /// Nanoseconds for one inference; the same seed draws the same.
    pub(crate) fn draw(&self, rows: usize, seed: u64) -> f64 {
        let point = uniform(seed, 0x5e71);
        match self {
            Self::Exponential(mean) => -mean * (1.0 - point).ln(),
            Self::Measured(tables) => nearest(tables, rows).map_or(0.0, |table| table.at(point)),
        }
    }

    pub(crate) fn mean_nanos(&self) -> f64 {
        match self {
            Self::Exponential(mean) => *mean,
            Self::Measured(tables) => tables.first().map_or(0.0, |table| table.mean_nanos),
        }
    }
}

/// The table whose rows are nearest, by ratio.
fn nearest(tables: &[Table], rows: usize) -> Option<&Table> {
    let distance = |table: &&Table| (f64::from(table.rows.max(1)).ln() - (rows.max(1) as f64).ln()).abs();
    tables.iter().min_by(|one, other| distance(one).total_cmp(&distance(other)))
}

/// The times of one replica.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Times {
    /// One for each model of the plan.
    pub(crate) models: Vec<(ServiceTime, Basis)>,
    /// What one request of each route costs besides its models: reading, checking, writing.
    pub(crate) edge: Vec<(ServiceTime, Basis)>,
    /// What a thread loses when it had nothing to do.
    pub(crate) rest: Rest,
    /// How the machine's pace varies, if that was measured.
    pub(crate) pace: Option<Table>,
}

/// How long the machine keeps its pace: longer than a request, shorter than anybody would notice.
const PACE_NANOS: u64 = 10_000_000;

impl Times {
    /// The factor on the time of whatever a replica does at a moment; `salt` tells replicas apart.
    pub(crate) fn pace_at(&self, nanos: u64, salt: u64) -> f64 {
        self.pace.as_ref().map_or(1.0, |pace| pace.at(uniform(salt, nanos / PACE_NANOS)))
    }
}

/// One line of the report: what was taken for what.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimeUsed {
    pub of: String,
    pub mean_us: f64,
    pub basis: Basis,
}

/// Times for the replicas of one capacity, of which each has `threads` threads.
///
/// Measured ones are taken where `calibration` has them. Else one replica's stated throughput is what its threads do together when always busy,
/// spent in the model of the first rung; a rule, table or constant takes a fiftieth of that.
pub(crate) fn times(plan: &Plan, calibration: Option<&Calibration>, capacity: Option<&Capacity>, threads: u32) -> Times {
    let stated =
        capacity.filter(|capacity| capacity.per_replica_per_s > 0.0).map(|capacity| f64::from(threads) / capacity.per_replica_per_s * 1e9);
    let unmeasured = |model: &Model| match (stated, simple(model)) {
        (Some(mean), false) => (ServiceTime::Exponential(mean), Basis::Stated),
        (Some(mean), true) => (ServiceTime::Exponential(mean * SIMPLE_SHARE), Basis::Assumed),
        // A millisecond is what a small model behind a small edge takes at most; the report calls it an assumption.
        (None, false) => (ServiceTime::Exponential(1e6), Basis::Assumed),
        (None, true) => (ServiceTime::Exponential(1e6 * SIMPLE_SHARE), Basis::Assumed),
    };
    let models = plan.models.iter().map(|model| {
        let tables = calibration.and_then(|calibration| calibration.models.get(&model.label())).filter(|tables| !tables.is_empty());
        tables.map_or_else(|| unmeasured(model), |tables| (ServiceTime::Measured(tables.clone()), Basis::Measured))
    });
    let edge = plan.routes.iter().map(|route| match calibration.and_then(|calibration| calibration.routes.get(&route.name)) {
        Some(edge) => (ServiceTime::Measured(vec![edge.clone()]), Basis::Measured),
        // The stated throughput is of whole calls: their edge is in it.
        None => (ServiceTime::Exponential(0.0), if stated.is_some() { Basis::Stated } else { Basis::Assumed }),
    });
    let rest = calibration.map(|calibration| calibration.rest.clone()).unwrap_or_default();
    let pace = calibration.and_then(|calibration| calibration.pace.clone());
    Times { models: models.collect(), edge: edge.collect(), rest, pace }
}

/// Whether a model is a few comparisons rather than a computation.
pub(crate) fn simple(model: &Model) -> bool {
    match model.source {
        Source::Rule { .. } | Source::Static { .. } | Source::Lookup { .. } => true,
        Source::Onnx { .. } | Source::Oip { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_has_the_mean_it_was_given() {
        let time = ServiceTime::Exponential(500.0);
        let mean = (0..200_000).map(|seed| time.draw(1, seed)).sum::<f64>() / 200_000.0;
        assert!((mean / 500.0 - 1.0).abs() < 0.01, "{mean}");
    }

    #[test]
    fn the_table_of_the_nearest_row_count_is_drawn_from() {
        let table = |rows: u32, nanos: f64| Table::of(rows, &[nanos]);
        let time = ServiceTime::Measured(vec![table(1, 10.0), table(16, 100.0)]);
        assert_eq!([1, 3, 5, 300].map(|rows| time.draw(rows, 4)), [10.0, 10.0, 100.0, 100.0]);
    }
}

//! How much a load run has seen of what a requirement promises: pure arithmetic and words.
//!
//! Whether the figures hold belongs to `judge`.

use charter_plan::arithmetic::derivation::number;
use charter_plan::plan::{Arrival, Load};
use charter_plan::standing::beyond;

use crate::load::LoadReport;

/// Shortest measured window that can prove anything: a stall of a second still falls into it.
pub(super) const SECONDS_MIN: f64 = 5.0;
/// Fewest requests that can prove anything, whatever their interval says.
pub(super) const REQUESTS_MIN: u64 = 1_000;

/// Why a run is too small to prove a requirement, with the way out that `longer` is; none when it is large enough.
pub(super) fn too_small(report: &LoadReport, longer: &str) -> Option<String> {
    let (seconds, requests) = (report.measured_seconds, report.total.requests);
    if seconds >= SECONDS_MIN && requests >= REQUESTS_MIN {
        return None;
    }
    Some(format!(
        "{} requests in {} s are too few to prove it: at least {} requests and {} s are asked for; {longer}",
        number(requests as f64),
        number(seconds),
        number(REQUESTS_MIN as f64),
        number(SECONDS_MIN)
    ))
}

/// What was seen of a promise over a window; none when there is no window, or when the run was as long.
pub(super) fn seen(load: &Load, report: &LoadReport) -> Option<String> {
    let window_s = load.window_s.filter(|window| *window > report.measured_seconds)?;
    let arrival = match load.arrival {
        Arrival::Rate { per_s } => format!("at {} requests/s", number(per_s)),
        Arrival::Users { users, .. } => format!("with {} users", number(f64::from(users))),
    };
    Some(format!("{arrival} for {} s; {}", number(report.measured_seconds), beyond(window_s)))
}

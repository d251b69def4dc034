//! How much a load run has seen of what a requirement promises: pure arithmetic and words.
//!
//! Whether the figures hold belongs to `judge`.

use charter_plan::arithmetic::derivation::number;
use charter_plan::plan::{Arrival, Load};

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

/// What only production can show of a window of `window_s` seconds.
pub(crate) fn beyond(window_s: f64) -> String {
    format!("the window of {} needs evidence from production", span(window_s))
}

/// Seconds in the largest unit that divides them.
fn span(seconds: f64) -> String {
    let units = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "min")];
    let whole = units.iter().find(|(unit, _)| seconds >= *unit && seconds % unit == 0.0);
    whole.map_or_else(|| format!("{} s", number(seconds)), |(unit, name)| format!("{} {name}", number(seconds / unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_told_in_the_largest_whole_unit() {
        assert_eq!([2_419_200.0, 7_200.0, 90.0, 0.5].map(span), ["28 d", "2 h", "90 s", "0.5 s"]);
    }
}

//! What happens in a simulation: how much is asked, and what goes wrong when.
//!
//! Pure data and arithmetic; what the system does about it belongs to `fleet`.

use serde::Serialize;

/// Seconds of a day.
const DAY_S: f64 = 86_400.0;
/// When the day is busiest.
const BUSIEST_S: f64 = 20.0 * 3_600.0;
/// The quietest rate as a share of the average: stated here, since charters state only average and peak.
const QUIET_SHARE: f64 = 0.25;

/// A whole scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scenario {
    pub name: String,
    pub seconds: u32,
    pub load: Load,
    pub changes: Vec<Change>,
}

/// How much is asked, before surges.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Load {
    Flat {
        per_s: f64,
    },
    /// From a quiet night to a peak at eight in the evening, with this average; the scenario begins at midnight.
    Day {
        average_per_s: f64,
        peak_per_s: f64,
    },
}

/// Something that is different from one second to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    pub from_s: u32,
    pub until_s: u32,
    pub kind: ChangeKind,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum ChangeKind {
    /// The load times this; it comes and goes over a tenth of the time each.
    Surge { factor: f64 },
    /// The replicas of one zone are gone; the load is not.
    LoseZone { zone: u32 },
    /// A model version takes this many times as long.
    Slow { model: String, factor: f64 },
    /// This share of a model version's calls fails.
    Fail { model: String, share: f64 },
}

impl Scenario {
    /// Calls a second of all routes at a time, surges included.
    pub fn rate(&self, at_s: f64) -> f64 {
        let surges: f64 = self.changes.iter().map(|change| change.surge(at_s)).product();
        self.expected_rate(at_s) * surges
    }

    /// What is expected at a time: the load that comes every day, without surges.
    pub fn expected_rate(&self, at_s: f64) -> f64 {
        match self.load {
            Load::Flat { per_s } => per_s,
            Load::Day { average_per_s, peak_per_s } => {
                let quiet = (QUIET_SHARE * average_per_s).min(peak_per_s);
                quiet + (peak_per_s - quiet) * bell(at_s).powf(sharpness(average_per_s, peak_per_s, quiet))
            }
        }
    }

    /// Changes that begin or end within a stretch of time, its end not included.
    pub(crate) fn turns_within(&self, from_s: f64, until_s: f64) -> bool {
        let inside = |at: u32| f64::from(at) >= from_s && f64::from(at) < until_s;
        self.changes
            .iter()
            .filter(|change| !matches!(change.kind, ChangeKind::Surge { .. }))
            .any(|change| inside(change.from_s) || inside(change.until_s))
    }

    pub(crate) fn changes_at(&self, at_s: f64) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| f64::from(change.from_s) <= at_s && at_s < f64::from(change.until_s))
    }
}

impl Change {
    /// The factor on the load at a time.
    fn surge(&self, at_s: f64) -> f64 {
        let ChangeKind::Surge { factor } = self.kind else { return 1.0 };
        let (from, until) = (f64::from(self.from_s), f64::from(self.until_s));
        let slope = ((until - from) / 10.0).max(1.0);
        let share = ((at_s - from) / slope).min((until - at_s) / slope).clamp(0.0, 1.0);
        1.0 + (factor - 1.0) * share
    }
}

/// 1 at the busiest hour, 0 twelve hours from it.
fn bell(at_s: f64) -> f64 {
    (1.0 + ((at_s - BUSIEST_S) / DAY_S * std::f64::consts::TAU).cos()) / 2.0
}

/// The power of the bell that gives the day its average: the mean of `bell^k` falls from 1 to 0 as `k` grows.
fn sharpness(average: f64, peak: f64, quiet: f64) -> f64 {
    let wanted = ((average - quiet) / (peak - quiet).max(f64::MIN_POSITIVE)).clamp(0.001, 1.0);
    let mean = |power: f64| (0..96).map(|quarter| bell(f64::from(quarter) * 900.0).powf(power)).sum::<f64>() / 96.0;
    let (mut low, mut high) = (0.0, 1_000.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if mean(middle) > wanted { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(changes: Vec<Change>) -> Scenario {
        Scenario { name: String::new(), seconds: 86_400, load: Load::Day { average_per_s: 3_500.0, peak_per_s: 10_000.0 }, changes }
    }

    #[test]
    fn a_day_keeps_its_average_and_its_peak() {
        let day = day(Vec::new());
        let rates: Vec<f64> = (0..1_440).map(|minute| day.rate(f64::from(minute) * 60.0)).collect();
        let mean = rates.iter().sum::<f64>() / 1_440.0;
        let most = rates.iter().copied().fold(0.0, f64::max);
        assert!((mean / 3_500.0 - 1.0).abs() < 0.001 && (most / 10_000.0 - 1.0).abs() < 0.001, "{mean} {most}");
        assert!((day.rate(8.0 * 3_600.0) / 875.0 - 1.0).abs() < 0.001, "{}", day.rate(8.0 * 3_600.0));
    }

    #[test]
    fn a_surge_comes_and_goes_and_is_not_expected() {
        let surge = Change { from_s: 1_000, until_s: 2_000, kind: ChangeKind::Surge { factor: 10.0 } };
        let flat = Scenario { load: Load::Flat { per_s: 5.0 }, ..day(vec![surge]) };
        assert_eq!([0.0, 1_050.0, 1_500.0, 1_950.0, 2_500.0].map(|at| flat.rate(at)), [5.0, 27.5, 50.0, 27.5, 5.0]);
        assert_eq!(flat.expected_rate(1_500.0), 5.0);
    }
}

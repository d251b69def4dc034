//! Scenarios by name: what they are made of, scaled to the load that the charter states.

use crate::scenario::{Change, ChangeKind, Load, Scenario};

const DAY_S: u32 = 86_400;
const HALF_HOUR_S: u32 = 1_800;
/// A day's surge: from half past seven, for an hour and a half.
const SURGE_FROM_S: u32 = 70_200;
const SURGE_S: u32 = 5_400;

/// Names of [`scenario`].
pub const NAMES: [&str; 7] = ["steady", "day", "peak-10x", "surge-3x", "lose-zone", "slow-model", "failing-model"];

/// What a named scenario starts from.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis<'a> {
    pub average_per_s: f64,
    pub peak_per_s: f64,
    /// The model version that is slow or fails.
    pub model: &'a str,
    /// Length; the name's own when absent.
    pub seconds: Option<u32>,
}

/// The scenario of a name; `None` when there is none. All but the days stand at the stated peak, and what goes wrong lasts from the first third to the
/// second.
pub fn scenario(name: &str, basis: &Basis<'_>) -> Option<Scenario> {
    let day = Load::Day { average_per_s: basis.average_per_s, peak_per_s: basis.peak_per_s };
    let flat = Load::Flat { per_s: basis.peak_per_s };
    let short = basis.seconds.unwrap_or(HALF_HOUR_S);
    let third = |kind: ChangeKind| vec![Change { from_s: round(short / 3), until_s: round(short / 3 * 2), kind }];
    let model = basis.model.to_owned();
    let surge = |factor: f64| Change { from_s: SURGE_FROM_S, until_s: SURGE_FROM_S + SURGE_S, kind: ChangeKind::Surge { factor } };
    let (seconds, load, changes) = match name {
        "steady" => (short, flat, Vec::new()),
        "day" => (basis.seconds.unwrap_or(DAY_S), day, Vec::new()),
        "peak-10x" => (basis.seconds.unwrap_or(DAY_S), day, vec![surge(10.0)]),
        "surge-3x" => (short, flat, third(ChangeKind::Surge { factor: 3.0 })),
        "lose-zone" => (short, flat, third(ChangeKind::LoseZone { zone: 0 })),
        "slow-model" => (short, flat, third(ChangeKind::Slow { model, factor: 5.0 })),
        "failing-model" => (short, flat, third(ChangeKind::Fail { model, share: 1.0 })),
        _ => return None,
    };
    Some(Scenario { name: name.to_owned(), seconds, load, changes })
}

/// To a whole minute, so that what changes shows where a minute does.
fn round(seconds: u32) -> u32 {
    if seconds < 180 { seconds / 15 * 15 } else { seconds / 60 * 60 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_scenario_that_fits_into_its_time() {
        let basis = Basis { average_per_s: 10.0, peak_per_s: 30.0, model: "m@v1", seconds: None };
        for name in NAMES {
            let scenario = scenario(name, &basis).expect(name);
            assert!(scenario.changes.iter().all(|change| change.from_s < change.until_s && change.until_s <= scenario.seconds), "{name}");
        }
        assert_eq!(scenario("else", &basis), None);
        let short = scenario("slow-model", &Basis { seconds: Some(600), ..basis }).expect("a scenario");
        assert_eq!((short.changes[0].from_s, short.changes[0].until_s), (180, 360));
    }
}

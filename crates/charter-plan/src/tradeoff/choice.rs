//! The best point under the charter's own limits, and what giving up each of them would buy.
//!
//! Best is the cheapest of those whose whole intervals keep every limit. A point whose interval crosses a limit may keep it; that is said, and it is
//! not taken. What a limit keeps out is worth naming only where it is surely cheaper, faster or better than the best.

use super::limits::estimate;
use super::{AS_IT_IS, Axis, Estimate, Limit, Limits, Placed, Relation, relation};
use crate::arithmetic::derivation::{brief, number, percent, significant};
use serde::Serialize;

/// What should be taken, and what it would take to have something else.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// The cheapest candidate that surely keeps every limit.
    pub best: Option<String>,
    /// Why, or why there is none.
    pub why: String,
    /// Cheaper ones that may keep every limit, as far as the intervals tell.
    pub may_do: Vec<String>,
    pub relaxed: Vec<Relaxed>,
}

/// What giving a limit up would buy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Relaxed {
    pub limit: Limit,
    /// At most one an axis; empty when it buys nothing sure.
    pub gains: Vec<Gain>,
    /// The same in words: one line.
    pub buys: String,
}

/// A candidate that a limit alone keeps out, and what it does better.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gain {
    pub axis: Axis,
    pub candidate: String,
    pub figure: Estimate,
    /// The best candidate's; `None` when no candidate keeps every limit.
    pub instead_of: Option<Estimate>,
    /// The limit that would just let it in.
    pub needs: f64,
}

/// Chooses among measured points.
pub fn choose(points: &[Placed], limits: &Limits) -> Choice {
    let keepers: Vec<&Placed> = points.iter().filter(|placed| keeps(placed, &limits.all, None)).collect();
    let cheapest = keepers.iter().copied().min_by(|left, right| left.point.cost.figure.total_cmp(&right.point.cost.figure));
    // The charter as it is stays where nothing is surely cheaper.
    let as_it_is = keepers.iter().copied().find(|placed| placed.point.candidate == AS_IT_IS);
    let best = match (cheapest, as_it_is) {
        (_, Some(own)) if !keepers.iter().any(|other| other.point.cost.high < own.point.cost.low) => Some(own),
        (cheapest, _) => cheapest,
    };
    let cheaper = |placed: &&Placed| best.is_none_or(|best| placed.point.cost.figure < best.point.cost.figure);
    let may = |placed: &&Placed| {
        let kept: Vec<Option<bool>> = limits.all.iter().map(|limit| limit.kept(placed)).collect();
        kept.contains(&None) && !kept.contains(&Some(false))
    };
    Choice {
        best: best.map(|best| best.point.candidate.clone()),
        why: why(points, limits, &keepers, best, cheapest),
        may_do: points.iter().filter(cheaper).filter(may).map(|placed| placed.point.candidate.clone()).collect(),
        relaxed: limits.all.iter().map(|limit| relax(points, limits, limit, best)).collect(),
    }
}

/// Whether every limit but one is surely kept.
fn keeps(placed: &Placed, limits: &[Limit], without: Option<&Limit>) -> bool {
    limits.iter().filter(|limit| Some(*limit) != without).all(|limit| limit.kept(placed) == Some(true))
}

fn why(points: &[Placed], limits: &Limits, keepers: &[&Placed], best: Option<&Placed>, cheapest: Option<&Placed>) -> String {
    let Some(best) = best else {
        return if limits.all.is_empty() { "nothing was measured that could be chosen".to_owned() } else { nearest_miss(points, limits) };
    };
    let level: Vec<&str> = keepers
        .iter()
        .filter(|other| other.point.candidate != best.point.candidate && other.point.cost.overlaps(&best.point.cost))
        .map(|other| other.point.candidate.as_str())
        .collect();
    let them = if limits.all.is_empty() {
        "of all, since the charter states no limit".to_owned()
    } else {
        format!("of those that surely keep {}", list(&limits.all))
    };
    let mut text = if cheapest.is_some_and(|cheapest| cheapest.point.candidate != best.point.candidate) {
        format!("{them}, none is surely cheaper than the charter as it is")
    } else {
        format!("the cheapest {them}")
    };
    if !level.is_empty() {
        text.push_str(&format!("; by cost alone not told apart: {}", level.join(", ")));
    }
    text.push_str(&same_bill(keepers));
    text
}

/// Told where it does not matter for the bill which of them is taken.
fn same_bill(keepers: &[&Placed]) -> String {
    let bills: Vec<_> = keepers.iter().filter_map(|placed| placed.point.bill.as_ref()).collect();
    let Some(first) = bills.first().filter(|_| bills.len() == keepers.len() && bills.len() > 1) else { return String::new() };
    let same = |bill: &&super::Bill| {
        bill.per_month == first.per_month && bill.replicas == first.replicas && bill.replicas.low == bill.replicas.high
    };
    if !bills.iter().all(same) {
        return String::new();
    }
    format!(
        "; the bill is the same for all of them, {} replicas and {} {}/month, so nothing is saved before the load grows",
        number(first.replicas.figure),
        number(first.per_month.figure),
        first.currency
    )
}

fn list(limits: &[Limit]) -> String {
    limits.iter().map(Limit::text).collect::<Vec<_>>().join(" and ")
}

fn nearest_miss(points: &[Placed], limits: &Limits) -> String {
    let surely = |limit: &Limit| points.iter().filter(|placed| limit.kept(placed) == Some(true)).count();
    let told: Vec<String> = limits.all.iter().map(|limit| format!("{} keep {}", surely(limit), limit.text())).collect();
    format!("no candidate surely keeps every limit: of {}, {}", points.len(), told.join(", "))
}

fn relax(points: &[Placed], limits: &Limits, limit: &Limit, best: Option<&Placed>) -> Relaxed {
    let let_in: Vec<&Placed> =
        points.iter().filter(|placed| keeps(placed, &limits.all, Some(limit)) && limit.kept(placed) != Some(true)).collect();
    let needs = |placed: &Placed| estimate(limit.axis, placed).map(|estimate| if limit.at_least { estimate.low } else { estimate.high });
    let gain = |axis: Axis, placed: &Placed| {
        let figure = measured(axis, placed)?;
        Some(Gain {
            axis,
            candidate: placed.point.candidate.clone(),
            figure,
            instead_of: best.and_then(|best| measured(axis, best)),
            needs: needs(placed)?,
        })
    };
    let gains: Vec<Gain> = match best {
        None => {
            let able = let_in.iter().copied().filter(|placed| needs(placed).is_some());
            let cheapest = able.min_by(|left, right| left.point.cost.figure.total_cmp(&right.point.cost.figure));
            cheapest.and_then(|cheapest| gain(Axis::Cost, cheapest)).into_iter().collect()
        }
        Some(best) => Axis::ALL
            .into_iter()
            .filter(|axis| *axis != limit.axis)
            .filter_map(|axis| {
                let better = let_in.iter().copied().filter(|placed| relation(axis, &placed.point, &best.point) == Relation::Better);
                let most = better.reduce(|left, right| match relation(axis, &right.point, &left.point) {
                    Relation::Better | Relation::LeansBetter => right,
                    _ => left,
                })?;
                gain(axis, most)
            })
            .collect(),
    };
    let names = || let_in.iter().map(|placed| format!("`{}`", placed.point.candidate)).collect::<Vec<_>>().join(", ");
    let buys = match (gains.is_empty(), let_in.is_empty()) {
        (false, _) => gains.iter().map(|gain| told(points, limit, gain)).collect::<Vec<_>>().join("; "),
        (true, true) if best.is_none() => "nothing: without it the others still keep every candidate out".to_owned(),
        (true, true) => "nothing: it alone keeps no candidate out".to_owned(),
        (true, false) => format!("nothing sure: what it would let in is not surely cheaper, faster or better than the best: {}", names()),
    };
    Relaxed { limit: limit.clone(), gains, buys }
}

fn told(points: &[Placed], limit: &Limit, gain: &Gain) -> String {
    let with = |value: f64, unit: &str| match unit {
        "ratio" => percent((value * 1e3).round() / 1e3),
        // A thousand cheap calls cost less than a hundredth of a cent.
        unit if value.abs() < 1e-3 && unit.ends_with("/1000") => format!("{} µ{unit}", brief(value * 1e6)),
        unit => format!("{} {unit}", brief(value)).trim_end().to_owned(),
    };
    // To the last digit: a limit that is rounded may keep it out again.
    let needs = if limit.unit == "ratio" { percent(gain.needs) } else { format!("{} {}", significant(gain.needs), limit.unit) };
    let price = format!("with {} {} instead of {}", limit.axis.word(), needs.trim_end(), limit.text());
    let Some(instead) = gain.instead_of else { return format!("`{}` at all, {price}", gain.candidate) };
    let point = points.iter().find(|placed| placed.point.candidate == gain.candidate).map(|placed| &placed.point);
    let (name, unit) = match gain.axis {
        Axis::Cost => ("cost", point.map_or("", |point| point.cost_unit.as_str())),
        Axis::Latency => ("p99", "ms"),
        Axis::Quality => {
            let quality = point.and_then(|point| point.quality.as_ref());
            quality.map_or(("quality", ""), |quality| (quality.metric.as_str(), quality.unit.as_str()))
        }
    };
    let change = match gain.axis {
        Axis::Cost | Axis::Latency if instead.figure > 0.0 => {
            format!(" ({} less)", percent(((1.0 - gain.figure.figure / instead.figure) * 1e3).round() / 1e3))
        }
        _ => String::new(),
    };
    format!("`{}`: {name} {} instead of {}{change}, {price}", gain.candidate, with(gain.figure.figure, unit), with(instead.figure, unit))
}

fn measured(axis: Axis, placed: &Placed) -> Option<Estimate> {
    match axis {
        Axis::Cost => Some(placed.point.cost),
        Axis::Latency => Some(placed.point.p99_ms),
        Axis::Quality => placed.point.quality.as_ref().map(|quality| quality.estimate),
    }
}

#[cfg(test)]
mod tests {
    use super::super::front::front;
    use super::super::front::tests::{about, point};
    use super::*;
    use proptest::prelude::*;

    fn limit(axis: Axis, limit: f64, at_least: bool) -> Limit {
        Limit { axis, limit, unit: String::new(), at_least, from: "x".into(), derivation: String::new() }
    }

    fn limited(all: Vec<Limit>) -> Limits {
        Limits { all, missing: Vec::new() }
    }

    #[test]
    fn the_cheapest_that_surely_keeps_every_limit_is_best_and_each_limit_has_its_price() {
        let exact = Estimate::exact;
        let points = front(&[
            point("rule", exact(0.1), exact(1.0), exact(0.6)),
            point("small", exact(1.0), exact(10.0), Estimate::new(0.8, 0.74, 0.86)),
            point("large", exact(4.0), exact(40.0), exact(0.9)),
            point("huge", exact(9.0), exact(90.0), exact(0.95)),
        ]);
        let limits = limited(vec![limit(Axis::Latency, 50.0, false), limit(Axis::Quality, 0.75, true)]);
        let choice = choose(&points, &limits);
        assert_eq!(choice.best.as_deref(), Some("large"));
        // Its interval reaches below the floor.
        assert_eq!(choice.may_do, ["small"]);
        let gains =
            |at: usize| choice.relaxed[at].gains.iter().map(|gain| (gain.axis, gain.candidate.as_str(), gain.needs)).collect::<Vec<_>>();
        // More time buys quality; less quality buys money and time.
        assert_eq!(gains(0), [(Axis::Quality, "huge", 90.0)]);
        assert_eq!(gains(1), [(Axis::Cost, "rule", 0.6), (Axis::Latency, "rule", 0.6)]);
        assert_eq!(choice.relaxed[0].buys, "`huge`: auc 95 % instead of 90 %, with p99 90 instead of p99 ≤ 50");
        let none = choose(&points, &limited(vec![limit(Axis::Quality, 0.99, true)]));
        assert_eq!(none.best, None);
        assert!(none.why.starts_with("no candidate surely keeps every limit: of 4, 0 keep"), "{}", none.why);
        assert_eq!(none.relaxed[0].buys, "`rule` at all, with quality 0.6 instead of quality ≥ 0.99");
    }

    proptest! {
        /// The best keeps every limit and nothing that does is surely cheaper; each gain is real, and its price just lets it in.
        #[test]
        fn what_is_best_keeps_every_limit_and_what_a_limit_costs_is_exact(
            figures in prop::collection::vec((0.1..10.0_f64, 1.0..100.0_f64, 0.0..1.0_f64, 0.0..0.5_f64), 1..10),
            (money, time, quality) in (0.1..10.0_f64, 1.0..100.0_f64, 0.0..1.0_f64)
        ) {
            let of = |at: usize, (cost, p99, quality, by): (f64, f64, f64, f64)| {
                point(&if at == 0 { AS_IT_IS.to_owned() } else { at.to_string() }, about(cost, by), about(p99, by * 10.0), about(quality, by * 0.1))
            };
            let points = front(&figures.iter().copied().enumerate().map(|(at, figure)| of(at, figure)).collect::<Vec<_>>());
            let limits = limited(vec![limit(Axis::Cost, money, false), limit(Axis::Latency, time, false), limit(Axis::Quality, quality, true)]);
            let choice = choose(&points, &limits);
            let named = |name: &str| points.iter().find(|placed| placed.point.candidate == name).unwrap();
            let keeper = |placed: &&Placed| limits.all.iter().all(|limit| limit.kept(placed) == Some(true));
            match choice.best.as_deref().map(named) {
                None => prop_assert!(!points.iter().any(|placed| keeper(&placed))),
                Some(best) => {
                    prop_assert!(keeper(&best));
                    prop_assert!(!points.iter().filter(keeper).any(|other| other.point.cost.high < best.point.cost.low));
                }
            }
            for relaxed in &choice.relaxed {
                for gain in &relaxed.gains {
                    let gained = named(&gain.candidate);
                    prop_assert!(relaxed.limit.kept(gained) != Some(true));
                    if let Some(best) = choice.best.as_deref().map(named) {
                        prop_assert_eq!(relation(gain.axis, &gained.point, &best.point), Relation::Better);
                    }
                    let eased = |limit: &Limit| if *limit == relaxed.limit { Limit { limit: gain.needs, ..limit.clone() } } else { limit.clone() };
                    let eased = limits.all.iter().map(eased).collect::<Vec<_>>();
                    prop_assert!(eased.iter().all(|limit| limit.kept(gained) == Some(true)), "{:?}", gain);
                    let to = if relaxed.limit.at_least { gain.needs < relaxed.limit.limit } else { gain.needs > relaxed.limit.limit };
                    prop_assert!(to, "{:?}", gain);
                }
            }
        }
    }
}

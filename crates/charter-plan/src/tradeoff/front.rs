//! Which points are worth having: cost, p99 and quality at once, and only as far as their intervals tell them apart.
//!
//! One point **dominates** another when it is surely better on an axis (the intervals share no value) and surely better or the very same on every
//! other. Where the figures say so and the intervals do not, the points are **not distinguishable**, and the axes on which they are not are named.

use super::{Estimate, Point};
use serde::Serialize;

/// What a point is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    Cost,
    Latency,
    Quality,
}

impl Axis {
    pub const ALL: [Self; 3] = [Self::Cost, Self::Latency, Self::Quality];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Latency => "p99",
            Self::Quality => "quality",
        }
    }

    /// The figure as a loss: less is better on every axis.
    fn loss(self, point: &Point) -> Option<Estimate> {
        let negated = |estimate: Estimate| Estimate { figure: -estimate.figure, low: -estimate.high, high: -estimate.low };
        match self {
            Self::Cost => Some(point.cost),
            Self::Latency => Some(point.p99_ms),
            Self::Quality => {
                let quality = point.quality.as_ref()?;
                Some(if quality.higher_is_better { negated(quality.estimate) } else { quality.estimate })
            }
        }
    }
}

/// How one point stands to another on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    Better,
    /// The very same figure: the same model on the same rows, or chance.
    Same,
    /// The intervals share values, and the figure leans one way.
    LeansBetter,
    LeansWorse,
    Worse,
}

/// How `left` stands to `right`; `Same` where neither has a figure, a point without one is worse.
pub fn relation(axis: Axis, left: &Point, right: &Point) -> Relation {
    match (axis.loss(left), axis.loss(right)) {
        (None, None) => Relation::Same,
        (None, Some(_)) => Relation::Worse,
        (Some(_), None) => Relation::Better,
        (Some(left), Some(right)) if left.figure == right.figure => Relation::Same,
        (Some(left), Some(right)) if left.high < right.low => Relation::Better,
        (Some(left), Some(right)) if left.low > right.high => Relation::Worse,
        (Some(left), Some(right)) if left.figure < right.figure => Relation::LeansBetter,
        (Some(_), Some(_)) => Relation::LeansWorse,
    }
}

/// Where a point lies.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Place {
    /// Nothing is as good on every axis and better on one: the Pareto front, by the figures.
    Front,
    /// Beaten beyond doubt.
    Dominated { by: String },
    /// Beaten by the figures, but the intervals do not tell the two apart on these axes.
    NotDistinguishable { from: String, on: Vec<Axis> },
}

/// A point with its place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Placed {
    #[serde(flatten)]
    pub point: Point,
    pub place: Place,
}

/// Every point with its place, in the order given.
pub fn front(points: &[Point]) -> Vec<Placed> {
    let place = |point: &Point| {
        let others = || points.iter().filter(|other| other.candidate != point.candidate);
        let against = |other: &Point| Axis::ALL.map(|axis| relation(axis, other, point));
        if let Some(by) = others().find(|other| dominates(&against(other))) {
            return Place::Dominated { by: by.candidate.clone() };
        }
        match others().find(|other| leans(&against(other))) {
            Some(from) => {
                let on = Axis::ALL.into_iter().filter(|axis| relation(*axis, from, point) == Relation::LeansBetter).collect();
                Place::NotDistinguishable { from: from.candidate.clone(), on }
            }
            None => Place::Front,
        }
    };
    points.iter().map(|point| Placed { place: place(point), point: point.clone() }).collect()
}

fn dominates(relations: &[Relation]) -> bool {
    relations.contains(&Relation::Better) && relations.iter().all(|relation| matches!(relation, Relation::Better | Relation::Same))
}

/// Better or leaning so on every axis, and not by sameness alone.
fn leans(relations: &[Relation]) -> bool {
    let no_worse = relations.iter().all(|relation| matches!(relation, Relation::Better | Relation::Same | Relation::LeansBetter));
    no_worse && relations.iter().any(|relation| *relation != Relation::Same)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::tradeoff::Quality;
    use proptest::prelude::*;

    pub(crate) fn point(name: &str, cost: Estimate, p99_ms: Estimate, quality: Estimate) -> Point {
        let quality =
            Quality { requirement: "good".into(), metric: "auc".into(), estimate: quality, unit: "ratio".into(), higher_is_better: true };
        Point {
            route: "r".into(),
            candidate: name.into(),
            settings: Vec::new(),
            cost,
            cost_unit: "USD/1000".into(),
            bill: None,
            counted: crate::tradeoff::Counted::default(),
            p99_ms,
            quality: Some(quality),
            rate: 100.0,
            answered: 1.0,
            notes: Vec::new(),
            plan: String::new(),
            measured_at: String::new(),
            host: crate::evidence::Host::default(),
            command: String::new(),
            seed: 1,
            method: String::new(),
        }
    }

    pub(crate) fn about(figure: f64, by: f64) -> Estimate {
        Estimate::new(figure, figure - by, figure + by)
    }

    #[test]
    fn only_intervals_that_share_no_value_decide() {
        let cheap = point("cheap", about(1.0, 0.1), about(5.0, 1.0), Estimate::exact(0.7));
        let dear = point("dear", about(2.0, 0.1), about(9.0, 1.0), Estimate::exact(0.7));
        let close = point("close", about(1.05, 0.1), about(5.5, 1.0), Estimate::exact(0.7));
        let good = point("good", about(2.0, 0.1), about(9.0, 1.0), Estimate::exact(0.9));
        let placed = front(&[cheap, dear, close, good]);
        let places: Vec<&Place> = placed.iter().map(|placed| &placed.place).collect();
        assert_eq!(places[0], &Place::Front);
        assert_eq!(places[1], &Place::Dominated { by: "cheap".into() });
        assert_eq!(places[2], &Place::NotDistinguishable { from: "cheap".into(), on: vec![Axis::Cost, Axis::Latency] });
        assert_eq!(places[3], &Place::Front);
    }

    proptest! {
        #[test]
        fn something_is_always_worth_having_and_what_is_dominated_is_worse_everywhere(
            // Few distinct figures, so that some are the same on an axis.
            steps in prop::collection::vec((1..6_u8, 1..6_u8, 0..6_u8, 0..4_u8), 1..8)
        ) {
            let figures: Vec<(f64, f64, f64, f64)> = steps
                .iter()
                .map(|(cost, p99, quality, by)| (f64::from(*cost), f64::from(*p99) * 10.0, f64::from(*quality) / 6.0, f64::from(*by) * 0.3))
                .collect();
            let points: Vec<Point> = figures
                .iter()
                .enumerate()
                .map(|(at, (cost, p99, quality, by))| point(&at.to_string(), about(*cost, *by), about(*p99, *by * 10.0), about(*quality, *by * 0.1)))
                .collect();
            let placed = front(&points);
            let worth_having = placed.iter().any(|placed| !matches!(placed.place, Place::Dominated { .. }));
            prop_assert!(worth_having);
            for (at, placed) in placed.iter().enumerate() {
                // The front is exact: what no other figures beat.
                let own = figures[at];
                let beats = |other: &(f64, f64, f64, f64)| {
                    let no_worse = other.0 <= own.0 && other.1 <= own.1 && other.2 >= own.2;
                    no_worse && (other.0 < own.0 || other.1 < own.1 || other.2 > own.2)
                };
                prop_assert_eq!(placed.place == Place::Front, !figures.iter().any(beats));
                if let Place::Dominated { by } = &placed.place {
                    let by = points.iter().find(|point| point.candidate == *by).unwrap();
                    prop_assert!(by.cost.figure <= placed.point.cost.figure && by.p99_ms.figure <= placed.point.p99_ms.figure);
                }
            }
        }
    }
}

//! How firm the winner of a decision is, by name: what `sensitivity` computes on bare figures, told of criteria and options.

use super::matrix::Matrix;
use super::sensitivity::{Sensitivity, TOLERANCE};
use crate::arithmetic::derivation::{number, percent};
use serde::Serialize;

/// What turns the winner over, by name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SensitivityReport {
    pub winner: String,
    pub runner_up: String,
    pub margin: f64,
    pub fragile: bool,
    /// The formula of the weights, as a sentence.
    pub formula: &'static str,
    pub scale: (f64, f64),
    pub weights: Vec<WeightFlipLine>,
    /// Criteria whose weight turns nothing over, whatever it is.
    pub weightless: Vec<String>,
    /// Only what lies on the scale, the smallest change first.
    pub scores: Vec<ScoreFlipLine>,
    /// Widest first.
    pub tornado: Vec<BarLine>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightFlipLine {
    pub criterion: String,
    pub from: f64,
    /// Level here; beyond it `to` wins.
    pub at: f64,
    /// Whether beyond is below.
    pub below: bool,
    pub relative: f64,
    pub to: String,
    /// Whether a tenth of the weight is enough.
    pub breath: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreFlipLine {
    pub option: String,
    pub criterion: String,
    pub from: f64,
    pub at: f64,
    /// Whether `to` wins below `at`: the winner's score falls, that of another rises.
    pub below: bool,
    pub change: f64,
    pub to: String,
    /// Whether less than a point is enough.
    pub breath: bool,
}

/// The winner's lead while a weight moves by half of itself, down and up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BarLine {
    pub criterion: String,
    pub low_weight: f64,
    pub low_lead: f64,
    pub high_weight: f64,
    pub high_lead: f64,
}

const FORMULA: &str = "one weight w becomes x, each other weight is multiplied with (1 − x) ÷ (1 − w), so that all still add up to 100 %";

impl SensitivityReport {
    /// `None` where the figures are no matrix: weights that add up to nothing, a figure that is none.
    pub fn of(matrix: &Matrix<'_>) -> Option<Self> {
        let (weights, lines) = matrix.figures();
        let found = Sensitivity::of(&weights, &lines)?;
        let option = |at: usize| matrix.options.get(at).map_or_else(String::new, |row| row.option.id.value.to_string());
        let criterion = |at: usize| matrix.criteria.get(at).map_or_else(String::new, |(name, _)| name.to_string());
        let weights: Vec<WeightFlipLine> = found
            .weights
            .iter()
            .map(|flip| WeightFlipLine {
                criterion: criterion(flip.criterion),
                from: flip.from,
                at: flip.at,
                below: flip.below,
                relative: flip.relative(),
                to: option(flip.to),
                breath: flip.is_breath(),
            })
            .collect();
        let mut possible: Vec<_> = found.scores.iter().filter(|flip| flip.on_scale).collect();
        possible.sort_by(|left, right| left.change().abs().total_cmp(&right.change().abs()));
        let scores = possible.into_iter().map(|flip| ScoreFlipLine {
            option: option(flip.option),
            criterion: criterion(flip.criterion),
            from: flip.from,
            at: flip.at,
            below: flip.option == found.winner,
            change: flip.change(),
            to: option(flip.to),
            breath: flip.is_breath(),
        });
        let runner_up = matrix.ranking().into_iter().find(|at| *at != found.winner).map(option).unwrap_or_default();
        Some(SensitivityReport {
            winner: option(found.winner),
            runner_up,
            margin: found.margin,
            fragile: found.is_fragile(),
            formula: FORMULA,
            scale: found.scale,
            weightless: matrix
                .criteria
                .iter()
                .map(|(name, _)| name.to_string())
                .filter(|name| !weights.iter().any(|flip| flip.criterion == *name))
                .collect(),
            scores: scores.collect(),
            tornado: found
                .tornado
                .iter()
                .map(|bar| BarLine {
                    criterion: criterion(bar.criterion),
                    low_weight: bar.low.0,
                    low_lead: bar.low.1,
                    high_weight: bar.high.0,
                    high_lead: bar.high.1,
                })
                .collect(),
            weights,
        })
    }

    /// Why the winner is fragile, by the smallest change that turns it over: "`latency` at 48 % instead of 50 % and `managed` wins". `None` when no breath does.
    pub fn breath(&self) -> Option<String> {
        if !self.fragile {
            return None;
        }
        if self.margin <= TOLERANCE {
            return Some(format!("`{}` and `{}` are level", self.winner, self.runner_up));
        }
        let breaths = self.weights.iter().filter(|flip| flip.breath);
        if let Some(flip) = breaths.min_by(|left, right| left.relative.abs().total_cmp(&right.relative.abs())) {
            return Some(format!(
                "`{}` at {} instead of {} and `{}` wins",
                flip.criterion,
                percent(round(flip.at)),
                percent(flip.from),
                flip.to
            ));
        }
        // The smallest change stands first.
        let flip = self.scores.iter().find(|flip| flip.breath)?;
        let (at, from) = (number(round(flip.at)), number(flip.from));
        Some(format!("`{}` of `{}` at {at} instead of {from} and `{}` wins", flip.criterion, flip.option, flip.to))
    }
}

pub(super) fn firm(sensitivity: &SensitivityReport) -> String {
    let margin = number(round(sensitivity.margin));
    let lead = format!("`{}` leads `{}` by {margin}", sensitivity.winner, sensitivity.runner_up);
    let nearest = sensitivity.weights.iter().min_by(|left, right| left.relative.abs().total_cmp(&right.relative.abs()));
    match nearest {
        Some(flip) => {
            format!("{lead}; the nearest flip is `{}` at {} instead of {}", flip.criterion, percent(round(flip.at)), percent(flip.from))
        }
        None => format!("{lead}, and no weight turns it over"),
    }
}

/// To four decimals: more of a weighted sum means nothing.
fn round(figure: f64) -> f64 {
    (figure * 1e4).round() / 1e4
}

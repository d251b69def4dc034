//! A figure with its interval, over any choice of rows.

use serde::Serialize;

use super::binary::{self, Condition, Confusion};
use super::case::{Case, HALF};
use super::metric::{Direction, Metric};
use super::{classes, numbers, ranked};
use crate::statistics::{Interval, bootstrap_interval, delong_interval, stratified_bootstrap_interval, wilson_interval};

const CONFIDENCE: f64 = 0.95;
const RESAMPLES: usize = 1_000;

/// A figure over some rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure; none when there is nothing to compute it from.
    pub figure: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
    /// What the interval rests on: rows, choice sets, or the rows of the denominator for a share.
    pub count: u64,
    /// How the interval was made.
    pub method: &'static str,
    /// Why the figure is undefined (or 0 by convention), if it is.
    pub undefined: Option<&'static str>,
}

impl Estimate {
    fn undefined(count: u64, reason: &'static str) -> Self {
        Self { figure: None, interval: None, count, method: "none", undefined: Some(reason) }
    }

    fn share(hits: u64, trials: u64) -> Self {
        Self {
            figure: Some(if trials == 0 { 0.0 } else { hits as f64 / trials as f64 }),
            interval: Some(wilson_interval(hits, trials, CONFIDENCE)),
            count: trials,
            method: "wilson",
            undefined: (trials == 0).then_some("no row in the denominator"),
        }
    }
}

/// The figure of `metric` over `rows`, with the interval that suits it: Wilson for shares, DeLong for the area, the
/// percentile bootstrap (1,000 resamples from `seed`, stratified by class where there are classes) for the rest.
pub fn estimate(case: &Case, metric: Metric, condition: Option<Condition>, rows: &[usize], seed: u64) -> Estimate {
    if rows.is_empty() {
        return Estimate::undefined(0, "no rows");
    }
    match case {
        Case::Binary { positive, score } => of_score(positive, score, metric, condition, rows, seed),
        Case::Classes { truth, guess } if metric == Metric::Accuracy => {
            Estimate::share(classes::right(truth, guess, rows), rows.len() as u64)
        }
        Case::Classes { truth, guess } => of_classes(truth, guess, metric, rows, seed),
        Case::Numbers { .. } | Case::Lists { .. } | Case::Sets { .. } => of_units(case, metric, rows, seed),
    }
}

/// The figure for each class of these rows taken as the positive one (`by class`). A score above 0.5 calls `positive`, else `negative`.
pub fn estimate_classes(case: &Case, metric: Metric, rows: &[usize], seed: u64) -> Vec<(String, Estimate)> {
    let (truth, guess) = match case {
        Case::Classes { truth, guess } => (truth.clone(), guess.clone()),
        Case::Binary { positive, score } => {
            let name = |yes: bool| String::from(if yes { "positive" } else { "negative" });
            (positive.iter().map(|yes| name(*yes)).collect(), score.iter().map(|score| name(*score > HALF)).collect())
        }
        _ => return Vec::new(),
    };
    let labels = classes::labels(&truth, &guess, rows);
    labels.iter().map(|class| ((*class).to_owned(), of_class(&truth, &guess, metric, rows, class, seed))).collect()
}

/// The relative gain of `case` over `baseline` on the same rows, paired bootstrap: larger is better for every metric
/// (for an error it is the share of the error that is saved).
pub fn estimate_uplift(case: &Case, baseline: &Case, metric: Metric, condition: Option<Condition>, rows: &[usize], seed: u64) -> Estimate {
    let gain = |own: Option<f64>, other: Option<f64>| {
        let (own, other) = (own?, other?);
        let gain = match metric.direction() {
            Direction::Up => own / other - 1.0,
            Direction::Down => 1.0 - own / other,
        };
        gain.is_finite().then_some(gain)
    };
    if let (Some(own), Some(other)) = (units(case, metric, rows), units(baseline, metric, rows)) {
        let mean_of =
            |values: &[f64], drawn: &[usize]| Some(drawn.iter().filter_map(|at| values.get(*at)).sum::<f64>() / drawn.len().max(1) as f64);
        let count = own.len().min(other.len());
        let all: Vec<usize> = (0..count).collect();
        let statistic = |drawn: &[usize]| gain(mean_of(&own, drawn), mean_of(&other, drawn));
        let interval = bootstrap_interval(count, RESAMPLES, CONFIDENCE, seed, statistic);
        return resampled(statistic(&all), interval, count as u64);
    }
    let statistic = |drawn: &[usize]| gain(figure(case, metric, condition, drawn), figure(baseline, metric, condition, drawn));
    let interval = stratified_bootstrap_interval(&strata(case, rows), RESAMPLES, CONFIDENCE, seed, statistic);
    resampled(statistic(rows), interval, rows.len() as u64)
}

fn resampled(figure: Option<f64>, interval: Option<Interval>, count: u64) -> Estimate {
    match figure {
        Some(_) => Estimate { figure, interval, count, method: "bootstrap", undefined: None },
        None => Estimate::undefined(count, "it cannot be computed from these rows (one class only, no variation, or a baseline of 0)"),
    }
}

fn of_score(positive: &[bool], score: &[f64], metric: Metric, condition: Option<Condition>, rows: &[usize], seed: u64) -> Estimate {
    let case = || Case::Binary { positive: positive.to_vec(), score: score.to_vec() };
    match (metric, condition) {
        (Metric::Auc, _) => {
            let (yes, no) = (binary::scores_of(true, positive, score, rows), binary::scores_of(false, positive, score, rows));
            let Some(figure) = binary::area(positive, score, rows) else { return Estimate::undefined(rows.len() as u64, "only one class") };
            let interval = delong_interval(&yes, &no, CONFIDENCE);
            Estimate { figure: Some(figure), interval, count: rows.len() as u64, method: "delong", undefined: None }
        }
        (Metric::AveragePrecision | Metric::F1, _) => by_resampling(&case(), metric, condition, rows, seed),
        (_, Some(condition)) => match binary::confusion_at(positive, score, rows, metric, condition) {
            Some(counts) => of_counts(counts, metric),
            None => Estimate::undefined(rows.len() as u64, "no threshold meets the condition"),
        },
        (_, None) => of_counts(binary::confusion_above(positive, score, rows, HALF), metric),
    }
}

fn of_counts(counts: Confusion, metric: Metric) -> Estimate {
    match counts.ratio(metric) {
        Some((hits, trials)) => Estimate::share(hits, trials),
        None => Estimate::undefined(counts.positives + counts.negatives, "the metric does not judge classes"),
    }
}

/// Precision, recall and the like of several classes without `by class`: `1` of `0` and `1`, else the unweighted mean.
fn of_classes(truth: &[String], guess: &[String], metric: Metric, rows: &[usize], seed: u64) -> Estimate {
    let labels = classes::labels(truth, guess, rows);
    if labels.iter().all(|label| ["0", "1"].contains(label)) {
        return of_class(truth, guess, metric, rows, "1", seed);
    }
    by_resampling(&Case::Classes { truth: truth.to_vec(), guess: guess.to_vec() }, metric, None, rows, seed)
}

fn of_class(truth: &[String], guess: &[String], metric: Metric, rows: &[usize], class: &str, seed: u64) -> Estimate {
    let counts = classes::confusion(truth, guess, rows, class);
    if metric != Metric::F1 {
        return of_counts(counts, metric);
    }
    let (inside, outside) = rows.iter().partition(|row| truth.get(**row).is_some_and(|label| label == class));
    let statistic = |drawn: &[usize]| classes::confusion(truth, guess, drawn, class).figure(Metric::F1);
    let interval = stratified_bootstrap_interval(&[inside, outside], RESAMPLES, CONFIDENCE, seed, statistic);
    let empty = counts.positives + counts.true_positives + counts.false_positives == 0;
    Estimate { undefined: empty.then_some("no row in the denominator"), ..resampled(counts.figure(metric), interval, rows.len() as u64) }
}

fn by_resampling(case: &Case, metric: Metric, condition: Option<Condition>, rows: &[usize], seed: u64) -> Estimate {
    let statistic = |drawn: &[usize]| figure(case, metric, condition, drawn);
    let interval = stratified_bootstrap_interval(&strata(case, rows), RESAMPLES, CONFIDENCE, seed, statistic);
    resampled(statistic(rows), interval, rows.len() as u64)
}

fn of_units(case: &Case, metric: Metric, rows: &[usize], seed: u64) -> Estimate {
    let Some(units) = units(case, metric, rows) else { return by_resampling(case, metric, None, rows, seed) };
    if matches!(metric, Metric::Hit(_)) && units.iter().all(|unit| [0.0, 1.0].contains(unit)) {
        return Estimate::share(units.iter().sum::<f64>() as u64, units.len() as u64);
    }
    let mean = |drawn: &[usize]| {
        Some(drawn.iter().filter_map(|at| units.get(*at)).sum::<f64>() / drawn.len() as f64).filter(|mean| mean.is_finite())
    };
    let all: Vec<usize> = (0..units.len()).collect();
    resampled(mean(&all), bootstrap_interval(units.len(), RESAMPLES, CONFIDENCE, seed, mean), units.len() as u64)
}

/// The contributions of which the metric is the plain mean, one a row or one a choice set; none for other metrics. A
/// choice set belongs to the rows if any of its rows does.
fn units(case: &Case, metric: Metric, rows: &[usize]) -> Option<Vec<f64>> {
    match case {
        Case::Numbers { truth, guess } => {
            rows.iter().map(|row| numbers::contribution(metric, *truth.get(*row)?, *guess.get(*row)?)).collect()
        }
        Case::Lists { right, lists } if metric.is_ranking() => {
            rows.iter().map(|row| Some(ranked::of_list(metric, *right.get(*row)?, lists.get(*row)?))).collect()
        }
        Case::Sets { set, relevance, score } if metric.is_ranking() => {
            let mut offers: std::collections::BTreeMap<usize, Vec<(f64, f64)>> = std::collections::BTreeMap::new();
            for row in rows {
                offers.entry(*set.get(*row)?).or_default().push((*relevance.get(*row)?, *score.get(*row)?));
            }
            Some(offers.values_mut().map(|offers| ranked::of_set(metric, offers)).collect())
        }
        _ => None,
    }
}

/// The bare figure; none where it is undefined.
fn figure(case: &Case, metric: Metric, condition: Option<Condition>, rows: &[usize]) -> Option<f64> {
    match case {
        Case::Binary { positive, score } => match (metric, condition) {
            (Metric::Auc, _) => binary::area(positive, score, rows),
            (Metric::AveragePrecision, _) => binary::average_precision(positive, score, rows),
            (_, Some(condition)) => binary::confusion_at(positive, score, rows, metric, condition)?.figure(metric),
            (_, None) => binary::confusion_above(positive, score, rows, HALF).figure(metric),
        },
        Case::Classes { truth, guess } if metric == Metric::Accuracy => Some(classes::right(truth, guess, rows) as f64 / rows.len() as f64),
        Case::Classes { truth, guess } => {
            let labels = classes::labels(truth, guess, rows);
            let figures: Option<Vec<f64>> =
                labels.iter().map(|class| classes::confusion(truth, guess, rows, class).figure(metric)).collect();
            figures.filter(|figures| !figures.is_empty()).map(|figures| figures.iter().sum::<f64>() / figures.len() as f64)
        }
        Case::Numbers { truth, guess } => match units(case, metric, rows) {
            Some(units) => Some(units.iter().sum::<f64>() / units.len() as f64),
            None => numbers::figure(metric, truth, guess, rows),
        },
        Case::Lists { .. } | Case::Sets { .. } => units(case, metric, rows).map(|units| units.iter().sum::<f64>() / units.len() as f64),
    }
}

/// Rows by class, so that a resample keeps the class counts; all in one where there are no classes.
fn strata(case: &Case, rows: &[usize]) -> Vec<Vec<usize>> {
    match case {
        Case::Binary { positive, .. } => {
            let (yes, no) = rows.iter().partition(|row| positive.get(**row) == Some(&true));
            vec![yes, no]
        }
        Case::Classes { truth, .. } => {
            let mut by_class: std::collections::BTreeMap<&str, Vec<usize>> = std::collections::BTreeMap::new();
            for row in rows {
                by_class.entry(truth.get(*row).map_or("", String::as_str)).or_default().push(*row);
            }
            by_class.into_values().collect()
        }
        _ => vec![rows.to_vec()],
    }
}

//! Truth and answers, brought into the form that a metric judges.

use thiserror::Error;

use super::answers::Answers;
use super::metric::Metric;

/// The score above which a row counts as positive where no threshold is stated.
pub(super) const HALF: f64 = 0.5;

/// Why truth and answers do not go together.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CaseError {
    /// Different numbers of rows.
    #[error("{answers} rows were answered, {labels} have a label")]
    Rows {
        /// Rows answered.
        answers: usize,
        /// Rows with a label.
        labels: usize,
    },
    /// A label or an answer is not of the kind that the metric judges.
    #[error("row {row}: {reason}")]
    Row {
        /// Data row, from 1.
        row: usize,
        /// What is wrong.
        reason: String,
    },
    /// The metric judges sets of rows, and nothing says which rows make one.
    #[error("the metric judges choice sets, but the samples have no column `group` that says which rows make one")]
    NoSets,
    /// The output is of a kind that the metric cannot judge.
    #[error("the metric cannot judge {0}")]
    Kind(&'static str),
}

/// What is judged, one entry a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Case {
    /// A score against yes or no.
    Binary {
        /// Whether the row is positive.
        positive: Vec<bool>,
        /// Its score; larger is more positive.
        score: Vec<f64>,
    },
    /// A called class against the true one.
    Classes {
        /// True classes.
        truth: Vec<String>,
        /// Called classes.
        guess: Vec<String>,
    },
    /// A number against the true one.
    Numbers {
        /// True numbers.
        truth: Vec<f64>,
        /// Predicted numbers.
        guess: Vec<f64>,
    },
    /// A list of items against the one right item.
    Lists {
        /// The right item of each row.
        right: Vec<f64>,
        /// The list of each row, best first.
        lists: Vec<Vec<f64>>,
    },
    /// Offers with scores; rows with one set number are ranked against each other.
    Sets {
        /// The set of each row, numbered from 0 in order of appearance.
        set: Vec<usize>,
        /// The relevance of each row.
        relevance: Vec<f64>,
        /// The score of each row.
        score: Vec<f64>,
    },
}

impl Case {
    /// The case that `metric` judges. `labels` is the truth as the samples write it, `positive` the label counted as
    /// positive (`1` unless given), `sets` the column that names choice sets. With `conditional`, precision and recall
    /// judge the score at a threshold of its own; without, they judge classes, a score above 0.5 being positive.
    pub fn new(
        metric: Metric,
        conditional: bool,
        labels: &[String],
        answers: &Answers,
        positive: Option<&str>,
        sets: Option<&[String]>,
    ) -> Result<Self, CaseError> {
        if answers.rows() != labels.len() {
            return Err(CaseError::Rows { answers: answers.rows(), labels: labels.len() });
        }
        let positive = positive.unwrap_or("1");
        match (metric, answers) {
            (metric, Answers::Numbers { width, values }) if metric.is_ranking() && *width > 1 => {
                let lists = values.chunks(*width).map(<[f64]>::to_vec).collect();
                Ok(Self::Lists { right: numbers(labels)?, lists })
            }
            (metric, Answers::Numbers { values, .. }) if metric.is_ranking() => {
                let set = numbered(sets.ok_or(CaseError::NoSets)?);
                Ok(Self::Sets { set, relevance: numbers(labels)?, score: finite(values)? })
            }
            (_, Answers::Numbers { width, .. }) if *width > 1 => Err(CaseError::Kind("an output of several numbers a row")),
            (metric, Answers::Numbers { values, .. }) if metric.is_regression() => {
                Ok(Self::Numbers { truth: numbers(labels)?, guess: finite(values)? })
            }
            (metric, Answers::Texts(_)) if metric.is_regression() || metric.is_ranking() => Err(CaseError::Kind("an output of text")),
            (Metric::Auc | Metric::AveragePrecision, Answers::Texts(_)) => Err(CaseError::Kind("an output of text")),
            (Metric::Auc | Metric::AveragePrecision, Answers::Numbers { values, .. }) => Self::binary(labels, values, positive),
            (_, Answers::Numbers { values, .. }) if conditional => Self::binary(labels, values, positive),
            (_, Answers::Texts(_)) if conditional => Err(CaseError::Kind("an output of text")),
            (_, Answers::Texts(guess)) => Ok(Self::Classes { truth: labels.to_vec(), guess: guess.clone() }),
            (_, Answers::Numbers { values, .. }) => {
                let called: Vec<String> = values.iter().map(f64::to_string).collect();
                if called.iter().all(|guess| labels.contains(guess)) {
                    return Ok(Self::Classes { truth: labels.to_vec(), guess: called });
                }
                Self::binary(labels, values, positive)
            }
        }
    }

    fn binary(labels: &[String], values: &[f64], positive: &str) -> Result<Self, CaseError> {
        Ok(Self::Binary { positive: labels.iter().map(|label| label == positive).collect(), score: finite(values)? })
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        match self {
            Self::Binary { score, .. } | Self::Sets { score, .. } => score.len(),
            Self::Classes { truth, .. } => truth.len(),
            Self::Numbers { truth, .. } => truth.len(),
            Self::Lists { right, .. } => right.len(),
        }
    }
}

fn numbers(labels: &[String]) -> Result<Vec<f64>, CaseError> {
    let wrong = |row: usize, label: &String| CaseError::Row { row: row + 1, reason: format!("label `{label}` is not a number") };
    let read =
        |(row, label): (usize, &String)| label.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| wrong(row, label));
    labels.iter().enumerate().map(read).collect()
}

fn finite(values: &[f64]) -> Result<Vec<f64>, CaseError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(row) => Err(CaseError::Row { row: row + 1, reason: "the answer is not a finite number".into() }),
        None => Ok(values.to_vec()),
    }
}

fn numbered(names: &[String]) -> Vec<usize> {
    let mut known = std::collections::HashMap::new();
    names
        .iter()
        .map(|name| {
            let next = known.len();
            *known.entry(name.as_str()).or_insert(next)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn scores_and_called_classes_are_told_apart() {
        let labels = texts(&["0", "1", "1"]);
        let scores = Answers::Numbers { width: 1, values: vec![0.2, 0.9, 0.4] };
        assert!(matches!(Case::new(Metric::Recall, false, &labels, &scores, None, None), Ok(Case::Binary { .. })));
        let called = Answers::Numbers { width: 1, values: vec![0.0, 1.0, 0.0] };
        assert!(matches!(Case::new(Metric::Recall, false, &labels, &called, None, None), Ok(Case::Classes { .. })));
        assert!(matches!(Case::new(Metric::Recall, true, &labels, &called, None, None), Ok(Case::Binary { .. })));
        assert_eq!(Case::new(Metric::Ndcg(10), false, &labels, &scores, None, None), Err(CaseError::NoSets));
        let sets = texts(&["b", "a", "b"]);
        let case = Case::new(Metric::Ndcg(10), false, &labels, &scores, None, Some(&sets)).unwrap();
        assert!(matches!(case, Case::Sets { set, .. } if set == [0, 1, 0]));
    }

    #[test]
    fn what_does_not_go_together_names_the_row() {
        let answers = Answers::Numbers { width: 1, values: vec![1.0, f64::NAN] };
        let error = Case::new(Metric::R2, false, &texts(&["1", "2"]), &answers, None, None).unwrap_err();
        assert_eq!(error.to_string(), "row 2: the answer is not a finite number");
        let error = Case::new(Metric::R2, false, &texts(&["1", "x"]), &answers, None, None).unwrap_err();
        assert_eq!(error.to_string(), "row 2: label `x` is not a number");
        let error = Case::new(Metric::R2, false, &texts(&["1"]), &answers, None, None).unwrap_err();
        assert_eq!(error.to_string(), "2 rows were answered, 1 have a label");
    }
}

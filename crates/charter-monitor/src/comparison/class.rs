//! Agreement on classes: equal or not, and which class became which.

use super::cells;
use crate::statistics::agreement::kappa;
use charter_engine::tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// Most classes that are told apart on one side; further ones count together.
const CLASSES_MAX: usize = 64;
const OTHERS: &str = "(others)";
/// Most exchanges of one class for another in a report.
const EXCHANGES_MAX: usize = 20;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ClassFold {
    rows: u64,
    equal: u64,
    /// Primary's class, mirror's class, rows. Only where a row holds one class.
    churn: BTreeMap<String, BTreeMap<String, u64>>,
}

/// What was found about a class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassReport {
    pub rows: u64,
    pub equal: u64,
    /// Cohen's kappa; `None` when chance alone agrees always. Beyond 64 classes those counted together are taken for one.
    pub kappa: Option<f64>,
    /// The most frequent changes of class.
    pub churn: Vec<Exchange>,
}

/// Rows that one version puts into one class and the other into another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exchange {
    pub primary: String,
    pub mirror: String,
    pub rows: u64,
}

impl ClassFold {
    /// How badly a row disagrees: 1, or `None` when it agrees.
    pub(super) fn row(&mut self, primary: &Tensor, mirror: &Tensor, row: Range<usize>) -> Option<f64> {
        let equal = row.clone().all(|index| cells::same(primary, mirror, index));
        self.rows += 1;
        self.equal += u64::from(equal);
        if row.len() == 1 {
            let (mut before, mut after) = (cells::label(primary, row.start), cells::label(mirror, row.start));
            if !self.churn.contains_key(&before) && self.churn.len() >= CLASSES_MAX {
                before = OTHERS.to_owned();
            }
            let changed = self.churn.entry(before).or_default();
            if !changed.contains_key(&after) && changed.len() >= CLASSES_MAX {
                after = OTHERS.to_owned();
            }
            *changed.entry(after).or_default() += 1;
        }
        (!equal).then_some(1.0)
    }

    pub(super) fn report(&self) -> ClassReport {
        let cells = || self.churn.iter().flat_map(|(before, row)| row.iter().map(move |(after, &rows)| (before, after, rows)));
        let table: BTreeMap<(&str, &str), u64> = cells().map(|(before, after, rows)| ((before.as_str(), after.as_str()), rows)).collect();
        let mut churn: Vec<Exchange> = cells()
            .filter(|(before, after, _)| before != after)
            .map(|(before, after, rows)| Exchange { primary: before.clone(), mirror: after.clone(), rows })
            .collect();
        churn.sort_by_key(|exchange| std::cmp::Reverse(exchange.rows));
        churn.truncate(EXCHANGES_MAX);
        ClassReport { rows: self.rows, equal: self.equal, kappa: kappa(&table), churn }
    }
}

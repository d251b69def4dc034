//! Attributions of one tree worked out beforehand: what a row adds depends only on which branches it says yes to.
//!
//! A leaf gives each feature on its way a share that depends on which of those features the row agrees with: a table of 2^features rows (Yang, "Fast
//! TreeSHAP", arXiv 2109.09847, version 2). A small tree gives the sum over its leaves by the answers of all its branches: one look-up a tree.

use super::path::{Step, extend, unwound_sum};
use crate::trees::source::Comparison;

/// Branches of a tree that fit a word.
const BRANCHES_MAX: usize = 64;
/// Different features on one way; tables double with each.
const FEATURES_MAX: usize = 10;
/// Numbers of a table by the answers of all branches.
const PATTERN_NUMBERS_MAX: usize = 4_096;

/// One tree's branches and what follows from their answers.
#[derive(Debug, Clone)]
pub(super) struct TreeTable {
    branches: Vec<Question>,
    /// Only one comparison is in use, "at most", and its answers are taken without a choice.
    at_most: bool,
    answers: Answers,
}

/// A branch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    pub(super) feature: u32,
    pub(super) threshold: f64,
    pub(super) comparison: Comparison,
    pub(super) missing_goes_true: bool,
}

impl Question {
    /// Whether a value takes the true branch.
    #[inline]
    pub(super) fn holds(&self, value: f64) -> bool {
        let holds = match self.comparison {
            Comparison::AtMost => value <= self.threshold,
            Comparison::Below => value < self.threshold,
            Comparison::AtLeast => value >= self.threshold,
            Comparison::Above => value > self.threshold,
            Comparison::Equal => value == self.threshold,
            Comparison::Unequal => value != self.threshold,
        };
        holds || (self.missing_goes_true && value.is_nan())
    }
}

/// One feature on the way to a leaf: agreed with when the branches of `asked` answer as in `wanted`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition {
    pub(super) feature: u32,
    pub(super) asked: u64,
    pub(super) wanted: u64,
    /// The share of known rows that go this way when the feature is unknown.
    pub(super) unknown: f64,
}

/// The way to a leaf and what it adds.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) conditions: Vec<Condition>,
    pub(super) value: f64,
}

#[derive(Debug, Clone)]
enum Answers {
    /// For each pattern of answers what every feature of `features` gets.
    Patterns { features: Vec<u32>, numbers: Vec<f64> },
    /// Leaves as ranges of `conditions`, and where their table begins in `numbers`.
    Leaves { leaves: Vec<(u32, u32, u32)>, conditions: Vec<(u64, u64, u32)>, numbers: Vec<f64> },
}

impl TreeTable {
    /// Works out a tree; `None` when it is too large for tables, or they would take more than `room` numbers.
    pub(super) fn new(branches: Vec<Question>, ways: &[Way], room: usize) -> Option<Self> {
        let sizes = ways.iter().map(|way| (way.conditions.len() <= FEATURES_MAX).then(|| way.conditions.len() << way.conditions.len()));
        let needed = sizes.sum::<Option<usize>>().filter(|&needed| needed <= room)?;
        if branches.len() > BRANCHES_MAX {
            return None;
        }
        let (mut leaves, mut conditions, mut numbers) = (Vec::new(), Vec::new(), Vec::with_capacity(needed));
        for way in ways {
            let (first, count) = (u32::try_from(conditions.len()).ok()?, u32::try_from(way.conditions.len()).ok()?);
            leaves.push((first, first + count, u32::try_from(numbers.len()).ok()?));
            conditions.extend(way.conditions.iter().map(|condition| (condition.asked, condition.wanted, condition.feature)));
            (0..1_u32 << way.conditions.len()).for_each(|agreed| shares(way, agreed, &mut numbers));
        }
        let at_most = branches.iter().all(|branch| branch.comparison == Comparison::AtMost);
        let mut table = TreeTable { branches, at_most, answers: Answers::Leaves { leaves, conditions, numbers } };
        if let Some(patterns) = table.patterns(ways) {
            table.answers = patterns;
        }
        Some(table)
    }

    /// Numbers held.
    pub(super) fn numbers(&self) -> usize {
        match &self.answers {
            Answers::Patterns { numbers, .. } | Answers::Leaves { numbers, .. } => numbers.len(),
        }
    }

    /// The table by the answers of all branches, where it is small.
    fn patterns(&self, ways: &[Way]) -> Option<Answers> {
        let mut features: Vec<u32> = ways.iter().flat_map(|way| way.conditions.iter().map(|condition| condition.feature)).collect();
        features.sort_unstable();
        features.dedup();
        let count = 1_usize
            .checked_shl(u32::try_from(self.branches.len()).ok()?)
            .filter(|count| count.saturating_mul(features.len()) <= PATTERN_NUMBERS_MAX)?;
        let mut numbers = vec![0.0; count * features.len()];
        let width = features.last().map_or(0, |&feature| feature as usize + 1);
        let mut found = vec![0.0; width];
        for pattern in 0..count {
            found.fill(0.0);
            self.add_answers(pattern as u64, &mut found);
            for (at, &feature) in features.iter().enumerate() {
                numbers[pattern * features.len() + at] = found[feature as usize];
            }
        }
        Some(Answers::Patterns { features, numbers })
    }

    /// Adds what the tree gives to each feature. `row` and `found` are as wide as the trees read.
    #[inline]
    pub(super) fn add(&self, row: &[f64], found: &mut [f64]) {
        let mut answers = 0_u64;
        if self.at_most {
            for (at, branch) in self.branches.iter().enumerate() {
                let value = row[branch.feature as usize];
                let holds = (value <= branch.threshold) | (branch.missing_goes_true & value.is_nan());
                answers |= u64::from(holds) << at;
            }
        } else {
            for (at, branch) in self.branches.iter().enumerate() {
                answers |= u64::from(branch.holds(row[branch.feature as usize])) << at;
            }
        }
        self.add_answers(answers, found);
    }

    #[inline]
    fn add_answers(&self, answers: u64, found: &mut [f64]) {
        match &self.answers {
            Answers::Patterns { features, numbers } => {
                let begin = answers as usize * features.len();
                for (&feature, number) in features.iter().zip(&numbers[begin..begin + features.len()]) {
                    found[feature as usize] += number;
                }
            }
            Answers::Leaves { leaves, conditions, numbers } => {
                for &(first, end, begin) in leaves {
                    let conditions = &conditions[first as usize..end as usize];
                    let mut agreed = 0;
                    for (at, &(asked, wanted, _)) in conditions.iter().enumerate() {
                        agreed |= usize::from((answers ^ wanted) & asked == 0) << at;
                    }
                    let begin = begin as usize + agreed * conditions.len();
                    for (&(.., feature), number) in conditions.iter().zip(&numbers[begin..begin + conditions.len()]) {
                        found[feature as usize] += number;
                    }
                }
            }
        }
    }
}

/// What each feature of a way gets when the row agrees with those of `agreed`.
fn shares(way: &Way, agreed: u32, numbers: &mut Vec<f64>) {
    let known = |at: usize| f64::from(agreed >> at & 1);
    // A way that is taken neither with a feature nor without gives nothing.
    if way.conditions.iter().enumerate().any(|(at, condition)| condition.unknown == 0.0 && known(at) == 0.0) {
        numbers.extend(std::iter::repeat_n(0.0, way.conditions.len()));
        return;
    }
    let last = way.conditions.len();
    let mut path = [Step::default(); FEATURES_MAX + 1];
    extend(&mut path, 0, u32::MAX, 1.0, 1.0);
    for (at, condition) in way.conditions.iter().enumerate() {
        extend(&mut path, at + 1, condition.feature, condition.unknown, known(at));
    }
    numbers.extend((1..=last).map(|place| unwound_sum(&path, last, place) * (path[place].known - path[place].unknown) * way.value));
}

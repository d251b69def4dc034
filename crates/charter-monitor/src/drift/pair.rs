//! Two columns of numbers together: what moves when each of them stays as it was.
//!
//! Ten groups of each give a hundred cells, and one for rows where either is missing. Which pairs are watched the caller says: as a rule those of the
//! columns that the model leans on most.

use super::compare::{Comparison, Missing, Shape};
use super::measure::{CONFIDENCE, Sides};
use super::reference::{NumberReference, ROWS_MIN};
use super::test::shares_p;
use super::window::Misfit;
use crate::statistics::counters::Counters;
use crate::statistics::draw::mixed;
use crate::statistics::newcombe_difference;
use serde::{Deserialize, Serialize};

/// Groups of each column.
const GROUPS: usize = 10;
/// The cell of rows where either value is missing or infinite.
const ABSENT: usize = GROUPS * GROUPS;

/// The reference of a pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairReference {
    /// The group of each cell of the two columns.
    groups: [Vec<u8>; 2],
    own: PairWindow,
}

/// Counts of a pair over a window: about 250 bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairWindow {
    counts: Counters,
    identity: u64,
}

/// What was found about a pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairComparison {
    /// As for a column of texts whose levels are the cells.
    pub comparison: Comparison,
    /// The part of the stability index that neither column has alone: of the pair less of both columns, over the same groups, each without what chance
    /// gives. 0 where the columns are independent on both sides, however far each has moved.
    pub dependence: f64,
}

impl PairReference {
    /// From the references of two columns and the rows that they were made of. Rows beyond the shorter column count as missing.
    pub fn of(columns: [&NumberReference; 2], values: [&[f64]; 2]) -> Self {
        let identity = mixed(columns[0].identity ^ columns[1].identity.rotate_left(32));
        let groups = columns.map(groups);
        let mut reference = Self { groups, own: PairWindow { counts: Counters::new(ABSENT + 1), identity } };
        let mut own = reference.window();
        for row in 0..values[0].len().max(values[1].len()) {
            own.add(values.map(|values| values.get(row).copied().unwrap_or(f64::NAN)), &reference, columns);
        }
        reference.own = own;
        reference
    }

    /// An empty window.
    pub fn window(&self) -> PairWindow {
        PairWindow { counts: Counters::new(ABSENT + 1), identity: self.own.identity }
    }

    /// A window against the reference it was counted in.
    pub fn compare(&self, window: &PairWindow) -> Result<PairComparison, Misfit> {
        if self.own.identity != window.identity || window.counts.len() != ABSENT + 1 {
            return Err(Misfit);
        }
        let (before, after) = (self.own.counts.counts(), window.counts.counts());
        let (rows, known) = (after.iter().sum::<u64>(), before.iter().sum::<u64>());
        let (absent, absent_before) = (after[ABSENT], before[ABSENT]);
        let missing = Missing {
            shares: (absent_before as f64 / known.max(1) as f64, absent as f64 / rows.max(1) as f64),
            difference: newcombe_difference((absent, rows), (absent_before, known), CONFIDENCE),
            p: shares_p((absent_before, known), (absent, rows)),
        };
        let cells = Sides::new(&before[..ABSENT], &after[..ABSENT]).occupied();
        let enough = (known - absent_before).min(rows - absent) >= ROWS_MIN;
        let shape = enough.then(|| Shape::of_levels(&cells));
        let alone = [0, 1].map(|column| marginal(&before, &after, column).stability_index().effect());
        let dependence = if enough { (cells.stability_index().effect() - alone[0] - alone[1]).max(0.0) } else { 0.0 };
        let comparison = Comparison { rows, reference_rows: known, shape, missing, unseen: None };
        Ok(PairComparison { comparison, dependence })
    }
}

impl PairWindow {
    /// One more row. `columns` are the references that the pair was made of.
    #[inline]
    pub fn add(&mut self, values: [f64; 2], reference: &PairReference, columns: [&NumberReference; 2]) {
        let group = |at: usize| {
            let cell = columns[at].cells.locate(values[at]);
            reference.groups[at].get(cell).map(|&group| usize::from(group)).filter(|_| values[at].is_finite())
        };
        self.counts.add(group(0).zip(group(1)).map_or(ABSENT, |(first, second)| first * GROUPS + second));
    }

    /// Adds another window's rows, exactly.
    pub fn merge(&mut self, other: &Self) -> Result<(), Misfit> {
        if self.identity != other.identity {
            return Err(Misfit);
        }
        self.counts.merge(&other.counts);
        Ok(())
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() - size_of::<Counters>() + self.counts.bytes()
    }
}

/// The group of each cell, by the middle of its mass in the reference.
fn groups(column: &NumberReference) -> Vec<u8> {
    let counts = column.own.counts.counts();
    let (total, mut below) = (counts.iter().sum::<u64>().max(1) as f64, 0);
    let mut group = |count: u64| {
        let middle = below as f64 + count as f64 / 2.0;
        below += count;
        ((middle / total * GROUPS as f64) as usize).min(GROUPS - 1) as u8
    };
    counts.into_iter().map(&mut group).collect()
}

fn marginal(before: &[u64], after: &[u64], column: usize) -> Sides {
    let side = |counts: &[u64]| {
        let mut sums = vec![0; GROUPS];
        counts[..ABSENT]
            .iter()
            .enumerate()
            .for_each(|(cell, count)| sums[if column == 0 { cell / GROUPS } else { cell % GROUPS }] += count);
        sums
    };
    Sides::new(&side(before), &side(after)).occupied()
}

#[cfg(test)]
mod tests {
    use super::super::judge::{Thresholds, Verdict, judge};
    use super::super::{Column, Reference};
    use super::*;
    use crate::statistics::draw::Draw;

    /// Two standard normal columns with a correlation.
    fn columns(draw: &mut Draw, rows: usize, correlation: f64) -> [Vec<f64>; 2] {
        let first: Vec<f64> = (0..rows).map(|_| draw.normal()).collect();
        let second = first.iter().map(|value| correlation * value + (1.0 - correlation * correlation).sqrt() * draw.normal()).collect();
        [first, second]
    }

    fn number(values: &[f64]) -> NumberReference {
        let Some(Reference::Number(number)) = Reference::of(&Column::Numbers(values)) else { panic!("no numbers") };
        number
    }

    #[test]
    fn a_turned_relation_is_found_and_a_common_shift_is_not_called_one() {
        let mut draw = Draw::new(61);
        let known = columns(&mut draw, 8_000, 0.7);
        let references = [number(&known[0]), number(&known[1])];
        let both = [&references[0], &references[1]];
        let reference = PairReference::of(both, [&known[0], &known[1]]);
        let found = |draw: &mut Draw, correlation, shift: f64| {
            let [first, second] = columns(draw, 1_500, correlation);
            let (mut window, mut half) = (reference.window(), reference.window());
            for (row, (first, second)) in first.iter().zip(&second).enumerate() {
                let part = if row % 2 == 0 { &mut window } else { &mut half };
                part.add([first + shift, *second], &reference, both);
            }
            window.merge(&serde_json::from_str(&serde_json::to_string(&half).unwrap()).unwrap()).unwrap();
            assert!(window.bytes() < 400);
            reference.compare(&window).unwrap()
        };
        let verdict = |found: &PairComparison| judge(&[&found.comparison], &Thresholds::default())[0].verdict;
        let same = found(&mut draw, 0.7, 0.0);
        assert!(verdict(&same) == Verdict::Stable && same.dependence < 0.05, "{same:?}");
        let turned = found(&mut draw, -0.7, 0.0);
        assert!(verdict(&turned) == Verdict::Shifted && turned.dependence > 1.0, "{turned:?}");
        // Shifted where the columns are independent: all of it is the column's own.
        let apart = columns(&mut draw, 8_000, 0.0);
        let references = [number(&apart[0]), number(&apart[1])];
        let both = [&references[0], &references[1]];
        let reference = PairReference::of(both, [&apart[0], &apart[1]]);
        let mut window = reference.window();
        let [first, second] = columns(&mut draw, 3_000, 0.0);
        first.iter().zip(&second).for_each(|(first, second)| window.add([first + 0.5, *second], &reference, both));
        let shifted = reference.compare(&window).unwrap();
        assert!(verdict(&shifted) == Verdict::Shifted && shifted.dependence < 0.05, "{shifted:?}");
    }

    #[test]
    fn chance_makes_no_alarm() {
        let mut draw = Draw::new(67);
        let known = columns(&mut draw, 5_000, 0.5);
        let references = [number(&known[0]), number(&known[1])];
        let both = [&references[0], &references[1]];
        let reference = PairReference::of(both, [&known[0], &known[1]]);
        let (mut significant, mut shifted) = (0, 0);
        for _ in 0..400 {
            let [first, second] = columns(&mut draw, 1_000, 0.5);
            let mut window = reference.window();
            first.iter().zip(&second).for_each(|(first, second)| window.add([*first, *second], &reference, both));
            let found = reference.compare(&window).unwrap();
            significant += u32::from(found.comparison.shape.as_ref().is_some_and(|shape| shape.p <= 0.05));
            shifted += u32::from(judge(&[&found.comparison], &Thresholds::default())[0].verdict == Verdict::Shifted);
        }
        // 20 of 400 at .05; 40 have a chance of about 1e-5.
        assert!(significant < 40 && shifted <= 2, "{significant} {shifted}");
    }
}

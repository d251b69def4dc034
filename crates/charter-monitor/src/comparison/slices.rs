//! Where do the two versions disagree more than elsewhere?
//!
//! For each input to slice by, its most frequent values are followed in bounded space (space-saving: Metwally, Agrawal and El Abbadi,
//! "Efficient computation of frequent and top-k elements", ICDT 2005). What a value may show is decided in `cells`.

use crate::statistics::multiplicity::false_discovery_adjusted;
use crate::statistics::special::binomial_at_most;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most values followed of one input; a value that makes up more than 1/256 of the rows is never lost.
const VALUES_MAX: usize = 256;
/// Fewest rows of a slice that is reported.
const ROWS_MIN: u64 = 30;
const REPORTED_MAX: usize = 20;
/// Level of the adjusted p-values.
const LEVEL: f64 = 0.05;

/// One slice with more disagreement than all rows together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slice {
    pub input: String,
    /// The value, or the range of values.
    pub value: String,
    pub rows: u64,
    pub disagreeing: u64,
    /// Its share of disagreement over that of all rows.
    pub lift: f64,
    /// Benjamini-Hochberg over all slices with at least 30 rows.
    pub p_adjusted: f64,
}

/// One followed value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Followed {
    /// Upper bound of the rows ever; decides who is let go.
    weight: u64,
    /// Exact since the value is followed.
    rows: u64,
    disagreeing: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Slices {
    rows: u64,
    disagreeing: u64,
    /// By input's name.
    inputs: BTreeMap<String, BTreeMap<String, Followed>>,
}

impl Slices {
    /// A row whose values are looked at next.
    pub(super) fn row(&mut self, agrees: bool) {
        self.rows += 1;
        self.disagreeing += u64::from(!agrees);
    }

    pub(super) fn value(&mut self, input: &str, value: String, agrees: bool) {
        if !self.inputs.contains_key(input) {
            self.inputs.insert(input.to_owned(), BTreeMap::new());
        }
        let Some(values) = self.inputs.get_mut(input) else { return };
        let mut inherited = 0;
        if !values.contains_key(&value) && values.len() >= VALUES_MAX {
            let lightest =
                values.iter().min_by_key(|(_, followed)| followed.weight).map(|(value, followed)| (value.clone(), followed.weight));
            if let Some((lightest, weight)) = lightest {
                values.remove(&lightest);
                inherited = weight;
            }
        }
        let followed = values.entry(value).or_insert(Followed { weight: inherited, ..Followed::default() });
        followed.weight += 1;
        followed.rows += 1;
        followed.disagreeing += u64::from(!agrees);
    }

    /// The slices that stand out, largest lift first. The test is a binomial tail against the share of all rows.
    pub(super) fn report(&self) -> Vec<Slice> {
        if self.rows == 0 || self.disagreeing == 0 {
            return Vec::new();
        }
        let overall = self.disagreeing as f64 / self.rows as f64;
        let candidates: Vec<(&String, &String, &Followed)> = self
            .inputs
            .iter()
            .flat_map(|(input, values)| values.iter().map(move |(value, followed)| (input, value, followed)))
            .filter(|(_, _, followed)| followed.rows >= ROWS_MIN)
            .collect();
        let chance = |followed: &Followed| match followed.disagreeing {
            0 => 1.0,
            some => 1.0 - binomial_at_most(some - 1, followed.rows, overall),
        };
        let adjusted = false_discovery_adjusted(&candidates.iter().map(|(_, _, followed)| chance(followed)).collect::<Vec<_>>());
        let mut slices: Vec<Slice> = candidates
            .into_iter()
            .zip(adjusted)
            .filter(|&(_, p)| p <= LEVEL)
            .map(|((input, value, followed), p_adjusted)| Slice {
                input: input.clone(),
                value: value.clone(),
                rows: followed.rows,
                disagreeing: followed.disagreeing,
                lift: followed.disagreeing as f64 / followed.rows as f64 / overall,
                p_adjusted,
            })
            .collect();
        slices.sort_by(|a, b| b.lift.total_cmp(&a.lift));
        slices.truncate(REPORTED_MAX);
        slices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_values_survive_a_flood_of_rare_ones() {
        let mut slices = Slices::default();
        for row in 0..20_000_u32 {
            let (value, agrees) =
                if row % 50 == 0 { ("often".to_owned(), row % 100 != 0) } else { (format!("rare {row}"), row % 500 != 1) };
            slices.row(agrees);
            slices.value("city", value, agrees);
        }
        assert!(slices.inputs["city"].len() <= VALUES_MAX);
        let found = slices.report();
        assert_eq!((found.len(), found[0].value.as_str()), (1, "often"));
        assert!(found[0].lift > 10.0 && found[0].rows >= 390, "{found:?}");
    }
}

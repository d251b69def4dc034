//! Do two judges of the same things agree, and is one of them right more often?

use super::special::binomial_at_most;
use std::collections::BTreeMap;

/// Cohen's kappa (Educational and Psychological Measurement 20, 1960) of a square table of counts, `(first, second)` → count:
/// agreement beyond what the margins give by chance. `None` when empty or when chance alone agrees always.
pub fn kappa<K: Ord>(table: &BTreeMap<(K, K), u64>) -> Option<f64> {
    let total = table.values().sum::<u64>() as f64;
    let (mut agreed, mut rows, mut columns) = (0.0, BTreeMap::<&K, f64>::new(), BTreeMap::<&K, f64>::new());
    for ((first, second), &count) in table {
        let count = count as f64;
        agreed += if first == second { count } else { 0.0 };
        *rows.entry(first).or_default() += count;
        *columns.entry(second).or_default() += count;
    }
    let by_chance: f64 = rows.iter().filter_map(|(label, row)| Some(row * columns.get(label)?)).sum::<f64>() / (total * total);
    (total > 0.0 && by_chance < 1.0).then(|| (agreed / total - by_chance) / (1.0 - by_chance))
}

/// McNemar's test, exact (Psychometrika 12, 1947): p-value that of the pairs where just one is right, each side is right as often.
/// 1 without such pairs.
pub fn mcnemar_p(only_first_right: u64, only_second_right: u64) -> f64 {
    let (fewer, pairs) = (only_first_right.min(only_second_right), only_first_right + only_second_right);
    if pairs == 0 { 1.0 } else { (2.0 * binomial_at_most(fewer, pairs, 0.5)).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_worked_elsewhere_come_out() {
        // scipy.stats.binomtest(3, 15, .5).
        assert!((mcnemar_p(3, 12) - 0.035_156_25).abs() < 1e-12);
        assert_eq!((mcnemar_p(0, 0), mcnemar_p(4, 4)), (1.0, 1.0));
        // The textbook table 20, 5, 10, 15: observed .7, by chance .5.
        let table = BTreeMap::from([(("yes", "yes"), 20), (("yes", "no"), 5), (("no", "yes"), 10), (("no", "no"), 15)]);
        assert!((kappa(&table).unwrap() - 0.4).abs() < 1e-12);
        assert_eq!(kappa(&BTreeMap::from([(("a", "a"), 9)])), None);
    }
}

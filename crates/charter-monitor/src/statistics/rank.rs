//! How alike are two orders?

/// Spearman's rank correlation with midranks for ties; `None` below two pairs or where one side is constant.
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < 2 {
        return None;
    }
    let first = midranks(pairs.iter().map(|pair| pair.0));
    let second = midranks(pairs.iter().map(|pair| pair.1));
    let centre = (pairs.len() as f64 + 1.0) / 2.0;
    let (mut both, mut left, mut right) = (0.0, 0.0, 0.0);
    for (a, b) in first.iter().zip(&second) {
        both += (a - centre) * (b - centre);
        left += (a - centre).powi(2);
        right += (b - centre).powi(2);
    }
    (left > 0.0 && right > 0.0).then(|| (both / (left * right).sqrt()).clamp(-1.0, 1.0))
}

fn midranks(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        while end < order.len() && values[order[end]] == values[order[start]] {
            end += 1;
        }
        for &index in &order[start..end] {
            ranks[index] = (start + end + 1) as f64 / 2.0;
        }
        start = end;
    }
    ranks
}

/// Share of the first `depth` of each order that both hold. Orders shorter than `depth` count with their own length; two empty ones are alike.
pub fn overlap<T: PartialEq>(first: &[T], second: &[T], depth: usize) -> f64 {
    let (first, second) = (&first[..depth.min(first.len())], &second[..depth.min(second.len())]);
    let longest = first.len().max(second.len());
    if longest == 0 { 1.0 } else { first.iter().filter(|item| second.contains(item)).count() as f64 / longest as f64 }
}

/// Extrapolated rank-biased overlap (Webber, Moffat and Zobel, "A similarity measure for indefinite rankings", ACM TOIS 28, 2010,
/// equation 30) of two orders to their common depth: X_k/k p^k + (1 − p)/p Σ X_d/d p^d. 1 for two empty orders.
pub fn rank_biased_overlap<T: PartialEq>(first: &[T], second: &[T], persistence: f64) -> f64 {
    let depth = first.len().min(second.len());
    if depth == 0 {
        return if first.is_empty() && second.is_empty() { 1.0 } else { 0.0 };
    }
    let (mut shared, mut sum, mut weight) = (0_usize, 0.0, 1.0);
    for at in 0..depth {
        // What the new depth adds: the new items against all of the other order so far, the pair itself once.
        shared += usize::from(second[..=at].contains(&first[at]));
        shared += usize::from(first[..at].contains(&second[at]));
        weight *= persistence;
        sum += shared as f64 / (at + 1) as f64 * weight;
    }
    shared as f64 / depth as f64 * weight + (1.0 - persistence) / persistence * sum
}

/// How good the second order is if the first is right: normalised discounted cumulative gain (Järvelin and Kekäläinen, ACM TOIS 20,
/// 2002) to `depth`, the first order's item at position i being worth `depth` − i, discounted by log₂(position + 1).
pub fn discounted_gain<T: PartialEq>(truth: &[T], order: &[T], depth: usize) -> f64 {
    let truth = &truth[..depth.min(truth.len())];
    let discount = |position: usize| ((position + 2) as f64).log2();
    let ideal: f64 = (0..truth.len()).map(|position| (truth.len() - position) as f64 / discount(position)).sum();
    let gained: f64 = order
        .iter()
        .take(depth)
        .enumerate()
        .filter_map(|(position, item)| {
            let at = truth.iter().position(|other| other == item)?;
            Some((truth.len() - at) as f64 / discount(position))
        })
        .sum();
    if ideal > 0.0 { gained / ideal } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn figures_worked_elsewhere_come_out() {
        // scipy.stats.spearmanr([1,2,3,4,5,5],[5,6,7,8,7,7]).
        let pairs = [(1.0, 5.0), (2.0, 6.0), (3.0, 7.0), (4.0, 8.0), (5.0, 7.0), (5.0, 7.0)];
        assert!((spearman(&pairs).unwrap() - 0.708_447_269_178_752_1).abs() < 1e-12);
        assert_eq!(spearman(&[(1.0, 2.0), (2.0, 2.0)]), None);
        // By hand: overlaps 0/1, 2/2, 3/3, 3/4, 3/5.
        let expected =
            0.6 * 0.9_f64.powi(5) + (0.1 / 0.9) * (0.9_f64.powi(2) + 0.9_f64.powi(3) + 0.75 * 0.9_f64.powi(4) + 0.6 * 0.9_f64.powi(5));
        assert!((rank_biased_overlap(&[1, 2, 3, 4, 5], &[2, 1, 3, 6, 7], 0.9) - expected).abs() < 1e-12);
        assert_eq!(overlap(&[1, 2, 3], &[3, 9, 1], 3), 2.0 / 3.0);
        // By hand: worth 2 and 1, in the wrong order.
        let expected = (1.0 + 2.0 / 3_f64.log2()) / (2.0 + 1.0 / 3_f64.log2());
        assert!((discounted_gain(&[7, 8], &[8, 7], 2) - expected).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn equal_orders_are_fully_alike_and_strangers_not_at_all(length in 1_usize..20) {
            let order: Vec<usize> = (0..length).collect();
            let strangers: Vec<usize> = (100..100 + length).collect();
            prop_assert!((rank_biased_overlap(&order, &order, 0.9) - 1.0).abs() < 1e-9);
            prop_assert!((discounted_gain(&order, &order, length) - 1.0).abs() < 1e-9);
            prop_assert_eq!(overlap(&order, &order, length), 1.0);
            prop_assert_eq!(rank_biased_overlap(&order, &strangers, 0.9), 0.0);
            prop_assert_eq!(discounted_gain(&order, &strangers, length), 0.0);
        }
    }
}

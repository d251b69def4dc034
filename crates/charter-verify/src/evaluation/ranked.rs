//! Figures of an order: a list with one right item, or a set of offers with scores.

use super::metric::Metric;

/// The figure of one list against the one right item.
pub(super) fn of_list(metric: Metric, right: f64, list: &[f64]) -> f64 {
    let place = list.iter().position(|item| *item == right).map(|at| at + 1);
    match (metric, place) {
        (Metric::Ndcg(depth), Some(place)) if place <= depth => discount(place),
        (Metric::Hit(depth), Some(place)) if place <= depth => 1.0,
        (Metric::ReciprocalRank, Some(place)) => 1.0 / place as f64,
        _ => 0.0,
    }
}

/// The figure of one set of offers, each with its relevance and its score; equal scores are averaged over their orders.
/// NDCG has linear gains and is 0 without anything relevant, as scikit-learn's `ndcg_score`.
pub(super) fn of_set(metric: Metric, offers: &mut [(f64, f64)]) -> f64 {
    offers.sort_by(|one, other| other.1.total_cmp(&one.1));
    match metric {
        Metric::Ndcg(depth) => gain(offers, depth),
        Metric::Hit(depth) => chance_of_right(offers, |place| if place <= depth { 1.0 } else { 0.0 }),
        Metric::ReciprocalRank => chance_of_right(offers, |place| 1.0 / place as f64),
        _ => f64::NAN,
    }
}

fn discount(place: usize) -> f64 {
    1.0 / (place as f64 + 1.0).log2()
}

/// Runs of equal scores, best first.
fn ties(offers: &[(f64, f64)]) -> impl Iterator<Item = &[(f64, f64)]> {
    offers.chunk_by(|one, other| one.1 == other.1)
}

fn gain(offers: &[(f64, f64)], depth: usize) -> f64 {
    let (mut sum, mut place) = (0.0, 1);
    for run in ties(offers) {
        let mean = run.iter().map(|(relevance, _)| relevance).sum::<f64>() / run.len() as f64;
        let discounts: f64 = (place..place + run.len()).filter(|place| *place <= depth).map(discount).sum();
        sum += mean * discounts;
        place += run.len();
    }
    let mut ideal: Vec<f64> = offers.iter().map(|(relevance, _)| *relevance).collect();
    ideal.sort_by(|one, other| other.total_cmp(one));
    let best: f64 = ideal.iter().take(depth).zip(1..).map(|(relevance, place)| relevance * discount(place)).sum();
    if best > 0.0 { sum / best } else { 0.0 }
}

/// The expected worth of the place of the first relevant offer. Within a run of t equal scores with r relevant ones, the
/// first relevant one stands at j with probability C(t-j, r-1) / C(t, r), taken here as a product of conditional ones.
fn chance_of_right(offers: &[(f64, f64)], worth: impl Fn(usize) -> f64) -> f64 {
    let mut before = 0;
    for run in ties(offers) {
        let relevant = run.iter().filter(|(relevance, _)| *relevance > 0.0).count();
        if relevant == 0 {
            before += run.len();
            continue;
        }
        let (mut expected, mut none_yet) = (0.0, 1.0);
        for at in 0..run.len() {
            let here = none_yet * (relevant as f64 / (run.len() - at) as f64).min(1.0);
            expected += here * worth(before + at + 1);
            none_yet -= here;
        }
        return expected;
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_are_averaged_over_their_orders() {
        let mut offers = [(0.0, 1.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)];
        assert!((of_set(Metric::Hit(1), &mut offers) - 1.0 / 3.0).abs() < 1e-12);
        assert!((of_set(Metric::ReciprocalRank, &mut offers) - (1.0 + 0.5 + 1.0 / 3.0) / 3.0).abs() < 1e-12);
        let mut two = [(1.0, 1.0), (1.0, 1.0), (0.0, 1.0)];
        // First place right in 2 of 3 orders, else the second is.
        assert!((of_set(Metric::ReciprocalRank, &mut two) - (2.0 / 3.0 + 1.0 / 3.0 * 0.5)).abs() < 1e-12);
        assert_eq!(of_set(Metric::Hit(5), &mut [(0.0, 1.0)]), 0.0);
    }

    #[test]
    fn a_list_counts_the_place_of_the_right_item() {
        assert_eq!(of_list(Metric::ReciprocalRank, 7.0, &[3.0, 7.0]), 0.5);
        assert_eq!(of_list(Metric::Hit(1), 7.0, &[3.0, 7.0]), 0.0);
        assert!((of_list(Metric::Ndcg(10), 7.0, &[3.0, 7.0]) - 0.630_929_753_571_457_4).abs() < 1e-12);
        assert_eq!(of_list(Metric::Ndcg(10), 9.0, &[3.0, 7.0]), 0.0);
    }
}

//! The area under the ROC curve, estimated from probabilities and realised from labels.

/// NannyML's estimate: rows by score, falling; each counts as its probability of a positive and the rest of a negative; sums rounded to five places;
/// trapezoids. `order` gives the rows by rising score. NaN when either sum is 0. Equal scores have equal probabilities after calibration, so that
/// their order does not matter.
pub(super) fn estimated(order: &[u32], probabilities: &[f64]) -> f64 {
    let rounded = |value: f64| (value * 1e5).round_ties_even() / 1e5;
    let (mut positive, mut area, mut last) = (0.0, 0.0, (0.0, 0.0));
    for (at, &row) in order.iter().rev().enumerate() {
        positive += probabilities[row as usize];
        let point = (rounded(positive), rounded((at + 1) as f64 - positive));
        area += (point.1 - last.1) * (point.0 + last.0) / 2.0;
        last = point;
    }
    area / (last.0 * last.1)
}

/// Of labels, ties counted half; NaN with one class alone. `order` gives the rows by rising score.
pub(super) fn realised(order: &[u32], scores: &[f64], labels: &[bool]) -> f64 {
    let (mut at, mut negatives, mut pairs) = (0, 0.0, 0.0);
    while at < order.len() {
        let score = scores[order[at] as usize];
        let tied = order[at..].iter().take_while(|&&row| scores[row as usize] == score);
        let (mut ups, mut downs) = (0.0, 0.0);
        for &row in tied {
            if labels[row as usize] { ups += 1.0 } else { downs += 1.0 }
        }
        pairs += ups * (negatives + downs / 2.0);
        negatives += downs;
        at += (ups + downs) as usize;
    }
    pairs / ((order.len() as f64 - negatives) * negatives)
}

/// Rows by rising score; equal scores in their own order.
pub(super) fn order(scores: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| scores[a as usize].total_cmp(&scores[b as usize]).then(a.cmp(&b)));
    order
}

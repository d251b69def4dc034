//! Figures of a called class against the true one.

use super::binary::Confusion;

/// The counts with `class` as the positive one.
pub(super) fn confusion(truth: &[String], guess: &[String], rows: &[usize], class: &str) -> Confusion {
    let mut counts = Confusion::default();
    for row in rows {
        let (Some(truth), Some(guess)) = (truth.get(*row), guess.get(*row)) else { continue };
        let positive = truth == class;
        *(if positive { &mut counts.positives } else { &mut counts.negatives }) += 1;
        if guess == class {
            *(if positive { &mut counts.true_positives } else { &mut counts.false_positives }) += 1;
        }
    }
    counts
}

/// Rows called rightly.
pub(super) fn right(truth: &[String], guess: &[String], rows: &[usize]) -> u64 {
    rows.iter().filter(|row| truth.get(**row).is_some_and(|truth| guess.get(**row) == Some(truth))).count() as u64
}

/// The classes that the truth or the guesses of these rows name, sorted.
pub(super) fn labels<'a>(truth: &'a [String], guess: &'a [String], rows: &[usize]) -> Vec<&'a str> {
    let mut labels: Vec<&str> = rows.iter().flat_map(|row| [truth.get(*row), guess.get(*row)]).flatten().map(String::as_str).collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

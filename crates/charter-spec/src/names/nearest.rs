//! The known name that a mistyped one probably means.

/// Most candidates that are compared.
const CANDIDATES_MAX: usize = 2_000;

/// The candidate with the fewest edits, when that is at most a third of the word (at least one edit, at most three). A word of one or
/// two letters is near to too much.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_within(word, limit_of(word), candidates)
}

/// The nearest candidate, when no other one is as near: the one that is meant, as far as letters can tell.
pub fn only_nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let near = nearest(word, candidates.iter().copied())?;
    let limit = limit_of(word);
    let distance = edits(word, near, limit);
    let rivals = candidates.iter().filter(|other| **other != near && other.chars().count().abs_diff(word.chars().count()) <= limit);
    let mut rivals = rivals.take(CANDIDATES_MAX);
    (!rivals.any(|other| edits(word, other, limit) <= distance)).then_some(near)
}

fn limit_of(word: &str) -> usize {
    (word.chars().count() / 3).clamp(1, 3)
}

/// The candidate with the fewest edits, when there are at most `limit`.
pub(crate) fn nearest_within<'a>(word: &str, limit: usize, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if !(3..=super::ID_LENGTH_MAX).contains(&length) {
        return None;
    }
    let near_in_length = candidates.into_iter().filter(|candidate| candidate.chars().count().abs_diff(length) <= limit);
    let mut best: Option<(usize, &str)> = None;
    for candidate in near_in_length.take(CANDIDATES_MAX) {
        let distance = edits(word, candidate, limit);
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Edits that lead from one word to the other, counted up to `limit`: insert, delete, replace, swap of neighbours (optimal string
/// alignment). Case is ignored. Only cells within `limit` of the diagonal are computed; the others hold more anyway.
fn edits(left: &str, right: &str, limit: usize) -> usize {
    let lower = |word: &str| -> Vec<char> { word.chars().map(|character| character.to_ascii_lowercase()).collect() };
    let (left, right) = (lower(left), lower(right));
    let width = right.len() + 1;
    let mut table = vec![usize::MAX / 2; (left.len() + 1) * width];
    let cell = |table: &Vec<usize>, row: usize, column: usize| table.get(row * width + column).copied().unwrap_or(usize::MAX / 2);
    for row in 0..=left.len() {
        for column in row.saturating_sub(limit)..=(row + limit).min(right.len()) {
            let value = if row == 0 || column == 0 {
                row + column
            } else {
                let (a, b) = (left.get(row - 1), right.get(column - 1));
                let mut value = (cell(&table, row - 1, column) + 1)
                    .min(cell(&table, row, column - 1) + 1)
                    .min(cell(&table, row - 1, column - 1) + usize::from(a != b));
                if row > 1 && column > 1 && a == right.get(column - 2) && left.get(row - 2) == b {
                    value = value.min(cell(&table, row - 2, column - 2) + 1);
                }
                value
            };
            if let Some(slot) = table.get_mut(row * width + column) {
                *slot = value;
            }
        }
    }
    cell(&table, left.len(), right.len())
}

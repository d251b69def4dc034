//! The known ids that a mistyped one may mean.

use crate::resolved::Resolved;

const SUGGESTED_MAX: usize = 3;
/// Ids longer than this are not compared.
const LENGTH_MAX: usize = 64;

/// Ids with at most a third of their letters different, the nearest first.
pub(crate) fn nearest(resolved: &Resolved, id: &str) -> Vec<String> {
    let (qualifier, wanted) = id.rsplit_once('.').map_or((None, id), |(section, name)| (Some(section), name));
    if wanted.is_empty() || wanted.len() > LENGTH_MAX {
        return Vec::new();
    }
    let limit = (wanted.chars().count() / 3).clamp(1, 3);
    let mut found: Vec<(usize, &str)> = resolved
        .index
        .ids()
        .filter_map(|known| {
            let distance = edits(wanted, known.as_str(), limit)?;
            Some((distance, known.as_str()))
        })
        .collect();
    found.sort_unstable();
    found.truncate(SUGGESTED_MAX);
    let in_section = |name: &str| {
        let section = qualifier.and_then(charter_spec::SectionName::from_key)?;
        resolved.index.all(name).any(|element| element.section == section).then(|| format!("{}.{name}", section.key()))
    };
    found.into_iter().map(|(_, name)| in_section(name).unwrap_or_else(|| name.to_owned())).collect()
}

/// The nearest of some words, with at most a third of its letters different.
pub(crate) fn nearest_word<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if wanted.is_empty() || wanted.len() > LENGTH_MAX {
        return None;
    }
    let limit = (wanted.chars().count() / 3).clamp(1, 3);
    known.filter_map(|word| Some((edits(wanted, word, limit)?, word))).min().map(|(_, word)| word)
}

/// Letters to add, remove or replace (Levenshtein); `None` above the limit.
fn edits(left: &str, right: &str, limit: usize) -> Option<usize> {
    let right: Vec<char> = right.chars().map(|letter| letter.to_ascii_lowercase()).collect();
    if left.chars().count().abs_diff(right.len()) > limit {
        return None;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, letter) in left.chars().enumerate() {
        let mut next = vec![above + 1];
        for (at, other) in right.iter().enumerate() {
            let same = letter.to_ascii_lowercase() == *other;
            let replace = row.get(at).copied().unwrap_or(usize::MAX / 2) + usize::from(!same);
            let remove = row.get(at + 1).copied().unwrap_or(usize::MAX / 2) + 1;
            let add = next.get(at).copied().unwrap_or(usize::MAX / 2) + 1;
            next.push(replace.min(remove).min(add));
        }
        row = next;
    }
    row.last().copied().filter(|distance| *distance <= limit)
}

//! Two texts as a unified diff (POSIX `diff -u`), for people and for `patch`.

use std::fmt::Write;
use std::ops::Range;

/// Lines that stay the same around a change.
const CONTEXT: usize = 3;
/// Most lines that are compared one by one; beyond it the changed middle is shown as a whole.
const COMPARED_MAX: usize = 2_000;

/// A stretch of old lines that is replaced by a stretch of new ones.
type Change = (Range<usize>, Range<usize>);

/// The difference of two texts under a path; empty when there is none.
pub fn unified(path: &str, old: &str, new: &str) -> String {
    let (left, right): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let changes = changes(&left, &right);
    if changes.is_empty() {
        return String::new();
    }
    let mut text = format!("--- {path}\n+++ {path}\n");
    let mut from = 0;
    while from < changes.len() {
        // Changes whose context would meet are told together.
        let mut to = from + 1;
        while to < changes.len() && gap(&changes, to) <= 2 * CONTEXT {
            to += 1;
        }
        hunk(&mut text, changes.get(from..to).unwrap_or(&[]), &left, &right);
        from = to;
    }
    text
}

/// Lines between a change and the one before it.
fn gap(changes: &[Change], at: usize) -> usize {
    match (changes.get(at - 1), changes.get(at)) {
        (Some(before), Some(change)) => change.0.start - before.0.end,
        _ => usize::MAX,
    }
}

fn hunk(text: &mut String, changes: &[Change], left: &[&str], right: &[&str]) {
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return };
    let before = first.0.start.min(CONTEXT);
    let after = (left.len() - last.0.end).min(CONTEXT);
    let old = first.0.start - before..last.0.end + after;
    let new = first.1.start - before..last.1.end + after;
    let _ = writeln!(text, "@@ -{} +{} @@", counted(&old), counted(&new));
    let mut at = old.start;
    for (removed, added) in changes {
        lines(text, ' ', left.get(at..removed.start));
        lines(text, '-', left.get(removed.clone()));
        lines(text, '+', right.get(added.clone()));
        at = removed.end;
    }
    lines(text, ' ', left.get(at..old.end));
}

/// `12,3`: the first line from 1, and how many; an empty stretch names the line before it.
fn counted(lines: &Range<usize>) -> String {
    let first = if lines.is_empty() { lines.start } else { lines.start + 1 };
    if lines.len() == 1 { first.to_string() } else { format!("{first},{}", lines.len()) }
}

fn lines(text: &mut String, mark: char, lines: Option<&[&str]>) {
    for line in lines.unwrap_or(&[]) {
        let _ = write!(text, "{mark}{line}");
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// The changed stretches, by the longest common subsequence of what lies between the common start and end.
fn changes(left: &[&str], right: &[&str]) -> Vec<Change> {
    let start = left.iter().zip(right).take_while(|(old, new)| old == new).count();
    let end =
        left.iter().rev().zip(right.iter().rev()).take(left.len().min(right.len()) - start).take_while(|(old, new)| old == new).count();
    let (old, new) = (start..left.len() - end, start..right.len() - end);
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    if old.len() > COMPARED_MAX || new.len() > COMPARED_MAX {
        return vec![(old, new)];
    }
    compared(left.get(old.clone()).unwrap_or(&[]), right.get(new.clone()).unwrap_or(&[]))
        .into_iter()
        .map(|(removed, added)| (removed.start + start..removed.end + start, added.start + start..added.end + start))
        .collect()
}

fn compared(left: &[&str], right: &[&str]) -> Vec<Change> {
    // `common[i][j]`: the longest common subsequence of what stands from i and from j on.
    let width = right.len() + 1;
    let mut common = vec![0_u16; (left.len() + 1) * width];
    let cell = |common: &[u16], row: usize, column: usize| common.get(row * width + column).copied().unwrap_or(0);
    for row in (0..left.len()).rev() {
        for column in (0..right.len()).rev() {
            let longest = if left.get(row) == right.get(column) {
                cell(&common, row + 1, column + 1) + 1
            } else {
                cell(&common, row + 1, column).max(cell(&common, row, column + 1))
            };
            if let Some(slot) = common.get_mut(row * width + column) {
                *slot = longest;
            }
        }
    }
    let mut found: Vec<Change> = Vec::new();
    let (mut row, mut column) = (0, 0);
    while row < left.len() || column < right.len() {
        if row < left.len() && column < right.len() && left.get(row) == right.get(column) {
            (row, column) = (row + 1, column + 1);
            continue;
        }
        let (start_row, start_column) = (row, column);
        while (row < left.len() || column < right.len())
            && !(row < left.len() && column < right.len() && left.get(row) == right.get(column))
        {
            if column >= right.len() || (row < left.len() && cell(&common, row + 1, column) >= cell(&common, row, column + 1)) {
                row += 1;
            } else {
                column += 1;
            }
        }
        found.push((start_row..row, start_column..column));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn changes_stand_in_their_context() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\n";
        let new = "a\nB\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl";
        let expected = "--- x.yaml\n+++ x.yaml\n@@ -1,5 +1,5 @@\n a\n-b\n+B\n c\n d\n e\n@@ -9,3 +9,4 @@\n i\n j\n k\n+l\n\\ No newline at end of file\n";
        assert_eq!(unified("x.yaml", old, new), expected);
        assert_eq!(unified("x.yaml", old, old), "");
    }

    #[test]
    fn a_new_text_and_an_emptied_one_are_whole_hunks() {
        assert_eq!(unified("x", "", "a\n"), "--- x\n+++ x\n@@ -0,0 +1 @@\n+a\n");
        assert_eq!(unified("x", "a\n", ""), "--- x\n+++ x\n@@ -1 +0,0 @@\n-a\n");
    }
}

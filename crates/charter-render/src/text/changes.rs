//! What changes when a charter says something else: before and after, side by side.

use super::Paint;
use super::sentence::{figure, short, wrap};
use super::table::{Cell, lines};
use charter_plan::what_if::{Change, Turn};
use std::fmt::Write;

/// Figures that moved, then requirements that turned.
pub fn changes(changes: &[Change], turns: &[Turn], paint: Paint) -> String {
    let mut text = format!("{}\n", paint.bold("What changes"));
    if changes.is_empty() && turns.is_empty() {
        text.push_str("  no derived figure and no verdict changes\n");
        return text;
    }
    let rows: Vec<Vec<Cell>> = changes
        .iter()
        .map(|change| {
            vec![
                Cell::new(&change.name),
                Cell::right(told(change.before, &change.unit)),
                Cell::new("→"),
                Cell::right(told(change.after, &change.unit)).painted(|text| paint.bold(text)),
                Cell::right(difference(change)).painted(|text| paint.dim(text)),
            ]
        })
        .collect();
    text.push_str(&lines(&rows, 2));
    for turn in turns {
        let word = |word: &str| match word {
            "proved" => paint.good(word),
            "broken" => paint.bad(word),
            _ => paint.careful(word),
        };
        let before = if turn.before.is_empty() { "not there" } else { &turn.before };
        let _ = writeln!(text, "  {}: {} → {}, {}", paint.name(&turn.requirement), word(before), word(&turn.after), wrap(&turn.reason, 4));
    }
    text
}

fn told(value: Option<f64>, unit: &str) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value.is_infinite() => "without end".to_owned(),
        Some(value) => figure(value, unit),
    }
}

/// By how much: `+50 %`.
fn difference(change: &Change) -> String {
    match (change.before, change.after) {
        (Some(before), Some(after)) if before != 0.0 && before.is_finite() && after.is_finite() => {
            let percent = (after - before) / before.abs() * 100.0;
            let sign = if percent >= 0.0 { "+" } else { "−" };
            format!("{sign}{} %", short(percent.abs()))
        }
        _ => String::new(),
    }
}

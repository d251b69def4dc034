//! Figures and lists as people read them.

pub(super) use charter_plan::arithmetic::derivation::significant as short;
use charter_plan::arithmetic::derivation::{number, percent};

/// Columns that prose is broken at.
pub(super) const WIDTH: usize = 110;

/// A ratio with one decimal.
pub(super) fn share(ratio: f64) -> String {
    percent((ratio * 1_000.0).round() / 1_000.0)
}

/// A figure in its unit.
pub(super) fn figure(value: f64, unit: &str) -> String {
    match unit {
        "ratio" => format!("{} %", short(value * 100.0)),
        "bytes" => charter_plan::arithmetic::capacity::bytes(value),
        "" => short(value),
        unit => format!("{} {unit}", short(value)),
    }
}

/// `154.2 ms [150.1, 160.3]`.
pub(super) fn with_interval(value: f64, interval: Option<(f64, f64)>, unit: &str) -> String {
    match interval {
        Some((low, high)) if unit == "ratio" => format!("{} [{}, {}] %", short(value * 100.0), short(low * 100.0), short(high * 100.0)),
        Some((low, high)) => format!("{} [{}, {}] {unit}", short(value), short(low), short(high)).trim_end().to_owned(),
        None => figure(value, unit),
    }
}

/// The same with as many decimals as the interval is known to: two significant digits of its width.
pub(super) fn as_measured(value: f64, (low, high): (f64, f64), unit: &str) -> String {
    let factor = if unit == "ratio" { 100.0 } else { 1.0 };
    let width = (high - low).abs() * factor;
    if width <= 0.0 || !width.is_finite() {
        return with_interval(value, Some((low, high)), unit);
    }
    // Magnitudes of finite numbers lie between −324 and 308.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let decimals = (1.0 - width.log10().floor()).clamp(0.0, 9.0) as usize;
    let shown = |value: f64| format!("{:.decimals$}", value * factor);
    let unit = if unit == "ratio" { "%" } else { unit };
    format!("{} [{}, {}] {unit}", shown(value), shown(low), shown(high)).trim_end().to_owned()
}

/// The first ten characters of a time: its day.
pub(super) fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

/// `1 day`, `3 days`.
pub(super) fn count(amount: i64, noun: &str) -> String {
    if amount == 1 { format!("1 {noun}") } else { format!("{} {noun}s", number(amount as f64)) }
}

/// Breaks prose at blanks; lines after the first are indented too.
pub(super) fn wrap(text: &str, indent: usize) -> String {
    let width = WIDTH.saturating_sub(indent).max(20);
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_told_and_prose_is_broken_at_blanks() {
        assert_eq!(with_interval(0.351, Some((0.31, 0.39)), "ratio"), "35.1 [31, 39] %");
        assert_eq!(as_measured(0.5071, (0.449, 0.567), "ratio"), "51 [45, 57] %");
        assert_eq!(as_measured(2.585, (0.7977, 3.24), "ms"), "2.6 [0.8, 3.2] ms");
        assert_eq!(as_measured(0.1611, (0.15812, 0.16901), ""), "0.161 [0.158, 0.169]");
        assert_eq!(as_measured(7.0, (7.0, 7.0), "ms"), "7 [7, 7] ms");
        let text = "word ".repeat(60);
        let wrapped = wrap(&text, 4);
        assert!(wrapped.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(wrapped.lines().skip(1).all(|line| line.starts_with("    word")));
    }
}

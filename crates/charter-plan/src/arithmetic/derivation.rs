//! A figure and how it came about.

use serde::Serialize;

/// The result of a formula with the steps that led to it, each a line of arithmetic for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Derivation {
    pub figure: f64,
    /// `replicas`, `ms`, `bytes`, `rps`, a currency, or `ratio`.
    pub unit: String,
    /// `1000 rps ÷ 200 rps × 1.5 = 7.5`, `rounded up: 8`.
    pub steps: Vec<String>,
}

impl Derivation {
    pub fn new(figure: f64, unit: impl Into<String>) -> Self {
        Self { figure, unit: unit.into(), steps: Vec::new() }
    }

    #[must_use]
    pub fn step(mut self, line: impl Into<String>) -> Self {
        self.steps.push(line.into());
        self
    }
}

/// A number as people write it: up to four significant decimals, no trailing zeros, thousands set apart.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let rounded = if value.abs() >= 1_000.0 { format!("{value:.0}") } else { format!("{value:.4}") };
    let trimmed = if rounded.contains('.') { rounded.trim_end_matches('0').trim_end_matches('.') } else { rounded.as_str() };
    let (sign, digits) = trimmed.strip_prefix('-').map_or(("", trimmed), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    fraction.map_or_else(|| format!("{sign}{grouped}"), |fraction| format!("{sign}{grouped}.{fraction}"))
}

/// A number with four significant digits at most: what is measured, weighed or estimated is known no better.
pub fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return number(value);
    }
    // Magnitudes of finite numbers lie between −324 and 308.
    #[allow(clippy::cast_possible_truncation)]
    let digits = (3 - value.abs().log10().floor() as i32).clamp(0, 12);
    let scale = 10_f64.powi(digits);
    let rounded = (value * scale).round() / scale;
    if rounded.abs() >= 0.01 {
        return number(rounded);
    }
    let text = format!("{rounded:.*}", usize::try_from(digits).unwrap_or(4));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A ratio as a percentage, precise enough to tell 99.857 % from 99.9 %.
pub fn percent(ratio: f64) -> String {
    let text = format!("{:.4}", ratio * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(number(10_000.0), "10,000");
        assert_eq!(number(12.2), "12.2");
        assert_eq!(number(-1_234_567.0), "-1,234,567");
        assert_eq!(number(0.0), "0");
        assert_eq!([0.0, 1.149_999, 12_345.6, 0.000_123_456, -3.0].map(significant), ["0", "1.15", "12,346", "0.0001235", "-3"]);
        assert_eq!(percent(0.998_571_4), "99.8571 %");
        assert_eq!(percent(0.93), "93 %");
    }
}

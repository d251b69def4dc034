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
    digits(value, 4)
}

/// A number with three significant digits at most, large ones too: for figures that rest on an estimate, or stand beside their intervals.
pub fn brief(value: f64) -> String {
    if value.abs() < 1_000.0 || !value.is_finite() {
        return digits(value, 3);
    }
    let scale = 10_f64.powf(value.abs().log10().floor() - 2.0);
    number((value / scale).round() * scale)
}

fn digits(value: f64, count: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return number(value);
    }
    // Magnitudes of finite numbers lie between −324 and 308.
    #[allow(clippy::cast_possible_truncation)]
    let digits = (count - 1 - value.abs().log10().floor() as i32).clamp(0, 12);
    let scale = 10_f64.powi(digits);
    let rounded = (value * scale).round() / scale;
    if rounded.abs() >= 0.01 {
        return number(rounded);
    }
    let text = format!("{rounded:.*}", usize::try_from(digits).unwrap_or(4));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A ratio as a percentage: two decimals, and three significant digits of what is left to 0 or to 100 %, so that 99.857 % is told from 99.9 %.
pub fn percent(ratio: f64) -> String {
    let figure = ratio * 100.0;
    let left = figure.abs().min((100.0 - figure).abs());
    // Magnitudes of finite numbers lie between −324 and 308; below a millionth of a percent nothing is told apart.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let decimals = if left > 0.0 && left.is_finite() { (2.0 - (left * (1.0 + 1e-9)).log10().floor()).clamp(2.0, 6.0) as usize } else { 2 };
    let text = format!("{figure:.decimals$}");
    format!("{} %", if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text })
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
        assert_eq!(
            [114_974_250.0, -12_345.6, 999.6, 45.99, 0.000_037_53].map(brief),
            ["115,000,000", "-12,300", "1,000", "46", "0.0000375"]
        );
        let ratios = [0.998_571_4, 0.93, 0.571_428_6, 0.083_333, 0.999, 0.999_99, 0.000_123_4, 0.0, 1.0, -0.333_333, 1.25];
        let expected = ["99.857 %", "93 %", "57.14 %", "8.33 %", "99.9 %", "99.999 %", "0.0123 %", "0 %", "100 %", "-33.33 %", "125 %"];
        assert_eq!(ratios.map(percent), expected);
    }
}

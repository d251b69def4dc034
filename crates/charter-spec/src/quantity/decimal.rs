//! Decimal text to a number, rounded once.

/// The value of `digits × 10^exponent × factor ÷ divisor`, or `None` when it does not fit. `digits` holds an optional sign, digits and a point.
pub(crate) fn scaled(digits: &str, exponent: i32, factor: f64, divisor: f64) -> Option<f64> {
    // The standard parser rounds the decimal text correctly; multiplying by 0.01 afterwards would round twice.
    let value: f64 = format!("{digits}e{exponent}").parse().ok()?;
    let value = value * factor / divisor;
    value.is_finite().then_some(value)
}

//! `10_000 rps`, `480 USD/month`, `99.9%`: a number, then a unit.

use super::decimal::scaled;
use super::{Dimension, Quantity, Unit};

// INVARIANT: the plan multiplies and divides a handful of quantities; ten factors within these bounds stay far below 1e308.

/// Largest number, share, rate per second or amount of money.
pub const NUMBER_MAX: f64 = 1e15;
/// Smallest amount in the base unit of its dimension that is not 0.
pub const NUMBER_MIN: f64 = 1e-15;
/// Longest time: 1,000 years in nanoseconds.
pub const TIME_NANOS_MAX: f64 = 1_000.0 * 12.0 * super::unit::MONTH_HOURS * 3600.0 * 1e9;
/// Largest amount of bytes, and of bytes per second: a zettabyte.
pub const BYTES_MAX: f64 = 1e21;

/// Most characters of a quantity.
const LENGTH_MAX: usize = 64;

/// Why a text is no quantity, with the byte range inside the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantityError {
    /// What is wrong, lowercase.
    pub message: String,
    /// One way out.
    pub help: Option<String>,
    /// First byte of what is wrong.
    pub start: usize,
    /// After the last byte.
    pub end: usize,
}

impl QuantityError {
    fn new(message: impl Into<String>, start: usize, end: usize) -> Self {
        Self { message: message.into(), help: None, start, end }
    }
}

/// Reads a whole text as a quantity.
///
/// # Errors
/// When it does not start with a number, the unit is unknown, or the amount is beyond the bounds above.
pub fn parse_quantity(text: &str) -> Result<Quantity, QuantityError> {
    if text.len() > LENGTH_MAX {
        return Err(QuantityError::new("a quantity has at most 64 characters", 0, text.len()));
    }
    let digits_end = number_end(text);
    let number = text.get(..digits_end).unwrap_or("");
    let (digits, power) = number.split_once('e').unwrap_or((number, "0"));
    let digits = digits.replace('_', "");
    let power: i32 = power.parse().unwrap_or(0);
    if !digits.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(QuantityError::new("this is no number", 0, text.len()));
    }
    check_number(text, digits_end)?;
    let rest = text.get(digits_end..).unwrap_or("");
    let unit_start = digits_end + (rest.len() - rest.trim_start().len());
    if rest.ends_with(char::is_whitespace) {
        return Err(QuantityError::new("there is a space at its end", 0, text.len()));
    }
    let unit = parse_unit(rest.trim_start(), unit_start)?;
    let too_large = || QuantityError::new("this number is too large", 0, text.len());
    let number = scaled(&digits, power, 1.0, 1.0).ok_or_else(too_large)?;
    let base = scaled(&digits, unit.exponent + power, unit.factor, unit.divisor).ok_or_else(too_large)?;
    check_bounds(text, unit.dimension, base)?;
    Ok(Quantity { text: text.into(), number, unit, base })
}

fn check_bounds(text: &str, dimension: Dimension, base: f64) -> Result<(), QuantityError> {
    let (limit, words) = match dimension {
        Dimension::Time => (TIME_NANOS_MAX, "1,000 years"),
        Dimension::Bytes | Dimension::BytesPerTime => (BYTES_MAX, "1e21 bytes"),
        Dimension::Rate | Dimension::RatePer(_) => (NUMBER_MAX, "1e15 a second"),
        _ => (NUMBER_MAX, "1e15"),
    };
    let problem = if base.abs() > limit {
        format!("it is more than {words}")
    } else if base != 0.0 && base.abs() < NUMBER_MIN {
        "it is closer to 0 than 1e-15".to_owned()
    } else {
        return Ok(());
    };
    let mut error = QuantityError::new(problem, 0, text.len());
    error.help = Some("write an amount that can occur; check the power of ten and the unit".to_owned());
    Err(error)
}

/// Length of the number at the start of a text: sign, digits with `_` between them, one point, a power of ten.
pub(crate) fn number_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let mut point_seen = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' => at += 1,
            b'_' if at > 0 => at += 1,
            b'.' if !point_seen && is_digit(at + 1) => {
                point_seen = true;
                at += 1;
            }
            _ => break,
        }
    }
    if at > 0 && bytes.get(at) == Some(&b'e') {
        let signed = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let digits = bytes.iter().skip(at + 1 + signed).take_while(|byte| byte.is_ascii_digit()).count();
        if (1..=3).contains(&digits) {
            return at + 1 + signed + digits;
        }
    }
    at
}

fn check_number(text: &str, end: usize) -> Result<(), QuantityError> {
    let number = text.get(..end).unwrap_or("").trim_start_matches('-');
    let number = number.split('e').next().unwrap_or("");
    if number.ends_with('_') || number.starts_with('_') || number.contains("__") || number.contains("_.") || number.contains("._") {
        return Err(QuantityError::new("`_` stands between two digits", 0, end));
    }
    let whole = number.split('.').next().unwrap_or("");
    if whole.len() > 1 && whole.starts_with('0') {
        let mut error = QuantityError::new("a number that starts with 0 is octal to some readers", 0, end);
        error.help = Some(format!("write `{}`", number.trim_start_matches('0')));
        return Err(error);
    }
    Ok(())
}

fn parse_unit(text: &str, start: usize) -> Result<Unit, QuantityError> {
    if text.is_empty() {
        return Ok(Unit::NONE);
    }
    let mut parts = text.split('/');
    let first = parts.next().unwrap_or("").trim();
    let mut unit = if first.is_empty() { Unit::NONE } else { Unit::simple(first).ok_or_else(|| unknown_unit(first, text, start))? };
    for word in parts {
        let word = word.trim();
        unit = unit.per(word).ok_or_else(|| unknown_unit(word, text, start))?;
    }
    Ok(unit)
}

fn unknown_unit(word: &str, text: &str, start: usize) -> QuantityError {
    let mut error = QuantityError::new(format!("`{text}` is no unit"), start, start + text.len());
    error.help = match crate::names::nearest(word, Unit::words()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None => Some("write a unit such as `ms`, `s`, `d`, `GB`, `rps`, `/s`, `%`, `pp`, `USD`, `USD/month`, `rps/replica`".into()),
    };
    error
}

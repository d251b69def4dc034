//! Numbers with units: read from the raw text, kept exactly, compared only within a dimension.
//!
//! Arithmetic over several quantities belongs to the plan.

mod decimal;
mod kinds;
mod parse;
mod range;
mod unit;

pub use kinds::{
    Bytes, BytesPerTime, Count, Date, Duration, Factor, Money, MoneyPerTime, MoneyPerUnit, Number, Rate, RatePerUnit, Share, TimeOfDay,
};
pub(crate) use parse::number_end;
pub use parse::{BYTES_MAX, NUMBER_MAX, NUMBER_MIN, QuantityError, TIME_NANOS_MAX, parse_quantity};
pub use range::DurationRange;
pub use unit::{Currency, Dimension, Noun, Unit};

use std::fmt;

/// A number with its unit.
///
/// `base` is the value in the dimension's base unit, rounded once from the decimal text: nanoseconds, bytes, events per second,
/// a share of one, points as a share of one, units of the currency, units of the currency per month (730 hours). Whole
/// milliseconds, bytes and the like are exact, so that sums of them can be compared with `==`.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// As written: `10_000 rps`.
    pub text: Box<str>,
    /// The number before the unit.
    pub number: f64,
    /// The unit; [`Unit::NONE`] for a bare number.
    pub unit: Unit,
    /// The value in the base unit of its dimension.
    pub base: f64,
}

impl Quantity {
    /// What kind of thing it measures.
    pub fn dimension(&self) -> Dimension {
        self.unit.dimension
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

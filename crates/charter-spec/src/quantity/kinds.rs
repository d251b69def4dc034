//! Quantities of one dimension, so that a section says by its types what it takes.

use std::ops::Deref;

use super::{Currency, Dimension, Quantity};

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Clone, Debug, PartialEq)]
            pub struct $name(pub(crate) Quantity);

            impl $name {
                /// The quantity with its text.
                pub fn quantity(&self) -> &Quantity {
                    &self.0
                }
            }

            impl Deref for $name {
                type Target = Quantity;

                fn deref(&self) -> &Quantity {
                    &self.0
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    formatter.write_str(&self.0.text)
                }
            }
        )*
    };
}

kinds! {
    /// A length of time, not negative: `80ms`, `8w`.
    Duration;
    /// An amount of memory or storage: `7GB`.
    Bytes;
    /// Bytes per time, or bytes alone where the key says per what: `10GB/d`, `10GB`.
    BytesPerTime;
    /// Events per time: `10_000 rps`, `200/s`.
    Rate;
    /// Events per time and thing, or a bare rate: `250 rps/replica`, `250 rps`.
    RatePerUnit;
    /// An amount of money: `180 USD`; a bare number is in the charter's currency.
    Money;
    /// Money per time: `480 USD/month`; a bare number is in the charter's currency a month.
    MoneyPerTime;
    /// Money per thing: `0.2 USD/request`, `3 USD/million`.
    MoneyPerUnit;
    /// A share of a whole, 0 to 1: `5%` or `0.05`.
    Share;
    /// A factor, above 0: `1.75`, `1.5x`, `150%`.
    Factor;
    /// A whole number, not negative: `32`, `10_000`.
    Count;
    /// Any number without a unit or with `%`: `0.9`, `-3`, `5%`.
    Number;
}

impl Duration {
    /// Nanoseconds.
    pub fn nanos(&self) -> f64 {
        self.0.base
    }

    /// Milliseconds.
    pub fn millis(&self) -> f64 {
        self.0.base / 1e6
    }

    /// Seconds.
    pub fn seconds(&self) -> f64 {
        self.0.base / 1e9
    }

    /// As a standard duration, capped at what that can hold.
    pub fn to_std(&self) -> std::time::Duration {
        std::time::Duration::try_from_secs_f64(self.seconds()).unwrap_or(std::time::Duration::MAX)
    }
}

impl Bytes {
    /// Bytes.
    pub fn bytes(&self) -> f64 {
        self.0.base
    }
}

impl BytesPerTime {
    /// Bytes a day; a bare amount is taken as a day's.
    pub fn bytes_per_day(&self) -> f64 {
        match self.0.dimension() {
            Dimension::BytesPerTime => self.0.base * 86_400.0,
            _ => self.0.base,
        }
    }
}

impl Rate {
    /// Events per second.
    pub fn per_second(&self) -> f64 {
        self.0.base
    }
}

impl RatePerUnit {
    /// Events per second and unit.
    pub fn per_second(&self) -> f64 {
        self.0.base
    }
}

impl Money {
    /// Units of the currency.
    pub fn amount(&self) -> f64 {
        self.0.base
    }

    /// The currency written; `None` is the charter's.
    pub fn currency(&self) -> Option<Currency> {
        currency_of(&self.0)
    }
}

impl MoneyPerTime {
    /// Units of the currency a month of 730 hours.
    pub fn per_month(&self) -> f64 {
        self.0.base
    }

    /// The currency written; `None` is the charter's.
    pub fn currency(&self) -> Option<Currency> {
        currency_of(&self.0)
    }
}

impl MoneyPerUnit {
    /// Units of the currency for one unit.
    pub fn per_unit(&self) -> f64 {
        self.0.base
    }

    /// The currency written; `None` is the charter's.
    pub fn currency(&self) -> Option<Currency> {
        currency_of(&self.0)
    }
}

impl Share {
    /// The share, 0 to 1.
    pub fn ratio(&self) -> f64 {
        self.0.base
    }
}

impl Factor {
    /// The factor.
    pub fn factor(&self) -> f64 {
        self.0.base
    }
}

impl Count {
    /// The number. Whole and below 2^53, so the conversion is exact.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn count(&self) -> u64 {
        self.0.base as u64
    }
}

impl Number {
    /// The number; `5%` is 0.05.
    pub fn value(&self) -> f64 {
        self.0.base
    }
}

fn currency_of(quantity: &Quantity) -> Option<Currency> {
    match quantity.dimension() {
        Dimension::Money(currency) | Dimension::MoneyPerTime(currency) | Dimension::MoneyPer(currency, _) => Some(currency),
        _ => None,
    }
}

/// A day of the calendar, `2027-05-21`, checked to exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Year, 1 to 9999.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day, 1 to 31.
    pub day: u8,
}

impl Date {
    /// The date in `YYYY-MM-DD`, when such a day exists.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let digits = |from: usize, to: usize| -> Option<u16> {
            let part = text.get(from..to)?;
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten()
        };
        if bytes.len() != 10 || bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
            return None;
        }
        let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
        let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        let valid = year > 0 && day > 0 && day <= days;
        valid.then_some(Self { year, month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()? })
    }

    /// Days since 1970-01-01, negative before. Algorithm: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    pub fn days_since_epoch(self) -> i64 {
        let (year, month, day) = (i64::from(self.year), i64::from(self.month), i64::from(self.day));
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A time of day, `17:45`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
}

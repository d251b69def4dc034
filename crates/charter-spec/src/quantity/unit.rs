//! Units, dimensions and the tables that name them.
//!
//! Reading the number in front of a unit belongs to `parse`.

use std::fmt;

/// A currency by its ISO 4217 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(pub(crate) &'static str);

/// Codes that are read. A code outside the list is an unknown unit, so that a typing error is found.
const CURRENCIES: &[&str] = &[
    "USD", "EUR", "GBP", "CHF", "JPY", "CNY", "INR", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "UAH",
    "TRY", "ILS", "AED", "SAR", "ZAR", "NGN", "KES", "EGP", "BRL", "MXN", "ARS", "CLP", "COP", "KRW", "SGD", "HKD", "TWD", "THB", "IDR",
    "MYR", "PHP", "VND", "PKR", "BDT", "ISK",
];

impl Currency {
    /// The currency with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        CURRENCIES.iter().find(|known| **known == code).map(|known| Self(known))
    }

    /// The code: `USD`.
    pub fn code(self) -> &'static str {
        self.0
    }

    /// Every code that is read.
    pub fn codes() -> &'static [&'static str] {
        CURRENCIES
    }
}

/// A thing that is counted: `replica`, `request`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Noun(pub(crate) &'static str);

/// Singular and plural of what can be counted.
const NOUNS: &[(&str, &str)] = &[
    ("request", "requests"),
    ("replica", "replicas"),
    ("user", "users"),
    ("row", "rows"),
    ("token", "tokens"),
    ("item", "items"),
    ("event", "events"),
    ("message", "messages"),
    ("call", "calls"),
    ("prediction", "predictions"),
    ("job", "jobs"),
    ("document", "documents"),
    ("image", "images"),
    ("gpu", "gpus"),
    ("node", "nodes"),
    ("core", "cores"),
    ("model", "models"),
    ("session", "sessions"),
    ("order", "orders"),
    ("engineer", "engineers"),
    ("million", "million"),
    ("thousand", "thousand"),
];

impl Noun {
    /// The noun written in singular or plural.
    pub fn from_word(word: &str) -> Option<Self> {
        NOUNS.iter().find(|(one, many)| *one == word || *many == word).map(|(one, _)| Self(one))
    }

    /// The singular.
    pub fn word(self) -> &'static str {
        self.0
    }
}

/// What kind of thing a quantity measures. Only equal dimensions may be compared or added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// A bare number or a number of things.
    Count,
    /// A share or a factor: `99.9%`, `1.5x`.
    Ratio,
    /// A difference of shares: `5pp`.
    Points,
    /// A length of time.
    Time,
    /// An amount of memory or storage.
    Bytes,
    /// Events per time: `10_000 rps`, `200/s`.
    Rate,
    /// Bytes per time: `10GB/d`.
    BytesPerTime,
    /// Events per time and thing: `250 rps/replica`.
    RatePer(Noun),
    /// An amount of money.
    Money(Currency),
    /// Money per time: `480 USD/month`.
    MoneyPerTime(Currency),
    /// Money per thing: `0.2 USD/request`.
    MoneyPer(Currency, Noun),
}

impl Dimension {
    /// What the user calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Count => "number",
            Self::Ratio => "share",
            Self::Points => "percentage points",
            Self::Time => "time",
            Self::Bytes => "bytes",
            Self::Rate => "rate",
            Self::BytesPerTime => "bytes per time",
            Self::RatePer(_) => "rate per unit",
            Self::Money(_) => "money",
            Self::MoneyPerTime(_) => "money per time",
            Self::MoneyPer(..) => "money per unit",
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RatePer(noun) => write!(formatter, "rate per {}", noun.word()),
            Self::Money(currency) => write!(formatter, "money in {}", currency.code()),
            Self::MoneyPerTime(currency) => write!(formatter, "money in {} per time", currency.code()),
            Self::MoneyPer(currency, noun) => write!(formatter, "money in {} per {}", currency.code(), noun.word()),
            _ => formatter.write_str(self.word()),
        }
    }
}

/// A unit: its dimension and how much of the base unit it is, `factor ÷ divisor × 10^exponent`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// What it measures.
    pub dimension: Dimension,
    /// The part of the scale that is no power of ten.
    pub factor: f64,
    /// What the scale is divided by; kept apart, because a tenth is no exact number and a division rounds once.
    pub divisor: f64,
    /// The power of ten of the scale.
    pub exponent: i32,
}

/// Hours of a month in prices: 365 × 24 ÷ 12.
pub(crate) const MONTH_HOURS: f64 = 730.0;

const TIMES: &[(&[&str], f64, i32)] = &[
    (&["ns"], 1.0, 0),
    (&["us", "µs"], 1.0, 3),
    (&["ms"], 1.0, 6),
    (&["s", "sec", "second", "seconds"], 1.0, 9),
    (&["m", "min", "minute", "minutes"], 60.0, 9),
    (&["h", "hour", "hours"], 3600.0, 9),
    (&["d", "day", "days"], 86_400.0, 9),
    (&["w", "week", "weeks"], 604_800.0, 9),
    (&["month", "months"], MONTH_HOURS * 3600.0, 9),
    (&["y", "year", "years"], MONTH_HOURS * 3600.0 * 12.0, 9),
];

const BYTES: &[(&[&str], f64, i32)] = &[
    (&["B", "byte", "bytes"], 1.0, 0),
    (&["kB", "KB"], 1.0, 3),
    (&["MB"], 1.0, 6),
    (&["GB"], 1.0, 9),
    (&["TB"], 1.0, 12),
    (&["PB"], 1.0, 15),
    (&["KiB"], 1024.0, 0),
    (&["MiB"], 1_048_576.0, 0),
    (&["GiB"], 1_073_741_824.0, 0),
    (&["TiB"], 1_099_511_627_776.0, 0),
];

impl Unit {
    /// No unit: a bare number.
    pub const NONE: Self = Self { dimension: Dimension::Count, factor: 1.0, divisor: 1.0, exponent: 0 };

    /// A unit without a slash.
    pub(crate) fn simple(word: &str) -> Option<Self> {
        let of = |dimension, factor, exponent| Some(Self { dimension, factor, divisor: 1.0, exponent });
        match word {
            "%" => return of(Dimension::Ratio, 1.0, -2),
            "x" => return of(Dimension::Ratio, 1.0, 0),
            "pp" => return of(Dimension::Points, 1.0, -2),
            "rps" => return of(Dimension::Rate, 1.0, 0),
            "million" => return of(Dimension::Count, 1.0, 6),
            "thousand" => return of(Dimension::Count, 1.0, 3),
            _ => {}
        }
        let find = |table: &[(&[&str], f64, i32)]| {
            table.iter().find(|(names, ..)| names.contains(&word)).map(|(_, factor, exponent)| (*factor, *exponent))
        };
        if let Some((factor, exponent)) = find(TIMES) {
            return of(Dimension::Time, factor, exponent);
        }
        if let Some((factor, exponent)) = find(BYTES) {
            return of(Dimension::Bytes, factor, exponent);
        }
        if let Some(currency) = Currency::from_code(word) {
            return of(Dimension::Money(currency), 1.0, 0);
        }
        Noun::from_word(word).map(|_| Self::NONE)
    }

    /// The unit per `word`: `USD` per `month`, `rps` per `replica`.
    pub(crate) fn per(self, word: &str) -> Option<Self> {
        let time = Self::simple(word).filter(|unit| unit.dimension == Dimension::Time);
        if let Some(time) = time {
            // Base of time is the nanosecond, of rates the second: 9 powers of ten apart.
            let exponent = self.exponent - time.exponent + 9;
            let (dimension, factor) = match self.dimension {
                Dimension::Count => (Dimension::Rate, self.factor),
                Dimension::Bytes => (Dimension::BytesPerTime, self.factor),
                Dimension::Money(currency) => (Dimension::MoneyPerTime(currency), self.factor * MONTH_HOURS * 3600.0),
                _ => return None,
            };
            let whole = factor % time.factor == 0.0;
            let (factor, divisor) = if whole { (factor / time.factor, 1.0) } else { (factor, time.factor) };
            return Some(Self { dimension, factor, divisor, exponent });
        }
        let of = |dimension, factor, exponent| Some(Self { dimension, factor, divisor: self.divisor, exponent });
        let noun = Noun::from_word(word)?;
        match (self.dimension, noun.word()) {
            (Dimension::Money(currency), "million") => of(Dimension::MoneyPer(currency, Noun("item")), 1.0, self.exponent - 6),
            (Dimension::Money(currency), "thousand") => of(Dimension::MoneyPer(currency, Noun("item")), 1.0, self.exponent - 3),
            (Dimension::Money(currency), _) => of(Dimension::MoneyPer(currency, noun), self.factor, self.exponent),
            (Dimension::Rate, _) => of(Dimension::RatePer(noun), self.factor, self.exponent),
            _ => None,
        }
    }

    pub(crate) fn time_words() -> impl Iterator<Item = &'static str> {
        TIMES.iter().flat_map(|(names, ..)| names.iter().copied())
    }

    pub(crate) fn byte_words() -> impl Iterator<Item = &'static str> {
        BYTES.iter().flat_map(|(names, ..)| names.iter().copied())
    }

    pub(crate) fn noun_words() -> impl Iterator<Item = &'static str> {
        NOUNS.iter().flat_map(|(one, many)| [*one, *many])
    }

    /// Every word that is a unit by itself, for suggestions.
    pub(crate) fn words() -> Vec<&'static str> {
        let mut words = vec!["%", "x", "pp", "rps"];
        for (names, ..) in TIMES.iter().chain(BYTES) {
            words.extend(names.iter());
        }
        words.extend(CURRENCIES);
        words.extend(NOUNS.iter().map(|(_, many)| many));
        words
    }
}

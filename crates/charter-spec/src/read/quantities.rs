//! Reading quantities of a wanted dimension, dates and currencies.

use serde_json::{Value as Json, json};

use super::text::{Expected, read_text, report_trap, short};
use super::{Reader, Schemas, Value, describe, pattern_schema, takes, with_examples, with_units};
use crate::diagnostic::{Code, Diagnostic};
use crate::quantity::{
    Bytes, BytesPerTime, Count, Currency, Date, Dimension, Duration, DurationRange, Factor, Money, MoneyPerTime, MoneyPerUnit, NUMBER_MAX,
    Number, Quantity, Rate, RatePerUnit, Share, Unit, parse_quantity,
};
use crate::source::{Span, Spanned};
use crate::yaml::{Node, Trap, trap};

/// The number in front of a unit, as `parse_quantity` reads it, without a sign.
const NUMBER: &str = r"(0|[1-9](_?[0-9])*)(\.[0-9](_?[0-9])*)?(e[+-]?[0-9]{1,3})?";

/// Reads any quantity; problems are reported.
pub(crate) fn read_quantity(node: &Node, expected: &str, reader: &mut Reader<'_>) -> Option<Quantity> {
    if let Some(scalar) = node.scalar()
        && scalar.is_plain()
        && matches!(trap(&scalar.text), Some(Trap::Truth(_) | Trap::Sexagesimal | Trap::Octal | Trap::Based))
    {
        report_trap(node, Expected::Other, reader);
        return None;
    }
    let text = read_text(node, expected, reader)?;
    match parse_quantity(text) {
        Ok(quantity) => {
            remember_currency(&quantity, node.span, reader);
            Some(quantity)
        }
        Err(error) => {
            let span = node.inner(reader.files, error.start, error.end);
            let diagnostic = Diagnostic::reading(Code::Quantity, span, format!("`{}` is not {expected}: {}", short(text), error.message));
            reader.report(diagnostic.help(error.help.unwrap_or_else(|| format!("write {expected}"))));
            None
        }
    }
}

pub(crate) fn remember_currency(quantity: &Quantity, span: Span, reader: &mut Reader<'_>) {
    if let Dimension::Money(currency) | Dimension::MoneyPerTime(currency) | Dimension::MoneyPer(currency, _) = quantity.dimension() {
        reader.currencies.push(Spanned::new(currency, span));
    }
}

/// A quantity that a key takes.
struct Wanted {
    /// What is written: `a time such as `80ms``.
    expected: &'static str,
    /// Whether a dimension fits.
    fits: fn(Dimension) -> bool,
    /// What is wrong with a value of the dimension.
    range: fn(&Quantity) -> Option<&'static str>,
}

fn read_wanted(node: &Node, wanted: &Wanted, reader: &mut Reader<'_>) -> Option<Quantity> {
    let quantity = read_quantity(node, wanted.expected, reader)?;
    let dimension = quantity.dimension();
    if !(wanted.fits)(dimension) {
        let what = if quantity.unit == Unit::NONE { "a number without a unit".to_owned() } else { format!("{dimension}") };
        let diagnostic = Diagnostic::reading(Code::Dimension, node.span, format!("`{quantity}` is {what}, not {}", wanted.expected));
        let diagnostic = reader.with_key(diagnostic, &format!("this key takes {}", wanted.expected));
        reader.report(diagnostic.help(format!("write {}", wanted.expected)));
        return None;
    }
    if let Some(problem) = (wanted.range)(&quantity) {
        let diagnostic = Diagnostic::reading(Code::Range, node.span, format!("`{quantity}` {problem}"));
        reader.report(diagnostic.help(format!("write {}", wanted.expected)));
        return None;
    }
    if let Some(bound) = reader.bound
        && let Some(problem) = bound.problem(&quantity)
    {
        let diagnostic = Diagnostic::reading(Code::Range, node.span, format!("`{quantity}` {problem}"));
        let diagnostic = reader.with_key(diagnostic, bound.rule());
        reader.report(diagnostic.help(format!("write {}, {}, or remove the key", wanted.expected, bound.limit())));
        return None;
    }
    Some(quantity)
}

fn not_negative(quantity: &Quantity) -> Option<&'static str> {
    quantity.base.is_sign_negative().then_some("is negative")
}

fn any(_: &Quantity) -> Option<&'static str> {
    None
}

fn whole(quantity: &Quantity) -> Option<&'static str> {
    if quantity.base.is_sign_negative() {
        return Some("is negative");
    }
    // The bound of every number is below 2^53, up to which whole numbers are exact.
    (quantity.base.fract() != 0.0).then_some("is no whole number")
}

fn share(quantity: &Quantity) -> Option<&'static str> {
    if (0.0..=1.0).contains(&quantity.base) && !quantity.base.is_sign_negative() {
        return None;
    }
    Some(if quantity.unit == Unit::NONE && quantity.base > 1.0 {
        "is more than the whole; `%` may be missing"
    } else {
        "is not between 0 and 100 %"
    })
}

fn factor(quantity: &Quantity) -> Option<&'static str> {
    (quantity.base <= 0.0).then_some("is not above 0")
}

macro_rules! wanted {
    ($($name:ident: $expected:literal, $fits:pat, $range:expr, $schema:expr;)*) => {
        $(
            impl Value for $name {
                fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
                    let wanted = Wanted { expected: $expected, fits: |dimension| matches!(dimension, $fits), range: $range };
                    read_wanted(node, &wanted, reader).map(Self)
                }

                fn schema(schemas: &mut Schemas) -> Json {
                    schemas.define(stringify!($name), |_| with_units(documented($schema, $expected), units(stringify!($name))))
                }
            }
        )*
    };
}

wanted! {
    Duration: "a time such as `80ms`", Dimension::Time, not_negative, text_only(&time());
    Bytes: "an amount of bytes such as `7GB`", Dimension::Bytes, not_negative, text_only(&bytes());
    BytesPerTime: "an amount of bytes such as `10GB` or `10GB/d`", Dimension::Bytes | Dimension::BytesPerTime, not_negative,
        text_only(&format!(r"{}(\s*/\s*{})?", bytes(), time()));
    Rate: "a rate such as `10_000 rps` or `200/s`", Dimension::Rate, not_negative, text_only(&rate());
    RatePerUnit: "a rate such as `250 rps/replica`", Dimension::Rate | Dimension::RatePer(_), not_negative,
        text_only(&format!(r"{}(\s*/\s*{})?", rate(), nouns()));
    Money: "an amount of money such as `180 USD`", Dimension::Money(_) | Dimension::Count, not_negative,
        number_or(&format!("({})?", currencies()), 0.0);
    MoneyPerTime: "money per time such as `480 USD/month`", Dimension::MoneyPerTime(_) | Dimension::Count, not_negative,
        number_or(&format!(r"({}\s*/\s*{})?", currencies(), time()), 0.0);
    MoneyPerUnit: "money per unit such as `0.2 USD/request` or `3 USD/million`", Dimension::MoneyPer(..) | Dimension::Count, not_negative,
        number_or(&format!(r"({}\s*/\s*{})?", currencies(), nouns()), 0.0);
    Share: "a share such as `5%` or `0.05`", Dimension::Ratio | Dimension::Count, share,
        json!({ "type": ["string", "number"], "minimum": 0, "maximum": 1,
            "pattern": r"^(((0|[1-9](_?[0-9])?)(\.[0-9](_?[0-9])*)?|100(\.0+)?)\s*%|0(\.[0-9](_?[0-9])*)?(\s*x)?|1(\.0+)?(\s*x)?)$" });
    Factor: "a factor such as `1.75` or `1.5x`", Dimension::Ratio | Dimension::Count, factor,
        json!({ "type": ["string", "number"], "exclusiveMinimum": 0, "maximum": NUMBER_MAX, "pattern": format!(r"^(?=.*[1-9]){NUMBER}\s*[x%]?$") });
    Count: "a whole number such as `32` or `10_000`", Dimension::Count, whole,
        json!({ "type": ["string", "integer"], "minimum": 0, "maximum": NUMBER_MAX,
            "pattern": format!(r"^(0|[1-9](_?[0-9])*)(\s*{})?$", nouns()) });
    Number: "a number such as `0.9` or `5%`", Dimension::Count | Dimension::Ratio | Dimension::Points, any,
        json!({ "type": ["string", "number"], "minimum": -NUMBER_MAX, "maximum": NUMBER_MAX, "pattern": format!(r"^-?{NUMBER}\s*(%|x|pp|{})?$", nouns()) });
}

/// The units that editors offer behind a number: one word each, where a unit has several names.
fn units(name: &str) -> &'static [&'static str] {
    match name {
        "Duration" => &["ms", "s", "min", "h", "d", "w", "months"],
        "Bytes" => &["kB", "MB", "GB", "TB"],
        "BytesPerTime" => &["MB", "GB", "TB", "GB/d", "TB/d"],
        "Rate" => &["rps", "/s", "/min", "/h"],
        "RatePerUnit" => &["rps", "rps/replica"],
        "Money" => &["EUR", "USD"],
        "MoneyPerTime" => &["EUR/month", "USD/month"],
        "MoneyPerUnit" => &["EUR/request", "USD/request", "EUR/million", "USD/million"],
        "Share" => &["%"],
        "Factor" => &["x"],
        _ => &[],
    }
}

/// A schema with what it takes said for people: `a time such as `80ms``.
fn documented(schema: Json, expected: &str) -> Json {
    with_examples(takes(describe(schema, expected), expected), expected)
}

fn text_only(unit: &str) -> Json {
    json!({ "type": "string", "pattern": format!(r"^{NUMBER}\s*{unit}$") })
}

fn number_or(unit: &str, minimum: f64) -> Json {
    // A minimum is for numbers only and a pattern for text only; one schema rather than two alternatives gives one clear message.
    json!({ "type": ["string", "number"], "minimum": minimum, "maximum": NUMBER_MAX, "pattern": format!(r"^{NUMBER}\s*{unit}$") })
}

fn alternatives(words: impl IntoIterator<Item = &'static str>) -> String {
    // The longest come first: some engines take the first alternative that matches.
    let mut words: Vec<&str> = words.into_iter().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    format!("({})", words.join("|"))
}

fn time() -> String {
    alternatives(Unit::time_words())
}

fn bytes() -> String {
    alternatives(Unit::byte_words())
}

fn nouns() -> String {
    alternatives(Unit::noun_words())
}

fn currencies() -> String {
    alternatives(Currency::codes().iter().copied())
}

fn rate() -> String {
    format!(r"(rps|({})?\s*/\s*{})", nouns(), time())
}

impl DurationRange {
    /// Reads `2w..4w`, `2..4w`, `4-6w`, `2w`. The parts of an error are ranges inside the text.
    fn parse(text: &str) -> Result<Self, (String, usize, usize)> {
        let single = |part: &str, start: usize| match parse_quantity(part) {
            Ok(quantity) if quantity.dimension() == Dimension::Time && !quantity.base.is_sign_negative() => Ok(Duration(quantity)),
            Ok(quantity) => Err((format!("`{quantity}` is no time"), start, start + part.len())),
            Err(error) => Err((error.message, start + error.start, start + error.end)),
        };
        let parts = text.split_once("..").map(|parts| (parts, 2)).or_else(|| text.split_once('-').map(|parts| (parts, 1)));
        let Some(((low, high), width)) = parts else {
            let value = single(text, 0)?;
            return Ok(Self { low: value.clone(), high: value });
        };
        let high_start = low.len() + width + (high.len() - high.trim_start().len());
        let high = single(high.trim(), high_start)?;
        let mut low_text = low.trim().to_owned();
        if low_text.bytes().last().is_some_and(|byte| byte.is_ascii_digit()) {
            // `4-6w`: the unit of the upper end is meant for both.
            let unit: String = high
                .text
                .trim_start_matches(|character: char| character.is_ascii_digit() || character == '_' || character == '.')
                .trim()
                .to_owned();
            low_text.push_str(&unit);
        }
        let low = single(&low_text, 0)?;
        if low.nanos() > high.nanos() {
            return Err(("the range runs from the lower to the higher value".to_owned(), 0, text.len()));
        }
        Ok(Self { low, high })
    }
}

impl Value for DurationRange {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let expected = "a time such as `4w`, or a range such as `2w..4w`";
        let text = read_text(node, expected, reader)?;
        match Self::parse(text) {
            Ok(range) => Some(range),
            Err((message, start, end)) => {
                let span = node.inner(reader.files, start, end);
                let code = if message.starts_with("the range") { Code::Range } else { Code::Quantity };
                reader.report(
                    Diagnostic::reading(code, span, format!("`{}` is not {expected}: {message}", short(text)))
                        .help(format!("write {expected}")),
                );
                None
            }
        }
    }

    fn schema(schemas: &mut Schemas) -> Json {
        schemas.define("DurationRange", |_| {
            let time = time();
            let expected = "a time such as `4w`, or a range such as `2w..4w`";
            let pattern = format!(r"^{NUMBER}\s*{time}$|^{NUMBER}\s*({time})?\s*(\.\.|-)\s*{NUMBER}\s*{time}$");
            with_units(documented(pattern_schema(&pattern, expected), expected), units("Duration"))
        })
    }
}

impl Value for Date {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = read_text(node, "a day such as `2027-05-21`", reader)?;
        let date = Self::parse(text);
        if date.is_none() {
            reader.report(
                Diagnostic::reading(Code::Date, node.span, format!("`{}` is no day of the calendar", short(text)))
                    .help("write year, month and day: `2027-05-21`"),
            );
        }
        date
    }

    fn schema(schemas: &mut Schemas) -> Json {
        let expected = "a day such as `2027-05-21`";
        let pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";
        schemas.define("Date", |_| documented(pattern_schema(pattern, expected), expected))
    }
}

impl Value for Currency {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = read_text(node, "a currency such as `EUR`", reader)?;
        let currency = Self::from_code(text);
        if currency.is_none() {
            let help = match crate::names::nearest(text, Self::codes().iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write the three letters of ISO 4217, such as `EUR`".to_owned(),
            };
            reader.report(
                Diagnostic::reading(Code::Word, node.span, format!("`{}` is no currency that is known here", short(text)))
                    .help(help)
                    .meant(node.span, crate::names::only_nearest(text, Self::codes().iter().copied())),
            );
        }
        currency
    }

    fn schema(schemas: &mut Schemas) -> Json {
        let schema = json!({ "description": "a currency by its ISO 4217 code", "type": "string", "enum": Self::codes() });
        schemas.define("Currency", |_| takes(schema, "a currency by its ISO 4217 code, such as `EUR`"))
    }
}

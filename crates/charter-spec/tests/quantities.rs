//! Quantities: values, dimensions, exactness, and what is refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by panicking")]

use charter_spec::quantity::{Date, parse_quantity};
use charter_spec::{Dimension, Quantity};
use proptest::prelude::*;

fn quantity(text: &str) -> Quantity {
    parse_quantity(text).unwrap_or_else(|error| panic!("`{text}`: {error:?}"))
}

#[test]
fn quantities_have_their_base_value() {
    for (text, base, dimension) in [
        ("80ms", 8e7, "time"),
        ("1.5 s", 1.5e9, "time"),
        ("8w", 8.0 * 604_800e9, "time"),
        ("1d", 86_400e9, "time"),
        ("2 hours", 7_200e9, "time"),
        ("7GB", 7e9, "bytes"),
        ("16GiB", 17_179_869_184.0, "bytes"),
        ("2.7TB", 2.7e12, "bytes"),
        ("10_000rps", 1e4, "rate"),
        ("10_000 rps", 1e4, "rate"),
        ("200/s", 200.0, "rate"),
        ("600 requests/min", 10.0, "rate"),
        ("250 rps/replica", 250.0, "rate per replica"),
        ("10GB/d", 1e10 / 86_400.0, "bytes per time"),
        ("180 USD", 180.0, "money in USD"),
        ("480 USD/month", 480.0, "money in USD per time"),
        ("1 EUR/h", 730.0, "money in EUR per time"),
        ("0.2 USD/request", 0.2, "money in USD per request"),
        ("3 USD/million", 3e-6, "money in USD per item"),
        ("99.9%", 0.999, "share"),
        ("1.5x", 1.5, "share"),
        ("5pp", 0.05, "percentage points"),
        ("10_000", 1e4, "number"),
        ("32 items", 32.0, "number"),
        ("-3", -3.0, "number"),
        ("1e3", 1e3, "number"),
    ] {
        let quantity = quantity(text);
        assert_eq!((quantity.base, quantity.dimension().to_string().as_str()), (base, dimension), "{text}");
        assert_eq!(&*quantity.text, text);
    }
}

#[test]
fn decimal_shares_are_rounded_once() {
    for (text, value) in [("99.9%", 0.999), ("0.1%", 0.001), ("99.857%", 0.99857), ("14.3%", 0.143)] {
        assert_eq!(quantity(text).base, value, "{text}");
    }
}

#[test]
fn sums_of_milliseconds_are_exact() {
    let stages = ["20ms", "10ms", "15ms", "80ms", "15ms", "5ms", "20ms", "35ms"];
    assert_eq!(stages.iter().map(|stage| quantity(stage).base).sum::<f64>(), quantity("200ms").base);
}

#[test]
fn what_is_no_quantity_is_refused_with_its_place() {
    for (text, part) in [
        ("", ""),
        ("fast", "fast"),
        ("80 mss", "mss"),
        ("80 rsp", "rsp"),
        ("1__0", "1__0"),
        ("1_", "1_"),
        ("012", "012"),
        ("1.5.2", ".2"),
        ("1e999", "1e999"),
        ("NaN", "NaN"),
        ("inf", "inf"),
        ("5 USD/EUR", "USD/EUR"),
        ("5 ms/replica", "ms/replica"),
        ("5%%", "%%"),
        ("5 ", "5 "),
        ("5//s", "//s"),
    ] {
        let error = parse_quantity(text).unwrap_err();
        assert_eq!(&text[error.start..error.end], part, "{text}: {error:?}");
    }
    assert!(parse_quantity(&"9".repeat(400)).is_err());
    assert_eq!(parse_quantity("10 rsp").unwrap_err().help.as_deref(), Some("did you mean `rps`?"));
}

#[test]
fn dates_exist() {
    let date = Date::parse("2027-05-21").unwrap();
    assert_eq!((date.to_string().as_str(), date.days_since_epoch()), ("2027-05-21", 20_959));
    assert_eq!(Date::parse("1970-01-01").unwrap().days_since_epoch(), 0);
    assert_eq!(Date::parse("2000-03-01").unwrap().days_since_epoch(), 11_017);
    for wrong in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01", "2026-1-1", "26-01-01", "2026-01-011", "２026-01-1"]
    {
        assert_eq!(Date::parse(wrong), None, "{wrong}");
    }
    assert!(Date::parse("2028-02-29").is_some() && Date::parse("1900-02-29").is_none());
}

proptest! {
    #[test]
    fn any_text_is_a_quantity_or_an_error_inside_it(text in "[0-9a-zA-Z%/_.µ $-]{0,20}") {
        match parse_quantity(&text) {
            Ok(quantity) => {
                prop_assert!(quantity.base.is_finite() && quantity.number.is_finite());
                prop_assert_eq!(&*quantity.text, text.as_str());
            }
            Err(error) => prop_assert!(error.start <= error.end && text.get(error.start..error.end).is_some()),
        }
    }

    #[test]
    fn whole_numbers_of_milliseconds_are_whole_nanoseconds(millis in 0u32..2_000_000) {
        let quantity = quantity(&format!("{millis}ms"));
        prop_assert_eq!(quantity.base, f64::from(millis) * 1e6);
        prop_assert!(quantity.dimension() == Dimension::Time);
    }
}

#[test]
fn amounts_that_cannot_occur_are_refused() {
    for text in
        ["1e16", "2e15 rps", "1e15 y", "1001 years", "1e10 PB", "1e7PB/s", "1e16 USD", "1e-16", "-1e16", "1e300 rps/replica", "1e-20 USD"]
    {
        let error = parse_quantity(text).unwrap_err();
        assert!(error.message.contains("more than") || error.message.contains("closer to 0"), "{text}: {}", error.message);
        assert!(error.help.is_some(), "{text}");
    }
    for text in ["1e15", "1000 years", "900_000 PB", "1e-15", "0", "0e9 rps", "0.0", "3 USD/million", "1ns"] {
        assert!(parse_quantity(text).is_ok(), "{text}");
    }
}

//! Figures as people write them.

use charter_plan::arithmetic::derivation::number;
use charter_spec::Spanned;
use charter_spec::quantity::Duration;

/// A number with what is counted, of which `one` is the singular: `1 week`, `1.5 weeks`.
pub(super) fn amount(value: f64, one: &str) -> String {
    let text = number(value);
    let plural = if text == "1" { "" } else { "s" };
    format!("{text} {one}{plural}")
}

/// A length of time as written, with what it is in seconds unless that says the same: `1d = 86,400 s`, `5 s`.
pub(super) fn in_seconds(duration: &Spanned<Duration>) -> String {
    let (written, seconds) = (duration.value.to_string(), number(duration.seconds()));
    if written.replace(['_', ','], "") == format!("{}s", seconds.replace(',', "")) {
        format!("{seconds} s")
    } else {
        format!("{written} = {seconds} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_everything_else_plural() {
        assert_eq!(amount(1.0, "week"), "1 week");
        assert_eq!(amount(0.0, "week"), "0 weeks");
        assert_eq!(amount(1.5, "week"), "1.5 weeks");
        assert_eq!(amount(12_000.0, "day"), "12,000 days");
    }
}

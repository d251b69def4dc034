//! Numbers of JSON, exactly: floats rounded once, integers never through a float.
//!
//! A scan keeps the first 19 digits as an integer and the power of ten. Most numbers of real requests are then exact with one
//! multiplication or division (Clinger, "How to Read Floating Point Numbers Accurately", 1990); the rest goes to the standard library,
//! which rounds correctly.

/// A number as it stands in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number<'a> {
    text: &'a [u8],
    negative: bool,
    /// All digits without the point, when they fit.
    mantissa: u64,
    /// Power of ten of the mantissa's last digit.
    exponent: i32,
    /// Whether `mantissa` and `exponent` say all.
    exact: bool,
    /// Whether it is written without fraction and exponent.
    integral: bool,
}

const POWERS: [f64; 23] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];
const MANTISSA_DIGITS_MAX: usize = 19;

impl<'a> Number<'a> {
    /// Reads the number that `text` starts with, by the grammar of RFC 8259; `None` when there is none.
    #[inline]
    pub(super) fn scan(text: &'a [u8]) -> Option<Self> {
        let mut at = 0;
        let negative = text.first() == Some(&b'-');
        if negative {
            at = 1;
        }
        let mut mantissa = 0_u64;
        let start = at;
        at = digits(text, at, &mut mantissa);
        let mut count = at - start;
        if count == 0 || (count > 1 && text.get(start) == Some(&b'0')) {
            return None;
        }
        let mut exponent = 0_i32;
        let mut integral = true;
        if text.get(at) == Some(&b'.') {
            integral = false;
            let start = at + 1;
            at = digits(text, start, &mut mantissa);
            let fraction = at - start;
            if fraction == 0 {
                return None;
            }
            count += fraction;
            exponent = i32::try_from(fraction).map_or(i32::MIN / 2, |fraction| -fraction);
        }
        if matches!(text.get(at), Some(b'e' | b'E')) {
            integral = false;
            at += 1;
            let down = text.get(at) == Some(&b'-');
            if down || text.get(at) == Some(&b'+') {
                at += 1;
            }
            let mut power = 0_u64;
            let start = at;
            at = digits(text, at, &mut power);
            if at == start {
                return None;
            }
            let power = if at - start > 9 { 1_000_000_000 } else { i32::try_from(power).unwrap_or(1_000_000_000) };
            exponent = exponent.saturating_add(if down { -power } else { power });
        }
        Some(Self { text: text.get(..at)?, negative, mantissa, exponent, exact: count <= MANTISSA_DIGITS_MAX, integral })
    }

    /// Length in the text, in bytes.
    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    /// The nearest `f64`, infinite when the number is too large.
    #[inline]
    pub(super) fn to_f64(self) -> f64 {
        self.short_f64().unwrap_or_else(|| self.parse())
    }

    /// The nearest `f32`, infinite when the number is too large.
    #[inline]
    pub(super) fn to_f32(self) -> f32 {
        if let Some(double) = self.short_f64() {
            // Rounding is monotone and every midpoint of two floats is a double. So a double that is no midpoint lies on the same side of
            // it as the number itself, and rounding it again gives what one rounding would have given. Subnormal floats have other
            // midpoints.
            let midpoint = double.to_bits() & 0x1fff_ffff == 0x1000_0000;
            let normal = double == 0.0 || double.abs() >= f64::from(f32::MIN_POSITIVE);
            if normal && !midpoint {
                #[expect(clippy::cast_possible_truncation, reason = "rounding to the nearest float is what is asked for")]
                return double as f32;
            }
        }
        self.parse()
    }

    /// The `f64` that one exact operation gives, if one does.
    #[inline]
    fn short_f64(self) -> Option<f64> {
        if !self.exact || self.mantissa > 1 << 53 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "at most 2^53, so exact")]
        let digits = self.mantissa as f64;
        let power = *POWERS.get(self.exponent.unsigned_abs() as usize)?;
        let value = if self.exponent < 0 { digits / power } else { digits * power };
        Some(if self.negative { -value } else { value })
    }

    fn parse<T: std::str::FromStr + Default>(self) -> T {
        // INVARIANT: `scan` accepts a subset of what the standard library parses, in ASCII.
        std::str::from_utf8(self.text).ok().and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    /// The integer, when it is written as one and fits 128 bits by far.
    pub(super) fn to_integer(self) -> Option<i128> {
        if !self.integral {
            return None;
        }
        let magnitude = if self.exact {
            i128::from(self.mantissa)
        } else if self.text.len() <= 39 {
            std::str::from_utf8(self.text).ok()?.trim_start_matches('-').parse::<i128>().ok()?
        } else {
            i128::MAX
        };
        Some(if self.negative { -magnitude } else { magnitude })
    }
}

/// Appends the digits from `at` on to `value` and says where they end. The sum wraps; `count` tells the caller when it must not be used.
#[inline]
fn digits(text: &[u8], mut at: usize, value: &mut u64) -> usize {
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit <= 9) {
        *value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_grammar_of_json_is_kept() {
        for good in ["0", "-0", "1", "10", "1.5", "1e5", "1E+5", "-1.25e-3", "123456789012345678901234567890"] {
            assert_eq!(Number::scan(good.as_bytes()).map(|number| number.length()), Some(good.len()), "{good}");
        }
        for bad in ["", "-", "01", "+1", ".5", "1.", "1e", "1e+", "NaN", "-Infinity", "00"] {
            assert!(Number::scan(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_value_halfway_between_two_floats_is_rounded_once() {
        // 1 + 2^-24 is the midpoint of 1 and the next float; a little above it must round up.
        let text = "1.00000005960464477540";
        assert_eq!(Number::scan(text.as_bytes()).map(Number::to_f32), text.parse().ok());
        let text = "1.0000000596046448";
        assert_eq!(Number::scan(text.as_bytes()).map(Number::to_f32), text.parse().ok());
    }

    #[test]
    fn integers_are_never_rounded() {
        assert_eq!(Number::scan(b"18446744073709551615").and_then(Number::to_integer), Some(i128::from(u64::MAX)));
        assert_eq!(Number::scan(b"-9223372036854775809").and_then(Number::to_integer), Some(i128::from(i64::MIN) - 1));
        assert_eq!(Number::scan(b"1.0").and_then(Number::to_integer), None);
    }

    proptest! {
        #[test]
        fn floats_are_what_the_standard_library_says(mantissa in any::<u64>(), point in 0_usize..25, power in -60_i32..60) {
            let digits = mantissa.to_string();
            let text = if point == 0 || point >= digits.len() { format!("{digits}e{power}") } else { format!("{}.{}e{power}", &digits[..point], &digits[point..]) };
            let number = Number::scan(text.as_bytes()).unwrap();
            prop_assert_eq!(number.to_f64().to_bits(), text.parse::<f64>().unwrap().to_bits());
            prop_assert_eq!(number.to_f32().to_bits(), text.parse::<f32>().unwrap().to_bits());
        }

        #[test]
        fn every_short_decimal_is_the_nearest_float(value in any::<f32>().prop_filter("finite", |value| value.is_finite())) {
            let text = format!("{value}");
            prop_assert_eq!(Number::scan(text.as_bytes()).unwrap().to_f32().to_bits(), value.to_bits());
        }
    }
}

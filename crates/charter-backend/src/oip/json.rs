//! Values in JSON: flat or nested lists, read into one typed column with a limit on count and depth.
//!
//! Shapes are checked by who asks; names and datatypes do not belong here.

use charter_engine::{Texts, Values};
use charter_plan::tensor::Datatype;
use half::{bf16, f16};
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;

/// Lists in lists; a tensor has at most 8 dimensions.
const DEPTH_MAX: u8 = 8;

/// Reads exactly `count` values.
pub(super) fn read(text: &str, datatype: Datatype, count: usize) -> Result<Values, String> {
    Ok(match datatype {
        Datatype::Bool => Values::Bool(list(text, count)?),
        Datatype::Uint8 => Values::Uint8(list(text, count)?),
        Datatype::Uint16 => Values::Uint16(list(text, count)?),
        Datatype::Uint32 => Values::Uint32(list(text, count)?),
        Datatype::Uint64 => Values::Uint64(list(text, count)?),
        Datatype::Int8 => Values::Int8(list(text, count)?),
        Datatype::Int16 => Values::Int16(list(text, count)?),
        Datatype::Int32 => Values::Int32(list(text, count)?),
        Datatype::Int64 => Values::Int64(list(text, count)?),
        Datatype::Fp16 => Values::Fp16(list(text, count)?),
        Datatype::Bf16 => Values::Bf16(list(text, count)?),
        Datatype::Fp32 => Values::Fp32(list(text, count)?),
        Datatype::Fp64 => Values::Fp64(list(text, count)?),
        Datatype::Bytes => Values::Bytes(list::<String>(text, count)?.iter().collect::<Texts>()),
    })
}

fn list<T: Scalar>(text: &str, count: usize) -> Result<Vec<T>, String> {
    // The count is the upstream's word until the values are there.
    let mut values = Vec::with_capacity(count.min(text.len() / 2 + 1));
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let outcome = Flatten { values: &mut values, count, depth: 0 }.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if outcome.is_err() {
        return Err("holds values that its datatype or shape does not allow".into());
    }
    if values.len() == count { Ok(values) } else { Err("holds fewer values than its shape says".into()) }
}

/// A value as JSON writes it; `None` when the type does not have it.
trait Scalar: Sized {
    const EXPECTED: &'static str;
    fn from_bool(_: bool) -> Option<Self> {
        None
    }
    fn from_integer(_: i128) -> Option<Self> {
        None
    }
    fn from_float(_: f64) -> Option<Self> {
        None
    }
    fn from_text(_: &str) -> Option<Self> {
        None
    }
}

impl Scalar for bool {
    const EXPECTED: &'static str = "true or false";
    fn from_bool(value: bool) -> Option<Self> {
        Some(value)
    }
    /// Some servers write booleans as numbers.
    fn from_integer(value: i128) -> Option<Self> {
        match value {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Scalar for String {
    const EXPECTED: &'static str = "a text";
    fn from_text(value: &str) -> Option<Self> {
        Some(value.to_owned())
    }
}

macro_rules! integer {
    ($($type:ty)*) => {$(
        impl Scalar for $type {
            const EXPECTED: &'static str = "an integer";
            fn from_integer(value: i128) -> Option<Self> {
                Self::try_from(value).ok()
            }
            fn from_float(value: f64) -> Option<Self> {
                // Python servers write `3.0` for an integer; beyond 2^53 a float no longer tells integers apart.
                (value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0).then(|| Self::try_from(value as i64).ok()).flatten()
            }
        }
    )*};
}
integer!(u8 u16 u32 u64 i8 i16 i32 i64);

macro_rules! float {
    ($($type:ty, $narrow:expr, $is_finite:expr;)*) => {$(
        impl Scalar for $type {
            const EXPECTED: &'static str = "a number";
            fn from_integer(value: i128) -> Option<Self> {
                Self::from_float(value as f64)
            }
            fn from_float(value: f64) -> Option<Self> {
                Some($narrow(value)).filter($is_finite)
            }
        }
    )*};
}
float! {
    f16, f16::from_f64, |value: &f16| value.is_finite();
    bf16, bf16::from_f64, |value: &bf16| value.is_finite();
    f32, |value: f64| value as f32, |value: &f32| value.is_finite();
    f64, |value: f64| value, |value: &f64| value.is_finite();
}

struct Flatten<'a, T> {
    values: &'a mut Vec<T>,
    count: usize,
    depth: u8,
}

impl<T: Scalar> Flatten<'_, T> {
    fn take<E: Error>(self, value: Option<T>) -> Result<(), E> {
        match value {
            Some(value) if self.values.len() < self.count => {
                self.values.push(value);
                Ok(())
            }
            Some(_) => Err(E::custom("too many values")),
            None => Err(E::custom(T::EXPECTED)),
        }
    }
}

impl<'de, T: Scalar> DeserializeSeed<'de> for Flatten<'_, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Scalar> Visitor<'de> for Flatten<'_, T> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::EXPECTED)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.take(T::from_bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.take(T::from_integer(i128::from(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.take(T::from_integer(i128::from(value)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.take(T::from_float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.take(T::from_text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if self.depth == DEPTH_MAX {
            return Err(A::Error::custom("too many lists in lists"));
        }
        while items.next_element_seed(Flatten { values: &mut *self.values, count: self.count, depth: self.depth + 1 })?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn flat_and_nested_lists_are_the_same() {
        for text in ["[1, 2, 3, 4]", "[[1, 2], [3, 4]]", "[[[1]], [[2]], [[3], [4.0]]]"] {
            assert_eq!(read(text, Datatype::Int32, 4), Ok(Values::Int32(vec![1, 2, 3, 4])), "{text}");
        }
        assert_eq!(read(r#"["a", "ü"]"#, Datatype::Bytes, 2), Ok(Values::Bytes(["a", "ü"].into_iter().collect())));
        assert_eq!(read("[true, 0]", Datatype::Bool, 2), Ok(Values::Bool(vec![true, false])));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (text, datatype, count) in [
            ("[1, 2]", Datatype::Int32, 1),
            ("[1]", Datatype::Int32, 2),
            ("[1.5]", Datatype::Int32, 1),
            ("[256]", Datatype::Uint8, 1),
            ("[-1]", Datatype::Uint64, 1),
            ("[1e40]", Datatype::Fp32, 1),
            ("[70000]", Datatype::Fp16, 1),
            ("[null]", Datatype::Fp32, 1),
            ("[NaN]", Datatype::Fp32, 1),
            ("[\"1\"]", Datatype::Fp32, 1),
            ("[1]", Datatype::Bytes, 1),
            ("[{}]", Datatype::Fp32, 1),
            ("[[[[[[[[[1]]]]]]]]]", Datatype::Fp32, 1),
            ("[1] 2", Datatype::Fp32, 1),
            ("[1", Datatype::Fp32, 1),
            ("[]", Datatype::Fp32, usize::MAX),
        ] {
            assert!(read(text, datatype, count).is_err(), "{text} as {datatype}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_an_answer_and_no_panic(text in any::<String>(), count in 0_usize..5) {
            for datatype in Datatype::ALL {
                let _ = read(&text, datatype, count);
            }
        }

        #[test]
        fn integers_come_back_exactly(values in proptest::collection::vec(any::<i64>(), 0..8)) {
            let text = serde_json::to_string(&values).expect("written");
            prop_assert_eq!(read(&text, Datatype::Int64, values.len()), Ok(Values::Int64(values)));
        }
    }
}

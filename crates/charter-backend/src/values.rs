//! Typed columns that tables and constants fill: from what a plan writes to what a tensor holds.
//!
//! Where the values come from does not belong here, nor wire formats.

use charter_engine::{Tensor, Texts, Values};
use charter_plan::plan::Constant;
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use half::{bf16, f16};
use std::ops::Range;

/// The most elements one output may hold; larger answers are refused before memory is taken.
pub(crate) const ELEMENTS_MAX: usize = 64 << 20;

/// Runs `$body` with `$left` and `$right` bound to vectors of one type; texts and unequal types have their own arms.
macro_rules! same_type {
    ($target:expr, $source:expr, |$left:ident, $right:ident| $body:expr, texts |$to:ident, $from:ident| $texts:expr) => {
        match ($target, $source) {
            (Values::Bool($left), Values::Bool($right)) => $body,
            (Values::Uint8($left), Values::Uint8($right)) => $body,
            (Values::Uint16($left), Values::Uint16($right)) => $body,
            (Values::Uint32($left), Values::Uint32($right)) => $body,
            (Values::Uint64($left), Values::Uint64($right)) => $body,
            (Values::Int8($left), Values::Int8($right)) => $body,
            (Values::Int16($left), Values::Int16($right)) => $body,
            (Values::Int32($left), Values::Int32($right)) => $body,
            (Values::Int64($left), Values::Int64($right)) => $body,
            (Values::Fp16($left), Values::Fp16($right)) => $body,
            (Values::Bf16($left), Values::Bf16($right)) => $body,
            (Values::Fp32($left), Values::Fp32($right)) => $body,
            (Values::Fp64($left), Values::Fp64($right)) => $body,
            (Values::Bytes($to), Values::Bytes($from)) => $texts,
            _ => false,
        }
    };
}

/// No values of a type, with room for `capacity` of them.
pub(crate) fn empty(datatype: Datatype, capacity: usize) -> Values {
    match datatype {
        Datatype::Bool => Values::Bool(Vec::with_capacity(capacity)),
        Datatype::Uint8 => Values::Uint8(Vec::with_capacity(capacity)),
        Datatype::Uint16 => Values::Uint16(Vec::with_capacity(capacity)),
        Datatype::Uint32 => Values::Uint32(Vec::with_capacity(capacity)),
        Datatype::Uint64 => Values::Uint64(Vec::with_capacity(capacity)),
        Datatype::Int8 => Values::Int8(Vec::with_capacity(capacity)),
        Datatype::Int16 => Values::Int16(Vec::with_capacity(capacity)),
        Datatype::Int32 => Values::Int32(Vec::with_capacity(capacity)),
        Datatype::Int64 => Values::Int64(Vec::with_capacity(capacity)),
        Datatype::Fp16 => Values::Fp16(Vec::with_capacity(capacity)),
        Datatype::Bf16 => Values::Bf16(Vec::with_capacity(capacity)),
        Datatype::Fp32 => Values::Fp32(Vec::with_capacity(capacity)),
        Datatype::Fp64 => Values::Fp64(Vec::with_capacity(capacity)),
        Datatype::Bytes => Values::Bytes(Texts::with_capacity(capacity, 0)),
    }
}

/// Appends a range of `source` to `target`; `false`, and nothing appended, when the types differ or the range is outside.
#[must_use]
pub(crate) fn append(target: &mut Values, source: &Values, range: Range<usize>) -> bool {
    if range.start > range.end || range.end > source.len() {
        return false;
    }
    same_type!(
        target,
        source,
        |left, right| {
            left.extend_from_slice(right.get(range).unwrap_or_default());
            true
        },
        texts | to,
        from | {
            for index in range {
                to.push(from.get(index).unwrap_or_default());
            }
            true
        }
    )
}

/// The constant as values of a type, without loss; the error names the rule that a value breaks.
pub(crate) fn convert(constant: &Constant, datatype: Datatype) -> Result<Values, String> {
    match constant {
        Constant::Integers(values) => from_integers(values, datatype),
        Constant::Floats(values) => from_floats(values, datatype),
        Constant::Booleans(values) if datatype == Datatype::Bool => Ok(Values::Bool(values.clone())),
        Constant::Booleans(_) => Err(format!("true and false are no {datatype}")),
        Constant::Texts(values) if datatype == Datatype::Bytes => Ok(Values::Bytes(values.iter().collect())),
        Constant::Texts(_) => Err(format!("a text is no {datatype}")),
    }
}

fn from_integers(values: &[i64], datatype: Datatype) -> Result<Values, String> {
    fn all<T: TryFrom<i64>>(values: &[i64], datatype: Datatype) -> Result<Vec<T>, String> {
        values.iter().map(|&value| T::try_from(value).map_err(|_| format!("`{value}` is outside {datatype}"))).collect()
    }
    Ok(match datatype {
        Datatype::Uint8 => Values::Uint8(all(values, datatype)?),
        Datatype::Uint16 => Values::Uint16(all(values, datatype)?),
        Datatype::Uint32 => Values::Uint32(all(values, datatype)?),
        Datatype::Uint64 => Values::Uint64(all(values, datatype)?),
        Datatype::Int8 => Values::Int8(all(values, datatype)?),
        Datatype::Int16 => Values::Int16(all(values, datatype)?),
        Datatype::Int32 => Values::Int32(all(values, datatype)?),
        Datatype::Int64 => Values::Int64(values.to_vec()),
        Datatype::Fp16 | Datatype::Bf16 | Datatype::Fp32 | Datatype::Fp64 => {
            let floats: Vec<f64> = values.iter().map(|&value| value as f64).collect();
            if let Some((value, _)) = values.iter().zip(&floats).find(|&(&value, &float)| float as i128 != i128::from(value)) {
                return Err(format!("`{value}` has no exact {datatype}"));
            }
            from_floats(&floats, datatype)?
        }
        Datatype::Bool => return Err("a number is no BOOL".into()),
        Datatype::Bytes => return Err("a number is no BYTES".into()),
    })
}

/// Floats are rounded to the nearest value of a narrower float type, but never to infinity.
fn from_floats(values: &[f64], datatype: Datatype) -> Result<Values, String> {
    fn all<T>(values: &[f64], datatype: Datatype, narrow: impl Fn(f64) -> T, finite: impl Fn(&T) -> bool) -> Result<Vec<T>, String> {
        values
            .iter()
            .map(|&value| {
                let narrowed = narrow(value);
                if value.is_finite() && !finite(&narrowed) { Err(format!("`{value}` is outside {datatype}")) } else { Ok(narrowed) }
            })
            .collect()
    }
    Ok(match datatype {
        Datatype::Fp16 => Values::Fp16(all(values, datatype, f16::from_f64, |value| value.is_finite())?),
        Datatype::Bf16 => Values::Bf16(all(values, datatype, bf16::from_f64, |value| value.is_finite())?),
        Datatype::Fp32 => Values::Fp32(all(values, datatype, |value| value as f32, |value| value.is_finite())?),
        Datatype::Fp64 => Values::Fp64(values.to_vec()),
        Datatype::Bool | Datatype::Bytes => return Err(format!("a number is no {datatype}")),
        integer => {
            // 2^63 as a float; what lies within is exact when it has no fraction.
            const LIMIT: f64 = 9_223_372_036_854_775_808.0;
            let whole: Result<Vec<i64>, String> = values
                .iter()
                .map(|&value| {
                    if value.fract() == 0.0 && (-LIMIT..LIMIT).contains(&value) {
                        Ok(value as i64)
                    } else {
                        Err(format!("`{value}` is no {integer}"))
                    }
                })
                .collect();
            from_integers(&whole?, integer)?
        }
    })
}

/// How many values one row of an output has when `count` are given: checked against the signature, whose one open dimension takes what is left.
pub(crate) fn row_shape(spec: &TensorSpec, count: usize) -> Result<Vec<usize>, String> {
    let Some((_, tail)) = spec.shape.split_first() else {
        return Err(format!("output `{}` has no row dimension", spec.name));
    };
    let fixed = tail.iter().try_fold(1_usize, |product, dimension| match dimension {
        Dimension::Fixed(length) => product.checked_mul(usize::try_from(*length).ok()?),
        Dimension::Any => Some(product),
    });
    let open = tail.iter().filter(|dimension| **dimension == Dimension::Any).count();
    let wrong = || format!("output `{}` takes {} a row, {count} are given", spec.name, describe(tail));
    let fixed = fixed.ok_or_else(wrong)?;
    let rest = match (open, count.checked_rem(fixed)) {
        (0, _) if fixed == count => 1,
        (1, Some(0)) => count / fixed.max(1),
        _ => return Err(wrong()),
    };
    Ok(tail
        .iter()
        .map(|dimension| match dimension {
            Dimension::Fixed(length) => usize::try_from(*length).unwrap_or(usize::MAX),
            Dimension::Any => rest,
        })
        .collect())
}

fn describe(tail: &[Dimension]) -> String {
    if tail.is_empty() {
        return "one value".into();
    }
    let lengths: Vec<String> = tail.iter().map(|&dimension| i64::from(dimension).to_string()).collect();
    format!("[{}] values", lengths.join(", "))
}

/// A tensor of `rows` rows of one shape.
pub(crate) fn tensor(rows: usize, row_shape: &[usize], values: Values) -> Option<Tensor> {
    let mut shape = charter_engine::tensor::Shape::with_capacity(row_shape.len() + 1);
    shape.push(rows);
    shape.extend_from_slice(row_shape);
    Tensor::new(shape, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spec(shape: &[i64]) -> TensorSpec {
        TensorSpec::new("score", Datatype::Fp32, shape.iter().map(|&length| Dimension::from(length)).collect())
    }

    #[test]
    fn a_row_takes_exactly_what_the_signature_says() {
        assert_eq!(row_shape(&spec(&[-1]), 1), Ok(vec![]));
        assert_eq!(row_shape(&spec(&[-1, 2, 3]), 6), Ok(vec![2, 3]));
        assert_eq!(row_shape(&spec(&[-1, -1, 3]), 6), Ok(vec![2, 3]));
        assert_eq!(row_shape(&spec(&[-1, -1]), 0), Ok(vec![0]));
        for (shape, count) in [(&[-1, 2][..], 3), (&[-1, -1, 4], 6), (&[-1, -1, -1], 4), (&[], 1), (&[-1], 2), (&[-1, -1, 0], 0)] {
            assert!(row_shape(&spec(shape), count).is_err(), "{shape:?} with {count}");
        }
    }

    #[test]
    fn constants_are_never_changed_silently() {
        for (constant, datatype) in [
            (Constant::Integers(vec![256]), Datatype::Uint8),
            (Constant::Integers(vec![-1]), Datatype::Uint64),
            (Constant::Integers(vec![(1 << 53) + 1]), Datatype::Fp64),
            (Constant::Integers(vec![i64::MAX]), Datatype::Fp64),
            (Constant::Integers(vec![70_000]), Datatype::Fp16),
            (Constant::Integers(vec![1]), Datatype::Bool),
            (Constant::Floats(vec![1.5]), Datatype::Int32),
            (Constant::Floats(vec![1e300]), Datatype::Fp32),
            (Constant::Floats(vec![9.3e18]), Datatype::Int64),
            (Constant::Texts(vec!["1".into()]), Datatype::Int64),
            (Constant::Booleans(vec![true]), Datatype::Fp32),
        ] {
            assert!(convert(&constant, datatype).is_err(), "{constant:?} as {datatype}");
        }
        assert_eq!(convert(&Constant::Floats(vec![3.0]), Datatype::Int32), Ok(Values::Int32(vec![3])));
        assert_eq!(convert(&Constant::Integers(vec![3]), Datatype::Fp32), Ok(Values::Fp32(vec![3.0])));
    }

    proptest! {
        #[test]
        fn an_integer_survives_every_type_that_takes_it(value in any::<i64>()) {
            for datatype in Datatype::ALL {
                if let Ok(values) = convert(&Constant::Integers(vec![value]), datatype) {
                    prop_assert_eq!(values.datatype(), datatype);
                    if datatype == Datatype::Int64 { prop_assert_eq!(values, Values::Int64(vec![value])); }
                }
            }
        }

        #[test]
        fn appended_ranges_are_what_slices_are(values in proptest::collection::vec(any::<i32>(), 0..20), start in 0_usize..25, length in 0_usize..25) {
            let mut target = empty(Datatype::Int32, 0);
            let taken = append(&mut target, &Values::Int32(values.clone()), start..start + length);
            prop_assert_eq!(taken, start + length <= values.len());
            prop_assert_eq!(target, Values::Int32(values.get(start..start + length).unwrap_or_default().to_vec()));
        }
    }
}

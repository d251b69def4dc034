//! Values in a wider datatype, and columns packed into one tensor.
//!
//! Nothing here loses information: what does not fit its target exactly is refused. Shapes do not belong here.

use crate::tensor::{Texts, Values};
use charter_plan::tensor::Datatype;
use half::{bf16, f16};

/// Hands each number to `put` with its position; false for texts and for integers of 64 bits, which have no exact counterpart.
fn each_float(values: &Values, mut put: impl FnMut(usize, f64)) -> bool {
    macro_rules! each {
        ($values:expr, $convert:expr) => {{
            for (index, value) in $values.iter().enumerate() {
                put(index, $convert(*value));
            }
            true
        }};
    }
    match values {
        Values::Bool(values) => each!(values, |value: bool| f64::from(u8::from(value))),
        Values::Uint8(values) => each!(values, f64::from),
        Values::Uint16(values) => each!(values, f64::from),
        Values::Uint32(values) => each!(values, f64::from),
        Values::Int8(values) => each!(values, f64::from),
        Values::Int16(values) => each!(values, f64::from),
        Values::Int32(values) => each!(values, f64::from),
        Values::Fp16(values) => each!(values, f16::to_f64),
        Values::Bf16(values) => each!(values, bf16::to_f64),
        Values::Fp32(values) => each!(values, f64::from),
        Values::Fp64(values) => each!(values, |value: f64| value),
        Values::Uint64(_) | Values::Int64(_) | Values::Bytes(_) => false,
    }
}

/// Hands each integer to `put` with its position; false for what is not an integer of at most 64 signed bits.
fn each_integer(values: &Values, mut put: impl FnMut(usize, i64)) -> bool {
    macro_rules! each {
        ($values:expr) => {{
            for (index, value) in $values.iter().enumerate() {
                put(index, i64::from(*value));
            }
            true
        }};
    }
    match values {
        Values::Bool(values) => each!(values),
        Values::Uint8(values) => each!(values),
        Values::Uint16(values) => each!(values),
        Values::Uint32(values) => each!(values),
        Values::Int8(values) => each!(values),
        Values::Int16(values) => each!(values),
        Values::Int32(values) => each!(values),
        Values::Int64(values) => each!(values),
        Values::Uint64(_) | Values::Fp16(_) | Values::Bf16(_) | Values::Fp32(_) | Values::Fp64(_) | Values::Bytes(_) => false,
    }
}

/// The same values as `target`; `None` when some value might have no exact counterpart.
pub(crate) fn widen(values: &Values, target: Datatype) -> Option<Values> {
    if values.datatype() == target {
        return Some(values.clone());
    }
    pack(&[values], values.len(), target)
}

/// Columns of one value a row, row after row; `None` when a column is shorter than `rows` or does not widen to `target`.
pub(crate) fn pack(columns: &[&Values], rows: usize, target: Datatype) -> Option<Values> {
    let fits = |column: &&&Values| column.len() == rows && column.datatype().widens_to(target);
    if !columns.iter().all(|column| fits(&column)) {
        return None;
    }
    let width = columns.len();
    macro_rules! packed {
        ($variant:ident, $each:ident, $zero:expr, $convert:expr) => {{
            let mut out = vec![$zero; rows.checked_mul(width)?];
            for (position, column) in columns.iter().enumerate() {
                match column {
                    // The common case needs no conversion.
                    Values::$variant(values) => {
                        for (cell, value) in out.iter_mut().skip(position).step_by(width).zip(values) {
                            *cell = *value;
                        }
                    }
                    other => {
                        let whole = $each(other, |row, value| {
                            if let Some(cell) = out.get_mut(row * width + position) {
                                *cell = $convert(value);
                            }
                        });
                        whole.then_some(())?;
                    }
                }
            }
            Some(Values::$variant(out))
        }};
    }
    match target {
        Datatype::Fp32 => packed!(Fp32, each_float, 0.0_f32, |value: f64| value as f32),
        Datatype::Fp64 => packed!(Fp64, each_float, 0.0_f64, |value: f64| value),
        Datatype::Fp16 => packed!(Fp16, each_float, f16::ZERO, f16::from_f64),
        Datatype::Bf16 => packed!(Bf16, each_float, bf16::ZERO, bf16::from_f64),
        Datatype::Uint8 => packed!(Uint8, each_integer, 0_u8, |value: i64| value as u8),
        Datatype::Uint16 => packed!(Uint16, each_integer, 0_u16, |value: i64| value as u16),
        Datatype::Uint32 => packed!(Uint32, each_integer, 0_u32, |value: i64| value as u32),
        Datatype::Uint64 => packed!(Uint64, each_integer, 0_u64, |value: i64| value as u64),
        Datatype::Int8 => packed!(Int8, each_integer, 0_i8, |value: i64| value as i8),
        Datatype::Int16 => packed!(Int16, each_integer, 0_i16, |value: i64| value as i16),
        Datatype::Int32 => packed!(Int32, each_integer, 0_i32, |value: i64| value as i32),
        Datatype::Int64 => packed!(Int64, each_integer, 0_i64, |value: i64| value),
        Datatype::Bool => packed!(Bool, each_integer, false, |value: i64| value != 0),
        Datatype::Bytes => pack_texts(columns, rows),
    }
}

fn pack_texts(columns: &[&Values], rows: usize) -> Option<Values> {
    let mut packed = Texts::with_capacity(rows.checked_mul(columns.len())?, 0);
    for row in 0..rows {
        for column in columns {
            let Values::Bytes(texts) = column else { return None };
            packed.push(texts.get(row)?);
        }
    }
    Some(Values::Bytes(packed))
}

/// Mean of all numbers, true counting 1; `None` without a number, or with one that is not finite.
pub(crate) fn mean(values: &Values) -> Option<f64> {
    let mut sum = 0.0;
    let whole = match values {
        Values::Int64(values) => {
            sum = values.iter().map(|&value| value as f64).sum();
            true
        }
        Values::Uint64(values) => {
            sum = values.iter().map(|&value| value as f64).sum();
            true
        }
        other => each_float(other, |_, value| sum += value),
    };
    let mean = sum / values.len() as f64;
    (whole && mean.is_finite()).then_some(mean)
}

/// Whether every float is a finite number; true for everything else.
pub(crate) fn all_finite(values: &Values) -> bool {
    match values {
        Values::Fp16(values) => values.iter().all(|value| value.is_finite()),
        Values::Bf16(values) => values.iter().all(|value| value.is_finite()),
        Values::Fp32(values) => values.iter().all(|value| value.is_finite()),
        Values::Fp64(values) => values.iter().all(|value| value.is_finite()),
        _ => true,
    }
}

/// Whether no float is infinite; a NaN is not. True for everything else.
pub(crate) fn none_infinite(values: &Values) -> bool {
    match values {
        Values::Fp16(values) => !values.iter().any(|value| value.is_infinite()),
        Values::Bf16(values) => !values.iter().any(|value| value.is_infinite()),
        Values::Fp32(values) => !values.iter().any(|value| value.is_infinite()),
        Values::Fp64(values) => !values.iter().any(|value| value.is_infinite()),
        _ => true,
    }
}

/// Whether every number lies between the limits; texts do, a NaN does not.
pub(crate) fn all_between(values: &Values, min: Option<f64>, max: Option<f64>) -> bool {
    let mut inside = true;
    let mut check = |value: f64| {
        // A NaN is a missing value, not one outside; whether it may be missing is checked on its own.
        inside &= value.is_nan() || (min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max));
    };
    match values {
        // Near a limit of this size the nearest float decides.
        Values::Int64(values) => values.iter().for_each(|&value| check(value as f64)),
        Values::Uint64(values) => values.iter().for_each(|&value| check(value as f64)),
        other => {
            each_float(other, |_, value| check(value));
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_missing_value_is_not_outside_its_range() {
        let incomes = Values::Fp32(vec![100.0, f32::NAN]);
        assert!(all_between(&incomes, Some(0.0), Some(10_000.0)));
        assert!(!all_between(&Values::Fp32(vec![f32::NAN, -1.0]), Some(0.0), None));
        assert!(!all_between(&Values::Fp32(vec![f32::INFINITY]), None, Some(1.0)));
    }

    #[test]
    fn columns_are_packed_row_after_row() {
        let amounts = Values::Fp64(vec![1.0, 2.0]);
        let counts = Values::Int32(vec![10, 20]);
        let flags = Values::Bool(vec![true, false]);
        assert_eq!(pack(&[&amounts, &counts, &flags], 2, Datatype::Fp64), Some(Values::Fp64(vec![1.0, 10.0, 1.0, 2.0, 20.0, 0.0])));
    }

    #[test]
    fn what_might_lose_information_is_refused() {
        assert_eq!(widen(&Values::Fp64(vec![0.5]), Datatype::Fp32), None);
        assert_eq!(widen(&Values::Int64(vec![1]), Datatype::Fp64), None);
        assert_eq!(widen(&Values::Uint64(vec![1]), Datatype::Int64), None);
        assert_eq!(pack(&[&Values::Fp32(vec![1.0])], 2, Datatype::Fp32), None);
    }

    fn edges(datatype: Datatype, seed: i64) -> Values {
        match datatype {
            Datatype::Bool => Values::Bool(vec![true, false, seed % 2 == 0]),
            Datatype::Uint8 => Values::Uint8(vec![0, u8::MAX, seed as u8]),
            Datatype::Uint16 => Values::Uint16(vec![0, u16::MAX, seed as u16]),
            Datatype::Uint32 => Values::Uint32(vec![0, u32::MAX, seed as u32]),
            Datatype::Uint64 => Values::Uint64(vec![0, u64::MAX, seed as u64]),
            Datatype::Int8 => Values::Int8(vec![i8::MIN, i8::MAX, seed as i8]),
            Datatype::Int16 => Values::Int16(vec![i16::MIN, i16::MAX, seed as i16]),
            Datatype::Int32 => Values::Int32(vec![i32::MIN, i32::MAX, seed as i32]),
            Datatype::Int64 => Values::Int64(vec![i64::MIN, i64::MAX, seed]),
            Datatype::Fp16 => Values::Fp16(vec![f16::MAX, f16::MIN_POSITIVE_SUBNORMAL, f16::from_f64(seed as f64)]),
            Datatype::Bf16 => Values::Bf16(vec![bf16::MAX, bf16::MIN_POSITIVE, bf16::from_f64(seed as f64)]),
            Datatype::Fp32 => Values::Fp32(vec![f32::MAX, f32::MIN_POSITIVE, seed as f32]),
            Datatype::Fp64 => Values::Fp64(vec![f64::MAX, f64::MIN_POSITIVE, seed as f64]),
            Datatype::Bytes => Values::Bytes(Texts::from_iter([&b"a"[..], b"", b"\xff"])),
        }
    }

    fn numbers(values: &Values) -> Option<Vec<i128>> {
        let mut numbers = vec![0_i128; values.len()];
        match values {
            Values::Uint64(values) => Some(values.iter().map(|&value| i128::from(value)).collect()),
            other => each_integer(other, |index, value| numbers[index] = i128::from(value)).then_some(numbers),
        }
    }

    proptest! {
        #[test]
        fn a_widened_value_is_the_same_value(from in 0_usize..14, to in 0_usize..14, seed in any::<i64>()) {
            let (from, to) = (Datatype::ALL[from], Datatype::ALL[to]);
            let values = edges(from, seed);
            let widened = widen(&values, to);
            prop_assert_eq!(widened.is_some(), from.widens_to(to), "{} to {}", from, to);
            if let Some(widened) = widened {
                prop_assert_eq!(widened.datatype(), to);
                if let (Some(before), Some(after)) = (numbers(&values), numbers(&widened)) {
                    prop_assert_eq!(before, after);
                } else {
                    let (mut before, mut after) = (Vec::new(), Vec::new());
                    each_float(&values, |_, value| before.push(value));
                    each_float(&widened, |_, value| after.push(value));
                    prop_assert_eq!(before, after);
                }
            }
        }
    }
}

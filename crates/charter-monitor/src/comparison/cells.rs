//! Values of tensors as numbers and as labels.
//!
//! What may be shown of a value is decided here; which values are compared is not.

use crate::statistics::draw::hashed;
use charter_engine::tensor::{Tensor, Values};
use std::cmp::Ordering;

/// Longest text that stands for itself where labels are shown; of longer ones only a hash and the length are kept.
const LABEL_BYTES_MAX: usize = 32;

/// The value at a position in row-major order, where it is a number.
pub(super) fn number(tensor: &Tensor, index: usize) -> Option<f64> {
    match tensor.values() {
        Values::Bool(values) => values.get(index).map(|&value| f64::from(u8::from(value))),
        Values::Uint8(values) => values.get(index).map(|&value| f64::from(value)),
        Values::Uint16(values) => values.get(index).map(|&value| f64::from(value)),
        Values::Uint32(values) => values.get(index).map(|&value| f64::from(value)),
        Values::Uint64(values) => values.get(index).map(|&value| value as f64),
        Values::Int8(values) => values.get(index).map(|&value| f64::from(value)),
        Values::Int16(values) => values.get(index).map(|&value| f64::from(value)),
        Values::Int32(values) => values.get(index).map(|&value| f64::from(value)),
        Values::Int64(values) => values.get(index).map(|&value| value as f64),
        Values::Fp16(values) => values.get(index).map(|value| value.to_f64()),
        Values::Bf16(values) => values.get(index).map(|value| value.to_f64()),
        Values::Fp32(values) => values.get(index).map(|&value| f64::from(value)),
        Values::Fp64(values) => values.get(index).copied(),
        Values::Bytes(_) => None,
    }
}

/// The value at a position, where it is a text.
pub(super) fn text(tensor: &Tensor, index: usize) -> Option<&[u8]> {
    match tensor.values() {
        Values::Bytes(texts) => texts.get(index),
        _ => None,
    }
}

/// Whether two values are the same; NaN is the same as NaN. Whole numbers of 64 bits are compared exactly.
pub(super) fn same(first: &Tensor, second: &Tensor, index: usize) -> bool {
    match (first.values(), second.values()) {
        (Values::Bytes(a), Values::Bytes(b)) => a.get(index) == b.get(index),
        (Values::Int64(a), Values::Int64(b)) => a.get(index) == b.get(index),
        (Values::Uint64(a), Values::Uint64(b)) => a.get(index) == b.get(index),
        _ => match (number(first, index), number(second, index)) {
            (Some(a), Some(b)) => a == b || (a.is_nan() && b.is_nan()),
            (a, b) => a.is_none() && b.is_none() && first.datatype() == second.datatype(),
        },
    }
}

/// A value as a label: numbers as they are, short texts as they are, long ones by hash and length.
pub(super) fn label(tensor: &Tensor, index: usize) -> String {
    match (text(tensor, index), tensor.values()) {
        (Some(text), _) if text.len() <= LABEL_BYTES_MAX => String::from_utf8_lossy(text).into_owned(),
        (Some(text), _) => redacted(text),
        (None, Values::Int64(values)) => values.get(index).map(i64::to_string).unwrap_or_default(),
        (None, Values::Uint64(values)) => values.get(index).map(u64::to_string).unwrap_or_default(),
        (None, _) => number(tensor, index).map(|value| value.to_string()).unwrap_or_default(),
    }
}

/// A value as it may be kept: numbers rounded to three digits, texts by hash and length.
pub(super) fn kept(tensor: &Tensor, index: usize) -> String {
    text(tensor, index).map_or_else(|| number(tensor, index).map(rounded).unwrap_or_default(), redacted)
}

pub(super) fn redacted(text: &[u8]) -> String {
    format!("text #{:08x} of {} bytes", hashed(text) >> 32, text.len())
}

fn rounded(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let scale = 10_f64.powi(2 - value.abs().log10().floor() as i32);
    if scale.is_finite() && scale > 0.0 { ((value * scale).round() / scale).to_string() } else { format!("{value:.2e}") }
}

/// The slice that a value falls into: texts and small whole numbers as they are, other numbers by the steps 1, 2, 5, 10, 20 …
pub(super) fn bucket(tensor: &Tensor, index: usize) -> String {
    const EXACT_MAX: f64 = 20.0;
    let Some(value) = number(tensor, index) else { return label(tensor, index) };
    if value.is_nan() {
        return "missing".to_owned();
    }
    if matches!(tensor.values(), Values::Bool(_)) {
        return (value != 0.0).to_string();
    }
    if !value.is_finite() || (value.fract() == 0.0 && value.abs() <= EXACT_MAX) {
        return value.to_string();
    }
    let size = value.abs();
    let tens = 10_f64.powi(size.log10().floor() as i32);
    let (low, high) = match (size / tens).total_cmp(&2.0) {
        Ordering::Less => (1.0, 2.0),
        _ if size / tens < 5.0 => (2.0, 5.0),
        _ => (5.0, 10.0),
    };
    let (low, high) = (rounded(low * tens), rounded(high * tens));
    if value < 0.0 { format!("-{high} … -{low}") } else { format!("{low} … {high}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_engine::tensor::Texts;

    fn numbers(values: &[f64]) -> Tensor {
        Tensor::new([values.len()].as_slice(), Values::Fp64(values.to_vec())).unwrap()
    }

    #[test]
    fn numbers_fall_into_steps_and_texts_are_hidden() {
        let tensor = numbers(&[3.0, 73.2, 0.013, -1_500.0, f64::NAN, 1_234.5, 0.0]);
        let buckets: Vec<String> = (0..5).map(|index| bucket(&tensor, index)).collect();
        assert_eq!(buckets, ["3", "50 … 100", "0.01 … 0.02", "-2000 … -1000", "missing"]);
        assert_eq!((kept(&tensor, 5).as_str(), kept(&tensor, 6).as_str()), ("1230", "0"));
        let secret = "a secret that is longer than thirty-two bytes";
        let texts = Tensor::new([2].as_slice(), Values::Bytes(Texts::from_iter(["DE", secret]))).unwrap();
        assert_eq!(bucket(&texts, 0), "DE");
        assert!(!kept(&texts, 0).contains("DE") && !bucket(&texts, 1).contains("secret"));
        assert!(same(&texts, &texts, 1) && !same(&texts, &tensor, 0));
    }
}

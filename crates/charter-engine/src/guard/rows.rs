//! Rows of several calls in one tensor, and each call's part of an answer.
//!
//! Which calls go together does not belong here.

use crate::tensor::{Shape, Tensor, Texts, Values};
use std::ops::Range;

/// Whether rows of one stand below rows of the other: same datatype, same lengths but for the rows.
pub(crate) fn alike(one: &[Tensor], other: &[Tensor]) -> bool {
    let same = |(one, other): (&Tensor, &Tensor)| one.datatype() == other.datatype() && one.shape().get(1..) == other.shape().get(1..);
    one.len() == other.len() && one.iter().zip(other).all(same)
}

/// The rows of all, one tensor's below the other's. `None` unless they are alike, or when there are none.
pub(crate) fn join(parts: &[&Tensor]) -> Option<Tensor> {
    let (first, _) = parts.split_first()?;
    let tail = first.shape().get(1..)?;
    if parts.iter().any(|part| part.shape().get(1..) != Some(tail)) {
        return None;
    }
    let rows = parts.iter().map(|part| part.rows()).sum();
    let mut shape = Shape::from_slice(&[rows]);
    shape.extend_from_slice(tail);
    macro_rules! joined {
        ($variant:ident) => {{
            let mut all = Vec::with_capacity(parts.iter().map(|part| part.values().len()).sum());
            for part in parts {
                let Values::$variant(values) = part.values() else { return None };
                all.extend_from_slice(values);
            }
            Values::$variant(all)
        }};
    }
    let values = match first.values() {
        Values::Bool(_) => joined!(Bool),
        Values::Uint8(_) => joined!(Uint8),
        Values::Uint16(_) => joined!(Uint16),
        Values::Uint32(_) => joined!(Uint32),
        Values::Uint64(_) => joined!(Uint64),
        Values::Int8(_) => joined!(Int8),
        Values::Int16(_) => joined!(Int16),
        Values::Int32(_) => joined!(Int32),
        Values::Int64(_) => joined!(Int64),
        Values::Fp16(_) => joined!(Fp16),
        Values::Bf16(_) => joined!(Bf16),
        Values::Fp32(_) => joined!(Fp32),
        Values::Fp64(_) => joined!(Fp64),
        Values::Bytes(_) => {
            let mut all = Texts::default();
            for part in parts {
                let Values::Bytes(texts) = part.values() else { return None };
                texts.iter().for_each(|text| all.push(text));
            }
            Values::Bytes(all)
        }
    };
    Tensor::new(shape, values)
}

/// Some rows of a tensor. `None` when it has fewer.
pub(crate) fn part(whole: &Tensor, rows: &Range<usize>) -> Option<Tensor> {
    let width = whole.width();
    let cells = rows.start.checked_mul(width)?..rows.end.checked_mul(width)?;
    let mut shape = Shape::from_slice(whole.shape());
    *shape.first_mut()? = rows.len();
    macro_rules! taken {
        ($variant:ident, $values:expr) => {
            Values::$variant($values.get(cells)?.to_vec())
        };
    }
    let values = match whole.values() {
        Values::Bool(values) => taken!(Bool, values),
        Values::Uint8(values) => taken!(Uint8, values),
        Values::Uint16(values) => taken!(Uint16, values),
        Values::Uint32(values) => taken!(Uint32, values),
        Values::Uint64(values) => taken!(Uint64, values),
        Values::Int8(values) => taken!(Int8, values),
        Values::Int16(values) => taken!(Int16, values),
        Values::Int32(values) => taken!(Int32, values),
        Values::Int64(values) => taken!(Int64, values),
        Values::Fp16(values) => taken!(Fp16, values),
        Values::Bf16(values) => taken!(Bf16, values),
        Values::Fp32(values) => taken!(Fp32, values),
        Values::Fp64(values) => taken!(Fp64, values),
        Values::Bytes(texts) => {
            let mut some = Texts::default();
            for cell in cells {
                some.push(texts.get(cell)?);
            }
            Values::Bytes(some)
        }
    };
    Tensor::new(shape, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(rows: usize, width: usize, first: i32) -> Tensor {
        let values = (0..rows * width).map(|index| first + i32::try_from(index).expect("small")).collect();
        Tensor::new(vec![rows, width], Values::Int32(values)).expect("it fits")
    }

    #[test]
    fn what_is_not_alike_is_not_joined() {
        let (narrow, wide) = (numbers(1, 2, 0), numbers(1, 3, 0));
        let floats = Tensor::new(vec![1, 2], Values::Fp32(vec![0.0, 1.0])).expect("it fits");
        assert!(join(&[&narrow, &wide]).is_none() && join(&[&narrow, &floats]).is_none() && join(&[]).is_none());
        assert!(
            !alike(std::slice::from_ref(&narrow), &[wide])
                && !alike(std::slice::from_ref(&narrow), &[floats])
                && alike(std::slice::from_ref(&narrow), &[numbers(5, 2, 9)])
        );
        assert!(part(&narrow, &(1..2)).is_none(), "it has one row");
    }

    proptest! {
        #[test]
        fn parts_of_the_whole_are_what_was_joined(rows in prop::collection::vec(1_usize..5, 1..6), width in 1_usize..4) {
            let parts: Vec<Tensor> = rows.iter().enumerate().map(|(index, &rows)| numbers(rows, width, 1_000 * index as i32)).collect();
            let texts: Vec<Tensor> = parts.iter().map(|part| {
                let Values::Int32(numbers) = part.values() else { panic!("numbers") };
                let texts: Texts = numbers.iter().map(|number| "x".repeat(*number as usize % 7)).collect();
                Tensor::new(part.shape(), Values::Bytes(texts)).expect("it fits")
            }).collect();
            for parts in [parts, texts] {
                let whole = join(&parts.iter().collect::<Vec<_>>()).expect("alike");
                let mut start = 0;
                for expected in &parts {
                    let range = start..start + expected.rows();
                    let taken = part(&whole, &range);
                    prop_assert_eq!(taken.as_ref(), Some(expected));
                    start = range.end;
                }
                prop_assert_eq!(whole.rows(), start);
            }
        }
    }
}

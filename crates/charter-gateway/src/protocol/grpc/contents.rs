//! `InferTensorContents`: the values of a tensor as a list of numbers or strings.
//!
//! FP16 and BF16 have no list; raw contents belong to `oip::binary`.

use super::field::{Fields, Malformed, Value};
use charter_engine::{Texts, Values};
use charter_plan::tensor::Datatype;

const MALFORMED: &str = "the message is not valid protobuf";
const COUNT: &str = "`contents` does not hold as many values as the shape says";
const RANGE: &str = "a value of `contents` does not fit the datatype";
const OTHER: &str = "`contents` holds values in a list of another datatype";

impl From<Malformed> for &'static str {
    fn from(_: Malformed) -> Self {
        MALFORMED
    }
}

/// Reads exactly `count` values of a datatype.
pub(super) fn values(bytes: &[u8], datatype: Datatype, count: usize) -> Result<Values, &'static str> {
    // Every value takes a byte at least, so what came bounds what is allocated.
    if count > bytes.len() {
        return Err(COUNT);
    }
    let whole = |number: u64| number as i32;
    Ok(match datatype {
        Datatype::Bool => Values::Bool(varints(bytes, 1, count, |number| Some(number != 0))?),
        Datatype::Int8 => Values::Int8(varints(bytes, 2, count, |number| i8::try_from(whole(number)).ok())?),
        Datatype::Int16 => Values::Int16(varints(bytes, 2, count, |number| i16::try_from(whole(number)).ok())?),
        Datatype::Int32 => Values::Int32(varints(bytes, 2, count, |number| Some(whole(number)))?),
        Datatype::Int64 => Values::Int64(varints(bytes, 3, count, |number| Some(number as i64))?),
        Datatype::Uint8 => Values::Uint8(varints(bytes, 4, count, |number| u8::try_from(number).ok())?),
        Datatype::Uint16 => Values::Uint16(varints(bytes, 4, count, |number| u16::try_from(number).ok())?),
        Datatype::Uint32 => Values::Uint32(varints(bytes, 4, count, |number| u32::try_from(number).ok())?),
        Datatype::Uint64 => Values::Uint64(varints(bytes, 5, count, Some)?),
        Datatype::Fp32 => Values::Fp32(floats(bytes, count)?),
        Datatype::Fp64 => Values::Fp64(doubles(bytes, count)?),
        Datatype::Bytes => Values::Bytes(texts(bytes, count)?),
        Datatype::Fp16 | Datatype::Bf16 => return Err("has a datatype without a list in `contents`; send `raw_input_contents`"),
    })
}

/// Calls `take` for every field of the wanted list. The other lists must be empty.
fn list<'a>(bytes: &'a [u8], wanted: u32, mut take: impl FnMut(Value<'a>) -> Result<(), &'static str>) -> Result<(), &'static str> {
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        if number == wanted {
            take(value)?;
        } else if number <= 8 && value != Value::Bytes(&[]) {
            return Err(OTHER);
        }
    }
    Ok(())
}

fn varints<T>(bytes: &[u8], field: u32, count: usize, read: impl Fn(u64) -> Option<T>) -> Result<Vec<T>, &'static str> {
    let mut values = Vec::with_capacity(count);
    let mut push = |number: u64| {
        if values.len() == count {
            return Err(COUNT);
        }
        values.push(read(number).ok_or(RANGE)?);
        Ok(())
    };
    list(bytes, field, |value| match value {
        Value::Varint(number) => push(number),
        Value::Bytes(packed) => {
            let mut packed = Fields(packed);
            while !packed.0.is_empty() {
                push(packed.varint()?)?;
            }
            Ok(())
        }
        Value::Fixed32(_) | Value::Fixed64(_) => Err(MALFORMED),
    })?;
    if values.len() == count { Ok(values) } else { Err(COUNT) }
}

fn floats(bytes: &[u8], count: usize) -> Result<Vec<f32>, &'static str> {
    let mut values = Vec::with_capacity(count);
    list(bytes, 6, |value| match value {
        Value::Fixed32(bits) => extend(&mut values, &[bits], count, f32::from_le_bytes),
        Value::Bytes(packed) => match packed.as_chunks::<4>() {
            (chunks, []) => extend(&mut values, chunks, count, f32::from_le_bytes),
            _ => Err(MALFORMED),
        },
        Value::Varint(_) | Value::Fixed64(_) => Err(MALFORMED),
    })?;
    if values.len() == count { Ok(values) } else { Err(COUNT) }
}

fn doubles(bytes: &[u8], count: usize) -> Result<Vec<f64>, &'static str> {
    let mut values = Vec::with_capacity(count);
    list(bytes, 7, |value| match value {
        Value::Fixed64(bits) => extend(&mut values, &[bits], count, f64::from_le_bytes),
        Value::Bytes(packed) => match packed.as_chunks::<8>() {
            (chunks, []) => extend(&mut values, chunks, count, f64::from_le_bytes),
            _ => Err(MALFORMED),
        },
        Value::Varint(_) | Value::Fixed32(_) => Err(MALFORMED),
    })?;
    if values.len() == count { Ok(values) } else { Err(COUNT) }
}

fn extend<T, const SIZE: usize>(
    values: &mut Vec<T>,
    chunks: &[[u8; SIZE]],
    count: usize,
    read: impl Fn([u8; SIZE]) -> T,
) -> Result<(), &'static str> {
    if chunks.len() > count - values.len() {
        return Err(COUNT);
    }
    values.extend(chunks.iter().map(|chunk| read(*chunk)));
    Ok(())
}

fn texts(bytes: &[u8], count: usize) -> Result<Texts, &'static str> {
    let mut texts = Texts::with_capacity(count, bytes.len());
    list(bytes, 8, |value| {
        if texts.len() == count {
            return Err(COUNT);
        }
        texts.push(value.bytes()?);
        Ok(())
    })?;
    if texts.len() == count { Ok(texts) } else { Err(COUNT) }
}

#[cfg(test)]
mod tests {
    use super::super::messages::inference::InferTensorContents;
    use super::*;
    use proptest::prelude::*;
    use prost::Message;

    fn read(contents: InferTensorContents, datatype: Datatype, count: usize) -> Result<Values, &'static str> {
        values(&contents.encode_to_vec(), datatype, count)
    }

    proptest! {
        #[test]
        fn lists_come_back(ints in prop::collection::vec(any::<i32>(), 1..20), longs in prop::collection::vec(any::<i64>(), 1..20)) {
            let contents = InferTensorContents { int_contents: ints.clone(), ..Default::default() };
            prop_assert_eq!(read(contents, Datatype::Int32, ints.len()), Ok(Values::Int32(ints)));
            let unsigned: Vec<u64> = longs.iter().map(|long| *long as u64).collect();
            let doubles: Vec<f64> = longs.iter().map(|long| *long as f64).collect();
            let contents = InferTensorContents { fp64_contents: doubles.clone(), ..Default::default() };
            prop_assert_eq!(read(contents, Datatype::Fp64, doubles.len()), Ok(Values::Fp64(doubles)));
            let contents = InferTensorContents { uint64_contents: unsigned.clone(), ..Default::default() };
            prop_assert_eq!(read(contents, Datatype::Uint64, unsigned.len()), Ok(Values::Uint64(unsigned)));
            let contents = InferTensorContents { int64_contents: longs.clone(), ..Default::default() };
            prop_assert_eq!(read(contents, Datatype::Int64, longs.len()), Ok(Values::Int64(longs)));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..100), count in 0_usize..50) {
            for datatype in Datatype::ALL {
                if let Ok(values) = values(&bytes, datatype, count) {
                    prop_assert_eq!(values.len(), count);
                }
            }
        }
    }

    #[test]
    fn counts_and_ranges_are_exact() {
        let ints = |list: &[i32]| InferTensorContents { int_contents: list.to_vec(), ..Default::default() };
        assert_eq!(read(ints(&[-128, 127]), Datatype::Int8, 2), Ok(Values::Int8(vec![-128, 127])));
        assert_eq!(read(ints(&[128]), Datatype::Int8, 1), Err(RANGE));
        assert_eq!(read(ints(&[1, 2]), Datatype::Int32, 1), Err(COUNT));
        assert_eq!(read(ints(&[1, 2]), Datatype::Int32, 3), Err(COUNT));
        assert_eq!(read(ints(&[1]), Datatype::Int64, 1), Err(OTHER));
        assert_eq!(values(&[], Datatype::Fp32, usize::MAX), Err(COUNT));
        let texts = InferTensorContents { bytes_contents: vec![b"a".to_vec(), Vec::new()], ..Default::default() };
        assert_eq!(read(texts, Datatype::Bytes, 2), Ok(Values::Bytes(["a", ""].into_iter().collect())));
        let floats = InferTensorContents { fp32_contents: vec![1.5], ..Default::default() };
        assert_eq!(read(floats, Datatype::Fp32, 1), Ok(Values::Fp32(vec![1.5])));
    }

    #[test]
    fn a_list_may_come_in_pieces_and_unpacked() {
        // Field 6, unpacked 1.0; then field 6, packed 2.0.
        let bytes = [&[0x35][..], &1_f32.to_le_bytes(), &[0x32, 4], &2_f32.to_le_bytes()].concat();
        assert_eq!(values(&bytes, Datatype::Fp32, 2), Ok(Values::Fp32(vec![1.0, 2.0])));
    }
}

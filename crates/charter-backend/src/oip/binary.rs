//! The binary tensor extension: little-endian values one after another, texts with a 4-byte length before each.
//!
//! Source: Triton's `extension_binary_data.md`. Sizes stated in JSON are checked by who asks.

use charter_engine::{Texts, Values};
use charter_plan::tensor::Datatype;
use half::{bf16, f16};

/// Appends the values.
pub(super) fn write(target: &mut Vec<u8>, values: &Values) -> Option<()> {
    macro_rules! numbers {
        ($values:expr) => {
            $values.iter().for_each(|value| target.extend_from_slice(&value.to_le_bytes()))
        };
    }
    match values {
        Values::Bool(values) => target.extend(values.iter().map(|&value| u8::from(value))),
        Values::Uint8(values) => target.extend_from_slice(values),
        Values::Uint16(values) => numbers!(values),
        Values::Uint32(values) => numbers!(values),
        Values::Uint64(values) => numbers!(values),
        Values::Int8(values) => numbers!(values),
        Values::Int16(values) => numbers!(values),
        Values::Int32(values) => numbers!(values),
        Values::Int64(values) => numbers!(values),
        Values::Fp16(values) => numbers!(values),
        Values::Bf16(values) => numbers!(values),
        Values::Fp32(values) => numbers!(values),
        Values::Fp64(values) => numbers!(values),
        Values::Bytes(texts) => {
            for text in texts.iter() {
                target.extend_from_slice(&u32::try_from(text.len()).ok()?.to_le_bytes());
                target.extend_from_slice(text);
            }
        }
    }
    Some(())
}

/// Reads exactly `count` values from exactly all bytes.
pub(super) fn read(bytes: &[u8], datatype: Datatype, count: usize) -> Option<Values> {
    macro_rules! numbers {
        ($type:ty, $wrap:expr) => {{
            const SIZE: usize = size_of::<$type>();
            if Some(bytes.len()) != count.checked_mul(SIZE) {
                return None;
            }
            let (chunks, _) = bytes.as_chunks::<SIZE>();
            $wrap(chunks.iter().map(|chunk| <$type>::from_le_bytes(*chunk)).collect())
        }};
    }
    Some(match datatype {
        Datatype::Bool => {
            if bytes.len() != count || bytes.iter().any(|&byte| byte > 1) {
                return None;
            }
            Values::Bool(bytes.iter().map(|&byte| byte == 1).collect())
        }
        Datatype::Uint8 => numbers!(u8, Values::Uint8),
        Datatype::Uint16 => numbers!(u16, Values::Uint16),
        Datatype::Uint32 => numbers!(u32, Values::Uint32),
        Datatype::Uint64 => numbers!(u64, Values::Uint64),
        Datatype::Int8 => numbers!(i8, Values::Int8),
        Datatype::Int16 => numbers!(i16, Values::Int16),
        Datatype::Int32 => numbers!(i32, Values::Int32),
        Datatype::Int64 => numbers!(i64, Values::Int64),
        Datatype::Fp16 => numbers!(f16, Values::Fp16),
        Datatype::Bf16 => numbers!(bf16, Values::Bf16),
        Datatype::Fp32 => numbers!(f32, Values::Fp32),
        Datatype::Fp64 => numbers!(f64, Values::Fp64),
        Datatype::Bytes => Values::Bytes(read_texts(bytes, count)?),
    })
}

fn read_texts(mut bytes: &[u8], count: usize) -> Option<Texts> {
    // Each text takes four bytes at least, so a wrong count cannot ask for memory that is not there.
    if count > bytes.len() / 4 {
        return (count == 0 && bytes.is_empty()).then(Texts::default);
    }
    let mut texts = Texts::with_capacity(count, bytes.len() - 4 * count);
    for _ in 0..count {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (text, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        texts.push(text);
        bytes = rest;
    }
    bytes.is_empty().then_some(texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(floats in proptest::collection::vec(any::<f64>(), 0..9), texts in proptest::collection::vec(any::<Vec<u8>>(), 0..9)) {
            let narrow: Vec<f32> = floats.iter().map(|&value| value as f32).filter(|value| !value.is_nan()).collect();
            for values in [
                Values::Fp32(narrow.clone()),
                Values::Fp16(narrow.iter().map(|&value| f16::from_f32(value)).collect()),
                Values::Int64(floats.iter().map(|value| value.to_bits() as i64).collect()),
                Values::Int8(floats.iter().map(|value| value.to_bits() as i8).collect()),
                Values::Bool(floats.iter().map(|value| value.is_sign_negative()).collect()),
                Values::Bytes(texts.iter().collect()),
            ] {
                let mut bytes = Vec::new();
                write(&mut bytes, &values).expect("written");
                prop_assert_eq!(read(&bytes, values.datatype(), values.len()), Some(values.clone()));
                prop_assert_eq!(read(&bytes, values.datatype(), values.len() + 1), None);
                bytes.push(0);
                prop_assert_eq!(read(&bytes, values.datatype(), values.len()), None);
            }
        }

        #[test]
        fn any_bytes_give_an_answer_and_no_panic(bytes in any::<Vec<u8>>(), count in prop_oneof![0_usize..70, Just(usize::MAX)]) {
            for datatype in Datatype::ALL {
                if let Some(values) = read(&bytes, datatype, count) {
                    prop_assert_eq!(values.len(), count);
                }
            }
        }
    }
}

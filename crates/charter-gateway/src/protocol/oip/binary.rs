//! The binary tensor extension: raw little-endian tensors after the JSON part.
//!
//! Source: KServe and Triton, "Binary Tensor Data Extension". Sizes that must add up over the whole body are checked in `request`.

use charter_engine::{Texts, Values};
use charter_plan::tensor::Datatype;
use half::{bf16, f16};

const SIZE: &str = "`binary_data_size` differs from what shape and datatype need";

/// Reads `count` values that take up all of `bytes`.
pub(in crate::protocol) fn decode(bytes: &[u8], datatype: Datatype, count: usize) -> Result<Values, &'static str> {
    if let Some(size) = datatype.size_bytes()
        && count.checked_mul(size) != Some(bytes.len())
    {
        return Err(SIZE);
    }
    Ok(match datatype {
        Datatype::Bool => Values::Bool(
            bytes
                .iter()
                .map(|byte| match byte {
                    0 => Ok(false),
                    1 => Ok(true),
                    _ => Err("a BOOL is neither 0 nor 1"),
                })
                .collect::<Result<_, _>>()?,
        ),
        Datatype::Uint8 => Values::Uint8(bytes.to_vec()),
        Datatype::Uint16 => Values::Uint16(numbers(bytes, u16::from_le_bytes)),
        Datatype::Uint32 => Values::Uint32(numbers(bytes, u32::from_le_bytes)),
        Datatype::Uint64 => Values::Uint64(numbers(bytes, u64::from_le_bytes)),
        Datatype::Int8 => Values::Int8(numbers(bytes, i8::from_le_bytes)),
        Datatype::Int16 => Values::Int16(numbers(bytes, i16::from_le_bytes)),
        Datatype::Int32 => Values::Int32(numbers(bytes, i32::from_le_bytes)),
        Datatype::Int64 => Values::Int64(numbers(bytes, i64::from_le_bytes)),
        Datatype::Fp16 => Values::Fp16(numbers(bytes, f16::from_le_bytes)),
        Datatype::Bf16 => Values::Bf16(numbers(bytes, bf16::from_le_bytes)),
        Datatype::Fp32 => Values::Fp32(numbers(bytes, f32::from_le_bytes)),
        Datatype::Fp64 => Values::Fp64(numbers(bytes, f64::from_le_bytes)),
        Datatype::Bytes => Values::Bytes(texts(bytes, count)?),
    })
}

fn numbers<const SIZE: usize, T>(bytes: &[u8], read: impl Fn([u8; SIZE]) -> T) -> Vec<T> {
    let (chunks, _) = bytes.as_chunks::<SIZE>();
    chunks.iter().map(|chunk| read(*chunk)).collect()
}

/// Strings, each behind its length in four bytes.
fn texts(mut bytes: &[u8], count: usize) -> Result<Texts, &'static str> {
    // Each string takes at least its length, so the bytes bound the count before anything is allocated.
    if count.checked_mul(4).is_none_or(|least| least > bytes.len()) {
        return Err(SIZE);
    }
    let mut texts = Texts::with_capacity(count, bytes.len() - count * 4);
    for _ in 0..count {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or(SIZE)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| SIZE)?;
        let (text, rest) = rest.split_at_checked(length).ok_or("the length of a string is more than what is left")?;
        texts.push(text);
        bytes = rest;
    }
    if bytes.is_empty() { Ok(texts) } else { Err(SIZE) }
}

/// Appends the values and returns how many bytes they took.
pub(in crate::protocol) fn encode(values: &Values, out: &mut Vec<u8>) -> usize {
    let start = out.len();
    match values {
        Values::Bool(values) => out.extend(values.iter().map(|value| u8::from(*value))),
        Values::Uint8(values) => out.extend_from_slice(values),
        Values::Uint16(values) => append(out, values, |value| value.to_le_bytes()),
        Values::Uint32(values) => append(out, values, |value| value.to_le_bytes()),
        Values::Uint64(values) => append(out, values, |value| value.to_le_bytes()),
        Values::Int8(values) => append(out, values, |value| value.to_le_bytes()),
        Values::Int16(values) => append(out, values, |value| value.to_le_bytes()),
        Values::Int32(values) => append(out, values, |value| value.to_le_bytes()),
        Values::Int64(values) => append(out, values, |value| value.to_le_bytes()),
        Values::Fp16(values) => append(out, values, |value| value.to_le_bytes()),
        Values::Bf16(values) => append(out, values, |value| value.to_le_bytes()),
        Values::Fp32(values) => append(out, values, |value| value.to_le_bytes()),
        Values::Fp64(values) => append(out, values, |value| value.to_le_bytes()),
        Values::Bytes(texts) => {
            for text in texts.iter() {
                // Bodies are far below 4 GiB, so a longer text cannot have come in; a backend's would be cut, not mislabelled.
                let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
                out.extend_from_slice(&length.to_le_bytes());
                out.extend_from_slice(text.get(..length as usize).unwrap_or(text));
            }
        }
    }
    out.len() - start
}

fn append<const SIZE: usize, T: Copy>(out: &mut Vec<u8>, values: &[T], write: impl Fn(T) -> [u8; SIZE]) {
    out.reserve(values.len() * SIZE);
    for value in values {
        out.extend_from_slice(&write(*value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_must_be_exact() {
        assert!(decode(&[0; 8], Datatype::Fp32, 2).is_ok());
        assert!(decode(&[0; 7], Datatype::Fp32, 2).is_err());
        assert!(decode(&[0; 9], Datatype::Fp32, 2).is_err());
        assert!(decode(&[], Datatype::Fp64, usize::MAX).is_err());
        assert!(decode(&[2], Datatype::Bool, 1).is_err());
    }

    #[test]
    fn lengths_of_strings_must_add_up() {
        assert_eq!(decode(b"\x01\0\0\0a\0\0\0\0", Datatype::Bytes, 2), Ok(Values::Bytes(["a", ""].into_iter().collect())));
        for bad in [&b"\x02\0\0\0a"[..], b"\x01\0\0\0ab", b"\xff\xff\xff\xffa", b"\x01\0\0", b""] {
            assert!(decode(bad, Datatype::Bytes, 1).is_err());
        }
        assert!(decode(&[0; 16], Datatype::Bytes, usize::MAX).is_err());
    }
}

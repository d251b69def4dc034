//! Reads tensors stored in the model file. External data is refused: this crate does no I/O.

use half::{bf16, f16};

use crate::error::Refusal;
use crate::proto::TensorProto;
use crate::tensor::{Dimensions, Element, Tensor, count_elements};

/// Converts a stored tensor. Half floats become `float` and small integers `int32`/`int64`, which hold every value of them exactly.
pub(crate) fn read(proto: &TensorProto) -> Result<Tensor, Refusal> {
    if proto.data_location != 0 || !proto.external_data.is_empty() {
        return Err(Refusal::Unsupported("its data lies in another file; embed it in the model".to_string()));
    }
    let mut shape = Dimensions::default();
    for &dimension in &proto.dims {
        shape.push(usize::try_from(dimension).map_err(|_| Refusal::Malformed(format!("dimension {dimension} is negative")))?)?;
    }
    let count = count_elements(&shape)?;
    match proto.data_type {
        1 => numbers(proto, &shape, count, f32::from_le_bytes, &proto.float_data, |&value| value),
        2 => numbers(proto, &shape, count, |b: [u8; 1]| i32::from(b[0]), &proto.int32_data, |&value| value),
        3 => numbers(proto, &shape, count, |b: [u8; 1]| i32::from(i8::from_le_bytes(b)), &proto.int32_data, |&value| value),
        4 => numbers(proto, &shape, count, |b| i32::from(u16::from_le_bytes(b)), &proto.int32_data, |&value| value),
        5 => numbers(proto, &shape, count, |b| i32::from(i16::from_le_bytes(b)), &proto.int32_data, |&value| value),
        6 => numbers(proto, &shape, count, i32::from_le_bytes, &proto.int32_data, |&value| value),
        7 => numbers(proto, &shape, count, i64::from_le_bytes, &proto.int64_data, |&value| value),
        8 => {
            let texts: Result<Vec<String>, Refusal> = proto.string_data.iter().map(|bytes| text(bytes)).collect();
            Ok(Tensor::new(&shape, texts?)?)
        }
        9 => numbers(proto, &shape, count, |b: [u8; 1]| b[0] != 0, &proto.int32_data, |&value| value != 0),
        10 => numbers(
            proto,
            &shape,
            count,
            |b| f16::from_le_bytes(b).to_f32(),
            &proto.int32_data,
            |&bits| f16::from_bits(bits as u16).to_f32(),
        ),
        11 => numbers(proto, &shape, count, f64::from_le_bytes, &proto.double_data, |&value| value),
        16 => numbers(
            proto,
            &shape,
            count,
            |b| bf16::from_le_bytes(b).to_f32(),
            &proto.int32_data,
            |&bits| bf16::from_bits(bits as u16).to_f32(),
        ),
        other => Err(Refusal::Unsupported(format!("element type {other} is not evaluated"))),
    }
}

/// UTF-8 text from a bytes field.
pub(crate) fn text(bytes: &[u8]) -> Result<String, Refusal> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Refusal::Malformed("a string is not UTF-8".to_string()))
}

fn numbers<T: Element, Stored, const WIDTH: usize>(
    proto: &TensorProto,
    shape: &[usize],
    count: usize,
    from_bytes: impl Fn([u8; WIDTH]) -> T,
    stored: &[Stored],
    from_stored: impl Fn(&Stored) -> T,
) -> Result<Tensor, Refusal> {
    let values: Vec<T> = match &proto.raw_data {
        Some(bytes) => {
            let (chunks, rest) = bytes.as_chunks::<WIDTH>();
            if !rest.is_empty() || chunks.len() != count {
                return Err(Refusal::Malformed(format!("{} bytes do not hold {count} elements of {WIDTH} bytes", bytes.len())));
            }
            chunks.iter().map(|&bytes| from_bytes(bytes)).collect()
        }
        None => stored.iter().map(from_stored).collect(),
    };
    Ok(Tensor::new(shape, values)?)
}

//! Tensors to the body of an infer request: JSON alone, or JSON and a binary part.
//!
//! Whether the binary part is understood at the other end is settled at first contact.

use super::binary;
use crate::failure::failed;
use charter_engine::{BackendError, Failure, Tensor, Values};
use charter_plan::tensor::TensorSpec;
use serde_json::ser::Formatter;
use std::borrow::Cow;
use std::io::Write;

/// A body, and the length of its JSON part when there is a binary part.
#[derive(Debug, PartialEq)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) json_length: Option<usize>,
}

/// Writes the request. Texts that are no UTF-8 and floats that are no numbers travel in binary only.
pub(super) fn write(
    inputs: &[TensorSpec],
    tensors: &[Cow<'_, Tensor>],
    outputs: &[TensorSpec],
    binary: bool,
) -> Result<Body, BackendError> {
    let mut bytes = Vec::with_capacity(256 + 64 * inputs.len());
    let mut tail = Vec::new();
    bytes.extend_from_slice(b"{\"inputs\":[");
    for (index, (spec, tensor)) in inputs.iter().zip(tensors).enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        bytes.extend_from_slice(b"{\"name\":");
        text(&mut bytes, &spec.name);
        bytes.extend_from_slice(b",\"shape\":[");
        for (axis, length) in tensor.shape().iter().enumerate() {
            let comma = if axis > 0 { "," } else { "" };
            // Writing to memory cannot fail.
            let _ = write!(bytes, "{comma}{length}");
        }
        let _ = write!(bytes, "],\"datatype\":\"{}\"", tensor.datatype());
        if binary {
            let before = tail.len();
            binary::write(&mut tail, tensor.values())
                .ok_or_else(|| failed(Failure::Rejected, "a text is longer than the protocol allows"))?;
            let _ = write!(bytes, ",\"parameters\":{{\"binary_data_size\":{}}}}}", tail.len() - before);
        } else {
            bytes.extend_from_slice(b",\"data\":[");
            data(&mut bytes, tensor.values())?;
            bytes.extend_from_slice(b"]}");
        }
    }
    bytes.extend_from_slice(b"],\"outputs\":[");
    for (index, spec) in outputs.iter().enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        bytes.extend_from_slice(b"{\"name\":");
        text(&mut bytes, &spec.name);
        bytes.extend_from_slice(if binary { b",\"parameters\":{\"binary_data\":true}}" } else { b"}" });
    }
    bytes.extend_from_slice(b"]}");
    let json_length = binary.then_some(bytes.len());
    bytes.extend_from_slice(&tail);
    Ok(Body { bytes, json_length })
}

fn text(target: &mut Vec<u8>, text: &str) {
    // A text always has a JSON form, and memory takes it.
    let _ = serde_json::to_writer(target, text);
}

fn data(target: &mut Vec<u8>, values: &Values) -> Result<(), BackendError> {
    fn all<T: Copy>(target: &mut Vec<u8>, values: &[T], write: impl Fn(&mut Vec<u8>, T)) {
        for (index, &value) in values.iter().enumerate() {
            if index > 0 {
                target.push(b',');
            }
            write(target, value);
        }
    }
    fn finite<T: Copy>(values: &[T], is_finite: impl Fn(T) -> bool) -> Result<&[T], BackendError> {
        let wrong = || failed(Failure::Rejected, "JSON has no NaN and no infinity, and the upstream takes no binary tensors");
        if values.iter().all(|&value| is_finite(value)) { Ok(values) } else { Err(wrong()) }
    }
    // Shortest digits that give the same value back; writing to memory cannot fail.
    let f32_text = |target: &mut Vec<u8>, value: f32| drop(serde_json::ser::CompactFormatter.write_f32(target, value));
    match values {
        Values::Bool(values) => all(target, values, |target, value| target.extend_from_slice(if value { b"true" } else { b"false" })),
        Values::Uint8(values) => all(target, values, integer),
        Values::Uint16(values) => all(target, values, integer),
        Values::Uint32(values) => all(target, values, integer),
        Values::Uint64(values) => all(target, values, integer),
        Values::Int8(values) => all(target, values, integer),
        Values::Int16(values) => all(target, values, integer),
        Values::Int32(values) => all(target, values, integer),
        Values::Int64(values) => all(target, values, integer),
        Values::Fp16(values) => all(target, finite(values, |value| value.is_finite())?, |target, value| f32_text(target, value.to_f32())),
        Values::Bf16(values) => all(target, finite(values, |value| value.is_finite())?, |target, value| f32_text(target, value.to_f32())),
        Values::Fp32(values) => all(target, finite(values, |value| value.is_finite())?, f32_text),
        Values::Fp64(values) => {
            let write = |target: &mut Vec<u8>, value| drop(serde_json::ser::CompactFormatter.write_f64(target, value));
            all(target, finite(values, |value| value.is_finite())?, write);
        }
        Values::Bytes(texts) => {
            for (index, bytes) in texts.iter().enumerate() {
                if index > 0 {
                    target.push(b',');
                }
                let wrong = |_| failed(Failure::Rejected, "a text is not UTF-8, and the upstream takes no binary tensors");
                text(target, std::str::from_utf8(bytes).map_err(wrong)?);
            }
        }
    }
    Ok(())
}

fn integer<T: std::fmt::Display>(target: &mut Vec<u8>, value: T) {
    let _ = write!(target, "{value}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::specs;

    fn tensor(shape: &[usize], values: Values) -> Cow<'static, Tensor> {
        Cow::Owned(Tensor::new(shape, values).expect("fits"))
    }

    #[test]
    fn json_bodies_are_what_the_protocol_says() {
        let inputs = specs(&["a\"b: FP32[-1,2]", "t: BYTES[-1]"]);
        let tensors = [tensor(&[1, 2], Values::Fp32(vec![0.1, 2.0])), tensor(&[1], Values::Bytes(["x\ny"].into_iter().collect()))];
        let body = write(&inputs, &tensors, &specs(&["score: FP32[-1]"]), false).expect("written");
        let expected = r#"{"inputs":[{"name":"a\"b","shape":[1,2],"datatype":"FP32","data":[0.1,2.0]},{"name":"t","shape":[1],"datatype":"BYTES","data":["x\ny"]}],"outputs":[{"name":"score"}]}"#;
        assert_eq!((String::from_utf8(body.bytes).expect("text").as_str(), body.json_length), (expected, None));
    }

    #[test]
    fn binary_bodies_state_the_size_of_every_tensor() {
        let inputs = specs(&["a: INT16[-1]", "t: BYTES[-1]"]);
        let tensors = [tensor(&[2], Values::Int16(vec![1, -1])), tensor(&[2], Values::Bytes(["é", ""].into_iter().collect()))];
        let body = write(&inputs, &tensors, &specs(&["score: FP32[-1]"]), true).expect("written");
        let (json, tail) = body.bytes.split_at(body.json_length.expect("binary"));
        let expected = r#"{"inputs":[{"name":"a","shape":[2],"datatype":"INT16","parameters":{"binary_data_size":4}},{"name":"t","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":10}}],"outputs":[{"name":"score","parameters":{"binary_data":true}}]}"#;
        assert_eq!(std::str::from_utf8(json), Ok(expected));
        assert_eq!(tail, [1, 0, 255, 255, 2, 0, 0, 0, 0xC3, 0xA9, 0, 0, 0, 0]);
    }

    #[test]
    fn what_json_cannot_say_is_refused_unless_it_travels_in_binary() {
        for values in [Values::Fp32(vec![f32::NAN]), Values::Fp64(vec![f64::INFINITY]), Values::Bytes([[0xFF_u8]].into_iter().collect())] {
            let (inputs, tensors) = (specs(&["a: FP32[-1]"]), [tensor(&[1], values)]);
            assert_eq!(write(&inputs, &tensors, &[], false).expect_err("refused").failure, Failure::Rejected);
            assert!(write(&inputs, &tensors, &[], true).is_ok());
        }
    }
}

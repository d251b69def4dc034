//! Tensors to and from ONNX Runtime.
//!
//! Inputs are lent, outputs are copied out. What a `ZipMap` gives (a map from class to score for each row) is read as a table with one column a class,
//! classes in ascending order.

use crate::failure::failed;
use charter_engine::{BackendError, Failure, Tensor, Texts, Values};
use ort::session::SessionInputValue;
use ort::value::{
    DynMapValueType, DynValue, IntoTensorElementType, PrimitiveTensorElementType, TensorElementType, TensorRef, Value, ValueType,
};
use std::fmt::Debug;
use std::hash::Hash;

pub(super) fn failed_in_runtime(error: &ort::Error) -> BackendError {
    // The text of the error may hold values and paths; its code does not.
    let failure = if error.code() == ort::ErrorCode::InvalidArgument { Failure::Rejected } else { Failure::Upstream };
    failed(failure, format!("onnx runtime: {:?}", error.code()))
}

/// Lends a tensor to a call.
pub(super) fn lend(tensor: &Tensor) -> Result<SessionInputValue<'_>, BackendError> {
    fn primitive<'a, T: PrimitiveTensorElementType + Clone + Debug + 'static>(
        shape: &'a [usize],
        values: &'a [T],
    ) -> ort::Result<SessionInputValue<'a>> {
        Ok(TensorRef::from_array_view((shape, values))?.into())
    }
    let shape = tensor.shape();
    let value = match tensor.values() {
        Values::Bool(values) => primitive(shape, values),
        Values::Uint8(values) => primitive(shape, values),
        Values::Uint16(values) => primitive(shape, values),
        Values::Uint32(values) => primitive(shape, values),
        Values::Uint64(values) => primitive(shape, values),
        Values::Int8(values) => primitive(shape, values),
        Values::Int16(values) => primitive(shape, values),
        Values::Int32(values) => primitive(shape, values),
        Values::Int64(values) => primitive(shape, values),
        Values::Fp16(values) => primitive(shape, values),
        Values::Bf16(values) => primitive(shape, values),
        Values::Fp32(values) => primitive(shape, values),
        Values::Fp64(values) => primitive(shape, values),
        Values::Bytes(texts) => {
            let rule = |_| failed(Failure::Rejected, "a text is not UTF-8");
            let texts: Vec<String> =
                texts.iter().map(|text| std::str::from_utf8(text).map(str::to_owned).map_err(rule)).collect::<Result<_, _>>()?;
            if texts.iter().any(|text| text.contains('\0')) {
                return Err(failed(Failure::Rejected, "a text holds a NUL"));
            }
            ort::value::Tensor::from_string_array((shape, texts.as_slice())).map(Into::into)
        }
    };
    value.map_err(|error| failed_in_runtime(&error))
}

/// Copies an output.
pub(super) fn copy_out(value: &DynValue) -> Result<Tensor, BackendError> {
    match value.dtype() {
        ValueType::Tensor { ty, .. } => copy_tensor(value, *ty),
        ValueType::Sequence(_) => copy_maps(value),
        ValueType::Map { .. } | ValueType::Optional(_) => Err(failed(Failure::BadOutput, "an output is no tensor")),
    }
}

fn copy_tensor(value: &DynValue, element: TensorElementType) -> Result<Tensor, BackendError> {
    fn primitive<T: PrimitiveTensorElementType + Clone>(value: &DynValue, wrap: fn(Vec<T>) -> Values) -> ort::Result<(Vec<usize>, Values)> {
        let (shape, values) = value.try_extract_tensor::<T>()?;
        Ok((lengths(shape), wrap(values.to_vec())))
    }
    let copied = match element {
        TensorElementType::Bool => primitive(value, Values::Bool),
        TensorElementType::Uint8 => primitive(value, Values::Uint8),
        TensorElementType::Uint16 => primitive(value, Values::Uint16),
        TensorElementType::Uint32 => primitive(value, Values::Uint32),
        TensorElementType::Uint64 => primitive(value, Values::Uint64),
        TensorElementType::Int8 => primitive(value, Values::Int8),
        TensorElementType::Int16 => primitive(value, Values::Int16),
        TensorElementType::Int32 => primitive(value, Values::Int32),
        TensorElementType::Int64 => primitive(value, Values::Int64),
        TensorElementType::Float16 => primitive(value, Values::Fp16),
        TensorElementType::Bfloat16 => primitive(value, Values::Bf16),
        TensorElementType::Float32 => primitive(value, Values::Fp32),
        TensorElementType::Float64 => primitive(value, Values::Fp64),
        TensorElementType::String => {
            value.try_extract_strings().map(|(shape, texts)| (lengths(shape), Values::Bytes(Texts::from_iter(texts))))
        }
        _ => return Err(failed(Failure::BadOutput, "an output is of a type that no tensor of ours has")),
    };
    let (shape, values) = copied.map_err(|error| failed_in_runtime(&error))?;
    Tensor::new(shape.as_slice(), values).ok_or_else(|| failed(Failure::BadOutput, "an output has no row dimension"))
}

fn lengths(shape: &[i64]) -> Vec<usize> {
    shape.iter().map(|&length| usize::try_from(length).unwrap_or(0)).collect()
}

/// Rows of maps as a table; every row must know the same classes.
fn copy_maps(value: &DynValue) -> Result<Tensor, BackendError> {
    let rows = value.try_extract_sequence::<DynMapValueType>().map_err(|error| failed_in_runtime(&error))?;
    let texts = matches!(rows.first().map(Value::dtype), Some(ValueType::Map { key: TensorElementType::String, .. }));
    let (width, scores) = if texts { table::<String>(&rows) } else { table::<i64>(&rows) }?;
    Tensor::new([rows.len(), width].as_slice(), Values::Fp32(scores)).ok_or_else(|| failed(Failure::BadOutput, "an output is no table"))
}

/// Classes a row, and the scores row by row.
fn table<K: IntoTensorElementType + Clone + Hash + Ord>(rows: &[Value<DynMapValueType>]) -> Result<(usize, Vec<f32>), BackendError> {
    let mut classes: Option<Vec<K>> = None;
    let mut scores = Vec::with_capacity(rows.len() * 2);
    for row in rows {
        let mut row = row.try_extract_key_values::<K, f32>().map_err(|error| failed_in_runtime(&error))?;
        row.sort_by(|left, right| left.0.cmp(&right.0));
        scores.extend(row.iter().map(|(_, score)| *score));
        let names: Vec<K> = row.into_iter().map(|(class, _)| class).collect();
        match &classes {
            Some(known) if *known != names => return Err(failed(Failure::BadOutput, "the rows of an output have different classes")),
            Some(_) => {}
            None => classes = Some(names),
        }
    }
    Ok((classes.map_or(0, |classes| classes.len()), scores))
}

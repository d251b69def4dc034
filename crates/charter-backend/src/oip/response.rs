//! The body of an infer answer to tensors, checked against the signature: an upstream is not trusted to keep it.
//!
//! HTTP does not belong here.

use super::exchange::Reply;
use super::{binary, json};
use crate::failure::failed;
use charter_engine::tensor::Shape;
use charter_engine::{BackendError, Failure, Tensor};
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Outputs that an answer may hold.
const OUTPUTS_MAX: usize = 1024;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    outputs: Vec<Output<'a>>,
}

#[derive(Deserialize)]
struct Output<'a> {
    name: String,
    datatype: String,
    shape: Vec<u64>,
    /// `null` is what Python servers write for a field they leave out; here and below it counts as absent.
    parameters: Option<Parameters>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Parameters {
    binary_data_size: Option<u64>,
}

/// The outputs in the plan's order, each with `rows` rows.
pub(super) fn read(reply: &Reply, outputs: &[TensorSpec], rows: usize) -> Result<Vec<Tensor>, BackendError> {
    let broken = |failure, rule: &str| failed(failure, format!("the upstream's answer {rule}"));
    let wrong = |rule: &str| broken(Failure::BadOutput, rule);
    let (json, tail) = reply.body.split_at_checked(reply.json_length.unwrap_or(reply.body.len())).ok_or_else(|| wrong("is cut short"))?;
    let answer: Answer<'_> = serde_json::from_slice(json).map_err(|_| wrong("is not what the protocol says"))?;
    if answer.outputs.len() > OUTPUTS_MAX {
        return Err(wrong("holds too many outputs"));
    }
    let mut parts = split(&answer, tail).ok_or_else(|| wrong("states sizes that are not those of its binary part"))?;
    let tensors = outputs.iter().map(|spec| {
        let name = &spec.name;
        let position = answer.outputs.iter().position(|output| output.name == *name);
        let (output, part) = position
            .and_then(|position| Some((answer.outputs.get(position)?, parts.get_mut(position)?.take())))
            .ok_or_else(|| broken(Failure::SchemaMismatch, &format!("has no output `{name}`")))?;
        let shape = shape_of(spec, output, rows).map_err(|rule| broken(Failure::SchemaMismatch, &format!("{rule} (output `{name}`)")))?;
        read_output(spec, output, part, shape).map_err(|rule| wrong(&format!("{rule} (output `{name}`)")))
    });
    tensors.collect()
}

/// The binary part of each output; together they are the whole tail.
fn split<'a>(answer: &Answer<'_>, mut tail: &'a [u8]) -> Option<Vec<Option<&'a [u8]>>> {
    let mut parts = Vec::with_capacity(answer.outputs.len());
    for output in &answer.outputs {
        parts.push(match output.parameters.as_ref().and_then(|parameters| parameters.binary_data_size) {
            None => None,
            Some(size) => {
                let (part, rest) = tail.split_at_checked(usize::try_from(size).ok()?)?;
                tail = rest;
                Some(part)
            }
        });
    }
    tail.is_empty().then_some(parts)
}

/// The output's shape as the signature says it, where datatype and shape are the signature's.
fn shape_of(spec: &TensorSpec, output: &Output<'_>, rows: usize) -> Result<Shape, &'static str> {
    if Datatype::parse(&output.datatype) != Some(spec.datatype) {
        return Err("is of another datatype than the signature says");
    }
    let shape: Vec<usize> =
        output.shape.iter().map(|&length| usize::try_from(length)).collect::<Result<_, _>>().map_err(|_| "has an impossible shape")?;
    let shape = settle(&shape, &spec.shape).ok_or("has another shape than the signature says")?;
    if shape.first() != Some(&rows) {
        return Err("has another number of rows than the request");
    }
    Ok(shape)
}

fn read_output(spec: &TensorSpec, output: &Output<'_>, part: Option<&[u8]>, shape: Shape) -> Result<Tensor, String> {
    let count = shape.iter().try_fold(1_usize, |product, &length| product.checked_mul(length)).ok_or("has an impossible shape")?;
    let values = match (part, output.data) {
        (Some(part), None) => binary::read(part, spec.datatype, count).ok_or("holds values that its datatype or shape does not allow")?,
        (None, Some(data)) => json::read(data.get(), spec.datatype, count)?,
        (Some(_), Some(_)) | (None, None) => return Err("must hold its values once, in JSON or in binary".into()),
    };
    Tensor::new(shape, values).ok_or_else(|| "has an impossible shape".into())
}

/// The answer's shape as the signature says it. One value a row may come with or without a column of its own (`[rows, 1]` and `[rows]`), as it may to us.
fn settle(shape: &[usize], stated: &[Dimension]) -> Option<Shape> {
    let settled = match (shape, stated) {
        ([rows, 1], [_]) => Shape::from_slice(&[*rows]),
        ([rows], [_, _]) => Shape::from_slice(&[*rows, 1]),
        _ => Shape::from_slice(shape),
    };
    let fits = |(dimension, &length): (&Dimension, &usize)| {
        *dimension == Dimension::Any || i64::from(*dimension) == i64::try_from(length).unwrap_or(-1)
    };
    (settled.len() == stated.len() && stated.iter().zip(&settled).all(fits)).then_some(settled)
}

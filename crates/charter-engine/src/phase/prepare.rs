//! Turns slots into the inputs of one model.
//!
//! Computing features does not belong here: whatever is bound is already in a slot.

use super::admit::{matches, single_column};
use crate::convert::{pack, widen};
use crate::tensor::{Shape, Tensor, Values};
use charter_plan::plan::{Binding, Model, Use};
use charter_plan::tensor::{Dimension, TensorSpec};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fmt;

/// Inputs of one model; few enough that no call allocates for them.
pub(crate) type Inputs<'a> = SmallVec<[Cow<'a, Tensor>; 4]>;

/// A slot that does not become an input. A compiled plan has none.
#[derive(Debug)]
pub(crate) struct Mismatch<'a> {
    input: &'a str,
    rule: &'static str,
}

impl fmt::Display for Mismatch<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "input `{}`: {}", self.input, self.rule)
    }
}

/// Borrows what fits as it is; reshapes, widens and packs the rest.
pub(crate) fn bind<'a>(slots: &[&'a Tensor], call: &Use, model: &'a Model, rows: usize) -> Result<Inputs<'a>, Mismatch<'a>> {
    let mut inputs = Inputs::new();
    if call.inputs.len() != model.inputs.len() {
        return Err(Mismatch { input: "", rule: "the model has another number of inputs" });
    }
    for (binding, spec) in call.inputs.iter().zip(&model.inputs) {
        let input = match binding {
            Binding::Slot(slot) => slots.get(usize::from(*slot)).ok_or("there is no such slot").and_then(|tensor| take(tensor, spec, rows)),
            Binding::Columns(columns) => gather(slots, columns, spec, rows).map(Cow::Owned),
        };
        inputs.push(input.map_err(|rule| Mismatch { input: &spec.name, rule })?);
    }
    Ok(inputs)
}

fn take<'a>(tensor: &'a Tensor, spec: &TensorSpec, rows: usize) -> Result<Cow<'a, Tensor>, &'static str> {
    let fits = matches(tensor.shape(), &spec.shape, rows);
    if fits && tensor.datatype() == spec.datatype {
        return Ok(Cow::Borrowed(tensor));
    }
    let shape = if fits { Some(Shape::from_slice(tensor.shape())) } else { single_column(&spec.shape, rows) };
    let values = widen(tensor.values(), spec.datatype).ok_or("the slot's datatype does not widen to the model's")?;
    shape.and_then(|shape| Tensor::new(shape, values)).map(Cow::Owned).ok_or("the slot has another shape than the model takes")
}

fn gather(slots: &[&Tensor], columns: &[u16], spec: &TensorSpec, rows: usize) -> Result<Tensor, &'static str> {
    let mut values: SmallVec<[&Values; 32]> = SmallVec::new();
    for column in columns {
        values.push(slots.get(usize::from(*column)).ok_or("there is no such slot")?.values());
    }
    let fits = match spec.shape.as_slice() {
        [_, Dimension::Fixed(width)] => *width as usize == columns.len(),
        [_, Dimension::Any] => true,
        _ => false,
    };
    if !fits {
        return Err("the model takes another number of columns");
    }
    let packed = pack(&values, rows, spec.datatype).ok_or("a column has another length than the rows, or does not widen")?;
    Tensor::new(Shape::from_slice(&[rows, columns.len()]), packed).ok_or("the columns do not fill the tensor")
}

//! Operators that keep the elements and change the shape, or build tensors from shapes.

use crate::error::{Fault, Refusal, fault};
use crate::node::Node;
use crate::step::Inputs;
use crate::tensor::{Dimensions, Element, Elements, Tensor, TensorView, resolve_axis};

/// `Concat` along one axis.
#[derive(Debug)]
pub(crate) struct Concat {
    pub(crate) axis: i64,
}

impl Concat {
    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        match inputs.required(0)?.elements() {
            Elements::F32(_) => self.join::<f32>(inputs, output),
            Elements::F64(_) => self.join::<f64>(inputs, output),
            Elements::I64(_) => self.join::<i64>(inputs, output),
            Elements::I32(_) => self.join::<i32>(inputs, output),
            Elements::Bool(_) => self.join::<bool>(inputs, output),
            Elements::Text(_) => self.join::<String>(inputs, output),
        }
    }

    fn join<T: Element>(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let first = inputs.required(0)?;
        let axis = resolve_axis(self.axis, first.shape().len())?;
        let mut shape = Dimensions::from(first.shape())?;
        let mut joined: usize = 0;
        for index in 0..inputs.len() {
            let own = inputs.required(index)?.shape();
            let fits = own.len() == shape.len() && own.iter().zip(shape.iter()).enumerate().all(|(i, (a, b))| i == axis || a == b);
            if !fits {
                return Err(fault!("shapes {:?} and {own:?} do not join along axis {axis}", first.shape()));
            }
            joined = joined.saturating_add(own[axis]);
        }
        shape[axis] = joined;
        let inner: usize = shape[axis + 1..].iter().product();
        let out = output.start::<T>(&shape)?;
        if out.is_empty() {
            return Ok(());
        }
        let width = joined * inner;
        let mut offset = 0;
        for index in 0..inputs.len() {
            let view = inputs.required(index)?;
            let own = view.shape()[axis] * inner;
            if own == 0 {
                continue;
            }
            for (line, values) in out.chunks_exact_mut(width).zip(view.typed::<T>()?.chunks_exact(own)) {
                line[offset..offset + own].clone_from_slice(values);
            }
            offset += own;
        }
        Ok(())
    }
}

/// `Reshape` with its zero and minus-one rules.
pub(crate) fn reshape(inputs: &Inputs<'_>, output: &mut Tensor, zero_is_zero: bool, fixed: Option<&[i64]>) -> Result<(), Fault> {
    let input = inputs.required(0)?;
    let wanted = match fixed {
        Some(shape) => shape,
        None => inputs.required(1)?.typed::<i64>()?,
    };
    let mut shape = Dimensions::default();
    let mut open = None;
    for (axis, &dimension) in wanted.iter().enumerate() {
        shape.push(match dimension {
            -1 if open.is_none() => {
                open = Some(axis);
                1
            }
            0 if !zero_is_zero => *input.shape().get(axis).ok_or_else(|| fault!("dimension {axis} is to be kept, but there is none"))?,
            _ => usize::try_from(dimension).map_err(|_| fault!("dimension {dimension} is not allowed"))?,
        })?;
    }
    if let Some(axis) = open {
        let known = shape.iter().try_fold(1_usize, |product, &dimension| product.checked_mul(dimension)).unwrap_or(0);
        let count = input.elements().len();
        if known == 0 || !count.is_multiple_of(known) {
            return Err(fault!("{:?} cannot be reshaped to {wanted:?}", input.shape()));
        }
        shape[axis] = count / known;
    }
    output.copy_as(input, &shape)
}

/// `Flatten` to a table, split before an axis.
pub(crate) fn flatten(inputs: &Inputs<'_>, output: &mut Tensor, axis: i64) -> Result<(), Fault> {
    let input = inputs.required(0)?;
    let rank = input.shape().len();
    let axis = if axis == rank as i64 { rank } else { resolve_axis(axis, rank)? };
    let (outer, inner) = input.shape().split_at(axis);
    output.copy_as(input, &[outer.iter().product(), inner.iter().product()])
}

/// The axes of `Squeeze`, `Unsqueeze` and reductions: an attribute, or an input of integers.
pub(crate) fn axes_of<'a>(inputs: &Inputs<'a>, attribute: Option<&'a [i64]>, index: usize) -> Result<Option<&'a [i64]>, Fault> {
    match (attribute, inputs.optional(index)) {
        (Some(axes), _) => Ok(Some(axes)),
        (None, Some(view)) => view.typed::<i64>().map(Some),
        (None, None) => Ok(None),
    }
}

/// `Squeeze`: drops dimensions of one.
pub(crate) fn squeeze(inputs: &Inputs<'_>, output: &mut Tensor, attribute: Option<&[i64]>) -> Result<(), Fault> {
    let input = inputs.required(0)?;
    let axes = axes_of(inputs, attribute, 1)?;
    let mut dropped = [false; crate::tensor::RANK_MAX];
    for &axis in axes.unwrap_or_default() {
        let axis = resolve_axis(axis, input.shape().len())?;
        if input.shape()[axis] != 1 {
            return Err(fault!("dimension {axis} of {:?} is not one", input.shape()));
        }
        dropped[axis] = true;
    }
    let mut shape = Dimensions::default();
    for (axis, &dimension) in input.shape().iter().enumerate() {
        let drop = if axes.is_some() { dropped[axis] } else { dimension == 1 };
        if !drop {
            shape.push(dimension)?;
        }
    }
    output.copy_as(input, &shape)
}

/// `Unsqueeze`: adds dimensions of one.
pub(crate) fn unsqueeze(inputs: &Inputs<'_>, output: &mut Tensor, attribute: Option<&[i64]>) -> Result<(), Fault> {
    let input = inputs.required(0)?;
    let axes = axes_of(inputs, attribute, 1)?.ok_or_else(|| fault!("its axes are missing"))?;
    let rank = input.shape().len() + axes.len();
    let mut shape = Dimensions::filled(rank, 0)?;
    let mut added = [false; crate::tensor::RANK_MAX];
    for &axis in axes {
        let axis = resolve_axis(axis, rank)?;
        if std::mem::replace(&mut added[axis], true) {
            return Err(fault!("axis {axis} is added twice"));
        }
    }
    let mut own = input.shape().iter();
    for (axis, place) in shape.iter_mut().enumerate() {
        *place = if added[axis] { 1 } else { own.next().copied().unwrap_or(1) };
    }
    output.copy_as(input, &shape)
}

/// `Shape`, of all dimensions or of a range.
pub(crate) fn shape_of(inputs: &Inputs<'_>, output: &mut Tensor, start: i64, end: i64) -> Result<(), Fault> {
    let shape = inputs.required(0)?.shape();
    let rank = shape.len() as i64;
    let place = |index: i64| if index < 0 { (index.saturating_add(rank)).max(0) } else { index.min(rank) } as usize;
    let (start, end) = (place(start), place(end));
    let part = shape.get(start..end.max(start)).unwrap_or_default();
    output.start::<i64>(&[part.len()])?.iter_mut().zip(part).for_each(|(out, &dimension)| *out = dimension as i64);
    Ok(())
}

/// `Expand`: broadcasts to a shape.
pub(crate) fn expand(inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
    let (input, wanted) = (inputs.required(0)?, read_shape(inputs.required(1)?)?);
    let shape = crate::ops::broadcast::broadcast_shape(input.shape(), &wanted)?;
    pick(input, &shape, output, |result, own| repeat_index(result, &shape, own))
}

/// `Tile`: repeats along each dimension.
pub(crate) fn tile(inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
    let (input, repeats) = (inputs.required(0)?, read_shape(inputs.required(1)?)?);
    if repeats.len() != input.shape().len() {
        return Err(fault!("{} repeats for {} dimensions", repeats.len(), input.shape().len()));
    }
    let mut shape = Dimensions::default();
    for (&dimension, &repeat) in input.shape().iter().zip(repeats.iter()) {
        shape.push(dimension.saturating_mul(repeat))?;
    }
    pick(input, &shape, output, |result, own| repeat_index(result, &shape, own))
}

/// Where a place of the result comes from, when the own shape repeats along each dimension.
fn repeat_index(place: usize, shape: &[usize], own: &[usize]) -> usize {
    let (mut rest, mut index, mut step) = (place, 0, 1);
    for (axis, &dimension) in shape.iter().enumerate().rev() {
        let coordinate = rest % dimension;
        rest /= dimension;
        if let Some(&own_dimension) = (axis + own.len()).checked_sub(shape.len()).and_then(|axis| own.get(axis)) {
            index += coordinate % own_dimension * step;
            step *= own_dimension;
        }
    }
    index
}

/// `Transpose`.
pub(crate) fn transpose(inputs: &Inputs<'_>, output: &mut Tensor, order: Option<&[i64]>) -> Result<(), Fault> {
    let input = inputs.required(0)?;
    let rank = input.shape().len();
    let mut axes = Dimensions::default();
    let mut seen = [false; crate::tensor::RANK_MAX];
    for place in 0..rank {
        let axis = match order {
            None => rank - 1 - place,
            Some(order) => resolve_axis(*order.get(place).ok_or_else(|| fault!("the order has too few axes"))?, rank)?,
        };
        if std::mem::replace(&mut seen[axis], true) {
            return Err(fault!("the order names axis {axis} twice"));
        }
        axes.push(axis)?;
    }
    if order.is_some_and(|order| order.len() != rank) {
        return Err(fault!("the order has {} axes for {rank} dimensions", order.map_or(0, <[i64]>::len)));
    }
    let mut shape = Dimensions::default();
    let mut steps = Dimensions::default();
    for &axis in axes.iter() {
        shape.push(input.shape()[axis])?;
        steps.push(input.shape()[axis + 1..].iter().product())?;
    }
    pick(input, &shape, output, |place, _| {
        let (mut rest, mut index) = (place, 0);
        for (&dimension, &step) in shape.iter().zip(steps.iter()).rev() {
            index += rest % dimension * step;
            rest /= dimension;
        }
        index
    })
}

/// A shape given as a tensor of integers.
pub(crate) fn read_shape(view: TensorView<'_>) -> Result<Dimensions, Fault> {
    let mut shape = Dimensions::default();
    for &dimension in view.typed::<i64>()? {
        shape.push(usize::try_from(dimension).map_err(|_| fault!("dimension {dimension} is negative"))?)?;
    }
    Ok(shape)
}

/// Fills a result of this shape with the input's elements at `index(place, input_shape)`.
pub(crate) fn pick(
    input: TensorView<'_>,
    shape: &[usize],
    output: &mut Tensor,
    index: impl Fn(usize, &[usize]) -> usize,
) -> Result<(), Fault> {
    fn typed<T: Element>(values: &[T], shape: &[usize], output: &mut Tensor, index: impl Fn(usize) -> usize) -> Result<(), Fault> {
        for (place, out) in output.start::<T>(shape)?.iter_mut().enumerate() {
            out.clone_from(values.get(index(place)).ok_or_else(|| fault!("an index is out of range"))?);
        }
        Ok(())
    }
    let index = |place| index(place, input.shape());
    match input.elements() {
        Elements::F32(values) => typed(values, shape, output, index),
        Elements::F64(values) => typed(values, shape, output, index),
        Elements::I64(values) => typed(values, shape, output, index),
        Elements::I32(values) => typed(values, shape, output, index),
        Elements::Bool(values) => typed(values, shape, output, index),
        Elements::Text(values) => typed(values, shape, output, index),
    }
}

/// `ConstantOfShape`.
#[derive(Debug)]
pub(crate) struct Filled {
    value: Tensor,
}

impl Filled {
    pub(crate) fn compile(node: &Node<'_>) -> Result<Filled, Refusal> {
        let value = match node.tensor("value")? {
            Some(value) => value,
            None => Tensor::new(&[1], vec![0.0_f32])?,
        };
        if value.view().elements().len() != 1 {
            return Err(Refusal::Malformed("its value must be one element".to_string()));
        }
        Ok(Filled { value })
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        pick(self.value.view(), &read_shape(inputs.required(0)?)?, output, |_, _| 0)
    }
}

/// The value of a `Constant` node.
pub(crate) fn constant_of(node: &Node<'_>) -> Result<Tensor, Refusal> {
    if let Some(value) = node.tensor("value")? {
        return Ok(value);
    }
    if node.has("value_float") {
        return Ok(Tensor::new(&[], vec![node.float("value_float", 0.0)])?);
    }
    if node.has("value_int") {
        return Ok(Tensor::new(&[], vec![node.int("value_int", 0)])?);
    }
    if let Some(values) = node.floats("value_floats") {
        return Ok(Tensor::new(&[values.len()], values.to_vec())?);
    }
    if let Some(values) = node.ints("value_ints") {
        return Ok(Tensor::new(&[values.len()], values.to_vec())?);
    }
    if let Some(values) = node.texts("value_strings")? {
        return Ok(Tensor::new(&[values.len()], values)?);
    }
    if node.has("value_string") {
        return Ok(Tensor::new(&[], vec![node.text("value_string", "")?.to_string()])?);
    }
    Err(Refusal::Unsupported("a constant of this kind".to_string()))
}

//! Operators that pick or place elements by index: `Slice`, `Gather`, `GatherElements`, `ScatterElements`, `Split`.

use crate::error::{Fault, Refusal, fault};
use crate::node::Node;
use crate::ops::shape::{axes_of, pick};
use crate::step::Inputs;
use crate::tensor::{Dimensions, Element, Elements, RANK_MAX, Tensor, TensorView, resolve_axis};

/// Integers of either width.
fn integers(view: TensorView<'_>) -> Result<Vec<i64>, Fault> {
    match view.elements() {
        Elements::I64(values) => Ok(values.to_vec()),
        Elements::I32(values) => Ok(values.iter().map(|&value| i64::from(value)).collect()),
        other => Err(fault!("wants integers, got {}", other.element_type().name())),
    }
}

/// An index that may count from the end.
fn wrap(index: i64, length: usize) -> Result<usize, Fault> {
    let wrapped = if index < 0 { index.checked_add(length as i64) } else { Some(index) };
    wrapped
        .and_then(|index| usize::try_from(index).ok())
        .filter(|&index| index < length)
        .ok_or_else(|| fault!("index {index} is not one of {length}"))
}

/// Starts, ends and axes.
type Bounds = (Vec<i64>, Vec<i64>, Option<Vec<i64>>);

/// `Slice`: attributes before opset 10, inputs since.
#[derive(Debug)]
pub(crate) struct Slice {
    fixed: Option<Bounds>,
}

impl Slice {
    pub(crate) fn compile(node: &Node<'_>) -> Result<Slice, Refusal> {
        if node.opset >= 10 {
            return Ok(Slice { fixed: None });
        }
        match (node.ints("starts"), node.ints("ends")) {
            (Some(starts), Some(ends)) => {
                let axes = node.ints("axes").map(<[i64]>::to_vec);
                Ok(Slice { fixed: Some((starts.to_vec(), ends.to_vec(), axes)) })
            }
            _ => Err(Refusal::Malformed("its starts or ends are missing".to_string())),
        }
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let (starts, ends, axes, steps) = match &self.fixed {
            Some((starts, ends, axes)) => (starts.clone(), ends.clone(), axes.clone(), None),
            None => {
                let given = |index| inputs.optional(index).map(integers).transpose();
                (integers(inputs.required(1)?)?, integers(inputs.required(2)?)?, given(3)?, given(4)?)
            }
        };
        let rank = input.shape().len();
        let fits = |list: &Option<Vec<i64>>| list.as_ref().is_none_or(|list| list.len() == starts.len());
        if ends.len() != starts.len() || starts.len() > rank || !fits(&axes) || !fits(&steps) {
            return Err(fault!("starts, ends, axes and steps differ in length"));
        }
        let mut shape = Dimensions::from(input.shape())?;
        let mut first = [0_i64; RANK_MAX];
        let mut stride = [1_i64; RANK_MAX];
        for (place, (&start, &end)) in starts.iter().zip(&ends).enumerate() {
            let axis = axes.as_ref().map_or(place as i64, |axes| axes[place]);
            let axis = resolve_axis(axis, rank)?;
            let step = steps.as_ref().map_or(1, |steps| steps[place]);
            let length = input.shape()[axis] as i64;
            let resolve = |index: i64| if index < 0 { index.saturating_add(length) } else { index };
            let (start, count) = match step {
                0 => return Err(fault!("a step of zero")),
                1.. => {
                    let (start, end) = (resolve(start).clamp(0, length), resolve(end).clamp(0, length));
                    (start, (end - start).max(0) as u64)
                }
                _ => {
                    let (start, end) = (resolve(start).clamp(-1, length - 1), resolve(end).clamp(-1, length - 1));
                    (start, (start - end).max(0) as u64)
                }
            };
            shape[axis] = count.div_ceil(step.unsigned_abs()) as usize;
            first[axis] = start;
            stride[axis] = step;
        }
        pick(input, &shape, output, |place, own| {
            let (mut rest, mut index, mut size) = (place, 0, 1);
            for (axis, (&dimension, &own_dimension)) in shape.iter().zip(own).enumerate().rev() {
                let coordinate = (rest % dimension) as i64;
                rest /= dimension;
                // The count above keeps every product within the dimension.
                index += (first[axis] + coordinate * stride[axis]) as usize * size;
                size *= own_dimension;
            }
            index
        })
    }
}

/// `Gather`: whole parts along an axis.
pub(crate) fn gather(inputs: &Inputs<'_>, output: &mut Tensor, axis: i64) -> Result<(), Fault> {
    let (input, wanted) = (inputs.required(0)?, inputs.required(1)?);
    let axis = resolve_axis(axis, input.shape().len())?;
    let length = input.shape()[axis];
    let indices = integers(wanted)?.into_iter().map(|index| wrap(index, length)).collect::<Result<Vec<_>, _>>()?;
    let mut shape = Dimensions::from(&input.shape()[..axis])?;
    for &dimension in wanted.shape().iter().chain(&input.shape()[axis + 1..]) {
        shape.push(dimension)?;
    }
    let inner: usize = input.shape()[axis + 1..].iter().product();
    let count = indices.len();
    pick(input, &shape, output, |place, _| {
        let (line, offset) = (place / inner, place % inner);
        (line / count * length + indices[line % count]) * inner + offset
    })
}

/// `GatherElements`: one element for each index.
pub(crate) fn gather_elements(inputs: &Inputs<'_>, output: &mut Tensor, axis: i64) -> Result<(), Fault> {
    let (input, wanted) = (inputs.required(0)?, inputs.required(1)?);
    let axis = resolve_axis(axis, input.shape().len())?;
    check_below(wanted.shape(), input.shape(), axis)?;
    let indices = integers(wanted)?.into_iter().map(|index| wrap(index, input.shape()[axis])).collect::<Result<Vec<_>, _>>()?;
    pick(input, wanted.shape(), output, |place, own| replaced_place(place, wanted.shape(), own, axis, indices[place]))
}

/// Index tensors may be smaller than the data in every dimension but the axis.
fn check_below(indices: &[usize], data: &[usize], axis: usize) -> Result<(), Fault> {
    let fits = indices.len() == data.len() && indices.iter().zip(data).enumerate().all(|(place, (a, b))| place == axis || a <= b);
    if fits { Ok(()) } else { Err(fault!("indices of shape {indices:?} do not fit data of shape {data:?}")) }
}

/// The place in `own` of the coordinates of `place` in `shape`, with one coordinate replaced.
fn replaced_place(place: usize, shape: &[usize], own: &[usize], axis: usize, replacement: usize) -> usize {
    let (mut rest, mut index, mut size) = (place, 0, 1);
    for (at, (&dimension, &own_dimension)) in shape.iter().zip(own).enumerate().rev() {
        let coordinate = if at == axis { replacement } else { rest % dimension };
        rest /= dimension;
        index += coordinate * size;
        size *= own_dimension;
    }
    index
}

/// What `ScatterElements` does where it places an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placing {
    Replace,
    Add,
    Multiply,
    Min,
    Max,
}

/// `ScatterElements`: a copy of the data with elements placed by index.
pub(crate) fn scatter_elements(inputs: &Inputs<'_>, output: &mut Tensor, axis: i64, placing: Placing) -> Result<(), Fault> {
    let (input, wanted, updates) = (inputs.required(0)?, inputs.required(1)?, inputs.required(2)?);
    let axis = resolve_axis(axis, input.shape().len())?;
    check_below(wanted.shape(), input.shape(), axis)?;
    if wanted.shape() != updates.shape() {
        return Err(fault!("indices of shape {:?} and updates of shape {:?} differ", wanted.shape(), updates.shape()));
    }
    let indices = integers(wanted)?;
    let place_of = |place: usize| -> Result<usize, Fault> {
        Ok(replaced_place(place, wanted.shape(), input.shape(), axis, wrap(indices[place], input.shape()[axis])?))
    };
    output.copy_as(input, input.shape())?;
    macro_rules! numbers {
        ($type:ty, $add:expr, $multiply:expr) => {
            scatter::<$type>(output, input.shape(), updates, place_of, |old, new| match placing {
                Placing::Replace => *new,
                Placing::Add => $add(*old, *new),
                Placing::Multiply => $multiply(*old, *new),
                Placing::Min => {
                    if new < old {
                        *new
                    } else {
                        *old
                    }
                }
                Placing::Max => {
                    if new > old {
                        *new
                    } else {
                        *old
                    }
                }
            })
        };
    }
    match input.elements() {
        Elements::F32(_) => numbers!(f32, |a, b| a + b, |a, b| a * b),
        Elements::F64(_) => numbers!(f64, |a, b| a + b, |a, b| a * b),
        Elements::I64(_) => numbers!(i64, i64::wrapping_add, i64::wrapping_mul),
        Elements::I32(_) => numbers!(i32, i32::wrapping_add, i32::wrapping_mul),
        Elements::Bool(_) if placing == Placing::Replace => scatter::<bool>(output, input.shape(), updates, place_of, |_, new| *new),
        Elements::Text(_) if placing == Placing::Replace => {
            scatter::<String>(output, input.shape(), updates, place_of, |_, new| new.clone())
        }
        other => Err(fault!("{} elements cannot be combined", other.element_type().name())),
    }
}

fn scatter<T: Element>(
    output: &mut Tensor,
    shape: &[usize],
    updates: TensorView<'_>,
    place_of: impl Fn(usize) -> Result<usize, Fault>,
    combine: impl Fn(&T, &T) -> T,
) -> Result<(), Fault> {
    let out = output.start::<T>(shape)?;
    for (place, new) in updates.typed::<T>()?.iter().enumerate() {
        let target = out.get_mut(place_of(place)?).ok_or_else(|| fault!("an index is out of range"))?;
        *target = combine(target, new);
    }
    Ok(())
}

/// `Split` into as many parts as there are outputs.
pub(crate) fn split(inputs: &Inputs<'_>, outputs: &mut [Tensor], axis: i64, attribute: Option<&[i64]>) -> Result<(), Fault> {
    let input = inputs.required(0)?;
    let axis = resolve_axis(axis, input.shape().len())?;
    let length = input.shape()[axis];
    let even = length.div_ceil(outputs.len().max(1));
    let sizes = axes_of(inputs, attribute, 1)?;
    if sizes.is_some_and(|sizes| sizes.len() != outputs.len()) {
        return Err(fault!("{} sizes for {} outputs", sizes.map_or(0, <[i64]>::len), outputs.len()));
    }
    let inner: usize = input.shape()[axis + 1..].iter().product();
    let mut first = 0;
    for (part, output) in outputs.iter_mut().enumerate() {
        let size = match sizes.and_then(|sizes| sizes.get(part)) {
            Some(&size) => usize::try_from(size).map_err(|_| fault!("a part of {size} elements"))?,
            None => even.min(length - first.min(length)),
        };
        if size > length - first.min(length) {
            return Err(fault!("the parts are longer than {length}"));
        }
        let mut shape = Dimensions::from(input.shape())?;
        shape[axis] = size;
        pick(input, &shape, output, |place, _| place / (size * inner) * length * inner + first * inner + place % (size * inner))?;
        first += size;
    }
    if first == length { Ok(()) } else { Err(fault!("the parts are shorter than {length}")) }
}

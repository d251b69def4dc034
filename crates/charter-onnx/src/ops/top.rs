//! `TopK`: the largest or smallest elements along an axis with their indices, ties by lower index.

use std::cmp::Ordering;

use crate::error::{Fault, fault};
use crate::node::Node;
use crate::step::Inputs;
use crate::tensor::{Dimensions, Element, Elements, Tensor, TensorView, resolve_axis};

/// `TopK` with its attributes.
#[derive(Debug)]
pub(crate) struct Top {
    axis: i64,
    largest: bool,
    /// Before opset 10 the number is an attribute.
    fixed: Option<i64>,
}

impl Top {
    pub(crate) fn compile(node: &Node<'_>) -> Top {
        Top { axis: node.int("axis", -1), largest: node.int("largest", 1) != 0, fixed: (node.opset < 10).then(|| node.int("k", 0)) }
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, outputs: &mut [Tensor]) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let count = match self.fixed {
            Some(count) => count,
            None => inputs.required(1)?.typed::<i64>()?.first().copied().unwrap_or(-1),
        };
        match input.elements() {
            Elements::F32(_) => self.choose::<f32>(input, count, outputs),
            Elements::F64(_) => self.choose::<f64>(input, count, outputs),
            Elements::I64(_) => self.choose::<i64>(input, count, outputs),
            Elements::I32(_) => self.choose::<i32>(input, count, outputs),
            other => Err(fault!("wants numbers, got {}", other.element_type().name())),
        }
    }

    fn choose<T: Element + PartialOrd + Copy>(&self, input: TensorView<'_>, count: i64, outputs: &mut [Tensor]) -> Result<(), Fault> {
        let axis = resolve_axis(self.axis, input.shape().len())?;
        let length = input.shape()[axis];
        let count =
            usize::try_from(count).ok().filter(|&count| count <= length).ok_or_else(|| fault!("the top {count} of {length} elements"))?;
        let inner: usize = input.shape()[axis + 1..].iter().product();
        let mut shape = Dimensions::from(input.shape())?;
        shape[axis] = count;
        let values = input.typed::<T>()?;
        let mut unnamed = Tensor::default();
        let (best, indices) = match outputs {
            [best, indices] => (best, indices),
            [best] => (best, &mut unnamed),
            _ => return Err(fault!("a wrong number of outputs")),
        };
        let best = best.start::<T>(&shape)?;
        let indices = indices.start::<i64>(&shape)?;
        if best.is_empty() {
            return Ok(());
        }
        let mut order: Vec<usize> = Vec::with_capacity(length);
        for row in 0..values.len() / length {
            let (block, offset) = (row / inner, row % inner);
            let start = block * length * inner + offset;
            let compare = |&a: &usize, &b: &usize| {
                let (left, right) = (values[start + a * inner], values[start + b * inner]);
                let ordered = left.partial_cmp(&right).unwrap_or(Ordering::Equal);
                (if self.largest { ordered.reverse() } else { ordered }).then(a.cmp(&b))
            };
            order.clear();
            order.extend(0..length);
            // Only the wanted part is sorted.
            if count < length {
                order.select_nth_unstable_by(count, compare);
                order.truncate(count);
            }
            order.sort_unstable_by(compare);
            for (place, &index) in order.iter().enumerate() {
                let target = (block * count + place) * inner + offset;
                best[target] = values[start + index * inner];
                indices[target] = index as i64;
            }
        }
        Ok(())
    }
}

//! Reductions along axes, and the index of the largest or smallest element.

use crate::error::{Fault, fault};
use crate::node::Node;
use crate::ops::shape::axes_of;
use crate::step::Inputs;
use crate::tensor::{Dimensions, Element, Elements, RANK_MAX, Tensor, resolve_axis};

/// What is made of the elements that fall together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reduction {
    Sum,
    Mean,
    Max,
    Min,
    Product,
    L1,
    L2,
    SumSquare,
    LogSum,
    /// The logarithm of the sum of exponentials, shifted by the largest element so that it cannot overflow.
    LogSumExp,
}

/// A reduction with its attributes.
#[derive(Debug)]
pub(crate) struct Reduce {
    reduction: Reduction,
    axes: Option<Vec<i64>>,
    keeps: bool,
    empty_is_none: bool,
}

/// The shape of a result and, for each element of the input, where it falls.
struct Plan {
    shape: Dimensions,
    /// Distance in the result between neighbours along each input dimension; zero along reduced ones.
    steps: [usize; RANK_MAX],
    /// How many elements fall together.
    count: usize,
}

impl Reduce {
    pub(crate) fn compile(node: &Node<'_>, reduction: Reduction) -> Reduce {
        Reduce {
            reduction,
            axes: node.ints("axes").map(<[i64]>::to_vec),
            keeps: node.int("keepdims", 1) != 0,
            empty_is_none: node.int("noop_with_empty_axes", 0) != 0,
        }
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let axes = axes_of(inputs, self.axes.as_deref(), 1)?.unwrap_or_default();
        if axes.is_empty() && self.empty_is_none {
            return output.copy_as(input, input.shape());
        }
        let plan = plan(input.shape(), axes, self.keeps)?;
        if plan.count == 0 && matches!(self.reduction, Reduction::Max | Reduction::Min | Reduction::Mean) {
            return Err(fault!("nothing to reduce"));
        }
        let count = plan.count as f64;
        match input.elements() {
            Elements::F32(values) => {
                // Sums in the wider type: as exact as any order of adding in the narrow one.
                let mut sums = vec![0.0_f64; plan.shape.iter().product()];
                self.fold_floats(values.iter().map(|&value| f64::from(value)), input.shape(), &plan, &mut sums);
                let out = output.start::<f32>(&plan.shape)?;
                out.iter_mut().zip(&sums).for_each(|(out, &sum)| *out = self.finish(sum, count) as f32);
            }
            Elements::F64(values) => {
                let out = output.start::<f64>(&plan.shape)?;
                self.fold_floats(values.iter().copied(), input.shape(), &plan, out);
                out.iter_mut().for_each(|out| *out = self.finish(*out, count));
            }
            Elements::I64(values) => self.fold_integers(values, input.shape(), &plan, output.start::<i64>(&plan.shape)?)?,
            Elements::I32(values) => {
                let wide: Vec<i64> = values.iter().map(|&value| i64::from(value)).collect();
                let mut sums = vec![0; plan.shape.iter().product()];
                self.fold_integers(&wide, input.shape(), &plan, &mut sums)?;
                let out = output.start::<i32>(&plan.shape)?;
                out.iter_mut().zip(sums).for_each(|(out, sum)| *out = sum as i32);
            }
            other => return Err(fault!("wants numbers, got {}", other.element_type().name())),
        }
        Ok(())
    }

    fn fold_floats(&self, values: impl Iterator<Item = f64> + Clone, shape: &[usize], plan: &Plan, out: &mut [f64]) {
        if self.reduction == Reduction::LogSumExp {
            return fold_exponentials(values, shape, plan, out);
        }
        out.fill(match self.reduction {
            Reduction::Max => f64::NEG_INFINITY,
            Reduction::Min => f64::INFINITY,
            Reduction::Product => 1.0,
            _ => 0.0,
        });
        walk(shape, &plan.steps, values, |place, value| {
            let Some(out) = out.get_mut(place) else { return };
            *out = match self.reduction {
                Reduction::Sum | Reduction::Mean | Reduction::LogSum | Reduction::LogSumExp => *out + value,
                Reduction::Max => {
                    if value.is_nan() || value > *out {
                        value
                    } else {
                        *out
                    }
                }
                Reduction::Min => {
                    if value.is_nan() || value < *out {
                        value
                    } else {
                        *out
                    }
                }
                Reduction::Product => *out * value,
                Reduction::L1 => *out + value.abs(),
                Reduction::L2 | Reduction::SumSquare => *out + value * value,
            };
        });
    }

    fn finish(&self, sum: f64, count: f64) -> f64 {
        match self.reduction {
            Reduction::Mean => sum / count,
            Reduction::L2 => sum.sqrt(),
            Reduction::LogSum => sum.ln(),
            _ => sum,
        }
    }

    fn fold_integers(&self, values: &[i64], shape: &[usize], plan: &Plan, out: &mut [i64]) -> Result<(), Fault> {
        if matches!(self.reduction, Reduction::L2 | Reduction::LogSum | Reduction::LogSumExp) {
            return Err(fault!("integers have no such reduction"));
        }
        out.fill(match self.reduction {
            Reduction::Max => i64::MIN,
            Reduction::Min => i64::MAX,
            Reduction::Product => 1,
            _ => 0,
        });
        walk(shape, &plan.steps, values.iter().copied(), |place, value| {
            let Some(out) = out.get_mut(place) else { return };
            *out = match self.reduction {
                Reduction::Sum | Reduction::Mean | Reduction::L2 | Reduction::LogSum | Reduction::LogSumExp => out.wrapping_add(value),
                Reduction::Max => value.max(*out),
                Reduction::Min => value.min(*out),
                Reduction::Product => out.wrapping_mul(value),
                Reduction::L1 => out.wrapping_add(value.wrapping_abs()),
                Reduction::SumSquare => out.wrapping_add(value.wrapping_mul(value)),
            };
        });
        if self.reduction == Reduction::Mean {
            out.iter_mut().for_each(|out| *out /= plan.count as i64);
        }
        Ok(())
    }
}

fn fold_exponentials(values: impl Iterator<Item = f64> + Clone, shape: &[usize], plan: &Plan, out: &mut [f64]) {
    let mut highest = vec![f64::NEG_INFINITY; out.len()];
    walk(shape, &plan.steps, values.clone(), |place, value| highest[place] = highest[place].max(value));
    highest.iter_mut().filter(|highest| highest.is_infinite()).for_each(|highest| *highest = 0.0);
    out.fill(0.0);
    walk(shape, &plan.steps, values, |place, value| out[place] += (value - highest[place]).exp());
    out.iter_mut().zip(&highest).for_each(|(out, highest)| *out = out.ln() + highest);
}

/// No axes means all of them.
fn plan(shape: &[usize], axes: &[i64], keeps: bool) -> Result<Plan, Fault> {
    let mut reduced = [axes.is_empty(); RANK_MAX];
    for &axis in axes {
        reduced[resolve_axis(axis, shape.len())?] = true;
    }
    let mut plan = Plan { shape: Dimensions::default(), steps: [0; RANK_MAX], count: 1 };
    for (axis, &dimension) in shape.iter().enumerate() {
        match (reduced[axis], keeps) {
            (false, _) => plan.shape.push(dimension)?,
            (true, true) => plan.shape.push(1)?,
            (true, false) => {}
        }
        if reduced[axis] {
            plan.count *= dimension;
        }
    }
    let mut step = 1;
    for (axis, &dimension) in shape.iter().enumerate().rev().filter(|(axis, _)| !reduced[*axis]) {
        plan.steps[axis] = step;
        step *= dimension;
    }
    Ok(plan)
}

/// Calls `give(place_in_result, value)` for every element in order.
fn walk<T>(shape: &[usize], steps: &[usize; RANK_MAX], values: impl Iterator<Item = T>, mut give: impl FnMut(usize, T)) {
    let mut coordinates = [0; RANK_MAX];
    let mut place = 0;
    for value in values {
        give(place, value);
        for (axis, &dimension) in shape.iter().enumerate().rev() {
            coordinates[axis] += 1;
            place += steps[axis];
            if coordinates[axis] < dimension {
                break;
            }
            place -= steps[axis] * dimension;
            coordinates[axis] = 0;
        }
    }
}

/// `ArgMax` and `ArgMin`.
#[derive(Debug)]
pub(crate) struct Extreme {
    largest: bool,
    axis: i64,
    keeps: bool,
    last: bool,
}

impl Extreme {
    pub(crate) fn compile(node: &Node<'_>, largest: bool) -> Extreme {
        Extreme { largest, axis: node.int("axis", 0), keeps: node.int("keepdims", 1) != 0, last: node.int("select_last_index", 0) != 0 }
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let axis = resolve_axis(self.axis, input.shape().len())?;
        let shape = plan(input.shape(), &[axis as i64], self.keeps)?.shape;
        let (length, inner) = (input.shape()[axis], input.shape()[axis + 1..].iter().product());
        let out = output.start::<i64>(&shape)?;
        if length == 0 && !out.is_empty() {
            return Err(fault!("nothing to choose from"));
        }
        match input.elements() {
            Elements::F32(values) => self.fill(values, length, inner, out),
            Elements::F64(values) => self.fill(values, length, inner, out),
            Elements::I64(values) => self.fill(values, length, inner, out),
            Elements::I32(values) => self.fill(values, length, inner, out),
            other => return Err(fault!("wants numbers, got {}", other.element_type().name())),
        }
        Ok(())
    }

    fn fill<T: Element + PartialOrd + Copy>(&self, values: &[T], length: usize, inner: usize, out: &mut [i64]) {
        for (place, out) in out.iter_mut().enumerate() {
            let start = place / inner * length * inner + place % inner;
            let mut best = 0;
            for index in 1..length {
                let (new, old) = (values[start + index * inner], values[start + best * inner]);
                let wins = if self.largest { new > old } else { new < old };
                if wins || (self.last && new == old) {
                    best = index;
                }
            }
            *out = best as i64;
        }
    }
}

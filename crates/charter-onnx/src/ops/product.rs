//! `Gemm` and `MatMul`: fast with constant 32-bit weights, plain for everything else.

use crate::error::{Fault, Refusal, fault};
use crate::node::Node;
use crate::operator::Known;
use crate::ops::broadcast::broadcast_shape;
use crate::ops::kernel::{Level, Weights};
use crate::step::Inputs;
use crate::tensor::{Dimensions, Element, Elements, Tensor, TensorView};

/// The most multiplications of one product.
const WORK_MAX: u128 = 1 << 37;

/// A product with constant weights, and what was joined to it.
#[derive(Debug)]
pub(crate) struct Product {
    weights: Weights,
    bias: Vec<f32>,
    rectify: bool,
    rank_min: usize,
    level: Level,
}

impl Product {
    fn new(weights: Weights) -> Product {
        Product { weights, bias: Vec::new(), rectify: false, rank_min: 0, level: Level::detect() }
    }

    /// Adds a row of one value a column; says whether it could.
    pub(crate) fn add_bias(&mut self, bias: TensorView<'_>) -> bool {
        let columns = self.weights.columns();
        let row = bias.shape().last() == Some(&columns) && bias.elements().len() == columns;
        match bias.as_f32() {
            Some(values) if row && bias.shape().len() <= 2 && self.bias.is_empty() && !self.rectify => {
                self.bias = values.to_vec();
                self.rank_min = bias.shape().len();
                true
            }
            _ => false,
        }
    }

    /// Cuts negative results off; says whether it could.
    pub(crate) fn add_rectifier(&mut self) -> bool {
        self.rectify = true;
        true
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let left = inputs.required(0)?;
        let values = left.typed::<f32>()?;
        let (depth, columns) = (self.weights.depth(), self.weights.columns());
        let Some((&last, outer)) = left.shape().split_last() else { return Err(fault!("a scalar has no product")) };
        if last != depth {
            return Err(fault!("{last} columns do not fit weights of {depth} lines"));
        }
        let mut shape = Dimensions::default();
        for _ in outer.len() + 1..self.rank_min {
            shape.push(1)?;
        }
        for &dimension in outer {
            shape.push(dimension)?;
        }
        shape.push(columns)?;
        let out = output.start::<f32>(&shape)?;
        check_work(out.len(), depth)?;
        self.weights.multiply(self.level, values, &self.bias, self.rectify, out);
        Ok(())
    }
}

fn check_work(results: usize, depth: usize) -> Result<(), Fault> {
    if results as u128 * depth as u128 > WORK_MAX {
        Err(fault!("a product of {results} results over {depth} is too much work"))
    } else {
        Ok(())
    }
}

/// `MatMul` with constant weights where that is possible.
pub(crate) fn compile_matmul(known: &Known<'_>) -> Option<Product> {
    let right = known.constant(1)?;
    let values = right.as_f32()?;
    let [depth, columns] = *right.shape() else { return None };
    Some(Product::new(Weights::pack(depth, columns, |line, column| values.get(line * columns + column).copied().unwrap_or(0.0))))
}

/// A `Gemm` whose weights are not constant.
#[derive(Debug)]
pub(crate) struct Gemm {
    alpha: f32,
    beta: f32,
    transpose_left: bool,
    transpose_right: bool,
}

impl Gemm {
    pub(crate) fn compile(node: &Node<'_>) -> Gemm {
        Gemm {
            alpha: node.float("alpha", 1.0),
            beta: node.float("beta", 1.0),
            transpose_left: node.int("transA", 0) != 0,
            transpose_right: node.int("transB", 0) != 0,
        }
    }

    /// The fast form, when weights and bias are constant rows and the left side stands as it is.
    pub(crate) fn specialise(&self, node: &Node<'_>, known: &Known<'_>) -> Result<Option<Product>, Refusal> {
        let Some(right) = known.constant(1) else { return Ok(None) };
        let (Some(values), [lines, columns]) = (right.as_f32(), right.shape()) else { return Ok(None) };
        let has_bias = node.proto.input.get(2).is_some_and(|name| !name.is_empty());
        if self.transpose_left || (has_bias && (known.constant(2).is_none() || self.beta != 1.0)) {
            return Ok(None);
        }
        let (lines, columns, alpha) = (*lines, *columns, self.alpha);
        let at = |line: usize, column: usize| alpha * values.get(line * columns + column).copied().unwrap_or(0.0);
        let mut product = Product::new(if self.transpose_right {
            Weights::pack(columns, lines, |line, column| at(column, line))
        } else {
            Weights::pack(lines, columns, at)
        });
        match known.constant(2) {
            Some(bias) if has_bias => {
                if !product.add_bias(bias) {
                    return Ok(None);
                }
                product.rank_min = 0;
                Ok(Some(product))
            }
            _ => Ok(Some(product)),
        }
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let (left, right) = (inputs.required(0)?, inputs.required(1)?);
        match (left.elements(), right.elements()) {
            (Elements::F32(a), Elements::F32(b)) => {
                self.multiply(a, left.shape(), b, right.shape(), inputs.optional(2), (self.alpha, self.beta), output)
            }
            (Elements::F64(a), Elements::F64(b)) => {
                self.multiply(a, left.shape(), b, right.shape(), inputs.optional(2), (f64::from(self.alpha), f64::from(self.beta)), output)
            }
            _ => Err(fault!("wants two matrices of one float type")),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the operands of one formula")]
    fn multiply<T: Number>(
        &self,
        left: &[T],
        left_shape: &[usize],
        right: &[T],
        right_shape: &[usize],
        bias: Option<TensorView<'_>>,
        (alpha, beta): (T, T),
        output: &mut Tensor,
    ) -> Result<(), Fault> {
        let ([a, b], [c, d]) = (left_shape, right_shape) else { return Err(fault!("wants two matrices")) };
        let (rows, depth, left_steps) = if self.transpose_left { (*b, *a, (1, *b)) } else { (*a, *b, (*b, 1)) };
        let (lines, columns, right_steps) = if self.transpose_right { (*d, *c, (1, *d)) } else { (*c, *d, (*d, 1)) };
        if depth != lines {
            return Err(fault!("matrices {left_shape:?} and {right_shape:?} do not fit"));
        }
        let out = output.start::<T>(&[rows, columns])?;
        check_work(out.len(), depth)?;
        multiply_plain(left, left_steps, right, right_steps, (rows, depth, columns), out);
        let Some(bias) = bias else {
            out.iter_mut().for_each(|out| *out = *out * alpha);
            return Ok(());
        };
        let values = bias.typed::<T>()?;
        let (line_step, column_step) = match *bias.shape() {
            [] | [1] | [1, 1] => (0, 0),
            [own] | [1, own] if own == columns => (0, 1),
            [own, 1] if own == rows => (1, 0),
            [own, other] if own == rows && other == columns => (columns, 1),
            _ => return Err(fault!("a bias of shape {:?} does not fit a result of {rows} by {columns}", bias.shape())),
        };
        for (row, line) in out.chunks_mut(columns.max(1)).enumerate() {
            for (column, out) in line.iter_mut().enumerate() {
                *out = (*out * alpha).plus(values[row * line_step + column * column_step] * beta);
            }
        }
        Ok(())
    }
}

/// `MatMul` of two computed operands, numpy's rules for batches and vectors.
pub(crate) fn matmul(inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
    let (left, right) = (inputs.required(0)?, inputs.required(1)?);
    match (left.elements(), right.elements()) {
        (Elements::F32(a), Elements::F32(b)) => matmul_typed(a, left.shape(), b, right.shape(), output),
        (Elements::F64(a), Elements::F64(b)) => matmul_typed(a, left.shape(), b, right.shape(), output),
        (Elements::I64(a), Elements::I64(b)) => matmul_typed(a, left.shape(), b, right.shape(), output),
        (Elements::I32(a), Elements::I32(b)) => matmul_typed(a, left.shape(), b, right.shape(), output),
        _ => Err(fault!("wants two operands of one numeric type")),
    }
}

fn matmul_typed<T: Number>(left: &[T], left_shape: &[usize], right: &[T], right_shape: &[usize], output: &mut Tensor) -> Result<(), Fault> {
    let (left_outer, rows, depth) = match *left_shape {
        [] => return Err(fault!("a scalar has no product")),
        [depth] => (&[][..], 1, depth),
        [ref outer @ .., rows, depth] => (outer, rows, depth),
    };
    let (right_outer, lines, columns) = match *right_shape {
        [] => return Err(fault!("a scalar has no product")),
        [lines] => (&[][..], lines, 1),
        [ref outer @ .., lines, columns] => (outer, lines, columns),
    };
    if depth != lines {
        return Err(fault!("operands {left_shape:?} and {right_shape:?} do not fit"));
    }
    let outer = broadcast_shape(left_outer, right_outer)?;
    let mut shape = outer;
    if left_shape.len() > 1 {
        shape.push(rows)?;
    }
    if right_shape.len() > 1 {
        shape.push(columns)?;
    }
    let out = output.start::<T>(&shape)?;
    check_work(out.len(), depth)?;
    if out.is_empty() {
        return Ok(());
    }
    for (batch, out) in out.chunks_exact_mut(rows * columns).enumerate() {
        let left = &left[batch_index(batch, &outer, left_outer) * rows * depth..][..rows * depth];
        let right = &right[batch_index(batch, &outer, right_outer) * depth * columns..][..depth * columns];
        multiply_plain(left, (depth, 1), right, (columns, 1), (rows, depth, columns), out);
    }
    Ok(())
}

/// Which matrix of a broadcast operand stands at this place of the result.
fn batch_index(batch: usize, outer: &[usize], own: &[usize]) -> usize {
    let (mut rest, mut index, mut step) = (batch, 0, 1);
    for (axis, &dimension) in outer.iter().enumerate().rev() {
        let place = rest % dimension;
        rest /= dimension;
        let own_axis = (axis + own.len()).checked_sub(outer.len());
        if let Some(&own_dimension) = own_axis.and_then(|axis| own.get(axis)) {
            index += if own_dimension == 1 { 0 } else { place * step };
            step *= own_dimension;
        }
    }
    index
}

/// Any number that can be multiplied and added, wrapping where it is an integer.
pub(crate) trait Number: Element + Copy + std::ops::Mul<Output = Self> {
    const NOTHING: Self;
    fn multiply_add(self, factor: Self, sum: Self) -> Self;
    fn plus(self, other: Self) -> Self;
}

impl Number for f32 {
    const NOTHING: Self = 0.0;
    fn multiply_add(self, factor: Self, sum: Self) -> Self {
        sum + self * factor
    }
    fn plus(self, other: Self) -> Self {
        self + other
    }
}
impl Number for f64 {
    const NOTHING: Self = 0.0;
    fn multiply_add(self, factor: Self, sum: Self) -> Self {
        sum + self * factor
    }
    fn plus(self, other: Self) -> Self {
        self + other
    }
}
impl Number for i64 {
    const NOTHING: Self = 0;
    fn multiply_add(self, factor: Self, sum: Self) -> Self {
        sum.wrapping_add(self.wrapping_mul(factor))
    }
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
}
impl Number for i32 {
    const NOTHING: Self = 0;
    fn multiply_add(self, factor: Self, sum: Self) -> Self {
        sum.wrapping_add(self.wrapping_mul(factor))
    }
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
}

/// A product in plain loops; steps are the distances between lines and between columns of an operand.
fn multiply_plain<T: Number>(
    left: &[T],
    left_steps: (usize, usize),
    right: &[T],
    right_steps: (usize, usize),
    (rows, depth, columns): (usize, usize, usize),
    out: &mut [T],
) {
    out.fill(T::NOTHING);
    for row in 0..rows {
        let line = &mut out[row * columns..][..columns];
        for inner in 0..depth {
            let value = left[row * left_steps.0 + inner * left_steps.1];
            if right_steps.1 == 1 {
                let weights = &right[inner * right_steps.0..][..columns];
                line.iter_mut().zip(weights).for_each(|(out, &weight)| *out = value.multiply_add(weight, *out));
            } else {
                for (column, out) in line.iter_mut().enumerate() {
                    *out = value.multiply_add(right[inner * right_steps.0 + column * right_steps.1], *out);
                }
            }
        }
    }
}

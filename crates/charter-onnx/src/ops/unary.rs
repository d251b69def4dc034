//! Operators on each element by itself.

use crate::error::{Fault, Refusal, fault};
use crate::node::Node;
use crate::operator::Known;
use crate::post_transform::logistic;
use crate::step::Inputs;
use crate::tensor::{Element, Elements, Tensor};

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Unary {
    Abs,
    Neg,
    Sqrt,
    Exp,
    Log,
    Reciprocal,
    Floor,
    Ceil,
    Sign,
    Relu,
    LeakyRelu(f32),
    Elu(f32),
    HardSigmoid(f32, f32),
    Sigmoid,
    Softplus,
    Tanh,
    Erf,
    Gelu,
    GeluTanh,
}

impl Unary {
    pub(crate) fn gelu(node: &Node<'_>) -> Result<Unary, Refusal> {
        match node.text("approximate", "none")? {
            "none" => Ok(Unary::Gelu),
            "tanh" => Ok(Unary::GeluTanh),
            other => Err(Refusal::Malformed(format!("approximation `{other}` is unknown"))),
        }
    }

    pub(crate) fn run(self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let shape = input.shape();
        match (self, input.elements()) {
            (_, Elements::F32(values)) => {
                let out = output.start::<f32>(shape)?;
                match self {
                    // The common ones without a choice inside the loop.
                    Unary::Relu => each(values, out, |x| if x < 0.0 { 0.0 } else { x }),
                    Unary::Sigmoid => each(values, out, logistic),
                    Unary::Neg => each(values, out, |x| -x),
                    Unary::Sqrt => each(values, out, f32::sqrt),
                    Unary::LeakyRelu(slope) => each(values, out, |x| if x < 0.0 { x * slope } else { x }),
                    // Rounded once at the end: the others are rare and the wider type costs nothing in accuracy.
                    _ => each(values, out, |x| self.of(f64::from(x)) as f32),
                }
                Ok(())
            }
            (_, Elements::F64(values)) => {
                each(values, output.start::<f64>(shape)?, |x| self.of(x));
                Ok(())
            }
            (Unary::Abs, Elements::I64(values)) => map(values, shape, output, |x| x.wrapping_abs()),
            (Unary::Neg, Elements::I64(values)) => map(values, shape, output, |x| x.wrapping_neg()),
            (Unary::Sign, Elements::I64(values)) => map(values, shape, output, i64::signum),
            (Unary::Relu, Elements::I64(values)) => map(values, shape, output, |x| x.max(0)),
            (Unary::Abs, Elements::I32(values)) => map(values, shape, output, |x| x.wrapping_abs()),
            (Unary::Neg, Elements::I32(values)) => map(values, shape, output, |x| x.wrapping_neg()),
            (Unary::Sign, Elements::I32(values)) => map(values, shape, output, i32::signum),
            (Unary::Relu, Elements::I32(values)) => map(values, shape, output, |x| x.max(0)),
            (_, other) => Err(fault!("does not take {} elements", other.element_type().name())),
        }
    }

    fn of(self, x: f64) -> f64 {
        match self {
            Unary::Abs => x.abs(),
            Unary::Neg => -x,
            Unary::Sqrt => x.sqrt(),
            Unary::Exp => x.exp(),
            Unary::Log => x.ln(),
            Unary::Reciprocal => 1.0 / x,
            Unary::Floor => x.floor(),
            Unary::Ceil => x.ceil(),
            Unary::Sign if x == 0.0 || x.is_nan() => x,
            Unary::Sign => x.signum(),
            Unary::Relu if x < 0.0 => 0.0,
            Unary::Relu => x,
            Unary::LeakyRelu(slope) if x < 0.0 => x * f64::from(slope),
            Unary::LeakyRelu(_) => x,
            Unary::Elu(alpha) if x < 0.0 => f64::from(alpha) * x.exp_m1(),
            Unary::Elu(_) => x,
            Unary::HardSigmoid(alpha, beta) => (f64::from(alpha) * x + f64::from(beta)).clamp(0.0, 1.0),
            Unary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Unary::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Unary::Tanh => x.tanh(),
            Unary::Erf => erf(x),
            Unary::Gelu => 0.5 * x * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2)),
            Unary::GeluTanh => 0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x * x * x)).tanh()),
        }
    }
}

/// The error function to about 1e-13: its series near zero, a continued fraction for its complement elsewhere.
/// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.6 and 7.1.14.
pub(crate) fn erf(x: f64) -> f64 {
    let size = x.abs();
    if x.is_nan() {
        return x;
    }
    if size > 6.0 {
        return x.signum();
    }
    if size < 2.5 {
        let (mut term, mut sum) = (size, size);
        for n in 1..60 {
            term *= 2.0 * size * size / (2.0 * f64::from(n) + 1.0);
            sum += term;
        }
        return x.signum() * (2.0 / std::f64::consts::PI.sqrt() * (-size * size).exp() * sum).min(1.0);
    }
    let mut fraction = size;
    for n in (1..60).rev() {
        fraction = size + f64::from(n) / 2.0 / fraction;
    }
    x.signum() * (1.0 - (-size * size).exp() / (std::f64::consts::PI.sqrt() * fraction))
}

fn each<T: Copy>(values: &[T], out: &mut [T], f: impl Fn(T) -> T) {
    out.iter_mut().zip(values).for_each(|(out, &value)| *out = f(value));
}

/// Fills `output`, of the input's shape, with `f` of each element.
pub(crate) fn map<T: Copy, O: Element>(values: &[T], shape: &[usize], output: &mut Tensor, f: impl Fn(T) -> O) -> Result<(), Fault> {
    output.start::<O>(shape)?.iter_mut().zip(values).for_each(|(out, &value)| *out = f(value));
    Ok(())
}

/// `Not`.
pub(crate) fn not(inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
    let input = inputs.required(0)?;
    map(input.typed::<bool>()?, input.shape(), output, |value| !value)
}

/// `IsNaN` and `IsInf`.
pub(crate) fn classify(inputs: &Inputs<'_>, output: &mut Tensor, f: impl Fn(f64) -> bool) -> Result<(), Fault> {
    let input = inputs.required(0)?;
    match input.elements() {
        Elements::F32(values) => map(values, input.shape(), output, |value| f(f64::from(value))),
        Elements::F64(values) => map(values, input.shape(), output, f),
        other => Err(fault!("wants floats, got {}", other.element_type().name())),
    }
}

/// `Clip`: limits as attributes before opset 11, as inputs since.
#[derive(Debug)]
pub(crate) struct Clip {
    limits: Option<(f32, f32)>,
}

impl Clip {
    pub(crate) fn compile(node: &Node<'_>, _known: &Known<'_>) -> Clip {
        let limits = (node.opset < 11).then(|| (node.float("min", f32::MIN), node.float("max", f32::MAX)));
        Clip { limits }
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let shape = input.shape();
        match input.elements() {
            Elements::F32(values) => {
                let (low, high) = match self.limits {
                    Some(limits) => limits,
                    None => (limit(inputs, 1, f32::NEG_INFINITY)?, limit(inputs, 2, f32::INFINITY)?),
                };
                map(values, shape, output, |x: f32| if x < low { low } else { x }).and_then(|()| cap(output, high))
            }
            Elements::F64(values) => {
                let (low, high) = (limit(inputs, 1, f64::NEG_INFINITY)?, limit(inputs, 2, f64::INFINITY)?);
                map(values, shape, output, |x: f64| if x < low { low } else { x }).and_then(|()| cap(output, high))
            }
            Elements::I64(values) => {
                let (low, high) = (limit(inputs, 1, i64::MIN)?, limit(inputs, 2, i64::MAX)?);
                map(values, shape, output, |x: i64| x.max(low).min(high))
            }
            Elements::I32(values) => {
                let (low, high) = (limit(inputs, 1, i32::MIN)?, limit(inputs, 2, i32::MAX)?);
                map(values, shape, output, |x: i32| x.max(low).min(high))
            }
            other => Err(fault!("wants numbers, got {}", other.element_type().name())),
        }
    }
}

fn limit<T: Element + Copy>(inputs: &Inputs<'_>, index: usize, default: T) -> Result<T, Fault> {
    match inputs.optional(index) {
        None => Ok(default),
        Some(view) => view.typed::<T>()?.first().copied().ok_or_else(|| fault!("a limit is empty")),
    }
}

fn cap<T: Element + PartialOrd + Copy>(output: &mut Tensor, high: T) -> Result<(), Fault> {
    let shape = crate::tensor::Dimensions::from(output.view().shape())?;
    let out = output.start::<T>(&shape)?;
    out.iter_mut().filter(|out| **out > high).for_each(|out| *out = high);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_function_has_its_known_values() {
        for (x, wanted) in [
            (0.0, 0.0),
            (0.5, 0.520_499_877_813_046_5),
            (1.0, 0.842_700_792_949_714_9),
            (2.0, 0.995_322_265_018_952_7),
            (3.0, 0.999_977_909_503_001_4),
        ] {
            assert!((erf(x) - wanted).abs() < 1e-12, "erf({x}) = {}", erf(x));
            assert!((erf(-x) + wanted).abs() < 1e-12);
        }
    }
}

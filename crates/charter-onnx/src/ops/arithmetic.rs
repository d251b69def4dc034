//! Operators on broadcast operands: arithmetic, comparison, logic and choice.

use crate::error::{Fault, fault};
use crate::ops::broadcast::{broadcast_shape, combine, for_each_line};
use crate::step::Inputs;
use crate::tensor::{Element, Elements, Tensor, TensorView};

/// An operator of two operands whose result has their type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
}

/// An operator of one or more operands, folded from the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folding {
    Min,
    Max,
    Sum,
    Mean,
}

/// An operator of two operands whose result is boolean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// An operator of two booleans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Logic {
    And,
    Or,
    Xor,
}

/// Fills `output` with `f` of each pair of broadcast operands.
pub(crate) fn pairwise<A: Element, B: Element, O: Element>(
    left: TensorView<'_>,
    right: TensorView<'_>,
    output: &mut Tensor,
    f: impl Fn(&A, &B) -> O,
) -> Result<(), Fault> {
    let shape = broadcast_shape(left.shape(), right.shape())?;
    let (a, b) = (left.typed::<A>()?, right.typed::<B>()?);
    combine((a, left.shape()), (b, right.shape()), (output.start::<O>(&shape)?, &shape), f);
    Ok(())
}

fn differing(left: TensorView<'_>, right: TensorView<'_>) -> Fault {
    fault!("operands of {} and {} cannot be combined", left.element_type().name(), right.element_type().name())
}

impl Arithmetic {
    pub(crate) fn run(self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let (left, right) = (inputs.required(0)?, inputs.required(1)?);
        match (left.elements(), right.elements()) {
            (Elements::F32(_), Elements::F32(_)) => self.floats::<f32>(left, right, output, f32::powf),
            (Elements::F64(_), Elements::F64(_)) => self.floats::<f64>(left, right, output, f64::powf),
            (Elements::I64(_), Elements::I64(_)) => match self {
                Arithmetic::Add => pairwise(left, right, output, |a: &i64, b: &i64| a.wrapping_add(*b)),
                Arithmetic::Sub => pairwise(left, right, output, |a: &i64, b: &i64| a.wrapping_sub(*b)),
                Arithmetic::Mul => pairwise(left, right, output, |a: &i64, b: &i64| a.wrapping_mul(*b)),
                Arithmetic::Div => no_zero(right).and_then(|()| pairwise(left, right, output, |a: &i64, b: &i64| a.wrapping_div(*b))),
                Arithmetic::Pow => pairwise(left, right, output, |a: &i64, b: &i64| (*a as f64).powf(*b as f64) as i64),
            },
            (Elements::I32(_), Elements::I32(_)) => match self {
                Arithmetic::Add => pairwise(left, right, output, |a: &i32, b: &i32| a.wrapping_add(*b)),
                Arithmetic::Sub => pairwise(left, right, output, |a: &i32, b: &i32| a.wrapping_sub(*b)),
                Arithmetic::Mul => pairwise(left, right, output, |a: &i32, b: &i32| a.wrapping_mul(*b)),
                Arithmetic::Div => no_zero(right).and_then(|()| pairwise(left, right, output, |a: &i32, b: &i32| a.wrapping_div(*b))),
                Arithmetic::Pow => pairwise(left, right, output, |a: &i32, b: &i32| f64::from(*a).powf(f64::from(*b)) as i32),
            },
            _ if self == Arithmetic::Pow => self.mixed_power(left, right, output),
            _ => Err(differing(left, right)),
        }
    }

    fn floats<T>(self, left: TensorView<'_>, right: TensorView<'_>, output: &mut Tensor, power: impl Fn(T, T) -> T) -> Result<(), Fault>
    where
        T: Element + Copy + std::ops::Add<Output = T> + std::ops::Sub<Output = T> + std::ops::Mul<Output = T> + std::ops::Div<Output = T>,
    {
        match self {
            Arithmetic::Add => pairwise(left, right, output, |a: &T, b: &T| *a + *b),
            Arithmetic::Sub => pairwise(left, right, output, |a: &T, b: &T| *a - *b),
            Arithmetic::Mul => pairwise(left, right, output, |a: &T, b: &T| *a * *b),
            Arithmetic::Div => pairwise(left, right, output, |a: &T, b: &T| *a / *b),
            Arithmetic::Pow => pairwise(left, right, output, |a: &T, b: &T| power(*a, *b)),
        }
    }

    /// A power whose exponent has another type; the result has the base's.
    fn mixed_power(self, left: TensorView<'_>, right: TensorView<'_>, output: &mut Tensor) -> Result<(), Fault> {
        match (left.elements(), right.elements()) {
            (Elements::F32(_), Elements::F64(_)) => pairwise(left, right, output, |a: &f32, b: &f64| f64::from(*a).powf(*b) as f32),
            (Elements::F32(_), Elements::I64(_)) => pairwise(left, right, output, |a: &f32, b: &i64| f64::from(*a).powf(*b as f64) as f32),
            (Elements::F32(_), Elements::I32(_)) => {
                pairwise(left, right, output, |a: &f32, b: &i32| f64::from(*a).powf(f64::from(*b)) as f32)
            }
            (Elements::F64(_), Elements::F32(_)) => pairwise(left, right, output, |a: &f64, b: &f32| a.powf(f64::from(*b))),
            (Elements::F64(_), Elements::I64(_)) => pairwise(left, right, output, |a: &f64, b: &i64| a.powf(*b as f64)),
            (Elements::F64(_), Elements::I32(_)) => pairwise(left, right, output, |a: &f64, b: &i32| a.powf(f64::from(*b))),
            (Elements::I64(_), Elements::F32(_)) => {
                pairwise(left, right, output, |a: &i64, b: &f32| (*a as f64).powf(f64::from(*b)) as i64)
            }
            (Elements::I32(_), Elements::F32(_)) => {
                pairwise(left, right, output, |a: &i32, b: &f32| f64::from(*a).powf(f64::from(*b)) as i32)
            }
            _ => Err(differing(left, right)),
        }
    }
}

/// An integer division by zero has no answer.
fn no_zero(right: TensorView<'_>) -> Result<(), Fault> {
    let found = match right.elements() {
        Elements::I64(values) => values.contains(&0),
        Elements::I32(values) => values.contains(&0),
        _ => false,
    };
    if found { Err(fault!("an integer is divided by zero")) } else { Ok(()) }
}

impl Folding {
    pub(crate) fn run(self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let first = inputs.required(0)?;
        output.copy_as(first, first.shape())?;
        for index in 1..inputs.len() {
            let other = inputs.required(index)?;
            let sum = std::mem::take(output);
            let so_far = sum.view();
            match (self, so_far.elements(), other.elements()) {
                (Folding::Min, Elements::F32(_), Elements::F32(_)) => pairwise(so_far, other, output, |a: &f32, b: &f32| lesser(*a, *b))?,
                (Folding::Max, Elements::F32(_), Elements::F32(_)) => {
                    pairwise(so_far, other, output, |a: &f32, b: &f32| -lesser(-*a, -*b))?
                }
                (Folding::Sum | Folding::Mean, Elements::F32(_), Elements::F32(_)) => {
                    pairwise(so_far, other, output, |a: &f32, b: &f32| a + b)?
                }
                (Folding::Min, Elements::F64(_), Elements::F64(_)) => pairwise(so_far, other, output, |a: &f64, b: &f64| {
                    if a.is_nan() {
                        *a
                    } else if b < a || b.is_nan() {
                        *b
                    } else {
                        *a
                    }
                })?,
                (Folding::Max, Elements::F64(_), Elements::F64(_)) => pairwise(so_far, other, output, |a: &f64, b: &f64| {
                    if a.is_nan() {
                        *a
                    } else if b > a || b.is_nan() {
                        *b
                    } else {
                        *a
                    }
                })?,
                (Folding::Sum | Folding::Mean, Elements::F64(_), Elements::F64(_)) => {
                    pairwise(so_far, other, output, |a: &f64, b: &f64| a + b)?
                }
                (Folding::Min, Elements::I64(_), Elements::I64(_)) => pairwise(so_far, other, output, |a: &i64, b: &i64| *a.min(b))?,
                (Folding::Max, Elements::I64(_), Elements::I64(_)) => pairwise(so_far, other, output, |a: &i64, b: &i64| *a.max(b))?,
                (Folding::Min, Elements::I32(_), Elements::I32(_)) => pairwise(so_far, other, output, |a: &i32, b: &i32| *a.min(b))?,
                (Folding::Max, Elements::I32(_), Elements::I32(_)) => pairwise(so_far, other, output, |a: &i32, b: &i32| *a.max(b))?,
                _ => return Err(differing(so_far, other)),
            }
        }
        if self == Folding::Mean {
            let sum = output.view().to_tensor();
            let count = inputs.len() as f32;
            let divisor = [count];
            let wide = [f64::from(count)];
            let divisor = match sum.view().elements() {
                Elements::F64(_) => TensorView::new(&[], Elements::F64(&wide)),
                _ => TensorView::new(&[], Elements::F32(&divisor)),
            };
            let Some(divisor) = divisor else { return Err(fault!("a mean has no divisor")) };
            return match sum.view().elements() {
                Elements::F64(_) => pairwise(sum.view(), divisor, output, |a: &f64, b: &f64| a / b),
                _ => pairwise(sum.view(), divisor, output, |a: &f32, b: &f32| a / b),
            };
        }
        Ok(())
    }
}

/// The smaller value; a missing one wins.
fn lesser(a: f32, b: f32) -> f32 {
    if a.is_nan() || a < b { a } else { b }
}

impl Comparison {
    fn holds<T: PartialOrd>(self, a: &T, b: &T) -> bool {
        match self {
            Comparison::Equal => a == b,
            Comparison::Less => a < b,
            Comparison::LessOrEqual => a <= b,
            Comparison::Greater => a > b,
            Comparison::GreaterOrEqual => a >= b,
        }
    }

    pub(crate) fn run(self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let (left, right) = (inputs.required(0)?, inputs.required(1)?);
        match (left.elements(), right.elements()) {
            (Elements::F32(_), Elements::F32(_)) => pairwise(left, right, output, |a: &f32, b: &f32| self.holds(a, b)),
            (Elements::F64(_), Elements::F64(_)) => pairwise(left, right, output, |a: &f64, b: &f64| self.holds(a, b)),
            (Elements::I64(_), Elements::I64(_)) => pairwise(left, right, output, |a: &i64, b: &i64| self.holds(a, b)),
            (Elements::I32(_), Elements::I32(_)) => pairwise(left, right, output, |a: &i32, b: &i32| self.holds(a, b)),
            (Elements::Bool(_), Elements::Bool(_)) => pairwise(left, right, output, |a: &bool, b: &bool| self.holds(a, b)),
            (Elements::Text(_), Elements::Text(_)) => pairwise(left, right, output, |a: &String, b: &String| self.holds(a, b)),
            _ => Err(differing(left, right)),
        }
    }
}

impl Logic {
    pub(crate) fn run(self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let (left, right) = (inputs.required(0)?, inputs.required(1)?);
        match self {
            Logic::And => pairwise(left, right, output, |a: &bool, b: &bool| *a && *b),
            Logic::Or => pairwise(left, right, output, |a: &bool, b: &bool| *a || *b),
            Logic::Xor => pairwise(left, right, output, |a: &bool, b: &bool| a != b),
        }
    }
}

/// `Where`: of two operands the one that the condition says.
pub(crate) fn choose(inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
    let (condition, yes, no) = (inputs.required(0)?, inputs.required(1)?, inputs.required(2)?);
    match (yes.elements(), no.elements()) {
        (Elements::F32(_), Elements::F32(_)) => choose_typed::<f32>(condition, yes, no, output),
        (Elements::F64(_), Elements::F64(_)) => choose_typed::<f64>(condition, yes, no, output),
        (Elements::I64(_), Elements::I64(_)) => choose_typed::<i64>(condition, yes, no, output),
        (Elements::I32(_), Elements::I32(_)) => choose_typed::<i32>(condition, yes, no, output),
        (Elements::Bool(_), Elements::Bool(_)) => choose_typed::<bool>(condition, yes, no, output),
        (Elements::Text(_), Elements::Text(_)) => choose_typed::<String>(condition, yes, no, output),
        _ => Err(differing(yes, no)),
    }
}

fn choose_typed<T: Element>(condition: TensorView<'_>, yes: TensorView<'_>, no: TensorView<'_>, output: &mut Tensor) -> Result<(), Fault> {
    let shape = broadcast_shape(condition.shape(), &broadcast_shape(yes.shape(), no.shape())?)?;
    let (flags, a, b) = (condition.typed::<bool>()?, yes.typed::<T>()?, no.typed::<T>()?);
    let out = output.start::<T>(&shape)?;
    for_each_line(&shape, [condition.shape(), yes.shape(), no.shape()], |starts, steps, range| {
        for (i, out) in out[range].iter_mut().enumerate() {
            let flag = flags[starts[0] + i * steps[0]];
            out.clone_from(if flag { &a[starts[1] + i * steps[1]] } else { &b[starts[2] + i * steps[2]] });
        }
    });
    Ok(())
}

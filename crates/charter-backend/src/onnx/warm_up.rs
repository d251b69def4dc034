//! Small calls before the first real one: does the model run, does it answer what it promises, how long does it take.
//!
//! The clock is read here and nowhere on the request path; what it says decides where a call computes, never what it answers.

use super::cost::{Cost, MANY, SHORT, rows_short};
use super::in_process::Kernel;
use super::open_axes::OpenAxes;
use super::signature::Signature;
use crate::failure::unavailable;
use crate::values::{append, empty, tensor};
use charter_engine::{Tensor, Texts, Unavailable, Values};
use charter_plan::tensor::{Datatype, Dimension, OPEN_LENGTH_MAX, TensorSpec};
use half::{bf16, f16};
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// Most values that an invented input may hold.
const VALUES_MAX: usize = 1 << 20;
/// From one measured length of the open dimensions to the next. What costs a cube takes 64 times as long there, which is still a small call: a step is only
/// tried after one that was short.
const STEP: usize = 4;

/// Calls the kernel with invented rows. A model that refuses them is not refused for it: not every value is an input. One that answers them in another shape
/// or type than the plan says is.
pub(super) fn warm_up(kernel: &Kernel, plan: &Signature, label: &str) -> Result<Cost, Unavailable> {
    let is_open = !OpenAxes::of(&plan.inputs).is_empty();
    let longest = if is_open { usize::try_from(OPEN_LENGTH_MAX).unwrap_or(1) } else { 1 };
    let mut cost = Cost::default();
    let mut length = 1;
    let mut rows_before = usize::MAX;
    while length <= longest {
        match measure(kernel, plan, length)? {
            // A greater length that is faster was luck.
            Measured::Rows(rows) => {
                rows_before = rows.min(rows_before);
                cost.push(length, rows_before);
            }
            // It may take longer inputs all the same.
            Measured::Refused(message) => tracing::debug!(model = label, length, message, "a warm-up call was refused"),
            Measured::TooLarge => break,
        }
        if rows_before == 0 {
            break;
        }
        length *= STEP;
    }
    Ok(cost)
}

enum Measured {
    /// Most rows of a short call.
    Rows(usize),
    Refused(String),
    /// Inputs of that length are too large to invent.
    TooLarge,
}

/// Times calls whose open dimensions are this long.
fn measure(kernel: &Kernel, plan: &Signature, length: usize) -> Result<Measured, Unavailable> {
    let Some(one) = invent(&plan.inputs, 1, length) else { return Ok(Measured::TooLarge) };
    // What the plan promises is held against the shortest inputs; a model may have its own view of longer ones.
    let check = |answer: &[Tensor], rows| if length == 1 { check(answer, plan, rows) } else { Ok(()) };
    let begun = Instant::now();
    let answer = match kernel.run(&one, 1) {
        Ok(answer) => answer,
        Err(error) => return Ok(Measured::Refused(error.message)),
    };
    let first = begun.elapsed();
    check(&answer, 1)?;
    let once = first.min(shortest(kernel, &one, 1));
    let many = if once > SHORT { None } else { invent(&plan.inputs, MANY, length) };
    let Some(many) = many else { return Ok(Measured::Rows(rows_short(once, once * MANY as u32))) };
    Ok(Measured::Rows(match kernel.run(&many, MANY) {
        Ok(answer) => {
            check(&answer, MANY)?;
            rows_short(once, shortest(kernel, &many, MANY))
        }
        Err(_) => 1,
    }))
}

/// The shortest of a few calls: what stays is the model's own time.
fn shortest(kernel: &Kernel, inputs: &[Cow<'_, Tensor>], rows: usize) -> Duration {
    let begun = Instant::now();
    let mut shortest = Duration::MAX;
    for _ in 0..5 {
        let call = Instant::now();
        if kernel.run(inputs, rows).is_err() {
            return Duration::MAX;
        }
        shortest = shortest.min(call.elapsed());
        if begun.elapsed() > Duration::from_millis(20) {
            break;
        }
    }
    shortest
}

fn check(answer: &[Tensor], plan: &Signature, rows: usize) -> Result<(), Unavailable> {
    let help = "correct the route's output or the model's file, and check the charter again";
    for (output, spec) in answer.iter().zip(&plan.outputs) {
        if output.datatype() != spec.datatype {
            let reason = format!("output `{}` is {} in truth, the plan says {}", spec.name, output.datatype(), spec.datatype);
            return Err(unavailable(reason, help));
        }
        if output.rows() != rows {
            return Err(unavailable(format!("output `{}` has {} rows for {rows} of input", spec.name, output.rows()), help));
        }
    }
    Ok(())
}

/// Inputs of zeros and empty texts, open dimensions being `open` long. `None` when they would be large.
pub(super) fn invent(inputs: &[TensorSpec], rows: usize, open: usize) -> Option<Vec<Cow<'static, Tensor>>> {
    let invented = inputs.iter().map(|spec| {
        let lengths = spec.shape.iter().skip(1).map(|dimension| match dimension {
            Dimension::Fixed(length) => usize::try_from(*length).unwrap_or(usize::MAX),
            Dimension::Any => open,
        });
        let row_shape: Vec<usize> = lengths.collect();
        let count = row_shape.iter().try_fold(rows, |product, length| product.checked_mul(*length)).filter(|&count| count <= VALUES_MAX)?;
        let mut values = empty(spec.datatype, count);
        let zero = zero(spec.datatype);
        for _ in 0..count {
            if !append(&mut values, &zero, 0..1) {
                return None;
            }
        }
        Some(Cow::Owned(tensor(rows, &row_shape, values)?))
    });
    invented.collect()
}

fn zero(datatype: Datatype) -> Values {
    match datatype {
        Datatype::Bool => Values::Bool(vec![false]),
        Datatype::Uint8 => Values::Uint8(vec![0]),
        Datatype::Uint16 => Values::Uint16(vec![0]),
        Datatype::Uint32 => Values::Uint32(vec![0]),
        Datatype::Uint64 => Values::Uint64(vec![0]),
        Datatype::Int8 => Values::Int8(vec![0]),
        Datatype::Int16 => Values::Int16(vec![0]),
        Datatype::Int32 => Values::Int32(vec![0]),
        Datatype::Int64 => Values::Int64(vec![0]),
        Datatype::Fp16 => Values::Fp16(vec![f16::ZERO]),
        Datatype::Bf16 => Values::Bf16(vec![bf16::ZERO]),
        Datatype::Fp32 => Values::Fp32(vec![0.0]),
        Datatype::Fp64 => Values::Fp64(vec![0.0]),
        Datatype::Bytes => Values::Bytes(Texts::from_iter([""])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_inputs_have_the_signatures_shape_and_a_limit() {
        use crate::testing::specs;
        let inputs = invent(&specs(&["a: FP32[-1,3]", "b: BYTES[-1]", "c: INT64[-1,-1]"]), 2, 5).expect("small");
        let shapes: Vec<&[usize]> = inputs.iter().map(|input| input.shape()).collect();
        assert_eq!(shapes, [&[2, 3][..], &[2], &[2, 5]]);
        assert!(invent(&specs(&["a: FP32[-1,1048577]"]), 1, 1).is_none());
        assert!(invent(&specs(&["a: FP32[-1,-1,-1]"]), 1, 1025).is_none());
    }
}

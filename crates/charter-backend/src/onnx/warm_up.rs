//! One small call before the first real one: does the model run, does it answer what it promises, how long does it take.
//!
//! The clock is read here and nowhere on the request path; what it says decides where a call computes, never what it answers.

use super::in_process::Kernel;
use super::signature::Signature;
use crate::failure::unavailable;
use crate::values::{append, empty, tensor};
use charter_engine::{Tensor, Texts, Unavailable, Values};
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use half::{bf16, f16};
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// A call expected to take longer than this does not run on an async worker.
const SHORT: Duration = Duration::from_millis(1);
/// Rows of the second measurement.
const MANY: usize = 32;
/// Most values that an invented input may hold.
const VALUES_MAX: usize = 1 << 20;

/// How long calls take: a line through two measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// Most rows of a short call; 0 when even one row is long or nothing is known.
    rows_short_max: usize,
}

impl Cost {
    pub(super) const UNKNOWN: Self = Self { rows_short_max: 0 };

    pub(super) fn is_short(self, rows: usize) -> bool {
        rows <= self.rows_short_max
    }

    fn from_measurements(one: Duration, many: Duration) -> Self {
        if one > SHORT {
            return Self::UNKNOWN;
        }
        let per_row_ns = many.saturating_sub(one).as_nanos() / (MANY as u128 - 1);
        let left_ns = SHORT.saturating_sub(one).as_nanos();
        // A model whose rows cost nothing measurable still gets an end.
        let rows = left_ns.checked_div(per_row_ns).map_or(1 << 16, |rows| rows + 1).min(1 << 16);
        Self { rows_short_max: usize::try_from(rows).unwrap_or(0) }
    }
}

/// Calls the kernel with invented rows. A model that refuses them is not refused for it: not every value is an input. One that answers them in another shape
/// or type than the plan says is.
pub(super) fn warm_up(kernel: &Kernel, plan: &Signature, label: &str) -> Result<Cost, Unavailable> {
    let Some(one) = invent(&plan.inputs, 1) else { return Ok(Cost::UNKNOWN) };
    let begun = Instant::now();
    let answer = match kernel.run(&one, 1) {
        Ok(answer) => answer,
        Err(error) => {
            tracing::debug!(model = label, message = %error.message, "the warm-up call was refused");
            return Ok(Cost::UNKNOWN);
        }
    };
    let first = begun.elapsed();
    check(&answer, plan, 1)?;
    let once = first.min(shortest(kernel, &one, 1));
    let many = if once > SHORT { None } else { invent(&plan.inputs, MANY) };
    let Some(many) = many else { return Ok(Cost::from_measurements(once, once * MANY as u32)) };
    Ok(match kernel.run(&many, MANY) {
        Ok(answer) => {
            check(&answer, plan, MANY)?;
            Cost::from_measurements(once, shortest(kernel, &many, MANY))
        }
        Err(_) => Cost { rows_short_max: 1 },
    })
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

/// Inputs of zeros and empty texts; open dimensions are 1 long. `None` when they would be large.
pub(super) fn invent(inputs: &[TensorSpec], rows: usize) -> Option<Vec<Cow<'static, Tensor>>> {
    let invented = inputs.iter().map(|spec| {
        let lengths = spec.shape.iter().skip(1).map(|dimension| match dimension {
            Dimension::Fixed(length) => usize::try_from(*length).unwrap_or(usize::MAX),
            Dimension::Any => 1,
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
    fn a_call_is_short_while_the_line_stays_below_a_millisecond() {
        let cost = Cost::from_measurements(Duration::from_micros(10), Duration::from_micros(10 + 31 * 30));
        assert!(cost.is_short(33) && !cost.is_short(35), "{cost:?}");
        assert_eq!(Cost::from_measurements(Duration::from_millis(2), Duration::from_millis(2)), Cost::UNKNOWN);
        assert!(Cost::from_measurements(Duration::from_micros(3), Duration::from_micros(3)).is_short(1 << 16));
        assert!(Cost::from_measurements(Duration::from_micros(999), Duration::from_millis(40)).is_short(1));
        assert!(!Cost::UNKNOWN.is_short(1));
    }

    #[test]
    fn invented_inputs_have_the_signatures_shape_and_a_limit() {
        use crate::testing::specs;
        let inputs = invent(&specs(&["a: FP32[-1,3]", "b: BYTES[-1]", "c: INT64[-1,-1]"]), 2).expect("small");
        let shapes: Vec<&[usize]> = inputs.iter().map(|input| input.shape()).collect();
        assert_eq!(shapes, [&[2, 3][..], &[2], &[2, 1]]);
        assert!(invent(&specs(&["a: FP32[-1,1048577]"]), 1).is_none());
    }
}

//! Holds answers against the signatures that were promised, and computes decisions from them.
//!
//! Whether an answer is a good one belongs to monitors.

use super::admit::{adapt, matches};
use crate::backend::{BackendError, Failure};
use crate::call::{CallError, Fault};
use crate::code;
use crate::convert::{all_finite, widen};
use crate::runtime::Runtime;
use crate::tensor::{Shape, Tensor};
use charter_plan::plan::{Model, Route, Use};
use charter_plan::tensor::TensorSpec;
use smallvec::SmallVec;

/// The answers out of a model's outputs, in the order and form expected.
///
/// # Errors
/// [`Failure::SchemaMismatch`] when an output that is used breaks the model's signature or cannot become what is expected, [`Failure::BadOutput`] when it
/// holds a NaN where none may be.
pub(crate) fn select(
    mut outputs: Vec<Tensor>,
    call: &Use,
    model: &Model,
    expected: &[TensorSpec],
    rows: usize,
) -> Result<Vec<Tensor>, BackendError> {
    if outputs.len() != model.outputs.len() || call.outputs.len() != expected.len() {
        return Err(breach(format!("{} outputs instead of {}", outputs.len(), model.outputs.len())));
    }
    let in_order =
        call.outputs.len() == outputs.len() && call.outputs.iter().enumerate().all(|(position, &output)| position == usize::from(output));
    if !in_order {
        let mut chosen = Vec::with_capacity(expected.len());
        for &output in &call.outputs {
            chosen.push(outputs.get(usize::from(output)).cloned().ok_or_else(|| breach(format!("there is no output {output}")))?);
        }
        outputs = chosen;
    }
    for ((tensor, spec), &output) in outputs.iter_mut().zip(expected).zip(&call.outputs) {
        let promised = model.outputs.get(usize::from(output)).ok_or_else(|| breach(format!("there is no output {output}")))?;
        check(tensor, promised, spec, rows)?;
    }
    Ok(outputs)
}

fn check(tensor: &mut Tensor, promised: &TensorSpec, expected: &TensorSpec, rows: usize) -> Result<(), BackendError> {
    let name = &promised.name;
    if tensor.datatype() != promised.datatype {
        return Err(breach(format!("output `{name}` is {} instead of {}", tensor.datatype(), promised.datatype)));
    }
    if !matches(tensor.shape(), &promised.shape, rows) && !adapt(tensor, promised, rows) {
        return Err(breach(format!("output `{name}` has shape {:?} for {rows} rows", tensor.shape())));
    }
    let may_hold_nan = promised.allows_nan && expected.allows_nan;
    if !may_hold_nan && !all_finite(tensor.values()) {
        return Err(BackendError { failure: Failure::BadOutput, message: format!("output `{name}` holds a NaN or infinite value") });
    }
    if tensor.datatype() != expected.datatype {
        let shape = Shape::from_slice(tensor.shape());
        let wider = widen(tensor.values(), expected.datatype).and_then(|values| Tensor::new(shape, values));
        *tensor = wider.ok_or_else(|| breach(format!("output `{name}` does not widen to {}", expected.datatype)))?;
    }
    if !matches(tensor.shape(), &expected.shape, rows) && !adapt(tensor, expected, rows) {
        return Err(breach(format!("output `{name}` has shape {:?}, which is not the route's", tensor.shape())));
    }
    Ok(())
}

fn breach(message: String) -> BackendError {
    BackendError { failure: Failure::SchemaMismatch, message }
}

/// Appends the route's decisions, computed for each row from inputs and answers.
pub(crate) fn decide(
    runtime: &Runtime,
    route: &Route,
    inputs: &[&Tensor],
    rows: usize,
    outputs: &mut Vec<Tensor>,
) -> Result<(), CallError> {
    let decisions = runtime.decisions(route.id);
    if decisions.is_empty() {
        return Ok(());
    }
    outputs.reserve_exact(decisions.len());
    for (decision, stated) in decisions.iter().zip(&route.decisions) {
        let failed = |why: &str| CallError {
            fault: Fault::Charter,
            code: code::DECISION_FAILED,
            retry: false,
            retry_after_ms: None,
            message: format!("decision `{}` cannot be computed: {why}", stated.output.name),
        };
        let result = {
            let mut slots: SmallVec<[&Tensor; 32]> = SmallVec::new();
            for &position in &decision.variables {
                let slot = match position.checked_sub(inputs.len()) {
                    None => inputs.get(position).copied(),
                    Some(answer) => outputs.get(answer),
                };
                slots.push(slot.ok_or_else(|| failed("a variable has no value"))?);
            }
            decision.expression.evaluate(rows, &slots).map_err(|error| failed(&error.message))?
        };
        if !stated.output.allows_nan && !all_finite(&result) {
            return Err(failed("it is not a finite number"));
        }
        let shape = super::admit::single_column(&stated.output.shape, rows).unwrap_or_else(|| Shape::from_slice(&[rows, 1]));
        outputs.push(Tensor::new(shape, result).ok_or_else(|| failed("it has not one value a row"))?);
    }
    Ok(())
}

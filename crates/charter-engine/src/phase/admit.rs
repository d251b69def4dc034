//! Holds a call against its route's inputs.
//!
//! The edge has parsed and named the tensors; identity, quota and residency belong to it.

use crate::call::{Call, CallError, Fault};
use crate::code;
use crate::convert::{all_between, all_finite, none_infinite};
use crate::tensor::{Shape, Tensor, Values};
use charter_plan::plan::Route;
use charter_plan::tensor::{Dimension, Range, TensorSpec};

/// Checks rows, count, datatypes, shapes, lengths, ranges and allowed texts; gives each input the shape that the route states where `[rows]` and `[rows, 1]` differ.
///
/// # Errors
/// The first rule that is broken, with the input's name and never its values.
pub(crate) fn admit(route: &Route, call: &mut Call) -> Result<(), CallError> {
    if call.rows == 0 || call.rows > route.rows_max as usize {
        return Err(refused(code::ROWS, format!("the request has {} rows; `{}` takes 1 to {}", call.rows, route.name, route.rows_max)));
    }
    if call.inputs.len() != route.inputs.len() {
        let message = format!("the request has {} inputs; `{}` takes {}", call.inputs.len(), route.name, route.inputs.len());
        return Err(refused(code::INPUT_COUNT, message));
    }
    for (tensor, spec) in call.inputs.iter_mut().zip(&route.inputs) {
        check(tensor, spec, call.rows)?;
    }
    Ok(())
}

fn check(tensor: &mut Tensor, spec: &TensorSpec, rows: usize) -> Result<(), CallError> {
    let name = &spec.name;
    if tensor.datatype() != spec.datatype {
        return Err(refused(code::INPUT_DATATYPE, format!("input `{name}` is {}; the route takes {}", tensor.datatype(), spec.datatype)));
    }
    if !matches(tensor.shape(), &spec.shape, rows) && !adapt(tensor, spec, rows) {
        let stated: Vec<i64> = spec.shape.iter().map(|&dimension| i64::from(dimension)).collect();
        let message = format!("input `{name}` has shape {:?}; the route takes {stated:?} with {rows} rows", tensor.shape());
        return Err(refused(code::INPUT_SHAPE, message));
    }
    if let Some(lengths) = spec.lengths_broken_by(tensor.shape()) {
        let message = format!(
            "input `{name}` has shape {:?}; a row holds {} to {} items where its length is open (`minItems` and `maxItems` of the contract say so)",
            tensor.shape(),
            lengths.min,
            lengths.max
        );
        return Err(refused(code::INPUT_SHAPE, message));
    }
    if spec.allows_nan && !none_infinite(tensor.values()) {
        return Err(refused(
            code::INPUT_NOT_FINITE,
            format!("input `{name}` holds an infinite value; a value may be missing (NaN), not infinite"),
        ));
    }
    if !spec.allows_nan && !all_finite(tensor.values()) {
        return Err(refused(code::INPUT_NOT_FINITE, format!("input `{name}` holds a NaN or infinite value; its contract allows none")));
    }
    if let Some(range) = spec.range
        && !all_between(tensor.values(), range.min, range.max)
    {
        return Err(refused(code::INPUT_RANGE, format!("input `{name}` holds a value {}", outside(range))));
    }
    if !spec.allowed.is_empty()
        && let Values::Bytes(texts) = tensor.values()
    {
        let listed = |text: &[u8]| spec.allowed.iter().any(|allowed| allowed.as_bytes() == text);
        if !texts.iter().all(listed) {
            return Err(refused(code::INPUT_NOT_ALLOWED, format!("input `{name}` holds a text that its contract does not list")));
        }
    }
    Ok(())
}

/// What a value outside a range is. A limit that excludes 0 is the number next to 0, whose digits say nothing to anyone.
fn outside(range: Range) -> String {
    let beside_zero = |limit: f64| limit != 0.0 && limit.abs() < f64::from(f32::MIN_POSITIVE);
    if !range.min.into_iter().chain(range.max).any(beside_zero) {
        let side = |limit: Option<f64>| limit.map_or("any".to_owned(), |limit| limit.to_string());
        return format!("outside {} to {}", side(range.min), side(range.max));
    }
    let least = range.min.map(|min| if beside_zero(min) && min > 0.0 { "more than 0".to_owned() } else { format!("at least {min}") });
    let most = range.max.map(|max| if beside_zero(max) && max < 0.0 { "less than 0".to_owned() } else { format!("at most {max}") });
    let sides: Vec<String> = least.into_iter().chain(most).collect();
    format!("that is not {}", sides.join(" and "))
}

/// Whether a shape is the one stated, its first dimension being the rows.
pub(crate) fn matches(shape: &[usize], stated: &[Dimension], rows: usize) -> bool {
    shape.len() == stated.len()
        && shape.first() == Some(&rows)
        && shape.iter().zip(stated).skip(1).all(|(&length, dimension)| match dimension {
            Dimension::Any => true,
            Dimension::Fixed(fixed) => length == *fixed as usize,
        })
}

/// Reshapes between `[rows]` and `[rows, 1]` where that is all that differs.
pub(crate) fn adapt(tensor: &mut Tensor, spec: &TensorSpec, rows: usize) -> bool {
    match single_column(&spec.shape, rows) {
        Some(shape) => tensor.rows() == rows && tensor.reshape(shape),
        None => false,
    }
}

/// The shape of a signature with one value a row; `None` when it has another width or rank.
pub(crate) fn single_column(stated: &[Dimension], rows: usize) -> Option<Shape> {
    match stated {
        [_] => Some(Shape::from_slice(&[rows])),
        [_, Dimension::Fixed(1) | Dimension::Any] => Some(Shape::from_slice(&[rows, 1])),
        _ => None,
    }
}

fn refused(code: &'static str, message: String) -> CallError {
    CallError { fault: Fault::Caller, code, retry: false, retry_after_ms: None, message }
}

//! What a contract says of an input's values: finite, within a range, one of a list.
//!
//! Shapes and datatypes are checked while reading, in `request`.

use charter_engine::Values;
use charter_plan::tensor::{Range, TensorSpec};

/// Checks the values of one input. `binary` values were not yet checked for being finite; JSON's were.
///
/// # Errors
/// The rule that is broken, in words that follow the input's name.
pub(super) fn check(spec: &TensorSpec, values: &Values, binary: bool) -> Result<(), &'static str> {
    if binary && !spec.allows_nan && spec.datatype.is_float() && !finite(values) {
        return Err("holds a value that is not a finite number");
    }
    if let Some(range) = spec.range {
        if !within(values, range) {
            return Err("holds a value outside the range of its contract");
        }
    }
    if !spec.allowed.is_empty() {
        if let Values::Bytes(texts) = values {
            if !texts.iter().all(|text| spec.allowed.iter().any(|allowed| allowed.as_bytes() == text)) {
                return Err("holds a text that its contract does not list");
            }
        }
    }
    Ok(())
}

fn finite(values: &Values) -> bool {
    match values {
        Values::Fp16(values) => values.iter().all(|value| value.is_finite()),
        Values::Bf16(values) => values.iter().all(|value| value.is_finite()),
        Values::Fp32(values) => values.iter().all(|value| value.is_finite()),
        Values::Fp64(values) => values.iter().all(|value| value.is_finite()),
        _ => true,
    }
}

#[expect(clippy::cast_precision_loss, reason = "limits of a contract are doubles; a neighbour of a limit beyond 2^53 may pass")]
fn within(values: &Values, range: Range) -> bool {
    // A NaN that the contract allows is a missing value and breaks no limit.
    let inside = |value: f64| range.min.is_none_or(|min| value >= min || value.is_nan()) && range.max.is_none_or(|max| value <= max || value.is_nan());
    match values {
        Values::Bool(_) | Values::Bytes(_) => true,
        Values::Uint8(values) => values.iter().all(|value| inside(f64::from(*value))),
        Values::Uint16(values) => values.iter().all(|value| inside(f64::from(*value))),
        Values::Uint32(values) => values.iter().all(|value| inside(f64::from(*value))),
        Values::Uint64(values) => values.iter().all(|value| inside(*value as f64)),
        Values::Int8(values) => values.iter().all(|value| inside(f64::from(*value))),
        Values::Int16(values) => values.iter().all(|value| inside(f64::from(*value))),
        Values::Int32(values) => values.iter().all(|value| inside(f64::from(*value))),
        Values::Int64(values) => values.iter().all(|value| inside(*value as f64)),
        Values::Fp16(values) => values.iter().all(|value| inside(value.to_f64())),
        Values::Bf16(values) => values.iter().all(|value| inside(value.to_f64())),
        Values::Fp32(values) => values.iter().all(|value| inside(f64::from(*value))),
        Values::Fp64(values) => values.iter().all(|value| inside(*value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_plan::tensor::Datatype;

    #[test]
    fn ranges_and_lists_of_a_contract_hold() {
        let mut spec = TensorSpec::column("amount", Datatype::Fp32);
        assert_eq!(check(&spec, &Values::Fp32(vec![f32::INFINITY]), true), Err("holds a value that is not a finite number"));
        spec.range = Some(Range { min: Some(0.0), max: Some(10.0) });
        assert!(check(&spec, &Values::Fp32(vec![0.0, 10.0]), false).is_ok());
        assert!(check(&spec, &Values::Fp32(vec![-0.1]), false).is_err());
        let mut spec = TensorSpec::column("country", Datatype::Bytes);
        spec.allowed = vec!["DE".to_owned(), "FR".to_owned()];
        assert!(check(&spec, &Values::Bytes(["FR"].into_iter().collect()), false).is_ok());
        assert!(check(&spec, &Values::Bytes(["F"].into_iter().collect()), false).is_err());
    }
}

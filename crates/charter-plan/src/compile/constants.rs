//! Constants of static answers and tables, held against the output that they stand for.

use crate::plan::Constant;
use crate::tensor::{Datatype, Dimension, TensorSpec};
use charter_spec::Plain;
use serde_json::Value;

/// A value of a charter or a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
}

impl Scalar {
    fn words(&self) -> String {
        match self {
            Self::Boolean(value) => format!("`{value}`"),
            Self::Integer(value) => format!("`{value}`"),
            Self::Float(value) => format!("`{value}`"),
            Self::Text(value) => format!("the text `{}`", value.chars().take(40).collect::<String>()),
        }
    }
}

/// The scalars of a value in the charter; lists in lists are flattened.
pub(super) fn of_plain(value: &Plain) -> Vec<Scalar> {
    match value {
        Plain::Bool(value) => vec![Scalar::Boolean(*value)],
        Plain::Integer(value) => vec![Scalar::Integer(*value)],
        Plain::Float(value) => vec![Scalar::Float(*value)],
        Plain::Text(value) => vec![Scalar::Text(value.clone())],
        Plain::List(items) => items.iter().flat_map(|item| of_plain(&item.value)).collect(),
    }
}

/// The scalars of a JSON value; says what cannot be one.
pub(super) fn of_json(value: &Value) -> Result<Vec<Scalar>, String> {
    Ok(match value {
        Value::Bool(value) => vec![Scalar::Boolean(*value)],
        Value::Number(number) => match number.as_i64() {
            Some(integer) => vec![Scalar::Integer(integer)],
            None => vec![Scalar::Float(number.as_f64().ok_or("a number is too large")?)],
        },
        Value::String(text) => vec![Scalar::Text(text.clone())],
        Value::Array(items) => {
            let mut scalars = Vec::with_capacity(items.len());
            for item in items {
                scalars.extend(of_json(item)?);
            }
            scalars
        }
        Value::Null => return Err("`null` is no value".to_owned()),
        Value::Object(_) => return Err("an object is no value".to_owned()),
    })
}

/// One row's value of an output.
///
/// # Errors
/// Says which rule is broken: the datatype, or the length.
pub(super) fn constant(scalars: &[Scalar], output: &TensorSpec) -> Result<Constant, String> {
    if let Some(length) = row_length(output)
        && scalars.len() != length
    {
        return Err(format!("output `{}` takes {length} value(s) a row, and there are {}", output.name, scalars.len()));
    }
    let wrong = |scalar: &Scalar| format!("output `{}` is {}, and {} is none", output.name, output.datatype, scalar.words());
    match output.datatype {
        Datatype::Bool => {
            collect(scalars, |scalar| if let Scalar::Boolean(value) = scalar { Some(*value) } else { None }, wrong).map(Constant::Booleans)
        }
        Datatype::Bytes => {
            let text = |scalar: &Scalar| if let Scalar::Text(value) = scalar { Some(value.clone()) } else { None };
            collect(scalars, text, wrong).map(Constant::Texts)
        }
        datatype if datatype.is_float() => {
            // Counts in a table are far below 2^53, where every whole number is a float.
            #[allow(clippy::cast_precision_loss)]
            let number = |scalar: &Scalar| match scalar {
                Scalar::Float(value) if value.is_finite() => Some(*value),
                Scalar::Integer(value) => Some(*value as f64),
                _ => None,
            };
            collect(scalars, number, wrong).map(Constant::Floats)
        }
        datatype => {
            let whole = |scalar: &Scalar| match scalar {
                Scalar::Integer(value) if fits(*value, datatype) => Some(*value),
                _ => None,
            };
            collect(scalars, whole, wrong).map(Constant::Integers)
        }
    }
}

fn collect<T>(scalars: &[Scalar], take: impl Fn(&Scalar) -> Option<T>, wrong: impl Fn(&Scalar) -> String) -> Result<Vec<T>, String> {
    scalars.iter().map(|scalar| take(scalar).ok_or_else(|| wrong(scalar))).collect()
}

/// Values a row; `None` when any number is possible.
pub(super) fn row_length(spec: &TensorSpec) -> Option<usize> {
    spec.shape.iter().skip(1).try_fold(1_usize, |product, dimension| match dimension {
        Dimension::Fixed(length) => product.checked_mul(usize::try_from(*length).ok()?),
        Dimension::Any => None,
    })
}

fn fits(value: i64, datatype: Datatype) -> bool {
    match datatype {
        Datatype::Uint8 => u8::try_from(value).is_ok(),
        Datatype::Uint16 => u16::try_from(value).is_ok(),
        Datatype::Uint32 => u32::try_from(value).is_ok(),
        Datatype::Uint64 => value >= 0,
        Datatype::Int8 => i8::try_from(value).is_ok(),
        Datatype::Int16 => i16::try_from(value).is_ok(),
        Datatype::Int32 => i32::try_from(value).is_ok(),
        _ => true,
    }
}

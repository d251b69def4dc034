//! Inference requests from rows: Open Inference Protocol v2, JSON (`required_api.md`, "Inference Request JSON Object").

use std::fmt::Write as _;
use std::ops::Range;

use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use thiserror::Error;

use super::{SampleError, Samples};

/// Fills lists that are shorter than the longest of their request.
const PADDING: &str = "-1";

/// Why rows make no request.
#[derive(Debug, Error)]
pub enum RequestError {
    /// The samples lack a column or a cell is not of its type.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A row's list has another length than the input's shape says.
    #[error("row {row} of the samples: column `{column}` holds {length} values where its shape says {expected}")]
    Length {
        /// Data row, from 1.
        row: usize,
        /// Column and input name.
        column: String,
        /// Values in the cell.
        length: usize,
        /// Values that the shape asks for.
        expected: usize,
    },
    /// A shape with more than one dimension besides the rows.
    #[error("input `{0}` has more than two dimensions, which a CSV cell cannot hold")]
    Shape(String),
}

/// The body of a request for `rows` (data rows from 0, clipped to what there is), one tensor an input, its column found
/// by name. `[rows, 1]` and `[rows]` take one value a cell; `[rows, n]` and `[rows, any]` take values separated by spaces,
/// the latter padded with -1 to the longest of the request. A missing number is `null`.
pub fn request_body(samples: &Samples, inputs: &[TensorSpec], rows: Range<usize>) -> Result<String, RequestError> {
    let rows = rows.start.min(samples.rows())..rows.end.min(samples.rows());
    let mut body = String::from("{\"inputs\":[");
    for (at, input) in inputs.iter().enumerate() {
        if at > 0 {
            body.push(',');
        }
        tensor(&mut body, samples, input, rows.clone())?;
    }
    body.push_str("]}");
    Ok(body)
}

fn tensor(body: &mut String, samples: &Samples, input: &TensorSpec, rows: Range<usize>) -> Result<(), RequestError> {
    let column = samples.texts(&input.name)?;
    let cells = column.get(rows.clone()).unwrap_or_default();
    let name = serde_json::Value::from(input.name.as_str());
    let _ = write!(body, "{{\"name\":{name},\"datatype\":\"{}\",\"shape\":[{}", input.datatype, cells.len());
    let single = input.shape.len() < 2 || input.shape.get(1) == Some(&Dimension::Fixed(1)) || input.datatype == Datatype::Bytes;
    if input.shape.len() > 2 {
        return Err(RequestError::Shape(input.name.clone()));
    }
    let width = if single { 1 } else { width(input, cells, rows.start)? };
    if input.shape.len() == 2 {
        let _ = write!(body, ",{width}");
    }
    body.push_str("],\"data\":[");
    for (at, cell) in cells.iter().enumerate() {
        let mut left = width;
        let mut push = |body: &mut String, item: &str| {
            if !body.ends_with('[') {
                body.push(',');
            }
            left = left.saturating_sub(1);
            value(body, input, item).ok_or_else(|| SampleError::Cell {
                row: rows.start + at + 1,
                column: input.name.clone(),
                cell: item.into(),
                expected: expected(input.datatype),
            })
        };
        if single {
            push(body, cell)?;
            continue;
        }
        for item in cell.split_ascii_whitespace() {
            push(body, item)?;
        }
        for _ in 0..left {
            if !body.ends_with('[') {
                body.push(',');
            }
            body.push_str(PADDING);
        }
    }
    body.push_str("]}");
    Ok(())
}

/// The second dimension: what the shape fixes, or the longest list, at least 1.
fn width(input: &TensorSpec, cells: &[String], first: usize) -> Result<usize, RequestError> {
    let lengths = cells.iter().map(|cell| cell.split_ascii_whitespace().count());
    let Some(Dimension::Fixed(fixed)) = input.shape.get(1) else { return Ok(lengths.max().unwrap_or(1).max(1)) };
    let expected = *fixed as usize;
    match lengths.enumerate().find(|(_, length)| *length != expected) {
        Some((at, length)) => Err(RequestError::Length { row: first + at + 1, column: input.name.clone(), length, expected }),
        None => Ok(expected),
    }
}

/// Appends one JSON value; none if the cell is not of the datatype. Numbers are written anew, since CSV allows `+1` and `.5`.
fn value(body: &mut String, input: &TensorSpec, cell: &str) -> Option<()> {
    use Datatype::*;
    match input.datatype {
        Bytes => {
            let _ = write!(body, "{}", serde_json::Value::from(cell));
        }
        Bool => body.push_str(match cell {
            "true" | "True" | "1" => "true",
            "false" | "False" | "0" => "false",
            _ => return None,
        }),
        Fp16 | Bf16 | Fp32 | Fp64 if cell.is_empty() => body.push_str("null"),
        Fp16 | Bf16 | Fp32 | Fp64 => {
            let number: f64 = cell.parse().ok().filter(|number: &f64| number.is_finite())?;
            let _ = write!(body, "{number}");
        }
        Uint8 | Uint16 | Uint32 | Uint64 | Int8 | Int16 | Int32 | Int64 => {
            // `3.0` is how some writers spell an integer.
            let whole = cell.strip_suffix(".0").unwrap_or(cell);
            let number: i128 = whole.parse().ok()?;
            let _ = write!(body, "{number}");
        }
    }
    Some(())
}

fn expected(datatype: Datatype) -> &'static str {
    match datatype {
        Datatype::Bool => "a truth value",
        datatype if datatype.is_float() => "a finite number",
        _ => "a whole number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs() -> Vec<TensorSpec> {
        vec![
            TensorSpec::column("amount", Datatype::Fp32),
            TensorSpec::column("home", Datatype::Bytes),
            TensorSpec::new("basket", Datatype::Int64, vec![Dimension::Any, Dimension::Any]),
            TensorSpec::new("flag", Datatype::Bool, vec![Dimension::Any]),
        ]
    }

    #[test]
    fn rows_become_one_tensor_an_input() {
        let samples = Samples::parse("home,amount,basket,flag,label\n\"a\"\"b\",+1.50,1 2 3,1,0\n,,4,0,1\n").unwrap();
        let body = request_body(&samples, &inputs(), 0..9).unwrap();
        let expected = concat!(
            r#"{"inputs":[{"name":"amount","datatype":"FP32","shape":[2,1],"data":[1.5,null]},"#,
            r#"{"name":"home","datatype":"BYTES","shape":[2,1],"data":["a\"b",""]},"#,
            r#"{"name":"basket","datatype":"INT64","shape":[2,3],"data":[1,2,3,4,-1,-1]},"#,
            r#"{"name":"flag","datatype":"BOOL","shape":[2],"data":[true,false]}]}"#
        );
        assert_eq!(body, expected);
        serde_json::from_str::<serde_json::Value>(&body).unwrap();
        assert!(request_body(&samples, &inputs(), 1..2).unwrap().contains(r#""shape":[1,1],"data":[4]"#));
    }

    #[test]
    fn a_cell_that_does_not_fit_is_named() {
        let samples = Samples::parse("amount,vector\nx,1 2\n2,3\n").unwrap();
        let error = request_body(&samples, &inputs()[..1], 0..2).unwrap_err();
        assert_eq!(error.to_string(), "row 1 of the samples: `x` in column `amount` is not a finite number");
        let vector = TensorSpec::new("vector", Datatype::Fp32, vec![Dimension::Any, Dimension::Fixed(2)]);
        let error = request_body(&samples, &[vector], 0..2).unwrap_err();
        assert_eq!(error.to_string(), "row 2 of the samples: column `vector` holds 1 values where its shape says 2");
        assert!(request_body(&samples, &inputs(), 0..1).is_err());
    }
}

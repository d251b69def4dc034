//! `lookup`: a table from key columns to constants, such as the popular items of a segment.
//!
//! INVARIANT: a key has one spelling. Numbers are written canonically both when the table is opened and when a row asks, so that `5`, `5.0` and
//! `5e0` are the same key of a float column. Reading the table's file does not belong here.

use crate::failure::{failed, unavailable};
use crate::values::{ELEMENTS_MAX, append, convert, empty, row_shape, tensor};
use charter_engine::{Backend, BackendError, Failure, Inference, Request, Tensor, Unavailable, Values};
use charter_plan::plan::{Constant, Model};
use charter_plan::tensor::{Datatype, TensorSpec};
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;

/// Between the columns of a key; a text that holds it matches nothing.
const SEPARATOR: u8 = 0x1F;

/// A table in memory: one packed column an output.
#[derive(Debug)]
pub(crate) struct Lookup {
    /// Key to position in the columns.
    positions: HashMap<Box<[u8]>, usize>,
    default: Option<usize>,
    outputs: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    values: Values,
    row_shape: Vec<usize>,
    width: usize,
}

impl Lookup {
    /// Checks and packs the table. Every entry must fill every output, and no two entries may have the same key.
    pub(crate) fn open(model: &Model, entries: &[(String, Vec<Constant>)], default: Option<&[Constant]>) -> Result<Self, Unavailable> {
        let help = "make each row of the table hold the key columns and one value for each output, of the output's type, and each key once";
        let failed = |reason: String| unavailable(reason, help);
        for input in &model.inputs {
            row_shape(input, 1).map_err(|_| failed(format!("key `{}` must have one value a row", input.name)))?;
        }
        let Some(example) = entries.first().map(|(_, constants)| constants.as_slice()).or(default) else {
            return Err(failed("the table is empty and has no default".into()));
        };
        let mut outputs = open_columns(model, example, entries.len()).map_err(failed)?;
        let mut positions = HashMap::with_capacity(entries.len());
        for (position, (key, constants)) in entries.iter().enumerate() {
            let canonical =
                canonical_key(key, &model.inputs).map_err(|rule| failed(format!("row {} of the table: {rule}", position + 1)))?;
            fill(&mut outputs, model, constants).map_err(|rule| failed(format!("row {} of the table: {rule}", position + 1)))?;
            if positions.insert(canonical.into_boxed_slice(), position).is_some() {
                return Err(failed(format!("row {} of the table: the key is there already", position + 1)));
            }
        }
        if let Some(constants) = default {
            fill(&mut outputs, model, constants).map_err(|rule| failed(format!("the default: {rule}")))?;
        }
        Ok(Self { positions, default: default.map(|_| entries.len()), outputs })
    }

    fn answer(&self, inputs: &[Cow<'_, Tensor>], rows: usize) -> Result<Vec<Tensor>, BackendError> {
        let found = self.find(inputs, rows)?;
        self.outputs.iter().map(|column| column.gather(&found)).collect()
    }

    /// The position of each row's entry.
    fn find(&self, inputs: &[Cow<'_, Tensor>], rows: usize) -> Result<Vec<usize>, BackendError> {
        let mut found = Vec::with_capacity(rows);
        let mut key = Vec::with_capacity(64);
        for row in 0..rows {
            key.clear();
            let mut complete = true;
            for (index, input) in inputs.iter().enumerate() {
                if index > 0 {
                    key.push(SEPARATOR);
                }
                complete &= write_part(&mut key, input.values(), row);
            }
            let position = if complete { self.positions.get(key.as_slice()).copied() } else { None };
            match position.or(self.default) {
                Some(position) => found.push(position),
                None => return Err(failed(Failure::Rejected, "a row's key is not in the table, and the table has no default")),
            }
        }
        Ok(found)
    }
}

fn open_columns(model: &Model, example: &[Constant], entries: usize) -> Result<Vec<Column>, String> {
    if example.len() != model.outputs.len() {
        return Err(format!("the table has {} values a row for {} outputs", example.len(), model.outputs.len()));
    }
    let columns = model.outputs.iter().zip(example).map(|(spec, constant)| {
        let width = constant_len(constant);
        let row_shape = row_shape(spec, width)?;
        let count = width.checked_mul(entries + 1).filter(|&count| count <= ELEMENTS_MAX).ok_or("the table is too large")?;
        Ok(Column { values: empty(spec.datatype, count), row_shape, width })
    });
    columns.collect()
}

fn constant_len(constant: &Constant) -> usize {
    match constant {
        Constant::Integers(values) => values.len(),
        Constant::Floats(values) => values.len(),
        Constant::Booleans(values) => values.len(),
        Constant::Texts(values) => values.len(),
    }
}

fn fill(columns: &mut [Column], model: &Model, constants: &[Constant]) -> Result<(), String> {
    if constants.len() != columns.len() {
        return Err(format!("{} values for {} outputs", constants.len(), columns.len()));
    }
    for ((column, spec), constant) in columns.iter_mut().zip(&model.outputs).zip(constants) {
        let values = convert(constant, spec.datatype).map_err(|rule| format!("output `{}`: {rule}", spec.name))?;
        if values.len() != column.width {
            return Err(format!("output `{}` has {} values here and {} elsewhere", spec.name, values.len(), column.width));
        }
        if !append(&mut column.values, &values, 0..column.width) {
            return Err(format!("output `{}` is of another type", spec.name));
        }
    }
    Ok(())
}

impl Column {
    fn gather(&self, positions: &[usize]) -> Result<Tensor, BackendError> {
        let too_large = || failed(Failure::BadOutput, "the answer would be larger than an answer may be");
        let count = self.width.checked_mul(positions.len()).filter(|&count| count <= ELEMENTS_MAX).ok_or_else(too_large)?;
        let mut values = empty(self.values.datatype(), count);
        for position in positions {
            let start = position * self.width;
            if !append(&mut values, &self.values, start..start + self.width) {
                return Err(too_large());
            }
        }
        tensor(positions.len(), &self.row_shape, values).ok_or_else(too_large)
    }
}

/// A table's key as rows will spell it; numbers are read and written again.
fn canonical_key(key: &str, inputs: &[TensorSpec]) -> Result<Vec<u8>, String> {
    let parts: Vec<&str> = key.split(char::from(SEPARATOR)).collect();
    if parts.len() != inputs.len() {
        return Err(format!("{} key columns for {} inputs", parts.len(), inputs.len()));
    }
    let mut canonical = Vec::with_capacity(key.len());
    for (index, (part, input)) in parts.into_iter().zip(inputs).enumerate() {
        if index > 0 {
            canonical.push(SEPARATOR);
        }
        let values =
            parse_part(part, input.datatype).ok_or_else(|| format!("`{part}` is no {} for key `{}`", input.datatype, input.name))?;
        if !write_part(&mut canonical, &values, 0) {
            return Err(format!("`{part}` can never match key `{}`", input.name));
        }
    }
    Ok(canonical)
}

fn parse_part(part: &str, datatype: Datatype) -> Option<Values> {
    if datatype == Datatype::Bytes {
        return Some(Values::Bytes([part].into_iter().collect()));
    }
    let part = part.trim();
    if datatype == Datatype::Bool {
        let value = match part {
            "true" | "True" | "1" => true,
            "false" | "False" | "0" => false,
            _ => return None,
        };
        return Some(Values::Bool(vec![value]));
    }
    if datatype == Datatype::Uint64 {
        return part.parse().ok().map(|value| Values::Uint64(vec![value]));
    }
    let constant = match part.parse::<i64>() {
        Ok(value) if !datatype.is_float() => Constant::Integers(vec![value]),
        _ => Constant::Floats(vec![part.parse::<f64>().ok()?]),
    };
    convert(&constant, datatype).ok()
}

/// Appends one value's spelling; `false` when no key can match it: a NaN, or a text with the separator in it.
fn write_part(key: &mut Vec<u8>, values: &Values, row: usize) -> bool {
    fn display(key: &mut Vec<u8>, value: Option<impl std::fmt::Display>) -> bool {
        value.is_some_and(|value| write!(key, "{value}").is_ok())
    }
    match values {
        Values::Bool(values) => display(key, values.get(row)),
        Values::Uint8(values) => display(key, values.get(row)),
        Values::Uint16(values) => display(key, values.get(row)),
        Values::Uint32(values) => display(key, values.get(row)),
        Values::Uint64(values) => display(key, values.get(row)),
        Values::Int8(values) => display(key, values.get(row)),
        Values::Int16(values) => display(key, values.get(row)),
        Values::Int32(values) => display(key, values.get(row)),
        Values::Int64(values) => display(key, values.get(row)),
        // Adding zero turns -0.0 into 0.0; Rust writes the shortest digits that give the same value back.
        Values::Fp16(values) => values.get(row).is_some_and(|value| !value.is_nan() && display(key, Some(value.to_f32() + 0.0))),
        Values::Bf16(values) => values.get(row).is_some_and(|value| !value.is_nan() && display(key, Some(value.to_f32() + 0.0))),
        Values::Fp32(values) => values.get(row).is_some_and(|value| !value.is_nan() && display(key, Some(value + 0.0))),
        Values::Fp64(values) => values.get(row).is_some_and(|value| !value.is_nan() && display(key, Some(value + 0.0))),
        Values::Bytes(texts) => texts.get(row).is_some_and(|text| {
            key.extend_from_slice(text);
            !text.contains(&SEPARATOR)
        }),
    }
}

impl Backend for Lookup {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        Inference::Ready(self.answer(request.inputs, request.rows))
    }

    fn engine(&self) -> &str {
        "lookup"
    }
}

#[cfg(test)]
mod tests;

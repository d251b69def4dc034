//! Tables: JSON files of constants, for static answers and look-ups.

use super::PlanCode;
use super::constants::{constant, of_json};
use crate::plan::Constant;
use crate::tensor::TensorSpec;
use charter_spec::{Diagnostic, FileId, FileSet, Span};
use serde_json::{Map, Value};

/// Largest table, in bytes.
const SIZE_MAX: usize = 64 << 20;
/// Between the columns of a key in the file, and in the plan.
const WRITTEN_SEPARATOR: char = '|';
const SEPARATOR: &str = "\u{1f}";

/// A table's entries with one constant an output, and its default.
pub(super) type Entries = (Vec<(String, Vec<Constant>)>, Option<Vec<Constant>>);

/// The JSON object of a file. `span` is where the charter names it.
pub(super) fn object(files: &FileSet, path: &str, span: Span) -> Result<(FileId, Map<String, Value>), Box<Diagnostic>> {
    let Some(file) = files.find(path) else {
        return Err(PlanCode::FileMissing.at(span, format!("table `{path}` is not there")).help("make it, or correct the path").into());
    };
    let bytes = files.bytes(file);
    if bytes.len() > SIZE_MAX {
        return Err(PlanCode::TooMuch.at(span, format!("table `{path}` has {} bytes; {SIZE_MAX} are possible", bytes.len())).into());
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Ok((file, map)),
        Ok(_) => Err(PlanCode::Table.at(Span::new(file, 0, 1), format!("table `{path}` is no object")).at(span, "named here").into()),
        Err(error) => {
            let at = offset(bytes, error.line(), error.column());
            let place = Span::new(file, at, at + 1);
            Err(PlanCode::Table.at(place, format!("table `{path}` is no JSON: {error}")).at(span, "named here").into())
        }
    }
}

/// Constants of a static answer: an object from output to value. Keys that are no output are left alone.
pub(super) fn fixed(files: &FileSet, path: &str, span: Span, outputs: &[TensorSpec]) -> Result<Vec<Constant>, Vec<Diagnostic>> {
    let (file, map) = object(files, path, span).map_err(|problem| vec![*problem])?;
    let place = Span::new(file, 0, 1);
    let mut problems = Vec::new();
    let mut constants = Vec::new();
    for output in outputs {
        match map.get(&output.name) {
            None => {
                let message = format!("table `{path}` has no value for output `{}`", output.name);
                problems.push(PlanCode::OutputMissing.at(span, message).at(place, "the table"));
            }
            Some(value) => match of_json(value).and_then(|scalars| constant(&scalars, output)) {
                Ok(constant) => constants.push(constant),
                Err(rule) => problems.push(PlanCode::Value.at(place, format!("table `{path}`: {rule}")).at(span, "named here")),
            },
        }
    }
    if problems.is_empty() { Ok(constants) } else { Err(problems) }
}

/// Entries of a look-up. `keys` is how many inputs make a key.
pub(super) fn lookup(files: &FileSet, path: &str, span: Span, keys: usize, outputs: &[TensorSpec]) -> Result<Entries, Box<Diagnostic>> {
    let (file, map) = object(files, path, span)?;
    let bytes = files.bytes(file);
    let mut entries = Vec::with_capacity(map.len());
    for (key, value) in &map {
        let place = || {
            let quoted = Value::from(key.as_str()).to_string();
            let at = find(bytes, quoted.as_bytes()).unwrap_or(0);
            Span::new(file, at, at + quoted.len())
        };
        let parts: Vec<&str> = if keys > 1 { key.split(WRITTEN_SEPARATOR).collect() } else { vec![key.as_str()] };
        if parts.len() != keys {
            let message = format!("key `{key}` has {} part(s), and `by:` names {keys} input(s)", parts.len());
            return Err(PlanCode::Table.at(place(), message).at(span, "named here").help("join the parts of a key by `|`").into());
        }
        let constants = answer(value, outputs)
            .map_err(|rule| Box::new(PlanCode::Table.at(place(), format!("key `{key}`: {rule}")).at(span, "named here")))?;
        entries.push((parts.join(SEPARATOR), constants));
    }
    // JSON objects have no order; a plan's fingerprint does.
    entries.sort_by(|left, right| left.0.cmp(&right.0));
    Ok((entries, None))
}

/// An answer: a value for the only output, or an object from output to value.
pub(super) fn answer(value: &Value, outputs: &[TensorSpec]) -> Result<Vec<Constant>, String> {
    if let Value::Object(map) = value {
        let of = |output: &TensorSpec| {
            let value = map.get(&output.name).ok_or_else(|| format!("there is no value for output `{}`", output.name))?;
            constant(&of_json(value)?, output)
        };
        return outputs.iter().map(of).collect();
    }
    match outputs {
        [output] => Ok(vec![constant(&of_json(value)?, output)?]),
        _ => Err(format!("the route has {} outputs, so an answer is an object from output to value", outputs.len())),
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len().max(1)).position(|window| window == wanted)
}

/// The byte offset of a line and column, both from 1.
fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let before: usize = bytes.split(|byte| *byte == b'\n').take(line.saturating_sub(1)).map(|line| line.len() + 1).sum();
    (before + column.saturating_sub(1)).min(bytes.len())
}

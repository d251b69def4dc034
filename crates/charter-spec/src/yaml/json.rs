//! The document as JSON by YAML 1.2's core schema, as a YAML language server hands it to a JSON Schema.

use serde_json::{Map, Number, Value};

use super::load::{Budget, load};
use super::node::{Node, NodeKind, Scalar};
use super::traps::{bool_word, is_null, looks_numeric};
use crate::diagnostic::Diagnostic;
use crate::source::FileSet;

/// The JSON of one file, untyped. Nothing is included, and nothing about the language is checked.
///
/// # Errors
/// The problems of the file as YAML.
pub fn document_as_json(files: &FileSet, path: &str) -> Result<Value, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let Some(file) = files.find(path) else { return Ok(Value::Null) };
    let loaded = load(files, file, &mut Budget::default(), &mut diagnostics);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    Ok(loaded.root.map_or(Value::Null, |root| value(&root)))
}

fn value(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Scalar(scalar) => scalar_value(scalar),
        NodeKind::Sequence(items) => Value::Array(items.iter().map(value).collect()),
        NodeKind::Mapping(pairs) => {
            let mut map = Map::new();
            for (key, node) in pairs {
                map.insert(key.text.to_string(), value(node));
            }
            Value::Object(map)
        }
        NodeKind::Broken => Value::Null,
    }
}

fn scalar_value(scalar: &Scalar) -> Value {
    let text = &*scalar.text;
    if !scalar.is_plain() {
        return Value::String(text.to_owned());
    }
    if is_null(text) {
        return Value::Null;
    }
    if let Some(truth) = bool_word(text) {
        return Value::Bool(truth);
    }
    if looks_numeric(text) {
        if let Ok(whole) = text.trim_start_matches('+').parse::<i64>() {
            return Value::Number(whole.into());
        }
        if let Some(number) = text.parse::<f64>().ok().and_then(Number::from_f64) {
            return Value::Number(number);
        }
    }
    Value::String(text.to_owned())
}

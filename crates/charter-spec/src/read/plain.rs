//! Reading values without a shape of their own.

use serde_json::{Value as Json, json};

use super::text::{Expected, read_text, report_trap};
use super::{Reader, Schemas, Value};
use crate::source::Spanned;
use crate::yaml::{Node, NodeKind, Plain, bool_word, looks_numeric, trap};

impl Value for Plain {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let scalar = match &node.kind {
            NodeKind::Sequence(items) => {
                let items = items.iter().filter_map(|item| Self::read(item, reader).map(|value| Spanned::new(value, item.span)));
                return Some(Self::List(items.collect()));
            }
            NodeKind::Scalar(scalar) => scalar,
            NodeKind::Mapping(_) | NodeKind::Broken => {
                reader.wrong_shape(node, "a value or a list of values");
                return None;
            }
        };
        if !scalar.is_plain() {
            return Some(Self::Text(scalar.text.to_string()));
        }
        if let Some(truth) = bool_word(&scalar.text) {
            return Some(Self::Bool(truth));
        }
        if trap(&scalar.text).is_some() {
            report_trap(node, Expected::Other, reader);
            return None;
        }
        if looks_numeric(&scalar.text) {
            if let Ok(whole) = scalar.text.trim_start_matches('+').parse() {
                return Some(Self::Integer(whole));
            }
            if let Some(number) = scalar.text.parse().ok().filter(|number: &f64| number.is_finite()) {
                return Some(Self::Float(number));
            }
        }
        read_text(node, "a value", reader).map(|text| Self::Text(text.to_owned()))
    }

    fn schema(schemas: &mut Schemas) -> Json {
        schemas.define("Plain", |_| {
            json!({ "anyOf": [{ "type": ["string", "number", "boolean"] }, { "type": "array", "items": { "$ref": "#/$defs/Plain" } }] })
        })
    }
}

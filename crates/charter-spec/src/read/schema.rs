//! The JSON Schema of the language, made from the same definitions that the reader uses.

use serde_json::{Map, Value as Json, json};

use super::Section;
use super::section::{doc_text, object_schema};
use crate::ast::Spec;

/// Schemas by name while they are collected; types that hold themselves refer to their name.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    definitions: Map<String, Json>,
}

impl Schemas {
    /// A reference to a named schema, which is made when it is first asked for.
    pub(crate) fn define(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Json) -> Json {
        if !self.definitions.contains_key(name) {
            // The name is taken first, so that a type that holds itself ends here.
            self.definitions.insert(name.to_owned(), Json::Null);
            let schema = make(self);
            self.definitions.insert(name.to_owned(), schema);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }
}

/// A text that follows a pattern.
pub(crate) fn pattern_schema(pattern: &str) -> Json {
    json!({ "type": "string", "pattern": pattern })
}

/// The JSON Schema (draft 2020-12) of a charter. What it accepts the reader accepts, but for what no schema can say: references,
/// cycles, traps between YAML versions, and quantities or measures in detail.
pub fn schema() -> Json {
    let mut schemas = Schemas::default();
    let mut root = object_schema(&mut schemas, &doc_text(Spec::DOC), Spec::keys(), None);
    if let Some(map) = root.as_object_mut() {
        map.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        map.insert("title".into(), "Charter".into());
        map.insert("$defs".into(), Json::Object(schemas.definitions));
    }
    root
}

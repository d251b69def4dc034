//! The JSON Schema of the language, made from the same definitions that the reader uses.

use serde_json::{Map, Value as Json, json};

use super::Section;
use super::document::VERSION;
use super::section::{doc_text, object_schema};
use crate::ast::Spec;
use crate::names::{FileKind, SectionName};

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

    /// The text under a keyword of a schema, or of the named schema that it refers to.
    pub(crate) fn text_of<'a>(&'a self, schema: &'a Json, keyword: &str) -> Option<&'a str> {
        let named = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"));
        named.and_then(|name| self.definitions.get(name)).unwrap_or(schema)[keyword].as_str()
    }
}

/// A text that follows a pattern, which stands for `expected`: `the id of a model`.
pub(crate) fn pattern_schema(pattern: &str, expected: &str) -> Json {
    takes(json!({ "type": "string", "pattern": pattern }), expected)
}

/// Puts documentation on a schema. Editors show `description` as it is and render `markdownDescription`.
pub(crate) fn describe(mut schema: Json, text: &str) -> Json {
    if let Some(map) = schema.as_object_mut() {
        map.insert("description".into(), text.into());
        // What is said here must also hide what the schema that is referred to says.
        if text.contains('`') || map.contains_key("$ref") || map.contains_key("markdownDescription") {
            map.insert("markdownDescription".into(), text.into());
        }
    }
    schema
}

/// Says in words what a value should be; editors show it in place of a pattern or a type, validators ignore it.
pub(crate) fn takes(mut schema: Json, expected: &str) -> Json {
    if let Some(map) = schema.as_object_mut() {
        map.insert("errorMessage".into(), format!("this takes {expected}").into());
    }
    schema
}

/// Says in which sections the ids stand that a value, or the keys of a mapping, may name; for editors, validators ignore it.
pub(crate) fn refers_to(schema: Json, sections: &[SectionName]) -> Json {
    let sections: Vec<&str> = sections.iter().map(|section| section.key()).collect();
    annotated(schema, "x-refers-to", sections.into())
}

/// Says what a named file holds; for editors, validators ignore it.
pub(crate) fn names_file(schema: Json, kind: FileKind) -> Json {
    annotated(schema, "x-file", kind.word().into())
}

/// Says which units a number may carry; for editors, validators ignore it.
pub(crate) fn with_units(schema: Json, units: &[&str]) -> Json {
    if units.is_empty() { schema } else { annotated(schema, "x-units", json!(units)) }
}

fn annotated(mut schema: Json, keyword: &str, value: Json) -> Json {
    if let Some(map) = schema.as_object_mut() {
        map.insert(keyword.into(), value);
    }
    schema
}

/// Puts the values between backticks in `text` on a schema as examples, which editors offer.
pub(crate) fn with_examples(mut schema: Json, text: &str) -> Json {
    let number = |word: &str| word.parse::<f64>().ok().and_then(|_| serde_json::from_str(word).ok());
    let examples: Vec<Json> = text.split('`').skip(1).step_by(2).map(|word| number(word).unwrap_or_else(|| word.into())).collect();
    if let Some(map) = schema.as_object_mut() {
        map.insert("examples".into(), Json::Array(examples));
    }
    schema
}

/// Words, each with what it means; `enumDescriptions` is what editors show beside a word, validators ignore it.
pub(crate) fn words_schema(words: &[(&str, &str)]) -> Json {
    let (words, docs): (Vec<&str>, Vec<&str>) = words.iter().copied().unzip();
    json!({ "type": "string", "enum": words, "enumDescriptions": docs })
}

/// The name of a type as words: `LatencyBudget` is `latency budget`.
pub(crate) fn title(name: &str) -> String {
    let mut title = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !title.is_empty() {
            title.push(' ');
        }
        title.extend(character.to_lowercase());
    }
    title
}

/// The JSON Schema (draft 2020-12) of a charter. What it accepts the reader accepts, but for what no schema can say: references,
/// cycles, traps between YAML versions, and quantities or measures in detail.
pub fn schema() -> Json {
    let mut schemas = Schemas::default();
    let mut root = object_schema(&mut schemas, &doc_text(Spec::DOC), Spec::keys(), None);
    if let Some(version) = root.pointer_mut("/properties/charter") {
        let described = version["description"].take();
        *version = json!({ "description": described, "const": VERSION });
    }
    if let Some(map) = root.as_object_mut() {
        map.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        map.insert("title".into(), "Charter".into());
        map.insert("$defs".into(), Json::Object(schemas.definitions));
    }
    root
}

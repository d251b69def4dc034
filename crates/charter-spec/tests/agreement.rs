//! The JSON Schema and the reader come from one definition; these tests hold what is made by hand together with it.
//!
//! What no schema can say is left out: references, circles, traps between YAML versions, currencies, measures in detail.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use charter_spec::{FileSet, document_as_json, read, schema};
use serde_json::{Map, Value, json};

/// Codes of problems that a schema cannot see.
const BEYOND_SCHEMA: &[&str] = &["Y008", "Y016", "Y018", "Y020", "Y021", "Y022", "Y023", "Y025"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// Codes of the reader's problems that a schema could see, or all of them.
fn codes(text: &str) -> Vec<&'static str> {
    let files = FileSet::single("charter.yaml", text.as_bytes());
    read(&files, "charter.yaml").diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

fn accepted_by_schema(validator: &jsonschema::Validator, text: &str) -> Result<(), String> {
    let files = FileSet::single("charter.yaml", text.as_bytes());
    let document = document_as_json(&files, "charter.yaml").map_err(|problems| format!("no YAML: {problems:?}"))?;
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| format!("{} at {}", error, error.instance_path())).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

/// Cases of a file: texts between lines `# case: NAME`.
fn cases(file: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(folder("schema").join(file)).unwrap();
    let mut cases: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("# case: ") {
            cases.push((name.to_owned(), "charter: 1\nsystem: shop\n".to_owned()));
        } else if let Some((_, body)) = cases.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    assert!(cases.len() > 10);
    cases
}

#[test]
fn the_schema_is_a_schema() {
    assert!(jsonschema::draft202012::meta::is_valid(&schema()));
}

#[test]
fn full_charters_are_accepted_by_both() {
    let validator = validator();
    for name in ["full.yaml", "reference.yaml", "parts/risks.yaml", "parts/operations.yaml"] {
        let mut text = std::fs::read_to_string(folder("charters").join(name)).unwrap();
        if name.starts_with("parts/") {
            text = format!("charter: 1\nsystem: shop\n{}", text.replace("charter: 1\n", ""));
        }
        accepted_by_schema(&validator, &text).unwrap_or_else(|errors| panic!("{name}: {errors}"));
    }
}

#[test]
fn good_documents_are_accepted_by_both() {
    let validator = validator();
    for (name, text) in cases("accepted.yaml") {
        let seen: Vec<_> = codes(&text).into_iter().filter(|code| *code != "Y022").collect();
        assert!(seen.is_empty(), "the reader refuses `{name}`: {seen:?}");
        accepted_by_schema(&validator, &text).unwrap_or_else(|errors| panic!("the schema refuses `{name}`: {errors}"));
    }
}

#[test]
fn bad_documents_are_refused_by_both() {
    let validator = validator();
    for (name, text) in cases("refused.yaml") {
        let seen = codes(&text);
        assert!(seen.iter().any(|code| *code != "Y022"), "the reader accepts `{name}`: {seen:?}");
        assert!(accepted_by_schema(&validator, &text).is_err(), "the schema accepts `{name}`");
    }
}

/// Walks the schema and makes for every key of every section a document that holds it.
struct Walk<'s> {
    root: &'s Value,
    documents: Vec<(String, Value)>,
    seen: BTreeSet<String>,
}

impl Walk<'_> {
    fn target<'a>(&'a self, schema: &'a Value) -> (&'a Value, Option<&'a str>) {
        match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/")) {
            Some(name) => (&self.root["$defs"][name], Some(name)),
            None => (schema, None),
        }
    }

    /// A value that the schema accepts.
    fn sample(&self, schema: &Value) -> Value {
        let (target, name) = self.target(schema);
        let quantity = match name {
            Some("Duration" | "DurationRange") => Some("4w"),
            Some("Bytes" | "BytesPerTime") => Some("7GB"),
            Some("Rate" | "RatePerUnit") => Some("10_000 rps"),
            Some("Money" | "MoneyPerTime" | "MoneyPerUnit" | "Factor") => Some("12.5"),
            Some("Share") => Some("5%"),
            Some("Date") => Some("2027-05-21"),
            Some("OutputTensor") => Some("FP32[2, 3]"),
            _ => None,
        };
        if let Some(text) = quantity {
            return json!(text);
        }
        if matches!(name, Some("Count" | "Number")) {
            return json!(1);
        }
        if let Some(words) = target["enum"].as_array() {
            return words[0].clone();
        }
        if !target["const"].is_null() {
            return target["const"].clone();
        }
        if let Some(options) = target["anyOf"].as_array() {
            return self.sample(&options[0]);
        }
        match &target["type"] {
            Value::Array(_) => json!("some/text"),
            Value::String(kind) => match kind.as_str() {
                "string" => {
                    json!(if target["pattern"].as_str().is_some_and(|pattern| pattern.contains("pre-scale")) { "up" } else { "some-id" })
                }
                "number" | "integer" => json!(1),
                "boolean" => json!(true),
                "array" => json!([self.sample(&target["items"])]),
                "object" => self.sample_object(target),
                other => panic!("no sample for {other}"),
            },
            other => panic!("no sample for {other} in {target}"),
        }
    }

    fn sample_object(&self, target: &Value) -> Value {
        let mut object = Map::new();
        for key in target["required"].as_array().into_iter().flatten() {
            let key = key.as_str().unwrap();
            object.insert(key.to_owned(), self.sample(&target["properties"][key]));
        }
        Value::Object(object)
    }

    /// Visits a schema; `wrap` puts a value of it into a whole document.
    fn visit(&mut self, schema: &Value, path: &str, wrap: &dyn Fn(Value) -> Value, depth: usize) {
        let (target, name) = self.target(schema);
        let (target, name) = (target.clone(), name.map(str::to_owned));
        if depth > 24 || name.is_some_and(|name| !self.seen.insert(name)) {
            return;
        }
        for option in target["anyOf"].as_array().into_iter().flatten() {
            self.visit(option, path, wrap, depth + 1);
        }
        if target["items"].is_object() {
            self.visit(&target["items"], path, &|value| wrap(json!([value])), depth + 1);
        }
        let base = if target["type"] == "object" { self.sample_object(&target) } else { return };
        if target["additionalProperties"].is_object() {
            let key = format!("{path}.*");
            let value = self.sample(&target["additionalProperties"]);
            let with = |value: Value| {
                let mut object = base.clone();
                object["some-id"] = value;
                wrap(object)
            };
            self.documents.push((key.clone(), with(value)));
            self.visit(&target["additionalProperties"], &key, &with, depth + 1);
        }
        for (name, property) in target["properties"].as_object().into_iter().flatten() {
            let key = format!("{path}.{name}");
            let value = self.sample(property);
            let with = |value: Value| {
                let mut object = base.clone();
                object[name] = value;
                wrap(object)
            };
            self.documents.push((key.clone(), with(value)));
            self.visit(property, &key, &with, depth + 1);
        }
    }
}

fn every_document() -> Vec<(String, Value)> {
    let root = schema();
    let mut walk = Walk { root: &root, documents: Vec::new(), seen: BTreeSet::new() };
    walk.visit(&root, "", &|value| value, 0);
    walk.documents
}

#[test]
fn every_key_of_the_schema_is_known_to_the_reader_with_its_value() {
    let documents = every_document();
    let validator = validator();
    assert!(documents.len() > 400, "only {} keys were found", documents.len());
    for (path, mut document) in documents {
        document["charter"] = json!(1);
        let errors: Vec<_> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{path}: the sample is no sample: {errors:?}\n{document}");
        let text = serde_json::to_string(&document).unwrap();
        // JSON is YAML, but quotes make text of what a charter writes plain.
        let problems: Vec<_> = codes(&text).into_iter().filter(|code| !BEYOND_SCHEMA.contains(code)).collect();
        assert!(problems.is_empty(), "{path}: the reader refuses what the schema accepts: {problems:?}\n{text}");
    }
}

#[test]
fn a_key_that_is_not_in_the_schema_is_refused_everywhere() {
    let validator = validator();
    let mut checked = 0;
    for (path, document) in every_document() {
        // The deepest object of the sample gets a key that nobody knows, where the section has no elements.
        let mut document = document;
        document["charter"] = json!(1);
        let mut place = &mut document;
        for name in path.split('.').skip(1) {
            let name = if name == "*" { "some-id" } else { name };
            while place.is_array() {
                place = &mut place[0];
            }
            place = &mut place[name];
        }
        while place.is_array() {
            place = &mut place[0];
        }
        let Some(object) = place.as_object_mut() else { continue };
        object.insert("nobody_knows".into(), json!({ "nobody_knows": { "nobody_knows": [["x"]] } }));
        let by_schema = validator.is_valid(&document);
        let seen = codes(&serde_json::to_string(&document).unwrap());
        let by_reader = seen.iter().all(|code| BEYOND_SCHEMA.contains(code));
        assert_eq!(by_schema, by_reader, "{path}: schema accepts {by_schema}, reader says {seen:?}\n{document}");
        checked += usize::from(!by_schema);
    }
    assert!(checked > 100, "only {checked} sections were checked");
}

#[test]
fn a_value_of_the_wrong_shape_is_refused_by_both_everywhere() {
    let validator = validator();
    for (path, document) in every_document() {
        for wrong in [json!(null), json!([[["x"]]]), json!({ "nobody knows": [{}] })] {
            let mut document = document.clone();
            document["charter"] = json!(1);
            let mut place = &mut document;
            for name in path.split('.').skip(1) {
                let name = if name == "*" { "some-id" } else { name };
                while place.is_array() {
                    place = &mut place[0];
                }
                place = &mut place[name];
            }
            *place = wrong;
            let by_schema = validator.is_valid(&document);
            let seen = codes(&serde_json::to_string(&document).unwrap());
            let by_reader = seen.iter().all(|code| BEYOND_SCHEMA.contains(code) && *code != "Y016");
            assert_eq!(by_schema, by_reader, "{path}: schema accepts {by_schema}, reader says {seen:?}\n{document}");
        }
    }
}

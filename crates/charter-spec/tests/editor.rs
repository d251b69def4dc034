//! What editors need from the schema beside its validity: words for people at every key, value and pattern.
//!
//! Whether an editor's language server makes good use of it is checked by hand, by what stands in `editor/`.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use charter_spec::schema;
use serde_json::Value;

/// Calls `visit` with every schema inside a schema.
fn walk(schema: &Value, path: &str, visit: &mut dyn FnMut(&Value, &str)) {
    visit(schema, path);
    for keyword in ["properties", "$defs"] {
        for (name, inner) in schema[keyword].as_object().into_iter().flatten() {
            walk(inner, &format!("{path}/{keyword}/{name}"), visit);
        }
    }
    for keyword in ["additionalProperties", "propertyNames", "items"] {
        if schema[keyword].is_object() {
            walk(&schema[keyword], &format!("{path}/{keyword}"), visit);
        }
    }
    for (index, inner) in schema["anyOf"].as_array().into_iter().flatten().enumerate() {
        walk(inner, &format!("{path}/anyOf/{index}"), visit);
    }
}

#[test]
fn every_key_says_what_it_is() {
    let mut keys = 0;
    walk(&schema(), "", &mut |schema, path| {
        for (name, key) in schema["properties"].as_object().into_iter().flatten() {
            keys += 1;
            let text = key["description"].as_str().unwrap_or("");
            assert!(!text.is_empty(), "{path}: `{name}` says nothing");
            if text.contains('`') {
                assert_eq!(key["markdownDescription"], text, "{path}: `{name}` would be shown with its backticks");
            }
        }
    });
    assert!(keys > 400, "only {keys} keys were found");
}

#[test]
fn every_word_says_what_it_means() {
    let mut words = 0;
    walk(&schema(), "", &mut |schema, path| {
        let Some(values) = schema["enum"].as_array() else { return };
        if path == "/$defs/Currency" {
            return;
        }
        words += values.len();
        assert_eq!(schema["enumDescriptions"].as_array().map(Vec::len), Some(values.len()), "{path}: a word says nothing");
    });
    assert!(words > 100, "only {words} words were found");
}

#[test]
fn no_pattern_is_shown_where_words_can_tell() {
    let mut patterns = 0;
    walk(&schema(), "", &mut |schema, path| {
        if schema["pattern"].is_string() {
            patterns += 1;
            assert!(schema["errorMessage"].is_string(), "{path}: people would be shown `{}`", schema["pattern"]);
        }
    });
    assert!(patterns > 50, "only {patterns} patterns were found");
}

#[test]
fn what_is_offered_as_an_example_is_valid() {
    let root = schema();
    let mut examples = 0;
    walk(&root, "", &mut |schema, path| {
        let Some(offered) = schema["examples"].as_array() else { return };
        let mut alone = schema.clone();
        alone["$defs"] = root["$defs"].clone();
        let validator = jsonschema::draft202012::new(&alone).unwrap();
        for example in offered {
            examples += 1;
            assert!(validator.is_valid(example), "{path}: `{example}` is offered and refused");
        }
    });
    assert!(examples > 15, "only {examples} examples were found");
}

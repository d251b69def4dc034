//! A document with its keys in the order in which they are set, written as JSON (RFC 8259) or as YAML 1.2 that a 1.1 reader takes the same way.

use std::fmt::Write;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Bool(bool),
    /// Finite; what is not is left out by [`Map::set`].
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Map(Map),
}

/// Keys with values, in the order set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Map(Vec<(String, Value)>);

impl Map {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Sets a key. Empty lists and maps and numbers that are none are left out, so that callers need not look.
    pub(super) fn set(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.put(key, value);
        self
    }

    pub(super) fn put(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        let value = value.into();
        let holds = match &value {
            Value::List(list) => !list.is_empty(),
            Value::Map(map) => !map.0.is_empty(),
            Value::Number(number) => number.is_finite(),
            Value::Bool(_) | Value::Text(_) => true,
        };
        if holds {
            self.0.push((key.into(), value));
        }
    }

    /// Sets a key when there is a value.
    pub(super) fn some(mut self, key: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.put(key, value);
        }
        self
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(f64::from(number))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(list: Vec<T>) -> Self {
        Self::List(list.into_iter().map(Into::into).collect())
    }
}

impl Value {
    /// Indented JSON with a newline at its end.
    pub(super) fn json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out, 0);
        out.push('\n');
        out
    }

    fn write_json(&self, out: &mut String, depth: usize) {
        let line = |out: &mut String, depth: usize| {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        };
        match self {
            Self::List(list) if !list.is_empty() => {
                out.push('[');
                for (at, value) in list.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    line(out, depth + 1);
                    value.write_json(out, depth + 1);
                }
                line(out, depth);
                out.push(']');
            }
            Self::Map(map) if !map.0.is_empty() => {
                out.push('{');
                for (at, (key, value)) in map.0.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    line(out, depth + 1);
                    let _ = write!(out, "{}: ", quoted(key));
                    value.write_json(out, depth + 1);
                }
                line(out, depth);
                out.push('}');
            }
            other => out.push_str(&other.scalar(quoted)),
        }
    }

    /// Block YAML with a newline at its end.
    pub(super) fn yaml(&self) -> String {
        let mut out = String::new();
        self.write_yaml(&mut out, 0);
        if !out.ends_with('\n') {
            out.push('\n');
        }
        out
    }

    /// Writes the value where the cursor stands at the start of a line of this depth.
    fn write_yaml(&self, out: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        match self {
            Self::Map(map) if !map.0.is_empty() => {
                for (at, (key, value)) in map.0.iter().enumerate() {
                    // The first key of a list's item stands behind its dash.
                    if at > 0 || !out.ends_with("- ") {
                        out.push_str(&indent);
                    }
                    let _ = write!(out, "{}:", plain(key));
                    value.write_yaml_behind(out, depth + 1);
                }
            }
            Self::List(list) if !list.is_empty() => {
                for value in list {
                    let _ = write!(out, "{indent}- ");
                    match value {
                        Self::Map(map) if !map.0.is_empty() => value.write_yaml(out, depth + 1),
                        Self::List(list) if !list.is_empty() => {
                            out.truncate(out.trim_end_matches(' ').len());
                            out.push('\n');
                            value.write_yaml(out, depth + 1);
                        }
                        _ => {
                            let _ = writeln!(out, "{}", value.scalar(plain));
                        }
                    }
                }
            }
            other => {
                let _ = writeln!(out, "{indent}{}", other.scalar(plain));
            }
        }
    }

    fn write_yaml_behind(&self, out: &mut String, depth: usize) {
        match self {
            Self::Map(map) if !map.0.is_empty() => {
                out.push('\n');
                self.write_yaml(out, depth);
            }
            Self::List(list) if !list.is_empty() => {
                out.push('\n');
                self.write_yaml(out, depth);
            }
            other => {
                let _ = writeln!(out, " {}", other.scalar(plain));
            }
        }
    }

    fn scalar(&self, text: fn(&str) -> String) -> String {
        match self {
            Self::Bool(truth) => truth.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(value) => text(value),
            Self::List(_) => "[]".to_owned(),
            Self::Map(_) => "{}".to_owned(),
        }
    }
}

/// A text in double quotes as JSON and YAML both read it: what YAML calls unprintable is escaped too.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A text as YAML: bare where every reader takes it as text, else in double quotes.
fn plain(text: &str) -> String {
    const WORDS: &[&str] = &["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"];
    let starts = text.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let safe = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    let is_bare = starts && text.chars().all(safe) && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_bare { text.to_owned() } else { quoted(text) }
}

#[cfg(test)]
mod tests {
    use super::{Map, Value};
    use proptest::prelude::*;

    fn tree() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            (-1e9..1e9_f64).prop_map(Value::Number),
            "\\PC{0,12}".prop_map(Value::Text),
            "[\"'\\\\:#{}\\[\\],&*!|>%@`\n\t \u{85}\u{2028}-]{0,6}".prop_map(Value::Text),
            prop_oneof![Just("no"), Just("NULL"), Just("1e3"), Just("2026-11-23"), Just("~"), Just("")]
                .prop_map(|word| Value::Text(word.into())),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(Value::List),
                prop::collection::btree_map("[a-z :#'\"-]{1,6}", inner, 1..4)
                    .prop_map(|map| Value::Map(map.into_iter().fold(Map::new(), |map, (key, value)| map.set(key, value)))),
            ]
        })
    }

    fn json(value: &Value) -> serde_json::Value {
        serde_json::from_str(&value.json()).unwrap()
    }

    proptest! {
        #[test]
        fn yaml_says_what_json_says(value in tree()) {
            let document = Map::new().set("document", value).set("end", "x");
            let document = Value::Map(document);
            let files = charter_spec::FileSet::single("x.yaml", document.yaml().into_bytes());
            // YAML 1.2 knows no numbers with a fraction of zero; both sides are compared as numbers.
            let read = charter_spec::document_as_json(&files, "x.yaml").unwrap();
            prop_assert_eq!(same(&read), same(&json(&document)), "{}", document.yaml());
        }
    }

    fn same(value: &serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Number(number) => serde_json::json!(number.as_f64()),
            serde_json::Value::Array(list) => list.iter().map(same).collect(),
            serde_json::Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), same(value))).collect(),
            other => other.clone(),
        }
    }
}

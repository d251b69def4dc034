//! Reading text, truth values, and telling traps.

use serde_json::{Value as Json, json};

use super::{Reader, Schemas, Value};
use crate::diagnostic::{Code, Diagnostic, Fix};
use crate::yaml::{Node, Trap, bool_word, is_null, trap};

/// The text of a scalar. Plain numbers are taken as they are written; truth values and nothing are not text.
pub(crate) fn read_text<'n>(node: &'n Node, expected: &str, reader: &mut Reader<'_>) -> Option<&'n str> {
    let Some(scalar) = node.scalar() else {
        reader.wrong_shape(node, expected);
        return None;
    };
    if scalar.is_plain() {
        if is_null(&scalar.text) {
            reader.empty(node);
            return None;
        }
        if trap(&scalar.text).is_some() {
            report_trap(node, Expected::Text, reader);
            return None;
        }
        if bool_word(&scalar.text).is_some() {
            let diagnostic = Diagnostic::reading(Code::Type, node.span, format!("a truth value stands where {expected} is meant"));
            let diagnostic = reader.with_key(diagnostic, &format!("this key takes {expected}"));
            let quoted = Fix::replace(node.span, format!("\"{}\"", scalar.text)).offered();
            reader.report(diagnostic.help(format!("write `\"{}\"` in quotes if the word is meant", scalar.text)).fix(quoted));
            return None;
        }
    }
    if scalar.text.is_empty() {
        reader.empty(node);
        return None;
    }
    Some(&scalar.text)
}

/// What is meant where a trap stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Text: in quotes it stays what it is to YAML 1.2.
    Text,
    /// A truth value.
    Truth,
    /// Something else: a person has to say what.
    Other,
}

/// Reports a plain scalar that YAML versions disagree about.
pub(crate) fn report_trap(node: &Node, expected: Expected, reader: &mut Reader<'_>) {
    let Some(scalar) = node.scalar() else { return };
    let text = short(&scalar.text);
    let (message, help) = match trap(&scalar.text) {
        Some(Trap::Truth(truth)) => (
            format!("`{text}` is `{truth}` to YAML 1.1 and text to YAML 1.2"),
            format!("write `{truth}`, or `\"{text}\"` in quotes if the word is meant"),
        ),
        Some(Trap::Octal) => (
            format!("`{text}` is octal to YAML 1.1 and decimal to YAML 1.2"),
            format!("write it without the leading 0, or `\"{text}\"` in quotes if it is text"),
        ),
        Some(Trap::Sexagesimal) => (
            format!("`{text}` is a number to the base of 60 to YAML 1.1 and text to YAML 1.2"),
            format!("write a unit such as `90s`, or `\"{text}\"` in quotes if it is text"),
        ),
        Some(Trap::Based) => {
            (format!("`{text}` is a number in another base"), format!("write it in decimal, or `\"{text}\"` in quotes if it is text"))
        }
        None => return,
    };
    let diagnostic = Diagnostic::reading(Code::Trap, node.span, message).help(help);
    let meant = match (expected, trap(&scalar.text)) {
        (Expected::Text, _) => Some(format!("\"{}\"", scalar.text)),
        (Expected::Truth, Some(Trap::Truth(truth))) => Some(truth.to_string()),
        _ => None,
    };
    reader.report(diagnostic.meant(node.span, meant.as_deref()));
}

/// At most 60 characters of what the user wrote, for a message of one line.
pub(crate) fn short(text: &str) -> String {
    let line: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    if line.chars().count() <= 60 {
        return line;
    }
    let start: String = line.chars().take(57).collect();
    format!("{start}...")
}

impl Value for String {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        read_text(node, "text", reader).map(str::to_owned)
    }

    fn schema(_: &mut Schemas) -> Json {
        text_schema()
    }
}

/// Text that is not empty. Plain numbers are numbers to JSON and text to the reader.
pub(crate) fn text_schema() -> Json {
    json!({ "type": ["string", "number"], "minLength": 1 })
}

impl Value for bool {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(scalar) = node.scalar() else {
            reader.wrong_shape(node, "`true` or `false`");
            return None;
        };
        if scalar.is_plain() {
            if let Some(truth) = bool_word(&scalar.text) {
                return Some(truth);
            }
            if is_null(&scalar.text) {
                reader.empty(node);
                return None;
            }
            if matches!(trap(&scalar.text), Some(Trap::Truth(_))) {
                report_trap(node, Expected::Truth, reader);
                return None;
            }
        }
        let diagnostic =
            Diagnostic::reading(Code::Type, node.span, format!("`{}` stands where `true` or `false` is meant", short(&scalar.text)));
        let diagnostic = reader.with_key(diagnostic, "this key takes a truth value");
        let meant = bool_word(&scalar.text).map(|truth| truth.to_string());
        reader.report(diagnostic.help("write `true` or `false` without quotes").meant(node.span, meant.as_deref()));
        None
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "boolean" })
    }
}

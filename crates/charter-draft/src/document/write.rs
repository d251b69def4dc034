//! The text of a charter: short things on one line, long ones below each other, and quotes only where the language needs them.

use super::value::{Map, Value};
use std::fmt::Write;

/// Longest line that a mapping or list may take before it is written over several.
const LINE_MAX: usize = 130;
/// Longest text that stands on its key's line.
const TEXT_MAX: usize = 140;
/// Where folded text is broken.
const FOLD_AT: usize = 120;
/// Where a comment is broken.
const COMMENT_AT: usize = 128;
/// A level of indentation.
const STEP: usize = 2;

/// The text of a document: its sections in order, an empty line before each that is more than a line.
pub fn write(document: &Map) -> String {
    let mut out = String::new();
    let mut long = false;
    for pair in &document.pairs {
        let is_long = matches!(&pair.value, Value::Map(_)) || !pair.above.is_empty();
        if !out.is_empty() && (is_long || long) && pair.above.first().is_none_or(|first| !first.is_empty()) {
            out.push('\n');
        }
        long = is_long;
        comments(&mut out, &pair.above, 0);
        entry(&mut out, &pair.key, &pair.value, pair.beside.as_deref(), 0);
    }
    comments(&mut out, &document.below, 0);
    out
}

/// Lines of comment at the top of a document.
pub(crate) fn remarks(lines: &[String]) -> String {
    let mut out = String::new();
    comments(&mut out, lines, 0);
    out
}

fn comments(out: &mut String, lines: &[String], indent: usize) {
    for line in lines {
        if line.is_empty() {
            out.push('\n');
        } else {
            // A long remark goes on below, so that it is read without scrolling.
            let mut width = 0;
            let _ = write!(out, "{:indent$}#", "");
            for word in line.split(' ') {
                if width > 0 && indent + width + word.chars().count() > COMMENT_AT {
                    let _ = write!(out, "\n{:indent$}#  ", "");
                    width = 2;
                }
                // What YAML does not take anywhere, it does not take in a comment.
                out.push(' ');
                out.extend(word.chars().map(|character| if is_printable(character) { character } else { ' ' }));
                width += 1 + word.chars().count();
            }
            out.push('\n');
        }
    }
}

fn entry(out: &mut String, key: &str, value: &Value, beside: Option<&str>, indent: usize) {
    let _ = write!(out, "{:indent$}{}:", "", keyed(key, false));
    let note = beside.map(|note| format!("  # {note}")).unwrap_or_default();
    match value {
        Value::Map(map) if indent == 0 || map.block => {
            out.push_str(&note);
            block_map(out, map, indent + STEP);
        }
        Value::Text(text) if needs_block(text) => {
            out.push_str(&block_text(text, indent + STEP));
            out.push('\n');
        }
        _ => match flow(value).filter(|line| indent + key.len() + 2 + line.chars().count() <= LINE_MAX || is_scalar(value)) {
            Some(line) => {
                let _ = writeln!(out, " {line}{note}");
            }
            None => {
                out.push_str(&note);
                match value {
                    Value::Map(map) => block_map(out, map, indent + STEP),
                    Value::List(items) => block_list(out, items, indent + STEP),
                    Value::Text(_) | Value::Raw(_) => {}
                }
            }
        },
    }
}

fn block_map(out: &mut String, map: &Map, indent: usize) {
    if map.pairs.is_empty() {
        // What its comments show stands below, where braces would not let it stand.
        out.push_str(if map.below.is_empty() { " {}" } else { " {} # a first line below takes the place of these braces" });
    }
    out.push('\n');
    for pair in &map.pairs {
        comments(out, &pair.above, indent);
        entry(out, &pair.key, &pair.value, pair.beside.as_deref(), indent);
    }
    comments(out, &map.below, indent);
}

fn block_list(out: &mut String, items: &[Value], indent: usize) {
    out.push('\n');
    for item in items {
        let _ = write!(out, "{:indent$}-", "");
        match item {
            Value::Text(text) if needs_block(text) => {
                out.push_str(&block_text(text, indent + STEP));
                out.push('\n');
            }
            Value::Map(map) if flow(item).is_none_or(|line| indent + line.chars().count() > LINE_MAX) => {
                let mut inner = String::new();
                block_map(&mut inner, map, indent + STEP);
                out.push(' ');
                out.push_str(inner.trim_start());
            }
            _ => {
                let _ = writeln!(out, " {}", flow(item).unwrap_or_default());
            }
        }
    }
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::Raw(_))
}

/// The value on one line; `None` when it holds comments or text of several lines.
fn flow(value: &Value) -> Option<String> {
    inline(value, false)
}

fn inline(value: &Value, nested: bool) -> Option<String> {
    match value {
        Value::Text(text) if needs_block(text) => None,
        Value::Text(text) => Some(scalar(text, nested)),
        Value::Raw(text) => Some(text.clone()),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| inline(item, true)).collect::<Option<_>>()?;
            Some(format!("[{}]", items.join(", ")))
        }
        Value::Map(map) => {
            if map.block || !map.below.is_empty() {
                return None;
            }
            let pairs: Vec<String> = map
                .pairs
                .iter()
                .map(|pair| {
                    let plain = pair.above.is_empty() && pair.beside.is_none();
                    inline(&pair.value, true).filter(|_| plain).map(|value| format!("{}: {value}", keyed(&pair.key, true)))
                })
                .collect::<Option<_>>()?;
            Some(if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) })
        }
    }
}

/// Whether a text is better below its key: several lines, or a long one.
fn needs_block(text: &str) -> bool {
    (text.contains('\n') || text.chars().count() > TEXT_MAX) && (can_be_literal(text) || can_be_folded(text))
}

/// Whether a literal block gives the text back.
pub(crate) fn can_be_literal(text: &str) -> bool {
    !text.starts_with([' ', '\t', '\n'])
        && !text.ends_with('\n')
        && !text.trim().is_empty()
        && text.lines().all(|line| line.trim_end_matches(' ') == line && (line.is_empty() || !line.trim().is_empty()))
        && text.chars().all(|character| character == '\n' || is_printable(character))
}

/// Whether a folded block gives the text back: one line, with single spaces.
fn can_be_folded(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_printable) && text.split(' ').all(|word| !word.is_empty() && !word.contains('\t'))
}

pub(crate) fn block_text(text: &str, indent: usize) -> String {
    let mut out = String::new();
    if !text.contains('\n') && can_be_folded(text) {
        out.push_str(" >-");
        let mut width = usize::MAX;
        for word in text.split(' ') {
            let length = word.chars().count();
            if width == usize::MAX || width + 1 + length > FOLD_AT {
                let _ = write!(out, "\n{:indent$}{word}", "");
                width = length;
            } else {
                let _ = write!(out, " {word}");
                width += 1 + length;
            }
        }
        return out;
    }
    out.push_str(" |-");
    for line in text.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            let _ = write!(out, "{:indent$}{line}", "");
        }
    }
    out
}

/// A text on one line: plain where the language reads the same text, else in quotes.
pub(crate) fn scalar(text: &str, in_flow: bool) -> String {
    if is_plain(text, in_flow) { text.to_owned() } else { quoted(text) }
}

/// A key: a number is a number there too, and no name, so it stands in quotes.
pub(crate) fn keyed(key: &str, in_flow: bool) -> String {
    if key.parse::<f64>().is_ok() { quoted(key) } else { scalar(key, in_flow) }
}

/// A text in quotes.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            character if is_printable(character) => out.push(character),
            character if u32::from(character) <= 0xFFFF => drop(write!(out, "\\u{:04X}", u32::from(character))),
            character => drop(write!(out, "\\U{:08X}", u32::from(character))),
        }
    }
    out.push('"');
    out
}

/// Whether a character stands in YAML as it is. Line separators of Unicode and the byte-order mark do not.
fn is_printable(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Words that YAML takes for nothing or for a truth value, in its versions 1.1 and 1.2.
const TRAPS: &[&str] = &["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "<<", "=", "else"];

pub(crate) fn is_plain(text: &str, in_flow: bool) -> bool {
    if TRAPS.iter().any(|word| text.eq_ignore_ascii_case(word)) && text != "else" {
        return false;
    }
    if text.trim() != text || !text.chars().all(is_printable) || text.contains('\t') {
        return false;
    }
    let Some(first) = text.chars().next() else { return false };
    let second_is_space = text.chars().nth(1).is_none_or(|second| second == ' ');
    if "!&*|>@`\"'%#,[]{}".contains(first) || ("-?:".contains(first) && (second_is_space || in_flow)) || first == '.' {
        return false;
    }
    if text.contains(": ") || text.contains(" #") || text.ends_with(':') || text.starts_with("---") || text.starts_with("...") {
        return false;
    }
    if in_flow && (text.contains([',', '[', ']', '{', '}']) || text.contains(':') && !is_measured(text)) {
        return false;
    }
    !is_other_number(text)
}

/// A time or an address holds colons that no reader takes for a mapping, since no space follows; but `a:[` and the like are not worth the doubt.
fn is_measured(text: &str) -> bool {
    text.chars().all(|character| character.is_alphanumeric() || ":/.-_@ ".contains(character)) && !text.contains(": ")
}

/// Numbers that YAML's versions read differently: octal, to the base of 60, in another base, and signs before digits.
fn is_other_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']);
    let starts_with_digit = digits.starts_with(|first: char| first.is_ascii_digit());
    if !starts_with_digit {
        return matches!(digits, ".inf" | ".nan" | ".Inf" | ".NaN") || text.starts_with('+');
    }
    let long_zero = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    let sexagesimal = digits.contains(':') && digits.chars().all(|character| character.is_ascii_digit() || character == ':');
    long_zero && digits.chars().all(|character| character.is_ascii_alphanumeric() || character == '_') || sexagesimal
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the language's own reader makes of a written text.
    fn back(text: &str, nested: bool) -> Option<String> {
        let inner = if nested { Value::List(vec![Value::from("x"), Value::from(text)]) } else { Value::from(text) };
        let decision = Map::new().with(if nested { "drivers" } else { "context" }, inner);
        let mut document = Map::new().with("charter", Value::Raw("1".to_owned())).with("system", "shop");
        document.put("decisions", Map::new().with("a", decision));
        let written = write(&document);
        let reading = charter_spec::read(&charter_spec::FileSet::single("charter.yaml", written.clone().into_bytes()), "charter.yaml");
        assert!(reading.diagnostics.is_empty(), "{written}\n{:?}", reading.diagnostics);
        let spec = reading.spec?;
        let read = spec.decisions.get("a")?;
        if nested { read.drivers.get(1).map(|text| text.value.clone()) } else { read.context.as_ref().map(|text| text.value.clone()) }
    }

    #[test]
    fn short_things_stand_on_one_line_and_long_ones_below() {
        let mut risks = Map::new();
        risks.put("drift", Map::new().with("probability", "high").with("impact", "medium").with("watch", vec!["psi(features) < 0.2"]));
        risks.put("long", Map::new().with("about", "word ".repeat(40).trim()).with("owner", "ml"));
        risks.beside("a note");
        let mut document = Map::new().with("charter", Value::Raw("1".into())).with("system", "shop");
        document.put("risks", risks);
        document.above(["── Risk ──"]);
        insta::assert_snapshot!(write(&document), @r"
        charter: 1
        system: shop

        # ── Risk ──
        risks:
          drift: { probability: high, impact: medium, watch: [psi(features) < 0.2] }
          long:  # a note
            about: >-
              word word word word word word word word word word word word word word word word word word word word word word word word
              word word word word word word word word word word word word word word word word
            owner: ml
        ");
    }

    #[test]
    fn a_key_that_looks_like_something_else_is_a_name() {
        for key in ["0", "7", "1e5", "007", "0x1F", "true", "no", "null", "12_000", "a"] {
            for block in [false, true] {
                let mut owned = Map::new().with(key, Map::new().with("role", "risk"));
                owned.block = block;
                let mut document = Map::new().with("charter", Value::Raw("1".to_owned())).with("system", key).with("owner", key);
                document.put("stakeholders", owned);
                let written = write(&document);
                let reading =
                    charter_spec::read(&charter_spec::FileSet::single("charter.yaml", written.clone().into_bytes()), "charter.yaml");
                assert!(reading.diagnostics.is_empty(), "{written}\n{:?}", reading.diagnostics);
                assert!(reading.spec.is_some_and(|spec| spec.stakeholders.get(key).is_some()), "{written}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_text_is_read_back_as_it_was(text in "\\PC{0,60}|[ -~\n\t]{0,200}|[a-z:#,\\[\\]{}'\"&*!|>%@` -]{0,20}|[0-9+:_.xo-]{1,8}", nested: bool) {
            prop_assume!(!text.trim().is_empty());
            prop_assert_eq!(back(&text, nested), Some(text));
        }
    }
}

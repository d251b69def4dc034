//! Changes of a document as edits of its text: exact, so that comments and formatting stay.
//!
//! Deciding what to change belongs to whoever found a problem; writing files to the caller.

use crate::diagnostic::Change;
use crate::source::{FileSet, Span};

/// Other text in place of what stands at a span; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextEdit {
    /// The place.
    pub span: Span,
    /// The text that stands there afterwards.
    pub text: String,
}

/// The edits that make changes; `None` when one of them cannot be written into the text as it is, which then stays.
pub fn text_edits(files: &FileSet, changes: &[Change]) -> Option<Vec<TextEdit>> {
    changes.iter().map(|change| text_edit(files, change)).collect()
}

fn text_edit(files: &FileSet, change: &Change) -> Option<TextEdit> {
    let whole = std::str::from_utf8(files.bytes(change.span().file)).ok()?;
    match change {
        Change::Replace { span, text } => {
            files.text(*span)?;
            Some(TextEdit { span: *span, text: text.clone() })
        }
        Change::Add { mapping, key, value } => add(whole, *mapping, key, value),
        Change::Append { list, item } => append(whole, *list, item),
    }
}

/// A key at the end of a mapping: in braces behind the last value, in a block on a line of its own.
fn add(whole: &str, mapping: Span, key: &str, value: &str) -> Option<TextEdit> {
    let written = whole.get(mapping.start as usize..mapping.end as usize)?;
    if written.starts_with('{') {
        return inside(mapping, written, '}', &format!("{key}: {value}"));
    }
    let (start, end) = (mapping.start as usize, mapping.start as usize + written.trim_end().len());
    let line_start = whole.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    // In a list a block starts behind its dash; its other keys stand under the first one.
    let indent: String = whole.get(line_start..start)?.chars().map(|character| if character == '\t' { '\t' } else { ' ' }).collect();
    let rest = whole.get(end..)?;
    let line_end = end + rest.find('\n').unwrap_or(rest.len());
    let at = if whole.get(..line_end)?.ends_with('\r') { line_end - 1 } else { line_end };
    let newline = if whole.contains("\r\n") { "\r\n" } else { "\n" };
    Some(TextEdit { span: Span::new(mapping.file, at, at), text: format!("{newline}{indent}{key}: {value}") })
}

/// An item at the end of a list in brackets, of a list in a block, or behind a single value, which becomes a list in brackets.
fn append(whole: &str, list: Span, item: &str) -> Option<TextEdit> {
    let written = whole.get(list.start as usize..list.end as usize)?;
    if written.starts_with('[') {
        return inside(list, written, ']', item);
    }
    if !written.starts_with('-') {
        let one_line = !written.contains('\n') && !written.starts_with(['|', '>', '{']);
        return one_line.then(|| TextEdit { span: list, text: format!("[{}, {item}]", written.trim_end()) });
    }
    let start = list.start as usize;
    let line_start = whole.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let indent = whole.get(line_start..start)?;
    let end = start + written.trim_end().len();
    let line_end = end + whole.get(end..)?.find('\n').unwrap_or(whole.len() - end);
    let at = if whole.get(..line_end)?.ends_with('\r') { line_end - 1 } else { line_end };
    let newline = if whole.contains("\r\n") { "\r\n" } else { "\n" };
    Some(TextEdit { span: Span::new(list.file, at, at), text: format!("{newline}{indent}- {item}") })
}

/// Before the closing bracket, behind the last value.
fn inside(span: Span, written: &str, close: char, item: &str) -> Option<TextEdit> {
    let body = written.strip_suffix(close)?;
    let inner = body.get(1..)?;
    let last = body.trim_end();
    // A comment behind the last value would swallow what is written behind it.
    if last.rsplit('\n').next()?.contains(" #") {
        return None;
    }
    let at = span.start as usize + last.len();
    let text = if inner.trim().is_empty() {
        format!(" {item}{}", if body.ends_with(' ') { "" } else { " " })
    } else if last.ends_with(',') {
        format!(" {item}")
    } else {
        format!(", {item}")
    };
    let text = if inner.trim().is_empty() && close == ']' { item.to_owned() } else { text };
    Some(TextEdit { span: Span::new(span.file, at, at), text })
}

/// The text after edits of one file; `None` when two of them overlap or one lies beyond the text.
pub fn apply(text: &str, edits: &[TextEdit]) -> Option<String> {
    let mut sorted: Vec<&TextEdit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span);
    let mut changed = String::with_capacity(text.len());
    let mut from = 0;
    for edit in sorted {
        changed.push_str(text.get(from..edit.span.start as usize)?);
        changed.push_str(&edit.text);
        from = edit.span.end as usize;
    }
    changed.push_str(text.get(from..)?);
    Some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str, part: &str, change: impl FnOnce(Span) -> Change) -> Option<String> {
        let files = FileSet::single("charter.yaml", text.as_bytes());
        let file = files.find("charter.yaml").unwrap();
        let start = text.find(part).unwrap();
        let edits = text_edits(&files, &[change(Span::new(file, start, start + part.len()))])?;
        apply(text, &edits)
    }

    fn add(text: &str, mapping: &str) -> Option<String> {
        changed(text, mapping, |mapping| Change::Add { mapping, key: "by".into(), value: "new".into() })
    }

    fn append(text: &str, list: &str) -> Option<String> {
        changed(text, list, |list| Change::Append { list, item: "c".into() })
    }

    #[test]
    fn a_key_is_added_in_the_manner_of_its_mapping() {
        assert_eq!(add("a: { x: 1 }\n", "{ x: 1 }").unwrap(), "a: { x: 1, by: new }\n");
        assert_eq!(add("a: {x: 1}\n", "{x: 1}").unwrap(), "a: {x: 1, by: new}\n");
        assert_eq!(add("a: {}\n", "{}").unwrap(), "a: { by: new }\n");
        assert_eq!(add("a:\n  x: 1 # why\nb: 2\n", "x: 1").unwrap(), "a:\n  x: 1 # why\n  by: new\nb: 2\n");
        assert_eq!(add("a:\r\n  x: 1\r\nb: 2\r\n", "x: 1").unwrap(), "a:\r\n  x: 1\r\n  by: new\r\nb: 2\r\n");
        assert_eq!(add("a:\n  - x: 1", "x: 1").unwrap(), "a:\n  - x: 1\n    by: new");
        assert_eq!(add("a: {\n  x: 1 # last\n}\n", "{\n  x: 1 # last\n}"), None);
    }

    #[test]
    fn an_item_is_appended_in_the_manner_of_its_list() {
        assert_eq!(append("a: [x]\n", "[x]").unwrap(), "a: [x, c]\n");
        assert_eq!(append("a: []\n", "[]").unwrap(), "a: [c]\n");
        assert_eq!(append("a: x # why\n", "x").unwrap(), "a: [x, c] # why\n");
        assert_eq!(append("a:\n  - x\n  - y # why\nb: 1\n", "- x\n  - y").unwrap(), "a:\n  - x\n  - y # why\n  - c\nb: 1\n");
    }

    #[test]
    fn edits_that_overlap_are_refused() {
        let edit = |start, end| TextEdit { span: Span::new(crate::FileId::default(), start, end), text: "-".into() };
        assert_eq!(apply("abcdef", &[edit(3, 4), edit(0, 1)]).unwrap(), "-bc-ef");
        assert_eq!(apply("abcdef", &[edit(0, 3), edit(2, 4)]), None);
        assert_eq!(apply("abc", &[edit(2, 9)]), None);
    }
}

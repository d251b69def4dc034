//! What every test of importers asks: the draft reads back, and every note points into its document.

#![allow(dead_code, clippy::expect_used, reason = "each test uses a part, and says what is wrong by panicking")]

use charter_draft::import::Draft;
use charter_spec::diagnostic::{Style, render};
use charter_spec::{FileSet, Reading, Spec, read};

/// The files of a draft with its charter.
pub(crate) fn written(draft: &Draft) -> (FileSet, String) {
    let text = draft.charter("system", None);
    let mut files = FileSet::single("charter.yaml", text.clone().into_bytes());
    for (path, bytes) in &draft.files {
        files.insert(path.clone(), bytes.clone());
    }
    (files, text)
}

/// Reads the charter of a draft; fails with its text when the language has anything to say.
pub(crate) fn reading(draft: &Draft) -> Reading {
    let (files, text) = written(draft);
    let reading = read(&files, "charter.yaml");
    let told: String = reading.diagnostics.iter().map(|problem| render(&files, problem, Style::Plain)).collect();
    assert!(reading.diagnostics.is_empty(), "{told}\n{text}");
    for reference in &reading.references {
        assert!(files.find(&reference.path.value).is_some(), "`{}` is named and not there\n{text}", reference.path.value);
    }
    reading
}

/// The charter of a draft as it is read.
pub(crate) fn spec(draft: &Draft) -> Spec {
    reading(draft).spec.expect("a charter without problems is read")
}

/// Notes as `X002 place: message`.
pub(crate) fn notes(draft: &Draft, files: &FileSet) -> String {
    draft
        .notes
        .iter()
        .map(|note| {
            let at = files.position(note.span().file, note.span().start);
            format!("{} {}:{}:{} {}\n", note.code, files.path(note.span().file), at.line, at.column, note.message)
        })
        .collect()
}

/// Every note is rendered, points into its file, and its number is bounded.
pub(crate) fn check_notes(draft: &Draft, files: &FileSet) {
    assert!(draft.notes.len() <= 501);
    for note in &draft.notes {
        let span = note.span();
        assert!(span.start as usize <= files.bytes(span.file).len(), "{note:?}");
        let text = render(files, note, Style::Plain);
        assert!(text.starts_with(&format!("{}[{}]: ", note.severity.word(), note.code)));
    }
}

/// A set of one file.
pub(crate) fn single(path: &str, text: &str) -> FileSet {
    FileSet::single(path, text.as_bytes().to_vec())
}

/// Bytes changed in a way that people and machines change them: cut, doubled, swapped, with a strange character.
pub(crate) fn mutated(text: &str, changes: &[(usize, u8, usize)]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for (at, kind, length) in changes {
        if bytes.is_empty() {
            break;
        }
        let at = at % bytes.len();
        let end = (at + length % 40).min(bytes.len());
        match kind % 7 {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            2 => bytes.truncate(at),
            3 => drop(bytes.splice(at..at, "\u{2028}é\u{0}\"'`".bytes())),
            4 => drop(bytes.splice(at..at, b"{[:|>-#*_!&".iter().copied())),
            5 => bytes[at] = bytes[at].wrapping_add(u8::try_from(length % 255).unwrap_or(1)),
            _ => drop(bytes.splice(at..at, b"\n---\n".iter().copied())),
        }
    }
    bytes
}

//! An open document: what the client says replaces what is on disk.

use super::{Encoding, Lines, Place, Stretch};
use serde_json::Value;
use std::path::PathBuf;

/// A document that the client has opened.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// As the client writes it; answers use the same.
    pub(crate) uri: String,
    pub(crate) path: PathBuf,
    pub(crate) version: i64,
    pub(crate) text: String,
    pub(crate) lines: Lines,
    encoding: Encoding,
}

/// A change of a document: of a stretch, or of the whole.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) stretch: Option<Stretch>,
    pub(crate) text: String,
}

impl Change {
    /// A change as the protocol writes it; `None` when it is none.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let text = value["text"].as_str()?.to_owned();
        let stretch = match &value["range"] {
            Value::Null => None,
            range => Some(Stretch::of(range)?),
        };
        Some(Self { stretch, text })
    }
}

impl Document {
    pub(crate) fn new(uri: String, path: PathBuf, version: i64, text: String, encoding: Encoding) -> Self {
        let lines = Lines::of(&text, encoding);
        Self { uri, path, version, text, lines, encoding }
    }

    /// Makes changes one after the other, each on what the one before has left.
    pub(crate) fn change(&mut self, version: i64, changes: Vec<Change>) {
        self.version = version;
        for change in changes {
            match change.stretch {
                None => self.text = change.text,
                Some(stretch) => {
                    let (start, end) = (self.lines.offset(&self.text, stretch.start), self.lines.offset(&self.text, stretch.end));
                    self.text.replace_range(start.min(end)..start.max(end), &change.text);
                }
            }
            self.lines = Lines::of(&self.text, self.encoding);
        }
    }

    pub(crate) fn offset(&self, place: Place) -> usize {
        self.lines.offset(&self.text, place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn document(text: &str, encoding: Encoding) -> Document {
        Document::new("file:///charter.yaml".into(), PathBuf::from("/charter.yaml"), 1, text.into(), encoding)
    }

    fn stretch(start: (usize, usize), end: (usize, usize)) -> Option<Stretch> {
        let place = |(line, column)| Place { line, column };
        Some(Stretch { start: place(start), end: place(end) })
    }

    #[test]
    fn changes_build_on_each_other() {
        let mut open = document("a: ä😀\nb: 2\n", Encoding::Utf16);
        let changes = vec![
            Change { stretch: stretch((0, 4), (0, 6)), text: "!".into() },
            Change { stretch: stretch((1, 3), (1, 99)), text: "3\nc: 4".into() },
            Change { stretch: stretch((9, 0), (9, 0)), text: "end".into() },
        ];
        open.change(2, changes);
        assert_eq!((open.text.as_str(), open.version), ("a: ä!\nb: 3\nc: 4\nend", 2));
        open.change(3, vec![Change { stretch: None, text: "new".into() }]);
        assert_eq!(open.text, "new");
    }

    proptest! {
        // The model: the same edit on a list of characters.
        #[test]
        fn an_edit_is_what_it_is_on_characters(
            text in "[a-cä😀\n]{0,30}", insert in "[xö😀\n]{0,6}", from in 0_usize..40, to in 0_usize..40, wide in any::<bool>(),
        ) {
            let characters: Vec<char> = text.chars().collect();
            let (from, to) = (from.min(characters.len()), to.min(characters.len()));
            let (from, to) = (from.min(to), from.max(to));
            let encoding = if wide { Encoding::Utf16 } else { Encoding::Utf8 };
            let mut open = document(&text, encoding);
            let byte = |at: usize| characters[..at].iter().map(|character| character.len_utf8()).sum();
            let stretch = open.lines.stretch(&text, byte(from), byte(to));
            open.change(2, vec![Change { stretch: Some(stretch), text: insert.clone() }]);
            let expected: String = characters[..from].iter().copied().chain(insert.chars()).chain(characters[to..].iter().copied()).collect();
            prop_assert_eq!(open.text, expected);
        }
    }
}

//! What importers say: the family X. Nothing is dropped silently, and nothing that is merely strange stops an import.

use charter_spec::{Diagnostic, Severity, Span};

macro_rules! codes {
    ($($name:ident = $code:literal $severity:ident, $title:literal, $page:literal;)*) => {
        /// A code of the family X.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum Code { $($name,)* }

        /// Every code in order.
        pub const CODES: &[Code] = &[$(Code::$name,)*];

        impl Code {
            /// The code: `X001`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// How bad it is.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// What it means, in a line.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Its page, in Markdown.
            pub fn page(self) -> &'static str {
                match self { $(Self::$name => $page,)* }
            }
        }
    };
}

codes! {
    Unreadable = "X001" Error, "a file cannot be read",
        "It is no UTF-8, follows no grammar, or is larger than an import takes. What can be read beside it is imported.";
    Kept = "X002" Warning, "something has no place in a charter",
        "The language has no key for it. The note says where it is kept: in the copy of the document, as a fact of the element, or in a comment.";
    Guessed = "X003" Warning, "something is taken for what it probably means",
        "A word, a date or a unit is not one that the format knows. What it was taken for is written into the charter; the words are kept as a fact.";
    Dangling = "X004" Warning, "a reference leads nowhere",
        "The document names something that is not in what was imported. The relation is left out of the charter, since a reference there must lead somewhere, and kept as a fact.";
    Limit = "X005" Warning, "there is more than an import takes",
        "Importing is bounded, so that no folder can stop the tool. What is beyond the limit stays in its document.";
    Renamed = "X006" Warning, "a name had to be changed",
        "An id is unique, has at most 64 characters, and holds ASCII letters, digits, `-` and `_`. The name as written is kept as the title or a fact.";
    Contradiction = "X007" Warning, "the documents contradict each other",
        "Two places say different things. The note says which one is written into the charter.";
    Skipped = "X008" Hint, "a file was left out",
        "It is an index, a template, or holds nothing that the format knows.";
    Open = "X009" Hint, "something is left open",
        "The document does not say it, and an import invents nothing. What depends on it is not checked until someone writes it.";
    Departs = "X010" Warning, "a document departs from its standard",
        "It says what its standard does not allow, or leaves out what the standard requires. Nothing is changed: it stays in the copy of the document, and an export passes it on as it stands there.";
}

impl Code {
    /// What can be done, where a note says nothing better.
    fn way_out(self) -> Option<&'static str> {
        match self {
            Self::Unreadable => Some("mend it there, and import again"),
            Self::Kept => Some("nothing is lost; what is a promise can be written into the charter"),
            Self::Guessed => Some("read what was written, and correct it where it is wrong"),
            Self::Dangling => Some("import what it names, too, or correct the name"),
            Self::Limit => Some("import in parts"),
            Self::Renamed => Some("rename one of the two there and import again, or leave it"),
            Self::Contradiction => Some("correct the place that is wrong, and import again"),
            Self::Departs => Some("mend it there: an export passes it on as it stands"),
            Self::Skipped | Self::Open => None,
        }
    }
}

/// The code and its page; `None` for a code of another family.
pub fn explain(code: &str) -> Option<Code> {
    CODES.iter().copied().find(|known| known.name().eq_ignore_ascii_case(code))
}

/// Most notes of one import.
const NOTES_MAX: usize = 500;

/// Notes in the order in which they arise.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    notes: Vec<Diagnostic>,
    beyond: usize,
}

impl Notes {
    pub(crate) fn push(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.add(code, span, message, code.way_out());
    }

    /// How many notes there are, those that are not shown included.
    pub(crate) fn len(&self) -> usize {
        self.notes.len() + self.beyond
    }

    pub(crate) fn help(&mut self, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.add(code, span, message, Some(help));
    }

    fn add(&mut self, code: Code, span: Span, message: impl Into<String>, help: Option<impl Into<String>>) {
        if self.notes.len() >= NOTES_MAX {
            self.beyond += 1;
            return;
        }
        let note = Diagnostic::new(code.name(), code.severity(), code.title(), message).at(span, "");
        self.notes.push(match help {
            Some(help) => note.help(help),
            None => note,
        });
    }

    /// Every note, by place; the last one counts those that are not shown.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.notes.sort_by_key(|note| (note.span().file, note.span().start));
        if self.beyond > 0 {
            let message = format!("{} more notes are not shown", self.beyond);
            let span = self.notes.last().map(Diagnostic::span).unwrap_or_default();
            self.notes.push(Diagnostic::new(Code::Limit.name(), Code::Limit.severity(), Code::Limit.title(), message).at(span, ""));
        }
        self.notes
    }
}

/// At most 60 characters of what the user wrote, on one line.
pub(crate) fn short(text: &str) -> String {
    let line: String = text.chars().take(61).map(|character| if character.is_control() { ' ' } else { character }).collect();
    if line.chars().count() <= 60 {
        return line;
    }
    let start: String = line.chars().take(57).collect();
    format!("{start}...")
}

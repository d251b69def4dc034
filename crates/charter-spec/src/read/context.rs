//! What the reader carries along: problems, references to check, files named.

use super::Bound;
use crate::diagnostic::{Code, Diagnostic};
use crate::names::{FileKind, FileReference, Mention, Mentioned, nearest, only_nearest};
use crate::quantity::Currency;
use crate::source::{FileSet, Span, Spanned};
use crate::yaml::{ELEMENTS_MAX, Key, Node};

/// Most problems that are reported; further ones are counted.
pub const PROBLEMS_MAX: usize = 200;
/// Most keys that are remembered as unreadable: beyond it rules may repeat what the reader has said.
pub const UNREADABLE_MAX: usize = 1_000;
/// Most known names that a message lists.
const NAMES_LISTED_MAX: usize = 14;

pub(crate) struct Reader<'a> {
    pub(crate) files: &'a FileSet,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What is named; references among it are checked when everything is declared.
    pub(crate) mentions: Vec<Mention>,
    pub(crate) references: Vec<FileReference>,
    /// Currencies that are written, for the check that there is one.
    pub(crate) currencies: Vec<Spanned<Currency>>,
    /// Keys whose values could not be read.
    pub(crate) unreadable: Vec<Span>,
    /// The key whose value is read: the second place of many problems.
    key: Option<Span>,
    /// What the value of the key must keep beside what its type says.
    pub(crate) bound: Option<Bound>,
    /// Whether reading the text stopped before its end, so that what is missing may only be unread.
    pub(crate) truncated: bool,
    elements_left: usize,
    left_out: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(files: &'a FileSet) -> Self {
        Self {
            files,
            diagnostics: Vec::new(),
            mentions: Vec::new(),
            references: Vec::new(),
            currencies: Vec::new(),
            unreadable: Vec::new(),
            key: None,
            bound: None,
            truncated: false,
            elements_left: ELEMENTS_MAX,
            left_out: 0,
        }
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.report_with(|_| diagnostic);
    }

    /// Reports a problem that is costly to word: beyond the limit it is only counted.
    pub(crate) fn report_with(&mut self, diagnostic: impl FnOnce(&Self) -> Diagnostic) {
        if self.diagnostics.len() < PROBLEMS_MAX {
            let diagnostic = diagnostic(self);
            self.diagnostics.push(diagnostic);
        } else {
            self.left_out += 1;
        }
    }

    /// Remembers that a key is written and its value could not be read.
    pub(crate) fn mark_unreadable(&mut self, value: Span) {
        self.remember_unreadable(self.key.unwrap_or(value));
    }

    fn remember_unreadable(&mut self, place: Span) {
        if self.unreadable.len() < UNREADABLE_MAX {
            self.unreadable.push(place);
        }
    }

    /// Counts an element; `false` when there are too many, which is reported once.
    pub(crate) fn take_element(&mut self, place: Span) -> bool {
        if self.elements_left > 0 {
            self.elements_left -= 1;
            return true;
        }
        // What is left out may be named elsewhere.
        if !self.truncated {
            self.truncated = true;
            self.report(
                Diagnostic::reading(Code::Limit, place, format!("a charter has at most {ELEMENTS_MAX} elements"))
                    .help("move tables and generated parts to files of their own"),
            );
        }
        false
    }

    /// Problems in the order of the document, with a note on those left out.
    pub(crate) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(Diagnostic::span);
        if self.left_out > 0 {
            let span = self.diagnostics.last().map(Diagnostic::span).unwrap_or_default();
            self.diagnostics.push(Diagnostic::reading(Code::TooMany, span, format!("{} more problems are not shown", self.left_out)));
        }
        self.diagnostics
    }

    /// Reads something as the value of a key.
    pub(crate) fn under<T>(&mut self, key: Span, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.key.replace(key);
        let value = read(self);
        self.key = outer;
        value
    }

    /// The key whose value is read.
    pub(crate) fn key(&self) -> Option<Span> {
        self.key
    }

    /// The text of the key whose value is read.
    pub(crate) fn key_text(&self) -> &str {
        self.key.and_then(|span| self.files.text(span)).unwrap_or("")
    }

    /// Adds the place of the key to a problem with its value.
    pub(crate) fn with_key(&self, diagnostic: Diagnostic, text: &str) -> Diagnostic {
        match self.key {
            Some(key) if diagnostic.span() != key => diagnostic.at(key, text),
            _ => diagnostic,
        }
    }

    /// Reports that a value has another shape than `expected`: `a list of names`.
    pub(crate) fn wrong_shape(&mut self, node: &Node, expected: &str) {
        if matches!(node.kind, crate::yaml::NodeKind::Broken) {
            return;
        }
        let place = match node.scalar() {
            Some(scalar) if scalar.is_plain() && crate::yaml::is_null(&scalar.text) => return self.empty(node),
            _ => node.span,
        };
        let diagnostic = Diagnostic::reading(Code::Type, place, format!("{} stands where {expected} is meant", node.shape()));
        let diagnostic = self.with_key(diagnostic, &format!("this key takes {expected}"));
        self.report(diagnostic.help(format!("write {expected}")));
    }

    /// Reports a key without a value.
    pub(crate) fn empty(&mut self, node: &Node) {
        let name = self.key_text();
        let message = if name.is_empty() { "a value is missing".to_owned() } else { format!("`{name}` has no value") };
        let span = self.key.unwrap_or(node.span);
        self.report(Diagnostic::reading(Code::Empty, span, message).help("write a value, or remove the key"));
    }

    /// Reports a key that nobody reads.
    pub(crate) fn unknown_key(&mut self, section: Option<Span>, known: impl Fn() -> Vec<&'static str>, key: &Key) {
        // The key that is meant is written, so nobody should miss it. A mistyped section of the document has no element to be quiet about.
        if section.is_some() && self.unreadable.len() < UNREADABLE_MAX && nearest(&key.text, known()).is_some() {
            self.remember_unreadable(key.span);
        }
        self.report_with(|reader| {
            let section = reader.section_name(section);
            let message = format!("{section} has no key `{}`", super::text::short(&key.text));
            let help = suggestion(&key.text, &known()).unwrap_or_else(|| "remove it, or look it up in `charter schema`".to_owned());
            let diagnostic = Diagnostic::reading(Code::UnknownKey, key.span, message).help(help);
            diagnostic.meant(key.span, only_nearest(&key.text, known())).or_offer(key.span, nearest(&key.text, known()))
        });
    }

    /// A section as the user knows it: the key that it stands under.
    pub(crate) fn section_name(&self, key: Option<Span>) -> String {
        match key.and_then(|span| self.files.text(span)) {
            Some(key) => format!("`{}`", super::text::short(key.trim_matches(['"', '\'']))),
            None => "a charter".to_owned(),
        }
    }

    /// Remembers a place that names something.
    pub(crate) fn mention(&mut self, span: Span, named: Mentioned) {
        self.mentions.push(Mention { span, named });
    }

    /// The place of a part of a value, such as the id in `models.fraud@v2`; `None` where it is not written once and as it is.
    pub(crate) fn part(&self, span: Span, part: &str) -> Option<Span> {
        let written = self.files.text(span)?;
        let at = written.find(part).filter(|at| written.rfind(part) == Some(*at))?;
        let start = span.start as usize + at;
        Some(Span::new(span.file, start, start + part.len()))
    }

    /// Remembers a file that the document names.
    pub(crate) fn name_file(&mut self, path: String, span: Span, kind: FileKind) {
        self.references.push(FileReference { path: Spanned::new(path, span), kind });
    }
}

/// `did you mean …`, or the list of what is known, when that is short.
pub(crate) fn suggestion(word: &str, known: &[&'static str]) -> Option<String> {
    if let Some(near) = nearest(word, known.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    if known.is_empty() || known.len() > NAMES_LISTED_MAX {
        return None;
    }
    let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    Some(format!("known here: {}", list.join(", ")))
}

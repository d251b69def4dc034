//! What the client is answered, one file a question.

pub(crate) mod actions;
mod by_word;
pub(crate) mod complete;
pub(crate) mod diagnostics;
mod edits;
pub(crate) mod hover;
mod mentions;
pub(crate) mod navigate;
pub(crate) mod ranges;
pub(crate) mod rename;
pub(crate) mod symbols;

use crate::language::Language;
use crate::server::Snapshot;
use crate::server::lifecycle::Client;
use crate::text::Document;
use charter_spec::FileId;

/// A question about a place in a document, with everything that an answer may need.
pub(crate) struct Scene<'a> {
    /// As the client holds it.
    pub(crate) document: &'a Document,
    /// Its path in the charter's folder.
    pub(crate) path: &'a str,
    /// The charter as it is now.
    pub(crate) snapshot: &'a Snapshot,
    /// The last one that could be read to its end: it knows what stands behind a broken line.
    pub(crate) whole: Option<&'a Snapshot>,
    pub(crate) language: &'a Language,
    pub(crate) client: Client,
}

/// The place of a question.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Where {
    /// In the document's text, in bytes.
    pub(crate) offset: usize,
    /// The document among the charter's files, when it is one of them.
    pub(crate) file: Option<FileId>,
}

impl Scene<'_> {
    /// Whether the document is a charter or a part of one, rather than a file that it names.
    pub(crate) fn is_charter(&self) -> bool {
        let named = &self.snapshot.checked.references;
        let included = named.iter().any(|file| file.kind == charter_spec::names::FileKind::Include && file.path.value == self.path);
        included || self.path == self.snapshot.home.document
    }
}

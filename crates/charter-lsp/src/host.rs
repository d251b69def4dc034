//! What the server asks of the machine. The binary answers from the disk, tests from memory.

use charter_lint::Report;
use charter_plan::Plan;
use charter_plan::resolved::Resolved;
use charter_spec::names::FileKind;
use charter_spec::{FileReference, FileSet, Mention};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which charter a file belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Home {
    /// The folder that every path in the charter starts from.
    pub folder: PathBuf,
    /// The root document's path in it.
    pub document: String,
}

/// A charter with everything that is to be said about it, read with the open documents in place of the files.
#[derive(Debug)]
pub struct Checked {
    pub files: FileSet,
    pub resolved: Option<Resolved>,
    pub plan: Option<Plan>,
    pub report: Report,
    /// Every place that names an element.
    pub mentions: Vec<Mention>,
    /// Every place that names a file.
    pub references: Vec<FileReference>,
}

impl Checked {
    /// Whether the document could be read to its end: what is not there is not only unread.
    pub(crate) fn is_whole(&self) -> bool {
        !self.report.findings.iter().any(|finding| matches!(finding.code, "Y001" | "Y002" | "Y003"))
    }

    /// Whether a file's words may name elements: a decision record or a contract.
    pub(crate) fn speaks_of_elements(&self, path: &str) -> bool {
        let kinds = [FileKind::Record, FileKind::Contract, FileKind::Card, FileKind::Workspace];
        self.references.iter().any(|reference| reference.path.value == path && kinds.contains(&reference.kind))
    }
}

/// What the server asks of the machine.
pub trait Host {
    /// The charter that an open document belongs to; `None` for one that has nothing to do with any.
    fn home(&self, file: &Path, text: &str) -> Option<Home>;

    /// The charter whose root document stands in a folder; `None` when there is none.
    fn charter_in(&self, folder: &Path) -> Option<Home>;

    /// Reads and checks a charter. `open` are documents by their path in the charter's folder; they stand in for files.
    ///
    /// # Errors
    /// The root document cannot be had at all; in a line.
    fn check(&mut self, home: &Home, open: &BTreeMap<String, Arc<[u8]>>) -> Result<Checked, String>;

    /// Where a page about a code can be read; `None` when there is no such place.
    fn page(&mut self, code: &str) -> Option<String>;

    /// How often the disk was asked for what, for tests and curious people.
    fn statistics(&self) -> Value;
}

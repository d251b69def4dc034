//! One charter and the open documents that belong to it: what was last seen of it, and whether that is still true.

use crate::host::{Checked, Home, Host};
use crate::text::{Document, Encoding, Lines, Stretch};
use charter_spec::{FileId, Span};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

/// A charter as it was when it was last read.
pub(crate) struct Snapshot {
    pub(crate) checked: Checked,
    pub(crate) home: Home,
    encoding: Encoding,
    /// Lines of files, as they are asked for.
    lines: RefCell<BTreeMap<FileId, Rc<Lines>>>,
    /// The client's own names of open documents, by path.
    uris: BTreeMap<String, String>,
    /// Versions of open documents, by path.
    pub(crate) versions: BTreeMap<String, i64>,
}

impl Snapshot {
    /// The text of a file; empty for one that is no UTF-8, in which nothing has a place.
    pub(crate) fn text(&self, file: FileId) -> &str {
        std::str::from_utf8(self.checked.files.bytes(file)).unwrap_or("")
    }

    fn lines(&self, file: FileId) -> Rc<Lines> {
        let known = self.lines.borrow().get(&file).cloned();
        known.unwrap_or_else(|| {
            let lines = Rc::new(Lines::of(self.text(file), self.encoding));
            self.lines.borrow_mut().insert(file, Rc::clone(&lines));
            lines
        })
    }

    pub(crate) fn stretch(&self, span: Span) -> Stretch {
        self.lines(span.file).stretch(self.text(span.file), span.start as usize, span.end as usize)
    }

    /// The name of a file for the client.
    pub(crate) fn uri(&self, path: &str) -> String {
        self.uris.get(path).cloned().unwrap_or_else(|| super::uri::of_path(&self.home.folder.join(path)))
    }

    pub(crate) fn uri_of(&self, file: FileId) -> String {
        self.uri(self.checked.files.path(file))
    }
}

/// A charter of which documents are open.
pub(crate) struct Project {
    pub(crate) home: Home,
    /// Open documents by the client's name.
    pub(crate) open: BTreeSet<String>,
    pub(crate) snapshot: Option<Rc<Snapshot>>,
    /// The last one that could be read to its end.
    pub(crate) whole: Option<Rc<Snapshot>>,
    /// Why there is no snapshot.
    pub(crate) problem: Option<String>,
    /// The last of these that the client was told.
    pub(crate) told_problem: Option<String>,
    /// Whether it stands in a folder that the client works in, so that it is looked at without an open document.
    pub(crate) is_workspace: bool,
    /// When the first and the last change came that no snapshot has seen.
    changed: Option<(Instant, Instant)>,
    /// Whether the client has not been told of the snapshot.
    pub(crate) is_unpublished: bool,
    /// Files of which the client has been told something.
    pub(crate) published: BTreeSet<String>,
}

impl Project {
    pub(crate) fn new(home: Home) -> Self {
        Self {
            home,
            open: BTreeSet::new(),
            snapshot: None,
            whole: None,
            problem: None,
            told_problem: None,
            is_workspace: false,
            changed: None,
            is_unpublished: false,
            published: BTreeSet::new(),
        }
    }

    /// Remembers a change.
    pub(crate) fn touch(&mut self, now: Instant) {
        let first = self.changed.map_or(now, |(first, _)| first);
        self.changed = Some((first, now));
    }

    /// Whether a document is one of its own, or a file that it was made of.
    pub(crate) fn concerns(&self, document: &Document) -> bool {
        self.open.contains(&document.uri) || self.reads(&document.path)
    }

    /// Whether it was made of a file when it was last read, or names it.
    pub(crate) fn reads(&self, path: &Path) -> bool {
        let Some((path, snapshot)) = relative(path, &self.home).zip(self.snapshot.as_ref()) else { return false };
        snapshot.checked.files.find(&path).is_some() || snapshot.checked.references.iter().any(|file| file.path.value == path)
    }

    /// When to look again: shortly after the last change, and not long after the first.
    pub(crate) fn due(&self, quiet: std::time::Duration, longest: std::time::Duration) -> Option<Instant> {
        let (first, last) = self.changed?;
        Some((last + quiet).min(first + longest))
    }

    /// Reads and checks again, when something has changed; whether it did.
    pub(crate) fn refresh(&mut self, documents: &BTreeMap<String, Document>, host: &mut dyn Host, encoding: Encoding) -> bool {
        if self.changed.is_none() && (self.snapshot.is_some() || self.problem.is_some()) {
            return false;
        }
        self.changed = None;
        self.is_unpublished = true;
        let (mut open, mut uris, mut versions) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for document in documents.values() {
            let Some(path) = relative(&document.path, &self.home) else { continue };
            open.insert(path.clone(), Arc::from(document.text.as_bytes()));
            versions.insert(path.clone(), document.version);
            uris.insert(path, document.uri.clone());
        }
        match host.check(&self.home, &open) {
            Err(problem) => (self.snapshot, self.problem) = (None, Some(problem)),
            Ok(checked) => {
                let snapshot = Rc::new(Snapshot { checked, home: self.home.clone(), encoding, lines: RefCell::default(), uris, versions });
                if snapshot.checked.is_whole() {
                    self.whole = Some(Rc::clone(&snapshot));
                }
                (self.snapshot, self.problem) = (Some(snapshot), None);
            }
        }
        true
    }
}

/// The path of a file in a charter's folder, with `/`.
pub(crate) fn relative(path: &Path, home: &Home) -> Option<String> {
    let inner = path.strip_prefix(&home.folder).ok()?;
    let parts: Option<Vec<&str>> = inner.components().map(|part| part.as_os_str().to_str()).collect();
    Some(parts?.join("/"))
}

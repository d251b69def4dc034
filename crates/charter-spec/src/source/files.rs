//! The named bytes that a document may be read from.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A file of a [`FileSet`]; only meaningful for the set that gave it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub(crate) u32);

/// A line and a column, both from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Bytes on each side of a place that are shown of a long line.
const WINDOW_BYTES: usize = 2048;

/// Characters in UTF-8, without decoding: every byte that does not continue one.
fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

#[derive(Clone, Debug)]
struct File {
    path: String,
    bytes: Arc<[u8]>,
    /// Byte offset of the start of each line.
    lines: Vec<u32>,
}

/// Files by path, as the caller loaded them. Paths use `/` and are relative to the folder of the root document.
#[derive(Clone, Debug, Default)]
pub struct FileSet {
    files: Vec<File>,
    by_path: BTreeMap<String, FileId>,
}

impl FileSet {
    /// A set without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// A set of one file.
    pub fn single(path: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        let mut files = Self::new();
        files.insert(path, bytes);
        files
    }

    /// Adds a file; a second one under the same path replaces the first.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> FileId {
        let path = path.into();
        let bytes = bytes.into();
        let mut lines = vec![0];
        // Offsets beyond 4 GiB cannot occur: the reader refuses such files long before.
        lines.extend(bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').filter_map(|(at, _)| u32::try_from(at + 1).ok()));
        let file = File { path: path.clone(), bytes, lines };
        if let Some(id) = self.by_path.get(&path).copied() {
            if let Some(slot) = self.files.get_mut(id.0 as usize) {
                *slot = file;
            }
            return id;
        }
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(file);
        self.by_path.insert(path, id);
        id
    }

    /// The file under a path.
    pub fn find(&self, path: &str) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// The paths in the set, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.by_path.keys().map(String::as_str)
    }

    /// The path of a file; empty for an id of another set.
    pub fn path(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |file| &file.path)
    }

    /// The bytes of a file; empty for an id of another set.
    pub fn bytes(&self, file: FileId) -> &[u8] {
        self.files.get(file.0 as usize).map_or(&[], |file| &file.bytes)
    }

    /// The bytes under a path.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.find(path).map(|file| self.bytes(file))
    }

    /// Line and column of a byte offset; the end of the file for an offset beyond it.
    pub fn position(&self, file: FileId, offset: u32) -> Position {
        let Some(stored) = self.files.get(file.0 as usize) else { return Position { line: 1, column: 1 } };
        let line = stored.lines.partition_point(|start| *start <= offset).max(1);
        let start = stored.lines.get(line - 1).copied().unwrap_or(0) as usize;
        let end = (offset as usize).min(stored.bytes.len()).max(start);
        Position { line, column: count_characters(stored.bytes.get(start..end).unwrap_or(&[])) + 1 }
    }

    /// The part of a line around an offset, and how many characters of the line stand before it. A line may be megabytes long.
    pub(crate) fn window(&self, file: FileId, offset: u32) -> Option<(String, usize)> {
        let stored = self.files.get(file.0 as usize)?;
        let line = stored.lines.partition_point(|start| *start <= offset).max(1);
        let start = *stored.lines.get(line - 1)? as usize;
        let end = stored.lines.get(line).map_or(stored.bytes.len(), |next| *next as usize);
        let at = (offset as usize).clamp(start, end);
        let is_boundary = |at: &usize| stored.bytes.get(*at).is_none_or(|byte| byte & 0xC0 != 0x80);
        let from = (start..=at.saturating_sub(WINDOW_BYTES).max(start)).rev().find(is_boundary)?;
        let to = ((at + WINDOW_BYTES).min(end)..=end).find(is_boundary)?;
        let text = String::from_utf8_lossy(stored.bytes.get(from..to)?).trim_end_matches(['\n', '\r']).to_owned();
        Some((text, count_characters(stored.bytes.get(start..from)?)))
    }

    /// The text of a line (from 1) without its end; `None` beyond the file. Bytes that are no UTF-8 are replaced.
    pub fn line(&self, file: FileId, line: usize) -> Option<String> {
        let stored = self.files.get(file.0 as usize)?;
        let start = *stored.lines.get(line.checked_sub(1)?)? as usize;
        let end = stored.lines.get(line).map_or(stored.bytes.len(), |next| *next as usize);
        let text = String::from_utf8_lossy(stored.bytes.get(start..end)?).into_owned();
        Some(text.trim_end_matches(['\n', '\r']).to_owned())
    }

    /// The text under a span; `None` when it is not UTF-8 or lies beyond the file.
    pub fn text(&self, span: super::Span) -> Option<&str> {
        let bytes = self.bytes(span.file).get(span.start as usize..span.end as usize)?;
        std::str::from_utf8(bytes).ok()
    }
}

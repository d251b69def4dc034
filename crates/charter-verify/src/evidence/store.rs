//! A folder of evidence, one JSON file a result.
//!
//! Files are written whole or not at all and never changed. What evidence means today belongs to `status`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use charter_plan::Evidence;
use thiserror::Error;

/// Most files that are read.
const FILES_MAX: usize = 20_000;
/// Largest file that is read.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Longest part of a file's name that an id takes.
const NAME_MAX: usize = 80;
/// Files of one requirement that were measured in the same second.
const SAME_SECOND_MAX: usize = 1_000;

/// Why evidence cannot be kept or found.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The folder or a file in it cannot be used.
    #[error("evidence `{path}`: {source}")]
    Folder {
        /// Folder or file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// More files than are read.
    #[error("the evidence folder `{0}` holds more than {FILES_MAX} files; move old ones away")]
    TooMany(String),
}

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Stored {
    /// Evidence, oldest first.
    pub evidence: Vec<Evidence>,
    /// Files that are no evidence: name and reason.
    pub unreadable: Vec<(String, String)>,
}

/// A folder of evidence.
#[derive(Debug, Clone)]
pub struct EvidenceStore {
    folder: PathBuf,
}

impl EvidenceStore {
    /// The store in `folder`, which need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Keeps one result under a name of its own: time, requirement, proof kind. The file appears whole or not at all
    /// (written beside, flushed to disk, renamed).
    pub fn keep(&self, evidence: &Evidence) -> Result<PathBuf, StoreError> {
        let failed = |source| StoreError::Folder { path: self.folder.display().to_string(), source };
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        let stem = format!("{}-{}-{}", plain(&evidence.measured_at), plain(&evidence.requirement), plain(&evidence.proof));
        let text = serde_json::to_vec_pretty(evidence).map_err(std::io::Error::other).map_err(failed)?;
        place(&self.folder, &stem, &text)
    }

    /// Reads everything. A folder that does not exist holds nothing; a file that is no evidence is reported, not fatal.
    pub fn read(&self) -> Result<Stored, StoreError> {
        let mut stored = Stored::default();
        for path in files(&self.folder)? {
            match read_one(&path) {
                Ok(evidence) => stored.evidence.push(evidence),
                Err(reason) => stored.unreadable.push((path.display().to_string(), reason)),
            }
        }
        stored.evidence.sort_by(|one, other| one.measured_at.cmp(&other.measured_at));
        Ok(stored)
    }
}

/// The JSON files of a folder by name; hidden ones are parts of files that never came to be. A folder that does not exist holds none.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let failed = |source| StoreError::Folder { path: folder.display().to_string(), source };
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(failed)?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
        if paths.len() > FILES_MAX {
            return Err(StoreError::TooMany(folder.display().to_string()));
        }
    }
    paths.sort();
    Ok(paths)
}

/// Writes a file beside its place, flushes it to disk, and gives it the first free name of a stem; a hard link fails where a rename would overwrite an
/// earlier result.
pub(crate) fn place(folder: &Path, stem: &str, text: &[u8]) -> Result<PathBuf, StoreError> {
    let hidden = folder.join(format!(".{stem}.{}.part", std::process::id()));
    let written = std::fs::File::create(&hidden).and_then(|mut file| {
        file.write_all(text)?;
        file.sync_all()
    });
    let placed = written.and_then(|()| name(folder, &hidden, stem));
    if placed.is_err() {
        // The part is of no use to anyone; if it cannot be removed either, readers pass over it.
        let _ = std::fs::remove_file(&hidden);
    }
    placed.map_err(|source| StoreError::Folder { path: hidden.display().to_string(), source })
}

fn name(folder: &Path, hidden: &Path, stem: &str) -> std::io::Result<PathBuf> {
    for number in 0..SAME_SECOND_MAX {
        let suffix = if number == 0 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{stem}{suffix}.json"));
        match std::fs::hard_link(hidden, &path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
            other => other?,
        }
        std::fs::remove_file(hidden)?;
        return Ok(path);
    }
    Err(std::io::Error::other("too many results with one time and name"))
}

fn read_one(path: &Path) -> Result<Evidence, String> {
    let bytes = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if bytes > BYTES_MAX {
        return Err(format!("{bytes} bytes, where at most {BYTES_MAX} are read"));
    }
    let text = std::fs::read(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}

/// Only what is safe in a file name.
pub(crate) fn plain(text: &str) -> String {
    let safe = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' };
    text.chars().filter(|letter| *letter != ':').take(NAME_MAX).map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::example::evidence;
    use charter_plan::evidence::Verdict;

    #[test]
    fn what_is_kept_is_read_back_oldest_first_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let store = EvidenceStore::new(folder.path().join("evidence"));
        assert!(store.read().unwrap().evidence.is_empty());
        let newer = evidence("../peak latency", "2026-02-01T00:00:00Z", Verdict::Proved);
        let older = evidence("cost", "2026-01-01T00:00:00Z", Verdict::Broken);
        let paths = [&newer, &older, &newer].map(|evidence| store.keep(evidence).unwrap());
        assert!(paths.iter().all(|path| path.parent() == Some(&folder.path().join("evidence"))), "{paths:?}");
        assert_eq!(store.read().unwrap().evidence, [older, newer.clone(), newer]);
    }

    #[test]
    fn a_broken_file_is_named_and_parts_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.json"), "{}").unwrap();
        std::fs::write(folder.path().join(".b.json.1.part"), "{").unwrap();
        std::fs::write(folder.path().join("notes.md"), "x").unwrap();
        let stored = EvidenceStore::new(folder.path()).read().unwrap();
        assert_eq!((stored.evidence.len(), stored.unreadable.len()), (0, 1));
        assert!(stored.unreadable[0].1.contains("missing field"), "{:?}", stored.unreadable);
    }
}

//! Where the files of a charter's folder come from: read each time, or kept for as long as they stay as they are.
//!
//! Which files are wanted belongs to `folder`; what they mean to the crates that judge.

use charter_backend::runtime::OnnxRuntimeSearch;
use charter_backend::{artifact_facts, read_file_beneath};
use charter_plan::Evidence;
use charter_plan::artifact::{Artifact, SampleFacts};
use charter_verify::evidence::EvidenceStore;
use charter_verify::samples::Samples;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Rows are as large as a file of a charter may be.
pub(crate) const FILE_BYTES_MAX: u64 = 16 << 20;

/// A file that cannot be read: why, and what to do.
#[derive(Clone)]
pub(crate) struct Unread {
    pub(crate) reason: String,
    pub(crate) help: String,
}

/// Where files come from.
pub(crate) trait Disk: Send + Sync {
    /// The bytes of a file beneath a folder.
    fn bytes(&self, folder: &Path, path: &str, bytes_max: u64) -> Result<Arc<[u8]>, Unread>;

    /// Facts about a model file; `None` for one that cannot be read.
    fn artifact(&self, folder: &Path, path: &str) -> Option<Artifact>;

    /// Facts about held-out rows; `None` for rows that cannot be read.
    fn sample(&self, folder: &Path, path: &str) -> Option<SampleFacts>;

    /// The evidence that is kept beside the charter; what is none is left out.
    fn evidence(&self, folder: &Path) -> Vec<Evidence>;
}

/// The disk as it is.
pub(crate) struct Direct;

impl Disk for Direct {
    fn bytes(&self, folder: &Path, path: &str, bytes_max: u64) -> Result<Arc<[u8]>, Unread> {
        let read = read_file_beneath(folder, path, bytes_max);
        read.map(Arc::from).map_err(|problem| Unread { reason: problem.reason, help: problem.help })
    }

    fn artifact(&self, folder: &Path, path: &str) -> Option<Artifact> {
        artifact_facts(folder, path, &OnnxRuntimeSearch::from_environment(None)).ok()
    }

    fn sample(&self, folder: &Path, path: &str) -> Option<SampleFacts> {
        let bytes = self.bytes(folder, path, FILE_BYTES_MAX).ok()?;
        let rows = Samples::parse(std::str::from_utf8(&bytes).ok()?).ok()?;
        let count = u64::try_from(rows.rows()).unwrap_or(u64::MAX);
        Some(SampleFacts { columns: rows.names().to_vec(), rows: count })
    }

    fn evidence(&self, folder: &Path) -> Vec<Evidence> {
        EvidenceStore::new(folder.join("evidence")).read().map(|stored| stored.evidence).unwrap_or_default()
    }
}

/// What tells that a file is still the same: when it was changed, to the nanosecond, how large it is, and which one it is. `None` when there is none.
type Mark = Option<(i64, i64, u64, u64, u64)>;

fn mark(path: &Path) -> Mark {
    let found = std::fs::metadata(path).ok()?;
    Some((found.mtime(), found.mtime_nsec(), found.len(), found.dev(), found.ino()))
}

/// How often the disk was asked for what.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reads {
    pub(crate) files: u64,
    pub(crate) models: u64,
    pub(crate) samples: u64,
    pub(crate) evidence: u64,
}

/// Most files of which something is kept; beyond it everything is forgotten and read again.
const KEPT_MAX: usize = 4096;

/// What was read of files, by path, with what they were marked by then.
type Memory<T> = BTreeMap<PathBuf, (Mark, T)>;

#[derive(Default)]
struct Kept {
    files: Memory<Result<Arc<[u8]>, Unread>>,
    models: Memory<Option<Artifact>>,
    samples: Memory<Option<SampleFacts>>,
    evidence: Memory<Vec<Evidence>>,
    reads: Reads,
}

/// The disk, asked again only for what has changed; with documents laid over it that an editor holds.
#[derive(Clone, Default)]
pub(crate) struct Remembering {
    kept: Arc<Mutex<Kept>>,
    over: Arc<BTreeMap<PathBuf, Arc<[u8]>>>,
}

impl Remembering {
    /// The same memory with these documents in place of files, by path.
    pub(crate) fn over(&self, over: BTreeMap<PathBuf, Arc<[u8]>>) -> Self {
        Self { kept: Arc::clone(&self.kept), over: Arc::new(over) }
    }

    pub(crate) fn reads(&self) -> Reads {
        self.kept().reads
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is kept of a file that is as it was; else what is read now.
fn recall<T: Clone>(kept: &mut Memory<T>, path: PathBuf, reads: &mut u64, read: impl FnOnce() -> T) -> T {
    let now = mark(&path);
    if let Some((then, value)) = kept.get(&path)
        && *then == now
    {
        return value.clone();
    }
    *reads += 1;
    let value = read();
    if kept.len() >= KEPT_MAX {
        kept.clear();
    }
    kept.insert(path, (now, value.clone()));
    value
}

impl Disk for Remembering {
    fn bytes(&self, folder: &Path, path: &str, bytes_max: u64) -> Result<Arc<[u8]>, Unread> {
        let whole = folder.join(path);
        if let Some(bytes) = self.over.get(&whole) {
            return Ok(Arc::clone(bytes));
        }
        let mut kept = self.kept();
        let Kept { files, reads, .. } = &mut *kept;
        recall(files, whole, &mut reads.files, || Direct.bytes(folder, path, bytes_max))
    }

    fn artifact(&self, folder: &Path, path: &str) -> Option<Artifact> {
        let mut kept = self.kept();
        let Kept { models, reads, .. } = &mut *kept;
        recall(models, folder.join(path), &mut reads.models, || Direct.artifact(folder, path))
    }

    fn sample(&self, folder: &Path, path: &str) -> Option<SampleFacts> {
        let mut kept = self.kept();
        let Kept { samples, reads, .. } = &mut *kept;
        recall(samples, folder.join(path), &mut reads.samples, || Direct.sample(folder, path))
    }

    /// Evidence is never changed, only added and removed: the folder's own mark tells.
    fn evidence(&self, folder: &Path) -> Vec<Evidence> {
        let mut kept = self.kept();
        let Kept { evidence, reads, .. } = &mut *kept;
        recall(evidence, folder.join("evidence"), &mut reads.evidence, || Direct.evidence(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_again_only_when_it_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        std::fs::write(&path, "one").unwrap();
        let disk = Remembering::default();
        let read = || disk.bytes(folder.path(), "a.yaml", 100).map(|bytes| bytes.to_vec()).ok();
        assert_eq!((read(), read(), disk.reads().files), (Some(b"one".to_vec()), Some(b"one".to_vec()), 1));
        std::fs::write(&path, "another").unwrap();
        assert_eq!((read(), disk.reads().files), (Some(b"another".to_vec()), 2));
        std::fs::remove_file(&path).unwrap();
        assert_eq!((read(), disk.reads().files), (None, 3));
        let over = disk.over(BTreeMap::from([(path, Arc::from(b"open".as_slice()))]));
        assert_eq!(over.bytes(folder.path(), "a.yaml", 100).ok().as_deref(), Some(b"open".as_slice()));
        assert_eq!(disk.reads().files, 3);
    }
}

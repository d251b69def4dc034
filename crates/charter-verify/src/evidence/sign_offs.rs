//! A folder of sign-offs, one JSON file a record: never changed, never overwritten. A revocation is a record of its own.
//!
//! Whether a signature still stands belongs to `charter_plan::gate::sign_off`.

use std::path::{Path, PathBuf};

use charter_plan::gate::sign_off::{Act, SignOff};

use super::StoreError;
use super::store::{files, place, plain};

/// Largest record that is read.
const BYTES_MAX: u64 = 64 * 1024;

/// The folder `sign-offs` within a folder of evidence.
#[derive(Debug, Clone)]
pub struct SignOffStore {
    folder: PathBuf,
}

/// What the folder holds.
#[derive(Debug, Default)]
pub struct SignOffs {
    /// Oldest first.
    pub records: Vec<SignOff>,
    /// Files that are no record: name and reason.
    pub unreadable: Vec<(String, String)>,
}

impl SignOffStore {
    /// The store beside the evidence in `evidence`, which need not exist yet.
    pub fn beside(evidence: &Path) -> Self {
        Self { folder: evidence.join("sign-offs") }
    }

    /// Keeps a record under a name of its own: time, phase, who. The file appears whole or not at all.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn keep(&self, record: &SignOff) -> Result<PathBuf, StoreError> {
        let failed = |source| StoreError::Folder { path: self.folder.display().to_string(), source };
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        let verb = match record.act {
            Act::Sign => "signed",
            Act::Revoke => "revoked",
        };
        let stem = format!("{}-{}-{}-{verb}", plain(&record.signed_at), plain(&record.phase), plain(&record.name));
        let text = serde_json::to_vec_pretty(record).map_err(std::io::Error::other).map_err(failed)?;
        place(&self.folder, &stem, &text)
    }

    /// Reads every record. A folder that does not exist holds none; a file that is no record is reported, not fatal.
    ///
    /// # Errors
    /// The folder cannot be read, or holds too many files.
    pub fn read(&self) -> Result<SignOffs, StoreError> {
        let mut found = SignOffs::default();
        for path in files(&self.folder)? {
            match read_one(&path) {
                Ok(record) => found.records.push(record),
                Err(reason) => found.unreadable.push((path.display().to_string(), reason)),
            }
        }
        found.records.sort_by(|one, other| one.signed_at.cmp(&other.signed_at));
        Ok(found)
    }
}

fn read_one(path: &Path) -> Result<SignOff, String> {
    let bytes = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if bytes > BYTES_MAX {
        return Err(format!("{bytes} bytes, where at most {BYTES_MAX} are read"));
    }
    let text = std::fs::read(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, signed_at: &str, act: Act) -> SignOff {
        SignOff {
            act,
            name: name.into(),
            role: None,
            phase: "mvp".into(),
            scope: "roadmap.mvp".into(),
            note: String::new(),
            fingerprint: "sha256:1".into(),
            plan: String::new(),
            signed_at: signed_at.into(),
        }
    }

    #[test]
    fn records_are_kept_beside_each_other_and_read_oldest_first() {
        let folder = tempfile::tempdir().unwrap();
        let store = SignOffStore::beside(folder.path());
        assert!(store.read().unwrap().records.is_empty());
        let newer = record("Ada ../../x", "2026-02-01T00:00:00Z", Act::Revoke);
        let older = record("Ada", "2026-01-01T00:00:00Z", Act::Sign);
        let paths = [&newer, &older, &newer].map(|record| store.keep(record).unwrap());
        assert!(paths.iter().all(|path| path.parent() == Some(&folder.path().join("sign-offs"))), "{paths:?}");
        std::fs::write(folder.path().join("sign-offs/broken.json"), "{").unwrap();
        let found = store.read().unwrap();
        assert_eq!(found.records, [older, newer.clone(), newer]);
        assert_eq!(found.unreadable.len(), 1);
    }
}

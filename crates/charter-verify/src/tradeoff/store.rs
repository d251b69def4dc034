//! Measured candidates as files: one JSON a point under `evidence/tradeoffs/`, never overwritten.

use std::path::{Path, PathBuf};

use charter_plan::tradeoff::Point;

use crate::evidence::{StoreError, files, place, plain};

/// Largest file that is read.
const BYTES_MAX: u64 = 1024 * 1024;

/// What the folder holds.
#[derive(Debug, Default)]
pub struct MeasuredPoints {
    /// Oldest first.
    pub points: Vec<Point>,
    /// Files that are none: name and reason.
    pub unreadable: Vec<(String, String)>,
}

/// The folder `tradeoffs` within a folder of evidence.
#[derive(Debug, Clone)]
pub struct TradeoffStore {
    folder: PathBuf,
}

impl TradeoffStore {
    /// The store beside the evidence in `evidence`, which need not exist yet.
    pub fn beside(evidence: &Path) -> Self {
        Self { folder: evidence.join("tradeoffs") }
    }

    /// Keeps a point under a name of its own.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn keep(&self, point: &Point) -> Result<PathBuf, StoreError> {
        let failed = |source| StoreError::Folder { path: self.folder.display().to_string(), source };
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        let stem = format!("{}-{}-{}", plain(&point.measured_at), plain(&point.route), plain(&point.candidate));
        let text = serde_json::to_vec_pretty(point).map_err(std::io::Error::other).map_err(failed)?;
        place(&self.folder, &stem, &text)
    }

    /// Every point, oldest first, and the files that are none: name and reason.
    ///
    /// # Errors
    /// The folder cannot be read, or holds too many files.
    pub fn read(&self) -> Result<MeasuredPoints, StoreError> {
        let mut found = MeasuredPoints::default();
        for path in files(&self.folder)? {
            match read_one(&path) {
                Ok(point) => found.points.push(point),
                Err(reason) => found.unreadable.push((path.display().to_string(), reason)),
            }
        }
        found.points.sort_by(|one, other| one.measured_at.cmp(&other.measured_at));
        Ok(found)
    }
}

fn read_one(path: &Path) -> Result<Point, String> {
    let bytes = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if bytes > BYTES_MAX {
        return Err(format!("{bytes} bytes, where at most {BYTES_MAX} are read"));
    }
    let text = std::fs::read(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}

//! Reads a charter's folder from disk: the document, every file that it names, and the facts about its model files.
//!
//! The crates that judge a charter do no I/O; this is where their files come from. Judging does not belong here.

use crate::exit::Problem;
use charter_backend::artifact_facts;
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_plan::artifact::Artifacts;
use charter_spec::names::FileKind;
use charter_spec::{Diagnostic, FileReference, FileSet, Reading, Span, Spec};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The document's name in a folder.
const DOCUMENT: &str = "charter.yaml";
/// Parts and contracts are small; a larger file is not what the charter means.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Includes may bring further files; a chain longer than this is a mistake.
const ROUNDS_MAX: usize = 16;

/// A charter as it lies on disk.
pub(crate) struct Folder {
    /// The folder that every path in the charter starts from.
    pub(crate) path: PathBuf,
    pub(crate) files: FileSet,
    pub(crate) spec: Option<Spec>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Keys whose values could not be read.
    pub(crate) unreadable: Vec<Span>,
    pub(crate) references: Vec<FileReference>,
}

impl Folder {
    /// Reads the charter at `path`, a folder or a file, and whatever it names.
    pub(crate) fn read(path: &Path) -> Result<Self, Problem> {
        let (folder, document) = locate(path)?;
        let mut files = FileSet::new();
        files.insert(document.clone(), read_file(&folder.join(&document)).map_err(Problem::Environment)?);
        let mut tried = BTreeSet::from([document.clone()]);
        let mut reading = charter_spec::read(&files, &document);
        for _ in 0..ROUNDS_MAX {
            let missing: Vec<String> = reading
                .references
                .iter()
                .filter(|reference| is_read(reference.kind))
                .map(|reference| reference.path.value.clone())
                .filter(|path| tried.insert(path.clone()))
                .collect();
            if missing.is_empty() {
                break;
            }
            let mut found_part = false;
            for path in missing {
                // A file that is not there stays out of the set; who needs it reports it at the place that names it.
                if let Ok(bytes) = read_file(&folder.join(&path)) {
                    files.insert(path, bytes);
                    found_part = true;
                }
            }
            if found_part {
                reading = charter_spec::read(&files, &document);
            }
        }
        let Reading { spec, diagnostics, unreadable, references } = reading;
        Ok(Self { path: folder, files, spec, diagnostics, unreadable, references })
    }

    /// Facts about every model file that the charter names; files that cannot be read are left out.
    pub(crate) fn artifacts(&self, search: &OnnxRuntimeSearch) -> Artifacts {
        self.references
            .iter()
            .filter(|reference| reference.kind == FileKind::Model)
            .map(|reference| reference.path.value.clone())
            .collect::<BTreeSet<String>>()
            .into_iter()
            .filter_map(|path| artifact_facts(&self.path, &path, search).ok().map(|artifact| (path, artifact)))
            .collect()
    }
}

/// Kinds whose content the charter's meaning depends on; rows, cards and models are only named.
fn is_read(kind: FileKind) -> bool {
    matches!(kind, FileKind::Include | FileKind::Contract | FileKind::Table | FileKind::Evidence | FileKind::Record)
}

fn locate(path: &Path) -> Result<(PathBuf, String), Problem> {
    if path.is_dir() {
        if path.join(DOCUMENT).is_file() {
            return Ok((path.to_path_buf(), DOCUMENT.to_owned()));
        }
        return Err(Problem::Environment(format!(
            "there is no `{DOCUMENT}` in `{}`; name the folder that holds it, or the file itself",
            path.display()
        )));
    }
    if !path.is_file() {
        return Err(Problem::Environment(format!("there is no file or folder `{}`", path.display())));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((folder.to_path_buf(), name))
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let length = std::fs::metadata(path).map_err(|problem| format!("cannot read `{}`: {problem}", path.display()))?.len();
    if length > FILE_BYTES_MAX {
        return Err(format!("`{}` has {length} bytes; at most {FILE_BYTES_MAX} are read", path.display()));
    }
    std::fs::read(path).map_err(|problem| format!("cannot read `{}`: {problem}", path.display()))
}

//! Reads a charter's folder from disk: the document, every file that it names, and the facts about its model files.
//!
//! The crates that judge a charter do no I/O; this is where their files come from. Judging does not belong here.

use crate::disk::{Direct, Disk, FILE_BYTES_MAX};
use crate::exit::Problem;
use charter_backend::artifact_facts;
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_plan::Evidence;
use charter_plan::PlanCode;
use charter_plan::artifact::{Artifacts, Samples};
use charter_spec::names::FileKind;
use charter_spec::{Diagnostic, FileReference, FileSet, Mention, Reading, Setting, Span, Spec};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The document's name in a folder.
pub(crate) const DOCUMENT: &str = "charter.yaml";
/// The reader refuses what is larger than its own limit; this only keeps the machine's memory.
const DOCUMENT_BYTES_MAX: u64 = 64 << 20;
/// Includes may bring further files; a chain longer than this is a mistake.
const ROUNDS_MAX: usize = 16;

/// A charter as it lies on disk.
pub(crate) struct Folder {
    /// The folder that every path in the charter starts from.
    pub(crate) path: PathBuf,
    pub(crate) files: FileSet,
    pub(crate) spec: Option<Spec>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Files that the charter names and that cannot be read. What the plan needs of them the compiler reports itself.
    pub(crate) missing: Vec<Diagnostic>,
    /// Keys whose values could not be read.
    pub(crate) unreadable: Vec<Span>,
    pub(crate) references: Vec<FileReference>,
    /// Every place that names an element.
    pub(crate) mentions: Vec<Mention>,
    /// Where the files come from.
    disk: Arc<dyn Disk>,
}

impl Folder {
    /// Reads the charter at `path`, a folder or a file, and whatever it names.
    pub(crate) fn read(path: &Path) -> Result<Self, Problem> {
        Self::read_with(path, &[])
    }

    /// Reads the charter as if it said what the settings say.
    pub(crate) fn read_with(path: &Path, settings: &[Setting]) -> Result<Self, Problem> {
        let (folder, document) = locate(path)?;
        Self::read_from(folder, document, settings, Arc::new(Direct))
    }

    /// Reads the charter in a folder from wherever its files come from.
    pub(crate) fn read_from(folder: PathBuf, document: String, settings: &[Setting], disk: Arc<dyn Disk>) -> Result<Self, Problem> {
        let mut files = FileSet::new();
        let bytes = disk.bytes(&folder, &document, DOCUMENT_BYTES_MAX);
        files.insert(document.clone(), bytes.map_err(|problem| Problem::Environment(format!("{}; {}", problem.reason, problem.help)))?);
        let mut missing: BTreeMap<String, String> = BTreeMap::new();
        settings.iter().for_each(|setting| setting.insert(&mut files));
        let mut reading = charter_spec::read_with(&files, &document, settings);
        for _ in 0..ROUNDS_MAX {
            let wanted: BTreeMap<String, FileKind> = reading
                .references
                .iter()
                .filter(|reference| is_read(reference.kind))
                .map(|reference| (reference.path.value.clone(), reference.kind))
                .filter(|(path, _)| files.find(path).is_none() && !missing.contains_key(path))
                .collect();
            for path in wanted.keys().cloned() {
                match disk.bytes(&folder, &path, FILE_BYTES_MAX) {
                    Ok(bytes) => drop(files.insert(path, bytes)),
                    Err(problem) => drop(missing.insert(path, problem.reason)),
                }
            }
            // Only a part of the charter changes what is read; what else was named is in place now.
            if !wanted.values().any(|kind| *kind == FileKind::Include) {
                break;
            }
            reading = charter_spec::read_with(&files, &document, settings);
        }
        let Reading { spec, diagnostics, unreadable, references, mentions } = reading;
        let missing = unread(&folder, &references, &missing);
        Ok(Self { path: folder, files, spec, diagnostics, unreadable, missing, references, mentions, disk })
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

    /// Facts about held-out rows that the charter names; files that cannot be read are left out, since they are reported where they are named.
    pub(crate) fn samples(&self) -> Samples {
        let named = self.references.iter().filter(|reference| reference.kind == FileKind::Samples);
        let paths: BTreeSet<&String> = named.map(|reference| &reference.path.value).collect();
        paths.into_iter().filter_map(|path| Some((path.clone(), self.disk.sample(&self.path, path)?))).collect()
    }

    /// The same facts for a check, which looks for ONNX Runtime where the environment says.
    pub(crate) fn artifacts_for_check(&self) -> Artifacts {
        let models = self.references.iter().filter(|reference| reference.kind == FileKind::Model);
        let paths: BTreeSet<&String> = models.map(|reference| &reference.path.value).collect();
        paths.into_iter().filter_map(|path| Some((path.clone(), self.disk.artifact(&self.path, path)?))).collect()
    }

    /// The evidence that is kept beside the charter.
    pub(crate) fn evidence(&self) -> Vec<Evidence> {
        self.disk.evidence(&self.path)
    }
}

/// Kinds whose content the charter's meaning depends on; rows, cards and models are only looked at.
fn is_read(kind: FileKind) -> bool {
    matches!(kind, FileKind::Include | FileKind::Contract | FileKind::Table | FileKind::Record | FileKind::Workspace | FileKind::Evidence)
}

/// Files that the charter names and that cannot be read, each where it is named first. The reader reports includes itself, the compiler models.
fn unread(folder: &Path, references: &[FileReference], missing: &BTreeMap<String, String>) -> Vec<Diagnostic> {
    let mut seen = BTreeSet::new();
    let reported = |kind: FileKind| matches!(kind, FileKind::Include | FileKind::Model | FileKind::Secret);
    references
        .iter()
        .filter(|reference| !reported(reference.kind) && seen.insert(reference.path.value.clone()))
        .filter_map(|reference| {
            let path = &reference.path.value;
            let reason = if is_read(reference.kind) { missing.get(path).cloned() } else { absent(folder, path) }?;
            let message = format!("{} that the charter names is missing: {reason}", reference.kind.word());
            Some(
                PlanCode::FileMissing
                    .at(reference.path.span, message)
                    .help(format!("put it at `{path}` in the charter's folder, or name the file that is there")),
            )
        })
        .collect()
}

/// Why there is no file to be read at a path.
fn absent(folder: &Path, path: &str) -> Option<String> {
    match std::fs::metadata(folder.join(path)) {
        Err(problem) => Some(format!("`{path}`: {}", problem.kind())),
        Ok(found) if !found.is_file() => Some(format!("`{path}` is no regular file")),
        Ok(_) => None,
    }
}

pub(crate) fn locate(path: &Path) -> Result<(PathBuf, String), Problem> {
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
        return Err(Problem::Environment(format!(
            "there is no file or folder `{}`; name the folder that holds `{DOCUMENT}`, or the file itself",
            path.display()
        )));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((folder.to_path_buf(), name))
}

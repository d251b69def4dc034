//! Reads the files of an import from disk: bounded, without following links out of the folder.

use crate::arguments::drafting::ImportKind;
use crate::exit::Problem;
use charter_spec::FileSet;
use std::path::{Path, PathBuf};

/// Most files of an import.
const FILES_MAX: usize = 5_000;
/// Most bytes of an import.
const BYTES_MAX: u64 = 64 << 20;
/// Largest file; the importers refuse what is larger than their own limit.
const FILE_BYTES_MAX: u64 = 8 << 20;
/// Deepest folder.
const DEPTH_MAX: usize = 12;

/// Files, the folder that their paths start from, and the file that is meant when it is one.
pub(crate) struct Sources {
    pub(crate) files: FileSet,
    pub(crate) base: PathBuf,
    pub(crate) root: Option<String>,
    /// Whether a limit stopped the reading.
    pub(crate) cut: bool,
}

/// Reads a file or folder for an import.
pub(crate) fn gather(kind: ImportKind, source: &Path) -> Result<Sources, Problem> {
    if source.is_dir() {
        let mut sources = Sources { files: FileSet::new(), base: source.to_path_buf(), root: None, cut: false };
        walk(source, source, kind, &mut sources, 0, &mut 0)?;
        if kind == ImportKind::Structurizr {
            sources.root = Some(workspace(&sources, source)?);
        }
        return Ok(sources);
    }
    if !source.is_file() {
        return Err(Problem::Environment(format!("there is no file or folder `{}`", source.display())));
    }
    let folder = source.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf();
    if kind == ImportKind::Structurizr {
        return around(source, &folder);
    }
    let mut sources = Sources { files: FileSet::new(), base: folder, root: None, cut: false };
    let name = source.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    sources.files.insert(name.clone(), bytes(source)?);
    sources.root = Some(name);
    Ok(sources)
}

/// A workspace with what it may include: the files of its folder, and of those above that it names by `../`.
fn around(source: &Path, folder: &Path) -> Result<Sources, Problem> {
    let text = bytes(source)?;
    let up = (1..=3).rev().find(|levels| contains(&text, "../".repeat(*levels).as_bytes())).unwrap_or(0);
    let folder =
        std::fs::canonicalize(folder).map_err(|problem| Problem::Environment(format!("cannot open `{}`: {problem}", folder.display())))?;
    let base = folder.ancestors().nth(up).unwrap_or(&folder).to_path_buf();
    let name = source.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let root = slashed(&folder.strip_prefix(&base).unwrap_or(Path::new("")).join(name));
    let mut sources = Sources { files: FileSet::new(), base: base.clone(), root: Some(root.clone()), cut: false };
    walk(&base, &base, ImportKind::Structurizr, &mut sources, if up > 0 { DEPTH_MAX - 4 } else { DEPTH_MAX - 6 }, &mut 0)?;
    sources.files.insert(root, text);
    Ok(sources)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The document of a folder: `workspace.dsl`, `workspace.json`, or the only one.
fn workspace(sources: &Sources, folder: &Path) -> Result<String, Problem> {
    for name in ["workspace.dsl", "workspace.json"] {
        if sources.files.find(name).is_some() {
            return Ok(name.to_owned());
        }
    }
    let all: Vec<&str> = sources.files.paths().filter(|path| path.ends_with(".dsl")).collect();
    match all.as_slice() {
        [only] => Ok((*only).to_owned()),
        _ => Err(Problem::Usage(format!("`{}` holds {} workspaces and no `workspace.dsl`; name the file", folder.display(), all.len()))),
    }
}

fn walk(folder: &Path, base: &Path, kind: ImportKind, sources: &mut Sources, depth: usize, total: &mut u64) -> Result<(), Problem> {
    let unreadable = |problem: std::io::Error| Problem::Environment(format!("cannot read `{}`: {problem}", folder.display()));
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).map_err(unreadable)?.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Links may lead anywhere, and in circles.
        let Ok(found) = path.symlink_metadata() else { continue };
        if name.starts_with('.') || found.is_symlink() {
            continue;
        }
        if found.is_dir() {
            if depth < DEPTH_MAX && !matches!(name.as_str(), "node_modules" | "target" | "build" | "dist") {
                walk(&path, base, kind, sources, depth + 1, total)?;
            }
            continue;
        }
        if !found.is_file() || !fits(kind, &name) || found.len() > FILE_BYTES_MAX {
            continue;
        }
        *total += found.len();
        if sources.files.paths().count() >= FILES_MAX || *total > BYTES_MAX {
            sources.cut = true;
            return Ok(());
        }
        let relative = slashed(path.strip_prefix(base).unwrap_or(&path));
        sources.files.insert(relative, bytes(&path)?);
    }
    Ok(())
}

fn fits(kind: ImportKind, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ends: &[&str] = match kind {
        ImportKind::Madr => &[".md", ".markdown", ".mdown"],
        ImportKind::Odcs | ImportKind::OpenSlo => &[".yaml", ".yml", ".json"],
        ImportKind::Structurizr => &[".dsl", ".json"],
    };
    ends.iter().any(|end| name.ends_with(end))
}

pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Problem> {
    let unreadable = |problem: std::io::Error| Problem::Environment(format!("cannot read `{}`: {problem}", path.display()));
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if length > FILE_BYTES_MAX {
        return Err(Problem::Environment(format!(
            "`{}` has {length} bytes, and an import takes files of at most {FILE_BYTES_MAX}",
            path.display()
        )));
    }
    std::fs::read(path).map_err(unreadable)
}

/// A path with `/` on every system.
pub(crate) fn slashed(path: &Path) -> String {
    let parts: Vec<String> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/")
}

//! Reads the files of an import from disk: bounded, without following links out of the folder.

use crate::arguments::drafting::ImportKind;
use crate::exit::Problem;
use charter_spec::FileSet;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Most files of an import.
const FILES_MAX: usize = 5_000;
/// Most bytes of an import.
const BYTES_MAX: u64 = 64 << 20;
/// Largest file; the importers refuse what is larger than their own limit.
const FILE_BYTES_MAX: u64 = 8 << 20;
/// Folders above a workspace's own from which it may include.
const ABOVE_MAX: usize = 3;
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

/// A workspace with the files that it includes, and those that these include; at most three folders above its own.
fn around(source: &Path, folder: &Path) -> Result<Sources, Problem> {
    let folder =
        std::fs::canonicalize(folder).map_err(|problem| Problem::Environment(format!("cannot open `{}`: {problem}", folder.display())))?;
    let limit = folder.ancestors().nth(ABOVE_MAX).unwrap_or(&folder).to_path_buf();
    let root = folder.join(source.file_name().unwrap_or_default());
    let mut read = BTreeMap::from([(root.clone(), bytes(source)?)]);
    let mut open = vec![root.clone()];
    let (mut cut, mut total) = (false, 0);
    while let Some(path) = open.pop() {
        let text = read.get(&path).map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default();
        for named in included(&text) {
            let target = plain(&path.parent().unwrap_or(&folder).join(named));
            if !target.starts_with(&limit) || read.contains_key(&target) {
                continue;
            }
            let mut found = Sources { files: FileSet::new(), base: target.clone(), root: None, cut: false };
            if target.is_dir() {
                walk(&target, &target, ImportKind::Structurizr, &mut found, DEPTH_MAX - 4, &mut total)?;
            } else if target.symlink_metadata().is_ok_and(|found| found.is_file() && found.len() <= FILE_BYTES_MAX) {
                // What cannot be read is told where it is included.
                if let Ok(text) = bytes(&target) {
                    total += text.len() as u64;
                    found.files.insert("", text);
                }
            }
            cut |= found.cut || read.len() >= FILES_MAX || total > BYTES_MAX;
            if cut {
                break;
            }
            for name in found.files.paths() {
                let path = if name.is_empty() { target.clone() } else { target.join(name) };
                read.insert(path.clone(), found.files.get(name).unwrap_or_default().to_vec());
                open.push(path);
            }
        }
    }
    let base = folder.ancestors().find(|base| read.keys().all(|path| path.starts_with(base))).unwrap_or(&limit).to_path_buf();
    let inside = |path: &Path| slashed(path.strip_prefix(&base).unwrap_or(path));
    let mut files = FileSet::new();
    for (path, text) in read {
        files.insert(inside(&path), text);
    }
    Ok(Sources { files, root: Some(inside(&root)), base, cut })
}

/// What a workspace names by `!include` or `workspace extends`, without addresses.
fn included(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.trim();
        let rest = line.strip_prefix("!include").or_else(|| line.strip_prefix("workspace")?.trim_start().strip_prefix("extends"))?;
        let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
        let named = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next()?,
            None => rest.split_whitespace().next()?,
        };
        (!named.contains("://")).then_some(named)
    })
}

/// A path without `.` and `..`, by its words alone.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
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
            let is_readable = std::fs::read_dir(&path).is_ok();
            if depth < DEPTH_MAX && is_readable && !matches!(name.as_str(), "node_modules" | "target" | "build" | "dist") {
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_brings_what_it_includes_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("a/b/w.dsl", "workspace extends \"../base.dsl\" {\n !docs ../../../../..\n !include ../parts/people.txt\n !include more\n");
        write("a/base.dsl", "!include https://example.com/x.dsl\n!include b/w.dsl\n");
        write("a/parts/people.txt", "!include ../../../../../../etc/passwd\n");
        write("a/b/more/one.dsl", "");
        write("a/b/other.dsl", "");
        let sources = gather(ImportKind::Structurizr, &folder.path().join("a/b/w.dsl")).unwrap();
        let paths: Vec<&str> = sources.files.paths().collect();
        assert_eq!(
            (paths, sources.root.as_deref(), sources.cut),
            (vec!["b/more/one.dsl", "b/w.dsl", "base.dsl", "parts/people.txt"], Some("b/w.dsl"), false)
        );
    }
}

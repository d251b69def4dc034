//! Puts files where they belong, all of them or none: nothing that is there is written over without being told, and nothing is left half written.

use crate::exit::Problem;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Files by path beneath a folder, in the order in which they are put in place: what others name first.
#[derive(Debug, Default)]
pub(crate) struct Placing {
    files: Vec<(String, Vec<u8>)>,
    /// Files that may be written over whatever was said: they were read, and hold what they held.
    changed: Vec<String>,
}

impl Placing {
    pub(crate) fn add(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.files.push((path.into(), bytes.into()));
    }

    pub(crate) fn add_all(&mut self, files: BTreeMap<String, Vec<u8>>) {
        self.files.extend(files);
    }

    /// Adds a file that is there and was changed on purpose.
    pub(crate) fn change(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        let path = path.into();
        self.changed.push(path.clone());
        self.files.push((path, bytes.into()));
    }

    /// Writes every file beneath a folder; gives their paths back. Files that are the same already are left alone.
    pub(crate) fn write(self, folder: &Path, force: bool) -> Result<Vec<String>, Problem> {
        let mut wanted = Vec::new();
        for (path, bytes) in self.files {
            let at = folder.join(&path);
            match std::fs::read(&at) {
                Ok(present) if present == bytes => continue,
                Ok(_) if !force && !self.changed.contains(&path) => {
                    return Err(Problem::Usage(format!(
                        "`{}` is there already and is left as it is; `--force` writes over it",
                        at.display()
                    )));
                }
                _ => wanted.push((path, at, bytes)),
            }
        }
        let mut staged: Vec<(PathBuf, PathBuf)> = Vec::new();
        for (_, at, bytes) in &wanted {
            if let Err(problem) = stage(at, bytes, &mut staged) {
                staged.iter().for_each(|(draft, _)| drop(std::fs::remove_file(draft)));
                return Err(Problem::Environment(format!("cannot write `{}`: {problem}", at.display())));
            }
        }
        for (draft, at) in &staged {
            std::fs::rename(draft, at).map_err(|problem| Problem::Environment(format!("cannot write `{}`: {problem}", at.display())))?;
        }
        Ok(wanted.into_iter().map(|(path, ..)| path).collect())
    }
}

/// Writes a file under another name beside its place.
fn stage(at: &Path, bytes: &[u8], staged: &mut Vec<(PathBuf, PathBuf)>) -> std::io::Result<()> {
    let folder = at.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let name = at.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let draft = folder.join(format!(".{name}.{}.draft", std::process::id()));
    staged.push((draft.clone(), at.to_path_buf()));
    let mut file = std::fs::File::create(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()
}

//! Writes a site into a folder of its own. What changed is written, what is gone is removed, and what Charter did not write is left alone.

use crate::exit::Problem;
use charter_render::site::File;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The list of files that an earlier run wrote.
const LIST: &str = ".charter-docs";

/// What writing did.
pub(super) struct Written {
    pub(super) changed: usize,
    pub(super) removed: usize,
}

/// Refuses a folder that holds other things: a typing error in `--out` costs nobody their files.
pub(super) fn write(out: &Path, files: &[File]) -> Result<Written, Problem> {
    let failed =
        |what: &str, path: &Path, problem: std::io::Error| Problem::Environment(format!("cannot {what} `{}`: {problem}", path.display()));
    let before = earlier(out);
    if before.is_none() && fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Problem::Usage(format!(
            "`{}` is not empty and was not made by `charter docs`; name another folder with --out, or empty it",
            out.display()
        )));
    }
    fs::create_dir_all(out).map_err(|problem| {
        Problem::Environment(format!("cannot make the folder `{}`: {problem}; name another one by `--out`", out.display()))
    })?;
    let mut list = String::new();
    for file in files {
        let _ = writeln!(list, "{}", file.path);
    }
    // The list first: after an interrupted run the folder is still known as ours.
    let path = out.join(LIST);
    let known: BTreeSet<&str> = before.iter().flatten().map(String::as_str).chain(files.iter().map(|file| file.path.as_str())).collect();
    fs::write(&path, known.into_iter().collect::<Vec<_>>().join("\n") + "\n").map_err(|problem| failed("write", &path, problem))?;
    let mut changed = 0;
    for file in files {
        let path = out.join(&file.path);
        if fs::read(&path).is_ok_and(|bytes| bytes == file.bytes) {
            continue;
        }
        fs::write(&path, &file.bytes).map_err(|problem| failed("write", &path, problem))?;
        changed += 1;
    }
    let now: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut removed = 0;
    for name in before.into_iter().flatten().filter(|name| !now.contains(name.as_str())) {
        removed += usize::from(fs::remove_file(out.join(name)).is_ok());
    }
    fs::write(&path, list).map_err(|problem| failed("write", &path, problem))?;
    Ok(Written { changed, removed })
}

/// Names that an earlier run wrote; `None` when none did. A name that could lead out of the folder is not ours.
fn earlier(out: &Path) -> Option<Vec<String>> {
    let list = fs::read_to_string(out.join(LIST)).ok()?;
    let is_name = |name: &&str| !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', ':', '\0']);
    Some(list.lines().filter(is_name).map(str::to_owned).collect())
}

//! Exports of every charter here through the public validators of their formats.
//!
//! Python validators live in one environment, those of Node in one folder with a lock file; both are pinned under `xtask/validators`.

use crate::shell::{capture, cargo, exists, program, root, step};
use crate::tools::{Python, system};
use std::path::{Path, PathBuf};

/// What `charter export --list --format json` calls them is asked of the binary, so that a new format is validated too.
fn formats(charter: &Path) -> Result<Vec<String>, String> {
    let list = capture(program(charter).args(["export", "--list", "--format", "json"]))?;
    let names =
        list.lines().filter_map(|line| line.trim().strip_prefix("\"name\": \"")).map(|rest| rest.trim_end_matches(['"', ',']).to_owned());
    let names: Vec<String> = names.collect();
    if names.is_empty() { Err("`charter export --list` names no format".to_owned()) } else { Ok(names) }
}

/// Every example, and the charters that hold what is hard to write.
fn charters() -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for folder in ["examples", "crates/charter-render/tests/export"] {
        let folder = root().join(folder);
        let entries = std::fs::read_dir(&folder).map_err(|problem| format!("cannot read {}: {problem}", folder.display()))?;
        found.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.join("charter.yaml").is_file()));
    }
    found.sort();
    Ok(found)
}

/// Builds Charter, fetches the validators and runs them: what `cargo xtask test` does of this alone.
pub(crate) fn run() -> Result<(), String> {
    step("build Charter", cargo().args(["build", "--locked", "--package", "charter"]))?;
    Validators::fetch()?.run(&root().join("target/debug/charter"), &root().join(".tools/evidence"))
}

/// What the validators need, fetched once.
pub(crate) struct Validators {
    python: Python,
    node: PathBuf,
}

impl Validators {
    pub(crate) fn fetch() -> Result<Self, String> {
        let here = root().join("xtask/validators");
        let python = Python::with("validators", &here.join("requirements.txt"))?;
        Ok(Self { python, node: node(&here)? })
    }

    /// Exports everything and validates it. `evidence` is of the shop.
    pub(crate) fn run(&self, charter: &Path, evidence: &Path) -> Result<(), String> {
        let out = root().join(".tools/exports");
        if out.exists() {
            std::fs::remove_dir_all(&out).map_err(|problem| format!("cannot empty {}: {problem}", out.display()))?;
        }
        let formats = formats(charter)?;
        let mut models = Vec::new();
        for path in charters()? {
            let name = format!("{}-{}", parent_name(&path), path.file_name().unwrap_or_default().to_string_lossy());
            for format in &formats {
                let target = out.join(&name).join(format);
                let mut command = program(charter);
                command
                    .arg("export")
                    .arg(format)
                    .arg(&path)
                    .arg("--out")
                    .arg(format!("{}/", target.display()))
                    .args(["--today", "2026-11-23"]);
                if path.ends_with("examples/shop") && evidence.is_dir() {
                    command.arg("--evidence").arg(evidence);
                }
                // A charter that has nothing for a format ends with 1 and writes nothing; anything else is a failure.
                let done = command.output().map_err(|problem| format!("cannot start {command:?}: {problem}"))?;
                if !matches!(done.status.code(), Some(0 | 1)) || done.status.success() != target.is_dir() {
                    return Err(format!("{command:?} ended with {}\n{}", done.status, String::from_utf8_lossy(&done.stderr)));
                }
            }
            models.push(out.join(&name).join("likec4"));
        }
        step("exports through their validators", program(&self.python.interpreter).arg("xtask/validators/validate.py").arg(&out))?;
        step("diagrams through Mermaid's parser", program("node").arg(self.node.join("validate.mjs")).arg(&out))?;
        let likec4 = self.node.join("node_modules/.bin/likec4");
        let wrong = out.join("wrong");
        let text = "model { a = nothing 'declared' }\n";
        std::fs::create_dir_all(&wrong)
            .and_then(|()| std::fs::write(wrong.join("wrong.c4"), text))
            .map_err(|problem| problem.to_string())?;
        if capture(program(&likec4).arg("validate").arg(&wrong)).is_ok() {
            return Err("likec4 takes what is wrong, so it proves nothing".to_owned());
        }
        for folder in models {
            let title = format!("likec4 validate {}", folder.strip_prefix(&out).unwrap_or(&folder).display());
            step(&title, program(&likec4).arg("validate").arg(&folder))?;
        }
        Ok(())
    }
}

fn parent_name(path: &Path) -> String {
    path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned()
}

/// `.tools/validators-node` with the packages of the lock file, or what is there while the lock file is unchanged.
fn node(here: &Path) -> Result<PathBuf, String> {
    system("node", "nodejs")?;
    if !exists("npm") {
        system("npm", "npm")?;
    }
    let folder = root().join(".tools/validators-node");
    let read = |name: &str| std::fs::read_to_string(here.join(name)).map_err(|problem| format!("cannot read {name}: {problem}"));
    let wanted = read("package-lock.json")?;
    let stamp = folder.join("lock.stamp");
    let is_there = std::fs::read_to_string(&stamp).is_ok_and(|had| had == wanted);
    let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).map_err(|problem| format!("cannot write {name}: {problem}"));
    std::fs::create_dir_all(&folder).map_err(|problem| format!("cannot make {}: {problem}", folder.display()))?;
    put("validate.mjs", &read("validate.mjs")?)?;
    if is_there {
        return Ok(folder);
    }
    println!("   fetching Node packages of xtask/validators into .tools/validators-node");
    put("package.json", &read("package.json")?)?;
    put("package-lock.json", &wanted)?;
    let mut install = program("npm");
    // Not `ci`: the lock file names this platform's optional packages only, and `ci` wants those of all.
    install.current_dir(&folder).args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"]);
    capture(&mut install).map_err(|problem| format!("cannot install the validators of Node: {problem}"))?;
    put("lock.stamp", &wanted)?;
    Ok(folder)
}

//! Runs other programs and says what is run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The repository's root: the folder above this package.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The cargo that runs this task.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    command
}

/// Runs a command that must succeed, with a heading and the time it took.
pub(crate) fn step(title: &str, command: &mut Command) -> Result<(), String> {
    println!("── {title}");
    let start = Instant::now();
    let status = command.stdin(Stdio::null()).status().map_err(|problem| format!("{title}: cannot start {command:?}: {problem}"))?;
    if !status.success() {
        return Err(format!("{title}: {command:?} ended with {status}"));
    }
    println!("   {title}: ok, {:.1} s\n", start.elapsed().as_secs_f64());
    Ok(())
}

/// Runs a command quietly; its output when it succeeds.
pub(crate) fn capture(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|problem| format!("cannot start {command:?}: {problem}"))?;
    if !output.status.success() {
        return Err(format!("{command:?} ended with {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program can be found on PATH.
pub(crate) fn exists(name: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}

//! The main job: the shop, checked and served, with traffic.

use crate::shell::{cargo, root, step};
use std::process::Command;

pub(crate) fn run(arguments: &[&str]) -> Result<(), String> {
    crate::shell::step(
        "build Charter (the first time takes some minutes)",
        cargo().args(["build", "--release", "--locked", "--package", "charter"]),
    )?;
    let charter = root().join("target/release/charter");
    run_charter(&charter, &["check", "examples/shop"])?;
    println!("── charter serve examples/shop --demo     (Ctrl-C ends it)");
    let status = Command::new(&charter)
        .current_dir(root())
        .args(["serve", "examples/shop", "--demo"])
        .args(arguments)
        .status()
        .map_err(|problem| format!("cannot start {}: {problem}", charter.display()))?;
    if status.success() { Ok(()) } else { Err(format!("charter serve ended with {status}")) }
}

fn run_charter(charter: &std::path::Path, arguments: &[&str]) -> Result<(), String> {
    step(&format!("charter {}", arguments.join(" ")), Command::new(charter).current_dir(root()).args(arguments))
}

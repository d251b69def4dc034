//! Measurements: ratios against a baseline in the same run. Each bench has its folder under `bench/` with a README.

use crate::shell::{cargo, program, root, step};

pub(crate) fn run(name: &str, arguments: &[&str]) -> Result<(), String> {
    crate::shell::step("build Charter", cargo().args(["build", "--release", "--locked", "--package", "charter"]))?;
    match name {
        "engine" => example("charter-engine", "dispatch", arguments),
        "onnx" => example("charter-onnx", "bench", arguments),
        "serving" | "generator" | "check" | "ready" => {
            let script = root().join("bench").join(name).join(if name == "generator" { "compare.py" } else { "run.py" });
            step(&format!("bench {name}"), program("python3").arg(script).args(arguments))
        }
        _ => Err(format!("no bench `{name}`: serving, ready, check, generator, engine or onnx")),
    }
}

fn example(package: &str, name: &str, arguments: &[&str]) -> Result<(), String> {
    let mut command = cargo();
    command.args(["run", "--release", "--locked", "--package", package, "--example", name, "--"]).args(arguments);
    step(&format!("bench {name}"), &mut command)
}

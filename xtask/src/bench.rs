//! Measurements: ratios against a baseline in the same run. Each bench has its folder under `bench/` with a README.

use crate::shell::{cargo, program, root, step};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

pub(crate) fn run(name: &str, arguments: &[&str]) -> Result<(), String> {
    match name {
        "grpc" => return grpc(arguments),
        "bulkhead" => return bulkhead(arguments),
        "drift" => return beside_peers("charter-monitor", "drift", arguments),
        "explain" => return beside_peers("charter-onnx", "explain", arguments),
        _ => {}
    }
    crate::shell::step("build Charter", cargo().args(["build", "--release", "--locked", "--package", "charter"]))?;
    match name {
        "engine" => example("charter-engine", "dispatch", arguments),
        "onnx" => example("charter-onnx", "bench", arguments),
        "serving" | "generator" | "check" | "docs" | "lsp" | "ready" => {
            let script = root().join("bench").join(name).join(if name == "generator" { "compare.py" } else { "run.py" });
            step(&format!("bench {name}"), program("python3").arg(script).args(arguments))
        }
        _ => Err(format!("no bench `{name}`: serving, grpc, ready, check, docs, lsp, generator, engine, onnx, drift, explain or bulkhead")),
    }
}

fn example(package: &str, name: &str, arguments: &[&str]) -> Result<(), String> {
    let mut command = cargo();
    command.args(["run", "--release", "--locked", "--package", package, "--example", name, "--"]).args(arguments);
    step(&format!("bench {name}"), &mut command)
}

/// An example of a crate beside peers that the Python of the environment variable `PYTHON` has; the script of the same name runs both.
fn beside_peers(package: &str, name: &str, arguments: &[&str]) -> Result<(), String> {
    let example = ["build", "--release", "--locked", "--package", package, "--example", name];
    step("build the example", cargo().args(example))?;
    step(&format!("bench {name}"), program("python3").arg(root().join("bench").join(name).join("run.py")).args(arguments))
}

/// Other routes while one model fails: `[ROUNDS [SECONDS]]`, the test of the binary with windows that are long enough for a tail.
fn bulkhead(arguments: &[&str]) -> Result<(), String> {
    let extent = if arguments.is_empty() { "10 5".to_owned() } else { arguments.join(" ") };
    let mut command = cargo();
    command.args(["test", "--release", "--locked", "--package", "charter", "--test", "binary", "bulkhead", "--", "--nocapture"]);
    step("bench bulkhead", command.env("CHARTER_BULKHEAD", extent))
}

/// gRPC beside REST on the same server, whose models are made up: `[SECONDS [ROUNDS]]`.
fn grpc(arguments: &[&str]) -> Result<(), String> {
    let examples = ["--example", "serve_fake", "--example", "grpc_load"];
    step("build server and load", cargo().args(["build", "--release", "--locked", "--package", "charter-gateway"]).args(examples))?;
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from).join("release/examples");
    let mut server = program(folder.join("serve_fake"));
    server.args(["127.0.0.1:0", "127.0.0.1:0"]).stdin(Stdio::null()).stdout(Stdio::piped());
    let server = Server(server.spawn().map_err(|problem| format!("cannot start the server: {problem}"))?);
    server.measure(&folder.join("grpc_load"), arguments)
}

/// Stops the server however the measurement ends.
struct Server(Child);

impl Server {
    fn measure(mut self, load: &std::path::Path, arguments: &[&str]) -> Result<(), String> {
        let mut line = String::new();
        let said = self.0.stdout.take().ok_or("the server has no output")?;
        BufReader::new(said).read_line(&mut line).map_err(|problem| format!("the server says nothing: {problem}"))?;
        let after = |name: &str| {
            let address = line.split_whitespace().skip_while(|word| *word != name).nth(1);
            address.map(|address| address.trim_start_matches("http://")).ok_or_else(|| format!("no `{name}` in: {line}"))
        };
        let (rest, grpc, id) = (after("data")?, after("grpc")?, self.0.id().to_string());
        step("bench grpc", program(load).args([rest, grpc, id.as_str()]).args(arguments))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

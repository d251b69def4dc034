//! All checks, in the order in which a failure is cheapest to find.
//!
//! One workspace build serves every Rust test; the binary that the clients talk to is part of it.

use crate::editors::Editors;
use crate::shell::{cargo, exists, program, root, step};
use crate::tools::{Python, system};
use crate::validators::Validators;
use crate::{docs, tidy};
use std::path::Path;
use std::process::{Child, Stdio};

pub(crate) fn run(_arguments: &[&str]) -> Result<(), String> {
    println!("── tidy");
    tidy::run()?;
    if exists("rustfmt") || exists("cargo-fmt") {
        step("format", cargo().args(["fmt", "--all", "--check"]))?;
    }
    println!("── fetch what the checks need");
    let mut missing = Vec::new();
    let clients = fetched(&mut missing, Python::with("clients", &root().join("crates/charter-gateway/tests/clients/requirements.txt")));
    let differential =
        fetched(&mut missing, Python::with("differential", &root().join("crates/charter-onnx/tests/differential/requirements.txt")));
    let validators = fetched(&mut missing, Validators::fetch());
    let editors = fetched(&mut missing, Editors::fetch());
    if let Err(problem) = system("wrk", "wrk") {
        // Only the benches need it; their figures are no part of this run.
        println!("   could not get wrk, `cargo xtask bench` will miss it: {problem}");
    }
    rust_checks(differential.as_ref(), &mut missing)?;
    let charter = root().join("target/debug/charter");
    println!("── reference pages");
    docs::run_with(&charter, docs::Mode::Check)?;
    if let Some(python) = &clients {
        check_clients(&charter, python)?;
    }
    check_shop(&charter)?;
    if let Some(editors) = &editors {
        editors.run(&charter)?;
    }
    if let Some(validators) = &validators {
        validators.run(&charter, &root().join(".tools/evidence"))?;
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("these checks did not run, for want of what they need:\n  {}", missing.join("\n  ")))
    }
}

/// Keeps going without what cannot be had, and remembers it: the run fails at its end, after everything that could run.
fn fetched<T>(missing: &mut Vec<String>, result: Result<T, String>) -> Option<T> {
    result.map_err(|problem| missing.push(problem)).ok()
}

/// Clippy, one workspace build, every Rust test. Without ONNX Runtime the tests that need it fail.
fn rust_checks(differential: Option<&Python>, missing: &mut Vec<String>) -> Result<(), String> {
    let cases = root().join(".tools/onnx-cases");
    let mut tests = cargo();
    tests.args(["test", "--workspace", "--locked"]).env("CHARTER_REQUIRE_ONNXRUNTIME", "1");
    if std::env::var_os(CASES_SEED).is_none() {
        tests.env(CASES_SEED, "20261123");
    }
    if let Some(python) = differential {
        if let Some(library) = fetched(missing, python.onnxruntime()) {
            println!("   ONNX Runtime: {}\n", library.display());
            tests.env("ORT_DYLIB_PATH", library);
        }
        step(
            "generate ONNX models and ONNX Runtime's answers",
            program(&python.interpreter).arg("crates/charter-onnx/tests/differential/generate.py").arg(&cases),
        )?;
        tests.env("CHARTER_ONNX_CASES", &cases);
    }
    if exists("cargo-clippy") {
        step("clippy", cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    }
    step("build the workspace", cargo().args(["build", "--workspace", "--all-targets", "--locked"]))?;
    step("Rust tests", &mut tests)
}

/// Unmodified clients against the real binary.
fn check_clients(charter: &Path, python: &Python) -> Result<(), String> {
    let server = Server::start(charter, "examples/shop")?;
    step(
        "tritonclient against the shop",
        program(&python.interpreter)
            .args(["crates/charter-gateway/tests/clients/tritonclient_http.py", &server.data, "--samples", "examples/shop/samples"])
            .args(ROUTES),
    )?;
    step(
        "tritonclient over gRPC against the shop",
        program(&python.interpreter)
            .args(["crates/charter-gateway/tests/clients/tritonclient_grpc.py", &server.grpc, "--rest", &server.data])
            .args(["--samples", "examples/shop/samples"])
            .args(ROUTES),
    )?;
    step(
        "Prometheus' parser against the metrics",
        program(&python.interpreter).args(["crates/charter-gateway/tests/clients/metrics.py", &server.admin]),
    )?;
    let flags = Server::start(charter, "crates/charter-gateway/tests/clients/flags")?;
    step(
        "an OpenFeature client against flags",
        program(&python.interpreter).args(["crates/charter-gateway/tests/clients/openfeature_ofrep.py", &flags.data, &flags.admin]),
    )
}

/// What can be proved without a stopwatch.
fn check_shop(charter: &Path) -> Result<(), String> {
    step("charter check examples/shop", program(charter).args(["check", "examples/shop"]))?;
    let evidence = root().join(".tools/evidence");
    step(
        "charter verify examples/shop, static and evaluation",
        program(charter).args(["verify", "examples/shop", "--proof", "static", "--proof", "evaluation", "--evidence"]).arg(evidence),
    )
}

/// Where property tests draw their cases from. One seed makes the checks of a commit give one answer; `cargo test` by itself draws others each time.
const CASES_SEED: &str = "PROPTEST_RNG_SEED";

/// What the shop serves.
const ROUTES: [&str; 5] = ["recommendation", "fraud", "pricing", "search-ranking", "personalization"];

/// `charter serve` on ports of the system's choice; ended when dropped.
struct Server {
    child: Child,
    data: String,
    grpc: String,
    admin: String,
}

impl Server {
    fn start(charter: &Path, served: &str) -> Result<Self, String> {
        use std::io::{BufRead, BufReader};
        let mut child = program(charter)
            .args(["serve", served, "--no-state", "--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--admin", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|problem| format!("cannot start charter serve: {problem}"))?;
        let output = child.stdout.take().ok_or("charter serve has no output")?;
        let (mut data, mut grpc) = (None, None);
        for line in BufReader::new(output).lines() {
            let line = line.map_err(|problem| format!("cannot read from charter serve: {problem}"))?;
            let Some(address) = line.split_whitespace().find(|word| word.starts_with("http://")) else { continue };
            if line.contains("data plane") {
                data = Some(address.to_owned());
            } else if line.contains("gRPC") {
                grpc = Some(address.to_owned());
            } else if let Some((data, grpc)) = data.zip(grpc).filter(|_| line.contains("admin plane")) {
                return Ok(Self { child, data, grpc, admin: address.to_owned() });
            } else {
                break;
            }
        }
        Err("charter serve ended before it listened".to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server may have ended by itself; both outcomes leave nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! `charter verify`

use crate::arguments::{Colour, Verify, VerifyFormat};
use crate::compiled::{Compiled, compile};
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::output::{colours, print, print_json};
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_plan::plan::Proof;
use charter_verify::evidence::{EvidenceStore, Standing, host_facts};
use charter_verify::load::Target;
use charter_verify::proof::{Event, ProofOutcome, ProofResult, VerifySettings, verify};
use charter_verify::report::{results_json, results_junit, results_table};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) fn run(arguments: &Verify, colour: Colour) -> Outcome {
    let folder = Folder::read(&arguments.source.path)?;
    let compiled = match compile(folder, &OnnxRuntimeSearch::from_environment(arguments.onnxruntime.clone())) {
        Ok(compiled) => compiled,
        Err(refused) => return refused.print(colours(colour)),
    };
    let server = match &arguments.target {
        Some(_) => None,
        None => Some(Server::start(&arguments.source.path, arguments.onnxruntime.as_deref())?),
    };
    let url = arguments.target.as_deref().or(server.as_ref().map(|server| server.url.as_str())).unwrap_or_default();
    let parse = |url: &str| Target::parse(url).map_err(|problem| Problem::Usage(problem.to_string()));
    let admin = arguments.admin.as_deref().or(server.as_ref().map(|server| server.admin.as_str())).map(parse).transpose()?;
    let results = prove(arguments, &compiled, parse(url)?, admin)?;
    drop(server);
    keep(arguments, &compiled, &results)?;
    match arguments.format {
        VerifyFormat::Human => print(&results_table(&results))?,
        VerifyFormat::Json => print_json(&results_json(&compiled.plan.fingerprint, &results))?,
        VerifyFormat::Junit => print(&results_junit(&compiled.plan.system, &results))?,
    }
    Ok(ending(&results, arguments.wants_chaos()))
}

/// Broken when anything is; findings when a proof that could be made here was not decided.
fn ending(results: &[ProofResult], chaos: bool) -> Ending {
    let undecided = |result: &&ProofResult| {
        result.standing() == Standing::Unproved
            && (matches!(result.proof.as_str(), "evaluation" | "load" | "static") || (result.proof == "chaos" && chaos))
    };
    if results.iter().any(|result| result.standing() == Standing::Broken) {
        Ending::Broken
    } else if results.iter().any(|result| undecided(&result)) {
        Ending::Findings
    } else {
        Ending::Fine
    }
}

fn prove(arguments: &Verify, compiled: &Compiled, target: Target, admin: Option<Target>) -> Result<Vec<ProofResult>, Problem> {
    let duration = Duration::from_secs(u64::from(arguments.duration.max(1)));
    let mut proofs = arguments.proof.clone();
    if arguments.chaos {
        proofs.push(Proof::Chaos.name().to_owned());
    }
    let settings = VerifySettings {
        folder: &compiled.folder.path,
        target,
        admin,
        only: arguments.only.clone(),
        proofs,
        load_duration: duration,
        warm_up: Duration::from_secs(3).min(duration),
        workers: 1,
        seed: arguments.seed,
        host: host_facts(),
        command: std::iter::once("charter".to_owned()).chain(std::env::args().skip(1)).collect::<Vec<_>>().join(" "),
    };
    let bar = progress();
    let results = verify(&compiled.plan, &settings, &mut || jiff::Timestamp::now().to_string(), &mut |event| show(&bar, &event));
    bar.finish_and_clear();
    results.map_err(|problem| Problem::Environment(problem.to_string()))
}

fn progress() -> ProgressBar {
    let bar = ProgressBar::new(1);
    if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:24} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

fn show(bar: &ProgressBar, event: &Event<'_>) {
    match event {
        Event::Started { requirement, number, of } => {
            bar.set_prefix(format!("[{number}/{of}] {}", requirement.id));
            bar.set_position(0);
            bar.set_message(requirement.text.clone());
        }
        Event::Asking { rows, of } => {
            bar.set_length(u64::try_from(*of).unwrap_or(u64::MAX));
            bar.set_position(u64::try_from(*rows).unwrap_or(u64::MAX));
        }
        Event::Phase { text } => {
            bar.set_prefix("chaos");
            bar.println(format!("{:<10} {text}", "chaos"));
        }
        Event::Loading(progress) => {
            bar.set_length(u64::try_from(progress.whole.as_millis()).unwrap_or(u64::MAX));
            bar.set_position(u64::try_from(progress.elapsed.as_millis()).unwrap_or(u64::MAX));
            bar.set_message(format!("{} sent, {} answered, {} failed", progress.sent, progress.answered, progress.failed));
        }
        Event::Finished(result) => bar.println(format!("{:<10} {}", result.standing().name(), result.requirement)),
    }
}

/// Keeps what was measured. What arithmetic decides is decided again each time, and needs no keeping.
fn keep(arguments: &Verify, compiled: &Compiled, results: &[ProofResult]) -> Result<(), Problem> {
    let folder = arguments.evidence.clone().unwrap_or_else(|| compiled.folder.path.join("evidence"));
    let store = EvidenceStore::new(folder);
    let decided: Vec<&str> = compiled
        .plan
        .requirements
        .iter()
        .filter(|requirement| matches!(requirement.proof, Proof::Static { .. }))
        .map(|requirement| requirement.id.as_str())
        .collect();
    for result in results.iter().filter(|result| !decided.contains(&result.requirement.as_str())) {
        if let ProofOutcome::Evidence(evidence) = &result.outcome {
            store.keep(evidence).map_err(|problem| Problem::Environment(problem.to_string()))?;
        }
    }
    Ok(())
}

/// `charter serve` of the same charter in a process of its own, on free ports; ended when dropped.
///
/// Another process, so that the generator's memory and threads are not the server's.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    /// Its admin plane.
    pub(crate) admin: String,
}

impl Server {
    pub(crate) fn start(path: &Path, onnxruntime: Option<&Path>) -> Result<Self, Problem> {
        Self::start_with(path, onnxruntime, &[])
    }

    /// The same, with other values in place of some.
    pub(crate) fn start_with(path: &Path, onnxruntime: Option<&Path>, set: &[String]) -> Result<Self, Problem> {
        let failed = |problem: std::io::Error| Problem::Environment(format!("cannot start a server to prove: {problem}"));
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.arg("serve").arg(path).args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--no-watch", "--no-state"]);
        if let Some(library) = onnxruntime {
            command.arg("--onnxruntime").arg(library);
        }
        for value in set {
            command.arg("--set").arg(value);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let output = child.stdout.take();
        let mut server = Self { child, url: String::new(), admin: String::new() };
        for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()) {
            let line = line.map_err(failed)?;
            let address = |plane: &str| {
                let (_, rest) = line.split_once(plane)?;
                rest.split_whitespace().next().filter(|word| word.starts_with("http://")).map(str::to_owned)
            };
            if let Some(url) = address("data plane") {
                server.url = url;
            }
            // The greeting names the admin plane last.
            if let Some(url) = address("admin plane") {
                server.admin = url;
                return Ok(server);
            }
        }
        Err(Problem::Environment("the server to prove ended before it listened".to_owned()))
    }

    /// The process, for those who measure it.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

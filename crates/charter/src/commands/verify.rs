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
        None => Some(Server::start(arguments)?),
    };
    let url = arguments.target.as_deref().or(server.as_ref().map(|server| server.url.as_str())).unwrap_or_default();
    let target = Target::parse(url).map_err(|problem| Problem::Usage(problem.to_string()))?;
    let results = prove(arguments, &compiled, target)?;
    drop(server);
    keep(arguments, &compiled, &results)?;
    match arguments.format {
        VerifyFormat::Human => print(&results_table(&results))?,
        VerifyFormat::Json => print_json(&results_json(&compiled.plan.fingerprint, &results))?,
        VerifyFormat::Junit => print(&results_junit(&compiled.plan.system, &results))?,
    }
    Ok(ending(&results))
}

/// Broken when anything is; findings when a proof that could be made here was not decided.
fn ending(results: &[ProofResult]) -> Ending {
    let undecided = |result: &&ProofResult| {
        result.standing() == Standing::Unproved && matches!(result.proof.as_str(), "evaluation" | "load" | "static")
    };
    if results.iter().any(|result| result.standing() == Standing::Broken) {
        Ending::Broken
    } else if results.iter().any(|result| undecided(&result)) {
        Ending::Findings
    } else {
        Ending::Fine
    }
}

fn prove(arguments: &Verify, compiled: &Compiled, target: Target) -> Result<Vec<ProofResult>, Problem> {
    let duration = Duration::from_secs(u64::from(arguments.duration.max(1)));
    let settings = VerifySettings {
        folder: &compiled.folder.path,
        target,
        only: arguments.only.clone(),
        proofs: arguments.proof.clone(),
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
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(arguments: &Verify) -> Result<Self, Problem> {
        let failed = |problem: std::io::Error| Problem::Environment(format!("cannot start a server to prove: {problem}"));
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.arg("serve").arg(&arguments.source.path).args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--no-watch"]);
        if let Some(library) = &arguments.onnxruntime {
            command.arg("--onnxruntime").arg(library);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let output = child.stdout.take();
        let mut server = Self { child, url: String::new() };
        for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()) {
            let line = line.map_err(failed)?;
            if let Some((_, rest)) = line.split_once("data plane").filter(|(_, rest)| rest.contains("http://")) {
                server.url = rest.split_whitespace().next().unwrap_or_default().to_owned();
                return Ok(server);
            }
        }
        Err(Problem::Environment("the server to prove ended before it listened".to_owned()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

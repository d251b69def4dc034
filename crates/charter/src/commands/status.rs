//! `charter status`

use crate::arguments::{Colour, Format, Status};
use crate::compiled::compile;
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::output::{colours, print, print_json};
use charter_backend::Backends;
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_engine::OpenBackend;
use charter_plan::compile::exercises;
use charter_verify::evidence::{EvidenceStore, Standing, status};
use charter_verify::report::{status_json, status_table};
use std::fmt::Write;

pub(crate) fn run(arguments: &Status, colour: Colour) -> Outcome {
    let folder = Folder::read(&arguments.source.path)?;
    let search = OnnxRuntimeSearch::from_environment(None);
    let backends = Backends::new(folder.path.clone(), search.clone());
    let compiled = match compile(folder, &search) {
        Ok(compiled) => compiled,
        Err(refused) => return refused.print(colours(colour)),
    };
    let kept = arguments.evidence.clone().unwrap_or_else(|| compiled.folder.path.join("evidence"));
    let stored = EvidenceStore::new(kept).read().map_err(|problem| Problem::Environment(problem.to_string()))?;
    let mut requirements = compiled.plan.requirements.clone();
    // Rungs are told of where faults are allowed or were once brought in; elsewhere nothing can be said about them.
    let tried = |id: &str| stored.evidence.iter().any(|evidence| evidence.requirement == id);
    let told = exercises(&compiled.plan).into_iter().map(|exercise| exercise.requirement);
    requirements.extend(told.filter(|requirement| compiled.plan.chaos.is_some() || tried(&requirement.id)));
    let lines = status(&requirements, &stored.evidence, jiff::Timestamp::now(), None);
    match arguments.format {
        Format::Json => print_json(&status_json(&compiled.plan.fingerprint, &lines))?,
        Format::Human => {
            let mut text = status_table(&lines);
            for (file, problem) in &stored.unreadable {
                let _ = writeln!(text, "not counted: {file}: {problem}");
            }
            for model in &compiled.plan.models {
                if let Err(unavailable) = backends.open(model) {
                    let _ = writeln!(text, "closed: {}: {}\n  help: {}", model.label(), unavailable.reason, unavailable.help);
                }
            }
            print(&text)?;
        }
    }
    Ok(if lines.iter().any(|line| line.standing == Standing::Broken) { Ending::Broken } else { Ending::Fine })
}

//! `charter status`

use crate::arguments::{Colour, Format, Status};
use crate::compiled::{Compiled, Refused, compile};
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::known::{Known, date, is_there};
use crate::output::{colours, print, print_json};
use charter_backend::Backends;
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_engine::OpenBackend;
use charter_plan::standing::standings;
use charter_verify::evidence::{EvidenceStore, Standing, StatusLine};
use charter_verify::report::{status_json, status_table};
use std::fmt::Write;

pub(crate) fn run(arguments: &Status, colour: Colour) -> Outcome {
    is_there(arguments.evidence.as_deref())?;
    let folder = Folder::read(&arguments.source.path)?;
    let search = OnnxRuntimeSearch::from_environment(None);
    match compile(folder, &search) {
        Ok(compiled) => of_plan(arguments, &compiled, search),
        Err(refused) if refused.only_serving().is_some() => without_plan(arguments, &refused),
        Err(refused) => refused.print(colours(colour)),
    }
}

fn of_plan(arguments: &Status, compiled: &Compiled, search: OnnxRuntimeSearch) -> Outcome {
    let kept = arguments.evidence.clone().unwrap_or_else(|| compiled.folder.path.join("evidence"));
    let stored = EvidenceStore::new(kept).read().map_err(|problem| Problem::Environment(problem.to_string()))?;
    let lines = standings(compiled.resolved(), Some(&compiled.plan), &stored.evidence, jiff::Timestamp::now());
    match arguments.format {
        Format::Json => print_json(&status_json(&compiled.plan.fingerprint, &lines))?,
        Format::Human => {
            let mut text = status_table(&lines);
            for (file, problem) in &stored.unreadable {
                let _ = writeln!(text, "not counted: {file}: {problem}");
            }
            let backends = Backends::new(compiled.folder.path.clone(), search);
            for model in &compiled.plan.models {
                if let Err(unavailable) = backends.open(model) {
                    let _ = writeln!(text, "closed: {}: {}\n  help: {}", model.label(), unavailable.reason, unavailable.help);
                }
            }
            print(&text)?;
        }
    }
    Ok(ending(&lines))
}

/// What arithmetic, reviews and kept evidence say of a charter that is sound and that this version cannot serve.
fn without_plan(arguments: &Status, refused: &Refused) -> Outcome {
    let known = Known::read(&arguments.source.path, &[], date(None)?, arguments.evidence.as_deref())?;
    match arguments.format {
        Format::Json => {
            let mut value = status_json("", &known.standings);
            value["plan"] = serde_json::Value::Null;
            value["not_served"] = refused.lines().into();
            print_json(&value)?;
        }
        Format::Human => {
            let mut text = String::from("this version cannot serve the charter, so nothing of it can be measured here:\n");
            for line in refused.lines() {
                let _ = writeln!(text, "  {line}");
            }
            text.push_str("what arithmetic, reviews and kept evidence say:\n\n");
            text.push_str(&status_table(&known.standings));
            text.push_str(&known.not_counted());
            print(&text)?;
        }
    }
    Ok(ending(&known.standings))
}

fn ending(lines: &[StatusLine]) -> Ending {
    if lines.iter().any(|line| line.standing == Standing::Broken) { Ending::Broken } else { Ending::Fine }
}

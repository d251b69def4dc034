//! `charter decide`

use crate::arguments::{Colour, Decide, DecideFormat};
use crate::exit::{Ending, Outcome, Problem};
use crate::known::{Known, both, date, is_there, settings};
use crate::output::{colours, print, print_json};
use charter_plan::decision::{DecisionReport, DecisionState, decisions, weigh};
use charter_render::plot::tornado;
use charter_render::text::{self, Paint};
use serde_json::json;
use std::fmt::Write;
use std::path::{Path, PathBuf};

pub(crate) fn run(arguments: &Decide, colour: Colour) -> Outcome {
    let set = settings(&arguments.set)?;
    let (id, path) = id_and_path(arguments.id.as_deref(), &arguments.source.path);
    is_there(arguments.evidence.as_deref())?;
    let known = Known::read(&path, &set, date(arguments.today.as_deref())?, arguments.evidence.as_deref())?;
    let paint = Paint::new(colours(colour));
    let Some(facts) = known.facts() else { return known.refuse(colours(colour)) };
    let currency = &facts.resolved.cost.currency;
    let reports: Vec<DecisionReport> = match &id {
        None => decisions(&facts),
        Some(id) => {
            let named = id.strip_prefix("decisions.").unwrap_or(id);
            vec![
                weigh(&facts, named)
                    .ok_or_else(|| unknown(id, facts.resolved.spec.decisions.iter().map(|entry| entry.id.value.as_str())))?,
            ]
        }
    };
    let before = both(&known, &set, &path)?;
    let old = before.as_ref().and_then(Known::facts).map(|facts| decisions(&facts)).unwrap_or_default();
    match arguments.format {
        DecideFormat::Svg => print(&drawn(id.as_deref(), &reports)?)?,
        DecideFormat::Json => {
            let moved: Vec<serde_json::Value> =
                moved(&old, &reports).iter().map(|(old, new)| json!({ "id": new.id, "before": old.state, "after": new.state })).collect();
            match (&id, reports.first()) {
                (Some(_), Some(report)) if set.is_empty() => print_json(&json!(report))?,
                _ => print_json(&json!({ "decisions": reports, "moved": moved }))?,
            }
        }
        DecideFormat::Human => {
            let mut text = match (&id, reports.first()) {
                (Some(_), Some(report)) => text::decision(report, currency, paint),
                _ => text::decisions(&reports, paint),
            };
            if !set.is_empty() {
                text.push_str(&compared(&old, &reports, paint));
            }
            text.push_str(&known.not_counted());
            print(&text)?;
        }
    }
    let overturned = reports.iter().any(|report| report.state == DecisionState::Overturned);
    let due = reports.iter().any(|report| report.state == DecisionState::Due);
    Ok(if overturned || due { Ending::Findings } else { Ending::Fine })
}

/// The tornado of one decision.
fn drawn(id: Option<&str>, reports: &[DecisionReport]) -> Result<String, Problem> {
    let (Some(id), Some(report)) = (id, reports.first()) else {
        return Err(Problem::Usage("one picture shows one decision; name it: `charter decide ID --format svg`".to_owned()));
    };
    let sensitivity = report.sensitivity.as_ref();
    let sensitivity =
        sensitivity.ok_or_else(|| Problem::Usage(format!("`{id}` has no complete matrix to draw: {}", report.missing.join("; "))))?;
    Ok(tornado(&report.id, sensitivity))
}

/// `charter decide examples/shop`: one word that is a charter's folder is the place, not a decision.
pub(crate) fn id_and_path(id: Option<&str>, path: &Path) -> (Option<String>, PathBuf) {
    match id {
        Some(id) if is_charter_instead(id, path) => (None, PathBuf::from(id)),
        Some(id) => (Some(id.to_owned()), path.to_path_buf()),
        None => (None, path.to_path_buf()),
    }
}

/// Whether a charter's folder stands where an id is meant, and no other place is named.
pub(crate) fn is_charter_instead(id: &str, path: &Path) -> bool {
    path == Path::new(".") && is_charter(Path::new(id))
}

fn is_charter(path: &Path) -> bool {
    path.join("charter.yaml").is_file()
        || path.is_file() && path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn unknown<'a>(id: &str, known: impl Iterator<Item = &'a str> + Clone) -> Problem {
    let help = match charter_spec::names::nearest(id, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let names: Vec<&str> = known.take(12).collect();
            if names.is_empty() { "the charter holds none".to_owned() } else { format!("there are: {}", names.join(", ")) }
        }
    };
    Problem::Usage(format!("no decision is called `{id}`; {help}"))
}

fn moved<'a>(old: &'a [DecisionReport], new: &'a [DecisionReport]) -> Vec<(&'a DecisionReport, &'a DecisionReport)> {
    let pairs = new.iter().filter_map(|report| Some((old.iter().find(|known| known.id == report.id)?, report)));
    pairs.filter(|(old, new)| old.state != new.state || old.why != new.why).collect()
}

fn compared(old: &[DecisionReport], new: &[DecisionReport], paint: Paint) -> String {
    let mut text = format!("\n{}\n", paint.bold("As it is written, and as it was set here"));
    let moved = moved(old, new);
    if moved.is_empty() {
        text.push_str("  nothing about these decisions changes\n");
    }
    for (old, new) in moved {
        let _ = writeln!(text, "  {}: {} → {}\n    {}\n    {}", new.id, old.state.word(), new.state.word(), paint.dim(&old.why), new.why);
    }
    text
}

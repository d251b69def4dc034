//! Whether held-out rows have the columns that measures name, before a run finds that they do not.
//!
//! Reading rows belongs to whoever may read files; computing metrics belongs to `charter-verify`.

use super::PlanCode;
use crate::artifact::SampleFacts;
use crate::explain::nearest_word;
use crate::plan::{Evaluation, Plan, Proof};
use crate::resolved::Resolved;
use charter_spec::ast::Scenario;
use charter_spec::measure::{Argument, Measure, TermKind};
use charter_spec::names::Entry;
use charter_spec::{Diagnostic, Span};
use std::collections::BTreeMap;

/// The dimension that means the classes of the label where no column has that name.
const CLASSES: &str = "class";
/// Most columns that a message names.
const SHOWN_MAX: usize = 12;
/// Most problems that one check tells.
const PROBLEMS_MAX: usize = 200;

/// What the held-out rows of evaluations lack: the column of the truth, of a group or of a baseline, or rows at all.
///
/// `samples` hold the facts by the path that the charter writes; a file without an entry is skipped, since whoever could not read it says so.
/// At most 200 problems, in the order of the plan's requirements.
pub fn check_samples(resolved: &Resolved, plan: &Plan, samples: &BTreeMap<String, SampleFacts>) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for requirement in &plan.requirements {
        let Proof::Evaluation(evaluation) = &requirement.proof else { continue };
        let Some(facts) = samples.get(&evaluation.samples) else { continue };
        // A constraint that names a scenario has its proof; the scenario tells.
        let Some(entry) = resolved.spec.quality.get_entry(requirement.id.as_str()) else { continue };
        let Some(written) = &entry.measure else { continue };
        let Some(measure) = written.value.measure() else { continue };
        if facts.rows == 0 {
            let span = entry.samples.as_ref().map_or(written.span, |file| file.span);
            let message = format!("`{}`, the held-out rows of `{}`, has no rows", evaluation.samples, requirement.id);
            problems.push(PlanCode::SampleColumn.at(span, message).help("write the rows into it"));
        }
        for (role, name, span) in wanted(resolved, evaluation, entry, (measure, written.span)) {
            if !has(facts, name) {
                problems.push(missing(&evaluation.samples, facts, (role, name), span));
            }
        }
    }
    problems.truncate(PROBLEMS_MAX);
    problems
}

/// Columns that an evaluation reads, each with what for and where it is named.
fn wanted<'a>(
    resolved: &Resolved,
    evaluation: &'a Evaluation,
    entry: &Entry<Scenario>,
    (measure, whole): (&Measure, Span),
) -> Vec<(&'static str, &'a str, Span)> {
    let own = entry.label.as_ref().map(|label| label.span);
    let of_data = || {
        let data = resolved.spec.data.get(entry.dataset.as_ref().map(|data| &data.value.id)?)?;
        data.label.as_ref().filter(|label| label.value == evaluation.label).map(|label| label.span)
    };
    let mut wanted = vec![("the truth", evaluation.label.as_str(), own.or_else(of_data).unwrap_or(whole))];
    for name in evaluation.by.iter().filter(|name| *name != CLASSES) {
        let named = entry.by.iter().map(|by| (&by.value, by.span)).chain(measure.by.iter().map(|by| (&by.value, by.span)));
        let span = named.into_iter().find(|(by, _)| *by == name).map_or(whole, |(_, span)| span);
        wanted.push(("the groups", name, span));
    }
    if let Some(name) = &evaluation.versus {
        wanted.push(("the baseline", name, baseline(measure).unwrap_or(whole)));
    }
    wanted
}

/// Where `baseline` of `uplift(metric vs baseline)` stands.
fn baseline(measure: &Measure) -> Option<Span> {
    let TermKind::Call { arguments, .. } = &measure.term.kind else { return None };
    arguments.iter().find_map(|argument| match argument {
        Argument::Versus(comparison) => Some(comparison.baseline.span),
        _ => None,
    })
}

/// Ids have `-` where columns have `_`, so the two are alike.
fn has(facts: &SampleFacts, name: &str) -> bool {
    let plain = name.replace('-', "_");
    facts.columns.iter().any(|column| column.replace('-', "_") == plain)
}

fn missing(path: &str, facts: &SampleFacts, (role, name): (&str, &str), span: Span) -> Diagnostic {
    let message = format!("`{name}`, the column of {role}, is not in `{path}`");
    let help = match nearest_word(name, facts.columns.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let shown: Vec<String> = facts.columns.iter().take(SHOWN_MAX).map(|column| format!("`{column}`")).collect();
            let more = facts.columns.len().saturating_sub(SHOWN_MAX);
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("name one of {}{rest}, or write the column into the file", shown.join(", "))
        }
    };
    PlanCode::SampleColumn.at(span, message).help(help)
}

//! When a decision is to be thought over, and whether that has come.

use super::matrix::is_accepted;
use crate::criterion::{Facts, Judged, Outcome, breach, judge};
use crate::evidence::Evidence;
use crate::plan::Plan;
use crate::resolved::Resolved;
use crate::standing::{StatusLine, requirements};
use charter_spec::FileSet;
use charter_spec::ast::Decision;
use charter_spec::measure::{Argument, Criterion, CriterionKind, Term, TermKind, ValueKind};
use charter_spec::names::Entry;
use charter_spec::quantity::Date;
use serde::Serialize;
use std::collections::HashMap;

/// When to think again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overturn {
    pub by: Option<String>,
    /// Days until then; negative when it has passed.
    pub days_left: Option<i64>,
    /// One of them is enough.
    pub conditions: Vec<Judged>,
    /// Met when one of the conditions is; unknown when none is and one is unknown.
    pub met: Outcome,
}

/// `None` for a decision that does not say when.
pub fn overturn(facts: &Facts<'_>, entry: &Entry<Decision>) -> Option<Overturn> {
    let revisit = entry.revisit.as_ref()?;
    let by = revisit.by.as_ref().map(|by| by.value);
    let conditions: Vec<Judged> = revisit.condition.iter().map(|condition| overturns(facts, &condition.value)).collect();
    let met = if conditions.iter().any(|judged| judged.outcome == Outcome::Met) {
        Outcome::Met
    } else if conditions.iter().any(|judged| judged.outcome == Outcome::Unknown) {
        Outcome::Unknown
    } else {
        Outcome::NotMet
    };
    let days_left = by.map(|by| by.days_since_epoch() - facts.today.days_since_epoch());
    Some(Overturn { by: by.map(|by| by.to_string()), days_left, conditions, met })
}

/// A requirement named alone stands for its breach: a decision does not fall because a promise is kept.
fn overturns(facts: &Facts<'_>, condition: &Criterion) -> Judged {
    match &condition.kind {
        CriterionKind::Requirement { id, .. } => breach(facts, &format!("breach({})", id.value), &id.value),
        _ => judge(facts, condition),
    }
}

/// Every decision in force that says when to think again, in document order, with whether that has come. What only a signature shows is unknown here.
///
/// Takes time linear in the decisions and in the evidence: each is judged by the standings that it names. A condition on an age looks through the
/// evidence once.
pub fn overturned<'a>(
    resolved: &'a Resolved,
    plan: Option<&'a Plan>,
    evidence: &'a [Evidence],
    today: Date,
) -> Vec<(&'a Entry<Decision>, Overturn)> {
    let in_force = || resolved.spec.decisions.iter().filter(|entry| is_accepted(entry) && entry.revisit.is_some());
    let asked = in_force().any(|entry| entry.revisit.as_ref().is_some_and(|revisit| !revisit.condition.is_empty()));
    let lines = if asked { requirements(resolved, plan, evidence) } else { Vec::new() };
    let mut by_name: HashMap<&str, &StatusLine> = HashMap::new();
    for line in &lines {
        by_name.entry(line.text.as_str()).or_insert(line);
        by_name.insert(line.requirement.as_str(), line);
    }
    let files = FileSet::new();
    in_force()
        .filter_map(|entry| {
            let conditions = entry.revisit.iter().flat_map(|revisit| &revisit.condition);
            let everything = conditions.clone().any(|condition| matches!(condition.value.kind, CriterionKind::Every(_)));
            let names = conditions.filter_map(|condition| named(&condition.value));
            let own: Vec<StatusLine> = names.filter_map(|name| by_name.get(name.as_str()).map(|line| (*line).clone())).collect();
            let standings = if everything { lines.as_slice() } else { own.as_slice() };
            Some((entry, overturn(&Facts { resolved, files: &files, plan, standings, evidence, sign_offs: &[], today }, entry)?))
        })
        .collect()
}

/// The requirement that a condition asks for: by its id, or by its sentence.
fn named(condition: &Criterion) -> Option<String> {
    let last = |path: &charter_spec::measure::Path| path.names.last().map(ToString::to_string);
    match &condition.kind {
        CriterionKind::Requirement { id, .. } => Some(id.value.to_string()),
        CriterionKind::Measure(_) => Some(condition.describe()),
        CriterionKind::Term(Term { kind: TermKind::Call { arguments, .. }, .. }) => match arguments.first()? {
            Argument::Term(Term { kind: TermKind::Path(path), .. }) => last(path),
            Argument::Value(value) => match &value.kind {
                ValueKind::Path(path) => last(path),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

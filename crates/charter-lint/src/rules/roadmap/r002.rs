//! A gate that no machine can open or close.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::age::{is_age, named, subject};
use charter_plan::compile::known_to_arithmetic;
use charter_spec::Severity;
use charter_spec::ast::Phase;
use charter_spec::measure::{Criterion, CriterionKind, Measure, Proof};
use charter_spec::names::Entry;
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    code: "R002",
    severity: Severity::Error,
    title: "gate criterion is not evaluable",
    page: include_str!("../../../tests/rules/R002.md"),
    check,
};

const HELP: &str = "name a requirement (`peak-latency @load`), a measure (`cost.total <= cost.ceiling`), or `every model compared`";

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let promised = promised(lint);
    for phase in &lint.resolved.spec.roadmap {
        words(phase, findings);
        unknown_figures(lint, &promised, phase, findings);
        all_else(phase, findings);
    }
}

fn words(phase: &Entry<Phase>, findings: &mut Findings) {
    for outcome in &phase.gate {
        for criterion in outcome.value.value.iter().filter(|criterion| !criterion.value.is_evaluable()) {
            let text = &criterion.value.text;
            findings.push(
                RULE.finding(format!("`{text}` does not decide whether `{}` ends with `{}`", phase.id.value, outcome.id.value))
                    .at(criterion.span, "words that no machine can evaluate")
                    .at(phase.id.span, "the gate of this phase")
                    .help(HELP)
                    .proven(),
            );
        }
    }
}

/// A measure that nothing will ever tell: arithmetic does not know it, or no run measures it, since no requirement says the same.
fn unknown_figures(lint: &Lint<'_>, promised: &HashSet<String>, phase: &Entry<Phase>, findings: &mut Findings) {
    for outcome in &phase.gate {
        for criterion in &outcome.value.value {
            let CriterionKind::Measure(measure) = &criterion.value.kind else { continue };
            let Some((reason, help)) = unknown(lint, promised, &criterion.value, measure) else { continue };
            let text = &criterion.value.text;
            findings.push(
                RULE.finding(format!("`{text}` does not decide whether `{}` ends with `{}`", phase.id.value, outcome.id.value))
                    .at(criterion.span, reason)
                    .at(phase.id.span, "the gate of this phase")
                    .help(help)
                    .proven(),
            );
        }
    }
}

/// Why nothing will tell it, and the way out.
fn unknown(lint: &Lint<'_>, promised: &HashSet<String>, criterion: &Criterion, measure: &Measure) -> Option<(String, &'static str)> {
    if is_age(measure) {
        let name = subject(measure);
        let found = name.as_ref().is_some_and(|name| named(lint.resolved, name).is_some());
        let name = name.unwrap_or_else(|| "…".to_owned());
        return (!found).then(|| {
            (
                format!("nothing that ages is called `{name}`"),
                "name a control, a model, a requirement, a decision or a file of evidence, as in `age(validation-study) <= 1y`",
            )
        });
    }
    if promised.contains(&criterion.describe()) {
        return None;
    }
    if measure.proof() == Proof::Static {
        return known_to_arithmetic(measure).err().map(|reason| (reason, HELP));
    }
    Some((
        "no run measures it: no requirement says the same".to_owned(),
        "state it as a scenario under `quality:`, with its artifact, and name that scenario here",
    ))
}

/// The sentences of everything that evidence is made about.
fn promised(lint: &Lint<'_>) -> HashSet<String> {
    let spec = &lint.resolved.spec;
    let scenarios = spec.quality.iter().filter_map(|entry| entry.measure.as_ref()).map(|own| own.value.describe());
    let constraints = spec.constraints.iter().filter(|entry| entry.check.len() == 1).flat_map(|entry| &entry.check);
    scenarios.chain(constraints.map(|check| check.value.describe())).collect()
}

/// `else` is what is left when the others do not hold; beside another `else` nothing decides between the two.
fn all_else(phase: &Entry<Phase>, findings: &mut Findings) {
    let is_else = |kind: &CriterionKind| matches!(kind, CriterionKind::Else);
    let left: Vec<_> =
        phase.gate.iter().filter(|outcome| outcome.value.value.iter().any(|criterion| is_else(&criterion.value.kind))).collect();
    let [first, second, ..] = left.as_slice() else { return };
    let names: Vec<String> = left.iter().map(|outcome| format!("`{}`", outcome.id.value)).collect();
    findings.push(
        RULE.finding(format!("nothing decides between {} of `{}`", names.join(", "), phase.id.value))
            .at(first.id.span, "when no other outcome holds")
            .at(second.id.span, "and this one then too")
            .sum(format!("{} of {} outcomes are `else`", left.len(), phase.gate.len()))
            .help(format!("leave one `else`; for the others {HELP}"))
            .proven(),
    );
}

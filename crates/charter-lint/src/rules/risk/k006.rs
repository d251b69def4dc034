//! Risks of AI systems that nobody thought about.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::{Risk, RiskKind, Runtime, Task};
use charter_spec::names::Entry;
use charter_spec::{Severity, Spec};

pub(super) const RULE: Rule = Rule {
    code: "K006",
    severity: Severity::Hint,
    title: "standard AI risk not considered",
    page: include_str!("../../../tests/rules/K006.md"),
    check,
};

const STANDARD: &[(RiskKind, &str, &[&str])] = &[
    (RiskKind::Drift, "drift", &["drift"]),
    (RiskKind::Poisoning, "poisoning", &["poison"]),
    (RiskKind::PromptInjection, "prompt injection", &["injection", "jailbreak"]),
    (RiskKind::Leakage, "leakage", &["leak", "exfiltrat"]),
    (RiskKind::Regulation, "regulation", &["regulat", "ai-act", "gdpr", "compliance"]),
];

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let Some(model) = spec.models.iter().next() else { return };
    let missing: Vec<&str> = STANDARD
        .iter()
        .filter(|(kind, _, _)| *kind != RiskKind::PromptInjection || takes_prompts(spec))
        .filter(|(kind, _, words)| !spec.risks.iter().any(|risk| considers(risk, *kind, words)))
        .map(|(_, name, _)| *name)
        .collect();
    if missing.is_empty() {
        return;
    }
    let place = spec.risks.iter().next().map_or(model.id.span, |risk| risk.id.span);
    let finding = RULE.finding(format!("no risk is about {}", missing.join(", ")));
    let finding = match spec.risks.is_empty() {
        true => finding.at(place, "models, and no risk register"),
        false => finding.at(place, "the register starts here").at(model.id.span, "systems with models have these"),
    };
    findings.push(finding.help("write each down with `kind:`, and `accept:` the ones that do not matter here").proven());
}

fn considers(risk: &Entry<Risk>, kind: RiskKind, words: &[&str]) -> bool {
    let text = format!("{} {}", risk.id.value, risk.about.as_ref().map_or("", |about| about.value.as_str())).to_ascii_lowercase();
    risk.kind.iter().any(|stated| stated.value == kind) || words.iter().any(|word| text.contains(word))
}

fn takes_prompts(spec: &Spec) -> bool {
    let generates = spec.models.iter().any(|model| {
        model.runtime.as_ref().is_some_and(|runtime| runtime.value == Runtime::Llm)
            || model.task.as_ref().is_some_and(|task| task.value == Task::Generation)
    });
    generates || !spec.providers.is_empty() || spec.dependencies.iter().any(|dependency| dependency.id.value.as_str().contains("llm"))
}

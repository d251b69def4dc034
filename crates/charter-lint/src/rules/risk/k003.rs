//! A mitigation on paper.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::{DecisionStatus, Resolution, Risk};
use charter_spec::names::Entry;
use charter_spec::{Diagnostic, Link, SectionName, Severity, Spanned};
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    code: "K003",
    severity: Severity::Error,
    title: "mitigation resolves to nothing in the charter",
    page: include_str!("../../../tests/rules/K003.md"),
    check,
};

/// What a mitigation leads to.
enum Found {
    /// Something that can do something about a risk.
    Something,
    /// No element, section, task, rung or file.
    Nothing,
    /// A file that no section of the charter names.
    StrangeFile,
    /// Something that does nothing about a risk, and why.
    Idle(&'static str),
}

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let files = files(lint);
    for risk in &lint.resolved.spec.risks {
        let places: Vec<(&Spanned<Link>, Found)> = risk.mitigate.iter().map(|link| (link, follow(lint, &files, risk, link))).collect();
        let found = places.iter().filter(|(_, found)| matches!(found, Found::Something | Found::StrangeFile)).count();
        for (link, what) in &places {
            if let Some(finding) = judge(risk, link, what) {
                findings.push(finding.sum(format!("{found} of {} mitigations exist", places.len())));
            }
        }
    }
}

fn judge(risk: &Entry<Risk>, link: &Spanned<Link>, found: &Found) -> Option<Diagnostic> {
    let id = &risk.id.value;
    Some(match found {
        Found::Something => return None,
        Found::Nothing => RULE
            .finding(format!("`{}` is to mitigate `{id}`, and is nothing in this charter", link.value))
            .at(link.span, "no element, section, task or file has this name")
            .at(risk.id.span, "the risk that it is to mitigate")
            .help(format!(
                "name what does it, such as a control, a ladder or a scenario; or plan it: add `{}` to a phase's `do`",
                link.value
            ))
            .proven(),
        Found::Idle(why) => RULE
            .finding(format!("`{}` is to mitigate `{id}`, and is {why}", link.value))
            .at(link.span, "does nothing about it")
            .at(risk.id.span, "the risk that it is to mitigate")
            .help("name what makes it less likely or less harmful: a control, a ladder, a scenario, a task")
            .proven(),
        Found::StrangeFile => RULE
            .finding_of(Severity::Warning, format!("`{}` is to mitigate `{id}`, and nothing in this charter names that file", link.value))
            .at(link.span, "looks like a file, and no section knows it")
            .at(risk.id.span, "the risk that it is to mitigate")
            .help("name it where it belongs, so that it is read: a `contract`, a `card`, a `record`, or `evidence` of a control")
            .assumes(format!("`{}` is not there", link.value))
            .asks(format!("the element that `{}` belongs to", link.value)),
    })
}

fn follow(lint: &Lint<'_>, files: &HashSet<&str>, risk: &Entry<Risk>, link: &Link) -> Found {
    // The index knows elements and tasks at once; sections, files and rungs take a closer look.
    if !link.as_str().contains('/')
        && let Some(element) = lint.resolved.index.follow(link).filter(|element| !element.is_whole())
    {
        return match element.section {
            SectionName::Risks if element.id == risk.id.value => Found::Idle("the risk itself"),
            SectionName::Risks => Found::Idle("another risk"),
            SectionName::Stakeholders => Found::Idle("a stakeholder: `owner` says who answers for it"),
            SectionName::Waivers => Found::Idle("a waiver, which takes a deviation on and mends nothing"),
            SectionName::Decisions => decided(lint, risk, element.id.as_str()),
            _ => Found::Something,
        };
    }
    match lint.resolved.spec.follow(link) {
        Resolution::Nothing => {
            // `fraud/degraded` is a rung: its ladder has to have it.
            let rung = link.as_str().split_once('/').is_some_and(|(of, rung)| {
                let mut ladders = lint.resolved.index.all(of).flat_map(|element| lint.resolved.ladders.of(&element).collect::<Vec<_>>());
                ladders.any(|ladder| ladder.rungs.iter().any(|known| known.name.as_str() == rung))
            });
            if rung { Found::Something } else { Found::Nothing }
        }
        Resolution::File(path) if !files.contains(path.as_str()) => Found::StrangeFile,
        Resolution::Section(SectionName::Risks | SectionName::Stakeholders | SectionName::Waivers | SectionName::Challenges) => {
            Found::Idle("a section in which nothing is done")
        }
        _ => Found::Something,
    }
}

/// A decision mitigates while it is in force, and never the risk that it brings.
fn decided(lint: &Lint<'_>, risk: &Entry<Risk>, id: &str) -> Found {
    let Some(decision) = lint.resolved.spec.decisions.get(id) else { return Found::Nothing };
    let closed = decision
        .status
        .as_ref()
        .is_some_and(|status| matches!(status.value, DecisionStatus::Rejected | DecisionStatus::Deprecated | DecisionStatus::Superseded));
    if closed {
        return Found::Idle("a decision that is no longer in force");
    }
    if risk.from.iter().any(|from| from.value.id == *id) || decision.accepts.iter().any(|accepted| accepted.value.id == risk.id.value) {
        return Found::Idle("the decision that brings it");
    }
    Found::Something
}

/// Files that sections of the charter name: contracts that are there, and what is reported elsewhere when it is missing.
fn files<'a>(lint: &Lint<'a>) -> HashSet<&'a str> {
    let spec = &lint.resolved.spec;
    let mut files: HashSet<&str> = lint.resolved.contracts.keys().map(String::as_str).collect();
    files.extend(spec.controls.iter().flat_map(|control| &control.evidence).map(|file| file.value.as_str()));
    files.extend(spec.models.iter().filter_map(|model| model.card.as_ref()).map(|file| file.value.as_str()));
    files.extend(spec.decisions.iter().filter_map(|decision| decision.record.as_ref()).map(|file| file.value.as_str()));
    for version in spec.models.iter().flat_map(|model| &model.versions) {
        files.extend(version.evidence.iter().map(|file| file.value.as_str()));
        files.extend(version.signature.iter().map(|file| file.value.as_str()));
        files.extend(version.onnx.iter().map(|file| file.value.as_str()));
    }
    files.extend(spec.quality.iter().filter_map(|scenario| scenario.samples.as_ref()).map(|file| file.value.as_str()));
    files.extend(spec.routes.iter().filter_map(|route| route.samples.as_ref()).map(|file| file.value.as_str()));
    files
}

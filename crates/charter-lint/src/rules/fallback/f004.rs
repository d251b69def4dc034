//! A ladder that guards something, and nobody said which way it fails.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::resolved::{Element, Ladder};
use charter_spec::ast::{Attribute, Task};
use charter_spec::{Id, SectionName, Severity, Span, Spec};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    code: "F004",
    severity: Severity::Error,
    title: "fraud or safety ladder without `fail: open` or `fail: closed`",
    page: include_str!("../../../tests/rules/F004.md"),
    check,
};

/// Words in an id that say that something is guarded.
const GUARDS: &[&str] = &["fraud", "safety", "abuse", "moderation", "admission", "guard"];

/// Why an element is held to guard something.
enum Reason {
    Stated(Span, &'static str),
    Name(String),
}

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let mut undecided: HashMap<&Id, &Ladder> = HashMap::new();
    for ladder in &lint.resolved.ladders.all {
        if matches!(ladder.of.section, SectionName::Routes | SectionName::Models) && ladder.fail.is_none() {
            undecided.entry(&ladder.of.id).or_insert(ladder);
        }
    }
    // One word for an element is enough, wherever it stands.
    for ladder in lint.resolved.ladders.all.iter().filter(|ladder| ladder.fail.is_some()) {
        undecided.remove(&ladder.of.id);
    }
    for ladder in undecided.into_values() {
        let Some(reason) = guards(lint, &ladder.of) else { continue };
        let id = &ladder.of.id;
        let finding = RULE
            .finding(format!("nobody said what happens to a call when no rung of `{id}` answers"))
            .at(ladder.span, "let through, or refused?");
        let finding = match reason {
            Reason::Stated(span, text) => finding.at(span, text).proven(),
            Reason::Name(word) => finding
                .assumes(format!("`{id}` decides what is let through, as `{word}` in its name says"))
                .asks(format!("`models.{id}.decides_about_people`")),
        };
        findings.push(finding.help("write `fail: closed` to refuse, or `fail: open` to let through"));
    }
}

fn guards(lint: &Lint<'_>, of: &Element) -> Option<Reason> {
    let spec = &lint.resolved.spec;
    let asked = lint.resolved.references.from(of).filter(|reference| reference.role == "answer").map(|reference| &reference.to.id);
    let models: Vec<&Id> = std::iter::once(&of.id).chain(asked).collect();
    if let Some(reason) = models.iter().find_map(|model| stated(spec, model)) {
        return Some(reason);
    }
    let scenario = spec.quality.iter().find(|scenario| {
        let safety = scenario.attribute.as_ref().is_some_and(|attribute| attribute.value == Attribute::Safety);
        safety && scenario.artifact.as_ref().is_some_and(|artifact| models.iter().any(|model| artifact.as_str() == model.as_str()))
    });
    if let Some(scenario) = scenario {
        return Some(Reason::Stated(scenario.id.span, "a promise about safety"));
    }
    let name = of.id.as_str().to_ascii_lowercase();
    GUARDS.iter().find(|word| name.contains(**word)).map(|word| Reason::Name((*word).to_owned()))
}

fn stated(spec: &Spec, model: &Id) -> Option<Reason> {
    let model = spec.models.get(model)?;
    let about_people = model.decides_about_people.as_ref().filter(|decides| decides.value);
    let anomaly = model.task.as_ref().filter(|task| task.value == Task::Anomaly);
    about_people
        .map(|decides| Reason::Stated(decides.span, "it decides about people"))
        .or_else(|| anomaly.map(|task| Reason::Stated(task.span, "it looks for what must be stopped")))
}

//! A model or soft dependency that nothing stands in for.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::data::call::{has_ladder, is_called};
use charter_plan::resolved::{Element, RungMeans};
use charter_spec::{Id, SectionName, Severity, Span};
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    code: "F001",
    severity: Severity::Error,
    title: "model or soft dependency without a ladder",
    page: include_str!("../../../tests/rules/F001.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let covered = covered(lint);
    for model in &spec.models {
        let id = &model.id.value;
        if covered.contains(id) {
            continue;
        }
        let element = Element::new(SectionName::Models, id);
        let asked = lint.resolved.references.to(&element).find(|reference| reference.role == "answer");
        push(id, model.id.span, asked.map(|asked| (asked.span, format!("`{}` asks it and nothing else", asked.from))), findings);
    }
    for dependency in &spec.dependencies {
        let Some(hard) = dependency.hard.as_ref().filter(|hard| !hard.value) else { continue };
        if is_called(lint, dependency) && !has_ladder(lint, dependency) {
            push(&dependency.id.value, dependency.id.span, Some((hard.span, "there shall be an answer without it".to_owned())), findings);
        }
    }
    for ladder in &lint.resolved.ladders.all {
        if ladder.rungs.len() == 1 {
            let message = format!("the ladder of `{}` has one rung", ladder.of.id);
            findings.push(RULE.finding(message).at(ladder.span, "no step down").help(help(&ladder.of.id)).proven());
        }
    }
}

fn push(id: &Id, declared: Span, second: Option<(Span, String)>, findings: &mut Findings) {
    let mut finding = RULE.finding(format!("nothing answers when `{id}` fails")).at(declared, "no ladder: neither degraded nor fallback");
    if let Some((span, text)) = second {
        finding = finding.at(span, text);
    }
    findings.push(finding.help(help(id)).proven());
}

fn help(id: &Id) -> String {
    format!(
        "write what answers instead: `degradation: {{ {id}: {{ full: …, degraded: …, fallback: {{ …: static }} }} }}`, or a `ladder` in its route"
    )
}

/// Models that some ladder stands in for: their own, their route's, or one that they are a rung of.
fn covered<'a>(lint: &Lint<'a>) -> HashSet<&'a Id> {
    let mut covered = HashSet::new();
    for ladder in &lint.resolved.ladders.all {
        match ladder.of.section {
            SectionName::Models => {
                covered.insert(&ladder.of.id);
            }
            SectionName::Routes => {
                // A ladder of a route stands in for every model that the route asks.
                let asked = lint.resolved.references.from(&ladder.of).filter(|reference| matches!(reference.role, "answer" | "canary"));
                covered.extend(asked.map(|reference| &reference.to.id));
                covered.insert(&ladder.of.id);
            }
            _ => {}
        }
        covered.extend(ladder.rungs.iter().filter_map(|rung| match &rung.means {
            RungMeans::Model { model, .. } => Some(model),
            _ => None,
        }));
    }
    covered
}

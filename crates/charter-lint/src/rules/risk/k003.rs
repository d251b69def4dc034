//! A mitigation on paper.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::Resolution;
use charter_spec::{Link, Severity, Spanned};

pub(super) const RULE: Rule = Rule {
    code: "K003",
    severity: Severity::Error,
    title: "mitigation resolves to nothing in the charter",
    page: include_str!("../../../tests/rules/K003.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    for risk in &spec.risks {
        let places: Vec<(&Spanned<Link>, bool)> = risk.mitigate.iter().map(|link| (link, is_something(lint, link))).collect();
        let found = places.iter().filter(|(_, found)| *found).count();
        for (link, _) in places.iter().filter(|(_, found)| !found) {
            findings.push(
                RULE.finding(format!("`{}` is to mitigate `{}`, and is nothing in this charter", link.value, risk.id.value))
                    .at(link.span, "no element, section, task or file has this name")
                    .at(risk.id.span, "the risk that it is to mitigate")
                    .sum(format!("{found} of {} mitigations exist", places.len()))
                    .help(format!(
                        "name what does it, such as a control, a ladder or a scenario; or plan it: add `{}` to a phase's `do`",
                        link.value
                    ))
                    .proven(),
            );
        }
    }
}

fn is_something(lint: &Lint<'_>, link: &Link) -> bool {
    // The index knows elements and tasks at once; sections, files and rungs take a closer look.
    if !link.as_str().contains('/') && lint.resolved.index.follow(link).is_some_and(|element| !element.is_whole()) {
        return true;
    }
    if let Resolution::Nothing = lint.resolved.spec.follow(link) {
        // `fraud/degraded` is a rung: its ladder has to have it.
        let Some((of, rung)) = link.as_str().split_once('/') else { return false };
        return lint.resolved.ladders.of_id(of).any(|ladder| ladder.rungs.iter().any(|known| known.name.as_str() == rung));
    }
    true
}

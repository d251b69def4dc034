//! Code drawn where it is not worth it.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::{Architecture, C4Level};
use charter_spec::{Diagnostic, Severity};
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    code: "A003",
    severity: Severity::Hint,
    title: "code level asked for a path that is not critical",
    page: include_str!("../../../tests/rules/A003.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let Some(architecture) = &lint.resolved.spec.architecture else { return };
    let critical = critical(&architecture.value);
    for view in &architecture.value.views {
        let Some(level) = view.level.as_ref().filter(|level| level.value == C4Level::Code) else { continue };
        let opened: Vec<_> = view.of.iter().chain(view.shows.iter()).collect();
        if opened.is_empty() {
            findings.push(ways_out(
                RULE.finding(format!("view `{}` draws the code of everything", view.id.value)).at(level.span, "and opens no critical path"),
            ));
        }
        for element in opened {
            if critical.contains(element.value.as_str()) {
                continue;
            }
            let message = format!("view `{}` draws the code of `{}`, which is on no critical path", view.id.value, element.value);
            let mut finding = RULE.finding(message).at(element.span, "its code is asked for");
            if let Some(place) = lint.resolved.index.find(&element.value).and_then(|element| lint.resolved.index.place(&element)) {
                finding = finding.at(place, "not said to be critical");
            }
            findings.push(ways_out(finding));
        }
    }
}

fn ways_out(finding: Diagnostic) -> Diagnostic {
    finding.help("say `critical: true` there, or draw it at `level: component`").proven()
}

/// What is on a critical path; a component is with its container.
fn critical(architecture: &Architecture) -> HashSet<&str> {
    let stated = |critical: &charter_spec::Field<bool>| critical.as_ref().is_some_and(|critical| critical.value);
    let mut found = HashSet::new();
    for container in &architecture.containers {
        let whole = stated(&container.critical);
        found.extend(whole.then_some(container.id.value.as_str()));
        let parts = container.components.iter().filter(|component| whole || stated(&component.critical));
        found.extend(parts.map(|component| component.id.value.as_str()));
    }
    found
}

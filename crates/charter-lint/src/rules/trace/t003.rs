//! People without promises, and promises without people.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::resolved::Element;
use charter_spec::ast::Stakeholder;
use charter_spec::names::{Entry, Ref, target};
use charter_spec::{SectionName, Severity};

pub(super) const RULE: Rule = Rule {
    code: "T003",
    severity: Severity::Warning,
    title: "stakeholder cares about nothing measured, or scenario nobody cares about",
    page: include_str!("../../../tests/rules/T003.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let mut everything = false;
    for stakeholder in &spec.stakeholders {
        everything |=
            stakeholder.cares.iter().any(|care| lint.resolved.index.find(&care.value) == Some(Element::whole(SectionName::Quality)));
        if !stakeholder.cares.iter().any(|care| is_measured(lint, &care.value)) {
            unheard(stakeholder, findings);
        }
    }
    // Without stakeholders nobody has been asked yet.
    let Some(first) = spec.stakeholders.iter().next().filter(|_| !everything) else { return };
    for scenario in &spec.quality {
        let element = Element::new(SectionName::Quality, &scenario.id.value);
        if lint.resolved.references.to(&element).any(|reference| reference.role == "cares") {
            continue;
        }
        findings.push(
            RULE.finding(format!("nobody cares about `{}`", scenario.id.value))
                .at(scenario.id.span, "promised to whom?")
                .at(first.id.span, "nobody here and below names it")
                .help("add it to the `cares` of whoever asked for it, or leave it out")
                .proven(),
        );
    }
}

fn is_measured(lint: &Lint<'_>, care: &Ref<target::Requirement>) -> bool {
    match lint.resolved.index.find(care).map(|element| element.section) {
        Some(SectionName::Risks | SectionName::Challenges) | None => false,
        Some(_) => true,
    }
}

fn unheard(stakeholder: &Entry<Stakeholder>, findings: &mut Findings) {
    let finding = RULE
        .finding(format!("nothing that is measured matters to `{}`", stakeholder.id.value))
        .at(stakeholder.id.span, "by which number will they judge the system?");
    let finding = match stakeholder.cares.span() {
        Some(cares) => finding.at(cares, "no scenario, constraint or control"),
        None => finding,
    };
    findings.push(finding.help("ask them, and name it: `cares: [peak-latency]`").proven());
}

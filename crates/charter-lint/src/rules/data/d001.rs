//! Data that come in without a contract.

use super::agreed::unread;
use crate::rule::{Findings, Lint, Rule};
use charter_plan::resolved::Element;
use charter_spec::ast::Direction;
use charter_spec::{SectionName, Severity};

pub(super) const RULE: Rule = Rule {
    code: "D001",
    severity: Severity::Error,
    title: "upstream without contract",
    page: include_str!("../../../tests/rules/D001.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for dependency in &lint.resolved.spec.dependencies {
        let Some(direction) = dependency.direction.as_ref().filter(|direction| direction.value == Direction::Upstream) else { continue };
        let id = &dependency.id.value;
        if let Some(file) = &dependency.contract {
            if let Some(problem) = unread(lint, file) {
                findings.push(
                    RULE.finding(format!("`{id}` feeds the system without a contract: `{}` {problem}", file.value.as_str()))
                        .at(file.span, format!("named here, and it {problem}"))
                        .at(dependency.id.span, "so nobody promises what comes from here")
                        .help("add the file, with schema, quality and service level")
                        .proven(),
                );
            }
            continue;
        }
        let element = Element::new(SectionName::Dependencies, id);
        let mut finding = RULE
            .finding(format!("`{id}` feeds the system without a contract"))
            .at(dependency.id.span, "nobody promises what comes from here, nor how good it is");
        let relies = |role: &str| matches!(role, "needs" | "feeds_from" | "from" | "live" | "calls");
        finding = match lint.resolved.references.to(&element).find(|reference| relies(reference.role)) {
            Some(reference) => finding.at(reference.span, format!("`{}` relies on it", reference.from)),
            None => finding.at(direction.span, "it feeds us"),
        };
        findings.push(finding.help(format!("agree on schema, quality and service level: `contract: contracts/{id}.odcs.yaml`")).proven());
    }
}

//! A contract that says which columns there are, and not how good they are.

use super::agreed::unread;
use crate::rule::{Findings, Lint, Rule};
use crate::rules::wording::amount;
use charter_plan::contract::Format;
use charter_spec::ast::{Dependency, Direction};
use charter_spec::names::{Contract, Entry, FileRef};
use charter_spec::{Severity, Spanned};
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    code: "D007",
    severity: Severity::Warning,
    title: "contract has no quality or SLA rule",
    page: include_str!("../../../tests/rules/D007.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let dependencies = spec.dependencies.iter().filter_map(|dependency| dependency.contract.as_ref());
    let data = spec.data.iter().filter_map(|data| data.contract.as_ref());
    let routes = spec.routes.iter().filter_map(|route| route.input.as_ref());
    // What feeds the system without a contract is another rule's finding.
    let upstream =
        |dependency: &&Entry<Dependency>| dependency.direction.as_ref().is_some_and(|direction| direction.value == Direction::Upstream);
    let reported = spec.dependencies.iter().filter(upstream).filter_map(|dependency| dependency.contract.as_ref());
    let mut seen: HashSet<&str> = reported.filter(|file| unread(lint, file).is_some()).map(|file| file.value.as_str()).collect();
    for file in dependencies.chain(data).chain(routes) {
        if seen.insert(file.value.as_str()) {
            judge(lint, file, findings);
        }
    }
}

fn judge(lint: &Lint<'_>, file: &Spanned<FileRef<Contract>>, findings: &mut Findings) {
    let path = file.value.as_str();
    if let Some(problem) = unread(lint, file) {
        findings.push(
            RULE.finding(format!("`{path}` {problem}, so it promises neither quality nor a service level"))
                .at(file.span, format!("relied on here, and it {problem}"))
                .help("add the file, or remove its name")
                .proven(),
        );
        return;
    }
    let Some(contract) = lint.resolved.contracts.get(path).filter(|contract| contract.format == Format::DataContract) else { return };
    if !contract.quality_rules.is_empty() || !contract.service_levels.is_empty() {
        return;
    }
    findings.push(
        RULE.finding(format!("`{path}` promises a schema, but neither quality nor a service level"))
            .at(file.span, "relied on here")
            .at(contract.span, "no `quality` and no `slaProperties`")
            .sum(format!("{}, 0 quality rules, 0 service levels", amount(contract.properties.len() as f64, "column")))
            .help("add at least one `quality` rule to a column, and `slaProperties` such as `frequency` or `latency`")
            .proven(),
    );
}

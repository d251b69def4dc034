//! A model file that its device does not take.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::arithmetic::capacity::bytes;
use charter_plan::resolved::Element;
use charter_spec::ast::Model;
use charter_spec::names::Entry;
use charter_spec::{Id, SectionName, Severity};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    code: "C009",
    severity: Severity::Error,
    title: "version larger than its device takes",
    page: include_str!("../../../tests/rules/C009.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let Some(capacity) = &spec.capacity else { return };
    for sized in &capacity.models {
        let Some(most) = &sized.size_max else { continue };
        for model in running_there(lint, &sized.id.value) {
            for version in &model.versions {
                let Some(size) = version.size.as_ref().filter(|size| size.bytes() - most.bytes() >= 1.0) else { continue };
                let (is, takes) = (bytes(size.bytes()), bytes(most.bytes()));
                let over = bytes(size.bytes() - most.bytes());
                findings.push(
                    RULE.finding(format!("`{}@{}` is {is}, and its device takes {takes}", model.id.value, version.id.value))
                        .at(size.span, "the file")
                        .at(most.span, "the device")
                        .sum(format!("{is} − {takes} = {over} too much"))
                        .help("quantize or prune it, or leave it to devices that take it")
                        .proven(),
                );
            }
        }
    }
}

/// The model of the capacity entry, and those that the route of that name asks.
fn running_there<'a>(lint: &Lint<'a>, sized: &Id) -> Vec<&'a Entry<Model>> {
    let route = Element::new(SectionName::Routes, sized);
    let references = lint.resolved.references.from(&route).filter(|reference| matches!(reference.role, "answer" | "canary"));
    let ids: BTreeSet<&str> = references.map(|reference| reference.to.id.as_str()).chain([sized.as_str()]).collect();
    ids.into_iter().filter_map(|id| lint.resolved.spec.models.get_entry(id)).collect()
}

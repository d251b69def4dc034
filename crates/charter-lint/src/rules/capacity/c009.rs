//! A model file that its device does not take.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::arithmetic::capacity::bytes;
use charter_plan::resolved::Element;
use charter_spec::{Id, SectionName, Severity};

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
        for model in spec.models.iter().filter(|model| runs_there(lint, &model.id.value, &sized.id.value)) {
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

/// Whether the capacity entry is the model's own, or that of a route that asks it.
fn runs_there(lint: &Lint<'_>, model: &Id, sized: &Id) -> bool {
    let element = Element::new(SectionName::Models, model);
    model == sized
        || lint.resolved.references.to(&element).any(|reference| {
            reference.from.section == SectionName::Routes && reference.from.id == *sized && matches!(reference.role, "answer" | "canary")
        })
}

//! A model that does not fit its device.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::sums;
use charter_plan::arithmetic::capacity::bytes;
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "C002",
    severity: Severity::Error,
    title: "model + batch × item + overhead exceed the device memory",
    page: include_str!("../../../tests/rules/C002.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for served in &lint.resolved.capacity.models {
        let (Some(needed), Some(device)) = (&served.memory_bytes, &served.device_bytes) else { continue };
        let over = needed.value() - device.value();
        // Less than a byte is the last bit of a float.
        if over < 1.0 {
            continue;
        }
        let message = format!("`{}` needs {} and its device has {}", served.id, bytes(needed.value()), bytes(device.value()));
        let finding = RULE.finding(message).at(needed.span(), "the largest part").at(device.span(), "the device");
        let finding =
            sums(finding, needed).sum(format!("{} − {} = {} too much", bytes(needed.value()), bytes(device.value()), bytes(over)));
        // Parts that are not stated can only add to what is too much already, so nothing is assumed.
        findings.push(finding.help("make the batch smaller, quantize the model, or take a larger device").proven());
    }
}

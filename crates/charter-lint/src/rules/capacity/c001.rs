//! Fewer replicas than the formula needs.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::{derived, rests_on, sums};
use charter_plan::arithmetic::derivation::number;
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "C001",
    severity: Severity::Error,
    title: "declared replicas are fewer than peak ÷ throughput × safety",
    page: include_str!("../../../tests/rules/C001.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let Some(capacity) = &lint.resolved.spec.capacity else { return };
    for served in &lint.resolved.capacity.models {
        let (Some(needed), Some(sized)) = (&served.replicas, capacity.models.get(&served.id)) else { continue };
        let most = sized.max_replicas.as_ref().map(|most| (most, "max_replicas", "at most"));
        let written = sized.replicas.as_ref().map(|exact| (exact, "replicas", "always"));
        let short = written.into_iter().chain(most).find(|(count, ..)| count.value.base < needed.value());
        let Some((count, key, how)) = short else { continue };
        let replicas = if count.value.base == 1.0 { "replica" } else { "replicas" };
        let written = number(count.value.base);
        let message = format!("`{}` has {how} {written} {replicas} and needs {} at the peak", served.id, number(needed.value()));
        let mut finding = RULE.finding(message).at(count.span, format!("{how} {written}"));
        if let Some(peak) = &served.peak_rps {
            finding = sums(finding.at(peak.span(), "the peak comes from here"), peak);
        }
        let finding = sums(finding, needed).help(format!("leave `{key}` out, it is derived; or write at least {}", number(needed.value())));
        // The exact number is derived, so a wrong one is mended; a maximum is somebody's choice.
        let finding = if key == "replicas" { finding.fix(derived(count.span, needed.value())) } else { finding };
        findings.push(rests_on(finding, &[needed]));
    }
}

//! A decision that breaks what is not negotiable.

use super::matrix::{chosen, is_accepted};
use crate::rule::{Findings, Lint, Rule};
use crate::rules::data::residency::{inside, residency};
use charter_plan::arithmetic::derivation::number;
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "N002",
    severity: Severity::Error,
    title: "accepted decision violates a constraint",
    page: include_str!("../../../tests/rules/N002.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let resolved = lint.resolved;
    let residency = residency(&resolved.spec);
    for decision in resolved.spec.decisions.iter().filter(|decision| is_accepted(decision)) {
        let Some(option) = chosen(decision) else { continue };
        let name = format!("`{}`, chosen in `{}`,", option.id.value, decision.id.value);
        for broken in &option.violates {
            let mut finding = RULE.finding(format!("{name} violates `{}`", broken.value)).at(broken.span, "by its own word");
            if let Some(place) = resolved.index.find(&broken.value).and_then(|element| resolved.index.place(&element)) {
                finding = finding.at(place, "not negotiable here");
            }
            findings.push(finding.help("choose another option, or negotiate the constraint and change it").proven());
        }
        if let (Some(cost), Some(ceiling)) = (&option.cost, &resolved.cost.ceiling)
            && cost.per_month() > ceiling.value()
        {
            let (cost_text, ceiling_text) = (number(cost.per_month()), number(ceiling.value()));
            findings.push(
                RULE.finding(format!("{name} costs more than the ceiling"))
                    .at(cost.span, format!("{cost_text} a month"))
                    .at(ceiling.span(), format!("at most {ceiling_text} a month"))
                    .sum(format!("{cost_text} > {ceiling_text} {}", resolved.cost.currency))
                    .help("choose a cheaper option, or raise the ceiling with whoever set it")
                    .proven(),
            );
        }
        if let (Some(region), Some(residency)) = (&option.region, &residency)
            && inside(&region.value, &residency.areas) == Some(false)
        {
            let areas = residency.areas.join(", ");
            findings.push(
                RULE.finding(format!("{name} would run in `{}`, outside {areas}", region.value))
                    .at(region.span, format!("not in {areas}"))
                    .at(residency.span, "data must stay here")
                    .help(format!("run it in {areas}"))
                    .proven(),
            );
        }
    }
}

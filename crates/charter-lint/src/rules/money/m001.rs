//! Nothing bounds the bill.

use super::bill::limits;
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;

pub(super) const RULE: Rule =
    Rule { code: "M001", severity: Severity::Error, title: "no cost ceiling", page: include_str!("../../../tests/rules/M001.md"), check };

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let bounded = spec.cost.as_ref().is_some_and(|cost| cost.ceiling.is_some()) || limits(spec).next().is_some();
    // A charter that runs nothing yet spends nothing.
    let first = spec.models.iter().next().map(|model| model.id.span).or_else(|| spec.routes.iter().next().map(|route| route.id.span));
    let Some(spends) = first.filter(|_| !bounded) else { return };
    let place = spec.cost.as_ref().map_or(spends, |cost| cost.span);
    findings.push(
        RULE.finding("nothing says what this may cost at most")
            .at(place, "this costs money every month")
            .help("state it, for example `cost: { ceiling: 50_000 USD/month, reserve: 15% }`")
            .proven()
            .asks("`cost.ceiling`"),
    );
}

//! Too much on one pair of shoulders.

use super::level::is_high;
use crate::rule::{Findings, Lint, Rule};
use charter_plan::arithmetic::derivation::percent;
use charter_spec::ast::{Level, Stakeholder};
use charter_spec::names::{Ref, target};
use charter_spec::{Field, Id, Severity, Span, Spec};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    code: "K005",
    severity: Severity::Warning,
    title: "one owner on more than half of the critical items",
    page: include_str!("../../../tests/rules/K005.md"),
    check,
};

/// Below this many items a half says nothing.
const ITEMS_MIN: usize = 4;

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let items = items(spec);
    if items.len() < ITEMS_MIN {
        return;
    }
    let mut by_owner: BTreeMap<&Id, Vec<Span>> = BTreeMap::new();
    for (owner, span) in &items {
        by_owner.entry(owner).or_default().push(*span);
    }
    for (owner, places) in by_owner {
        let Some(stakeholder) = spec.stakeholders.get_entry(owner) else { continue };
        if places.len() * 2 <= items.len() || is_several(stakeholder) {
            continue;
        }
        #[allow(clippy::cast_precision_loss)] // Counts of elements are small.
        let share = places.len() as f64 / items.len() as f64;
        let mut finding = RULE
            .finding(format!("`{owner}` answers for {} of {} critical items", places.len(), items.len()))
            .at(stakeholder.id.span, "if they leave");
        for place in places.iter().take(3) {
            finding = finding.at(*place, "theirs");
        }
        findings.push(
            finding
                .sum(format!("{} ÷ {} = {} > 50 %", places.len(), items.len(), percent(share)))
                .help("give some of them another owner, or name a team")
                .assumes(format!("`{owner}` is one person"))
                .asks(format!("`stakeholders.{owner}.role`: a person or a team")),
        );
    }
}

/// Owners of what is critical: models and dependencies that much depends on, and high risks.
fn items(spec: &Spec) -> Vec<(&Id, Span)> {
    let much = |level: &Field<Level>| level.as_ref().is_some_and(|level| matches!(level.value, Level::High | Level::Critical));
    let mut items: Vec<(&Field<Ref<target::Stakeholder>>, Span)> = Vec::new();
    items.extend(spec.models.iter().filter(|model| much(&model.criticality)).map(|model| (&model.owner, model.id.span)));
    items.extend(spec.dependencies.iter().filter(|entry| much(&entry.criticality)).map(|entry| (&entry.owner, entry.id.span)));
    items.extend(spec.risks.iter().filter(|risk| is_high(risk)).map(|risk| (&risk.owner, risk.id.span)));
    items.into_iter().filter_map(|(owner, span)| Some((&owner.as_ref()?.value.id, span))).collect()
}

/// A role in the plural, or a team, is more than one person.
fn is_several(stakeholder: &Stakeholder) -> bool {
    stakeholder.role.as_ref().is_some_and(|role| {
        let role = role.value.trim().to_ascii_lowercase();
        role.contains("team") || role.contains('&') || role.contains(" and ") || role.ends_with('s')
    })
}

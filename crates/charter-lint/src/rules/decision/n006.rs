//! What a decision gives up, carried by nobody.

use super::matrix::{Matrix, chosen, is_accepted};
use crate::rule::{Findings, Lint, Rule};
use charter_plan::arithmetic::derivation::number;
use charter_plan::resolved::Element;
use charter_spec::ast::Decision;
use charter_spec::names::Entry;
use charter_spec::{SectionName, Severity};

pub(super) const RULE: Rule = Rule {
    code: "N006",
    severity: Severity::Warning,
    title: "negative consequence not carried as a risk",
    page: include_str!("../../../tests/rules/N006.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for decision in lint.resolved.spec.decisions.iter().filter(|decision| is_accepted(decision)) {
        let element = Element::new(SectionName::Decisions, &decision.id.value);
        let carried = !decision.accepts.is_empty() || lint.resolved.references.to(&element).any(|reference| reference.role == "from");
        if !carried {
            bad_consequences(decision, findings);
        }
        let (Some(matrix), Some(chosen)) = (Matrix::of(decision).filter(|_| !carried), chosen(decision)) else { continue };
        let Some(winner) = matrix.options.iter().find(|row| row.option.id == chosen.id) else { continue };
        let given_up = matrix.criteria.iter().enumerate().find_map(|(at, (name, _))| {
            let own = *winner.scores.get(at)?;
            let better = matrix.options.iter().find(|row| row.scores.get(at).is_some_and(|score| *score > own))?;
            Some((name, own, better, *better.scores.get(at)?))
        });
        let Some((criterion, own, better, score)) = given_up else { continue };
        findings.push(
            RULE.finding(format!("`{}` gives up `{criterion}`, and no risk carries that", decision.id.value))
                .at(chosen.id.span, format!("scores {} on `{criterion}`", number(own)))
                .at(better.option.id.span, format!("scores {}", number(score)))
                .sum(format!("{} < {}", number(own), number(score)))
                .help(format!("write the risk that comes with it, and name it: `decisions.{}.accepts`", decision.id.value))
                .proven(),
        );
    }
}

/// Consequences that are said to be unwelcome, and that no risk carries.
fn bad_consequences(decision: &Entry<Decision>, findings: &mut Findings) {
    for consequence in &decision.consequences {
        let Some(good) = consequence.good.as_ref().filter(|good| !good.value && consequence.risk.is_none()) else { continue };
        findings.push(
            RULE.finding(format!("`{}` has the bad consequence `{}`, and no risk carries it", decision.id.value, consequence.id.value))
                .at(consequence.id.span, "comes with the decision")
                .at(good.span, "not welcome")
                .help("name the risk that carries it: `risk: ID`")
                .proven(),
        );
    }
}

//! A requirement that nothing can prove.

use super::undecided::{self, Missing};
use crate::rule::{Findings, Lint, Rule};
use charter_plan::resolved::{Element, RequirementProof};
use charter_spec::ast::Scenario;
use charter_spec::measure::{CriterionKind, Proof};
use charter_spec::names::Entry;
use charter_spec::{Diagnostic, SectionName, Severity};

pub(super) const RULE: Rule = Rule {
    code: "T001",
    severity: Severity::Error,
    title: "requirement has no possible proof",
    page: include_str!("../../../tests/rules/T001.md"),
    check,
};

/// Most requirements that are shown as places of one finding.
const PLACES_MAX: usize = 8;

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    if let Some(finding) = nothing_to_call(lint) {
        findings.push(finding);
    }
    for proof in &lint.resolved.proofs {
        let scenario = (proof.element.section == SectionName::Quality).then(|| spec.quality.get_entry(&proof.element.id)).flatten();
        let finding = match (proof.proof, scenario) {
            (None, Some(scenario)) if !is_number(scenario) => None,
            (None, None) if !is_readable(lint, proof) => None,
            (None, _) => Some(unprovable(proof)),
            (Some(Proof::Evaluation), Some(scenario)) => without_rows(lint, scenario),
            (
                Some(Proof::Static | Proof::Contract | Proof::Evaluation | Proof::Load | Proof::Chaos | Proof::Runtime | Proof::Review),
                _,
            ) => None,
        };
        let finding = finding.or_else(|| undecided::missing(lint, proof).map(|missing| unsettled(proof, &missing)));
        if let Some(finding) = finding {
            findings.push(finding);
        }
    }
}

/// A scenario without a number is another rule's finding.
fn is_number(scenario: &Scenario) -> bool {
    scenario.measure.as_ref().is_some_and(|measure| matches!(measure.value.kind, CriterionKind::Measure(_)))
}

/// What could not be read has been reported.
fn is_readable(lint: &Lint<'_>, proof: &RequirementProof) -> bool {
    let constraint = lint.resolved.spec.constraints.get(&proof.element.id);
    constraint.is_some_and(|constraint| !constraint.check.iter().any(|check| check.value.kind == CriterionKind::Unreadable))
}

fn unprovable(proof: &RequirementProof) -> Diagnostic {
    let id = &proof.element.id;
    let finding = RULE.finding(format!("nothing can prove `{id}`: {}", proof.reason)).at(proof.measure_span, proof.reason.clone());
    let finding = if proof.measure_span == proof.span { finding } else { finding.at(proof.span, "the requirement") };
    let way_out = match proof.element.section {
        SectionName::Quality => "use a metric that is known, or say who signs it: `proof: review`",
        _ => "write a check that a machine decides, for example `check: cost.total <= 50_000 USD/month`",
    };
    finding.help(way_out).proven()
}

/// Requirements that nothing can prove before there is a route: one cause, one finding.
fn nothing_to_call(lint: &Lint<'_>) -> Option<Diagnostic> {
    let waiting: Vec<&RequirementProof> =
        lint.resolved.proofs.iter().filter(|proof| undecided::has_nothing_to_call(&lint.resolved.spec, proof)).collect();
    let first = waiting.first()?;
    let which = match waiting.len() - 1 {
        0 => format!("`{}` is", first.element.id),
        1 => format!("`{}` and 1 other requirement are", first.element.id),
        others => format!("`{}` and {others} other requirements are", first.element.id),
    };
    let finding = RULE.finding_of(Severity::Warning, format!("{which} not provable as things stand: there is no route to call"));
    let finding =
        waiting.iter().take(PLACES_MAX).fold(finding, |finding, proof| finding.at(proof.measure_span, "measured by calling a route"));
    Some(finding.help("write the routes that answer, with the contract of what they take").proven().asks("`routes`"))
}

fn unsettled(proof: &RequirementProof, missing: &Missing) -> Diagnostic {
    let id = &proof.element.id;
    RULE.finding_of(Severity::Warning, format!("`{id}` is not provable as it stands: {}", missing.reason))
        .at(proof.measure_span, "a figure is missing to decide it")
        .help(format!("state {}", missing.asks))
        .proven()
        .asks(missing.asks.clone())
}

/// An evaluation needs rows: the scenario's own, or those of the route that it speaks of.
fn without_rows(lint: &Lint<'_>, scenario: &Entry<Scenario>) -> Option<Diagnostic> {
    let spec = &lint.resolved.spec;
    let artifact = scenario.artifact.as_ref()?;
    if scenario.samples.is_some() || scenario.dataset.is_some() || spec.routes.is_empty() {
        return None;
    }
    let named = spec.routes.get_entry(artifact.as_str());
    let asks = || {
        let model = Element::new(SectionName::Models, &spec.models.get_entry(artifact.as_str())?.id.value);
        let route = lint.resolved.references.to(&model).find(|reference| reference.role == "answer")?;
        spec.routes.get_entry(&route.from.id)
    };
    let route = named.or_else(asks)?;
    if route.samples.is_some() || route.dataset.is_some() {
        return None;
    }
    let id = &scenario.id.value;
    let finding = RULE
        .finding(format!("nothing can prove `{id}`: it is measured on held-out rows, and there are none"))
        .at(scenario.measure.as_ref().map_or(scenario.id.span, |measure| measure.span), "measured on held-out rows")
        .at(route.id.span, "names neither `samples` nor `dataset`");
    Some(finding.help(format!("name the rows with their labels: `quality.{id}.samples`")).proven().asks(format!("`quality.{id}.samples`")))
}

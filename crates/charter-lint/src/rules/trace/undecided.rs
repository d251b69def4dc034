//! Requirements whose proof kind is known and whose figures are missing: nothing can be proved as it stands.
//!
//! A requirement that nothing can ever prove, and evaluations without rows, are found beside this.

use crate::rule::Lint;
use charter_plan::resolved::{Element, Figure, RequirementProof};
use charter_spec::ast::Scenario;
use charter_spec::measure::{Argument, Criterion, CriterionKind, Measure, Proof, TermKind, ValueKind};
use charter_spec::{SectionName, Spec};

/// What is missing for a proof.
pub(super) struct Missing {
    /// One clause.
    pub(super) reason: String,
    /// The keys that would settle it.
    pub(super) asks: String,
}

impl Missing {
    fn new(reason: impl Into<String>, asks: impl Into<String>) -> Self {
        Self { reason: reason.into(), asks: asks.into() }
    }
}

/// Whether the proof calls routes, of which there are none.
pub(super) fn has_nothing_to_call(spec: &Spec, proof: &RequirementProof) -> bool {
    let calls = matches!(proof.proof, Some(Proof::Load | Proof::Evaluation | Proof::Chaos));
    calls && spec.routes.is_empty() && proof.element.section == SectionName::Quality
}

/// What is missing for the proof of a scenario or constraint; `None` when it can be settled, or another rule asks for it.
pub(super) fn missing(lint: &Lint<'_>, proof: &RequirementProof) -> Option<Missing> {
    let spec = &lint.resolved.spec;
    match (proof.proof?, proof.element.section) {
        (Proof::Static, SectionName::Quality) => {
            spec.quality.get(&proof.element.id)?.measure.as_ref().and_then(|measure| of_arithmetic(lint, &measure.value))
        }
        (Proof::Static, _) => spec.constraints.get(&proof.element.id)?.check.iter().find_map(|check| of_arithmetic(lint, &check.value)),
        (Proof::Evaluation, SectionName::Quality) => of_evaluation(lint, proof, spec.quality.get(&proof.element.id)?),
        _ => None,
    }
}

/// An evaluation calls one route: the one that it names, or the one that asks the model that it names.
fn of_evaluation(lint: &Lint<'_>, proof: &RequirementProof, scenario: &Scenario) -> Option<Missing> {
    let spec = &lint.resolved.spec;
    if spec.routes.is_empty() {
        return None;
    }
    let asks = format!("`quality.{}.artifact`", proof.element.id);
    let artifact = scenario.artifact.as_ref().map(|artifact| artifact.as_str()).unwrap_or_default();
    if spec.routes.get(artifact.strip_prefix("routes.").unwrap_or(artifact)).is_some() {
        return None;
    }
    let Some(model) = spec.models.get_entry(artifact.strip_prefix("models.").unwrap_or(artifact)) else {
        return Some(Missing::new("an evaluation is about one route, and it names none", asks));
    };
    let element = Element::new(SectionName::Models, &model.id.value);
    let asked = lint.resolved.references.to(&element).any(|reference| reference.from.section == SectionName::Routes);
    (!asked).then(|| Missing::new(format!("no route asks model `{}`, so there is nothing to call", model.id.value), asks))
}

/// A figure that arithmetic over the charter needs.
fn of_arithmetic(lint: &Lint<'_>, criterion: &Criterion) -> Option<Missing> {
    let CriterionKind::Measure(measure) = &criterion.kind else { return None };
    match &measure.term.kind {
        TermKind::Path(path) => match path.dotted().as_str() {
            "cost.total" => of_bill(lint, measure),
            "roadmap.effort" => of_effort(lint, measure),
            "risks.open" => of_risks(lint),
            _ => None,
        },
        TermKind::Call { function, arguments } if function.value.dotted() == "roadmap.end" => of_end(lint, arguments.first()?),
        TermKind::Call { function, .. } if function.value.dotted() == "risks.open" => of_risks(lint),
        TermKind::Call { function, arguments } if function.value.dotted() == "cost.per_thousand" => of_thousand(lint, arguments.first()?),
        _ => None,
    }
}

fn of_risks(lint: &Lint<'_>) -> Option<Missing> {
    lint.resolved.spec.risks.is_empty().then(|| Missing::new("the charter has no `risks`: nobody has looked for any", "`risks`"))
}

fn of_bill(lint: &Lint<'_>, measure: &Measure) -> Option<Missing> {
    let bill = &lint.resolved.cost;
    let by_ceiling = matches!(&measure.value.kind, ValueKind::Path(path) if path.dotted() == "cost.ceiling");
    if by_ceiling && bill.ceiling.is_none() {
        return Some(Missing::new("`cost.ceiling` is not stated", "`cost.ceiling`"));
    }
    if bill.total.is_some() {
        return None;
    }
    let limit = match &measure.value.kind {
        ValueKind::Quantity(quantity) => Some(quantity.base),
        _ => bill.ceiling.as_ref().map(Figure::value),
    };
    // What is known already may break the limit: then it is decided.
    if bill.known.as_ref().zip(limit).is_some_and(|(known, limit)| known.value() > limit) {
        return None;
    }
    let mut keys: Vec<String> = bill.items.iter().flat_map(|item| &item.missing).take(KEYS_MAX).map(|key| format!("`{key}`")).collect();
    keys.dedup();
    let asks = if keys.is_empty() { "`cost.unit`, `cost.fixed`".to_owned() } else { keys.join(", ") };
    Some(Missing::new("the bill is not complete", asks))
}

/// Most keys that are asked for at once.
const KEYS_MAX: usize = 8;

fn of_effort(lint: &Lint<'_>, measure: &Measure) -> Option<Missing> {
    let roadmap = &lint.resolved.roadmap;
    if roadmap.effort_weeks.is_none() {
        return Some(Missing::new("no task of the roadmap states its `effort:`", "`roadmap.*.do.*.effort`"));
    }
    let by_team = matches!(&measure.value.kind, ValueKind::Path(path) if path.dotted() == "team.capacity");
    (by_team && roadmap.team.is_none()).then(|| Missing::new("there is no `team:`", "`team`"))
}

/// A name as an argument.
fn name(argument: &Argument) -> Option<String> {
    match argument {
        Argument::Term(term) => match &term.kind {
            TermKind::Path(path) => Some(path.dotted()),
            _ => None,
        },
        Argument::Value(value) => match &value.kind {
            ValueKind::Path(path) => Some(path.dotted()),
            _ => None,
        },
        _ => None,
    }
}

fn of_thousand(lint: &Lint<'_>, route: &Argument) -> Option<Missing> {
    let route = name(route)?;
    let Some(served) = lint.resolved.cost.of_thousand(&route) else {
        return Some(Missing::new(format!("there is no route `{route}`"), format!("`routes.{route}`")));
    };
    let keys: Vec<String> = served.missing.iter().take(KEYS_MAX).map(|key| format!("`{key}`")).collect();
    (!keys.is_empty()).then(|| Missing::new(format!("the cost of a call of `{route}` is not complete"), keys.join(", ")))
}

fn of_end(lint: &Lint<'_>, phase: &Argument) -> Option<Missing> {
    let name = name(phase)?;
    let Some(found) = lint.resolved.roadmap.of(&name) else {
        return Some(Missing::new(format!("the roadmap has no phase `{name}`"), format!("`roadmap.{name}`")));
    };
    if found.earliest_end_weeks.is_some() && found.latest_end_weeks.is_some() {
        return None;
    }
    // Phases stand in the order in which they come, but for those that name others; the first without a length is to be asked for first.
    let phases = &lint.resolved.roadmap.phases;
    let up_to = phases.iter().position(|phase| phase.id == found.id).map_or(0, |at| at + 1);
    let open = if found.weeks.is_none() { Some(found) } else { phases.iter().take(up_to).find(|phase| phase.weeks.is_none()) };
    let open = open.unwrap_or(found);
    Some(Missing::new(
        format!("the end of `{name}` is not known: `{}` has no `box:` with an end", open.id),
        format!("`roadmap.{}.box`", open.id),
    ))
}

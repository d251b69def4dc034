//! Hard dependencies of each route, and the product of their availabilities.
//!
//! Whether a promise is above the product belongs to lint.

use super::figure::Figure;
use super::index::{Element, Index};
use super::ladders::Ladders;
use super::needs::{Need, Needs};
use crate::arithmetic::availability::product;
use charter_spec::ast::{Direction, Scenario};
use charter_spec::measure::{Argument, CriterionKind, Measure, Operator, TermKind, ValueKind};
use charter_spec::names::Entry;
use charter_spec::{Id, SectionName, Span, Spec};
use std::collections::{BTreeMap, HashMap};

/// Chains of routes (of models where there are no routes), and the promises that rest on them.
#[derive(Clone, Debug, Default)]
pub struct AvailabilityFigures {
    pub chains: Vec<Chain>,
    pub promises: Vec<AvailabilityPromise>,
    by_element: HashMap<Element, usize>,
}

/// What must be up for a route to answer.
#[derive(Clone, Debug)]
pub struct Chain {
    pub element: Element,
    pub span: Span,
    /// Without these there is no answer at all.
    pub hard: Vec<HardDependency>,
    /// Without these the full rung does not answer.
    pub full: Vec<HardDependency>,
    /// Product over `hard`, of those with a stated availability; `None` when none has one.
    pub answered: Option<Figure>,
    /// Product over `full`.
    pub full_answered: Option<Figure>,
}

/// A dependency or provider that must be up.
#[derive(Clone, Debug)]
pub struct HardDependency {
    pub element: Element,
    /// Where it is said to be needed, or where it is declared.
    pub span: Span,
    /// Its availability as promised to us, a ratio.
    pub availability: Option<Figure>,
    /// Why it counts.
    pub reason: HardReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HardReason {
    /// The charter says `hard: true`.
    Declared,
    /// Every rung of the route needs it, and it has no ladder.
    NeededByEveryRung,
    /// The full rung needs it, and it has no ladder.
    NeededByTheFullRung,
    /// It is shared, has no ladder, and nothing says whether it is hard: an assumption.
    SharedWithoutLadder,
}

/// A scenario that promises a share of answers.
#[derive(Clone, Debug)]
pub struct AvailabilityPromise {
    pub scenario: Id,
    pub span: Span,
    /// The share promised, a ratio.
    pub target: f64,
    /// Whether only answers of the full rung count.
    pub full_only: bool,
    /// Routes or models that it speaks of.
    pub elements: Vec<Element>,
    /// The least product over those; `None` when no dependency of them states its availability.
    pub least: Option<Figure>,
}

impl AvailabilityFigures {
    pub fn of(&self, element: &Element) -> Option<&Chain> {
        self.by_element.get(element).and_then(|at| self.chains.get(*at))
    }

    pub(super) fn new(spec: &Spec, index: &Index, ladders: &Ladders) -> Self {
        let mut figures = Self::default();
        let mut needs = Needs::new(spec, index);
        let everywhere = everywhere(spec, &needs);
        let served: Vec<(Element, Span)> = if spec.routes.is_empty() {
            spec.models.iter().map(|model| (Element::new(SectionName::Models, &model.id.value), model.id.span)).collect()
        } else {
            spec.routes.iter().map(|route| (Element::new(SectionName::Routes, &route.id.value), route.id.span)).collect()
        };
        for (element, span) in served {
            let (all, full) = rung_needs(spec, ladders, &mut needs, &element);
            let hard = collect(spec, &everywhere, all, HardReason::NeededByEveryRung);
            let full = collect(spec, &everywhere, full, HardReason::NeededByTheFullRung);
            let answered = chain_product(&hard);
            let full_answered = chain_product(&full);
            figures.by_element.insert(element.clone(), figures.chains.len());
            figures.chains.push(Chain { element, span, hard, full, answered, full_answered });
        }
        figures.promises = spec.quality.iter().filter_map(|scenario| figures.promise(scenario)).collect();
        figures
    }

    fn promise(&self, scenario: &Entry<Scenario>) -> Option<AvailabilityPromise> {
        let written = scenario.measure.as_ref()?;
        let CriterionKind::Measure(measure) = &written.value.kind else { return None };
        let full_only = promised(measure)?;
        if !matches!(measure.operator.value, Operator::AtLeast | Operator::Greater) {
            return None;
        }
        let target = measure.value.quantity()?.base;
        let artifact = scenario.artifact.as_ref().and_then(|artifact| Id::new(artifact.as_str()).ok());
        let named = |chain: &&Chain| artifact.as_ref().is_some_and(|artifact| chain.element.id == *artifact);
        let mut chains: Vec<&Chain> = self.chains.iter().filter(named).collect();
        if chains.is_empty() {
            // A promise about the gateway or the system speaks of every route.
            chains = self.chains.iter().collect();
        }
        let figure = |chain: &Chain| if full_only { chain.full_answered.clone() } else { chain.answered.clone() };
        let least = chains.iter().filter_map(|chain| figure(chain)).min_by(|left, right| left.value().total_cmp(&right.value()));
        Some(AvailabilityPromise {
            scenario: scenario.id.value.clone(),
            span: written.span,
            target,
            full_only,
            elements: chains.into_iter().map(|chain| chain.element.clone()).collect(),
            least,
        })
    }
}

/// Whether a measure promises a share of answers: `ratio(answered)` is `false`, `ratio(rung == full)` is `true`.
fn promised(measure: &Measure) -> Option<bool> {
    match &measure.term.kind {
        TermKind::Path(path) => (path.dotted() == "availability").then_some(false),
        TermKind::Call { function, arguments } => {
            if function.value.single() != Some("ratio") {
                return None;
            }
            arguments.iter().find_map(|argument| match argument {
                Argument::Term(term) => match &term.kind {
                    TermKind::Path(path) if path.single() == Some("answered") => Some(false),
                    _ => None,
                },
                Argument::Predicate(condition) => match (&condition.term.kind, &condition.value.kind) {
                    (TermKind::Path(path), ValueKind::Path(rung)) if path.single() == Some("rung") && rung.single() == Some("full") => {
                        Some(true)
                    }
                    _ => None,
                },
                _ => None,
            })
        }
        TermKind::At { .. } => None,
    }
}

/// Dependencies that every answer passes: declared hard, or shared without a ladder.
fn everywhere(spec: &Spec, needs: &Needs<'_>) -> Vec<HardDependency> {
    let mut found = Vec::new();
    for entry in &spec.dependencies {
        let element = Element::new(SectionName::Dependencies, &entry.id.value);
        let shared = entry.direction.as_ref().is_some_and(|direction| direction.value == Direction::Shared);
        let reason = match entry.hard.as_ref().map(|hard| hard.value) {
            Some(true) => HardReason::Declared,
            None if shared && !needs.has_ladder(&element) => HardReason::SharedWithoutLadder,
            Some(false) | None => continue,
        };
        found.push(HardDependency { availability: availability(spec, &element), element, span: entry.id.span, reason });
    }
    found
}

/// What every rung needs, and what the full rung needs.
fn rung_needs(spec: &Spec, ladders: &Ladders, needs: &mut Needs<'_>, element: &Element) -> (Vec<Need>, Vec<Need>) {
    if let Some(ladder) = ladders.of(element).next() {
        let full = ladder.rungs.first().map(|rung| rung.needs.clone()).unwrap_or_default();
        let all = full
            .iter()
            .filter(|need| ladder.rungs.iter().all(|rung| rung.needs.iter().any(|other| other.element == need.element)))
            .cloned()
            .collect();
        return (all, full);
    }
    if element.section == SectionName::Models {
        let full = needs.of(element).to_vec();
        return (full.clone(), full);
    }
    let mut models = Vec::new();
    if let Some(answer) = spec.routes.get(&element.id).and_then(|route| route.answer.as_ref()) {
        super::load::first_models(&answer.value, &mut models);
    }
    let full: Vec<Need> = models.iter().flat_map(|model| needs.of(&Element::new(SectionName::Models, model)).to_vec()).collect();
    (full.clone(), full)
}

fn collect(spec: &Spec, everywhere: &[HardDependency], needs: Vec<Need>, reason: HardReason) -> Vec<HardDependency> {
    let mut found: BTreeMap<Element, HardDependency> = everywhere.iter().map(|hard| (hard.element.clone(), hard.clone())).collect();
    for need in needs {
        let reached = matches!(need.element.section, SectionName::Dependencies | SectionName::Providers);
        let soft = spec.dependencies.get(&need.element.id).and_then(|dependency| dependency.hard.as_ref()).is_some_and(|hard| !hard.value);
        if reached && !need.has_ladder && !soft {
            let availability = availability(spec, &need.element);
            found.entry(need.element.clone()).or_insert(HardDependency { element: need.element, span: need.span, availability, reason });
        }
    }
    found.into_values().collect()
}

fn availability(spec: &Spec, element: &Element) -> Option<Figure> {
    let (slo, section) = match element.section {
        SectionName::Dependencies => (spec.dependencies.get(&element.id)?.slo.as_ref()?, "dependencies"),
        SectionName::Providers => (spec.providers.get(&element.id)?.slo.as_ref()?, "providers"),
        _ => return None,
    };
    Some(Figure::written(slo.ratio(), "ratio", format!("{section}.{}.slo", element.id), slo.span))
}

fn chain_product(hard: &[HardDependency]) -> Option<Figure> {
    let known: Vec<(&HardDependency, &Figure)> =
        hard.iter().filter_map(|part| part.availability.as_ref().map(|figure| (part, figure))).collect();
    if known.is_empty() {
        return None;
    }
    let parts: Vec<(String, f64)> = known.iter().map(|(part, figure)| (part.element.id.to_string(), figure.value())).collect();
    let mut figure = Figure::new(product(&parts));
    for (_, part) in &known {
        figure = figure.from(part);
    }
    for part in hard.iter().filter(|part| part.reason == HardReason::SharedWithoutLadder) {
        let id = &part.element.id;
        figure = figure.assume(format!("there is no answer without `{id}`"), format!("dependencies.{id}.hard"));
    }
    if known.len() > 1 {
        figure = figure.assume("dependencies fail independently of each other", "dependencies.*.slo");
    }
    Some(figure)
}

//! Latency budgets: sums, what lies outside our edge, and what percentiles of stages say about the whole.
//!
//! Timeouts of routes and rungs belong to `compile`.

use super::figure::Figure;
use crate::arithmetic::derivation::{Derivation, number};
use crate::arithmetic::latency as formula;
use charter_spec::ast::{LatencyBudget, Scenario, Stage};
use charter_spec::measure::{CriterionKind, TermKind};
use charter_spec::names::{Entries, Entry};
use charter_spec::{Id, Span, Spec};
use std::collections::HashMap;

/// Every latency budget.
#[derive(Clone, Debug, Default)]
pub struct LatencyFigures {
    /// In document order.
    pub budgets: Vec<BudgetFigures>,
    by_id: HashMap<Id, usize>,
}

/// What one budget comes to.
#[derive(Clone, Debug)]
pub struct BudgetFigures {
    pub id: Id,
    pub span: Span,
    /// In ms, as written.
    pub total_ms: Option<Figure>,
    pub stages: Vec<StageFigures>,
    /// Sum of all stages with the buffer; `None` while a stage has no budget.
    pub sum_ms: Option<Figure>,
    /// Sum of the stages that are named as buffer; `None` without one.
    pub buffer_ms: Option<Figure>,
    /// Sum of the stages outside our edge; zero without one.
    pub outside_ms: Figure,
    /// What is left for the call at our edge: total − outside.
    pub edge_ms: Option<Figure>,
    /// Stages that can be late: all but the buffer.
    pub counted: u32,
    /// The percentile of each stage, a ratio: written in the budget, else that of the scenario, which is then an assumption.
    pub stage_percentile: Option<Figure>,
    /// The percentile that the scenario promises, a ratio.
    pub whole_percentile: Option<Figure>,
    /// What the stages guarantee for the whole, with nothing known of dependence.
    pub guaranteed: Option<Figure>,
    /// What each stage must hold so that the whole holds.
    pub needed: Option<Figure>,
    /// Scenarios that it implements.
    pub scenarios: Vec<Id>,
    /// Routes and models that have to keep it.
    pub served: Vec<Id>,
    /// Stages that differ, by the route or model.
    pub overrides: Vec<OverrideFigures>,
}

/// A budget with the stages of one route or model in place of the general ones.
#[derive(Clone, Debug)]
pub struct OverrideFigures {
    pub id: Id,
    pub span: Span,
    /// The stages that differ.
    pub stages: Vec<StageFigures>,
    /// Sum of all stages with these in place.
    pub sum_ms: Option<Figure>,
}

/// Where a stage lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StagePlace {
    /// Inside our edge.
    Inside,
    /// On the network, before or behind our edge.
    Outside,
    /// No work: what is kept free.
    Buffer,
}

/// How the parts of a stage run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    Cascade,
    Serial,
    Parallel,
}

/// One stage.
#[derive(Clone, Debug)]
pub struct StageFigures {
    pub name: Id,
    pub span: Span,
    pub place: StagePlace,
    /// As written.
    pub budget_ms: Option<Figure>,
    /// What its parts come to: their sum, or the longest of parallel ones.
    pub parts_ms: Option<Figure>,
    pub arrangement: Option<Arrangement>,
    pub parts: Vec<StageFigures>,
    /// What it calls, as written: `feature-store`, `model`.
    pub calls: Option<String>,
    /// Timeout × (1 + retries).
    pub worst_ms: Option<Figure>,
}

impl StageFigures {
    /// Its budget: the written one, else what its parts come to.
    pub fn effective_ms(&self) -> Option<&Figure> {
        self.budget_ms.as_ref().or(self.parts_ms.as_ref())
    }

    /// Whether the model is asked in it.
    pub fn is_inference(&self) -> bool {
        self.calls.as_deref() == Some("model") || self.name == "inference"
    }
}

impl LatencyFigures {
    /// The budget that a scenario about latency is held within: the one that implements it, else that of its route. A scenario about every route
    /// (`None`) has the only budget there is; of several none is meant.
    pub fn of_scenario(&self, scenario: &Id, route: Option<&str>) -> Option<&BudgetFigures> {
        let own = self.budgets.iter().find(|budget| budget.scenarios.contains(scenario));
        own.or_else(|| match (route, self.budgets.as_slice()) {
            (Some(name), budgets) => budgets.iter().find(|budget| budget.served.iter().any(|served| *served == *name)),
            (None, [only]) => Some(only),
            (None, _) => None,
        })
    }

    pub fn of(&self, id: &str) -> Option<&BudgetFigures> {
        self.by_id.get(id).and_then(|at| self.budgets.get(*at))
    }

    pub(super) fn new(spec: &Spec) -> Self {
        let mut links = Links::new(spec);
        let mut figures = Self::default();
        for entry in &spec.latency {
            figures.by_id.insert(entry.id.value.clone(), figures.budgets.len());
            figures.budgets.push(budget(spec, entry, &mut links));
        }
        figures
    }
}

/// What belongs to each budget, found in one pass over the document.
struct Links {
    routes: HashMap<Id, Vec<Id>>,
}

impl Links {
    fn new(spec: &Spec) -> Self {
        let mut routes: HashMap<Id, Vec<Id>> = HashMap::new();
        for route in &spec.routes {
            if let Some(latency) = &route.latency {
                routes.entry(latency.value.id.clone()).or_default().push(route.id.value.clone());
            }
        }
        Self { routes }
    }
}

fn budget(spec: &Spec, entry: &Entry<LatencyBudget>, links: &mut Links) -> BudgetFigures {
    let id = &entry.id.value;
    let path = format!("latency.{id}");
    let stages = stages(&entry.stages, &format!("{path}.stages"));
    let total_ms = entry.total.as_ref().map(|total| Figure::written(total.millis(), "ms", format!("{path}.total"), total.span));
    let implements = entry.implements.as_ref().map(|scenario| scenario.value.id.clone());
    let scenario = spec.quality.get_entry(implements.as_ref().unwrap_or(id));
    let whole_percentile = scenario.and_then(percentile_of);
    let stage_percentile = match &entry.percentile {
        Some(written) => Some(Figure::written(written.ratio(), "ratio", format!("{path}.percentile"), written.span)),
        None => whole_percentile
            .clone()
            .map(|whole| whole.assume("each stage is held at the percentile of the whole", format!("{path}.percentile"))),
    };
    let counted = u32::try_from(stages.iter().filter(|stage| stage.place != StagePlace::Buffer).count()).unwrap_or(u32::MAX);
    let guaranteed = stage_percentile
        .as_ref()
        .filter(|_| counted > 0)
        .map(|stage| Figure::new(formula::guaranteed_percentile(counted, stage.value())).from(stage));
    let needed =
        whole_percentile.as_ref().and_then(|whole| Some(Figure::new(formula::needed_percentile(counted, whole.value())?).from(whole)));
    let outside_ms = part_sum(&stages, StagePlace::Outside)
        .unwrap_or_else(|| Figure::new(Derivation::new(0.0, "ms").step("no stage lies outside our edge")));
    let edge_ms = total_ms.as_ref().map(|total| {
        let figure = total.value() - outside_ms.value();
        let line = format!("{} ms − {} ms outside our edge = {} ms", number(total.value()), number(outside_ms.value()), number(figure));
        Figure::new(Derivation::new(figure, "ms").step(line)).from(total).from(&outside_ms)
    });
    let mut served = links.routes.remove(id).unwrap_or_default();
    if let Some(artifact) = scenario.and_then(|scenario| scenario.artifact.as_ref())
        && let Ok(artifact) = Id::new(artifact.as_str())
        && (spec.routes.contains(&artifact) || spec.models.contains(&artifact))
        && !served.contains(&artifact)
    {
        served.push(artifact);
    }
    BudgetFigures {
        id: id.clone(),
        span: entry.id.span,
        sum_ms: sum(stages.iter()),
        buffer_ms: part_sum(&stages, StagePlace::Buffer),
        overrides: overrides(entry, &stages, &path),
        total_ms,
        stages,
        outside_ms,
        edge_ms,
        counted,
        stage_percentile,
        whole_percentile,
        guaranteed,
        needed,
        scenarios: scenario.map(|scenario| scenario.id.value.clone()).into_iter().collect(),
        served,
    }
}

fn overrides(entry: &Entry<LatencyBudget>, general: &[StageFigures], path: &str) -> Vec<OverrideFigures> {
    let one = |served: &Entry<Entries<Stage>>| {
        let id = &served.id.value;
        let own = stages(&served.value.value, &format!("{path}.override.{id}"));
        let find = |name: &Id| own.iter().find(|stage| stage.name == *name);
        let merged = general.iter().map(|stage| find(&stage.name).unwrap_or(stage));
        let added = own.iter().filter(|stage| !general.iter().any(|known| known.name == stage.name));
        let sum_ms = sum(merged.chain(added));
        OverrideFigures { id: id.clone(), span: served.id.span, sum_ms, stages: own }
    };
    entry.overrides.iter().map(one).collect()
}

/// How deep stages nest is bounded by the reader.
fn stages(entries: &Entries<Stage>, path: &str) -> Vec<StageFigures> {
    entries.iter().map(|entry| stage(entry, path)).collect()
}

fn stage(entry: &Entry<Stage>, path: &str) -> StageFigures {
    let name = &entry.id.value;
    let path = format!("{path}.{name}");
    let (arrangement, written) = if !entry.cascade.is_empty() {
        (Some(Arrangement::Cascade), &entry.cascade)
    } else if !entry.serial.is_empty() {
        (Some(Arrangement::Serial), &entry.serial)
    } else if !entry.parallel.is_empty() {
        (Some(Arrangement::Parallel), &entry.parallel)
    } else {
        (None, &entry.serial)
    };
    let parts = stages(written, &path);
    let parts_ms = match arrangement {
        None => None,
        Some(Arrangement::Parallel) => longest(&parts),
        Some(Arrangement::Cascade | Arrangement::Serial) => sum(parts.iter()),
    };
    let worst_ms = entry.timeout.as_ref().and_then(|timeout| {
        let retries = entry.retries.as_ref().map_or(0.0, |retries| super::capacity::number_of(retries));
        let figure = timeout.millis() * (1.0 + retries);
        let line = format!("{} ms × (1 + {} retries) = {} ms", number(timeout.millis()), number(retries), number(figure));
        let worst = Figure::derived(Derivation::new(figure, "ms").step(line))?.input(format!("{path}.timeout"), timeout.span);
        Some(match &entry.retries {
            Some(retries) => worst.input(format!("{path}.retries"), retries.span),
            None => worst,
        })
    });
    StageFigures {
        name: name.clone(),
        span: entry.id.span,
        place: place(entry),
        budget_ms: entry.budget.as_ref().map(|budget| Figure::written(budget.millis(), "ms", path, budget.span)),
        parts_ms,
        arrangement,
        parts,
        calls: entry.calls.as_ref().map(|calls| calls.as_str().to_owned()),
        worst_ms,
    }
}

fn place(entry: &Entry<Stage>) -> StagePlace {
    let name = entry.id.value.as_str();
    if entry.outside.as_ref().map_or(name.starts_with("network"), |outside| outside.value) {
        StagePlace::Outside
    } else if name == "buffer" || name == "reserve" || name.ends_with("-buffer") {
        StagePlace::Buffer
    } else {
        StagePlace::Inside
    }
}

fn part_sum(stages: &[StageFigures], place: StagePlace) -> Option<Figure> {
    let mut chosen = stages.iter().filter(|stage| stage.place == place).peekable();
    chosen.peek()?;
    sum(chosen)
}

/// `None` when there is no stage, or one has no budget.
fn sum<'a>(stages: impl Iterator<Item = &'a StageFigures>) -> Option<Figure> {
    let mut terms = Vec::new();
    let mut inputs: Vec<&Figure> = Vec::new();
    for stage in stages {
        let figure = stage.effective_ms()?;
        terms.push((stage.name.to_string(), figure.value()));
        inputs.push(figure);
    }
    if terms.is_empty() {
        return None;
    }
    gather(formula::total_ms(&terms), &inputs)
}

fn longest(stages: &[StageFigures]) -> Option<Figure> {
    let mut terms = Vec::new();
    let mut inputs: Vec<&Figure> = Vec::new();
    for stage in stages {
        let figure = stage.effective_ms()?;
        terms.push((stage.name.to_string(), figure.value()));
        inputs.push(figure);
    }
    gather(formula::longest_ms(&terms)?, &inputs)
}

/// One pass over the inputs: a budget of thousands of stages stays linear.
fn gather(derivation: Derivation, figures: &[&Figure]) -> Option<Figure> {
    let mut figure = Figure::derived(derivation)?;
    for part in figures {
        figure.inputs.extend(part.inputs.iter().cloned());
        for assumption in &part.assumptions {
            if !figure.assumptions.contains(assumption) {
                figure.assumptions.push(assumption.clone());
            }
        }
    }
    Some(figure)
}

/// The percentile of a scenario's latency measure: `p99(latency)` is 0.99.
fn percentile_of(scenario: &Entry<Scenario>) -> Option<Figure> {
    let measure = scenario.measure.as_ref()?;
    let CriterionKind::Measure(measure) = &measure.value.kind else { return None };
    let TermKind::Call { function, .. } = &measure.term.kind else { return None };
    let ratio = quantile(&function.value.dotted())?;
    Some(Figure::written(ratio, "ratio", format!("quality.{}.measure", scenario.id.value), function.span))
}

/// `p99` is 0.99, `p99.9` and `p999` are 0.999.
pub(crate) fn quantile(function: &str) -> Option<f64> {
    let digits = function.strip_prefix('p')?;
    let (whole, behind) = digits.split_once(['.', '_']).unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !are_digits(whole) || !are_digits(behind) {
        return None;
    }
    // p5 is 0.05, p50 0.5, p99 0.99, p999 0.999: two digits before the point, the rest behind it. What begins like p100 is the greatest, no percentile.
    let has_point = whole.len() < digits.len();
    if whole.starts_with("100") || has_point && whole.len() > 2 {
        return None;
    }
    let text = if whole.len() == 1 { format!("0.0{whole}{behind}") } else { format!("0.{whole}{behind}") };
    text.parse().ok().filter(|ratio: &f64| *ratio > 0.0 && *ratio < 1.0)
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn percentiles_are_read_from_their_names() {
        assert_eq!(quantile("p99"), Some(0.99));
        assert_eq!(quantile("p50"), Some(0.5));
        assert_eq!(quantile("p5"), Some(0.05));
        assert_eq!(quantile("p999"), Some(0.999));
        assert_eq!(quantile("p99.9"), Some(0.999));
        assert_eq!(quantile("p99_9"), Some(0.999));
        assert_eq!(quantile("p9.5"), Some(0.095));
        // The greatest of all is no percentile, and least of all the tenth.
        assert_eq!(quantile("p100"), None);
        assert_eq!(quantile("p100.0"), None);
        assert_eq!(quantile("p0"), None);
        assert_eq!(quantile("p.5"), None);
        assert_eq!(quantile("p"), None);
        assert_eq!(quantile("precision"), None);
    }
}

//! What each model has to keep: the tightest latency promise about it, and what of its budget is for inference.

use crate::rule::Lint;
use crate::rules::quality::measure::{latency_limit_ms, routes_by_model, speaks_of_everything};
use charter_plan::resolved::{BudgetFigures, Figure};
use charter_spec::{Id, Span};
use std::collections::HashMap;

/// A latency promise.
#[derive(Clone, Copy)]
pub(super) struct Promise<'a> {
    pub(super) scenario: &'a Id,
    /// In ms.
    pub(super) limit_ms: f64,
    pub(super) measure: Span,
    /// What of it is for asking the model; `None` without a budget that says so.
    pub(super) inference: Option<&'a Figure>,
}

/// Promises of all models, found in one pass.
pub(super) struct Promises<'a> {
    of: HashMap<&'a str, Limit<'a>>,
    /// The promise about everything.
    general: Option<Limit<'a>>,
    budgets: HashMap<&'a str, &'a BudgetFigures>,
    general_budget: Option<&'a BudgetFigures>,
    routes: HashMap<&'a Id, Vec<&'a Id>>,
}

type Limit<'a> = (f64, Span, &'a Id);

fn tighter<'a>(known: Option<Limit<'a>>, new: Limit<'a>) -> Limit<'a> {
    known.filter(|known| known.0 <= new.0).unwrap_or(new)
}

impl<'a> Promises<'a> {
    pub(super) fn new(lint: &Lint<'a>) -> Self {
        let spec = &lint.resolved.spec;
        let mut promises =
            Self { of: HashMap::new(), general: None, budgets: HashMap::new(), general_budget: None, routes: routes_by_model(spec) };
        for scenario in &spec.quality {
            let Some((limit, span)) = latency_limit_ms(scenario) else { continue };
            let new = (limit, span, &scenario.id.value);
            match &scenario.artifact {
                Some(artifact) if !speaks_of_everything(spec, scenario) => {
                    let known = promises.of.get(artifact.as_str()).copied();
                    promises.of.insert(artifact.as_str(), tighter(known, new));
                }
                _ => promises.general = Some(tighter(promises.general, new)),
            }
        }
        for budget in &lint.resolved.latency.budgets {
            for served in &budget.served {
                promises.budgets.entry(served.as_str()).or_insert(budget);
            }
            if budget.served.is_empty() && promises.general_budget.is_none() {
                promises.general_budget = Some(budget);
            }
        }
        promises
    }

    /// The promise about a route or model by its id; `None` when nobody promises its latency.
    pub(super) fn of(&self, id: &'a Id) -> Option<Promise<'a>> {
        let routes = self.routes.get(id).map_or(&[][..], |routes| routes.as_slice());
        let names = || std::iter::once(id).chain(routes.iter().copied());
        let own = names().filter_map(|name| self.of.get(name.as_str()).copied());
        let (limit_ms, measure, scenario) = own.chain(self.general).reduce(|known, new| tighter(Some(known), new))?;
        let budget = names().find_map(|name| self.budgets.get(name.as_str()).copied()).or(self.general_budget);
        let inference = budget.and_then(|budget| {
            let own = budget.overrides.iter().filter(|own| names().any(|name| *name == own.id)).flat_map(|own| &own.stages);
            own.chain(&budget.stages).find(|stage| stage.is_inference()).and_then(|stage| stage.effective_ms())
        });
        Some(Promise { scenario, limit_ms, measure, inference })
    }
}

impl Promise<'_> {
    /// What a model's answer may take, in ms: the inference budget, else the whole limit.
    pub(super) fn room_ms(&self) -> f64 {
        self.inference.map_or(self.limit_ms, Figure::value)
    }

    /// Where that is written.
    pub(super) fn room_span(&self) -> Span {
        self.inference.map_or(self.measure, Figure::span)
    }

    /// What it is, in words.
    pub(super) fn room_words(&self) -> &'static str {
        if self.inference.is_some() { "of inference" } else { "of the whole answer" }
    }
}

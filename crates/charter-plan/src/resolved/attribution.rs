//! Who the bill is for: by route, by model, by team.
//!
//! What is bought for one thing is its own; what is shared (storage, fixed costs) is spread by the load. The bill itself belongs to `cost`, with what a thousand calls cost.

use super::cost::CostFigures;
use super::figure::Figure;
use super::index::Element;
use super::load::{LoadFigures, first_models};
use crate::arithmetic::Derivation;
use crate::arithmetic::derivation::{number, percent};
use charter_spec::{Id, SectionName, Spec};
use std::collections::HashSet;

/// Who pays for what nobody owns.
const NOBODY: &str = "nobody";

/// The bill, split three ways; each split adds up to what is known of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attribution {
    pub by_route: Vec<CostShare>,
    pub by_model: Vec<CostShare>,
    /// By owner: of the model or route, else of the models that the route asks.
    pub by_team: Vec<CostShare>,
}

/// A part of the bill.
#[derive(Clone, Debug, PartialEq)]
pub struct CostShare {
    pub name: String,
    /// In the bill's currency a month.
    pub per_month: Figure,
}

impl Attribution {
    pub(super) fn new(spec: &Spec, load: &LoadFigures, bill: &CostFigures) -> Self {
        if bill.known.is_none() || spec.routes.is_empty() {
            return Self::default();
        }
        let routes = Routes::new(spec, load, bill);
        let by_route: Vec<CostShare> = spec
            .routes
            .iter()
            .filter_map(|route| Some(CostShare { name: route.id.value.to_string(), per_month: routes.of(&route.id.value)? }))
            .collect();
        let by_model = routes.gathered(|route| routes.models(route).iter().map(ToString::to_string).collect());
        let by_team = routes.gathered(|route| vec![owner(spec, route, &routes.models(route))]);
        Self { by_route, by_model, by_team }
    }
}

/// A route, what it costs, and which part of that is meant.
type Part = (String, Figure, f64);

struct Routes<'a> {
    spec: &'a Spec,
    load: &'a LoadFigures,
    bill: &'a CostFigures,
    /// Costs of no route in particular, a month.
    shared: f64,
    /// Sum of the routes' shares of the load: what is shared is spread over all of it, also where shares are rounded or one is missing.
    shares: f64,
}

impl<'a> Routes<'a> {
    fn new(spec: &'a Spec, load: &'a LoadFigures, bill: &'a CostFigures) -> Self {
        let own = |element: &Element| matches!(element.section, SectionName::Routes | SectionName::Models);
        let shared =
            bill.items.iter().filter(|item| !own(&item.element)).filter_map(|item| item.per_month.as_ref()).map(Figure::value).sum();
        let share = |route: &Id| load.of(&Element::new(SectionName::Routes, route))?.share.as_ref().map(Figure::value);
        let shares = spec.routes.iter().filter_map(|route| share(&route.id.value)).sum();
        Self { spec, load, bill, shared, shares }
    }

    fn models(&self, route: &Id) -> Vec<Id> {
        let mut models = Vec::new();
        if let Some(answer) = self.spec.routes.get(route).and_then(|route| route.answer.as_ref()) {
            first_models(&answer.value, &mut models);
        }
        // A model that is asked twice is one model.
        let mut seen = HashSet::new();
        models.retain(|model| seen.insert(model.clone()));
        models
    }

    fn share(&self, route: &Id) -> Option<&Figure> {
        self.load.of(&Element::new(SectionName::Routes, route))?.share.as_ref()
    }

    /// The route's own replicas, its part of the models that it asks, and its part of what is shared. A route that no load reaches pays for what is its own.
    fn of(&self, route: &Id) -> Option<Figure> {
        let share = self.share(route);
        let ratio = share.map_or(0.0, Figure::value);
        let price = |section: SectionName, id: &Id| {
            let element = Element::new(section, id);
            // What a provider charges for a model is an item of its own, and told by route below.
            let charged = self.bill.calls.iter().any(|calls| calls.model == element);
            self.bill.items.iter().find(|item| item.element == element && !charged).and_then(|item| item.per_month.as_ref())
        };
        let mut terms: Vec<String> = Vec::new();
        let mut total = 0.0;
        let mut figure = Figure::new(Derivation::new(0.0, format!("{}/month", self.bill.currency)));
        if let Some(own) = price(SectionName::Routes, route) {
            total += own.value();
            terms.push(format!("its replicas {}", number(own.value())));
            figure = figure.from(own);
        }
        for model in self.models(route) {
            let Some(cost) = price(SectionName::Models, &model) else { continue };
            let asked: f64 =
                self.load.of(&Element::new(SectionName::Models, &model)).and_then(|load| load.share.as_ref()).map_or(0.0, Figure::value);
            let part = if asked > 0.0 { (ratio / asked).min(1.0) } else { 0.0 };
            total += cost.value() * part;
            terms.push(format!("{} of {model} {}", percent(part), number(cost.value() * part)));
            figure = figure.from(cost);
        }
        for calls in self.bill.calls.iter().filter(|calls| calls.route.id == *route) {
            let Some(cost) = &calls.per_month else { continue };
            total += cost.value();
            terms.push(format!("calls of {} {}", calls.model.id, number(cost.value())));
            figure = figure.from(cost);
        }
        if let Some(share) = share.filter(|_| self.shared > 0.0 && self.shares > 0.0) {
            let of_all = ratio / self.shares;
            let part = self.shared * of_all;
            total += part;
            terms.push(format!("{} of what is shared {}", percent(of_all), number(part)));
            figure = figure.from(share).assume("what is shared is spread by the share of the load", "cost.attribute_by");
        }
        let left = if terms.is_empty() { "nothing".to_owned() } else { terms.join(" + ") };
        let unit = format!("{}/month", self.bill.currency);
        figure.derivation = Derivation::new(total, unit.clone()).step(format!("{left} = {} {unit}", number(total)));
        total.is_finite().then_some(figure)
    }

    /// The routes' costs by another name, in the order in which names come up; a route with several shares equally.
    fn gathered(&self, names: impl Fn(&Id) -> Vec<String>) -> Vec<CostShare> {
        let mut gathered: Vec<(String, Vec<Part>)> = Vec::new();
        for route in &self.spec.routes {
            let Some(cost) = self.of(&route.id.value) else { continue };
            let mut names = names(&route.id.value);
            if names.is_empty() {
                names.push(NOBODY.to_owned());
            }
            // Names of a route are few.
            #[allow(clippy::cast_precision_loss)]
            let part = 1.0 / names.len() as f64;
            for name in names {
                let line = (route.id.value.to_string(), cost.clone(), part);
                match gathered.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, lines)) => lines.push(line),
                    None => gathered.push((name, vec![line])),
                }
            }
        }
        gathered.into_iter().map(|(name, lines)| CostShare { per_month: self.sum(&lines), name }).collect()
    }

    fn sum(&self, lines: &[Part]) -> Figure {
        let total: f64 = lines.iter().map(|(_, cost, part)| cost.value() * part).sum();
        let terms: Vec<String> = lines.iter().map(|(route, cost, part)| format!("{route} {}", number(cost.value() * part))).collect();
        let unit = format!("{}/month", self.bill.currency);
        let derivation = Derivation::new(total, unit.clone()).step(format!("{} = {} {unit}", terms.join(" + "), number(total)));
        let figure = lines.iter().fold(Figure::new(derivation), |figure, (_, cost, _)| figure.from(cost));
        let split = lines.iter().any(|(_, _, part)| *part < 1.0);
        if split { figure.assume("models that share a route share its cost equally", "capacity by model") } else { figure }
    }
}

/// The route's owner, else that of the first model that it asks.
fn owner(spec: &Spec, route: &Id, models: &[Id]) -> String {
    let own = spec.routes.get(route).and_then(|route| route.owner.as_ref());
    let of_models = models.iter().find_map(|model| spec.models.get(model).and_then(|model| model.owner.as_ref()));
    own.or(of_models).map_or_else(|| NOBODY.to_owned(), |owner| owner.as_str().to_owned())
}

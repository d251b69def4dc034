//! What it costs a month, item by item, and what may be spent.
//!
//! Ways to make it cheaper belong to lint.

use super::capacity::{CapacityFigures, ServedCapacity};
use super::figure::Figure;
use super::index::Element;
use super::load::LoadFigures;
use super::usage::{self, ProviderCalls};
use crate::arithmetic::cost as formula;
use charter_spec::ast::{Device, UnitPrices};
use charter_spec::quantity::MoneyPerTime;
use charter_spec::{SectionName, Span, Spanned, Spec};
use std::collections::{HashMap, HashSet};

/// The bill.
#[derive(Clone, Debug, Default)]
pub struct CostFigures {
    /// The charter's currency; that of the ceiling where none is stated, `USD` where there is neither.
    pub currency: String,
    /// The ceiling a month, as written.
    pub ceiling: Option<Figure>,
    /// Ceiling less reserve.
    pub allowed: Option<Figure>,
    /// What is paid for: routes or models, calls of providers, storage, then fixed costs.
    pub items: Vec<CostItem>,
    /// Sum of the items whose price is known: a lower bound. `None` when no price is known.
    pub known: Option<Figure>,
    /// The sum, when every item has a price.
    pub total: Option<Figure>,
    /// What routes pay to providers.
    pub calls: Vec<ProviderCalls>,
    /// Routes with what a thousand of their calls cost, in document order.
    pub served: Vec<ServedCost>,
}

/// What a route costs by the call: its replicas and what it pays to providers; what is paid anyway is not in it.
#[derive(Clone, Debug)]
pub struct ServedCost {
    pub element: Element,
    /// A thousand calls at the average load, in the bill's currency.
    pub per_thousand: Option<Figure>,
    /// Keys whose figures are missing; empty when the cost is known.
    pub missing: Vec<String>,
}

/// One item of the bill.
#[derive(Clone, Debug)]
pub struct CostItem {
    /// What it is for: a route or model (also one that a provider runs), `capacity.storage` entry, or `cost.fixed` entry.
    pub element: Element,
    pub span: Span,
    /// A month, in the bill's currency.
    pub per_month: Option<Figure>,
    /// Keys whose figures are missing; empty when the price is known.
    pub missing: Vec<String>,
}

/// What a route pays for: for what, how much a month, and which figures are missing.
type Part<'a> = (&'a Element, &'a Option<Figure>, &'a Vec<String>);

impl CostFigures {
    /// The cost of a route by the call.
    pub fn of_thousand(&self, route: &str) -> Option<&ServedCost> {
        self.served.iter().find(|served| served.element.id == *route)
    }

    pub(super) fn new(spec: &Spec, capacity: &CapacityFigures, load: &LoadFigures) -> Self {
        let cost = spec.cost.as_ref().map(|cost| &cost.value);
        let ceiling = cost.and_then(|cost| cost.ceiling.as_ref());
        let currency = spec
            .currency
            .as_ref()
            .map(|currency| currency.value)
            .or_else(|| ceiling.and_then(|ceiling| ceiling.currency()))
            .map_or_else(|| "USD".to_owned(), |currency| currency.code().to_owned());
        let unit = format!("{currency}/month");
        let mut bill = Self {
            ceiling: ceiling
                .filter(|ceiling| in_currency(ceiling, &currency))
                .map(|ceiling| Figure::written(ceiling.per_month(), unit, "cost.ceiling", ceiling.span)),
            currency,
            ..Self::default()
        };
        bill.allowed = bill.ceiling.as_ref().and_then(|ceiling| {
            let reserve = cost.and_then(|cost| cost.reserve.as_ref());
            let ratio = reserve.map_or(0.0, |reserve| reserve.ratio());
            let figure = Figure::derived(formula::allowed_per_month(ceiling.value(), ratio, &bill.currency))?.from(ceiling);
            Some(match reserve {
                Some(reserve) => figure.input("cost.reserve", reserve.span),
                None => figure,
            })
        });
        let prices = cost.and_then(|cost| cost.unit.as_ref()).map(|unit| &unit.value);
        bill.calls = usage::calls(spec, load, &bill.currency);
        bill.replicas(spec, capacity, prices);
        for calls in &bill.calls {
            let (element, per_month, missing) = (calls.model.clone(), calls.per_month.clone(), calls.missing.clone());
            bill.items.push(CostItem { element, span: calls.span, per_month, missing });
        }
        bill.served = bill.by_the_call(spec, load);
        bill.storage(capacity, prices);
        for entry in cost.into_iter().flat_map(|cost| &cost.fixed) {
            let id = &entry.id.value;
            let (per_month, missing) = bill.price(&format!("cost.fixed.{id}"), Some(&entry.value));
            bill.items.push(CostItem { element: Element::new(SectionName::Cost, id), span: entry.id.span, per_month, missing });
        }
        bill.sum();
        bill
    }

    /// A price in the bill's currency, or which key is missing.
    fn price(&self, name: &str, written: Option<&Spanned<MoneyPerTime>>) -> (Option<Figure>, Vec<String>) {
        match written {
            Some(price) if in_currency(price, &self.currency) => {
                (Some(Figure::written(price.per_month(), format!("{}/month", self.currency), name, price.span)), Vec::new())
            }
            Some(_) => (None, vec![format!("{name} in {}", self.currency)]),
            None => (None, vec![name.to_owned()]),
        }
    }

    fn replicas(&mut self, spec: &Spec, capacity: &CapacityFigures, prices: Option<&UnitPrices>) {
        let declared = if spec.routes.is_empty() { SectionName::Models } else { SectionName::Routes };
        let mut served: Vec<(Element, Span)> = Vec::new();
        if declared == SectionName::Routes {
            served.extend(spec.routes.iter().map(|route| (Element::new(declared, &route.id.value), route.id.span)));
        } else {
            served.extend(spec.models.iter().map(|model| (Element::new(declared, &model.id.value), model.id.span)));
        }
        // Models that are sized by themselves, beside the routes that ask them.
        let apart = capacity.models.iter().filter(|sized| sized.element.section != declared);
        served.extend(apart.map(|sized| (sized.element.clone(), sized.span)));
        let written = spec.capacity.as_ref().map(|capacity| &capacity.models);
        let asks: HashSet<Element> = self.calls.iter().map(|calls| calls.route.clone()).collect();
        for (element, span) in served {
            let sized = capacity.of(&element.id).filter(|sized| sized.element == element);
            let device = written.and_then(|models| models.get(&element.id)).and_then(|model| model.device.as_ref());
            let (per_month, missing) = self.replica_price(&element, sized, device.map(|device| device.value), prices);
            // A route that nobody sized and that only asks a provider has no replicas to pay for.
            if sized.is_none() && asks.contains(&element) {
                continue;
            }
            // A route that nobody sized, in a document that sizes models: the models carry the cost.
            if sized.is_none() && declared == SectionName::Routes && capacity.models.iter().any(|sized| sized.element.section != declared) {
                continue;
            }
            self.items.push(CostItem { element, span, per_month, missing });
        }
    }

    fn replica_price(
        &self,
        element: &Element,
        sized: Option<&ServedCapacity>,
        device: Option<Device>,
        prices: Option<&UnitPrices>,
    ) -> (Option<Figure>, Vec<String>) {
        let id = &element.id;
        let Some(sized) = sized else { return (None, vec![format!("capacity.{id}")]) };
        let mut missing = Vec::new();
        if sized.planned.is_none() {
            missing.extend(unsized_by(sized));
        }
        let Some(device) = device else {
            missing.push(format!("capacity.{id}.device"));
            return (None, missing);
        };
        let (name, written) = match device {
            Device::Gpu => ("cost.unit.gpu", prices.and_then(|prices| prices.gpu.as_ref())),
            Device::Cpu => ("cost.unit.cpu", prices.and_then(|prices| prices.cpu.as_ref())),
        };
        let (price, without) = self.price(name, written);
        missing.extend(without);
        let Some((price, planned)) = price.zip(sized.planned.as_ref()) else { return (None, missing) };
        let beyond = || (None, vec![format!("capacity.{id} within what can be counted")]);
        let devices = match (device, &sized.memory_bytes, &sized.device_bytes) {
            (Device::Gpu, Some(memory), Some(device)) => match formula::devices(memory.value(), device.value()) {
                Some(derivation) => match Figure::derived(derivation) {
                    Some(figure) => Some(figure.from(memory).from(device)),
                    None => return beyond(),
                },
                None => None,
            },
            _ => None,
        };
        let count = devices.as_ref().map_or(1.0, Figure::value);
        let derivation = formula::replicas_per_month(planned.value(), count, price.value(), &self.currency);
        let Some(figure) = Figure::derived(derivation) else { return beyond() };
        let mut figure = figure.from(planned).from(&price);
        if let Some(devices) = &devices {
            figure = figure.from(devices);
        }
        (Some(figure), missing)
    }

    fn storage(&mut self, capacity: &CapacityFigures, prices: Option<&UnitPrices>) {
        // Storage without a price a terabyte is part of other prices, not a hole.
        let Some(written) = prices.and_then(|prices| prices.storage_tb.as_ref()) else { return };
        for stored in &capacity.storage {
            let (price, mut missing) = self.price("cost.unit.storage_tb", Some(written));
            let per_month = price.zip(stored.bytes.as_ref()).and_then(|(price, bytes)| {
                let derivation = formula::storage_per_month(bytes.value(), price.value(), &self.currency);
                Some(Figure::derived(derivation)?.from(bytes).from(&price))
            });
            if stored.bytes.is_none() || (per_month.is_none() && missing.is_empty()) {
                missing.push(format!("capacity.storage.{}", stored.id));
            }
            self.items.push(CostItem { element: Element::new(SectionName::Capacity, &stored.id), span: stored.span, per_month, missing });
        }
    }

    /// What a thousand calls of each route cost: its own items of the bill over the calls of a month.
    fn by_the_call(&self, spec: &Spec, load: &LoadFigures) -> Vec<ServedCost> {
        let mut parts: HashMap<&Element, Vec<Part<'_>>> = HashMap::new();
        for item in self.items.iter().filter(|item| item.element.section == SectionName::Routes) {
            parts.entry(&item.element).or_default().push((&item.element, &item.per_month, &item.missing));
        }
        for calls in &self.calls {
            parts.entry(&calls.route).or_default().push((&calls.model, &calls.per_month, &calls.missing));
        }
        let routes = spec.routes.iter().map(|route| Element::new(SectionName::Routes, &route.id.value));
        routes.map(|route| self.of_parts(parts.get(&route).map_or(&[], Vec::as_slice), route, load)).collect()
    }

    fn of_parts(&self, parts: &[Part<'_>], route: Element, load: &LoadFigures) -> ServedCost {
        let mut missing: Vec<String> = parts.iter().flat_map(|(_, _, missing)| missing.iter().cloned()).collect();
        let rate = usage::rate(load, &route);
        if rate.is_none() {
            missing.push("load.average".to_owned());
        } else if parts.is_empty() {
            missing.push(format!("capacity.{}", route.id));
        }
        let known: Vec<(&Element, &Figure)> =
            parts.iter().filter_map(|(element, per_month, _)| Some((*element, per_month.as_ref()?))).collect();
        let per_thousand = rate.filter(|rate| missing.is_empty() && rate.value() > 0.0).and_then(|rate| {
            let terms: Vec<(String, f64)> = known.iter().map(|(element, figure)| (element.id.to_string(), figure.value())).collect();
            let figure = Figure::derived(formula::thousand_of_route(&terms, rate.value(), &self.currency))?;
            Some(known.iter().fold(figure, |figure, (_, part)| figure.from(part)).from(&rate))
        });
        ServedCost { element: route, per_thousand, missing }
    }

    fn sum(&mut self) {
        let known: Vec<(&CostItem, &Figure)> =
            self.items.iter().filter_map(|item| item.per_month.as_ref().map(|figure| (item, figure))).collect();
        if known.is_empty() {
            return;
        }
        let terms: Vec<(String, f64)> = known.iter().map(|(item, figure)| (item.element.id.to_string(), figure.value())).collect();
        let Some(mut total) = Figure::derived(formula::total_per_month(&terms, &self.currency)) else { return };
        let mut seen = HashSet::new();
        for (_, figure) in &known {
            for input in &figure.inputs {
                if seen.insert((input.span, input.name.clone())) {
                    total.inputs.push(input.clone());
                }
            }
            for assumption in &figure.assumptions {
                if !total.assumptions.contains(assumption) {
                    total.assumptions.push(assumption.clone());
                }
            }
        }
        self.total = self.items.iter().all(|item| item.per_month.is_some()).then(|| total.clone());
        self.known = Some(total);
    }
}

/// Keys that stand between a route or model and its number of replicas.
fn unsized_by(sized: &ServedCapacity) -> Vec<String> {
    let keys: Vec<String> = sized.unknown.iter().filter_map(|clause| clause.strip_suffix(" is not stated")).map(str::to_owned).collect();
    if !keys.is_empty() {
        return keys;
    }
    // Stated, and nothing that replicas follow from.
    vec![format!("capacity.{}.throughput", sized.id)]
}

fn in_currency(money: &Spanned<MoneyPerTime>, currency: &str) -> bool {
    money.currency().is_none_or(|written| written.code() == currency)
}

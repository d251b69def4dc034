//! What calls of models at providers cost: the tokens of a call, at the provider's prices.
//!
//! Replicas of what runs here belong to `cost`.

use super::figure::Figure;
use super::index::Element;
use super::load::{LoadFigures, first_versions};
use crate::arithmetic::cost as formula;
use charter_spec::ast::{Model, ProviderPrice};
use charter_spec::names::{Entry, ModelVersionRef};
use charter_spec::quantity::{Count, MoneyPerUnit};
use charter_spec::{Dimension, Field, SectionName, Span, Spec};

/// What the calls of one route to one model at a provider cost, when nothing is broken.
#[derive(Clone, Debug)]
pub struct ProviderCalls {
    pub route: Element,
    pub model: Element,
    /// Where the version is declared.
    pub span: Span,
    /// A thousand calls, in the bill's currency.
    pub per_thousand: Option<Figure>,
    /// A month, in the bill's currency.
    pub per_month: Option<Figure>,
    /// Keys whose figures are missing; empty when the price is known.
    pub missing: Vec<String>,
}

/// Calls to providers of every route, in document order.
pub(super) fn calls(spec: &Spec, load: &LoadFigures, currency: &str) -> Vec<ProviderCalls> {
    let mut found = Vec::new();
    for route in &spec.routes {
        let mut asked = Vec::new();
        if let Some(answer) = &route.answer {
            first_versions(&answer.value, &mut asked);
        }
        let element = Element::new(SectionName::Routes, &route.id.value);
        for reference in asked {
            found.extend(of_version(spec, load, &element, reference, currency));
        }
    }
    found
}

/// `None` for a version that no provider runs, and for a model that says nothing about tokens or prices: then it is paid in another way.
fn of_version(spec: &Spec, load: &LoadFigures, route: &Element, reference: &ModelVersionRef, currency: &str) -> Option<ProviderCalls> {
    let model = spec.models.get_entry(&reference.model)?;
    let version = match &reference.version {
        Some(version) => model.versions.get_entry(version)?,
        None => model.versions.iter().next()?,
    };
    let provider = spec.providers.get_entry(&version.provider.as_ref()?.value.id)?;
    let theirs = version.model.as_ref().map_or(model.id.value.as_str(), |name| name.value.as_str());
    let priced = |price: &&Entry<ProviderPrice>| price.id.value == *theirs || price.model.as_ref().is_some_and(|name| name.value == theirs);
    let price = provider.prices.iter().find(priced);
    if price.is_none() && model.tokens.is_none() {
        return None;
    }
    let mut missing = Vec::new();
    let per_thousand = match price {
        Some(price) => {
            thousand(model, &format!("providers.{}.prices.{}", provider.id.value, price.id.value), price, currency, &mut missing)
        }
        None => {
            missing.push(format!("providers.{}.prices.{theirs}", provider.id.value));
            None
        }
    };
    let rate = rate(load, route);
    if rate.is_none() {
        missing.push("load.average".to_owned());
    }
    let per_month = per_thousand.as_ref().zip(rate).and_then(|(thousand, rate)| {
        let derivation = formula::calls_per_month(rate.value(), thousand.value(), currency);
        Some(Figure::derived(derivation)?.from(thousand).from(&rate))
    });
    let model = Element::new(SectionName::Models, &model.id.value);
    Some(ProviderCalls { route: route.clone(), model, span: version.id.span, per_thousand, per_month, missing })
}

/// What a thousand calls cost; `None` when a figure is missing, which is then in `missing`.
fn thousand(model: &Entry<Model>, path: &str, price: &ProviderPrice, currency: &str, missing: &mut Vec<String>) -> Option<Figure> {
    let tokens = model.tokens.as_ref().map(|tokens| &tokens.value);
    let id = &model.id.value;
    let mut parts = Vec::new();
    let mut inputs = Vec::new();
    let mut part = |name: &str, count: Option<&Field<Count>>, price: &Field<MoneyPerUnit>| {
        let Some(price) = price else { return };
        if !in_currency(price, currency) {
            missing.push(format!("{path}.{name} in {currency}"));
            return;
        }
        let each = match count {
            None => 1.0,
            Some(Some(count)) => {
                inputs.push((format!("models.{id}.tokens.{name}"), count.span));
                super::capacity::number_of(count)
            }
            Some(None) => return missing.push(format!("models.{id}.tokens.{name}")),
        };
        inputs.push((format!("{path}.{name}"), price.span));
        parts.push(formula::Charge { name: name.to_owned(), units: each, price: price.quantity().base, by_token: count.is_some() });
    };
    part("input", Some(tokens.map_or(&None, |tokens| &tokens.input)), &price.input);
    part("output", Some(tokens.map_or(&None, |tokens| &tokens.output)), &price.output);
    part("call", None, &price.call);
    if !missing.is_empty() || parts.is_empty() {
        return None;
    }
    let figure = Figure::derived(formula::thousand_calls(&parts, currency))?;
    Some(inputs.into_iter().fold(figure, |figure, (name, span)| figure.input(name, span)))
}

fn in_currency(price: &MoneyPerUnit, currency: &str) -> bool {
    match price.quantity().dimension() {
        Dimension::MoneyPer(written, _) => written.code() == currency,
        _ => true,
    }
}

/// Calls a second of a route on average; the peak, as if it lasted, where no average is stated.
pub(super) fn rate(load: &LoadFigures, route: &Element) -> Option<Figure> {
    let share = load.of(route)?.share.as_ref()?;
    if let Some(average) = &load.average_rps {
        return Some(Figure::derived(formula::average_of(average.value(), share.value()))?.from(average).from(share));
    }
    let peak = load.of(route)?.peak_rps.clone()?;
    Some(peak.assume("calls come at the peak rate all the time", "load.average"))
}

//! Who gets how much of the traffic, and whether users and rates can both hold.

use super::figure::Figure;
use super::index::Element;
use crate::arithmetic::derivation::{Derivation, percent};
use crate::arithmetic::load::{implied_latency_ms, rate, rate_rps};
use charter_spec::ast::{Answer, AnswerKind, Load};
use charter_spec::measure::{CriterionKind, Operator, TermKind};
use charter_spec::names::ModelVersionRef;
use charter_spec::{Id, SectionName, Span, Spec};
use std::collections::HashMap;

/// The traffic and how it is spread.
#[derive(Clone, Debug, Default)]
pub struct LoadFigures {
    /// Requests a second at the peak, as written.
    pub peak_rps: Option<Figure>,
    /// Requests a second on average, as written.
    pub average_rps: Option<Figure>,
    /// Sum of the mix, as a ratio; `None` when no mix is written.
    pub mix_total: Option<Figure>,
    /// Sum of the routes' shares, as a ratio, when `capacity.*.share` says one of them and none is assumed.
    pub stated_total: Option<Figure>,
    /// Every route, then every model, in document order.
    pub served: Vec<ServedLoad>,
    /// Places where users and a rate stand for the same traffic.
    pub users: Vec<UsersAgainstRate>,
    by_element: HashMap<Element, usize>,
}

/// The share of one route or model.
#[derive(Clone, Debug)]
pub struct ServedLoad {
    pub element: Element,
    /// Where it is declared.
    pub span: Span,
    /// Share of the peak, between 0 and 1.
    pub share: Option<Figure>,
    /// Requests a second at the peak.
    pub peak_rps: Option<Figure>,
}

/// Users on one side, requests a second on the other.
#[derive(Clone, Debug)]
pub struct UsersAgainstRate {
    /// The scenario that speaks of users; `None` for `load.users`.
    pub scenario: Option<Id>,
    pub users: f64,
    pub users_span: Span,
    pub think_ms: Option<f64>,
    pub think_span: Option<Span>,
    /// The rate that the users are held against.
    pub rate: Figure,
    /// Mean latency at which the users make exactly the rate; negative when thinking alone takes longer.
    pub implied_latency_ms: Figure,
    /// The latency limit of the scenario's measure, when it has one.
    pub limit_ms: Option<f64>,
    /// Rate at a mean latency equal to that limit.
    pub rate_at_limit: Option<Figure>,
}

impl LoadFigures {
    /// The load of a route or model.
    pub fn of(&self, element: &Element) -> Option<&ServedLoad> {
        self.by_element.get(element).and_then(|at| self.served.get(*at))
    }

    /// The load of the route with this id, else of the model.
    pub fn of_id(&self, id: &Id) -> Option<&ServedLoad> {
        self.of(&Element::new(SectionName::Routes, id)).or_else(|| self.of(&Element::new(SectionName::Models, id)))
    }

    /// The sum that should be 100 % and is not: that of the mix as written, else that of the routes' shares.
    pub fn uneven(&self) -> Option<&Figure> {
        [&self.mix_total, &self.stated_total].into_iter().flatten().find(|total| !is_whole(total.value()))
    }

    pub(super) fn new(spec: &Spec) -> Self {
        let load = spec.load.as_ref().map(|load| &load.value);
        let rate = |name: &str, written: Option<&charter_spec::Spanned<charter_spec::quantity::Rate>>| {
            written.map(|rate| Figure::written(rate.per_second(), "rps", name, rate.span))
        };
        let mut figures = Self {
            peak_rps: rate("load.peak", load.and_then(|load| load.peak.as_ref())),
            average_rps: rate("load.average", load.and_then(|load| load.average.as_ref())),
            mix_total: load.and_then(mix_total),
            ..Self::default()
        };
        let askers = askers(spec);
        for entry in &spec.routes {
            figures.push(spec, SectionName::Routes, &entry.id.value, entry.id.span, &askers);
        }
        for entry in &spec.models {
            figures.push(spec, SectionName::Models, &entry.id.value, entry.id.span, &askers);
        }
        figures.stated_total = figures.stated_total(spec);
        figures.users = users(spec, &figures);
        figures
    }

    fn push(&mut self, spec: &Spec, section: SectionName, id: &Id, span: Span, askers: &HashMap<Id, Vec<Id>>) {
        let share = self.share(spec, section, id, askers);
        let peak_rps = self.peak_rps.as_ref().zip(share.as_ref()).and_then(|(peak, share)| {
            let figure = peak.value() * share.value();
            let derivation = Derivation::new(figure, "rps").step(format!(
                "{} rps × {} = {} rps",
                rate(peak.value()),
                percent(share.value()),
                rate(figure)
            ));
            Some(Figure::derived(derivation)?.from(peak).from(share))
        });
        let element = Element::new(section, id);
        self.by_element.insert(element.clone(), self.served.len());
        self.served.push(ServedLoad { element, span, share, peak_rps });
    }

    /// Capacity's own share first, then the mix, then what the routes that ask a model get, then an equal split when nothing is written.
    fn share(&self, spec: &Spec, section: SectionName, id: &Id, askers: &HashMap<Id, Vec<Id>>) -> Option<Figure> {
        // A capacity entry belongs to the route of that name, and to the model only where there is no such route.
        let own = section == SectionName::Routes || !spec.routes.contains(id);
        if let Some(capacity) = spec.capacity.as_ref().and_then(|capacity| capacity.models.get(id)).filter(|_| own)
            && let Some(share) = &capacity.share
        {
            return Some(Figure::written(share.ratio(), "ratio", format!("capacity.{id}.share"), share.span));
        }
        let mix = spec.load.as_ref().map(|load| &load.mix);
        if let Some(entry) = mix.and_then(|mix| mix.get_entry(id)).filter(|_| own) {
            return Some(Figure::written(entry.value.value.ratio(), "ratio", format!("load.mix.{id}"), entry.value.span));
        }
        if section == SectionName::Models && !spec.routes.is_empty() {
            return self.share_through_routes(askers.get(id)?);
        }
        if mix.is_some_and(|mix| mix.is_written()) {
            return None;
        }
        let (count, word) = if section == SectionName::Routes { (spec.routes.len(), "routes") } else { (spec.models.len(), "models") };
        // Counts of elements are far below 2^52.
        #[allow(clippy::cast_precision_loss)]
        let figure = 1.0 / (count.max(1) as f64);
        let derivation = Derivation::new(figure, "ratio").step(format!("1 of {count} {word}: {}", percent(figure)));
        let shared = Figure::new(derivation);
        if count < 2 { Some(shared) } else { Some(shared.assume(format!("the {count} {word} share the load equally"), "load.mix")) }
    }

    /// A route that the mix leaves out gets nothing.
    fn stated_total(&self, spec: &Spec) -> Option<Figure> {
        let stated = |route: &Id| spec.capacity.as_ref().and_then(|capacity| capacity.models.get(route)?.share.as_ref()).is_some();
        let shares: Vec<(&Id, &Figure)> = self
            .served
            .iter()
            .filter(|served| served.element.section == SectionName::Routes)
            .filter_map(|served| Some((&served.element.id, served.share.as_ref()?)))
            .collect();
        if !shares.iter().any(|(route, _)| stated(route)) || shares.iter().any(|(_, share)| !share.is_proven()) {
            return None;
        }
        let figure: f64 = shares.iter().map(|(_, share)| share.value()).sum();
        let terms: Vec<String> = shares.iter().map(|(route, share)| format!("{route} {}", percent(share.value()))).collect();
        let derivation = Derivation::new(figure, "ratio").step(format!("{} = {}", terms.join(" + "), percent(figure)));
        Some(shares.iter().fold(Figure::derived(derivation)?, |total, (_, share)| total.from(share)))
    }

    fn share_through_routes(&self, routes: &[Id]) -> Option<Figure> {
        let mut shares = Vec::new();
        for route in routes {
            let load = self.of(&Element::new(SectionName::Routes, route))?;
            shares.push((route, load.share.as_ref()?));
        }
        let figure: f64 = shares.iter().map(|(_, share)| share.value()).sum();
        let terms: Vec<String> = shares.iter().map(|(route, share)| format!("{route} {}", percent(share.value()))).collect();
        let derivation = Derivation::new(figure, "ratio").step(format!("asked by {} = {}", terms.join(" + "), percent(figure)));
        Some(shares.iter().fold(Figure::derived(derivation)?, |total, (_, share)| total.from(share)))
    }
}

/// Routes by the model that their first rung asks.
fn askers(spec: &Spec) -> HashMap<Id, Vec<Id>> {
    let mut askers: HashMap<Id, Vec<Id>> = HashMap::new();
    for route in &spec.routes {
        let mut models = Vec::new();
        if let Some(answer) = &route.answer {
            first_models(&answer.value, &mut models);
        }
        for model in models {
            let routes = askers.entry(model).or_default();
            if routes.last() != Some(&route.id.value) {
                routes.push(route.id.value.clone());
            }
        }
    }
    askers
}

/// Models that a call asks when nothing is broken.
pub(crate) fn first_models(answer: &Answer, models: &mut Vec<Id>) {
    let mut versions = Vec::new();
    first_versions(answer, &mut versions);
    models.extend(versions.into_iter().map(|version| version.model.clone()));
}

/// Versions that a call asks when nothing is broken. How deep answers nest is bounded by the reader.
pub(super) fn first_versions<'a>(answer: &'a Answer, found: &mut Vec<&'a ModelVersionRef>) {
    match &answer.kind {
        AnswerKind::Model(node) => found.extend(node.model.as_ref().map(|model| &model.value)),
        AnswerKind::Ladder(node) => {
            if let Some(rung) = node.ladder.iter().next() {
                first_versions(&rung.answer.value, found);
            }
        }
        AnswerKind::Split(node) => node.split.iter().for_each(|arm| first_versions(&arm.value.answer.value, found)),
        AnswerKind::Sequence(node) => node.sequence.iter().for_each(|step| first_versions(&step.value, found)),
        AnswerKind::Shadow(node) => inner_versions(node.shadow.as_ref().and_then(|shadow| shadow.of.as_ref()), found),
        AnswerKind::Cascade(node) => {
            if let Some(step) = node.cascade.first() {
                first_versions(&step.answer.value, found);
            }
        }
        AnswerKind::Ensemble(node) => node.ensemble.iter().for_each(|member| first_versions(&member.answer.value, found)),
        AnswerKind::Cache(node) => inner_versions(node.cache.as_ref().and_then(|cache| cache.of.as_ref()), found),
        AnswerKind::Rule(_) | AnswerKind::Static(_) | AnswerKind::Lookup(_) => {}
    }
}

fn inner_versions<'a>(answer: Option<&'a charter_spec::Spanned<Box<Answer>>>, found: &mut Vec<&'a ModelVersionRef>) {
    if let Some(answer) = answer {
        first_versions(&answer.value, found);
    }
}

/// How far the sum of shares may be from 100 %: what rounding to a tenth of a percent leaves.
const ROUNDING: f64 = 0.001;

/// Whether shares add up to 100 %, written to a tenth of a percent.
pub(crate) fn is_whole(total: f64) -> bool {
    (total - 1.0).abs() <= ROUNDING + 1e-9
}

fn mix_total(load: &Load) -> Option<Figure> {
    load.mix.is_written().then(|| {
        let figure: f64 = load.mix.iter().map(|entry| entry.value.value.ratio()).sum();
        let terms: Vec<String> =
            load.mix.iter().map(|entry| format!("{} {}", entry.id.value, percent(entry.value.value.ratio()))).collect();
        let derivation = Derivation::new(figure, "ratio").step(format!("{} = {}", terms.join(" + "), percent(figure)));
        load.mix.iter().fold(Figure::new(derivation), |total, entry| total.input(format!("load.mix.{}", entry.id.value), entry.value.span))
    })
}

/// What users and rate there are to hold against each other: those of a scenario against its own rate or the peak, those of the load against the peak.
fn users(spec: &Spec, figures: &LoadFigures) -> Vec<UsersAgainstRate> {
    let mut pairs = Vec::new();
    if let Some(load) = &spec.load
        && let (Some(users), Some(rate)) = (&load.users, &figures.peak_rps)
    {
        let think = load.think.as_ref().map(|think| (think.millis(), think.span));
        pairs.extend(pair(None, (count(users), users.span), think, rate.clone().input("load.users", users.span), None, "load.think"));
    }
    for entry in &spec.quality {
        let Some(under) = &entry.under else { continue };
        let Some(users) = &under.users else { continue };
        let id = &entry.id.value;
        let own = under.rate.as_ref().map(|rate| Figure::written(rate.per_second(), "rps", format!("quality.{id}.under.rate"), rate.span));
        let served = entry.artifact.as_ref().and_then(|artifact| Id::new(artifact.as_str()).ok()).and_then(|id| figures.of_id(&id));
        // Where a mix says how much of the peak this artifact gets, that is the rate meant; else the peak as a whole.
        let part = served.and_then(|served| served.peak_rps.as_ref()).filter(|figure| figure.is_proven()).cloned();
        let Some(rate) = own.or(part).or_else(|| figures.peak_rps.clone()) else { continue };
        let think = under.think.as_ref().map(|think| (think.millis(), think.span));
        let rate = rate.input(format!("quality.{id}.under.users"), users.span);
        let asks = format!("quality.{id}.under.think");
        pairs.extend(pair(Some(id.clone()), (count(users), users.span), think, rate, latency_limit_ms(entry), &asks));
    }
    pairs
}

fn pair(
    scenario: Option<Id>,
    (users, users_span): (f64, Span),
    think: Option<(f64, Span)>,
    rate: Figure,
    limit_ms: Option<f64>,
    asks: &str,
) -> Option<UsersAgainstRate> {
    let think_ms = think.map_or(0.0, |(think, _)| think);
    let rest = |derivation: Derivation| {
        let figure = Figure::derived(derivation)?.from(&rate);
        Some(match think {
            Some((_, span)) => figure.input(asks, span),
            None => figure.assume("users do not pause between requests", asks),
        })
    };
    let implied = rest(implied_latency_ms(users, rate.value(), think_ms)?)?;
    let rate_at_limit = limit_ms.and_then(|limit| rate_rps(users, limit, think_ms)).and_then(rest);
    Some(UsersAgainstRate {
        scenario,
        users,
        users_span,
        think_ms: think.map(|(think, _)| think),
        think_span: think.map(|(_, span)| span),
        rate,
        implied_latency_ms: implied,
        limit_ms,
        rate_at_limit,
    })
}

/// The limit of a latency measure in milliseconds.
pub(super) fn latency_limit_ms(scenario: &charter_spec::ast::Scenario) -> Option<f64> {
    let CriterionKind::Measure(measure) = &scenario.measure.as_ref()?.value.kind else { return None };
    let TermKind::Call { arguments, .. } = &measure.term.kind else { return None };
    let speaks_of_latency = arguments.iter().any(|argument| {
        matches!(argument, charter_spec::measure::Argument::Term(term)
            if matches!(&term.kind, TermKind::Path(path) if path.single() == Some("latency")))
    });
    let below = matches!(measure.operator.value, Operator::Less | Operator::AtMost);
    let quantity = measure.value.quantity()?;
    let time = quantity.dimension() == charter_spec::Dimension::Time;
    (speaks_of_latency && below && time).then_some(quantity.base / 1e6)
}

/// Counts are whole and at most 2^53.
#[allow(clippy::cast_precision_loss)]
fn count(count: &charter_spec::quantity::Count) -> f64 {
    count.count() as f64
}

//! Routes: what callers call, and the ladder that answers, drawn.

use crate::diagram::ladder::{Step, ladder};
use crate::site::links::Page;
use crate::site::parts::{Facts, figure_or, findings, heading, joined, link, nothing, picture, reference, references, table};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::arithmetic::derivation::number;
use charter_plan::resolved::{Element, Figure, Ladder, LadderRung, RungMeans};
use charter_spec::SectionName;
use charter_spec::ast::{Answer, AnswerKind, Expressions, FailMode, Route, RouteAccess};
use charter_spec::names::Entry;
use maud::{Markup, html};

/// Ladders that are drawn; beyond, the table tells the same in less room.
const DRAWN_MAX: usize = 60;

pub(super) fn page(site: &Site<'_>) -> Content {
    let routes = &site.spec().routes;
    let body = html! {
        @if routes.is_empty() { (nothing("has no route", "routes")) }
        @if routes.len() > 1 { (overview(site)) }
        @for (at, entry) in routes.iter().enumerate() { (route(site, entry, at < DRAWN_MAX)) }
    };
    Content::of(
        Page::Routes,
        html! { "What callers call by name. Each is answered by the first rung of its ladder that can; the answer names its rung." },
        body,
    )
}

fn element(entry: &Entry<Route>) -> Element {
    Element::new(SectionName::Routes, &entry.id.value)
}

fn overview(site: &Site<'_>) -> Markup {
    let rows = html! {
        @for entry in &site.spec().routes {
            @let element = element(entry);
            @let load = site.resolved().load.of(&element);
            tr {
                th scope="row" { (link(site, &element)) }
                td {
                    @if let Some(ladder) = site.resolved().ladders.of(&element).next() { (rung_names(ladder)) }
                }
                td.num { (figure_or(site, load.and_then(|load| load.peak_rps.as_ref()))) }
                td { @if let Some(latency) = &entry.latency { (reference(site, &latency.value)) } @else { span.none { "–" } } }
                td { (findings(site, &element)) }
            }
        }
    };
    table("Routes", &["Route", "Ladder", "#At the peak", "Budget", ""], rows)
}

fn route(site: &Site<'_>, entry: &Entry<Route>, drawn: bool) -> Markup {
    let element = element(entry);
    let load = site.resolved().load.of(&element);
    let planned = site.input.plan.and_then(|plan| plan.route_named(&entry.id.value));
    let output = entry.output.as_ref().map(|output| {
        output
            .value
            .tensors
            .iter()
            .map(|tensor| {
                let shape: Vec<String> = tensor.shape.iter().map(u32::to_string).collect();
                let shape = if shape.is_empty() { String::new() } else { format!("[{}]", shape.join(", ")) };
                format!("{}: {}{shape}", tensor.id.value, tensor.datatype.word())
            })
            .collect::<Vec<_>>()
            .join(", ")
    });
    let facts = Facts::default()
        .add("Input", html! { @if let Some(input) = &entry.input { code { (input.value.as_str()) } } })
        .add("Features", references(site, &entry.features))
        .add("Output", html! { @if let Some(output) = output { code { (output) } } })
        .add(
            "Decides",
            html! {
                @if let Some(decide) = &entry.decide {
                    @for decision in &decide.decisions { div { (decision.id.value.as_str()) ": " code { (decision.value.value) } } }
                }
            },
        )
        .reference(site, "Latency budget", &entry.latency)
        .add("Time in all", html! { @if let Some(planned) = planned { (number(f64::from(planned.timeout_ms))) " ms" } })
        .text("Rows at most", &entry.rows_max)
        .figure(site, "Share of the peak", load.and_then(|load| load.share.as_ref()))
        .figure(site, "At the peak", load.and_then(|load| load.peak_rps.as_ref()))
        .add("Access", access(site, entry))
        .add("Pinning", html! { @if entry.pinning.as_ref().is_some_and(|pinning| pinning.value) { "callers may pin a version" } })
        .reference(site, "Data set", &entry.dataset)
        .reference(site, "Owner", &entry.owner);
    html! {
        article.route {
            (heading(site, &element, html! {}))
            @if let Some(about) = &entry.about { p { (about.value) } }
            @for found in site.resolved().ladders.of(&element) {
                (drawn_ladder(site, found, entry.answer.as_ref().map(|answer| &answer.value), drawn))
            }
            @if site.resolved().ladders.of(&element).next().is_none() {
                @if let Some(answer) = &entry.answer { p { "Answered by " (answer_words(&answer.value)) ", without a ladder." } } @else {
                    p.none { "Nothing says how it is answered." }
                }
            }
            (facts.render())
        }
    }
}

/// `full → previous → popular`.
pub(super) fn rung_names(ladder: &Ladder) -> String {
    ladder.rungs.iter().map(|rung| rung.name.as_str()).collect::<Vec<_>>().join(" → ")
}

fn access(site: &Site<'_>, entry: &Entry<Route>) -> Markup {
    html! {
        @match entry.access.as_ref().map(|access| &access.value) {
            None => {}
            Some(RouteAccess::Open) => "open to anyone who can reach it",
            Some(RouteAccess::Identities(identities)) => (references(site, identities)),
        }
    }
}

const PINNED: &str = "pinned: its version never moves";

/// A ladder as a picture, and in words below.
pub(super) fn drawn_ladder(site: &Site<'_>, found: &Ladder, answer: Option<&Answer>, drawn: bool) -> Markup {
    let mut steps: Vec<Step> = found.rungs.iter().map(|rung| step(rung, answer)).collect();
    // That the best rung names its version is no news.
    if let Some(first) = steps.first_mut() {
        first.terms.retain(|term| term != PINNED);
    }
    let end = match found.fail.as_ref().map(|fail| fail.value) {
        Some(FailMode::Open) => Some("no rung answers: let it through"),
        Some(FailMode::Closed) => Some("no rung answers: refuse"),
        None => None,
    };
    let title = format!("Ladder of {}: {}", found.of, steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>().join(", then "));
    let rows = html! {
        @for (rung, step) in found.rungs.iter().zip(&steps) {
            tr {
                th scope="row" { (step.name) }
                td { (step.answer) @if step.safe { " (cannot fail)" } }
                td { (figure_or(site, rung.within_ms.as_ref())) }
                td {
                    (joined(rung.needs.iter().take(8).map(|need| link(site, &need.element)))) @if rung.needs.len() > 8 {
                        " and " (rung.needs.len() - 8) " more"
                    }
                }
                td { (joined(rung.shared.iter().take(8).map(|need| link(site, &need.element)))) }
                td { (rung.exercised.as_ref().or(found.exercised.as_ref()).map_or_else(|| "–".to_owned(), |date| date.value.to_string())) }
            }
        }
    };
    html! {
        @if drawn {
            (picture(&title, ladder(&steps, end, &title)))
            details.words {
                summary { "The same in words" } (table(&title, &["Rung", "Answers with", "Within", "Needs", "Shares its fate through", "Tried"], rows))
            }
        } @else {
            (table(&title, &["Rung", "Answers with", "Within", "Needs", "Shares its fate through", "Tried"], rows))
        }
    }
}

fn step(rung: &LadderRung, answer: Option<&Answer>) -> Step {
    let own = answer.and_then(|answer| match &answer.kind {
        AnswerKind::Ladder(node) => node.ladder.get(rung.name.as_str()),
        _ => None,
    });
    let words = own.map_or_else(|| means(&rung.means), |own| answer_words(&own.answer.value));
    let mut terms = Vec::new();
    let ms = |figure: &Figure| format!("{} ms", number(figure.value()));
    terms.extend(rung.within_ms.as_ref().map(|within| format!("within {}", ms(within))));
    terms.extend(rung.age_max_ms.as_ref().map(|age| format!("no older than {}", ms(age))));
    terms.extend(
        rung.pinned.then(|| PINNED.to_owned()).filter(|_| matches!(rung.means, RungMeans::Model { .. } | RungMeans::PreviousVersion(_))),
    );
    if !rung.needs.is_empty() {
        let needs: Vec<&str> = rung.needs.iter().take(4).map(|need| need.element.id.as_str()).collect();
        terms.push(format!("needs {}", needs.join(", ")));
    }
    if !rung.shared.is_empty() {
        let shared: Vec<&str> = rung.shared.iter().take(4).map(|need| need.element.id.as_str()).collect();
        terms.push(format!("breaks with the rung above through {}", shared.join(", ")));
    }
    Step { name: rung.name.to_string(), answer: words, terms, safe: rung.cannot_fail, shared: !rung.shared.is_empty() }
}

/// A node in words.
pub(super) fn answer_words(answer: &Answer) -> String {
    match &answer.kind {
        AnswerKind::Model(node) => {
            let model = node.model.as_ref().map_or_else(|| "a model".to_owned(), |model| format!("model {}", model.value));
            match node.canary.as_ref().and_then(|canary| canary.version.as_ref()) {
                Some(canary) => format!("{model}, with {} coming in", canary.value),
                None => model,
            }
        }
        AnswerKind::Ladder(node) => format!("a ladder of {} rungs", node.ladder.len()),
        AnswerKind::Split(node) => {
            let arms: Vec<String> = node
                .split
                .iter()
                .map(|arm| {
                    let weight = arm.terms.weight.as_ref().map(|weight| format!("{} ", weight.value)).unwrap_or_default();
                    format!("{weight}{}", answer_words(&arm.answer.value))
                })
                .collect();
            format!("a split: {}", arms.join(", "))
        }
        AnswerKind::Sequence(node) => node.sequence.iter().map(|step| answer_words(&step.value)).collect::<Vec<_>>().join(", then "),
        AnswerKind::Shadow(node) => {
            let part =
                |answer: Option<&charter_spec::Spanned<Box<Answer>>>| answer.map(|answer| answer_words(&answer.value)).unwrap_or_default();
            let shadow = node.shadow.as_ref();
            format!(
                "{}, with {} in the shadow",
                part(shadow.and_then(|shadow| shadow.of.as_ref())),
                part(shadow.and_then(|shadow| shadow.to.as_ref()))
            )
        }
        AnswerKind::Cascade(node) => {
            let steps: Vec<String> = node.cascade.iter().map(|step| answer_words(&step.answer.value)).collect();
            format!("a cascade: {}", steps.join(", else "))
        }
        AnswerKind::Ensemble(node) => {
            let members: Vec<String> = node.ensemble.iter().map(|member| answer_words(&member.answer.value)).collect();
            format!("an ensemble of {}", members.join(", "))
        }
        AnswerKind::Cache(node) => {
            let cache = node.cache.as_ref();
            let ttl = cache.and_then(|cache| cache.ttl.as_ref()).map(|ttl| format!(" up to {}", ttl.value)).unwrap_or_default();
            let of = cache.and_then(|cache| cache.of.as_ref()).map(|of| answer_words(&of.value)).unwrap_or_default();
            format!("earlier answers{ttl} of {of}")
        }
        AnswerKind::Rule(node) => match node.rule.as_ref().map(|rule| &rule.value) {
            Some(Expressions::One(rule)) => format!("rule: {rule}"),
            Some(Expressions::ByOutput(rules)) => {
                let rules: Vec<String> = rules.iter().map(|rule| format!("{} = {}", rule.id.value, rule.value.value)).collect();
                format!("rules: {}", rules.join("; "))
            }
            None => "a rule".to_owned(),
        },
        AnswerKind::Static(node) => match node.values.as_ref().map(|values| &values.value) {
            Some(charter_spec::ast::StaticValues::File(file)) => format!("the same for everyone: {}", file.as_str()),
            _ => "the same for everyone".to_owned(),
        },
        AnswerKind::Lookup(node) => {
            let table = node.lookup.as_ref().map(|table| table.value.as_str().to_owned()).unwrap_or_default();
            let by: Vec<&str> = node.by.iter().map(|key| key.value.as_str()).collect();
            format!("table {table} by {}", by.join(", "))
        }
    }
}

fn means(means: &RungMeans) -> String {
    match means {
        RungMeans::Model { model, version: Some(version) } => format!("model {model}@{version}"),
        RungMeans::Model { model, version: None } => format!("model {model}"),
        RungMeans::Full(word) | RungMeans::PreviousVersion(word) | RungMeans::Other(word) => word.clone(),
        RungMeans::Rule => "a rule over the request".to_owned(),
        RungMeans::Static => "the same for everyone".to_owned(),
        RungMeans::Lookup => "a table".to_owned(),
        RungMeans::Cached => "an earlier answer".to_owned(),
        RungMeans::Precomputed => "something computed beforehand".to_owned(),
        RungMeans::SameProvider => "another service of the same provider".to_owned(),
        RungMeans::Element(element) => element.id.to_string(),
        RungMeans::Composite => "several nodes".to_owned(),
    }
}

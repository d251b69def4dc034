//! What the system takes from others, gives to others and shares: with criticality, data classes, regions and what stands in.

use crate::site::links::Page;
use crate::site::parts::{Facts, chip, figure, free_facts, heading, joined, level, link, nothing, references, table};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::{Chain, Element, HardReason};
use charter_spec::SectionName;
use charter_spec::ast::{DataClass, Dependency, Provider, ProviderPrice};
use charter_spec::names::Entry;
use maud::{Markup, html};

pub(super) fn page(site: &Site<'_>) -> Content {
    let spec = site.spec();
    let body = html! {
        @if spec.dependencies.is_empty() && spec.providers.is_empty() { (nothing("names no dependency", "dependencies")) }
        (map(site))
        (chains(site))
        @if !spec.dependencies.is_empty() { section { h2 { "Dependencies" } @for entry in &spec.dependencies { (dependency(site, entry)) } } }
        @if !spec.providers.is_empty() { section { h2 { "Providers" } @for entry in &spec.providers { (provider(site, entry)) } } }
    };
    Content::of(
        Page::Dependencies,
        html! { "What the system takes from others, gives to others and shares, and what happens without it." },
        body,
    )
}

/// A class of data; personal ones stand out by a word and a frame.
pub(super) fn class(class: DataClass) -> Markup {
    let about_people = matches!(class, DataClass::Personal | DataClass::Sensitive | DataClass::Pseudonymous);
    html! { span.chip.people[about_people] { (class.word()) } }
}

fn map(site: &Site<'_>) -> Markup {
    let spec = site.spec();
    let dash = || html! { span.none { "–" } };
    let ladder = |element: &Element| site.resolved().ladders.of(element).next().is_some();
    let rows = html! {
        @for entry in &spec.dependencies {
            @let element = Element::new(SectionName::Dependencies, &entry.id.value);
            tr {
                th scope="row" { (link(site, &element)) }
                td { (entry.direction.as_ref().map_or("–", |direction| direction.value.word())) }
                td { (how(entry)) }
                td { @if let Some(of) = &entry.data { (class(of.value)) } @else { (dash()) } }
                td { (entry.region.as_ref().map_or("–", |region| region.value.as_str())) }
                td.num { (entry.slo.as_ref().map_or_else(|| "–".to_owned(), |slo| slo.value.to_string())) }
                td { @if let Some(of) = &entry.criticality { (level(of.value)) } @else { (dash()) } }
                td {
                    @if ladder(&element) { a href="degradation.html" { "ladder" } }
                    @else if entry.hard.as_ref().is_some_and(|hard| hard.value) { "hard" } @else {
                        (dash())
                    }
                }
            }
        }
        @for entry in &spec.providers {
            @let element = Element::new(SectionName::Providers, &entry.id.value);
            tr {
                th scope="row" { (link(site, &element)) }
                td { "provider" }
                td { (entry.kind.as_ref().map_or("–", |kind| kind.value.word())) }
                td { @if let Some(of) = &entry.data { (class(of.value)) } @else { (dash()) } }
                td { (entry.region.as_ref().map_or("–", |region| region.value.as_str())) }
                td.num { (entry.slo.as_ref().map_or_else(|| "–".to_owned(), |slo| slo.value.to_string())) }
                td { (dash()) }
                td { @if ladder(&element) { a href="degradation.html" { "ladder" } } @else { (dash()) } }
            }
        }
    };
    table("Dependency map", &["Name", "Direction", "Kind", "Data", "Region", "#Availability", "Criticality", "Without it"], rows)
}

fn how(entry: &Dependency) -> String {
    let kind = entry.kind.as_ref().map(|kind| kind.value.word().to_owned());
    let parts: Vec<String> = [kind, entry.via.as_ref().map(|via| via.value.clone())].into_iter().flatten().collect();
    if parts.is_empty() { "–".to_owned() } else { parts.join(", ") }
}

/// What must be up for each route to answer, and what that allows at most.
fn chains(site: &Site<'_>) -> Markup {
    let chains: Vec<&Chain> =
        site.resolved().availability.chains.iter().filter(|chain| !chain.hard.is_empty() || !chain.full.is_empty()).collect();
    let rows = html! {
        @for chain in &chains {
            tr {
                th scope="row" { (link(site, &chain.element)) }
                td { (joined(chain.hard.iter().map(|hard| html! { (link(site, &hard.element)) " " span.none { (reason(hard.reason)) } }))) }
                td { @if let Some(answered) = &chain.answered { (figure(site, answered)) } @else { span.none { "–" } } }
                td { @if let Some(full) = &chain.full_answered { (figure(site, full)) } @else { span.none { "–" } } }
            }
        }
    };
    html! {
        @if !chains.is_empty() {
            section {
                h2 { "What availability can be promised" }
                (table("Hard dependencies", &["Route", "No answer without", "Answered at most", "From the full rung at most"], rows))
            }
        }
    }
}

fn reason(reason: HardReason) -> &'static str {
    match reason {
        HardReason::Declared => "(declared hard)",
        HardReason::NeededByEveryRung => "(every rung needs it)",
        HardReason::NeededByTheFullRung => "(the full rung needs it)",
        HardReason::SharedWithoutLadder => "(shared, without a ladder)",
    }
}

fn dependency(site: &Site<'_>, entry: &Entry<Dependency>) -> Markup {
    let element = Element::new(SectionName::Dependencies, &entry.id.value);
    let facts = Facts::default()
        .text("Direction", &entry.direction)
        .text("Kind", &entry.kind)
        .text("Via", &entry.via)
        .text("Address", &entry.url)
        .text("Every", &entry.every)
        .text("Freshness", &entry.freshness)
        .text("Region", &entry.region)
        .add("Data", html! { @if let Some(of) = &entry.data { (class(of.value)) } })
        .text("Availability", &entry.slo)
        .text("Timeout", &entry.timeout)
        .text("Retries", &entry.retries)
        .add("Contract", html! { @if let Some(contract) = &entry.contract { code { (contract.value.as_str()) } } })
        .text("Agreement", &entry.processor_agreement)
        .reference(site, "Provider", &entry.provider)
        .add("Fed from", references(site, &entry.feeds_from))
        .reference(site, "Owner", &entry.owner);
    html! {
        article {
            (heading(site, &element, html! { @if let Some(of) = &entry.criticality { (level(of.value)) } }))
            @if let Some(about) = &entry.about { p { (about.value) } }
            (facts.render())
            (free_facts(&entry.facts))
        }
    }
}

fn provider(site: &Site<'_>, entry: &Entry<Provider>) -> Markup {
    let element = Element::new(SectionName::Providers, &entry.id.value);
    let facts = Facts::default()
        .text("Interface", &entry.kind)
        .text("Address", &entry.url)
        .text("Region", &entry.region)
        .add("Data", html! { @if let Some(of) = &entry.data { (class(of.value)) } })
        .text("Agreement", &entry.processor_agreement)
        .text("Availability", &entry.slo)
        .text("Timeout", &entry.timeout)
        .text("Rate", &entry.rate)
        .text("Concurrency", &entry.concurrency)
        .text("Ceiling", &entry.ceiling)
        .reference(site, "Owner", &entry.owner);
    let rows = html! { @for price in &entry.prices { (self::price(price)) } };
    html! {
        article {
            (heading(site, &element, chip("provider")))
            @if let Some(about) = &entry.about { p { (about.value) } }
            (facts.render())
            (table("Prices", &["Model", "#Sent", "#Got back", "#A call"], rows))
        }
    }
}

fn price(entry: &Entry<ProviderPrice>) -> Markup {
    let text = |field: &charter_spec::Field<charter_spec::quantity::MoneyPerUnit>| {
        field.as_ref().map_or_else(|| "–".to_owned(), |price| price.value.to_string())
    };
    html! {
        tr {
            th scope="row" { (entry.id.value.as_str()) }
            td.num { (text(&entry.input)) }
            td.num { (text(&entry.output)) }
            td.num { (text(&entry.call)) }
        }
    }
}

//! Compliance: zero trust by principle, controls, where personal data go, classes under the EU AI Act, who may call, what is written down.

use super::dependencies::class;
use crate::site::links::{Page, anchor};
use crate::site::parts::{Facts, badge, criteria, findings, heading, joined, link, nothing, references, table};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::Element;
use charter_spec::SectionName;
use charter_spec::ast::{Control, DataClass, Principle};
use charter_spec::names::Entry;
use maud::{Markup, html};
use std::collections::HashSet;

pub(super) fn page(site: &Site<'_>) -> Content {
    let body = html! {
        section { h2 { "Zero trust" } (principles(site)) }
        section {
            h2 { "Controls" }
            @if site.spec().controls.is_empty() { (nothing("has no control", "controls")) }
            @for entry in &site.spec().controls { (control(site, entry)) }
        }
        (residency(site))
        (classes(site))
        (laws(site))
        (access(site))
        (audit(site))
    };
    Content::of(
        Page::Compliance,
        html! { "Which principle is kept by which control, where personal data go, and which law stands behind what." },
        body,
    )
}

/// Words that say how a principle is waived, by the rule of each.
const RULES: [&str; 8] = ["S001", "S002", "S003", "S004", "S005", "S006", "S007", "S008"];

fn principles(site: &Site<'_>) -> Markup {
    let rows = html! {
        @for (principle, rule) in Principle::ALL.iter().zip(RULES) {
            @let by = keeping(site, *principle);
            @let waiver = site.input.waived.iter().find(|waived| waived.finding.code == rule);
            @let finding = site.input.findings.iter().position(|finding| finding.code == rule);
            tr {
                th scope="row" { (principle.word()) }
                td { @if by.is_empty() { span.none { "no control names it" } } @else { (joined(by.iter().map(|control| link(site, control)))) } }
                td {
                    @if let Some(at) = finding { a href=(format!("findings.html#f{}", at + 1)) { "open finding " (rule) } }
                    @else if let Some(waived) = waiver {
                        "waived until " (waived.until.to_string()) " by " a href=(format!("waivers.html#waivers.{}", waived.waiver)) {
                            (waived.waiver)
                        }
                    }
                    @else { a href=(format!("rules.html#{rule}")) { (rule) } " finds nothing" }
                }
            }
        }
    };
    table("Principles of zero trust", &["Principle", "Controls", "Rule"], rows)
}

/// Controls that name a principle.
fn keeping(site: &Site<'_>, principle: Principle) -> Vec<Element> {
    let names = |control: &&Entry<Control>| control.principle.iter().any(|own| own.value == principle);
    site.spec().controls.iter().filter(names).map(|control| Element::new(SectionName::Controls, &control.id.value)).collect()
}

fn control(site: &Site<'_>, entry: &Entry<Control>) -> Markup {
    let element = Element::new(SectionName::Controls, &entry.id.value);
    let evidence: Vec<&str> = entry.evidence.iter().map(|file| file.value.as_str()).collect();
    let facts = Facts::default()
        .list("Principle", &entry.principle)
        .list("Enforced", &entry.enforce)
        .add("Evidence", html! { @for (at, file) in evidence.iter().enumerate() { @if at > 0 { ", " } code { (file) } } })
        .list("Where", &entry.places)
        .add("Checked by", criteria(site, &entry.check))
        .text("Made anew every", &entry.review)
        .text("Last made", &entry.reviewed)
        .text("Kept for", &entry.retain)
        .text("Law", &entry.law)
        .reference(site, "Owner", &entry.owner);
    html! { article { (heading(site, &element, html! {})) @if let Some(about) = &entry.about { p { (about.value) } } (facts.render()) } }
}

fn about_people(of: DataClass) -> bool {
    matches!(of, DataClass::Personal | DataClass::Sensitive | DataClass::Pseudonymous)
}

/// Wherever data about people pass, with the region.
fn residency(site: &Site<'_>) -> Markup {
    let spec = site.spec();
    let mut lines: Vec<(Element, DataClass, Option<&str>, Option<&str>)> = Vec::new();
    for entry in &spec.dependencies {
        if let Some(of) = entry.data.as_ref().filter(|of| about_people(of.value)) {
            let region = entry.region.as_ref().map(|region| region.value.as_str());
            let agreement = entry.processor_agreement.as_ref().map(|agreement| agreement.value.as_str());
            lines.push((Element::new(SectionName::Dependencies, &entry.id.value), of.value, region, agreement));
        }
    }
    for entry in &spec.providers {
        if let Some(of) = entry.data.as_ref().filter(|of| about_people(of.value)) {
            let region = entry.region.as_ref().map(|region| region.value.as_str());
            let agreement = entry.processor_agreement.as_ref().map(|agreement| agreement.value.as_str());
            lines.push((Element::new(SectionName::Providers, &entry.id.value), of.value, region, agreement));
        }
    }
    for entry in &spec.data {
        if let Some(of) = entry.class.as_ref().filter(|of| about_people(of.value)) {
            let basis = entry.lawful_basis.as_ref().map(|basis| basis.value.as_str());
            lines.push((
                Element::new(SectionName::DataSets, &entry.id.value),
                of.value,
                entry.region.as_ref().map(|region| region.value.as_str()),
                basis,
            ));
        }
    }
    let rows = html! {
        @for (element, of, region, basis) in &lines {
            tr {
                th scope="row" { (link(site, element)) " " (findings(site, element)) }
                td { (class(*of)) }
                td { @match region { Some(region) => (region), None => span.none { "not stated" } } }
                td { (basis.unwrap_or("–")) }
            }
        }
    };
    html! {
        section {
            h2 { "Where data about people go" }
            @if lines.is_empty() { p { "No dependency, provider or data set is said to hold data about people." } }
            (table("Data about people", &["Where", "Class", "Region", "Agreement or basis"], rows))
        }
    }
}

fn classes(site: &Site<'_>) -> Markup {
    let rows = html! {
        @for entry in &site.spec().models {
            @let element = Element::new(SectionName::Models, &entry.id.value);
            tr {
                th scope="row" { (link(site, &element)) }
                td { (entry.ai_act.as_ref().map_or("not stated", |class| class.value.word())) }
                td {
                    @match entry.decides_about_people.as_ref().map(|decides| decides.value) {
                        Some(true) => "yes", Some(false) => "no", None => span.none { "not stated" }
                    }
                }
                td { (entry.explain.as_ref().map_or("–", |explain| explain.value.word())) }
                td { @if entry.card.is_some() { a href=(site.links.href(&element)) { "card" } } @else { span.none { "–" } } }
                td { (findings(site, &element)) }
            }
        }
    };
    html! {
        @if !rows.0.is_empty() {
            section {
                h2 { "Models under the EU AI Act" } (table("Models by class", &["Model", "Class", "Decides about people", "Explained", "Card", ""], rows))
            }
        }
    }
}

/// What names a law, with its verdict.
fn laws(site: &Site<'_>) -> Markup {
    let spec = site.spec();
    let scenarios =
        spec.quality.iter().filter_map(|entry| Some((Element::new(SectionName::Quality, &entry.id.value), entry.law.as_ref()?)));
    let constraints =
        spec.constraints.iter().filter_map(|entry| Some((Element::new(SectionName::Constraints, &entry.id.value), entry.law.as_ref()?)));
    let controls =
        spec.controls.iter().filter_map(|entry| Some((Element::new(SectionName::Controls, &entry.id.value), entry.law.as_ref()?)));
    let rows = html! {
        @for (element, law) in scenarios.chain(constraints).chain(controls) {
            tr {
                th scope="row" { (law.value) }
                td { (link(site, &element)) }
                td { @if element.section != SectionName::Controls { (badge(site.verdict(&element).standing)) } }
            }
        }
    };
    html! { @if !rows.0.is_empty() { section { h2 { "Laws" } (table("Laws", &["Law", "Kept by", "Verdict"], rows)) } } }
}

fn access(site: &Site<'_>) -> Markup {
    let Some(access) = &site.spec().access else { return html! {} };
    let mut seen = HashSet::new();
    let mut place = |id: &charter_spec::Id| seen.insert(id.clone()).then(|| anchor(&Element::new(SectionName::Access, id)));
    let identities = html! {
        @for entry in &access.identities {
            tr id=[place(&entry.id.value)] {
                th scope="row" { (entry.id.value.as_str()) }
                td { (entry.about.as_ref().map_or("", |about| about.value.as_str())) }
                td { (entry.spiffe.as_ref().or(entry.subject.as_ref()).map_or("", |name| name.value.as_str())) }
                td { (entry.roles.iter().map(|role| role.value.as_str()).collect::<Vec<_>>().join(", ")) }
                td { @if let Some(rate) = entry.quota.as_ref().and_then(|quota| quota.rate.as_ref()) { (rate.value.to_string()) } }
            }
        }
    };
    let policies = html! {
        @for entry in &access.policies {
            tr id=[place(&entry.id.value)] {
                th scope="row" { (entry.id.value.as_str()) }
                td {
                    @if let Some(cedar) = &entry.cedar { code { (cedar.value.as_str()) } }
                    @if let Some(allow) = &entry.allow { "allow " code { (allow.value) } }
                    @if let Some(deny) = &entry.deny { " deny " code { (deny.value) } }
                }
                td { @if entry.routes.is_empty() { "all routes" } @else { (references(site, &entry.routes)) } }
                td { (entry.why.as_ref().map_or("", |why| why.value.as_str())) }
            }
        }
    };
    html! {
        section {
            h2 { "Access" }
            @if access.identities.is_empty() { p.none { "No identity is declared." } }
            (table("Identities", &["Identity", "Who", "Known by", "Roles", "Quota"], identities))
            (table("Policies", &["Policy", "Rule", "For", "Why"], policies))
        }
    }
}

fn audit(site: &Site<'_>) -> Markup {
    let Some(audit) = &site.spec().audit else { return html! {} };
    let facts = Facts::default()
        .text("When it cannot be written", &audit.on_failure)
        .text("Kept for", &audit.retain)
        .list("Blacked out", &audit.redact)
        .list("Fields blacked out", &audit.fields)
        .text("Checkpoint every", &audit.checkpoint)
        .add("Routes", references(site, &audit.routes));
    html! { section { h2 { "Audit" } (facts.render()) } }
}

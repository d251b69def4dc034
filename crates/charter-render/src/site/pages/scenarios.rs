//! Quality scenarios: the utility tree, then each scenario in its six parts with its verdict.

use super::evidence;
use crate::site::links::Page;
use crate::site::parts::{Facts, badge, capital, free_facts, heading, level, link, measured, nothing, pointer, ticked};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::Element;
use charter_spec::SectionName;
use charter_spec::ast::{Level, Scenario, Stimulus};
use charter_spec::names::Entry;
use maud::{Markup, html};

pub(super) fn page(site: &Site<'_>) -> Content {
    let scenarios = &site.spec().quality;
    let body = html! {
        @if scenarios.is_empty() {
            (nothing("has no scenario", "quality"))
        } @else {
            section { h2 { "Utility tree" } (utility_tree(site)) }
            section {
                h2 { "Scenarios" }
                @for entry in scenarios { (scenario(site, entry)) }
            }
        }
    };
    let lead =
        html! { "What the system must do, measurably: who does what to which part, how it answers, and by which number that is judged." };
    Content::of(Page::Scenarios, lead, body)
}

fn element(entry: &Entry<Scenario>) -> Element {
    Element::new(SectionName::Quality, &entry.id.value)
}

/// Qualities, each with its scenarios from the most to the least important.
fn utility_tree(site: &Site<'_>) -> Markup {
    let mut groups: Vec<(&'static str, Vec<&Entry<Scenario>>)> = Vec::new();
    for entry in &site.spec().quality {
        let name = entry.attribute.as_ref().map_or("no quality stated", |attribute| attribute.value.word());
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, list)) => list.push(entry),
            None => groups.push((name, vec![entry])),
        }
    }
    for (_, list) in &mut groups {
        list.sort_by_key(|entry| std::cmp::Reverse(priority(entry)));
    }
    html! {
        div.tree {
            @for (name, list) in &groups {
                div.branch {
                    div.quality { (name) }
                    ul {
                        @for entry in list {
                            li {
                                span.priority title="importance, difficulty" {
                                    @for part in entry.priority.iter() { (letter(part.value)) }
                                    @if entry.priority.is_empty() { "–" }
                                }
                                (link(site, &element(entry)))
                                span.measure { @if let Some(measure) = &entry.measure { code { (measure.value.text) } } }
                                (badge(site.verdict(&element(entry)).standing))
                            }
                        }
                    }
                }
            }
        }
        p.note { "Letters: business importance, then technical difficulty; C critical, H high, M medium, L low." }
    }
}

fn priority(entry: &Entry<Scenario>) -> (Option<Level>, Option<Level>) {
    let at = |position: usize| entry.priority.get(position).map(|level| level.value);
    (at(0), at(1))
}

fn letter(of: Level) -> Markup {
    let letter = match of {
        Level::Critical => "C",
        Level::High => "H",
        Level::Medium => "M",
        Level::Low => "L",
    };
    html! { abbr.letter.(of.word()) title=(of.word()) { (letter) } }
}

fn scenario(site: &Site<'_>, entry: &Entry<Scenario>) -> Markup {
    let element = element(entry);
    let verdict = site.verdict(&element);
    let cares = site.resolved().references.to(&element).filter(|reference| reference.role == "cares");
    let cares: Vec<Markup> = cares.map(|reference| link(site, &reference.from)).collect();
    let facts = Facts::default()
        .text("Quality", &entry.attribute)
        .text("Source", &entry.source)
        .text("Stimulus", &entry.stimulus)
        .text("Environment", &entry.environment)
        .add("Artifact", html! { @if let Some(artifact) = &entry.artifact { (pointer(site, &artifact.value)) } })
        .text("Response", &entry.response)
        .add("Measure", html! { @if let Some(measure) = &entry.measure { code { (measure.value.text) } } })
        .add("Under", html! { @if let Some(under) = &entry.under { (stimulus(under)) } })
        .list("For each", &entry.by)
        .text("For", &entry.duration)
        .add("Priority", html! { @for (at, part) in entry.priority.iter().enumerate() { @if at > 0 { " / " } (level(part.value)) } })
        .add("Cost of error", cost_of_error(entry))
        .text("Explained", &entry.explain)
        .text("Law", &entry.law)
        .reference(site, "Owner", &entry.owner)
        .add("Cared for by", html! { @for (at, who) in cares.iter().enumerate() { @if at > 0 { ", " } (who) } })
        .text("Why", &entry.why);
    html! {
        article.scenario {
            (heading(site, &element, badge(verdict.standing)))
            @if let Some(measure) = &entry.measure { p.promise { (capital(&measure.value.describe())) "." } } @else {
                p.promise { "It has no measure." }
            }
            (verdict_line(site, &element, &verdict))
            (facts.render())
            (free_facts(&entry.facts))
        }
    }
}

/// How a requirement is proved, what was found, and where that is kept.
pub(super) fn verdict_line(site: &Site<'_>, element: &Element, verdict: &charter_plan::standing::StatusLine) -> Markup {
    let found = site.resolved().proofs.iter().find(|found| found.element == *element);
    html! {
        p.verdict {
            @match found.and_then(|found| found.proof) {
                Some(proof) => { "Proved by " b { (proof.word()) } },
                None => "Nothing can prove it as it is written",
            }
            @if verdict.figure.is_some() { ": " (measured(verdict)) }
            @if !verdict.reason.is_empty() { ". " span.reason { (ticked(&capital(&verdict.reason))) "." } }
            @if let Some(anchor) = evidence::anchor_of(site, &verdict.requirement) { " " a href=(format!("evidence.html#{anchor}")) { "Evidence" } }
        }
    }
}

fn cost_of_error(entry: &Scenario) -> Markup {
    let Some(cost) = &entry.cost_of_error else { return html! {} };
    let negative = cost.false_negative.as_ref().map(|money| format!("missed {}", money.value));
    let positive = cost.false_positive.as_ref().map(|money| format!("false alarm {}", money.value));
    let parts: Vec<String> = [negative, positive].into_iter().flatten().collect();
    html! { (parts.join(", ")) }
}

fn stimulus(under: &Stimulus) -> Markup {
    let mut parts = Vec::new();
    parts.extend(under.level.as_ref().map(|level| level.value.as_str().to_owned()));
    parts.extend(under.users.as_ref().map(|users| format!("{} users", users.value)));
    parts.extend(under.think.as_ref().map(|think| format!("who pause {}", think.value)));
    parts.extend(under.rate.as_ref().map(|rate| rate.value.to_string()));
    parts.extend(under.duration.as_ref().map(|duration| format!("for {}", duration.value)));
    parts.extend(under.rows.as_ref().map(|rows| format!("{} rows a request", rows.value)));
    html! { (parts.join(", ")) }
}

//! The trace matrix: requirement ↔ mechanism ↔ proof ↔ verdict ↔ decision ↔ risk ↔ gate.

use crate::site::links::Page;
use crate::site::parts::{badge, measured, nothing, table};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::trace::{Gap, Row, trace};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Most gaps of a kind; the rest is counted.
const GAPS_MAX: usize = 20;

pub(super) fn page(site: &Site<'_>) -> Content {
    let graph = trace(site.resolved(), site.input.standings);
    let rows = graph.matrix();
    let heads = ["Requirement", "Stakeholders", "Mechanisms", "Proof", "Verdict", "Decisions", "Risks", "Gates"];
    let body = html! {
        @if rows.is_empty() { (nothing("has no requirement", "quality")) }
        div.wide { (table("Trace matrix", &heads, html! { @for row in &rows { (line(site, row)) } })) }
        (gaps(site, &graph.gaps(site.resolved())))
    };
    let lead = html! {
        "From each promise to what keeps it, what proves it, which decision and which risk it belongs to, and which gate waits for it."
    };
    Content::of(Page::Trace, lead, body)
}

fn line(site: &Site<'_>, row: &Row) -> Markup {
    let verdict = site.resolved().index.named(&row.id).map(|element| site.verdict(&element));
    html! {
        tr {
            th scope="row" { (name(site, &row.id, &row.requirement)) div.sentence { (row.text) } }
            td { (names(site, &row.stakeholders)) }
            td { (mechanisms(site, &row.mechanisms)) }
            td { @if row.proof.is_empty() { span.none { "–" } } @else { (row.proof) } }
            td { (badge(row.standing)) @if let Some(verdict) = verdict.filter(|verdict| verdict.figure.is_some()) { div { (measured(&verdict)) } } }
            td { (names(site, &row.decisions)) }
            td { (names(site, &row.risks)) }
            td { (names(site, &row.gates)) }
        }
    }
}

fn name(site: &Site<'_>, qualified: &str, shown: &str) -> Markup {
    match site.resolved().index.named(qualified) {
        Some(element) if !element.is_whole() => html! { a.ref href=(site.links.href(&element)) title=(qualified) { (shown) } },
        _ => html! { (shown) },
    }
}

fn names(site: &Site<'_>, list: &[String]) -> Markup {
    html! {
        @if list.is_empty() { span.none { "–" } }
        @for (at, qualified) in list.iter().enumerate() {
            @if at > 0 { ", " } (name(site, qualified, qualified.rsplit('.').next().unwrap_or(qualified)))
        }
    }
}

/// By section, since a route and its model often have one name.
fn mechanisms(site: &Site<'_>, list: &[String]) -> Markup {
    let mut sections: Vec<(&str, Vec<String>)> = Vec::new();
    for qualified in list {
        let section = qualified.split_once('.').map_or("", |(section, _)| section);
        match sections.iter_mut().find(|(known, _)| *known == section) {
            Some((_, names)) => names.push(qualified.clone()),
            None => sections.push((section, vec![qualified.clone()])),
        }
    }
    html! {
        @if list.is_empty() { span.none { "–" } }
        @for (section, list) in &sections { div { span.none { (section) } " " (names(site, list)) } }
    }
}

fn gaps(site: &Site<'_>, gaps: &[Gap]) -> Markup {
    let mut kinds: BTreeMap<&'static str, Vec<&Gap>> = BTreeMap::new();
    for gap in gaps {
        kinds.entry(gap.kind.title()).or_default().push(gap);
    }
    html! {
        @if !kinds.is_empty() {
            section {
                h2 { "Gaps" }
                @for (title, list) in &kinds {
                    h3 { (title) " " span.count { (list.len()) } }
                    ul {
                        @for gap in list.iter().take(GAPS_MAX) { li { (name(site, &gap.node, gap.node.as_str())) ": " (gap.help) } }
                        @if list.len() > GAPS_MAX { li.none { "and " (list.len() - GAPS_MAX) " more" } }
                    }
                }
            }
        }
    }
}

//! The risk matrix and the register.

use crate::diagram::risks::{Dot, risk_matrix};
use crate::site::links::Page;
use crate::site::parts::{Facts, criteria, heading, joined, level, nothing, picture, pointers, references};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::arithmetic::risk;
use charter_plan::resolved::Element;
use charter_spec::SectionName;
use charter_spec::ast::{Level, Risk, RiskStatus};
use charter_spec::names::Entry;
use maud::{Markup, html};

pub(super) fn page(site: &Site<'_>) -> Content {
    let mut entries: Vec<&Entry<Risk>> = site.spec().risks.iter().collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(rating(entry)));
    let open = |entry: &&&Entry<Risk>| entry.status.as_ref().is_none_or(|status| status.value != RiskStatus::Closed);
    let dots: Vec<Dot> = entries
        .iter()
        .filter(open)
        .filter_map(|entry| {
            let href = site.links.href(&Element::new(SectionName::Risks, &entry.id.value));
            Some(Dot {
                name: entry.id.value.to_string(),
                probability: entry.probability.as_ref()?.value,
                impact: entry.impact.as_ref()?.value,
                href,
            })
        })
        .collect();
    let body = html! {
        @if entries.is_empty() { (nothing("registers no risk", "risks")) }
        @if !dots.is_empty() {
            section { h2 { "Matrix" } (picture("Risk matrix", risk_matrix(&dots, risk::level, "Open risks by probability and impact"))) }
        }
        @if !entries.is_empty() { section { h2 { "Register" } @for entry in &entries { (register(site, entry)) } } }
    };
    Content::of(Page::Risks, html! { "What could happen, how likely and how bad, what is done about it, and what would show it." }, body)
}

/// Probability × impact; the level as written where one of them is missing.
fn rating(entry: &Risk) -> Option<Level> {
    match (&entry.probability, &entry.impact) {
        (Some(probability), Some(impact)) => Some(risk::level(probability.value, impact.value)),
        _ => entry.level.as_ref().map(|level| level.value),
    }
}

fn register(site: &Site<'_>, entry: &Entry<Risk>) -> Markup {
    let element = Element::new(SectionName::Risks, &entry.id.value);
    let sum = match (&entry.probability, &entry.impact) {
        (Some(probability), Some(impact)) => {
            let (probability, impact) = (probability.value, impact.value);
            format!("probability {} × impact {} = {}", probability.word(), impact.word(), risk::level(probability, impact).word())
        }
        _ => String::new(),
    };
    let facts = Facts::default()
        .add("Level", html! { (sum) })
        .list("Kind", &entry.kind)
        .add("Done about it", pointers(site, &entry.mitigate))
        .text("Accepted, because", &entry.accept)
        .add("Watched by", criteria(site, &entry.watch))
        .add("Comes with", references(site, &entry.from))
        .text("Looked at every", &entry.review)
        .text("Last looked at", &entry.reviewed)
        .text("Status", &entry.status)
        .reference(site, "Owner", &entry.owner);
    html! {
        article {
            (heading(site, &element, joined(rating(entry).into_iter().map(level))))
            @if let Some(about) = &entry.about { p { (about.value) } }
            (facts.render())
        }
    }
}

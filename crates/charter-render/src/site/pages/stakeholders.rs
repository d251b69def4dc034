//! The stakeholder map: who cares about which promise, how it stands, and who signs which gate. And the team.

use crate::site::links::{Page, anchor};
use crate::site::parts::{badge, figure, joined, level, link, nothing, reference, table};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::Element;
use charter_spec::SectionName;
use charter_spec::ast::Stakeholder;
use charter_spec::names::Entry;
use maud::{Markup, html};

pub(super) fn page(site: &Site<'_>) -> Content {
    let stakeholders = &site.spec().stakeholders;
    let body = html! {
        @if stakeholders.is_empty() { (nothing("names no stakeholder", "stakeholders")) }
        div.cards { @for entry in stakeholders { (card(site, entry)) } }
        (team(site))
    };
    Content::of(Page::Stakeholders, html! { "Who has an interest in the system, what each cares about, and how that stands." }, body)
}

fn card(site: &Site<'_>, entry: &Entry<Stakeholder>) -> Markup {
    let element = Element::new(SectionName::Stakeholders, &entry.id.value);
    let owned = site.resolved().references.to(&element).filter(|found| found.role == "owner");
    let owned: Vec<&Element> = owned.map(|found| &found.from).collect();
    html! {
        article.card id=(anchor(&element)) {
            h3 { (entry.id.value.as_str()) @if let Some(influence) = &entry.influence { " " (level(influence.value)) } }
            @if let Some(role) = &entry.role { p.role { (role.value) } }
            @if let Some(name) = &entry.name { p { (name.value) @if let Some(contact) = &entry.contact { ", " (contact.value) } } }
            @if let Some(about) = &entry.about { p { (about.value) } }
            @if entry.cares.is_empty() { p.none { "Cares about nothing that is measured." } }
            ul.plain {
                @for cares in &entry.cares {
                    li { (reference(site, &cares.value)) " " (verdict(site, site.resolved().index.find(&cares.value))) }
                }
            }
            @if !entry.signs.is_empty() { p.signs { "Signs " (joined(entry.signs.iter().map(|phase| reference(site, &phase.value)))) } }
            @if !owned.is_empty() {
                p.signs {
                    "Answers for " (joined(owned.iter().take(12).map(|element| link(site, element)))) @if owned.len() > 12 {
                        " and " (owned.len() - 12) " more"
                    }
                }
            }
        }
    }
}

fn verdict(site: &Site<'_>, element: Option<Element>) -> Markup {
    match element {
        Some(element) if matches!(element.section, SectionName::Quality | SectionName::Constraints) => {
            badge(site.verdict(&element).standing)
        }
        _ => html! {},
    }
}

fn team(site: &Site<'_>) -> Markup {
    let Some(team) = &site.spec().team else { return html! {} };
    let rows = html! { @for role in &team.roles { tr { td { (role.id.value.as_str()) } td.num { (role.value.value.to_string()) } } } };
    html! {
        section {
            h2 { "Team" }
            @if let Some(people) = &site.resolved().roadmap.team { div { (figure(site, people)) } }
            (table("Roles of the team", &["Role", "#People"], rows))
            @if !team.skills.is_empty() {
                p {
                    "Skills: " @for (at, skill) in team.skills.iter().enumerate() {
                        @if at > 0 { ", " } (skill.id.value.as_str()) " " b { (skill.value.value.word()) }
                    } "."
                }
            }
        }
    }
}

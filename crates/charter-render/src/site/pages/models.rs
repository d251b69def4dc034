//! All models in a table; each has a page of its own.

use crate::site::links::Page;
use crate::site::parts::{findings, level, link, nothing, pointer, table};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::Element;
use charter_spec::SectionName;
use maud::{Markup, html};

pub(super) fn page(site: &Site<'_>) -> Content {
    let models = &site.spec().models;
    let rows = html! { @for entry in models { (row(site, &Element::new(SectionName::Models, &entry.id.value))) } };
    let body = html! {
        @if models.is_empty() { (nothing("has no model", "models")) }
        (table("Models", &["Model", "Task", "Versions", "Baseline", "Criticality", "EU AI Act", "Owner", ""], rows))
    };
    Content::of(Page::Models, html! { "Each model with its versions, the simple heuristic that it must beat, and its card." }, body)
}

fn row(site: &Site<'_>, element: &Element) -> Markup {
    let Some(entry) = site.spec().models.get(&element.id) else { return html! {} };
    let versions: Vec<&str> = entry.versions.iter().map(|version| version.id.value.as_str()).collect();
    let dash = || html! { span.none { "–" } };
    html! {
        tr {
            th scope="row" { (link(site, element)) @if let Some(about) = &entry.about { div.sentence { (about.value) } } }
            td { (entry.task.as_ref().map_or("–", |task| task.value.word())) }
            td { (versions.join(", ")) }
            td { @if let Some(baseline) = &entry.baseline { (pointer(site, &baseline.value)) } @else { (dash()) } }
            td { @if let Some(of) = &entry.criticality { (level(of.value)) } @else { (dash()) } }
            td { (entry.ai_act.as_ref().map_or("–", |class| class.value.word())) }
            td { @if let Some(owner) = &entry.owner { (crate::site::parts::reference(site, &owner.value)) } @else { (dash()) } }
            td { (findings(site, element)) }
        }
    }
}

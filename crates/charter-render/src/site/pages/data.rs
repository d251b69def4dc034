//! Data sets, features and contracts: what models learn from, and what is known when they are asked.

use super::dependencies::class;
use crate::site::links::Page;
use crate::site::parts::{Facts, chip, heading, joined, link, nothing, references, table};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::Element;
use charter_spec::Field;
use charter_spec::SectionName;
use charter_spec::ast::{DataSet, Feature};
use charter_spec::names::{Contract, Entry, FileRef};
use maud::{Markup, html};

pub(super) fn page(site: &Site<'_>) -> Content {
    let spec = site.spec();
    let none = spec.data.is_empty() && spec.features.is_empty() && site.resolved().contracts.is_empty();
    let body = html! {
        @if none { (nothing("names no data", "data")) }
        @if !spec.data.is_empty() { section { h2 { "Data sets" } @for entry in &spec.data { (data_set(site, entry)) } } }
        @if !spec.features.is_empty() { section { h2 { "Features" } @for entry in &spec.features { (feature(site, entry)) } } }
        (contracts(site))
    };
    Content::of(Page::Data, html! { "What models learn from, what is known when they are asked, and the contracts that data keep." }, body)
}

fn data_set(site: &Site<'_>, entry: &Entry<DataSet>) -> Markup {
    let element = Element::new(SectionName::DataSets, &entry.id.value);
    let files: Vec<&str> = entry.files.iter().map(|file| file.value.as_str()).collect();
    let test = entry.test.as_ref().map(|test| {
        let share = test.share.as_ref().map(|share| share.value.to_string());
        let by = test.by.as_ref().map(|by| format!("by {}", by.value.word()));
        [share, by, test.column.as_ref().map(|column| column.value.clone())].into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    let facts = Facts::default()
        .add("From", references(site, &entry.from))
        .add("Files", html! { (files.join(", ")) })
        .add("Contract", html! { @if let Some(contract) = &entry.contract { code { (contract.value.as_str()) } } })
        .add("Class", html! { @if let Some(of) = &entry.class { (class(of.value)) } })
        .text("Region", &entry.region)
        .text("Kept for", &entry.retention)
        .text("Rows", &entry.rows)
        .text("Size", &entry.size)
        .text("Growth", &entry.growth)
        .text("Label", &entry.label)
        .text("Time", &entry.time)
        .text("Entity", &entry.entity)
        .list("Groups", &entry.groups)
        .add("Held out", html! { (test.unwrap_or_default()) })
        .text("Licence", &entry.license)
        .text("Origin", &entry.origin)
        .text("Lawful basis", &entry.lawful_basis)
        .reference(site, "Owner", &entry.owner);
    html! { article { (heading(site, &element, html! {})) @if let Some(about) = &entry.about { p { (about.value) } } (facts.render()) } }
}

fn feature(site: &Site<'_>, entry: &Entry<Feature>) -> Markup {
    let element = Element::new(SectionName::Features, &entry.id.value);
    let serve = entry.serve.as_ref().map(|serve| {
        let live = serve.live.as_ref().map(|live| format!("live from {}", live.value));
        let cached = serve.cached.as_ref().map(|cached| format!("cached up to {}", cached.value));
        let default = serve.default_value.as_ref().map(|value| format!("default {}", value.value));
        [live, cached, default].into_iter().flatten().collect::<Vec<_>>().join(" → ")
    });
    let facts = Facts::default()
        .add("From", references(site, &entry.from))
        .text("Entity", &entry.entity)
        .add("Type", html! { @if let Some(datatype) = &entry.datatype { code { (datatype.value.word()) } } })
        .add("Expression", html! { @if let Some(expression) = &entry.expression { code { (expression.value) } } })
        .add("Query", html! { @if let Some(query) = &entry.query { code { (query.value.as_str()) } } })
        .text("Window", &entry.window)
        .text("Every", &entry.every)
        .text("Freshness", &entry.freshness)
        .add("Served", html! { (serve.unwrap_or_default()) })
        .add("Data", html! { @if let Some(of) = &entry.data { (class(of.value)) } })
        .reference(site, "Owner", &entry.owner);
    html! { article { (heading(site, &element, html! {})) @if let Some(about) = &entry.about { p { (about.value) } } (facts.render()) } }
}

/// Routes, dependencies and data sets that name a contract.
fn naming(site: &Site<'_>, path: &str) -> Vec<Element> {
    let spec = site.spec();
    let is_it = |file: &Field<FileRef<Contract>>| file.as_ref().is_some_and(|file| file.value.as_str() == path);
    let routes = spec.routes.iter().filter(|entry| is_it(&entry.input)).map(|entry| Element::new(SectionName::Routes, &entry.id.value));
    let dependencies = spec.dependencies.iter().filter(|entry| is_it(&entry.contract));
    let data = spec.data.iter().filter(|entry| is_it(&entry.contract)).map(|entry| Element::new(SectionName::DataSets, &entry.id.value));
    routes.chain(dependencies.map(|entry| Element::new(SectionName::Dependencies, &entry.id.value))).chain(data).collect()
}

/// Contracts by path, with who names them.
fn contracts(site: &Site<'_>) -> Markup {
    let rows = html! {
        @for (path, contract) in &site.resolved().contracts {
            tr {
                th scope="row" { code { (path) } }
                td {
                    (joined(contract.properties.iter().take(12).map(|property| chip(&property.name)))) @if contract.properties.len() > 12 {
                        " and " (contract.properties.len() - 12) " more"
                    }
                }
                td { (joined(naming(site, path).iter().map(|element| link(site, element)))) }
            }
        }
    };
    html! {
        @if !site.resolved().contracts.is_empty() {
            section { h2 { "Contracts" } (table("Contracts", &["Contract", "Properties", "Named by"], rows)) }
        }
    }
}

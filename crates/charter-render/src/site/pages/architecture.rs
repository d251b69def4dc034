//! C4: context, containers, components, and code for critical paths. What stands in a picture is derived elsewhere; here it gets its rows.

use crate::c4::{self, Architecture, ElementId, Kind, Shape, Tag, View};
use crate::diagram::draw::{draw, key};
use crate::diagram::graph::{Graph, Look, Node, Tier};
use crate::site::links::{Page, anchor};
use crate::site::parts::{Facts, chip, findings, nothing, picture, pointers, table};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::Element;
use charter_spec::SectionName;
use maud::{Markup, html};
use std::collections::{HashMap, HashSet};

/// Most boxes of a picture inside what it opens, and above and below it: what is more is counted in a box of its own.
const INSIDE_MAX: usize = 30;
const AROUND_MAX: usize = 15;
/// Most pictures; a charter of thousands has as many as it has containers and critical routes.
const VIEWS_MAX: usize = 40;
/// Most lines in the table below a picture.
const LINES_MAX: usize = 200;

pub(super) fn page(site: &Site<'_>) -> Content {
    let architecture = Architecture::new(site.resolved());
    let shown: Vec<&View> = architecture.views.iter().filter(|view| view.elements.len() > 1).take(VIEWS_MAX).collect();
    let body = html! {
        @if shown.is_empty() { (nothing("has nothing to draw yet", "architecture")) }
        @if shown.len() > 1 {
            ul.contents {
                @for view in &shown { li { a href=(format!("#view-{}", view.key)) { (view.title) } " " span.none { (view.level.word()) } } }
            }
        }
        @for view in &shown { (view_section(site, &architecture, view)) }
        @for (element, path) in paths(site, &architecture) {
            section id=(format!("path-{}", element.key)) { h2 { "Code of " (element.name) } (path) }
        }
        @if architecture.views.len() > VIEWS_MAX { p.note { "Only the first " (VIEWS_MAX) " views are drawn here." } }
        (patterns(site))
        (declared(site))
    };
    Content::of(
        Page::Architecture,
        html! { "Derived from what the charter declares: who uses the system, what it is made of, what it needs." },
        body,
    )
}

/// Critical routes that are answered without a ladder: no view opens them, and the plan still says what they run.
fn paths<'a>(site: &Site<'_>, architecture: &'a Architecture) -> Vec<(&'a c4::Element, Markup)> {
    let Some(plan) = site.input.plan else { return Vec::new() };
    let opened: HashSet<ElementId> = architecture.views.iter().filter(|view| view.level == c4::Level::Code).map(|view| view.of).collect();
    let routes = architecture.elements.iter().filter(|element| element.has(Tag::Critical) && !opened.contains(&element.id));
    let planned = routes.filter_map(|element| {
        let declared = element.declared.as_ref().filter(|declared| declared.section == SectionName::Routes)?;
        plan.route_named(declared.id.as_str()).map(|route| (element, super::path::path(plan, route)))
    });
    planned.take(VIEWS_MAX).collect()
}

/// The compiled path of a critical route, where the charter compiles.
fn compiled(site: &Site<'_>, architecture: &Architecture, view: &View) -> Option<Markup> {
    let plan = site.input.plan.filter(|_| view.level == c4::Level::Code)?;
    let declared = architecture.element(view.of).declared.as_ref().filter(|declared| declared.section == SectionName::Routes)?;
    plan.route_named(declared.id.as_str()).map(|route| super::path::path(plan, route))
}

fn view_section(site: &Site<'_>, architecture: &Architecture, view: &View) -> Markup {
    if let Some(path) = compiled(site, architecture, view) {
        return html! { section id=(format!("view-{}", view.key)) { h2 { (view.title) } (path) } };
    }
    let graph = graph(site, architecture, view);
    let lines = architecture.lines(view);
    let rows = html! {
        @for line in lines.iter().take(LINES_MAX) {
            tr {
                td { (architecture.element(line.from).name) } td { (line.verbs.join("; ")) } td { (architecture.element(line.to).name) }
                td { (line.technologies.join(", ")) }
            }
        }
    };
    html! {
        section id=(format!("view-{}", view.key)) {
            h2 { (view.title) }
            p.note { "C4 " (view.level.word()) " view" @if !view.audience.is_empty() { ", for " (view.audience.join(", ")) } "." }
            (picture(&view.title, draw(&graph, &view.title)))
            (key(&graph))
            details.words {
                summary { "The same in words" }
                (table(&format!("Relations of {}", view.title), &["From", "does", "To", "by"], rows))
                @if lines.len() > LINES_MAX { p.none { "and " (lines.len() - LINES_MAX) " more" } }
            }
        }
    }
}

/// The boxes and arrows of a view: what it opens in the middle, who asks it above, what it asks below.
fn graph(site: &Site<'_>, architecture: &Architecture, view: &View) -> Graph {
    let lines = architecture.lines(view);
    let is_inside = |id: ElementId| if view.level == c4::Level::Context { id == view.of } else { architecture.is_within(id, view.of) };
    let mut asks = HashSet::new();
    let mut is_asked = HashSet::new();
    let mut degree: HashMap<ElementId, usize> = HashMap::new();
    for line in &lines {
        *degree.entry(line.from).or_default() += 1;
        *degree.entry(line.to).or_default() += 1;
        if is_inside(line.to) {
            asks.insert(line.from);
        }
        if is_inside(line.from) {
            is_asked.insert(line.to);
        }
    }
    let tier = |id: ElementId| {
        if is_inside(id) {
            Tier::Inside
        } else if architecture.element(id).kind == Kind::Person || asks.contains(&id) && !is_asked.contains(&id) {
            Tier::Above
        } else {
            Tier::Below
        }
    };
    let mut graph = Graph::default();
    let mut places = HashMap::new();
    for wanted in Tier::ALL {
        let mut members: Vec<ElementId> = view.elements.iter().copied().filter(|id| tier(*id) == wanted).collect();
        let most = if wanted == Tier::Inside { INSIDE_MAX } else { AROUND_MAX };
        let more = members.len().saturating_sub(most);
        if more > 0 {
            // Those with most arrows stay.
            members.sort_by_key(|id| (std::cmp::Reverse(degree.get(id).copied().unwrap_or(0)), *id));
            members.truncate(most);
            members.sort_unstable();
        }
        for id in members {
            places.insert(id, graph.node(node(site, architecture, view, id, wanted)));
        }
        if more > 0 {
            let about = "not drawn; the pages list all".to_owned();
            graph.node(Node {
                name: format!("and {more} more"),
                kind: String::new(),
                about,
                marks: Vec::new(),
                look: Look::More,
                tier: wanted,
                href: None,
            });
        }
    }
    for line in &lines {
        if let (Some(from), Some(to)) = (places.get(&line.from), places.get(&line.to)) {
            let technologies = if line.technologies.is_empty() { String::new() } else { format!(" ({})", line.technologies.join(", ")) };
            graph.edge(*from, *to, format!("{}{technologies}", line.label()), false);
        }
    }
    let opened = architecture.element(view.of);
    if view.level != c4::Level::Context && graph.nodes.iter().any(|node| node.tier == Tier::Inside) {
        graph.boundary = Some(format!("{} [{}]", opened.name, opened.kind.word()));
    }
    graph
}

fn node(site: &Site<'_>, architecture: &Architecture, view: &View, id: ElementId, tier: Tier) -> Node {
    let element = architecture.element(id);
    let look = match (element.kind, element.shape) {
        (Kind::Person, _) => Look::Person,
        (_, Shape::Store) if element.has(Tag::External) => Look::ExternalStore,
        (_, Shape::Queue) if element.has(Tag::External) => Look::ExternalQueue,
        _ if element.has(Tag::External) => Look::External,
        (_, Shape::Store) => Look::Store,
        (_, Shape::Queue) => Look::Queue,
        (Kind::System, _) => Look::System,
        _ => Look::Inner,
    };
    let technology = if element.technology.is_empty() || element.technology == element.word {
        String::new()
    } else {
        format!(": {}", element.technology)
    };
    let said = |words: &[&str]| words.iter().any(|word| element.description.contains(word));
    let mut marks = Vec::new();
    marks.extend((element.has(Tag::Critical) && !said(&["critical"])).then_some("critical"));
    marks.extend((element.has(Tag::PersonalData) && !said(&["person", "pseudonymous"])).then_some("personal data"));
    let word = if element.kind == Kind::Person { "person" } else { element.word };
    // A box that a narrower picture opens leads there; any other to what the charter says of it.
    let opened = architecture.views.iter().take(VIEWS_MAX).find(|other| other.of == id && other.level > view.level && other.span.is_none());
    let opened = opened.filter(|other| other.elements.len() > 1).map(|other| format!("#view-{}", other.key));
    let told = || {
        let declared = element.declared.as_ref().filter(|declared| site.resolved().index.place(declared).is_some())?;
        Some(site.links.href(declared))
    };
    let href = opened.or_else(told);
    Node { name: element.name.clone(), kind: format!("[{word}{technology}]"), about: element.description.clone(), marks, look, tier, href }
}

fn patterns(site: &Site<'_>) -> Markup {
    let patterns = &site.spec().patterns;
    html! {
        @if !patterns.is_empty() {
            section {
                h2 { "Patterns" }
                @for entry in patterns {
                    @let element = Element::new(SectionName::Patterns, &entry.id.value);
                    article {
                        header.element {
                            h3 id=(anchor(&element)) { (entry.id.value.as_str()) }
                            @if let Some(kind) = &entry.kind { (chip(kind.value.word())) }
                            (findings(site, &element))
                        }
                        (Facts::default()
                            .add("Used in", pointers(site, &entry.places))
                            .text("Given up for it", &entry.trade_off)
                            .text("Why", &entry.why)
                            .reference(site, "Decision", &entry.decision)
                            .render())
                    }
                }
            }
        }
    }
}

/// What the section `architecture` itself declares, so that each of its elements has a place.
fn declared(site: &Site<'_>) -> Markup {
    let Some(architecture) = &site.spec().architecture else { return html! {} };
    let mut seen = HashSet::new();
    let mut place = |id: &charter_spec::Id| {
        let element = Element::new(SectionName::Architecture, id);
        seen.insert(id.clone()).then(|| anchor(&element))
    };
    let rows = html! {
        @for person in &architecture.people {
            tr id=[place(&person.id.value)] {
                th scope="row" { (person.id.value.as_str()) }
                td { "person" }
                td { (person.about.as_ref().map_or("", |about| about.value.as_str())) }
                td {}
                td {}
            }
        }
        @for container in &architecture.containers {
            tr id=[place(&container.id.value)] {
                th scope="row" { (container.id.value.as_str()) }
                td { "container" @if let Some(layer) = &container.layer { ", " (layer.value) } }
                td { (container.about.as_ref().map_or("", |about| about.value.as_str())) }
                td { (container.tech.as_ref().map_or("", |tech| tech.value.as_str())) }
                td { @if let Some(owner) = &container.owner { (crate::site::parts::reference(site, &owner.value)) } }
            }
            @for component in &container.components {
                tr id=[place(&component.id.value)] {
                    th scope="row" { (component.id.value.as_str()) }
                    td { "component of " (container.id.value.as_str()) }
                    td { (component.about.as_ref().map_or("", |about| about.value.as_str())) }
                    td { (component.tech.as_ref().map_or("", |tech| tech.value.as_str())) }
                    td {}
                }
            }
        }
    };
    html! {
        @if !rows.0.is_empty() {
            section { h2 { "Declared parts" } (table("Declared parts", &["Name", "What", "About", "Made with", "Owner"], rows)) }
        }
    }
}

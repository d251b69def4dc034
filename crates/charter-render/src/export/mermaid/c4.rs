//! C4 views in Mermaid's C4 diagrams.

use super::super::names::{Names, file_name, identifier};
use super::super::structurizr::{code_left_out, unresolved};
use super::super::{Export, Input};
use super::{quoted, text};
use crate::c4::{Architecture, Element, ElementId, Kind, Level, Shape, Tag, View};
use std::collections::HashMap;
use std::fmt::Write;

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let architecture = Architecture::new(input.resolved);
    unresolved(&architecture, out);
    code_left_out(&architecture, "Mermaid's C4", out);
    let mut names = Names::default();
    let names: HashMap<ElementId, String> =
        architecture.elements.iter().map(|element| (element.id, names.unique(identifier(&element.key)))).collect();
    let mut files = Names::default();
    for view in &architecture.views {
        let heading = match view.level {
            Level::Context => "C4Context",
            Level::Container => "C4Container",
            Level::Component => "C4Component",
            Level::Code if view.span.is_none() => continue,
            Level::Code => {
                out.note(format!("Mermaid has no C4 diagram of code: view `{}` is left out", view.key), view.span);
                continue;
            }
        };
        if view.elements.is_empty() {
            out.note(format!("view `{}` shows nothing, so it has no diagram", view.key), view.span);
            continue;
        }
        let file = files.unique(format!("c4-{}", file_name(&view.key)));
        out.file(format!("{file}.mmd"), diagram(&architecture, &names, view, heading));
    }
}

fn diagram(architecture: &Architecture, names: &HashMap<ElementId, String>, view: &View, heading: &str) -> String {
    let name = |id: ElementId| names.get(&id).map_or("", String::as_str);
    let mut out = format!("{heading}\n    title {}\n", text(&view.title));
    let (inside, outside): (Vec<ElementId>, Vec<ElementId>) =
        view.elements.iter().copied().partition(|id| *id != view.of && architecture.is_within(*id, view.of));
    for id in outside {
        let _ = writeln!(out, "    {}", shape(architecture.element(id), name(id)));
    }
    if !inside.is_empty() {
        let of = architecture.element(view.of);
        let boundary = if of.kind == Kind::System { "System_Boundary" } else { "Container_Boundary" };
        let _ = writeln!(out, "    {boundary}({}_b, {}) {{", name(of.id), quoted(&of.name));
        for id in inside {
            let _ = writeln!(out, "        {}", shape(architecture.element(id), name(id)));
        }
        out.push_str("    }\n");
    }
    for line in architecture.lines(view) {
        let (from, to) = (name(line.from), name(line.to));
        let technologies = line.technologies.join(", ");
        if technologies.is_empty() {
            let _ = writeln!(out, "    Rel({from}, {to}, {})", quoted(&line.label()));
        } else {
            let _ = writeln!(out, "    Rel({from}, {to}, {}, {})", quoted(&line.label()), quoted(&technologies));
        }
    }
    out
}

fn shape(element: &Element, name: &str) -> String {
    let external = if element.has(Tag::External) { "_Ext" } else { "" };
    let store = match element.shape {
        Shape::Plain => "",
        Shape::Store => "Db",
        Shape::Queue => "Queue",
    };
    let (label, technology, description) = (quoted(&element.name), quoted(&element.technology), quoted(&element.description));
    match element.kind {
        Kind::Person => format!("Person{external}({name}, {label}, {description})"),
        Kind::System => format!("System{store}{external}({name}, {label}, {description})"),
        Kind::Container => format!("Container{store}{external}({name}, {label}, {technology}, {description})"),
        Kind::Component | Kind::Code => format!("Component{store}{external}({name}, {label}, {technology}, {description})"),
    }
}

//! Structurizr DSL: the model and its views in one workspace.
//!
//! Source: the language reference of Structurizr. Its strings stand on one line, `\"` is a quote, and `${NAME}` is replaced by a constant or a variable of
//! the environment wherever it stands; there is no way to write it literally.

use super::identity::{system, title};
use super::names::{Names, identifier, one_line};
use super::{Export, Input};
use crate::c4::{Architecture, Element, ElementId, Kind, Level, Shape, Tag, View};
use std::collections::HashMap;
use std::fmt::Write;

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let architecture = Architecture::new(input.resolved);
    unresolved(&architecture, out);
    code_left_out(&architecture, "Structurizr", out);
    let mut names = Names::default();
    let names = architecture.elements.iter().map(|element| (element.id, names.unique(identifier(&element.key)))).collect();
    let mut writer = Writer { architecture: &architecture, names, text: String::new(), out };
    let heading = format!(
        "workspace {} {} {{",
        writer.string(title(input), None),
        writer.string(&format!("Architecture of {}", system(input)), None)
    );
    writer.line(0, &heading);
    writer.line(1, "model {");
    for element in architecture.elements.iter().filter(|element| element.parent.is_none()) {
        writer.element(element, 2);
    }
    writer.relations();
    writer.line(1, "}");
    writer.views();
    writer.line(0, "}");
    let text = writer.text;
    out.file("workspace.dsl", text);
}

/// Names that lead nowhere, told once for every format that draws.
pub(super) fn unresolved(architecture: &Architecture, out: &mut Export) {
    for unresolved in &architecture.unresolved {
        out.note(format!("`{}` under `{}` leads nowhere and is left out", unresolved.name, unresolved.place), unresolved.span);
    }
}

/// Code, which some formats have no word for: one note for each element that is opened to code.
pub(super) fn code_left_out(architecture: &Architecture, tool: &str, out: &mut Export) {
    for element in &architecture.elements {
        let parts = architecture.children(element.id).filter(|part| part.kind == Kind::Code).count();
        if parts > 0 {
            out.note(format!("{tool} has no code: the {parts} rungs of `{}` are left out", element.key), element.span);
        }
    }
}

struct Writer<'a> {
    architecture: &'a Architecture,
    names: HashMap<ElementId, String>,
    text: String,
    out: &'a mut Export,
}

impl Writer<'_> {
    fn line(&mut self, depth: usize, line: &str) {
        let _ = writeln!(self.text, "{}{line}", "    ".repeat(depth));
    }

    /// A string of the language; what it cannot hold is replaced and told.
    fn string(&mut self, text: &str, of: Option<&Element>) -> String {
        let mut line = one_line(text);
        if line.contains("${") {
            line = line.replace("${", "$ {");
            let about = of.map_or_else(|| "the title".to_owned(), |element| format!("`{}`", element.key));
            self.out.note(
                format!("`${{` in a text of {about} is written `$ {{`: Structurizr would replace it"),
                of.map(|element| element.span),
            );
        }
        // A backslash before a quote would hide it; a string that is one brace would open a block.
        let line = line.replace('\\', "/").replace('"', "\\\"");
        if line == "{" || line == "}" { format!("\"{line} \"") } else { format!("\"{line}\"") }
    }

    fn name(&self, id: ElementId) -> &str {
        self.names.get(&id).map_or("", String::as_str)
    }

    fn element(&mut self, element: &Element, depth: usize) {
        let word = match element.kind {
            Kind::Person => "person",
            Kind::System => "softwareSystem",
            Kind::Container => "container",
            Kind::Component => "component",
            Kind::Code => return,
        };
        let mut words = vec![element.name.clone(), element.description.clone()];
        if matches!(element.kind, Kind::Container | Kind::Component) {
            words.push(element.technology.clone());
        }
        let mut tags = vec![element.word.to_owned()];
        tags.extend(element.tags.iter().map(|tag| tag.word().to_owned()));
        tags.extend(shape_tag(element.shape).map(str::to_owned));
        let mut told = std::collections::HashSet::new();
        tags.retain(|tag| told.insert(tag.clone()));
        words.push(tags.join(","));
        let words: Vec<String> = words.iter().map(|word| self.string(word, Some(element))).collect();
        let heading = format!("{} = {word} {} {{", self.name(element.id), words.join(" "));
        self.line(depth, &heading);
        self.facts(element, depth + 1);
        for child in self.architecture.children(element.id) {
            self.element(child, depth + 1);
        }
        self.line(depth, "}");
    }

    fn facts(&mut self, element: &Element, depth: usize) {
        let mut facts: Vec<(&str, String)> = element.facts.clone();
        if element.kind == Kind::System && !element.technology.is_empty() {
            facts.push(("technology", element.technology.clone()));
        }
        if let Some(declared) = &element.declared {
            facts.push(("charter", declared.to_string()));
        }
        if facts.is_empty() {
            return;
        }
        self.line(depth, "properties {");
        for (name, value) in facts {
            let line = format!("{} {}", self.string(name, Some(element)), self.string(&value, Some(element)));
            self.line(depth + 1, &line);
        }
        self.line(depth, "}");
    }

    fn relations(&mut self) {
        let architecture = self.architecture;
        let mut told = std::collections::HashSet::new();
        for relation in &architecture.relations {
            let (from, to) = (architecture.element(relation.from), architecture.element(relation.to));
            if from.kind == Kind::Code || to.kind == Kind::Code {
                continue;
            }
            if architecture.is_within(from.id, to.id) || architecture.is_within(to.id, from.id) {
                self.out.note(
                    format!("Structurizr has no relation between `{}` and `{}`: one is a part of the other", from.key, to.key),
                    relation.span,
                );
                continue;
            }
            let words = [self.string(&relation.verb, Some(from)), self.string(&relation.technology, Some(from))];
            let line = format!("{} -> {} {}", self.name(from.id), self.name(to.id), words.join(" "));
            // Texts that differed may be one here, and Structurizr takes a relation once.
            if told.insert((from.id, to.id, words[0].clone())) {
                self.line(2, &line);
            }
        }
    }

    fn views(&mut self) {
        self.line(1, "views {");
        for view in &self.architecture.views {
            self.view(view);
        }
        self.line(2, "styles {");
        for (tag, style) in [
            ("Person", "shape person"),
            ("store", "shape cylinder"),
            ("queue", "shape pipe"),
            (Tag::External.word(), "background #8a8f98\ncolor #ffffff"),
            (Tag::Critical.word(), "stroke #b3261e\nstrokeWidth 4"),
        ] {
            self.line(3, &format!("element \"{tag}\" {{"));
            style.lines().for_each(|line| self.line(4, line));
            self.line(3, "}");
        }
        self.line(2, "}");
        self.line(1, "}");
    }

    fn view(&mut self, view: &View) {
        let architecture = self.architecture;
        let of = architecture.element(view.of);
        let (word, fits): (&str, bool) = match view.level {
            Level::Context => ("systemContext", of.kind == Kind::System),
            Level::Container => ("container", of.kind == Kind::System),
            Level::Component => ("component", of.kind == Kind::Container),
            Level::Code if view.span.is_none() => return,
            Level::Code => ("", false),
        };
        if !fits {
            self.out.note(
                format!("Structurizr has no {} view of `{}`: view `{}` is left out", view.level.word(), of.key, view.key),
                view.span.unwrap_or(of.span),
            );
            return;
        }
        let shown: Vec<&Element> =
            view.elements.iter().map(|id| architecture.element(*id)).filter(|element| may_show(architecture, view, element)).collect();
        if shown.len() < view.elements.len() {
            self.out.note(
                format!("view `{}` shows elements of another level; Structurizr leaves them out", view.key),
                view.span.unwrap_or(of.span),
            );
        }
        let about = self.string(&view.about, Some(of));
        let heading = format!("{word} {} \"{}\" {about} {{", self.name(of.id), view.key);
        self.line(2, &heading);
        let title = format!("title {}", self.string(&view.title, Some(of)));
        self.line(3, &title);
        let names: Vec<&str> = shown.iter().map(|element| self.name(element.id)).collect();
        let include = format!("include {}", names.join(" "));
        if !shown.is_empty() {
            self.line(3, &include);
        }
        self.line(3, "autolayout lr");
        self.line(2, "}");
    }
}

/// Which elements a view of this level may hold.
fn may_show(architecture: &Architecture, view: &View, element: &Element) -> bool {
    match (view.level, element.kind) {
        (_, Kind::Person) => true,
        (Level::Context, Kind::System) => true,
        (_, Kind::System) => element.id != architecture.system().id,
        (Level::Container, Kind::Container) => true,
        (Level::Component, Kind::Container) => element.id != view.of,
        (Level::Component, Kind::Component) => true,
        _ => false,
    }
}

fn shape_tag(shape: Shape) -> Option<&'static str> {
    match shape {
        Shape::Plain => None,
        Shape::Store => Some("store"),
        Shape::Queue => Some("queue"),
    }
}

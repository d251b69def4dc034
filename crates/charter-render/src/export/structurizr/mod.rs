//! Structurizr DSL: the model and its views in one workspace.
//!
//! Source: the language reference of Structurizr. Its strings stand on one line, `\"` is a quote, and `${NAME}` is replaced by a constant or a variable of
//! the environment wherever it stands; there is no way to write it literally. Where the charter was taken from a workspace, what only that one says is
//! written back: see `merge`.

mod merge;
mod relations;
mod views;

use super::identity::{system, title};
use super::names::one_line;
use super::{Export, Input};
use crate::c4::{Architecture, Element, ElementId, Kind, Shape};
use charter_draft::structurizr::Home;
use merge::Merge;
use std::fmt::Write;

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let architecture = Architecture::new(input.resolved);
    unresolved(&architecture, out);
    code_left_out(&architecture, "Structurizr", out);
    let merge = Merge::new(input, &architecture);
    merge.left(input, out);
    let mut writer = Writer { architecture: &architecture, merge: &merge, text: String::new(), out };
    let (name, about) = merge.workspace();
    let name = writer.string(name.unwrap_or_else(|| title(input)), None);
    let about = writer.string(about.unwrap_or(&format!("Architecture of {}", system(input))), None);
    writer.line(0, &format!("workspace {name} {about} {{"));
    if merge.is_hierarchical() {
        writer.line(1, "!identifiers hierarchical");
    }
    for (name, value) in merge.constants() {
        let line = format!("!const {} \"{}\"", constant(name), one_line(value).replace('"', "\\\""));
        writer.line(1, &line);
    }
    writer.texts(Home::Workspace, 1);
    writer.line(1, "model {");
    writer.texts(Home::Head, 2);
    let roots: Vec<&Element> = architecture.elements.iter().filter(|element| element.parent.is_none()).collect();
    writer.elements(&roots, 2);
    writer.relations();
    writer.texts(Home::Model, 2);
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
    merge: &'a Merge,
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
        self.merge.name(id)
    }

    /// Texts of the workspace that the charter was taken from, as they are read; what leads to other files is a comment already.
    fn texts(&mut self, home: Home, depth: usize) {
        let merge = self.merge;
        for text in merge.texts(home) {
            for line in text.text.lines() {
                self.line(if line.is_empty() { 0 } else { depth }, line);
            }
        }
    }

    /// Elements of one parent, those of one group next to each other in its braces.
    fn elements(&mut self, elements: &[&Element], depth: usize) {
        let mut open: Option<String> = None;
        for element in elements.iter().filter(|element| element.kind != Kind::Code && !self.merge.is_whole(element.id)) {
            let group = self.merge.group(element.id);
            if group != open {
                if open.is_some() {
                    self.line(depth, "}");
                }
                if let Some(group) = &group {
                    let heading = format!("group {} {{", self.string(group, Some(element)));
                    self.line(depth, &heading);
                }
                open = group;
            }
            self.element(element, depth + usize::from(open.is_some()));
        }
        if open.is_some() {
            self.line(depth, "}");
        }
    }

    fn element(&mut self, element: &Element, depth: usize) {
        let merge = self.merge;
        let word = match element.kind {
            Kind::Person => "person",
            Kind::System if merge.is_custom(element.id) => "element",
            Kind::System => "softwareSystem",
            Kind::Container => "container",
            Kind::Component => "component",
            Kind::Code => return,
        };
        let mut words = vec![merge.title(element).to_owned()];
        if word == "element" {
            words.push(element.technology.clone());
        }
        words.push(merge.description(element).to_owned());
        if matches!(element.kind, Kind::Container | Kind::Component) {
            words.push(element.technology.clone());
        }
        let mut tags = vec![element.word.to_owned()];
        tags.extend(element.tags.iter().map(|tag| tag.word().to_owned()));
        tags.extend(shape_tag(element.shape).map(str::to_owned));
        tags.extend(merge.tags(element.id));
        let mut told = std::collections::HashSet::new();
        tags.retain(|tag| told.insert(tag.clone()));
        words.push(tags.join(","));
        let words: Vec<String> = words.iter().map(|word| self.string(word, Some(element))).collect();
        let heading = format!("{} = {word} {} {{", merge.own_name(element.id), words.join(" "));
        self.line(depth, &heading);
        self.facts(element, depth + 1);
        if let Some(at) = merge.position(element.id) {
            self.texts(Home::Element(at), depth + 1);
        }
        let children: Vec<&Element> = self.architecture.children(element.id).collect();
        self.elements(&children, depth + 1);
        for part in merge.parts(element.id) {
            self.part(part, element, depth + 1);
        }
        self.line(depth, "}");
    }

    /// A part of another system, which only the workspace knows.
    fn part(&mut self, at: usize, of: &Element, depth: usize) {
        let merge = self.merge;
        let Some(part) = merge.part(at) else { return };
        let word = match part.kind {
            charter_draft::structurizr::Kind::Container => "container",
            charter_draft::structurizr::Kind::Component => "component",
            _ => "element",
        };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let words = match word {
            "element" => [part.name.clone(), text(&part.technology), text(&part.about), part.tags.join(",")],
            _ => [part.name.clone(), text(&part.about), text(&part.technology), part.tags.join(",")],
        };
        let words = words.map(|word| self.string(&word, Some(of)));
        let heading = format!("{} = {word} {} {{", merge.part_name(at), words.join(" "));
        let group = part.group.as_ref().map(|group| self.string(group, Some(of)));
        let inner = depth + usize::from(group.is_some());
        if let Some(group) = &group {
            self.line(depth, &format!("group {group} {{"));
        }
        self.line(inner, &heading);
        let properties: Vec<(String, String)> = part.properties.clone();
        self.properties(&properties, part.url.as_deref(), of, inner + 1);
        self.texts(Home::Element(at), inner + 1);
        for part in merge.inner(at) {
            self.part(part, of, inner + 1);
        }
        self.line(inner, "}");
        if group.is_some() {
            self.line(depth, "}");
        }
    }

    fn facts(&mut self, element: &Element, depth: usize) {
        let mut facts: Vec<(String, String)> = Vec::new();
        let mut url = self.merge.url(element.id);
        for (name, value) in &element.facts {
            if *name == "url" && is_address(value) {
                url = Some(value.clone());
            } else {
                facts.push(((*name).to_owned(), value.clone()));
            }
        }
        if element.kind == Kind::System && !element.technology.is_empty() && !self.merge.is_custom(element.id) {
            facts.push(("technology".to_owned(), element.technology.clone()));
        }
        if let Some(declared) = &element.declared {
            facts.push(("charter".to_owned(), declared.to_string()));
        }
        for (name, value) in self.merge.properties(element.id) {
            if !facts.iter().any(|(known, _)| *known == name) {
                facts.push((name, value));
            }
        }
        self.properties(&facts, url.as_deref(), element, depth);
    }

    fn properties(&mut self, facts: &[(String, String)], url: Option<&str>, of: &Element, depth: usize) {
        if let Some(url) = url {
            if is_address(url) {
                self.line(depth, &format!("url \"{url}\""));
            } else {
                self.out.note(format!("`{url}` of `{}` is no address that Structurizr takes, and is left out", of.key), of.span);
            }
        }
        if facts.is_empty() {
            return;
        }
        self.line(depth, "properties {");
        for (name, value) in facts {
            let line = format!("{} {}", self.string(name, Some(of)), self.string(value, Some(of)));
            self.line(depth + 1, &line);
        }
        self.line(depth, "}");
    }
}

/// Whether a text names files beside the workspace that it comes from, in a line that was made a comment for it.
fn leads_elsewhere(text: &str) -> bool {
    let words = ["!docs", "!adrs", "!decisions", "!script", "!plugin", "!include"];
    text.lines().filter_map(|line| line.trim_start().strip_prefix("// ")).any(|line| {
        let word = line.trim_start_matches('"').split(|character: char| character.is_whitespace() || character == '"').next();
        word.is_some_and(|word| words.contains(&word.to_ascii_lowercase().as_str()))
    })
}

/// The name of a constant: a word by itself, or in quotes.
fn constant(name: &str) -> String {
    let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if is_word { name.to_owned() } else { format!("\"{}\"", one_line(name).replace('"', "\\\"")) }
}

/// Whether Structurizr takes a text for an address.
fn is_address(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://"))
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'{' | b'}' | b'\\'))
}

fn shape_tag(shape: Shape) -> Option<&'static str> {
    match shape {
        Shape::Plain => None,
        Shape::Store => Some("store"),
        Shape::Queue => Some("queue"),
    }
}

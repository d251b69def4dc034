//! LikeC4: specification, model and views in one file.
//!
//! Source: the language reference of LikeC4. A string stands in single quotes and may hold line breaks; `\'` is a quote, a backslash stands for itself
//! elsewhere.

use super::identity::title;
use super::names::{Names, identifier};
use super::structurizr::unresolved;
use super::{Export, Input};
use crate::c4::{Architecture, Element, ElementId, Kind, Shape, Tag, View};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let architecture = Architecture::new(input.resolved);
    unresolved(&architecture, out);
    let mut names = Names::default();
    let own: HashMap<ElementId, String> =
        architecture.elements.iter().map(|element| (element.id, names.unique(identifier(&element.key)))).collect();
    let mut writer = Writer { architecture: &architecture, own, text: String::new() };
    writer.specification();
    writer.model();
    writer.views(out);
    let text = format!("// {}\n{}", super::names::one_line(title(input)), writer.text);
    out.file("charter.c4", text);
}

/// Words of the language that may be no name of a kind, tag or fact.
const KEYWORDS: &[&str] = &[
    "and",
    "any",
    "border",
    "color",
    "component",
    "container",
    "deployment",
    "description",
    "dynamic",
    "element",
    "exclude",
    "extend",
    "extends",
    "from",
    "global",
    "group",
    "head",
    "icon",
    "import",
    "include",
    "is",
    "it",
    "kind",
    "likec4lib",
    "line",
    "link",
    "metadata",
    "model",
    "multiple",
    "node",
    "not",
    "notation",
    "notes",
    "of",
    "opacity",
    "or",
    "padding",
    "parallel",
    "rank",
    "relationship",
    "rule",
    "shape",
    "size",
    "source",
    "specification",
    "style",
    "summary",
    "system",
    "tag",
    "tail",
    "target",
    "technology",
    "this",
    "title",
    "view",
    "views",
    "where",
    "with",
];

struct Writer<'a> {
    architecture: &'a Architecture,
    own: HashMap<ElementId, String>,
    text: String,
}

/// A string of the language.
fn string(text: &str) -> String {
    let mut text: String = text.chars().map(|letter| if letter.is_control() && letter != '\n' { ' ' } else { letter }).collect();
    // A backslash before a quote, the closing one too, would belong to it; one at the end of a line is no sign of the language.
    text = text.replace("\\'", "\\ '").replace("\\\n", "\\ \n");
    if text.ends_with('\\') {
        text.push(' ');
    }
    format!("'{}'", text.replace('\'', "\\'"))
}

impl Writer<'_> {
    fn line(&mut self, depth: usize, line: &str) {
        let _ = writeln!(self.text, "{}{line}", "  ".repeat(depth));
    }

    /// The name with those of the wholes that it is a part of.
    fn path(&self, id: ElementId) -> String {
        let mut names: Vec<&str> =
            self.architecture.ancestors(id).filter_map(|element| self.own.get(&element.id)).map(String::as_str).collect();
        names.reverse();
        names.join(".")
    }

    fn specification(&mut self) {
        self.line(0, "specification {");
        // Elements that keep data or work say so themselves.
        let kinds: BTreeSet<(&str, bool)> =
            self.architecture.elements.iter().map(|element| (element.word, element.kind == Kind::Person)).collect();
        for (word, is_person) in kinds {
            let shape = if is_person { "person" } else { "rectangle" };
            self.line(1, &format!("element {} {{ style {{ shape {shape} }} }}", kind(word)));
        }
        for tag in Tag::ALL {
            self.line(1, &format!("tag {}", kind(tag.word())));
        }
        self.line(0, "}");
    }

    fn model(&mut self) {
        self.line(0, "model {");
        for element in self.architecture.elements.iter().filter(|element| element.parent.is_none()) {
            self.element(element, 1);
        }
        for relation in &self.architecture.relations {
            // LikeC4 refuses an arrow between a whole and its part.
            if self.architecture.is_within(relation.from, relation.to) || self.architecture.is_within(relation.to, relation.from) {
                continue;
            }
            let (from, to) = (self.path(relation.from), self.path(relation.to));
            let heading = format!("{from} -> {to} {}", string(&relation.verb));
            if relation.technology.is_empty() {
                self.line(1, &heading);
            } else {
                self.line(1, &format!("{heading} {{ technology {} }}", string(&relation.technology)));
            }
        }
        self.line(0, "}");
    }

    fn element(&mut self, element: &Element, depth: usize) {
        let name = self.own.get(&element.id).cloned().unwrap_or_default();
        self.line(depth, &format!("{name} = {} {} {{", kind(element.word), string(&element.name)));
        if !element.tags.is_empty() {
            let tags: Vec<String> = element.tags.iter().map(|tag| format!("#{}", kind(tag.word()))).collect();
            self.line(depth + 1, &tags.join(" "));
        }
        if !element.description.is_empty() {
            self.line(depth + 1, &format!("description {}", string(&element.description)));
        }
        if !element.technology.is_empty() {
            self.line(depth + 1, &format!("technology {}", string(&element.technology)));
        }
        let mut facts: Vec<(String, String)> = element.facts.iter().map(|(name, value)| (kind(name), value.clone())).collect();
        facts.extend(element.declared.as_ref().map(|declared| ("charter".to_owned(), declared.to_string())));
        if !facts.is_empty() {
            self.line(depth + 1, "metadata {");
            for (name, value) in facts {
                self.line(depth + 2, &format!("{name} {}", string(&value)));
            }
            self.line(depth + 1, "}");
        }
        if element.shape != Shape::Plain {
            self.line(depth + 1, &format!("style {{ shape {} }}", shape(element.shape)));
        }
        for child in self.architecture.children(element.id) {
            self.element(child, depth + 1);
        }
        self.line(depth, "}");
    }

    fn views(&mut self, out: &mut Export) {
        self.line(0, "views {");
        let mut names = Names::default();
        for view in &self.architecture.views {
            let name = if view.key == "context" { "index".to_owned() } else { identifier(&view.key) };
            let name = names.unique(name);
            self.view(view, &name);
            if !view.audience.is_empty() && view.span.is_some() {
                out.note(format!("LikeC4 has no audience: that of view `{}` is left out", view.key), view.span);
            }
        }
        self.line(0, "}");
    }

    fn view(&mut self, view: &View, name: &str) {
        self.line(1, &format!("view {name} of {} {{", self.path(view.of)));
        self.line(2, &format!("title {}", string(&view.title)));
        if !view.about.is_empty() {
            self.line(2, &format!("description {}", string(&view.about)));
        }
        let shown: Vec<String> = view.elements.iter().map(|id| self.path(*id)).collect();
        if !shown.is_empty() {
            self.line(2, &format!("include {}", shown.join(",\n      ")));
        }
        self.line(1, "}");
    }
}

/// A word of the charter as a name of the language, one that is no keyword of it.
fn kind(word: &str) -> String {
    let name = identifier(word);
    if KEYWORDS.contains(&name.as_str()) {
        return format!("{name}_");
    }
    name
}

fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Store => "storage",
        Shape::Queue => "queue",
        Shape::Plain => "rectangle",
    }
}

//! From the JSON of a workspace to the model.

use super::model::{ELEMENTS_MAX, Element, Kind, Model, RELATIONS_MAX, Relation};
use crate::foreign::{Code, Fields, Node, Notes, short};
use charter_spec::Span;
use std::collections::HashMap;

/// A relation before its ends are known: the source, the id of the target, and the relation itself.
type Pending<'n> = (usize, &'n str, &'n Node);

struct Reader<'n, 'a> {
    model: Model,
    by_id: HashMap<&'n str, usize>,
    pending: Vec<Pending<'n>>,
    notes: &'a mut Notes,
}

/// Reads a workspace.
pub(super) fn read(root: &Node, notes: &mut Notes) -> Model {
    let mut reader = Reader { model: Model::default(), by_id: HashMap::new(), pending: Vec::new(), notes };
    let mut fields = Fields::of(root);
    reader.model.span = Span::new(root.span.file, root.span.start as usize, root.span.start as usize + 1);
    reader.model.name = fields.text("name").map(str::to_owned);
    reader.model.about = fields.text("description").map(str::to_owned);
    if let Some(model) = fields.take("model") {
        let mut parts = Fields::of(model);
        for (key, kind) in [("people", Kind::Person), ("softwareSystems", Kind::System), ("customElements", Kind::Custom)] {
            for node in parts.take(key).map(Node::items).unwrap_or_default() {
                reader.element(node, kind, None);
            }
        }
        for (key, node) in parts.rest() {
            reader.keep(&key.text, key.span.to(node.span));
        }
    }
    if let Some(views) = fields.take("views") {
        for key in ["systemContextViews", "containerViews"] {
            for view in views.get(key).map(Node::items).unwrap_or_default() {
                let id = view.get("softwareSystemId").and_then(Node::word);
                reader.model.viewed.extend(id.and_then(|id| reader.by_id.get(id)));
            }
        }
        reader.keep("views", views.span);
    }
    for known in ["id", "lastModifiedDate", "lastModifiedAgent", "revision", "version"] {
        fields.take(known);
    }
    for (key, node) in fields.rest() {
        reader.keep(&key.text, key.span.to(node.span));
    }
    reader.relations();
    reader.model
}

impl<'n> Reader<'n, '_> {
    fn keep(&mut self, what: &str, span: Span) {
        self.notes.push(
            Code::Kept,
            Span::new(span.file, span.start as usize, span.start as usize + 1),
            format!("`{}` is kept in the document only", short(what)),
        );
        self.model.kept.push((short(what), span));
    }

    fn element(&mut self, node: &'n Node, kind: Kind, parent: Option<usize>) {
        let mut fields = Fields::of(node);
        let Some(name) = fields.text("name") else {
            self.keep("an element without a name", node.span);
            return;
        };
        if self.model.elements.len() >= ELEMENTS_MAX {
            self.notes.push(Code::Limit, node.span, format!("an import takes {ELEMENTS_MAX} elements; this one is left out"));
            return;
        }
        let mut element = Element::new(kind, name, Span::new(node.span.file, node.span.start as usize, node.span.start as usize + 1));
        element.about = fields.text("description").map(str::to_owned);
        element.technology = fields.text("technology").map(str::to_owned);
        element.url = fields.text("url").map(str::to_owned);
        element.group = fields.text("group").map(str::to_owned);
        element.parent = parent;
        if let Some(tags) = fields.text("tags") {
            element.add_tags(tags);
        }
        element.tags.retain(|tag| !matches!(tag.as_str(), "Element" | "Person" | "Software System" | "Container" | "Component"));
        for (key, value) in fields.take("properties").map(Node::pairs).unwrap_or_default() {
            element.properties.push((key.text.clone(), value.flat()));
        }
        let at = self.model.elements.len();
        if let Some(id) = fields.text("id") {
            self.by_id.entry(id).or_insert(at);
        }
        self.model.elements.push(element);
        for relation in fields.take("relationships").map(Node::items).unwrap_or_default() {
            if let Some(to) = relation.get("destinationId").and_then(Node::word) {
                self.pending.push((at, to, relation));
            }
        }
        for (key, kind) in [("containers", Kind::Container), ("components", Kind::Component)] {
            for inner in fields.take(key).map(Node::items).unwrap_or_default() {
                self.element(inner, kind, Some(at));
            }
        }
        fields.take("location");
        fields.take("size");
        let says = |node: &&Node| node.items().iter().chain(node.pairs().iter().map(|(_, node)| node)).any(|node| !node.is_empty());
        for known in ["documentation", "perspectives", "code"] {
            if let Some(node) = fields.take(known).filter(says) {
                self.keep(known, node.span);
            }
        }
        for (key, value) in fields.rest() {
            if let Some(element) = self.model.elements.get_mut(at) {
                element.properties.push((key.text.clone(), value.flat()));
            }
        }
    }

    fn relations(&mut self) {
        for (from, to, node) in std::mem::take(&mut self.pending) {
            let span = Span::new(node.span.file, node.span.start as usize, node.span.start as usize + 1);
            let Some(to) = self.by_id.get(to).copied() else {
                self.notes.push(Code::Dangling, span, format!("the relation leads to `{}`, which is no element", short(to)));
                continue;
            };
            // Relations that Structurizr adds by itself repeat those of the parts.
            if node.get("linkedRelationshipId").is_some() {
                continue;
            }
            if self.model.relations.len() >= RELATIONS_MAX {
                let message = format!("an import takes {RELATIONS_MAX} relations; this one and those behind it are left out");
                self.notes.push(Code::Limit, span, message);
                break;
            }
            let text = |key: &str| node.get(key).and_then(Node::word).map(str::to_owned);
            let tags = text("tags").into_iter().flat_map(|tags| tags.split(',').map(|tag| tag.trim().to_owned()).collect::<Vec<_>>());
            let tags = tags.filter(|tag| !matches!(tag.as_str(), "Relationship" | "Asynchronous" | "Synchronous" | "")).collect();
            let known = ["id", "sourceId", "destinationId", "description", "technology", "tags", "interactionStyle"];
            for (key, value) in node.pairs().iter().filter(|(key, value)| !known.contains(&key.text.as_str()) && !value.is_empty()) {
                let message = format!("`{}` of a relation is kept in the document only", short(&key.text));
                self.notes.push(Code::Kept, Span::new(value.span.file, key.span.start as usize, key.span.end as usize), message);
            }
            let (verb, technology) = (text("description"), text("technology"));
            let (identifier, lines) = (String::new(), Vec::new());
            self.model.relations.push(Relation { from, to, identifier, verb, technology, tags, lines, span });
        }
    }
}

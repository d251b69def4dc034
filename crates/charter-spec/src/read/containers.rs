//! Reading fields, lists and entries.

use serde_json::{Value as Json, json};

use super::names::{id_schema, read_id_key, read_id_text};
use super::{Reader, Rest, Schemas, Slot, Value, refers_to, takes};
use crate::diagnostic::{Code, Diagnostic};
use crate::names::{Entries, Extensions, Field, List, Mentioned, Named, SectionName, Target};
use crate::source::Spanned;
use crate::yaml::{Key, Node, NodeKind};

impl<T: Value> Slot for Field<T> {
    fn fill(&mut self, node: &Node, reader: &mut Reader<'_>) {
        *self = T::read(node, reader).map(|value| Spanned::new(value, node.span));
        if self.is_none() {
            reader.mark_unreadable(node.span);
        }
    }

    fn schema(schemas: &mut Schemas) -> Json {
        T::schema(schemas)
    }
}

impl<T: Value> Value for List<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let items = match &node.kind {
            NodeKind::Broken => return None,
            NodeKind::Sequence(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let items = items.iter().filter_map(|item| T::read(item, reader).map(|value| Spanned::new(value, item.span))).collect();
        Some(Self::new(items, node.span))
    }

    fn schema(schemas: &mut Schemas) -> Json {
        let item = T::schema(schemas);
        json!({ "anyOf": [item, { "type": "array", "items": item }] })
    }
}

impl<T: Value> Slot for List<T> {
    fn fill(&mut self, node: &Node, reader: &mut Reader<'_>) {
        if let Some(list) = Self::read(node, reader) {
            *self = list;
        }
    }

    fn schema(schemas: &mut Schemas) -> Json {
        <Self as Value>::schema(schemas)
    }
}

impl<T: Value> Rest for Entries<T> {
    fn add(&mut self, key: &Key, node: &Node, reader: &mut Reader<'_>) {
        self.written(key.span);
        if !reader.take_element(key.span) {
            return;
        }
        // What stands under a bad id is read all the same, so that its problems come up in the same run.
        let id = read_id_key(key, reader);
        let value = reader.under(key.span, |reader| T::read(node, reader));
        let (Some(id), Some(value)) = (id, value) else { return };
        insert(self, Spanned::new(id, key.span), Spanned::new(value, node.span), reader);
    }

    fn schema(schemas: &mut Schemas) -> Json {
        T::schema(schemas)
    }
}

/// Adds an element; a second one of the name is a problem. Within one mapping the tree has reported it, so this is about lists.
fn insert<T>(entries: &mut Entries<T>, id: Spanned<crate::names::Id>, value: Spanned<T>, reader: &mut Reader<'_>) {
    let (name, span) = (id.value.clone(), id.span);
    if let Err(first) = entries.insert(id, value) {
        reader.report(
            Diagnostic::reading(Code::Duplicate, span, format!("`{name}` is written twice"))
                .at(first, "it is first written here")
                .help("remove one of them, or give it another name"),
        );
    }
}

impl<T: Value> Value for Entries<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let NodeKind::Mapping(pairs) = &node.kind else {
            reader.wrong_shape(node, "a mapping of names");
            return None;
        };
        let mut entries = Self::default();
        entries.written(node.span);
        for (key, value) in pairs {
            Rest::add(&mut entries, key, value, reader);
        }
        Some(entries)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        let entries = json!({ "type": "object", "additionalProperties": T::schema(schemas), "propertyNames": id_schema(schemas) });
        takes(entries, "a mapping of names")
    }
}

impl<T: Value> Slot for Entries<T> {
    fn fill(&mut self, node: &Node, reader: &mut Reader<'_>) {
        if let Some(entries) = Self::read(node, reader) {
            *self = entries;
        }
    }

    fn schema(schemas: &mut Schemas) -> Json {
        <Self as Value>::schema(schemas)
    }
}

impl<K: Target, T: Value> Rest for Extensions<K, T> {
    fn add(&mut self, key: &Key, node: &Node, reader: &mut Reader<'_>) {
        if let Ok(id) = crate::names::Id::new(&key.text) {
            let named = Mentioned::Element { section: None, id, sections: K::SECTIONS, whole_sections: false, label: K::LABEL };
            reader.mention(key.span, named);
        }
        Rest::add(&mut self.entries, key, node, reader);
    }

    fn schema(schemas: &mut Schemas) -> Json {
        T::schema(schemas)
    }

    fn refers_to() -> &'static [SectionName] {
        K::SECTIONS
    }
}

impl<K: Target, T: Value> Slot for Extensions<K, T> {
    fn fill(&mut self, node: &Node, reader: &mut Reader<'_>) {
        let NodeKind::Mapping(pairs) = &node.kind else {
            return reader.wrong_shape(node, "a mapping of names");
        };
        self.entries.written(node.span);
        for (key, value) in pairs {
            Rest::add(self, key, value, reader);
        }
    }

    fn schema(schemas: &mut Schemas) -> Json {
        refers_to(<Entries<T> as Value>::schema(schemas), K::SECTIONS)
    }
}

impl<T: Value + Default> Slot for Named<T> {
    fn fill(&mut self, node: &Node, reader: &mut Reader<'_>) {
        self.entries.written(node.span);
        match &node.kind {
            NodeKind::Mapping(_) => {
                if let Some(entries) = Entries::read(node, reader) {
                    self.entries = entries;
                }
            }
            NodeKind::Sequence(items) => {
                for item in items {
                    add_named(&mut self.entries, item, reader);
                }
            }
            NodeKind::Scalar(_) => add_named(&mut self.entries, node, reader),
            NodeKind::Broken => {}
        }
    }

    fn schema(schemas: &mut Schemas) -> Json {
        let name = id_schema(schemas);
        let entries = <Entries<T> as Value>::schema(schemas);
        json!({ "anyOf": [name, { "type": "array", "items": { "anyOf": [name, entries] } }, entries] })
    }
}

/// Adds a bare name, or the names of a mapping inside a list.
fn add_named<T: Value + Default>(entries: &mut Entries<T>, node: &Node, reader: &mut Reader<'_>) {
    if let NodeKind::Mapping(pairs) = &node.kind {
        for (key, value) in pairs {
            Rest::add(entries, key, value, reader);
        }
        return;
    }
    if !reader.take_element(node.span) {
        return;
    }
    if let Some(id) = read_id_text(node, reader) {
        insert(entries, Spanned::new(id, node.span), Spanned::new(T::default(), node.span), reader);
    }
}

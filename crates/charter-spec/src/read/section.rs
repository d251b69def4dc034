//! The one definition of a section: struct, reader, schema and reference come from it.

use serde_json::{Map, Value as Json, json};

use super::{Bound, Reader, Schemas, describe, title};
use crate::diagnostic::{Code, Diagnostic};
use crate::names::SectionName;
use crate::yaml::{Key, Node, NodeKind};

/// A type that stands as a value in the document.
pub(crate) trait Value: Sized {
    /// Reads it, or reports why not and leaves a hole.
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self>;

    /// Its JSON Schema.
    fn schema(schemas: &mut Schemas) -> Json;
}

/// A type that holds the value of a key.
pub(crate) trait Slot: Default {
    /// Reads the value of the key.
    fn fill(&mut self, node: &Node, reader: &mut Reader<'_>);

    /// The JSON Schema of the value.
    fn schema(schemas: &mut Schemas) -> Json;
}

/// A type that holds the keys that a section does not know: the ids of its elements.
pub(crate) trait Rest: Default {
    /// Reads one element.
    fn add(&mut self, key: &Key, node: &Node, reader: &mut Reader<'_>);

    /// The JSON Schema of an element.
    fn schema(schemas: &mut Schemas) -> Json;

    /// Where the ids are declared, when it is elsewhere.
    fn refers_to() -> &'static [SectionName] {
        &[]
    }
}

/// Takes the keys of a mapping one by one.
pub(crate) trait Accept {
    /// Reads the value of a key that it knows; `false` for another key.
    fn accept(&mut self, key: &str, node: &Node, reader: &mut Reader<'_>) -> bool;

    /// Reads an element under a key that no one knows; `false` when it holds no elements.
    fn accept_rest(&mut self, key: &Key, node: &Node, reader: &mut Reader<'_>) -> bool;
}

/// A key of a section.
pub(crate) struct KeyInfo {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static [&'static str],
    pub(crate) required: bool,
    pub(crate) schema: fn(&mut Schemas) -> Json,
    /// What its value must keep beside what its type says.
    pub(crate) bound: Option<Bound>,
}

impl KeyInfo {
    /// The schema of its value, with its documentation.
    fn value_schema(&self, schemas: &mut Schemas) -> Json {
        let schema = (self.schema)(schemas);
        let schema = match self.bound {
            Some(bound) => bound.narrow(schema, schemas),
            None => schema,
        };
        describe(schema, &doc_text(self.doc))
    }
}

/// The elements of a section beside its keys.
pub(crate) struct SectionRest {
    pub(crate) doc: &'static [&'static str],
    pub(crate) schema: fn(&mut Schemas) -> Json,
    /// Where their ids are declared, when it is elsewhere.
    pub(crate) refers_to: &'static [SectionName],
}

/// A mapping with known keys.
pub(crate) trait Section: Accept + Default {
    /// The name of the type, which is the name of its schema.
    const NAME: &'static str;
    /// What it is.
    const DOC: &'static [&'static str];

    /// The key that a bare value stands for.
    fn shorthand() -> Option<&'static str>;

    /// The keys in order.
    fn keys() -> Vec<KeyInfo>;

    /// The elements beside the keys.
    fn rest() -> Option<SectionRest>;
}

/// Reads a section: a mapping, or the bare value that stands for one of its keys.
pub(crate) fn read_section<S: Section>(node: &Node, reader: &mut Reader<'_>) -> Option<S> {
    let mut section = S::default();
    let place = reader.key();
    match &node.kind {
        NodeKind::Mapping(pairs) => {
            for (key, value) in pairs {
                reader.under(key.span, |reader| {
                    if section.accept(&key.text, value, reader) || section.accept_rest(key, value, reader) {
                        return;
                    }
                    reader.unknown_key(place, || S::keys().iter().map(|key| key.name).collect(), key);
                });
            }
            let has = |name: &str| pairs.iter().any(|(key, _)| *key.text == *name);
            report_missing::<S>(node, has, reader);
        }
        NodeKind::Broken => return None,
        _ => match S::shorthand() {
            Some(key) if !is_empty(node) => {
                section.accept(key, node, reader);
            }
            _ => {
                reader.wrong_shape(node, "a mapping");
                return None;
            }
        },
    }
    Some(section)
}

/// Reports required keys that are not written. After a truncated read nothing is said: they may stand in what was not read.
pub(crate) fn report_missing<S: Section>(node: &Node, has: impl Fn(&str) -> bool, reader: &mut Reader<'_>) {
    if reader.truncated {
        return;
    }
    for key in S::keys() {
        if key.required && !has(key.name) {
            let name = key.name;
            let doc = doc_text(key.doc);
            let section = reader.section_name(reader.key());
            let place = reader.key().unwrap_or_else(|| first_place(node));
            reader.report(
                Diagnostic::reading(Code::MissingKey, place, format!("{section} needs the key `{name}`"))
                    .help(format!("add `{name}: …`: {}", lower_first(doc.trim_end_matches('.')))),
            );
        }
    }
}

fn is_empty(node: &Node) -> bool {
    node.scalar().is_some_and(|scalar| scalar.is_plain() && crate::yaml::is_null(&scalar.text))
}

/// Where a document starts: its first key, not all of it.
fn first_place(node: &Node) -> crate::source::Span {
    match &node.kind {
        NodeKind::Mapping(pairs) => pairs.first().map_or(node.span, |(key, _)| key.span),
        _ => node.span,
    }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    match (characters.next(), characters.clone().next()) {
        // An abbreviation keeps its capitals.
        (Some(first), Some(second)) if second.is_uppercase() => format!("{first}{}", characters.as_str()),
        (Some(first), _) => format!("{}{}", first.to_lowercase(), characters.as_str()),
        _ => String::new(),
    }
}

/// Documentation lines as one text.
pub(crate) fn doc_text(lines: &[&str]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    lines.join(" ")
}

/// The JSON Schema of a section, or a reference to it.
pub(crate) fn section_schema<S: Section>(schemas: &mut Schemas) -> Json {
    schemas.define(S::NAME, |schemas| {
        let mut object = object_schema(schemas, &doc_text(S::DOC), S::keys(), S::rest());
        let Some(shorthand) = S::shorthand() else {
            if let Some(map) = object.as_object_mut() {
                map.insert("title".into(), title(S::NAME).into());
            }
            return object;
        };
        let bare = S::keys().iter().find(|key| key.name == shorthand).map(|key| key.value_schema(schemas));
        if let Some(map) = object.as_object_mut() {
            map.remove("description");
            map.remove("markdownDescription");
        }
        let either = json!({ "title": title(S::NAME), "anyOf": [bare.unwrap_or(Json::Null), object] });
        describe(either, &doc_text(S::DOC))
    })
}

/// The JSON Schema of a mapping with these keys and no others, but for the elements.
pub(crate) fn object_schema(schemas: &mut Schemas, doc: &str, keys: Vec<KeyInfo>, rest: Option<SectionRest>) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for key in keys {
        properties.insert(key.name.into(), key.value_schema(schemas));
        if key.required {
            required.push(key.name);
        }
    }
    let object = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    let mut object = describe(object, doc);
    if let Some(map) = object.as_object_mut() {
        if !required.is_empty() {
            map.insert("required".into(), json!(required));
        }
        if let Some(rest) = rest {
            if !rest.refers_to.is_empty() {
                map.insert("x-refers-to".into(), rest.refers_to.iter().map(|section| section.key()).collect());
            }
            map.insert("additionalProperties".into(), describe((rest.schema)(schemas), &doc_text(rest.doc)));
            map.insert("propertyNames".into(), super::names::id_schema(schemas));
        }
    }
    object
}

/// Defines a section. Each field is a key; its doc comment is the key's documentation.
///
/// `@key("for")` names the key where that is no Rust word, `@required` reports its absence, `@shorthand` lets a bare value stand for
/// the section, `@rest` takes the keys that are not known as ids of elements. `@above_zero`, `@one_or_more` and `@rows` bound a figure: see
/// [`Bound`](super::Bound).
macro_rules! section {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident {
            $(
                $(#[doc = $key_doc:literal])*
                $(@$flag:ident $(($argument:tt))?)*
                $field:ident : $type:ty,
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $(
                $(#[doc = $key_doc])*
                pub $field: $type,
            )*
        }

        impl $crate::read::Accept for $name {
            fn accept(&mut self, key: &str, node: &$crate::yaml::Node, reader: &mut $crate::read::Reader<'_>) -> bool {
                let this = self;
                $(
                    section!(@unless_rest [$(@$flag)*] {
                        if key == section!(@key $field $(@$flag $(($argument))?)*) {
                            reader.bound = section!(@bound [$(@$flag)*]);
                            $crate::read::Slot::fill(&mut this.$field, node, reader);
                            reader.bound = None;
                            return true;
                        }
                    });
                )*
                let _ = (this, key, node, reader);
                false
            }

            fn accept_rest(&mut self, key: &$crate::yaml::Key, node: &$crate::yaml::Node, reader: &mut $crate::read::Reader<'_>) -> bool {
                let this = self;
                $(
                    section!(@if_rest [$(@$flag)*] {
                        $crate::read::Rest::add(&mut this.$field, key, node, reader);
                        return true;
                    });
                )*
                #[allow(unreachable_code)]
                {
                    let _ = (this, key, node, reader);
                    false
                }
            }
        }

        impl $crate::read::Section for $name {
            const NAME: &'static str = stringify!($name);
            const DOC: &'static [&'static str] = &[$($doc),*];

            fn shorthand() -> Option<&'static str> {
                $(
                    section!(@if_shorthand [$(@$flag)*] {
                        return Some(section!(@key $field $(@$flag $(($argument))?)*));
                    });
                )*
                #[allow(unreachable_code)]
                None
            }

            fn keys() -> Vec<$crate::read::KeyInfo> {
                let mut keys = Vec::new();
                $(
                    section!(@unless_rest [$(@$flag)*] {
                        keys.push($crate::read::KeyInfo {
                            name: section!(@key $field $(@$flag $(($argument))?)*),
                            doc: &[$($key_doc),*],
                            required: section!(@required [$(@$flag)*]),
                            schema: <$type as $crate::read::Slot>::schema,
                            bound: section!(@bound [$(@$flag)*]),
                        });
                    });
                )*
                keys
            }

            fn rest() -> Option<$crate::read::SectionRest> {
                $(
                    section!(@if_rest [$(@$flag)*] {
                        return Some($crate::read::SectionRest {
                            doc: &[$($key_doc),*],
                            schema: <$type as $crate::read::Rest>::schema,
                            refers_to: <$type as $crate::read::Rest>::refers_to(),
                        });
                    });
                )*
                #[allow(unreachable_code)]
                None
            }
        }

        impl $crate::read::Value for $name {
            fn read(node: &$crate::yaml::Node, reader: &mut $crate::read::Reader<'_>) -> Option<Self> {
                $crate::read::read_section(node, reader)
            }

            fn schema(schemas: &mut $crate::read::Schemas) -> serde_json::Value {
                $crate::read::section_schema::<Self>(schemas)
            }
        }
    };

    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident @key ($key:literal) $($rest:tt)*) => { $key };
    (@key $field:ident @$flag:ident $(($argument:tt))? $($rest:tt)*) => { section!(@key $field $($rest)*) };

    (@bound []) => { None };
    (@bound [@above_zero $($rest:tt)*]) => { Some($crate::read::Bound::AboveZero) };
    (@bound [@one_or_more $($rest:tt)*]) => { Some($crate::read::Bound::OneOrMore) };
    (@bound [@rows $($rest:tt)*]) => { Some($crate::read::Bound::Rows) };
    (@bound [@$flag:ident $($rest:tt)*]) => { section!(@bound [$($rest)*]) };

    (@if_rest [] $then:block) => {};
    (@if_rest [@rest $($flags:tt)*] $then:block) => { $then };
    (@if_rest [@$flag:ident $($flags:tt)*] $then:block) => { section!(@if_rest [$($flags)*] $then) };

    (@unless_rest [] $then:block) => { $then };
    (@unless_rest [@rest $($flags:tt)*] $then:block) => {};
    (@unless_rest [@$flag:ident $($flags:tt)*] $then:block) => { section!(@unless_rest [$($flags)*] $then) };

    (@if_shorthand [] $then:block) => {};
    (@if_shorthand [@shorthand $($flags:tt)*] $then:block) => { $then };
    (@if_shorthand [@$flag:ident $($flags:tt)*] $then:block) => { section!(@if_shorthand [$($flags)*] $then) };

    (@required []) => { false };
    (@required [@required $($flags:tt)*]) => { true };
    (@required [@$flag:ident $($flags:tt)*]) => { section!(@required [$($flags)*]) };
}

//! JSON schemas as columns: references followed, parts of objects named after the whole, everything bounded.

use crate::begin::Column;
use crate::foreign::{Code, Node, Notes, short};
use charter_spec::Span;
use std::collections::HashMap;

/// Deepest nesting of objects, and longest chain of references.
const DEPTH_MAX: usize = 8;
/// Most columns of an operation; a schema that names itself would have no end.
const COLUMNS_MAX: usize = 400;

/// What a document declares under names, by reference: `#/components/schemas/Item`.
pub(super) struct Schemas<'n> {
    by_reference: HashMap<String, &'n Node>,
}

/// One value that comes in or goes out.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    kind: Kind,
    required: bool,
    about: Option<String>,
    options: Vec<(&'static str, String)>,
    values: Vec<String>,
    /// The fixed length of a list; `None` for a single value, 0 for a list of any length.
    length: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number { wide: bool },
    Integer { wide: bool },
    Text,
    Truth,
}

impl<'n> Schemas<'n> {
    pub(super) fn new(document: &'n Node) -> Self {
        let mut by_reference = HashMap::new();
        for (group, entries) in document.get("components").map(Node::pairs).unwrap_or_default() {
            for (name, node) in entries.pairs() {
                by_reference.insert(format!("#/components/{}/{}", group.text, name.text), node);
            }
        }
        Self { by_reference }
    }

    /// The node that a reference stands for.
    pub(super) fn follow<'a>(&'a self, node: &'a Node) -> &'a Node {
        let mut node = node;
        for _ in 0..DEPTH_MAX {
            match node.get("$ref").and_then(Node::word).and_then(|reference| self.by_reference.get(reference)) {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }

    /// The properties of an object as fields, named after what they are part of.
    pub(super) fn object(&self, schema: &Node, prefix: &str, fields: &mut Vec<Field>, notes: &mut Notes) {
        self.properties(schema, prefix, fields, notes, 0);
    }

    fn properties(&self, schema: &Node, prefix: &str, fields: &mut Vec<Field>, notes: &mut Notes, depth: usize) {
        let schema = self.follow(schema);
        if depth > DEPTH_MAX || fields.len() >= COLUMNS_MAX {
            notes.push(
                Code::Limit,
                first(schema),
                "this schema nests too deep, or names itself; what lies deeper is kept in the document only",
            );
            return;
        }
        for part in schema.get("allOf").map(Node::items).unwrap_or_default() {
            self.properties(part, prefix, fields, notes, depth + 1);
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(options) = schema.get(choice).map(Node::items).filter(|options| !options.is_empty()) {
                notes.push(Code::Guessed, first(schema), format!("`{choice}`: the first of {} is taken", options.len()));
                if let Some(option) = options.first() {
                    self.properties(option, prefix, fields, notes, depth + 1);
                }
            }
        }
        let required: Vec<&str> = schema.get("required").map(Node::items).unwrap_or_default().iter().filter_map(Node::word).collect();
        let properties = schema.get("properties").map(Node::pairs).unwrap_or_default();
        for (key, node) in properties {
            let name = if prefix.is_empty() { key.text.clone() } else { format!("{prefix}_{}", key.text) };
            self.field(&name, node, required.contains(&key.text.as_str()), None, fields, notes, depth + 1);
        }
        if properties.is_empty() && schema.get("type").is_some() && type_of(schema) != Some("object") {
            let name = if prefix.is_empty() { "value" } else { prefix };
            self.field(name, schema, true, None, fields, notes, depth + 1);
        }
    }

    /// A parameter.
    pub(super) fn fields(
        &self,
        name: &str,
        schema: &Node,
        required: bool,
        about: Option<&str>,
        fields: &mut Vec<Field>,
        notes: &mut Notes,
    ) {
        self.field(name, schema, required, about, fields, notes, 0);
    }

    #[allow(clippy::too_many_arguments, reason = "a value is read with all that its place says of it")]
    fn field(
        &self,
        name: &str,
        schema: &Node,
        required: bool,
        about: Option<&str>,
        fields: &mut Vec<Field>,
        notes: &mut Notes,
        depth: usize,
    ) {
        let schema = self.follow(schema);
        if depth > DEPTH_MAX || fields.len() >= COLUMNS_MAX {
            notes.push(
                Code::Limit,
                first(schema),
                "this schema nests too deep, or names itself; what lies deeper is kept in the document only",
            );
            return;
        }
        let about = about
            .or_else(|| schema.get("description").and_then(Node::word))
            .map(|about| about.split_whitespace().collect::<Vec<_>>().join(" "));
        let kind = match type_of(schema) {
            Some("object") => return self.properties(schema, name, fields, notes, depth + 1),
            None if ["properties", "allOf", "oneOf", "anyOf"].iter().any(|key| schema.get(key).is_some()) => {
                return self.properties(schema, name, fields, notes, depth + 1);
            }
            Some("array") => {
                match self.list(name, schema, required, about) {
                    Some(field) => fields.push(field),
                    None => {
                        let message = format!("`{}` is a list of more than single values; it is kept in the document only", short(name));
                        notes.push(Code::Kept, first(schema), message);
                    }
                }
                return;
            }
            kind => scalar(schema, kind),
        };
        let Some(kind) = kind else {
            notes.push(
                Code::Kept,
                first(schema),
                format!("`{}` has no type that is understood; it is kept in the document only", short(name)),
            );
            return;
        };
        let options = limits(schema, kind);
        let values = schema
            .get("enum")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::word)
            .filter(|_| kind == Kind::Text)
            .map(str::to_owned)
            .collect();
        fields.push(Field { name: name.to_owned(), kind, required, about, options, values, length: None });
    }
}

impl Schemas<'_> {
    /// A list of single values; `None` for one of anything else.
    fn list(&self, name: &str, schema: &Node, required: bool, about: Option<String>) -> Option<Field> {
        let items = self.follow(schema.get("items")?);
        let kind = scalar(items, type_of(items))?;
        let number = |key: &str| schema.get(key).and_then(Node::word).and_then(|text| text.parse::<u32>().ok());
        let (least, most) = (number("minItems"), number("maxItems"));
        let length = if least == most { most.filter(|most| (1..=4_096).contains(most)).unwrap_or(0) } else { 0 };
        let mut options = Vec::new();
        options.extend(least.map(|least| ("minItems", least.to_string())));
        options.extend(most.map(|most| ("maxItems", most.to_string())));
        Some(Field { name: name.to_owned(), kind, required, about, options, values: Vec::new(), length: Some(length) })
    }
}

/// What a single value is held within.
fn limits(schema: &Node, kind: Kind) -> Vec<(&'static str, String)> {
    let stated = |key: &str| schema.get(key).and_then(Node::word);
    if kind == Kind::Text {
        return stated("maxLength")
            .filter(|text| text.parse::<u32>().is_ok())
            .map(|text| ("maxLength", text.to_owned()))
            .into_iter()
            .collect();
    }
    let is_limit = |text: &&str| text.parse::<f64>().is_ok_and(f64::is_finite) || *text == "true";
    let keys = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
    let numeric = matches!(kind, Kind::Number { .. } | Kind::Integer { .. });
    keys.into_iter().filter(|_| numeric).filter_map(|key| stated(key).filter(is_limit).map(|text| (key, text.to_owned()))).collect()
}

/// The place of the first character.
fn first(node: &Node) -> Span {
    Span::new(node.span.file, node.span.start as usize, node.span.start as usize + 1)
}

/// The type; of several, as 3.1 writes them, the one that is not `null`.
fn type_of(schema: &Node) -> Option<&str> {
    let stated = schema.get("type")?;
    stated.items().iter().filter_map(Node::word).find(|word| *word != "null").or_else(|| stated.word())
}

fn scalar(schema: &Node, kind: Option<&str>) -> Option<Kind> {
    let format = schema.get("format").and_then(Node::word);
    Some(match kind {
        Some("number") => Kind::Number { wide: format != Some("float") },
        Some("integer") => Kind::Integer { wide: format != Some("int32") },
        Some("string") => Kind::Text,
        Some("boolean") => Kind::Truth,
        None if schema.get("enum").is_some() => Kind::Text,
        _ => return None,
    })
}

/// The JSON schema of a body or a response.
pub(super) fn json(node: &Node) -> Option<&Node> {
    let content = node.get("content")?;
    let media = content.pairs().iter().find(|(key, _)| key.text.contains("json")).map(|(_, media)| media);
    media?.get("schema")
}

impl Field {
    fn logical(&self) -> &'static str {
        match self.kind {
            Kind::Number { .. } => "number",
            Kind::Integer { .. } => "integer",
            Kind::Text => "string",
            Kind::Truth => "boolean",
        }
    }

    fn physical(&self) -> &'static str {
        match self.kind {
            Kind::Number { wide: true } => "FP64",
            Kind::Number { wide: false } => "FP32",
            Kind::Integer { wide: true } => "INT64",
            Kind::Integer { wide: false } => "INT32",
            Kind::Text => "BYTES",
            Kind::Truth => "BOOL",
        }
    }

    /// Whether a fixed answer can hold it: a single value, or a list of a length that is known.
    pub(super) fn is_output(&self) -> bool {
        self.length != Some(0)
    }

    /// The type of an output: `FP32`, `INT64[10]`.
    pub(super) fn tensor(&self) -> String {
        match self.length {
            Some(length) => format!("{}[{length}]", self.physical()),
            None => self.physical().to_owned(),
        }
    }

    /// The value that says nothing.
    pub(super) fn zero(&self) -> String {
        let one = match self.kind {
            Kind::Number { .. } => "0.0",
            Kind::Integer { .. } => "0",
            Kind::Text => "\"\"",
            Kind::Truth => "false",
        };
        match self.length {
            Some(length) => format!("[{}]", vec![one; length as usize].join(", ")),
            None => one.to_owned(),
        }
    }

    pub(super) fn column(self) -> Column {
        let (logical, physical, list) = (self.logical(), self.physical(), self.length.is_some());
        Column {
            name: self.name,
            logical,
            physical,
            list,
            required: self.required,
            about: self.about,
            options: self.options,
            values: self.values,
        }
    }
}

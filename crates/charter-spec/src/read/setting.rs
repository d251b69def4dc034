//! Values put in place of what a document says, before it is read: `load.peak=20000rps`.
//!
//! A value is read like any other, with its place in a file of its own, so that what is wrong with it is told as for the document.

use serde_json::Value as Json;

use super::Reader;
use crate::diagnostic::{Code, Diagnostic};
use crate::names::nearest;
use crate::source::{FileId, FileSet, Span};
use crate::yaml::{Budget, Key, Node, NodeKind, load};

/// One value to put in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Keys from the top, with dots between them: `capacity.fraud.replicas`; a number is a position in a list, from 0.
    pub path: String,
    /// YAML, as it would be written in a charter: `20000rps`, `[a, b]`.
    pub value: String,
}

/// Most settings of one reading.
pub const SETTINGS_MAX: usize = 64;

impl Setting {
    /// Reads `path=value`.
    ///
    /// # Errors
    /// There is no `=`, or a side of it is empty.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = "write a key of the charter and its value: `load.peak=20000rps`";
        let Some((path, value)) = text.split_once('=') else { return Err(format!("`{text}` holds no `=`; {form}")) };
        let (path, value) = (path.trim(), value.trim());
        if path.is_empty() || value.is_empty() || path.split('.').any(str::is_empty) {
            return Err(format!("`{text}` names no key, or no value; {form}"));
        }
        Ok(Self { path: path.to_owned(), value: value.to_owned() })
    }

    /// The name under which its text stands among the files.
    pub fn file_name(&self) -> String {
        format!("--set {}", self.path)
    }

    /// Puts its text among the files, so that it has a place.
    pub fn insert(&self, files: &mut FileSet) {
        files.insert(self.file_name(), format!("{}: {}", self.path, self.value).into_bytes());
    }
}

/// Puts every setting in its place; what has none is reported.
pub(super) fn place(root: &mut Node, settings: &[Setting], reader: &mut Reader<'_>) {
    let schema = super::schema();
    for setting in settings.iter().take(SETTINGS_MAX) {
        let Some(file) = reader.files.find(&setting.file_name()) else { continue };
        let Some(value) = value_of(file, reader) else { continue };
        let mut placing = Placing { setting, file, schema: &schema, at: 0 };
        if let Err(problem) = placing.graft(root, value) {
            reader.report(*problem);
        }
    }
}

/// The node behind the only key of a setting's file.
fn value_of(file: FileId, reader: &mut Reader<'_>) -> Option<Node> {
    let loaded = load(reader.files, file, &mut Budget::default(), &mut reader.diagnostics);
    match loaded.root?.kind {
        NodeKind::Mapping(pairs) => pairs.into_iter().next().map(|(_, node)| node),
        _ => None,
    }
}

struct Placing<'a> {
    setting: &'a Setting,
    file: FileId,
    schema: &'a Json,
    /// Bytes of the path that are behind.
    at: usize,
}

impl Placing<'_> {
    fn graft(&mut self, root: &mut Node, value: Node) -> Result<(), Box<Diagnostic>> {
        let names: Vec<&str> = self.setting.path.split('.').collect();
        let mut node = root;
        let mut schemas = vec![self.schema];
        let mut walked: Vec<&str> = Vec::new();
        for (depth, name) in names.iter().enumerate() {
            let span = Span::new(self.file, self.at, self.at + name.len());
            self.at += name.len() + 1;
            let next = match &mut node.kind {
                NodeKind::Mapping(pairs) => {
                    let found = pairs.iter().position(|(key, _)| *key.text == **name);
                    let at = match found {
                        Some(at) => at,
                        None => {
                            self.may_be_new(pairs, name, &schemas, &walked, span)?;
                            let empty = Node { span: value.span, kind: NodeKind::Mapping(Vec::new()) };
                            pairs.push((Key { text: (*name).into(), span }, empty));
                            pairs.len() - 1
                        }
                    };
                    pairs.get_mut(at).map(|(_, node)| node)
                }
                NodeKind::Sequence(items) => {
                    let count = items.len();
                    let item = name.parse::<usize>().ok().and_then(|at| items.get_mut(at));
                    if item.is_none() {
                        let message = format!("`{}` is a list of {count}, and `{name}` is no position in it", walked.join("."));
                        return Err(problem(span, message, "positions count from 0"));
                    }
                    item
                }
                NodeKind::Scalar(_) | NodeKind::Broken => {
                    let message = format!("`{}` is a single value, and has no `{name}`", walked.join("."));
                    return Err(problem(span, message, "set the whole of it"));
                }
            };
            let Some(next) = next else { return Ok(()) };
            schemas = schemas.iter().flat_map(|schema| beneath(self.schema, schema, name, 0)).collect();
            walked.push(name);
            if depth + 1 == names.len() {
                *next = value;
                return Ok(());
            }
            node = next;
        }
        Ok(())
    }

    /// A key of the language may be new; an id may not, since a mistyped one would add an element instead of changing it.
    fn may_be_new(&self, pairs: &[(Key, Node)], name: &str, schemas: &[&Json], walked: &[&str], span: Span) -> Result<(), Box<Diagnostic>> {
        let is_key = schemas.iter().any(|schema| has_key(self.schema, schema, name, 0));
        let extends = matches!(walked, ["capacity" | "load", ..] | ["latency", _, ..] | ["degradation"]);
        let is_open = schemas.iter().any(|schema| !beneath(self.schema, schema, name, 0).is_empty());
        // What is no key at all is told by the reader, with the nearest one; what extends an id is checked against it there.
        if is_key || !is_open || extends {
            return Ok(());
        }
        let known: Vec<&str> = pairs.iter().map(|(key, _)| &*key.text).collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "nothing is declared there; add it to the charter itself".to_owned(),
            None => format!("declared there: {}", known.iter().take(8).copied().collect::<Vec<_>>().join(", ")),
        };
        let place = if walked.is_empty() { "the charter".to_owned() } else { format!("`{}`", walked.join(".")) };
        Err(problem(span, format!("{place} has no `{name}`"), &help))
    }
}

fn problem(span: Span, message: String, help: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::reading(Code::UnknownKey, span, message).help(help))
}

/// References in schemas are followed this often at most.
const FOLLOWED_MAX: usize = 12;

/// The alternatives of a schema, references followed.
fn forms<'a>(root: &'a Json, schema: &'a Json, depth: usize) -> Vec<&'a Json> {
    if depth > FOLLOWED_MAX {
        return Vec::new();
    }
    let mut found = vec![schema];
    if let Some(named) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/")) {
        found.extend(forms(root, &root["$defs"][named], depth + 1));
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        for part in schema[keyword].as_array().into_iter().flatten() {
            found.extend(forms(root, part, depth + 1));
        }
    }
    found
}

fn has_key(root: &Json, schema: &Json, name: &str, depth: usize) -> bool {
    forms(root, schema, depth).iter().any(|form| form["properties"].get(name).is_some())
}

/// What may stand under a name.
fn beneath<'a>(root: &'a Json, schema: &'a Json, name: &str, depth: usize) -> Vec<&'a Json> {
    let mut found = Vec::new();
    for form in forms(root, schema, depth) {
        if let Some(own) = form["properties"].get(name) {
            found.push(own);
        } else if form["additionalProperties"].is_object() {
            found.push(&form["additionalProperties"]);
        } else if let Some(patterns) = form["patternProperties"].as_object() {
            found.extend(patterns.values());
        }
        if form["items"].is_object() && name.parse::<usize>().is_ok() {
            found.push(&form["items"]);
        }
    }
    found
}

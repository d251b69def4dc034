//! Reading ids, references, links and paths.

use std::marker::PhantomData;

use serde_json::{Value as Json, json};

use super::text::{read_text, short, text_schema};
use super::{Reader, Schemas, Value, describe, names_file, pattern_schema, refers_to, takes};
use crate::diagnostic::{Code, Diagnostic, Fix};
use crate::names::{Artifact, FileRef, Id, Link, Mentioned, ModelVersionRef, Ref, SectionName, Target, nearest};
use crate::source::{FileSet, Span};
use crate::yaml::{Key, Node, looks_numeric};

/// What an id looks like.
const ID_PATTERN: &str = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";
const REFERENCE_PATTERN: &str = r"^([a-z]+\.)?[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";
const VERSION_PATTERN: &str = r"^(models\.)?[A-Za-z0-9][A-Za-z0-9_-]{0,63}(@[A-Za-z0-9][A-Za-z0-9_-]{0,63})?$";
/// Most bytes of a path.
const PATH_LENGTH_MAX: usize = 512;

fn read_id(text: &str, span: Span, reader: &mut Reader<'_>) -> Option<Id> {
    match Id::new(text) {
        Ok(id) => Some(id),
        Err(rule) => {
            reader.report(Diagnostic::reading(Code::Id, span, format!("`{}` is no id: {rule}", short(text))).help(id_help(text)));
            None
        }
    }
}

fn id_help(text: &str) -> String {
    let plain: String =
        text.chars().map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' }).collect();
    let plain = plain.trim_matches('-');
    match Id::new(plain) {
        Ok(id) => format!("write `{id}`, for example"),
        Err(_) => "write a short name such as `peak-latency`".to_owned(),
    }
}

/// The schema of an id, as a key or a value.
pub(crate) fn id_schema(schemas: &mut Schemas) -> Json {
    schemas.define("Id", |_| {
        let rule = "a name of 1 to 64 letters, digits, `-` and `_`, of which the first is a letter or digit";
        let mut schema = describe(pattern_schema(ID_PATTERN, rule), rule);
        if let Some(map) = schema.as_object_mut() {
            // Editors offer it where a name of one's own is to be written.
            map.insert("title".into(), "name".into());
        }
        schema
    })
}

/// The id that a key is.
pub(crate) fn read_id_key(key: &Key, reader: &mut Reader<'_>) -> Option<Id> {
    read_id(&key.text, key.span, reader)
}

/// The id that a bare value is.
pub(crate) fn read_id_text(node: &Node, reader: &mut Reader<'_>) -> Option<Id> {
    let text = read_name(node, "a name", reader)?;
    read_id(text, node.span, reader)
}

/// Text that is no number: ids in quotes may be digits, plain digits are a number.
fn read_name<'n>(node: &'n Node, expected: &str, reader: &mut Reader<'_>) -> Option<&'n str> {
    let text = read_text(node, expected, reader)?;
    if node.scalar().is_some_and(|scalar| scalar.is_plain()) && looks_numeric(text) {
        let diagnostic = Diagnostic::reading(Code::Type, node.span, format!("a number stands where {expected} is meant"));
        let diagnostic = reader.with_key(diagnostic, &format!("this key takes {expected}"));
        let quoted = Fix::replace(node.span, format!("\"{text}\"")).offered();
        reader.report(diagnostic.help(format!("write `\"{text}\"` in quotes if the name is meant")).fix(quoted));
        return None;
    }
    Some(text)
}

/// `section.id` or `id`.
fn split_reference(
    text: &str,
    span: Span,
    label: &str,
    sections: &[SectionName],
    reader: &mut Reader<'_>,
) -> Option<(Option<SectionName>, Id)> {
    let Some((section, id)) = text.split_once('.') else { return Some((None, read_id(text, span, reader)?)) };
    let found = SectionName::from_key(section).filter(|found| sections.contains(found));
    if found.is_none() {
        let known: Vec<&str> = sections.iter().map(|section| section.key()).collect();
        let listed: Vec<String> = known.iter().take(8).map(|section| format!("`{section}`")).collect();
        let help = match nearest(section, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}.{id}`?"),
            None => format!("before the dot stands one of {}", listed.join(", ")),
        };
        reader.report(Diagnostic::reading(Code::Reference, span, format!("a {label} is not in a section `{}`", short(section))).help(help));
        return None;
    }
    Some((found, read_id(id, span, reader)?))
}

impl<T: Target> Value for Ref<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = read_name(node, &format!("the id of a {}", T::LABEL), reader)?;
        let (section, id) = split_reference(text, node.span, T::LABEL, T::SECTIONS, reader)?;
        let named =
            Mentioned::Element { section, id: id.clone(), sections: T::SECTIONS, whole_sections: T::WHOLE_SECTIONS, label: T::LABEL };
        reader.mention(node.span, named);
        Some(Self { section, id, target: PhantomData })
    }

    fn schema(_: &mut Schemas) -> Json {
        refers_to(pattern_schema(REFERENCE_PATTERN, &format!("the id of a {}", T::LABEL)), T::SECTIONS)
    }
}

impl Value for ModelVersionRef {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = read_name(node, "a model such as `fraud@v2`", reader)?;
        let text = text.strip_prefix("models.").unwrap_or(text);
        let (model, version) = match text.split_once('@') {
            Some((model, version)) => (model, Some(version)),
            None => (text, None),
        };
        let model = read_id(model, node.span, reader)?;
        let version = match version {
            Some(version) => Some(read_id(version, node.span, reader)?),
            None => None,
        };
        reader.mention(node.span, Mentioned::ModelVersion { model: model.clone(), version: version.clone() });
        Some(Self { model, version })
    }

    fn schema(_: &mut Schemas) -> Json {
        refers_to(pattern_schema(VERSION_PATTERN, "a model such as `fraud@v2`"), &[SectionName::Models])
    }
}

impl Value for Link {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let link = Self(read_text(node, "a name, a path or words", reader)?.into());
        reader.mention(node.span, Mentioned::Link(link.clone()));
        Some(link)
    }

    fn schema(_: &mut Schemas) -> Json {
        refers_to(text_schema(), SectionName::ALL)
    }
}

impl<K: Artifact> Value for FileRef<K> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let written = read_text(node, &format!("the path of a {}", K::KIND.word()), reader)?;
        match resolve_path(written, node.span, reader.files) {
            Ok(path) => {
                reader.name_file(path.clone(), node.span, K::KIND);
                Some(Self { path: path.into(), kind: PhantomData })
            }
            Err(problem) => {
                reader.report(
                    Diagnostic::reading(Code::Path, node.span, format!("`{}` {problem}", short(written)))
                        .help("write a path relative to this file, with `/`, that stays in the charter's folder"),
                );
                None
            }
        }
    }

    fn schema(_: &mut Schemas) -> Json {
        let path = json!({ "type": ["string", "number"], "minLength": 1, "maxLength": PATH_LENGTH_MAX, "pattern": r"^[^/\\:][^\\:]*$" });
        names_file(takes(path, &format!("the path of a {}, relative to this file and with `/`", K::KIND.word())), K::KIND)
    }
}

/// The path in the file set of a path that a file names.
pub(crate) fn resolve_path(written: &str, span: Span, files: &FileSet) -> Result<String, &'static str> {
    if written.len() > PATH_LENGTH_MAX {
        return Err("is longer than 512 bytes");
    }
    if written.starts_with('/') {
        return Err("is an absolute path");
    }
    if written.contains('\\') || written.contains(':') {
        return Err("holds `\\` or `:`, which is no path on every machine");
    }
    if written.chars().any(char::is_control) {
        return Err("holds a control character");
    }
    let own = files.path(span.file);
    let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or("leaves the charter's folder")?;
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return Err("names no file");
    }
    Ok(parts.join("/"))
}

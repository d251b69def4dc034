//! From a name to where it is declared, and from there to everyone who names it.

use super::mentions::{Subject, places, subject};
use super::{Scene, Where};
use crate::server::Snapshot;
use crate::wire::Refusal;
use charter_plan::resolved::Element;
use charter_spec::Span;
use serde_json::{Value, json};

/// Where what is named is declared; for a file, the file.
pub(crate) fn definition(scene: &Scene<'_>, at: Where) -> Result<Value, Refusal> {
    let Some((subject, _)) = at.file.and_then(|file| subject(scene.snapshot, file, at.offset)) else { return Ok(Value::Null) };
    let snapshot = scene.snapshot;
    let target = match subject {
        Subject::Element(element) => declared(snapshot, &element),
        Subject::Version { version, .. } => Some(version),
        Subject::Section(section) => whole_section(snapshot, section.key()),
        Subject::File(path) => {
            let start = json!({ "line": 0, "character": 0 });
            return Ok(json!([{ "uri": snapshot.uri(&path), "range": { "start": start, "end": start } }]));
        }
    };
    Ok(target.map_or(Value::Null, |span| json!([location(snapshot, span)])))
}

/// Where an id is declared; for one that extends another, where that is.
pub(super) fn declared(snapshot: &Snapshot, element: &Element) -> Option<Span> {
    let resolved = snapshot.checked.resolved.as_ref()?;
    resolved.spec.declaration(element.section, &element.id).or_else(|| resolved.index.place(element))
}

/// The key of a section, in whichever file it is written first.
fn whole_section(snapshot: &Snapshot, key: &str) -> Option<Span> {
    let root = snapshot.checked.files.find(&snapshot.home.document)?;
    let outline = crate::outline::Outline::of(snapshot.text(root));
    let node = outline.nodes.iter().find(|node| node.parent.is_none() && node.key() == Some(key))?;
    Some(Span::new(root, node.head.start, node.head.end))
}

pub(crate) fn references(scene: &Scene<'_>, at: Where, declaration: bool) -> Result<Value, Refusal> {
    let snapshot = scene.snapshot;
    Ok(spans(snapshot, at, declaration).map_or(Value::Null, |spans| spans.into_iter().map(|span| location(snapshot, span)).collect()))
}

/// The same within the document.
pub(crate) fn highlights(scene: &Scene<'_>, at: Where) -> Result<Value, Refusal> {
    let snapshot = scene.snapshot;
    let Some(spans) = spans(snapshot, at, true) else { return Ok(Value::Null) };
    let here = spans.into_iter().filter(|span| Some(span.file) == at.file);
    Ok(here.map(|span| json!({ "range": snapshot.stretch(span).to_json() })).collect())
}

fn spans(snapshot: &Snapshot, at: Where, declaration: bool) -> Option<Vec<Span>> {
    let (Subject::Element(element), _) = subject(snapshot, at.file?, at.offset)? else { return None };
    let declared = declared(snapshot, &element).filter(|_| declaration);
    Some(declared.into_iter().chain(places(snapshot, &element).into_iter().map(|named| named.id)).collect())
}

/// The files that a document names, as links.
pub(crate) fn links(snapshot: &Snapshot, path: &str) -> Value {
    let Some(file) = snapshot.checked.files.find(path) else { return json!([]) };
    let named = snapshot.checked.references.iter().filter(|named| named.path.span.file == file);
    let link = |named: &charter_spec::FileReference| {
        json!({
            "range": snapshot.stretch(named.path.span).to_json(),
            "target": snapshot.uri(&named.path.value),
            "tooltip": named.kind.word(),
        })
    };
    named.map(link).collect()
}

fn location(snapshot: &Snapshot, span: Span) -> Value {
    json!({ "uri": snapshot.uri_of(span.file), "range": snapshot.stretch(span).to_json() })
}

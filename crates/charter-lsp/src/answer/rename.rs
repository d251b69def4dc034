//! Another name for an id, everywhere it is named. The new text is read before it is offered: nothing else may change its meaning.

use super::edits::workspace_edit;
use super::mentions::{Named, Subject, element_of, named, places, subject};
use super::navigate::declared;
use super::{Scene, Where};
use crate::server::Snapshot;
use crate::wire::Refusal;
use charter_plan::resolved::{Element, Resolved, resolve};
use charter_spec::edit::{TextEdit, apply};
use charter_spec::{FileSet, Id, Mention, SectionName, Span};
use serde_json::{Value, json};

const NOTHING: &str = "no id that can be renamed stands here";

/// The id at a place, with the stretch that a new name would replace.
pub(crate) fn prepare(scene: &Scene<'_>, at: Where) -> Result<Value, Refusal> {
    let (element, id) = wanted(scene.snapshot, at)?;
    check_readable(scene.snapshot)?;
    Ok(json!({ "range": scene.snapshot.stretch(id).to_json(), "placeholder": element.id.as_str() }))
}

pub(crate) fn rename(scene: &Scene<'_>, at: Where, name: &str) -> Result<Value, Refusal> {
    let snapshot = scene.snapshot;
    let (element, _) = wanted(snapshot, at)?;
    let resolved = check_readable(snapshot)?;
    let renamed = Id::new(name).map_err(|rule| Refusal::failed(format!("`{}` is no id: {rule}", shortened(name))))?;
    if renamed == element.id {
        return Ok(workspace_edit(snapshot, &[], scene.client));
    }
    let group: Vec<Element> = std::iter::once(element.clone()).chain(bound_by_name(resolved, &element)).collect();
    let mut edits = Vec::new();
    for member in &group {
        check_free(snapshot, resolved, member, &renamed)?;
        let declaration = declared(snapshot, member).ok_or_else(|| Refusal::failed(NOTHING))?;
        let own = named(snapshot, declaration, member).ok_or_else(|| Refusal::failed(NOTHING))?;
        let all = std::iter::once(own).chain(places(snapshot, member));
        edits.extend(all.map(|Named { id, .. }| TextEdit { span: id, text: renamed.to_string() }));
    }
    edits.sort_by_key(|edit| edit.span);
    edits.dedup_by_key(|edit| edit.span);
    verify(snapshot, resolved, &group, &renamed, &edits)?;
    Ok(workspace_edit(snapshot, &edits, scene.client))
}

/// What belongs to an element because it bears its id: a scenario and the latency budget that implements it without saying so.
fn bound_by_name(resolved: &Resolved, element: &Element) -> Option<Element> {
    let spec = &resolved.spec;
    let budget = spec.latency.get(&element.id)?;
    let is_bound = budget.implements.is_none() && spec.quality.contains(&element.id);
    let other = match element.section {
        SectionName::Quality => SectionName::Latency,
        SectionName::Latency => SectionName::Quality,
        _ => return None,
    };
    is_bound.then(|| Element { section: other, id: element.id.clone() })
}

fn check_free(snapshot: &Snapshot, resolved: &Resolved, element: &Element, renamed: &Id) -> Result<(), Refusal> {
    let Some(taken) = resolved.spec.declaration(element.section, renamed) else { return Ok(()) };
    let place = snapshot.checked.files.position(taken.file, taken.start);
    let path = snapshot.checked.files.path(taken.file);
    let section = element.section.key();
    Err(Refusal::failed(format!("`{section}` has a `{renamed}` already, at {path}:{}:{}", place.line, place.column)))
}

/// The element at a place and the stretch of its id there.
fn wanted(snapshot: &Snapshot, at: Where) -> Result<(Element, Span), Refusal> {
    let found = at.file.and_then(|file| subject(snapshot, file, at.offset));
    let Some((Subject::Element(element), span)) = found else { return Err(Refusal::failed(NOTHING)) };
    // What extends an element of another section bears that one's name.
    let is_declared =
        snapshot.checked.resolved.as_ref().is_some_and(|resolved| resolved.spec.declaration(element.section, &element.id).is_some());
    if !is_declared || element.is_whole() || element.section == SectionName::Lint {
        return Err(Refusal::failed(NOTHING));
    }
    let id = named(snapshot, span, &element).ok_or_else(|| Refusal::failed(NOTHING))?.id;
    Ok((element, id))
}

/// While part of a document cannot be read, nobody knows who is named in it.
fn check_readable(snapshot: &Snapshot) -> Result<&Resolved, Refusal> {
    if !snapshot.checked.is_whole() {
        return Err(Refusal::failed(
            "the charter cannot be read to its end: mend its YAML first, or names in what is not read would stay behind",
        ));
    }
    snapshot.checked.resolved.as_ref().ok_or_else(|| Refusal::failed(NOTHING))
}

/// Reads the charter with the new name: no new problem, and every place leads where it led.
fn verify(snapshot: &Snapshot, resolved: &Resolved, group: &[Element], renamed: &Id, edits: &[TextEdit]) -> Result<(), Refusal> {
    let old = group.first().map_or("", |element| element.id.as_str());
    let refused = |what: &str| Refusal::failed(format!("`{old}` cannot become `{renamed}`: {what}"));
    let files = edited(snapshot, edits).ok_or_else(|| refused("its places overlap"))?;
    let before = charter_spec::read(&snapshot.checked.files, &snapshot.home.document);
    let after = charter_spec::read(&files, &snapshot.home.document);
    if after.diagnostics.len() > before.diagnostics.len() {
        let known: Vec<&str> = before.diagnostics.iter().map(|problem| problem.message.as_str()).collect();
        let new = after.diagnostics.iter().find(|problem| !known.contains(&problem.message.as_str()));
        return Err(refused(new.map_or("the charter would have a new problem", |problem| problem.message.as_str())));
    }
    let Some(spec) = after.spec else { return Err(refused("the charter could not be read any more")) };
    let afterwards = resolve(spec, &files);
    let led = |resolved: &Resolved, mentions: &[Mention]| -> Vec<Option<Element>> {
        mentions.iter().map(|mention| element_of(resolved, mention)).collect()
    };
    let expected = led(resolved, &before.mentions).into_iter().map(|to| match to {
        Some(to) if group.contains(&to) => Some(Element { section: to.section, id: renamed.clone() }),
        other => other,
    });
    if expected.eq(led(&afterwards, &after.mentions)) {
        return Ok(());
    }
    Err(refused("another element has that name, and places that name one of them would lead to the other"))
}

fn edited(snapshot: &Snapshot, edits: &[TextEdit]) -> Option<FileSet> {
    let mut files = snapshot.checked.files.clone();
    let mut touched: Vec<_> = edits.iter().map(|edit| edit.span.file).collect();
    touched.sort();
    touched.dedup();
    for file in touched {
        let own: Vec<TextEdit> = edits.iter().filter(|edit| edit.span.file == file).cloned().collect();
        let text = apply(snapshot.text(file), &own)?;
        let path = snapshot.checked.files.path(file).to_owned();
        files.insert(path, text.into_bytes());
    }
    Some(files)
}

fn shortened(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(70).collect()
}

//! What a workspace says of itself and of our system, for which the head of a charter has no key: it stands at the top as a comment, and is noted.

use super::draft::PLAIN_TAGS;
use super::model::{Element, Model};
use crate::foreign::{Code, Notes};
use charter_spec::Span;

/// Puts it before whatever else is kept. `is_whole` says that our system is a container, which has its description.
pub(super) fn keep(model: &mut Model, ours: Option<usize>, is_whole: bool, notes: &mut Notes) {
    let system = ours.and_then(|at| model.elements.get(at));
    let mut kept: Vec<(&'static str, String, Span)> = Vec::new();
    // Without a system the charter bears the name of the workspace.
    let is_named = system.is_none_or(|system| Some(&system.name) == model.name.as_ref());
    kept.extend(model.name.clone().filter(|_| !is_named).map(|name| ("name of the workspace", name, model.span)));
    let is_said = |about: &String| system.is_some_and(|system| system.about.as_ref() == Some(about));
    kept.extend(model.about.clone().filter(|about| !is_said(about)).map(|about| ("description of the workspace", about, model.span)));
    // As one container it has its own description and facts.
    kept.extend(system.filter(|_| !is_whole).into_iter().flat_map(of_system));
    let lines = kept.into_iter().filter(|(_, text, _)| !text.trim().is_empty()).map(|(what, text, span)| {
        notes.push(Code::Kept, span, format!("the {what} is kept as a comment: the head of a charter has no key for it"));
        (format!("{what}: {}", text.split_whitespace().collect::<Vec<_>>().join(" ")), span)
    });
    let lines: Vec<_> = lines.collect();
    model.kept.splice(0..0, lines);
}

fn of_system(system: &Element) -> impl Iterator<Item = (&'static str, String, Span)> + use<> {
    let tags: Vec<&str> = system.tags.iter().map(String::as_str).filter(|tag| !PLAIN_TAGS.contains(tag)).collect();
    let properties: Vec<String> =
        system.properties.iter().filter(|(key, _)| key != "charter").map(|(key, value)| format!("{key} = {value}")).collect();
    let span = system.span;
    [
        ("description of the system", system.about.clone()),
        ("group of the system", system.group.clone()),
        ("address of the system", system.url.clone()),
        ("list of tags of the system", Some(tags.join(", "))),
        ("list of properties of the system", Some(properties.join("; "))),
    ]
    .into_iter()
    .filter_map(move |(what, text)| text.map(|text| (what, text, span)))
}

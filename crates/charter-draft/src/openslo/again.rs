//! Writes imported OpenSLO documents again: as they are where the charter says of them what it said, else with what it says today.
//!
//! A file whose objectives are all still said is passed on byte for byte. Where something is different, its objects are written anew; each objective is then
//! read as an import would read it, and one that could not be brought to say what the charter says is left out, with the reason.

use super::change;
use super::measure::is_same_promise;
use super::read::{Reading, Source, Taken, annotation, kind, name, source};
use super::upgrade::VERSION;
use super::{is_yaml, standard};
use crate::foreign::{Node, Notes, identified, same, short, stream};
use charter_spec::{FileSet, Span};
use std::collections::HashMap;

/// The folder of imported documents.
pub const FOLDER: &str = "objectives";

/// What a charter says today of an objective that it took over.
#[derive(Clone, Debug)]
pub struct Said<'a> {
    /// The scenario.
    pub id: &'a str,
    /// Which objective it is: `objectives/slo.yaml#checkout/2`.
    pub pointer: &'a str,
    /// The measure as written.
    pub measure: Option<&'a str>,
    /// What the system does.
    pub response: Option<&'a str>,
    /// What it is about.
    pub artifact: Option<&'a str>,
    /// Where the scenario stands.
    pub span: Span,
}

/// Documents written again.
#[derive(Clone, Debug, Default)]
pub struct Again {
    /// Each with the path that it was imported to, and its text.
    pub files: Vec<(String, String)>,
    /// What is to be said about them, with its place in the charter or in a document.
    pub notes: Vec<(String, Option<Span>)>,
    /// Scenarios that these files carry.
    pub carried: Vec<String>,
    /// Names that these files give to objectives and services.
    pub names: Vec<String>,
}

/// The imported documents among the files that the scenarios point to, and those beside them.
pub fn again(files: &FileSet, said: &[Said<'_>]) -> Again {
    let mut out = Again::default();
    if said.is_empty() {
        return out;
    }
    let mut unheard = Notes::default();
    let within = |path: &str| path.strip_prefix(FOLDER).is_some_and(|rest| rest.starts_with('/'));
    let named = |path: &str| said.iter().any(|said| said.pointer.strip_prefix(path).is_some_and(|rest| rest.starts_with('#')));
    let paths = files.paths().filter(|path| is_yaml(path) && (within(path) || named(path)));
    let mut sources: Vec<Source> = paths.filter_map(|path| source(files, path, path.to_owned(), &mut unheard)).collect();
    let reading = Reading::of(&sources, &mut unheard).taken;
    let known: HashMap<&str, &Said<'_>> = said.iter().rev().map(|said| (said.pointer, said)).collect();
    for lost in said.iter().filter(|said| reading.iter().all(|taken| taken.pointer != said.pointer)) {
        let message = format!("scenario `{}` says that it is `{}`, and there is no such objective", lost.id, short(lost.pointer));
        out.notes.push((message, Some(lost.span)));
    }
    let mut changed = changes(&mut sources, &reading, &known);
    settle(&mut sources, &reading, &known, &mut changed, &mut out);
    doubled(&mut sources, &mut changed, &mut out);
    let objects = sources.iter().flat_map(|source| &source.objects).filter(|object| matches!(kind(object), "SLO" | "Service"));
    out.names = objects.map(|object| name(object).to_owned()).collect();
    for (file, source) in sources.iter().enumerate() {
        write(files, source, changed.get(file).copied().unwrap_or(true), &mut out);
    }
    out
}

/// Puts what the charter says today into the objects; gives which files have changed.
fn changes(sources: &mut [Source], reading: &[Taken], known: &HashMap<&str, &Said<'_>>) -> Vec<bool> {
    let mut changed = vec![false; sources.len()];
    for taken in reading {
        let (file, object, objective) = taken.at;
        let Some(said) = known.get(taken.pointer.as_str()) else { continue };
        let Some(slo) = sources.get_mut(file).and_then(|source| source.objects.get_mut(object)) else { continue };
        let mut touch = false;
        if let Some(measure) = said.measure.filter(|measure| taken.measure.as_deref() != Some(*measure)) {
            change::unannotate(slo, &annotation(objective));
            change::measure(slo, objective, taken.measure.as_deref(), measure);
            touch = true;
        }
        if let Some(response) = said.response.filter(|response| taken.response.as_deref() != Some(*response)) {
            change::text(slo, "description", response);
            touch = true;
        }
        if let Some(artifact) =
            said.artifact.map(element).filter(|artifact| taken.service.as_deref().map(identified).as_deref() != Some(*artifact))
        {
            change::text(slo, "service", artifact);
            touch = true;
        }
        if let Some(changed) = changed.get_mut(file).filter(|_| touch) {
            *changed = true;
        }
    }
    changed
}

/// The id of an element that an artifact names: `checkout` of `routes.checkout`.
fn element(artifact: &str) -> &str {
    let element = artifact.rsplit('.').next().unwrap_or(artifact);
    element.split(['@', '/']).next().unwrap_or(element)
}

/// Reads the changed objects again, and leaves out what does not say what the charter says.
fn settle(sources: &mut [Source], before: &[Taken], known: &HashMap<&str, &Said<'_>>, changed: &mut [bool], out: &mut Again) {
    let after = Reading::of(sources, &mut Notes::default()).taken;
    let mut outside: Vec<(usize, usize, usize)> = Vec::new();
    let mut exactly: Vec<((usize, usize, usize), String)> = Vec::new();
    for (was, is) in before.iter().zip(&after) {
        let Some(said) = known.get(was.pointer.as_str()) else {
            out.notes.push((format!("no scenario is `{}` any more, so that objective is left out", short(&was.pointer)), None));
            outside.push(was.at);
            continue;
        };
        let same = is.measure.as_deref() == said.measure;
        match (&is.measure, said.measure) {
            (Some(is), Some(measure)) if !same && is_same_promise(is, measure, false) => exactly.push((was.at, measure.to_owned())),
            (_, None) if was.measure.is_none() => {}
            _ if same => {}
            (_, measure) => {
                let measure = measure.map_or_else(|| "no measure".to_owned(), |measure| format!("`{measure}`"));
                let message = format!(
                    "scenario `{}` says {measure}, which `{}` cannot say; that objective is left out",
                    said.id,
                    short(&was.pointer)
                );
                out.notes.push((message, Some(said.span)));
                outside.push(was.at);
                continue;
            }
        }
        for (what, holds) in [
            ("response", said.response.is_none() || is.response.as_deref() == said.response),
            ("artifact", said.artifact.is_none() || is.service.as_deref().map(identified).as_deref() == said.artifact.map(element)),
        ] {
            if !holds {
                let message = format!("the {what} of scenario `{}` is not in `{}`, which others share", said.id, short(&was.pointer));
                out.notes.push((message, Some(said.span)));
            }
        }
        out.carried.push(said.id.to_owned());
    }
    for ((file, object, objective), measure) in exactly {
        if let Some(slo) = sources.get_mut(file).and_then(|source| source.objects.get_mut(object)) {
            change::annotate(slo, &annotation(objective), &measure);
            changed.iter_mut().skip(file).take(1).for_each(|changed| *changed = true);
        }
    }
    remove(sources, outside, changed);
}

/// Takes objectives out, and objects that have none left; from the end, so that numbers stay what they are.
fn remove(sources: &mut [Source], mut outside: Vec<(usize, usize, usize)>, changed: &mut [bool]) {
    outside.sort_unstable();
    for (file, object, objective) in outside.into_iter().rev() {
        let Some(source) = sources.get_mut(file) else { continue };
        changed.iter_mut().skip(file).take(1).for_each(|changed| *changed = true);
        let left = source.objects.get_mut(object).map_or(0, |slo| change::without(slo, objective));
        if left == 0 && object < source.objects.len() {
            source.objects.remove(object);
        }
    }
}

/// The same object in two files is written once; two of one name are told.
fn doubled(sources: &mut [Source], changed: &mut [bool], out: &mut Again) {
    let mut seen: Vec<(String, String, Node)> = Vec::new();
    for (source, changed) in sources.iter_mut().zip(changed) {
        let Source { objects, place, .. } = source;
        objects.retain(|object| {
            let (kind, name) = (kind(object), name(object));
            // Scenarios point to each objective, so that every one is written.
            let known = seen.iter().find(|(known, its, _)| known == kind && its == name);
            let is_again = kind != "SLO" && known.is_some_and(|(_, _, other)| same(object, other));
            match known {
                None => seen.push((kind.to_owned(), name.to_owned(), object.clone())),
                Some(_) if is_again => *changed = true,
                Some(_) => out.notes.push((format!("`{place}` has another {} `{}`", short(kind), short(name)), None)),
            }
            !is_again
        });
    }
}

fn write(files: &FileSet, source: &Source, is_changed: bool, out: &mut Again) {
    if source.objects.is_empty() {
        return;
    }
    let mut notes = Notes::default();
    let departs: usize = source.objects.iter().map(|object| standard::check(object, &mut notes)).sum();
    if departs > 0 {
        let times = if departs == 1 { "once".to_owned() } else { format!("{departs} times") };
        let first = notes.finish().first().map(|note| format!(": {}", note.message)).unwrap_or_default();
        out.notes.push((format!("`{}` departs from OpenSLO v1 {times}, and is passed on with it{first}", source.place), None));
    }
    if source.was_old {
        out.notes.push((format!("`{}` follows openslo/v1alpha; it is written as {VERSION}", source.place), None));
    }
    let raw = files.get(&source.place).and_then(|bytes| std::str::from_utf8(bytes).ok());
    let text = match raw.filter(|_| source.is_whole && !is_changed) {
        Some(raw) => format!("{}{}", raw.trim_start_matches('\u{feff}'), if raw.ends_with('\n') { "" } else { "\n" }),
        None => stream(&source.objects),
    };
    out.files.push((source.place.clone(), text));
}

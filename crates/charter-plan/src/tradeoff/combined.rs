//! Candidates that put a node around the one that answers first: a light answer before it, or a cache.
//!
//! A light answer stands only where it says how sure it is, so a cascade follows from a charter only for probabilities: one score a row of a
//! classification, sure by `max(score, 1 − score)`. Which answer is light is not assumed: the cost that is measured shows it.

use super::candidates::{First, Found};
use crate::plan;
use crate::tensor::Dimension;
use charter_spec::ast::{AnswerCache, AnswerKind, ModelNode, RungTerms, Task};
use charter_spec::names::Entry;

/// How sure a light answer must be: from nearly any answer to nearly none.
const SURE: [f64; 4] = [0.6, 0.7, 0.8, 0.9];
/// How long answers are kept, in seconds.
const KEPT_S: [u32; 2] = [1, 60];
/// What the time and the memory of a stated cache are changed by.
const FACTORS: [f64; 2] = [0.1, 10.0];

/// Each other version of the model, and each table below it, asked first, at several thresholds.
pub(super) fn cascades(found: &mut Found<'_>, first: &First<'_>, node: &ModelNode) {
    let Some(reference) = node.model.as_ref().map(|model| &model.value) else { return };
    let resolved = found.resolved;
    let Some(model) = resolved.spec.models.get_entry(&reference.model) else { return };
    let by_hand = "write `cascade:` with its own `sure:`, or give one by `--candidate`";
    let task = model.task.as_ref().map(|task| task.value);
    if task != Some(Task::Classification) {
        let what = task.map_or_else(|| "states no `task:`".to_owned(), |task| format!("is of the task `{}`", task.word()));
        found.without(format!("no cascade: `{}` {what}, and only a class's probability says how sure it is; {by_hand}", reference.model));
        return;
    }
    let Some(score) = found.planned.and_then(score) else {
        found.without(format!(
            "no cascade: the route does not answer one probability a row, so that nothing says how sure it is; {by_hand}"
        ));
        return;
    };
    let Some(heavy) = asked(node, &reference.to_string()) else {
        found.without("no cascade: a canary stands at this place, and a version that comes in is compared with one that stays".to_owned());
        return;
    };
    let now = reference.version.as_ref().or_else(|| model.versions.iter().next().map(|version| &version.id.value));
    let mut light: Vec<(String, String)> = Vec::new();
    for version in model.versions.iter().map(|version| &version.id.value).filter(|version| Some(*version) != now) {
        light.extend(asked(node, &format!("{}@{version}", reference.model)).map(|text| (version.to_string(), text)));
    }
    for rung in &first.ladder {
        let plain = rung.terms == RungTerms::default();
        if let (AnswerKind::Lookup(_), true, Some(text)) = (&rung.answer.value.kind, plain, found.written(rung.value.span)) {
            light.push((rung.id.value.to_string(), within(text).to_owned()));
        }
    }
    if light.is_empty() {
        found.without(format!(
            "no cascade: `{}` has no other version, and no table stands below it, that could be asked first",
            reference.model
        ));
    }
    let around = terms(found, first);
    for (name, asked) in light {
        for sure in SURE {
            let step = format!("{{ {asked}, name: first, sure: \"max({score}, 1.0 - {score})\", at_least: {sure} }}");
            let value = format!("{{ cascade: [{step}, {{ {heavy}, name: then }}]{around} }}");
            found.add(format!("{name} first at {sure}"), vec![format!("{}={value}", first.path)]);
        }
    }
}

/// Answers kept for a while, where no cache is stated.
pub(super) fn caches(found: &mut Found<'_>, first: &First<'_>, node: &ModelNode) {
    // Below a cache there is no use for another.
    let Some(reference) = node.model.as_ref().filter(|_| !first.path.ends_with(".cache.of")) else { return };
    let Some(asked) = asked(node, &reference.value.to_string()) else {
        found.without("no cache: a canary stands at this place, and while it takes calls a cache is bypassed".to_owned());
        return;
    };
    let around = terms(found, first);
    for seconds in KEPT_S {
        let value = format!("{{ cache: {{ of: {{ {asked} }}, ttl: {seconds}s }}{around} }}");
        found.add(format!("kept {seconds} s"), vec![format!("{}={value}", first.path)]);
    }
}

/// A stated cache with other times, and with less memory.
pub(super) fn other_caches(found: &mut Found<'_>, cache: &AnswerCache, path: &str) {
    if let Some(ttl) = &cache.ttl {
        for factor in FACTORS {
            let seconds = (ttl.seconds() * factor * 1e3).round() / 1e3;
            found.add(format!("kept {seconds} s"), vec![format!("{path}.cache.ttl={seconds}s")]);
        }
    }
    if let Some(max) = &cache.max {
        let bytes = (max.bytes() / 10.0).round().max(1.0);
        found.add("kept in a tenth of the memory".to_owned(), vec![format!("{path}.cache.max={bytes}B")]);
    }
}

/// The only answer, when it is one floating-point number a row with a name that CEL can use.
fn score(route: &plan::Route) -> Option<&str> {
    let [only] = route.answers.as_slice() else { return None };
    let one_a_row = match only.shape.as_slice() {
        [_] => true,
        [_, columns] => *columns == Dimension::Fixed(1),
        _ => false,
    };
    let name = only.name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    (only.datatype.is_float() && one_a_row && name).then_some(only.name.as_str())
}

/// How a model is asked, without the braces; `None` where a canary takes part of its calls.
fn asked(node: &ModelNode, version: &str) -> Option<String> {
    if node.canary.is_some() || node.weight.is_some() {
        return None;
    }
    let renamed: Vec<String> = node.rename.iter().map(|entry: &Entry<String>| format!("{}: {}", entry.id.value, **entry)).collect();
    let renamed = if renamed.is_empty() { String::new() } else { format!(", as: {{ {} }}", renamed.join(", ")) };
    Some(format!("model: {version}{renamed}"))
}

/// What stands between the braces.
fn within(text: &str) -> &str {
    let text = text.strip_prefix('{').unwrap_or(text);
    text.strip_suffix('}').unwrap_or(text).trim()
}

/// What is measured of the rung around it: its share of the time.
fn terms(found: &Found<'_>, first: &First<'_>) -> String {
    let within = first.terms.and_then(|terms| terms.within.as_ref()).and_then(|within| found.files.text(within.span));
    within.map_or_else(String::new, |within| format!(", within: {}", within.trim()))
}

//! What a route could be instead: each rung alone, each version of its model, sizes of batches, thresholds of a cascade, times in a cache.
//!
//! A candidate is a list of values to put in place of what the charter says; more of them can be given by hand.

use crate::resolved::Resolved;
use charter_spec::ast::{Answer, AnswerKind, Route};
use charter_spec::names::Entry;
use charter_spec::{FileSet, Id, Setting};
use serde::Serialize;

/// Sizes of batches that are tried beside the one in place.
const BATCHES: [u32; 3] = [1, 16, 64];
/// How far thresholds of a cascade are moved.
const THRESHOLD_STEP: f64 = 0.1;
/// Most candidates that are made.
const CANDIDATES_MAX: usize = 24;

/// A way in which the route could answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// `as it is`, `v1`, `rung rule`, `batch 64`.
    pub name: String,
    /// `path=value`; empty for the charter as it is.
    pub settings: Vec<String>,
}

impl Candidate {
    /// What the reader puts in place.
    ///
    /// # Errors
    /// A setting that is no `path=value`.
    pub fn parsed(&self) -> Result<Vec<Setting>, String> {
        self.settings.iter().map(|setting| Setting::parse(setting)).collect()
    }

    /// `NAME: path=value; path=value`, as it is given by hand.
    ///
    /// # Errors
    /// There is no name, or no setting.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = "write `NAME: path=value; path=value`";
        let Some((name, rest)) = text.split_once(':') else { return Err(format!("`{text}` has no name; {form}")) };
        let settings: Vec<String> = rest.split(';').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
        if name.trim().is_empty() || settings.is_empty() {
            return Err(format!("`{text}` names no candidate, or sets nothing; {form}"));
        }
        let candidate = Self { name: name.trim().to_owned(), settings };
        candidate.parsed().map_err(|problem| format!("candidate `{}`: {problem}", candidate.name))?;
        Ok(candidate)
    }
}

/// Every candidate that follows from the charter; the first is the charter as it is. `None` for a route that is not there.
pub fn candidates(resolved: &Resolved, files: &FileSet, route: &str) -> Option<Vec<Candidate>> {
    let entry = resolved.spec.routes.get_entry(route)?;
    let mut found = Found { list: vec![Candidate { name: "as it is".to_owned(), settings: Vec::new() }] };
    if let Some(answer) = &entry.answer {
        let path = format!("routes.{route}.answer");
        of_answer(resolved, files, entry, &answer.value, &path, &mut found);
    }
    found.list.truncate(CANDIDATES_MAX);
    Some(found.list)
}

struct Found {
    list: Vec<Candidate>,
}

impl Found {
    fn add(&mut self, name: String, settings: Vec<String>) {
        if !self.list.iter().any(|known| known.name == name || known.settings == settings) {
            self.list.push(Candidate { name, settings });
        }
    }
}

/// Recursion follows the first answer of each node, and the reader bounds how deep they nest.
fn of_answer(resolved: &Resolved, files: &FileSet, route: &Entry<Route>, answer: &Answer, path: &str, found: &mut Found) {
    match &answer.kind {
        AnswerKind::Ladder(node) => {
            let Some(first) = node.ladder.iter().next() else { return };
            let place = format!("{path}.ladder.{}", first.id.value);
            of_answer(resolved, files, route, &first.answer.value, &place, found);
            for rung in node.ladder.iter().skip(1) {
                // A version is a candidate by its own name.
                if matches!(rung.answer.value.kind, AnswerKind::Model(_)) {
                    continue;
                }
                let written = files.text(rung.value.span).map(str::trim).filter(|text| text.starts_with('{') && !text.contains('\n'));
                if let Some(text) = written {
                    found.add(format!("rung {}", rung.id.value), vec![format!("{place}={text}")]);
                }
            }
        }
        AnswerKind::Model(node) => {
            if let Some(model) = &node.model {
                versions(resolved, route, &model.value.model, model.value.version.as_ref(), &format!("{path}.model"), found);
                batches(resolved, &model.value.model, found);
            }
        }
        AnswerKind::Cascade(node) => {
            for (at, step) in node.cascade.iter().enumerate() {
                let Some(threshold) = &step.terms.at_least else { continue };
                let now = threshold.value();
                let moved = [now - THRESHOLD_STEP, now + THRESHOLD_STEP].into_iter().filter(|moved| (0.0..=1.0).contains(moved));
                for moved in moved {
                    let moved = (moved * 1e4).round() / 1e4;
                    found.add(format!("step {} at {moved}", at + 1), vec![format!("{path}.cascade.{at}.at_least={moved}")]);
                }
            }
        }
        AnswerKind::Cache(node) => {
            let Some(cache) = &node.cache else { return };
            if let Some(ttl) = &cache.ttl {
                for factor in [0.1, 10.0] {
                    let seconds = ttl.seconds() * factor;
                    found.add(format!("kept {seconds} s"), vec![format!("{path}.cache.ttl={seconds}s")]);
                }
            }
            if let Some(of) = &cache.of {
                of_answer(resolved, files, route, &of.value, &format!("{path}.cache.of"), found);
            }
        }
        _ => {}
    }
}

fn versions(resolved: &Resolved, route: &Entry<Route>, model: &Id, now: Option<&Id>, path: &str, found: &mut Found) {
    let Some(entry) = resolved.spec.models.get(model) else { return };
    let first = entry.versions.iter().next().map(|version| &version.id.value);
    let now = now.or(first);
    for version in entry.versions.iter().map(|version| &version.id.value).filter(|version| Some(*version) != now) {
        let mut settings = vec![format!("{path}={model}@{version}")];
        // A rollout starts from what answers; what it brings in must be another version.
        for rollout in &resolved.spec.rollouts {
            let about = rollout.route.as_ref().is_some_and(|reference| reference.value.id == route.id.value);
            let Some(now) = now.filter(|_| about) else { continue };
            settings.push(format!("rollouts.{}.from={version}", rollout.id.value));
            if rollout.to.as_ref().is_some_and(|to| to.value.as_str() == version.as_str()) {
                settings.push(format!("rollouts.{}.to={now}", rollout.id.value));
            }
        }
        found.add(version.to_string(), settings);
    }
}

fn batches(resolved: &Resolved, model: &Id, found: &mut Found) {
    let protect = resolved.spec.models.get(model).and_then(|model| model.protect.as_ref());
    let now = protect.and_then(|protect| protect.batch.as_ref()).and_then(|batch| batch.max.as_ref()).map(|max| max.count());
    for rows in BATCHES.into_iter().filter(|rows| Some(u64::from(*rows)) != now) {
        found.add(format!("batch {rows}"), vec![format!("models.{model}.protect.batch={{ max: {rows} }}")]);
    }
}

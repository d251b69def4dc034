//! What a route could be instead: each rung alone, each version of its model, sizes of batches, a light model first, answers that are kept.
//!
//! A candidate is a list of values to put in place of what the charter says; more of them can be given by hand. What a cascade or a cache is made of
//! belongs to `combined`.

use super::combined;
use crate::plan::{self, Plan};
use crate::resolved::Resolved;
use charter_spec::ast::{Answer, AnswerKind, Rollout, Route, RungTerms};
use charter_spec::names::Entry;
use charter_spec::{FileSet, Id, Setting};
use serde::Serialize;

/// Sizes of batches that are tried beside the one in place; 1 only where batches are stated, since without them each call is computed alone.
const BATCHES: [u32; 3] = [1, 16, 64];
/// How far thresholds of a cascade are moved.
const THRESHOLD_STEPS: [f64; 4] = [-0.2, -0.1, 0.1, 0.2];
/// Most candidates that are made.
const CANDIDATES_MAX: usize = 24;

/// The name of the charter as it is.
pub const AS_IT_IS: &str = "as it is";

/// A way in which the route could answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// `as it is`, `v1`, `rung rule`, `batch 64`, `v1 first at 0.8`, `kept 60 s`.
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

/// What follows from a charter for one route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Candidates {
    /// The first is the charter as it is.
    pub list: Vec<Candidate>,
    /// Kinds of candidates that do not follow from the charter, and why: a sentence each.
    pub without: Vec<String>,
}

/// Every candidate that follows from the charter. `None` for a route that is not there.
pub fn candidates(resolved: &Resolved, plan: &Plan, files: &FileSet, route: &str) -> Option<Candidates> {
    let entry = resolved.spec.routes.get_entry(route)?;
    let mut found = Found {
        resolved,
        files,
        route: entry,
        planned: plan.route_named(route),
        kept: Candidates { list: vec![Candidate { name: AS_IT_IS.to_owned(), settings: Vec::new() }], without: Vec::new() },
    };
    if let Some(answer) = &entry.answer {
        let first = First { answer: &answer.value, terms: None, ladder: Vec::new(), path: format!("routes.{route}.answer") };
        of_answer(&mut found, &first);
    }
    let mut kept = found.kept;
    if kept.list.len() > CANDIDATES_MAX {
        let more = kept.list.split_off(CANDIDATES_MAX);
        let names: Vec<&str> = more.iter().map(|candidate| candidate.name.as_str()).collect();
        kept.without.push(format!("at most {CANDIDATES_MAX} are measured at once; give these by `--candidate`: {}", names.join(", ")));
    }
    Some(kept)
}

/// What is found on the way.
pub(super) struct Found<'a> {
    pub(super) resolved: &'a Resolved,
    pub(super) files: &'a FileSet,
    pub(super) route: &'a Entry<Route>,
    pub(super) planned: Option<&'a plan::Route>,
    kept: Candidates,
}

/// The node that answers first, with what stands around it.
pub(super) struct First<'a> {
    pub(super) answer: &'a Answer,
    /// As a rung, where it is one.
    pub(super) terms: Option<&'a RungTerms>,
    /// The rungs below it.
    pub(super) ladder: Vec<&'a Entry<charter_spec::ast::Rung>>,
    /// Where it is written: `routes.fraud.answer.ladder.full`.
    pub(super) path: String,
}

impl Found<'_> {
    /// Experiments that break something name models that a candidate may not ask; nothing is broken while it is measured, so they are left out.
    pub(super) fn add(&mut self, name: String, mut settings: Vec<String>) {
        if self.resolved.spec.chaos.as_ref().is_some_and(|chaos| !chaos.experiments.is_empty()) {
            settings.push("chaos.experiments={}".to_owned());
        }
        if !self.kept.list.iter().any(|known| known.name == name || known.settings == settings) {
            self.kept.list.push(Candidate { name, settings });
        }
    }

    pub(super) fn without(&mut self, why: String) {
        if !self.kept.without.contains(&why) {
            self.kept.without.push(why);
        }
    }

    /// What is written at a place, when it is one line of `{ … }`.
    pub(super) fn written(&self, span: charter_spec::Span) -> Option<&str> {
        self.files.text(span).map(str::trim).filter(|text| text.starts_with('{') && text.ends_with('}') && !text.contains('\n'))
    }
}

/// Recursion follows the first answer of each node, and the reader bounds how deep they nest.
fn of_answer(found: &mut Found<'_>, first: &First<'_>) {
    let path = &first.path;
    match &first.answer.kind {
        AnswerKind::Ladder(node) => {
            let mut rungs = node.ladder.iter();
            let Some(top) = rungs.next() else { return };
            let below = First {
                answer: &top.answer.value,
                terms: Some(&top.terms),
                ladder: rungs.collect(),
                path: format!("{path}.ladder.{}", top.id.value),
            };
            of_answer(found, &below);
            for rung in &below.ladder {
                // A version is a candidate by its own name.
                if matches!(rung.answer.value.kind, AnswerKind::Model(_)) {
                    continue;
                }
                if let Some(text) = found.written(rung.value.span) {
                    let mut settings = vec![format!("{}={text}", below.path)];
                    // A rollout has no place where its model is not asked.
                    let about =
                        |rollout: &Entry<Rollout>| rollout.route.as_ref().is_some_and(|route| route.value.id == found.route.id.value);
                    if found.resolved.spec.rollouts.iter().any(about) {
                        settings.push("rollouts={}".to_owned());
                    }
                    found.add(format!("rung {}", rung.id.value), settings);
                }
            }
        }
        AnswerKind::Model(node) => {
            if let Some(model) = &node.model {
                versions(found, &model.value.model, model.value.version.as_ref(), &format!("{path}.model"));
                batches(found, &model.value.model);
                combined::cascades(found, first, node);
                combined::caches(found, first, node);
            }
        }
        AnswerKind::Cascade(node) => {
            for (at, step) in node.cascade.iter().enumerate() {
                let Some(threshold) = &step.terms.at_least else { continue };
                let now = threshold.value();
                for moved in
                    THRESHOLD_STEPS.map(|by| ((now + by) * 1e4).round() / 1e4).into_iter().filter(|moved| *moved > 0.0 && *moved <= 1.0)
                {
                    found.add(format!("step {} at {moved}", at + 1), vec![format!("{path}.cascade.{at}.at_least={moved}")]);
                }
            }
        }
        AnswerKind::Cache(node) => {
            let Some(cache) = &node.cache else { return };
            combined::other_caches(found, cache, path);
            if let Some(of) = &cache.of {
                of_answer(found, &First { answer: &of.value, terms: None, ladder: Vec::new(), path: format!("{path}.cache.of") });
            }
        }
        _ => {}
    }
}

fn versions(found: &mut Found<'_>, model: &Id, now: Option<&Id>, path: &str) {
    let resolved = found.resolved;
    let Some(entry) = resolved.spec.models.get(model) else { return };
    let first = entry.versions.iter().next().map(|version| &version.id.value);
    let now = now.or(first);
    for version in entry.versions.iter().map(|version| &version.id.value).filter(|version| Some(*version) != now) {
        let mut settings = vec![format!("{path}={model}@{version}")];
        // A rollout starts from what answers; what it brings in must be another version.
        for rollout in &resolved.spec.rollouts {
            let about = rollout.route.as_ref().is_some_and(|reference| reference.value.id == found.route.id.value);
            let Some(now) = now.filter(|_| about) else { continue };
            settings.push(format!("rollouts.{}.from={version}", rollout.id.value));
            if rollout.to.as_ref().is_some_and(|to| to.value.as_str() == version.as_str()) {
                settings.push(format!("rollouts.{}.to={now}", rollout.id.value));
            }
        }
        found.add(version.to_string(), settings);
    }
}

fn batches(found: &mut Found<'_>, model: &Id) {
    let protect = found.resolved.spec.models.get(model).and_then(|model| model.protect.as_ref());
    let now = protect.and_then(|protect| protect.batch.as_ref()).map(|batch| batch.max.as_ref().map(|max| max.count()));
    for rows in BATCHES.into_iter().filter(|rows| match now {
        None => *rows > 1,
        Some(now) => now != Some(u64::from(*rows)),
    }) {
        found.add(format!("batch {rows}"), vec![format!("models.{model}.protect.batch={{ max: {rows} }}")]);
    }
}

//! Names that the schema does not hold: what a part may talk to, a route's rungs, a model's versions, a flag's variants, points for faults, rules, patterns.
//!
//! Ids of sections belong to the schema, which says where they may stand.

use super::{Scene, specs};
use crate::outline::Step;
use charter_lint::catalogue::PATTERNS;
use charter_spec::ast::{Answer, AnswerKind};
use charter_spec::names::Target;
use charter_spec::names::target;
use charter_spec::{SectionName, Spec};

/// A name that may be written.
pub(super) struct Name {
    pub(super) text: String,
    /// What it is, in a word.
    pub(super) detail: &'static str,
    pub(super) doc: String,
}

impl Name {
    fn new(text: impl Into<String>, detail: &'static str) -> Self {
        Self { text: text.into(), detail, doc: String::new() }
    }
}

/// The steps of a path, for matching; a list's item is `-`.
fn steps(path: &[Step]) -> Vec<&str> {
    path.iter()
        .map(|step| match step {
            Step::Key(key) => key.as_str(),
            Step::Item => "-",
        })
        .collect()
}

/// Names that may be keys of the mapping at a path.
pub(super) fn keys(scene: &Scene<'_>, path: &[Step]) -> Vec<Name> {
    match steps(path).as_slice() {
        ["lint"] => rules(),
        ["patterns"] => PATTERNS
            .iter()
            .map(|entry| Name {
                text: entry.kind.word().to_owned(),
                detail: "pattern",
                doc: format!("{} Usually: {}.", entry.what, entry.costs),
            })
            .collect(),
        ["architecture", .., "uses" | "talks_to" | "used_by"] => parts(scene),
        ["flags", flag, "rules", "-", "split"] => variants(scene, flag),
        _ => Vec::new(),
    }
}

/// Names that may be the value at a path.
pub(super) fn values(scene: &Scene<'_>, path: &[Step]) -> Vec<Name> {
    match steps(path).as_slice() {
        ["waivers", _, "rule"] => rules(),
        ["architecture", .., "uses" | "talks_to" | "used_by", "-"] | ["architecture", .., "uses" | "talks_to" | "used_by"] => parts(scene),
        ["flags", flag, "default"] | ["flags", flag, "rules", "-", "serve"] => variants(scene, flag),
        ["rollouts", rollout, "from" | "to"] => {
            let model =
                specs(scene).find_map(|spec| spec.rollouts.get(rollout)?.model.as_ref().map(|model| model.value.as_str().to_owned()));
            versions(scene, &model.unwrap_or_default()).into_iter().map(|version| Name::new(version, "version")).collect()
        }
        ["chaos", "experiments", _, "expect", "rungs", route] => {
            rungs_of(scene, route).into_iter().map(|rung| Name::new(rung, "rung")).collect()
        }
        path if path.last() == Some(&"at") && path.contains(&"faults") => fault_places(scene),
        ["cost", "attribute_by", ..] => ["model", "route", "team"].map(|word| Name::new(word, "")).into(),
        _ => Vec::new(),
    }
}

/// Whether a fault stands at a path: it names a model, with or without a version.
pub(super) fn is_fault_place(path: &[Step]) -> bool {
    matches!(steps(path).as_slice(), [.., "faults", "-", "at"] | [.., "faults", "at"])
}

/// Whether any element may be named here: such a place also takes sections as a whole, tasks, rungs and files.
pub(super) fn is_link(sections: &[SectionName]) -> bool {
    sections.len() >= target::Anything::SECTIONS.len()
}

/// What a link may name besides ids: tasks of the roadmap, sections as a whole, rungs of routes.
pub(super) fn beyond_ids(scene: &Scene<'_>) -> Vec<Name> {
    let mut found = Vec::new();
    for spec in specs(scene) {
        let tasks = spec.roadmap.iter().flat_map(|phase| phase.tasks.iter());
        found.extend(tasks.map(|task| Name::new(task.id.value.to_string(), "task of the roadmap")));
        found.extend(
            SectionName::ALL
                .iter()
                .filter(|section| spec.is_written(**section))
                .map(|section| Name::new(section.key(), "the whole section")),
        );
        for route in &spec.routes {
            found.extend(rungs(spec, &route.id.value).into_iter().map(|rung| Name::new(format!("{}/{rung}", route.id.value), "rung")));
        }
    }
    found
}

fn rules() -> Vec<Name> {
    charter_lint::rules::all()
        .map(|rule| Name { text: rule.code.to_owned(), detail: rule.severity.word(), doc: rule.title.to_owned() })
        .collect()
}

/// What may stand in a view of the architecture, so that a part may have to do with it.
fn parts(scene: &Scene<'_>) -> Vec<Name> {
    let mut found = Vec::new();
    for spec in specs(scene) {
        for section in target::Element::SECTIONS {
            found.extend(spec.declared(*section).into_iter().map(|(id, _)| Name::new(id.to_string(), section.key())));
        }
    }
    found
}

/// The versions of a model, the first one first.
pub(super) fn versions(scene: &Scene<'_>, model: &str) -> Vec<String> {
    let models = specs(scene).filter_map(|spec| spec.models.get(model));
    models.flat_map(|model| model.versions.iter().map(|version| version.id.value.to_string())).collect()
}

fn variants(scene: &Scene<'_>, flag: &str) -> Vec<Name> {
    let flags = specs(scene).filter_map(|spec| spec.flags.get(flag));
    flags.flat_map(|flag| flag.variants.iter().map(|variant| Name::new(variant.id.value.to_string(), "variant"))).collect()
}

/// Points at which faults are known: models, the store, the clock.
fn fault_places(scene: &Scene<'_>) -> Vec<Name> {
    let models = specs(scene).flat_map(|spec| spec.models.iter().map(|model| Name::new(model.id.value.to_string(), "models")));
    let mut found: Vec<Name> = models.collect();
    found.extend(["store", "clock"].map(|word| Name::new(word, "")));
    found
}

/// The rungs of a route, in the charter as it is and as it was.
fn rungs_of(scene: &Scene<'_>, route: &str) -> Vec<String> {
    specs(scene).flat_map(|spec| rungs(spec, route)).collect()
}

/// Every rung of a route, each once.
pub(super) fn all_rungs(scene: &Scene<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for spec in specs(scene) {
        for rung in spec.routes.iter().flat_map(|route| rungs(spec, &route.id.value)) {
            if !found.contains(&rung) {
                found.push(rung);
            }
        }
    }
    found
}

/// The rungs of a route's ladder, else those that `degradation` has for it.
fn rungs(spec: &Spec, route: &str) -> Vec<String> {
    let own = spec.routes.get(route).and_then(|route| route.answer.as_ref()).and_then(|answer| ladder(&answer.value, 0));
    own.unwrap_or_else(|| {
        let written = spec.degradation.as_ref().and_then(|degradation| degradation.value.ladders.get(route));
        written.into_iter().flat_map(|ladder| ladder.rungs.iter().map(|rung| rung.id.value.to_string())).collect()
    })
}

/// Deepest node in which a ladder is looked for.
const DEPTH_MAX: usize = 16;

/// The first ladder in a node: its own, or that of a sequence's last step.
fn ladder(answer: &Answer, depth: usize) -> Option<Vec<String>> {
    let inner = match &answer.kind {
        AnswerKind::Ladder(node) => return Some(node.ladder.iter().map(|rung| rung.id.value.to_string()).collect()),
        AnswerKind::Sequence(node) => node.sequence.last().map(|step| &step.value),
        _ => None,
    };
    inner.filter(|_| depth < DEPTH_MAX).and_then(|inner| ladder(inner, depth + 1))
}

/// Ids of requirements, for gates and watches.
pub(super) fn is_requirement(scene: &Scene<'_>, id: &str) -> bool {
    specs(scene).any(|spec| target::Requirement::SECTIONS.iter().any(|section| spec.declaration(*section, id).is_some()))
}

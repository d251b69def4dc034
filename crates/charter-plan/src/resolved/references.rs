//! Who refers to whom, over the whole document.
//!
//! References that lead nowhere are the reader's to report; links that lead nowhere are lint's.

use super::index::{Element, Index};
use charter_spec::ast::{Answer, AnswerKind, RouteAccess, Stage};
use charter_spec::measure::{Criterion, CriterionKind};
use charter_spec::names::{Entries, ModelVersionRef, Target};
use charter_spec::{Field, Id, Link, List, Ref, SectionName, Span, Spanned, Spec};
use std::collections::HashMap;

/// One reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub from: Element,
    pub to: Element,
    /// The key that it stands under: `needs`, `mitigate`, `owner`.
    pub role: &'static str,
    /// Where it is written.
    pub span: Span,
}

/// Every reference, by both ends.
#[derive(Clone, Debug, Default)]
pub struct References {
    list: Vec<Reference>,
    by_target: HashMap<Element, Vec<usize>>,
    by_source: HashMap<Element, Vec<usize>>,
}

impl References {
    /// Every reference, by section in reading order.
    pub fn all(&self) -> &[Reference] {
        &self.list
    }

    /// Those that lead to an element.
    pub fn to<'a>(&'a self, element: &Element) -> impl Iterator<Item = &'a Reference> + use<'a> {
        self.by_target.get(element).into_iter().flatten().filter_map(|at| self.list.get(*at))
    }

    /// Those that start from an element.
    pub fn from<'a>(&'a self, element: &Element) -> impl Iterator<Item = &'a Reference> + use<'a> {
        self.by_source.get(element).into_iter().flatten().filter_map(|at| self.list.get(*at))
    }

    fn push(&mut self, reference: Reference) {
        let at = self.list.len();
        self.by_target.entry(reference.to.clone()).or_default().push(at);
        self.by_source.entry(reference.from.clone()).or_default().push(at);
        self.list.push(reference);
    }

    pub(super) fn new(spec: &Spec, index: &Index) -> Self {
        let mut walk = Walk { references: Self::default(), index, from: Element::whole(SectionName::Load) };
        walk.promises(spec);
        walk.landscape(spec);
        walk.serving(spec);
        walk.sizing(spec);
        walk.governance(spec);
        walk.references
    }
}

struct Walk<'a> {
    references: References,
    index: &'a Index,
    from: Element,
}

impl Walk<'_> {
    fn start(&mut self, section: SectionName, id: &Id) {
        self.from = Element::new(section, id);
    }

    fn add(&mut self, role: &'static str, to: Option<Element>, span: Span) {
        if let Some(to) = to {
            self.references.push(Reference { from: self.from.clone(), to, role, span });
        }
    }

    fn one<T: Target>(&mut self, role: &'static str, field: &Field<Ref<T>>) {
        if let Some(reference) = field {
            self.add(role, self.index.find(&reference.value), reference.span);
        }
    }

    fn list<T: Target>(&mut self, role: &'static str, list: &List<Ref<T>>) {
        for reference in list {
            self.add(role, self.index.find(&reference.value), reference.span);
        }
    }

    fn link(&mut self, role: &'static str, field: &Field<Link>) {
        if let Some(link) = field {
            self.add(role, self.index.follow(&link.value), link.span);
        }
    }

    fn links(&mut self, role: &'static str, list: &List<Link>) {
        for link in list {
            self.add(role, self.index.follow(&link.value), link.span);
        }
    }

    fn criteria(&mut self, role: &'static str, list: &List<Criterion>) {
        for criterion in list {
            self.criterion(role, &criterion.value);
        }
    }

    fn criterion(&mut self, role: &'static str, criterion: &Criterion) {
        if let CriterionKind::Requirement { id, section, .. } = &criterion.kind {
            let element = match section {
                Some(section) => Some(Element::new(*section, &id.value)),
                None => self.index.named(id.value.as_str()),
            };
            self.add(role, element, id.span);
        }
    }

    fn model(&mut self, role: &'static str, model: &Spanned<ModelVersionRef>) {
        self.add(role, Some(Element::new(SectionName::Models, &model.value.model)), model.span);
    }

    /// Keys that name an element of one of these sections.
    fn keys<T>(&mut self, entries: &Entries<T>, section: SectionName, targets: &[SectionName]) {
        for entry in entries {
            self.start(section, &entry.id.value);
            let target = targets.iter().find(|target| self.index.contains(**target, &entry.id.value));
            self.add("extends", target.map(|target| Element::new(*target, &entry.id.value)), entry.id.span);
        }
    }

    fn promises(&mut self, spec: &Spec) {
        for entry in &spec.stakeholders {
            self.start(SectionName::Stakeholders, &entry.id.value);
            self.list("cares", &entry.cares);
            self.list("signs", &entry.signs);
        }
        if let Some(load) = &spec.load {
            self.from = Element::whole(SectionName::Load);
            for entry in &load.mix {
                let section = if spec.routes.contains(&entry.id.value) { SectionName::Routes } else { SectionName::Models };
                self.add("mix", Some(Element::new(section, &entry.id.value)), entry.id.span);
            }
        }
        for entry in &spec.quality {
            self.start(SectionName::Quality, &entry.id.value);
            self.link("artifact", &entry.artifact);
            self.one("dataset", &entry.dataset);
            self.one("owner", &entry.owner);
            if let Some(measure) = &entry.measure {
                self.criterion("measure", &measure.value);
            }
        }
        for entry in &spec.constraints {
            self.start(SectionName::Constraints, &entry.id.value);
            self.criteria("check", &entry.check);
            self.one("owner", &entry.owner);
        }
    }

    fn landscape(&mut self, spec: &Spec) {
        for entry in &spec.dependencies {
            self.start(SectionName::Dependencies, &entry.id.value);
            self.one("provider", &entry.provider);
            self.list("feeds_from", &entry.feeds_from);
            self.one("owner", &entry.owner);
        }
        for entry in &spec.providers {
            self.start(SectionName::Providers, &entry.id.value);
            self.one("owner", &entry.owner);
        }
        for entry in &spec.data {
            self.start(SectionName::DataSets, &entry.id.value);
            self.list("from", &entry.from);
            self.one("owner", &entry.owner);
        }
        for entry in &spec.features {
            self.start(SectionName::Features, &entry.id.value);
            self.list("from", &entry.from);
            if let Some(serve) = &entry.serve {
                self.one("live", &serve.live);
            }
            self.one("owner", &entry.owner);
        }
        for entry in &spec.models {
            self.start(SectionName::Models, &entry.id.value);
            self.link("baseline", &entry.baseline);
            self.list("needs", &entry.needs);
            self.list("features", &entry.features);
            self.list("data", &entry.data);
            for version in &entry.versions {
                self.one("provider", &version.provider);
            }
            self.one("owner", &entry.owner);
        }
    }

    fn serving(&mut self, spec: &Spec) {
        for entry in &spec.routes {
            self.start(SectionName::Routes, &entry.id.value);
            self.list("features", &entry.features);
            self.one("latency", &entry.latency);
            self.one("dataset", &entry.dataset);
            self.one("owner", &entry.owner);
            if let Some(access) = &entry.access
                && let RouteAccess::Identities(identities) = &access.value
            {
                self.list("access", identities);
            }
            if let Some(answer) = &entry.answer {
                self.answer(&answer.value);
            }
        }
        for entry in &spec.rollouts {
            self.start(SectionName::Rollouts, &entry.id.value);
            self.one("route", &entry.route);
            self.one("model", &entry.model);
            self.criteria("guardrails", &entry.guardrails);
            self.one("owner", &entry.owner);
        }
        for entry in &spec.experiments {
            self.start(SectionName::Experiments, &entry.id.value);
            self.one("route", &entry.route);
            for arm in &entry.arms {
                if let Some(model) = &arm.model {
                    self.model("arms", model);
                }
            }
            self.criteria("goals", &entry.goals);
            self.criteria("guardrails", &entry.guardrails);
            self.one("owner", &entry.owner);
        }
        for entry in &spec.flags {
            self.start(SectionName::Flags, &entry.id.value);
            self.links("turns", &entry.turns);
            self.one("owner", &entry.owner);
        }
    }

    /// The reader bounds how deep a document nests, so recursion is bounded too.
    fn answer(&mut self, answer: &Answer) {
        match &answer.kind {
            AnswerKind::Model(node) => {
                if let Some(model) = &node.model {
                    self.model("answer", model);
                }
                if let Some(canary) = &node.canary
                    && let Some(version) = &canary.version
                {
                    self.model("canary", version);
                }
            }
            AnswerKind::Ladder(node) => {
                for rung in &node.ladder {
                    self.answer(&rung.answer.value);
                    self.list("needs", &rung.terms.needs);
                }
            }
            AnswerKind::Split(node) => {
                for arm in &node.split {
                    self.answer(&arm.value.answer.value);
                }
            }
            AnswerKind::Sequence(node) => {
                for step in &node.sequence {
                    self.answer(&step.value);
                }
            }
            AnswerKind::Shadow(node) => {
                for answer in node.shadow.iter().flat_map(|shadow| [&shadow.of, &shadow.to]).flatten() {
                    self.answer(&answer.value);
                }
            }
            AnswerKind::Cascade(node) => {
                for step in &node.cascade {
                    self.answer(&step.answer.value);
                }
            }
            AnswerKind::Ensemble(node) => {
                for member in &node.ensemble {
                    self.answer(&member.answer.value);
                }
            }
            AnswerKind::Cache(node) => {
                if let Some(answer) = node.cache.as_ref().and_then(|cache| cache.of.as_ref()) {
                    self.answer(&answer.value);
                }
            }
            AnswerKind::Rule(_) | AnswerKind::Static(_) | AnswerKind::Lookup(_) => {}
        }
    }

    fn sizing(&mut self, spec: &Spec) {
        for entry in &spec.latency {
            self.start(SectionName::Latency, &entry.id.value);
            self.one("implements", &entry.implements);
            self.stages(&entry.stages);
            for served in &entry.overrides {
                self.stages(&served.value.value);
            }
        }
        if let Some(capacity) = &spec.capacity {
            self.keys(&capacity.models, SectionName::Capacity, &[SectionName::Routes, SectionName::Models]);
            self.from = Element::whole(SectionName::Capacity);
            for trigger in &capacity.scale {
                self.list("for", &trigger.of);
            }
        }
        if let Some(degradation) = &spec.degradation {
            let targets =
                [SectionName::Routes, SectionName::Models, SectionName::Dependencies, SectionName::Providers, SectionName::Features];
            self.keys(&degradation.ladders, SectionName::Degradation, &targets);
            for ladder in &degradation.ladders {
                self.start(SectionName::Degradation, &ladder.id.value);
                for rung in &ladder.rungs {
                    self.list("needs", &rung.needs);
                    for means in &rung.means {
                        self.list("needs", &means.needs);
                    }
                }
            }
        }
    }

    fn stages(&mut self, stages: &Entries<Stage>) {
        for stage in stages {
            self.link("calls", &stage.calls);
            self.stages(&stage.cascade);
            self.stages(&stage.serial);
            self.stages(&stage.parallel);
        }
    }

    fn governance(&mut self, spec: &Spec) {
        for entry in &spec.controls {
            self.start(SectionName::Controls, &entry.id.value);
            self.criteria("check", &entry.check);
            self.one("owner", &entry.owner);
        }
        for entry in &spec.patterns {
            self.start(SectionName::Patterns, &entry.id.value);
            self.links("where", &entry.places);
            self.one("decision", &entry.decision);
        }
        for entry in &spec.decisions {
            self.start(SectionName::Decisions, &entry.id.value);
            self.list("answers", &entry.answers);
            self.list("accepts", &entry.accepts);
            self.list("supersedes", &entry.supersedes);
            self.one("superseded_by", &entry.superseded_by);
            for option in &entry.options {
                self.list("violates", &option.violates);
            }
            self.one("owner", &entry.owner);
        }
        for entry in &spec.risks {
            self.start(SectionName::Risks, &entry.id.value);
            self.links("mitigate", &entry.mitigate);
            self.criteria("watch", &entry.watch);
            self.list("from", &entry.from);
            self.one("owner", &entry.owner);
        }
        for entry in &spec.challenges {
            self.start(SectionName::Challenges, &entry.id.value);
            self.links("by", &entry.by);
            self.one("owner", &entry.owner);
        }
        for entry in &spec.assurance {
            self.start(SectionName::Assurance, &entry.id.value);
            self.link("before", &entry.before);
            self.link("in", &entry.during);
            self.criteria("check", &entry.check);
            self.one("owner", &entry.owner);
        }
        for entry in &spec.roadmap {
            self.start(SectionName::Roadmap, &entry.id.value);
            self.list("after", &entry.after);
            for outcome in &entry.gate {
                self.criteria("gate", &outcome.value.value);
            }
            for task in entry.tasks.iter() {
                self.one("owner", &task.owner);
            }
            self.one("owner", &entry.owner);
        }
        for entry in &spec.waivers {
            self.start(SectionName::Waivers, &entry.id.value);
            self.links("for", &entry.of);
            self.one("owner", &entry.owner);
        }
        self.architecture(spec);
    }

    fn architecture(&mut self, spec: &Spec) {
        let Some(architecture) = &spec.architecture else { return };
        for person in &architecture.people {
            self.start(SectionName::Architecture, &person.id.value);
            self.relations("uses", &person.uses);
        }
        for container in &architecture.containers {
            self.start(SectionName::Architecture, &container.id.value);
            self.relations("talks_to", &container.talks_to);
            self.relations("used_by", &container.used_by);
            self.one("owner", &container.owner);
            for component in &container.components {
                self.start(SectionName::Architecture, &component.id.value);
                self.relations("talks_to", &component.talks_to);
            }
        }
    }

    fn relations<T>(&mut self, role: &'static str, relations: &Entries<T>) {
        for relation in relations {
            self.add(role, self.index.named(relation.id.value.as_str()), relation.id.span);
        }
    }
}

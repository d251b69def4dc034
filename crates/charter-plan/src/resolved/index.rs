//! Every element of the document by its id, whatever section it stands in.
//!
//! Who refers to whom belongs to `references`.

use charter_spec::names::{Entries, Target};
use charter_spec::{Id, Link, Ref, SectionName, Span, Spec};
use std::collections::HashMap;
use std::fmt;

/// An element by its section and id. An empty id stands for the section as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Element {
    pub section: SectionName,
    pub id: Id,
}

impl Element {
    pub fn new(section: SectionName, id: &Id) -> Self {
        Self { section, id: id.clone() }
    }

    /// A section as a whole.
    pub fn whole(section: SectionName) -> Self {
        Self { section, id: Id::default() }
    }

    pub fn is_whole(&self) -> bool {
        self.id.as_str().is_empty()
    }
}

impl fmt::Display for Element {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.section.key())?;
        if self.is_whole() { Ok(()) } else { write!(formatter, ".{}", self.id) }
    }
}

/// Where each element is declared.
#[derive(Clone, Debug, Default)]
pub struct Index {
    places: HashMap<Element, Span>,
    /// Sections that declare an id, in reading order.
    sections: HashMap<Id, Vec<SectionName>>,
    /// The phase of each roadmap task.
    tasks: HashMap<Id, Id>,
}

impl Index {
    pub(super) fn new(spec: &Spec) -> Self {
        let mut index = Self::default();
        index.requirements(spec);
        index.landscape(spec);
        index.extensions(spec);
        for phase in &spec.roadmap {
            for task in phase.tasks.iter() {
                index.tasks.entry(task.id.value.clone()).or_insert_with(|| phase.id.value.clone());
            }
        }
        index
    }

    fn requirements(&mut self, spec: &Spec) {
        self.add(SectionName::Stakeholders, &spec.stakeholders);
        self.add(SectionName::Quality, &spec.quality);
        self.add(SectionName::Constraints, &spec.constraints);
        self.add(SectionName::Controls, &spec.controls);
        self.add(SectionName::Patterns, &spec.patterns);
        self.add(SectionName::Decisions, &spec.decisions);
        self.add(SectionName::Risks, &spec.risks);
        self.add(SectionName::Challenges, &spec.challenges);
        self.add(SectionName::Assurance, &spec.assurance);
        self.add(SectionName::Roadmap, &spec.roadmap);
        self.add(SectionName::Lint, &spec.lint);
        self.add(SectionName::Waivers, &spec.waivers);
    }

    fn landscape(&mut self, spec: &Spec) {
        self.add(SectionName::Dependencies, &spec.dependencies);
        self.add(SectionName::Providers, &spec.providers);
        self.add(SectionName::DataSets, &spec.data);
        self.add(SectionName::Features, &spec.features);
        self.add(SectionName::Models, &spec.models);
        self.add(SectionName::Routes, &spec.routes);
        self.add(SectionName::Rollouts, &spec.rollouts);
        self.add(SectionName::Experiments, &spec.experiments);
        self.add(SectionName::Flags, &spec.flags);
        self.add(SectionName::Latency, &spec.latency);
        if let Some(chaos) = &spec.chaos {
            self.add(SectionName::Chaos, &chaos.experiments);
        }
        if let Some(access) = &spec.access {
            self.add(SectionName::Access, &access.identities);
            self.add(SectionName::Access, &access.policies);
        }
        if let Some(architecture) = &spec.architecture {
            self.add(SectionName::Architecture, &architecture.people);
            self.add(SectionName::Architecture, &architecture.containers);
            for container in &architecture.containers {
                self.add(SectionName::Architecture, &container.components);
            }
        }
    }

    /// Sections whose keys extend elements that are declared elsewhere.
    fn extensions(&mut self, spec: &Spec) {
        if let Some(capacity) = &spec.capacity {
            self.add(SectionName::Capacity, &capacity.models);
            self.add(SectionName::Capacity, &capacity.queues);
            self.add(SectionName::Capacity, &capacity.storage);
        }
        if let Some(cost) = &spec.cost {
            self.add(SectionName::Cost, &cost.fixed);
            self.add(SectionName::Cost, &cost.once);
        }
        if let Some(degradation) = &spec.degradation {
            self.add(SectionName::Degradation, &degradation.ladders);
        }
    }

    fn add<T>(&mut self, section: SectionName, entries: &Entries<T>) {
        for entry in entries {
            let id = &entry.id.value;
            self.places.entry(Element::new(section, id)).or_insert(entry.id.span);
            let sections = self.sections.entry(id.clone()).or_default();
            if !sections.contains(&section) {
                sections.push(section);
            }
        }
    }

    /// Where an element is declared.
    pub fn place(&self, element: &Element) -> Option<Span> {
        self.places.get(element).copied()
    }

    /// Whether the section declares the id.
    pub fn contains(&self, section: SectionName, id: &Id) -> bool {
        self.places.contains_key(&Element::new(section, id))
    }

    /// Every element with this id, those that declare it before those that extend it.
    pub fn all(&self, id: &str) -> impl Iterator<Item = Element> + '_ {
        let sections = self.sections.get_key_value(id);
        sections.into_iter().flat_map(|(id, sections)| sections.iter().map(|section| Element::new(*section, id)))
    }

    /// Every id once, in no particular order.
    pub fn ids(&self) -> impl Iterator<Item = &Id> {
        self.sections.keys()
    }

    /// Every element, in no particular order.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.places.keys()
    }

    /// The element that a reference leads to.
    pub fn find<T: Target>(&self, reference: &Ref<T>) -> Option<Element> {
        if let Some(section) = reference.section {
            let element = Element::new(section, &reference.id);
            return self.places.contains_key(&element).then_some(element);
        }
        let element = T::SECTIONS.iter().find(|section| self.contains(**section, &reference.id));
        if let Some(section) = element {
            return Some(Element::new(*section, &reference.id));
        }
        SectionName::from_key(reference.as_str()).filter(|_| T::WHOLE_SECTIONS).map(Element::whole)
    }

    /// The element that a link leads to: `models.fraud`, `fraud`, `fraud/degraded`, a section, or a task (then its phase).
    pub fn follow(&self, link: &Link) -> Option<Element> {
        let name = link.as_str();
        self.named(name.split('/').next().unwrap_or(name))
    }

    /// The element under a qualified or bare name, a section, or a task (then its phase). No part of it is left out: `data/train.csv` is not `data`.
    pub fn named(&self, name: &str) -> Option<Element> {
        if let Some((section, id)) = name.split_once('.') {
            let section = SectionName::from_key(section)?;
            let element = Element::new(section, &Id::new(id).ok()?);
            return self.places.contains_key(&element).then_some(element);
        }
        if let Some(element) = self.all(name).next() {
            return Some(element);
        }
        if let Some(phase) = self.tasks.get(name) {
            return Some(Element::new(SectionName::Roadmap, phase));
        }
        SectionName::from_key(name).map(Element::whole)
    }
}

//! Finding what an id, a reference or a link leads to.

use crate::ast::{Resolution, Spec};
use crate::names::{Entries, Id, Link, Ref, SectionName, Target};
use crate::source::Span;

/// Ids with the places where they are declared.
trait Declarations {
    fn find(&self, id: &str) -> Option<Span>;
    fn list<'a>(&'a self, found: &mut Vec<(&'a Id, Span)>);
}

impl<T> Declarations for Entries<T> {
    fn find(&self, id: &str) -> Option<Span> {
        self.get_entry(id).map(|entry| entry.id.span)
    }

    fn list<'a>(&'a self, found: &mut Vec<(&'a Id, Span)>) {
        found.extend(self.iter().map(|entry| (&entry.id.value, entry.id.span)));
    }
}

impl Spec {
    /// What declares the ids of a section.
    fn declarations(&self, section: SectionName) -> Vec<&dyn Declarations> {
        match section {
            SectionName::Stakeholders => vec![&self.stakeholders],
            SectionName::Quality => vec![&self.quality],
            SectionName::Constraints => vec![&self.constraints],
            SectionName::Dependencies => vec![&self.dependencies],
            SectionName::Providers => vec![&self.providers],
            SectionName::DataSets => vec![&self.data],
            SectionName::Features => vec![&self.features],
            SectionName::Models => vec![&self.models],
            SectionName::Routes => vec![&self.routes],
            SectionName::Rollouts => vec![&self.rollouts],
            SectionName::Experiments => vec![&self.experiments],
            SectionName::Flags => vec![&self.flags],
            SectionName::Latency => vec![&self.latency],
            SectionName::Controls => vec![&self.controls],
            SectionName::Patterns => vec![&self.patterns],
            SectionName::Decisions => vec![&self.decisions],
            SectionName::Risks => vec![&self.risks],
            SectionName::Challenges => vec![&self.challenges],
            SectionName::Assurance => vec![&self.assurance],
            SectionName::Roadmap => vec![&self.roadmap],
            SectionName::Lint => vec![&self.lint],
            SectionName::Waivers => vec![&self.waivers],
            SectionName::Access => self.access.iter().map(|access| &access.identities as &dyn Declarations).collect(),
            SectionName::Architecture => self.architecture.as_ref().map_or_else(Vec::new, |architecture| {
                let mut found: Vec<&dyn Declarations> = vec![&architecture.people, &architecture.containers];
                found.extend(architecture.containers.iter().map(|container| &container.components as &dyn Declarations));
                found
            }),
            SectionName::Chaos => self.chaos.iter().map(|chaos| &chaos.experiments as &dyn Declarations).collect(),
            SectionName::Load
            | SectionName::Team
            | SectionName::Capacity
            | SectionName::Cost
            | SectionName::Degradation
            | SectionName::Audit => Vec::new(),
        }
    }

    /// The ids that a section declares, in document order, each with the place of its key. `access` declares identities,
    /// `architecture` people, containers and components; sections that only extend others declare nothing.
    pub fn declared(&self, section: SectionName) -> Vec<(&Id, Span)> {
        let mut found = Vec::new();
        for declarations in self.declarations(section) {
            declarations.list(&mut found);
        }
        found
    }

    /// Whether a section is written.
    pub fn is_written(&self, section: SectionName) -> bool {
        match section {
            SectionName::Load => self.load.is_some(),
            SectionName::Team => self.team.is_some(),
            SectionName::Capacity => self.capacity.is_some(),
            SectionName::Cost => self.cost.is_some(),
            SectionName::Degradation => self.degradation.is_some(),
            SectionName::Audit => self.audit.is_some(),
            SectionName::Chaos => self.chaos.is_some(),
            SectionName::Access => self.access.is_some(),
            SectionName::Architecture => self.architecture.is_some(),
            section => !self.declared(section).is_empty(),
        }
    }

    /// The place where a section declares an id.
    pub fn declaration(&self, section: SectionName, id: &str) -> Option<Span> {
        self.declarations(section).into_iter().find_map(|declarations| declarations.find(id))
    }

    /// Every section that declares an id, in reading order.
    pub fn sections_of(&self, id: &str) -> Vec<SectionName> {
        SectionName::ALL.iter().copied().filter(|section| self.declaration(*section, id).is_some()).collect()
    }

    /// What a reference leads to.
    pub fn resolve<T: Target>(&self, reference: &Ref<T>) -> Resolution {
        let searched = reference.section.as_ref().map_or(T::SECTIONS, std::slice::from_ref);
        for section in searched {
            if self.declaration(*section, &reference.id).is_some() {
                return Resolution::Element { section: *section, id: reference.id.clone() };
            }
        }
        match SectionName::from_key(&reference.id) {
            Some(section) if T::WHOLE_SECTIONS && self.is_written(section) => Resolution::Section(section),
            _ => Resolution::Nothing,
        }
    }

    /// What a link leads to: an element anywhere, a section, a task of the roadmap, or a file by its look. A dotted link names the
    /// section first.
    pub fn follow(&self, link: &Link) -> Resolution {
        let text = link.as_str();
        let (section, name) = match text.split_once('.').map(|(section, name)| (SectionName::from_key(section), name)) {
            Some((Some(section), name)) => (Some(section), name),
            _ => (None, text),
        };
        let sections = section.as_ref().map_or(SectionName::ALL, std::slice::from_ref);
        let found = sections.iter().copied().find(|section| self.declaration(*section, name).is_some());
        if let (Some(section), Ok(id)) = (found, Id::new(name)) {
            return Resolution::Element { section, id };
        }
        if let Some(section) = SectionName::from_key(text).filter(|section| self.is_written(*section)) {
            return Resolution::Section(section);
        }
        let task =
            self.roadmap.iter().find_map(|phase| phase.tasks.get_entry(text).map(|task| (phase.id.value.clone(), task.id.value.clone())));
        if let Some((phase, task)) = task {
            return Resolution::Task { phase, task };
        }
        let looks_like_file = text.contains('/') && !text.contains(' ') && text.rsplit('/').next().is_some_and(|name| name.contains('.'));
        if looks_like_file { Resolution::File(text.to_owned()) } else { Resolution::Nothing }
    }
}

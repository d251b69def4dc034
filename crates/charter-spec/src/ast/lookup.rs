//! Finding what an id, a reference or a link leads to.

use crate::ast::{Resolution, Spec};
use crate::names::{Entries, Id, Link, Ref, SectionName, Target};
use crate::source::Span;

fn ids<T>(entries: &Entries<T>) -> Vec<(&Id, Span)> {
    entries.iter().map(|entry| (&entry.id.value, entry.id.span)).collect()
}

impl Spec {
    /// The ids that a section declares, in document order, each with the place of its key. `access` declares identities,
    /// `architecture` people, containers and components; sections that only extend others declare nothing.
    pub fn declared(&self, section: SectionName) -> Vec<(&Id, Span)> {
        match section {
            SectionName::Stakeholders => ids(&self.stakeholders),
            SectionName::Quality => ids(&self.quality),
            SectionName::Constraints => ids(&self.constraints),
            SectionName::Dependencies => ids(&self.dependencies),
            SectionName::Providers => ids(&self.providers),
            SectionName::DataSets => ids(&self.data),
            SectionName::Features => ids(&self.features),
            SectionName::Models => ids(&self.models),
            SectionName::Routes => ids(&self.routes),
            SectionName::Rollouts => ids(&self.rollouts),
            SectionName::Experiments => ids(&self.experiments),
            SectionName::Flags => ids(&self.flags),
            SectionName::Latency => ids(&self.latency),
            SectionName::Controls => ids(&self.controls),
            SectionName::Patterns => ids(&self.patterns),
            SectionName::Decisions => ids(&self.decisions),
            SectionName::Risks => ids(&self.risks),
            SectionName::Challenges => ids(&self.challenges),
            SectionName::Assurance => ids(&self.assurance),
            SectionName::Roadmap => ids(&self.roadmap),
            SectionName::Waivers => ids(&self.waivers),
            SectionName::Access => self.access.as_ref().map_or_else(Vec::new, |access| ids(&access.identities)),
            SectionName::Architecture => self.architecture.as_ref().map_or_else(Vec::new, |architecture| {
                let mut found = ids(&architecture.people);
                found.extend(ids(&architecture.containers));
                found.extend(architecture.containers.iter().flat_map(|container| ids(&container.components)));
                found
            }),
            SectionName::Load
            | SectionName::Team
            | SectionName::Capacity
            | SectionName::Cost
            | SectionName::Degradation
            | SectionName::Audit => Vec::new(),
        }
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
            SectionName::Access => self.access.is_some(),
            SectionName::Architecture => self.architecture.is_some(),
            section => !self.declared(section).is_empty(),
        }
    }

    /// The place where a section declares an id.
    pub fn declaration(&self, section: SectionName, id: &str) -> Option<Span> {
        self.declared(section).into_iter().find(|(known, _)| **known == *id).map(|(_, span)| span)
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

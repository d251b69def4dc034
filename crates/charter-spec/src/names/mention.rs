//! Every place where the document names something that is declared elsewhere, for whoever follows or renames.
//!
//! Checking that a reference leads somewhere belongs to [`crate::read`].

use super::{Id, Link, SectionName};
use crate::ast::{Resolution, Spec};
use crate::source::Span;

/// A place that names an element.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// The place: the whole value, with quotes, section and version where they are written.
    pub span: Span,
    /// What is named there.
    pub named: Mentioned,
}

/// What a place names.
#[derive(Clone, Debug, PartialEq)]
pub enum Mentioned {
    /// An element of one of these sections, the first that declares it.
    Element {
        /// The section that is written before the dot.
        section: Option<SectionName>,
        /// The element.
        id: Id,
        /// The sections that are searched for a bare id, in order.
        sections: &'static [SectionName],
        /// Whether the name of a section stands for the section itself.
        whole_sections: bool,
        /// What is meant: `stakeholder`.
        label: &'static str,
    },
    /// A model, or a version of it.
    ModelVersion {
        /// The model.
        model: Id,
        /// Its version.
        version: Option<Id>,
    },
    /// A link: an element, a section, a task, a file or words.
    Link(Link),
}

impl Mention {
    /// What it leads to in a document.
    pub fn resolve(&self, spec: &Spec) -> Resolution {
        match &self.named {
            Mentioned::Element { section, id, sections, whole_sections, .. } => {
                let searched = section.as_ref().map_or(*sections, std::slice::from_ref);
                if let Some(section) = searched.iter().find(|section| spec.declaration(**section, id).is_some()) {
                    return Resolution::Element { section: *section, id: id.clone() };
                }
                let whole = SectionName::from_key(id).filter(|section| *whole_sections && spec.is_written(*section));
                whole.map_or(Resolution::Nothing, Resolution::Section)
            }
            Mentioned::ModelVersion { model, .. } if spec.models.contains(model) => {
                Resolution::Element { section: SectionName::Models, id: model.clone() }
            }
            Mentioned::ModelVersion { .. } => Resolution::Nothing,
            Mentioned::Link(link) => {
                // `fraud/degraded` names a rung of what stands before the slash.
                let rung = link.as_str().split_once('/').map(|(name, _)| Link(name.into()));
                let found = rung.map(|name| spec.follow(&name)).filter(|found| matches!(found, Resolution::Element { .. }));
                found.unwrap_or_else(|| spec.follow(link))
            }
        }
    }
}

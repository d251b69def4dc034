//! A name that stands for an element declared elsewhere.

use std::fmt;
use std::marker::PhantomData;

use super::{Id, SectionName};

/// What a reference may lead to.
pub trait Target: Copy + Default + fmt::Debug + 'static {
    /// What the user calls it: `stakeholder`.
    const LABEL: &'static str;
    /// The sections that are searched for a bare id, in order.
    const SECTIONS: &'static [SectionName];
    /// Whether the name of a section stands for the section itself.
    const WHOLE_SECTIONS: bool;
}

/// A checked reference: an id, qualified by its section (`models.fraud`) or bare. The reader reports one that leads nowhere.
pub struct Ref<T: Target> {
    /// The section that was written before the dot.
    pub section: Option<SectionName>,
    /// The element, or the section's own name for a whole section.
    pub id: Id,
    pub(crate) target: PhantomData<T>,
}

impl<T: Target> Ref<T> {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.id
    }
}

impl<T: Target> Clone for Ref<T> {
    fn clone(&self) -> Self {
        Self { section: self.section, id: self.id.clone(), target: PhantomData }
    }
}

impl<T: Target> PartialEq for Ref<T> {
    fn eq(&self, other: &Self) -> bool {
        self.section == other.section && self.id == other.id
    }
}

impl<T: Target> fmt::Debug for Ref<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Ref({self})")
    }
}

impl<T: Target> fmt::Display for Ref<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(section) = self.section {
            write!(formatter, "{}.", section.key())?;
        }
        formatter.write_str(&self.id)
    }
}

/// A model, with or without a version: `fraud@v2`. Both parts are checked by the reader.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelVersionRef {
    /// The model.
    pub model: Id,
    /// The version under `versions:`; without it the first version written there.
    pub version: Option<Id>,
}

impl fmt::Display for ModelVersionRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(formatter, "{}@{version}", self.model),
            None => write!(formatter, "{}", self.model),
        }
    }
}

/// An unchecked pointer: the id of an element, a task or a section, the path of a file, or words. [`crate::Spec::follow`] says which.
///
/// It stands where a reference that leads nowhere is a finding of lint, not an error of reading.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Link(pub(crate) Box<str>);

impl Link {
    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

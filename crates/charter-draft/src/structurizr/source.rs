//! The workspace that a charter was taken from, for an export: what it says of each element and relation, and the texts of the rest.

use super::draft::{self, Ends};
use super::model::Model;
use crate::foreign::Notes;
use charter_spec::{FileSet, SectionName, Spec};

/// A workspace, and what of it stands where in the charter.
#[derive(Clone, Debug)]
pub struct Source {
    /// What the documents say.
    pub model: Model,
    /// The id of each element in the charter; `None` for our system and for parts of other systems.
    pub ids: Vec<Option<String>>,
    /// Our system, as a position among the elements.
    pub ours: Option<usize>,
    /// The container that stands for our whole system.
    pub whole: Option<String>,
    /// What became of each relation.
    pub ends: Vec<Ends>,
}

/// Reads the workspace again that `architecture.workspace` names; `None` where there is none, or it is not among the files.
pub fn source(files: &FileSet, spec: &Spec) -> Option<Source> {
    let architecture = spec.architecture.as_ref()?;
    let root = architecture.workspace.iter().next()?;
    let file = files.find(root.value.as_str())?;
    let mut notes = Notes::default();
    let model = super::read(files, file, &mut notes);
    // Names that the charter had before it took the workspace over; what it took over is named again as it was.
    let sections = [
        SectionName::DataSets,
        SectionName::Features,
        SectionName::Models,
        SectionName::Providers,
        SectionName::Routes,
        SectionName::Stakeholders,
    ];
    let taken: Vec<String> =
        sections.into_iter().flat_map(|section| spec.declared(section)).map(|(id, _)| id.as_str().to_owned()).collect();
    let built = draft::build(&model, taken.iter().map(String::as_str), &mut notes);
    let whole = built.whole.clone().filter(|_| built.is_whole);
    let ids = (0..model.elements.len()).map(|at| built.ids.get(&at).cloned()).collect();
    Some(Source { ids, ours: built.ours, whole, ends: built.ends, model })
}

//! Structurizr: the model of a workspace, from its DSL or JSON.
//!
//! Our system's containers and components become `architecture`, people too; the systems around it become `dependencies`, with a direction where the
//! document states. Views, styles, deployment and documentation have no place in a charter, which derives its own views: they stay in the copy of the
//! document, which `architecture.workspace` names, and each is noted. Tags, properties, groups and relations between others become `facts`. [`source`]
//! gives an export what only the document says.

mod draft;
mod dsl;
mod json;
mod model;
mod own;
mod source;
mod tree;

pub use draft::{DERIVED_RELATION, Ends, RESERVED, joined};
pub use model::{Element, FOLLOWS, Home, Kind, Model, Relation, Text};
pub use source::{Source, source};

use crate::foreign::{Notes, documents};
use crate::import::{Draft, Target};
use charter_spec::{FileId, FileSet, Spec};

/// Imports the workspace at `root`; what it includes is looked for in the same set.
pub fn import(files: &FileSet, root: &str, target: &Target<'_>) -> Draft {
    let mut notes = Notes::default();
    let Some(file) = files.find(root) else { return Draft::default() };
    let mut model = read(files, file, &mut notes);
    let taken = target.spec.map(taken).unwrap_or_default();
    let built = draft::build(&model, taken.iter().map(String::as_str), &mut notes);
    own::keep(&mut model, built.ours, built.is_whole, &mut notes);
    let mut draft = Draft::default();
    let path = target.place(root, "imported");
    // What nothing is taken from is no source of this charter.
    let is_something = built.counts.iter().any(|count| *count > 0);
    let mut places = Vec::new();
    for file in model.files.iter().filter(|_| is_something) {
        let path = target.place(files.path(*file), "imported");
        if target.copies() {
            draft.copy(files, files.path(*file), &path);
        }
        places.push(path);
    }
    remarks(&mut draft, &model, &path, files);
    let [people, containers, components, dependencies] = built.counts;
    draft.count(people, "person");
    draft.count(containers, "container");
    draft.count(components, "component");
    draft.count(dependencies, "dependency");
    draft.system =
        built.system.map(|(id, name)| (id, Some(name))).or_else(|| model.name.map(|name| (crate::foreign::slug(&name), Some(name))));
    draft.sections.put("dependencies", built.dependencies);
    let mut architecture = built.architecture;
    architecture.put("workspace", places);
    draft.sections.put("architecture", architecture);
    draft.notes = notes.finish();
    draft
}

/// Reads a workspace in whichever form it has.
fn read(files: &FileSet, file: FileId, notes: &mut Notes) -> Model {
    let is_json = files.path(file).ends_with(".json") || files.bytes(file).iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if is_json {
        let mut model = documents(files, file, notes).first().map(|node| json::read(node, notes)).unwrap_or_default();
        model.files = vec![file];
        model
    } else {
        dsl::read(files, file, notes)
    }
}

/// Ids that relations could mean instead of an imported one.
fn taken(spec: &Spec) -> Vec<String> {
    use charter_spec::SectionName::{Architecture, DataSets, Dependencies, Features, Models, Providers, Routes, Stakeholders};
    let sections = [Architecture, DataSets, Dependencies, Features, Models, Providers, Routes, Stakeholders];
    sections.into_iter().flat_map(|section| spec.declared(section)).map(|(id, _)| id.as_str().to_owned()).collect()
}

/// Says at the top where the document is and what of it only stands there.
fn remarks(draft: &mut Draft, model: &Model, path: &str, files: &FileSet) {
    draft.remarks.push(format!("Imported from `{path}`."));
    if model.kept.is_empty() {
        return;
    }
    draft.remarks.push("What has no place in a charter stays there:".to_owned());
    for (what, span) in model.kept.iter().take(40) {
        let (first, last) = (files.position(span.file, span.start), files.position(span.file, span.end.saturating_sub(1)));
        let lines = if first.line == last.line { format!("line {}", first.line) } else { format!("lines {} to {}", first.line, last.line) };
        draft.remarks.push(format!("- {what} ({lines})"));
    }
    if model.kept.len() > 40 {
        draft.remarks.push(format!("- and {} more", model.kept.len() - 40));
    }
}

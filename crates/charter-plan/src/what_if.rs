//! What changes in the figures of a charter when it says something else.
//!
//! Putting other values in place belongs to the reader; what rules find belongs to lint.

use crate::explain::{explain, explain_section};
use crate::resolved::Resolved;
use crate::standing::StatusLine;
use charter_spec::{FileSet, SectionName};
use serde::Serialize;
use std::collections::HashMap;

/// A derived figure under its name: `capacity.fraud: replicas`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NamedFigure {
    pub name: String,
    pub value: f64,
    pub unit: String,
    /// As people write it: `8 replicas`.
    pub text: String,
}

/// A figure that is another one now; `None` on the side where there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    pub name: String,
    pub unit: String,
    pub before: Option<f64>,
    pub after: Option<f64>,
    pub before_text: Option<String>,
    pub after_text: Option<String>,
}

/// A requirement that arithmetic or evidence judges otherwise now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Turn {
    pub requirement: String,
    pub before: String,
    pub after: String,
    pub reason: String,
}

/// Every figure that follows from a charter, once, in reading order.
pub fn figures(resolved: &Resolved, files: &FileSet) -> Vec<NamedFigure> {
    let mut elements: Vec<_> = resolved.index.elements().collect();
    elements.sort_by_key(|element| (element.section, resolved.index.place(element)));
    // Figures of elements are told where they are, not once more with their section.
    let alone = [SectionName::Load, SectionName::Capacity, SectionName::Cost, SectionName::Team];
    let whole = alone.iter().filter_map(|section| explain_section(resolved, files, *section));
    let told_elsewhere =
        |title: &str| title.ends_with(": replicas") || resolved.index.named(title).is_some_and(|element| !element.is_whole());
    let each = elements.into_iter().filter_map(|element| explain(resolved, None, files, &element.to_string()).ok());
    let mut seen = std::collections::HashSet::new();
    let mut figures = Vec::new();
    for explanation in whole.chain(each) {
        let id = explanation.id;
        for section in explanation.sections {
            let Some(value) = section.figure else { continue };
            if id == "cost" && told_elsewhere(&section.title) || id == "capacity" && told_elsewhere(&section.title) {
                continue;
            }
            let qualified = section.title.contains('.') || section.title.starts_with(&id);
            let name = if qualified { section.title } else { format!("{id}: {}", section.title) };
            if seen.insert(name.clone()) {
                figures.push(NamedFigure { name, value, unit: section.unit, text: section.result });
            }
        }
    }
    figures
}

/// What is another figure after than before, in the order of `after`, then what is gone.
pub fn changes(before: &[NamedFigure], after: &[NamedFigure]) -> Vec<Change> {
    let old: HashMap<&str, &NamedFigure> = before.iter().map(|figure| (figure.name.as_str(), figure)).collect();
    let new: HashMap<&str, &NamedFigure> = after.iter().map(|figure| (figure.name.as_str(), figure)).collect();
    let change = |old: Option<&NamedFigure>, new: Option<&NamedFigure>| Change {
        name: new.or(old).map_or_else(String::new, |figure| figure.name.clone()),
        unit: new.or(old).map_or_else(String::new, |figure| figure.unit.clone()),
        before: old.map(|figure| figure.value),
        after: new.map(|figure| figure.value),
        before_text: old.map(|figure| figure.text.clone()),
        after_text: new.map(|figure| figure.text.clone()),
    };
    let differ = |old: &NamedFigure, new: &NamedFigure| old.unit != new.unit || old.value.to_bits() != new.value.to_bits();
    let changed = after.iter().filter_map(|figure| match old.get(figure.name.as_str()) {
        Some(known) => differ(known, figure).then(|| change(Some(known), Some(figure))),
        None => Some(change(None, Some(figure))),
    });
    let gone = before.iter().filter(|figure| !new.contains_key(figure.name.as_str())).map(|figure| change(Some(figure), None));
    changed.chain(gone).collect()
}

/// Requirements whose standing is another one.
pub fn turns(before: &[StatusLine], after: &[StatusLine]) -> Vec<Turn> {
    let old: HashMap<&str, &StatusLine> = before.iter().map(|line| (line.requirement.as_str(), line)).collect();
    let turned = |line: &&StatusLine| old.get(line.requirement.as_str()).is_none_or(|known| known.standing != line.standing);
    after
        .iter()
        .filter(turned)
        .map(|line| Turn {
            requirement: line.requirement.clone(),
            before: old.get(line.requirement.as_str()).map_or("", |known| known.standing.name()).to_owned(),
            after: line.standing.name().to_owned(),
            reason: line.reason.clone(),
        })
        .collect()
}

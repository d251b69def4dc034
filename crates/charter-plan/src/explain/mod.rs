//! Where a number comes from: the derivation of anything in a charter, with the places of its inputs.
//!
//! Pages of rules belong to lint, pages of codes to their tables.

mod element;
mod latency;
mod moving;
mod nearest;
mod requirement;
mod served;
mod text;
mod whole;

pub(crate) use nearest::{nearest, nearest_word};
pub(crate) use served::guards;

use crate::arithmetic::capacity::bytes;
use crate::arithmetic::derivation::{number, percent, significant};
use crate::plan::Plan;
use crate::resolved::{Element, Figure, Resolved};
use charter_spec::{FileSet, SectionName, Span};
use serde::Serialize;

/// Everything that is known about one id.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// As asked.
    pub id: String,
    /// What it is: `routes.fraud`.
    pub title: String,
    pub sections: Vec<Section>,
}

/// One figure or fact.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Section {
    /// `replicas`, `latency budget`.
    pub title: String,
    /// The result, as people write it: `8 replicas`; empty for a list of facts.
    pub result: String,
    /// The value by itself, in `unit`.
    pub figure: Option<f64>,
    pub unit: String,
    /// The arithmetic, line by line.
    pub steps: Vec<String>,
    /// What it rests on besides the figures given: `there is one copy (capacity.storage.x.replication would settle it)`.
    pub assumptions: Vec<String>,
    /// Where its inputs are written.
    pub places: Vec<Place>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The path of the input: `load.peak`.
    pub name: String,
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// An id that nothing has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unknown {
    pub id: String,
    /// Ids that may be meant, the likeliest first.
    pub nearest: Vec<String>,
}

/// Most places and lines that a section shows.
const SHOWN_MAX: usize = 40;

/// What is gathered about an id.
pub(crate) struct Explainer<'a> {
    pub(crate) resolved: &'a Resolved,
    pub(crate) plan: Option<&'a Plan>,
    files: &'a FileSet,
    sections: Vec<Section>,
}

/// Explains an id, bare (`fraud`) or qualified (`capacity.fraud`), a figure (`cost.total`, `load.peak`), or a section (`latency`).
///
/// The plan adds what only it knows, such as shares of rungs; without one the charter's own figures are told.
///
/// # Errors
/// Nothing has that id; the nearest ones are suggested.
pub fn explain(resolved: &Resolved, plan: Option<&Plan>, files: &FileSet, id: &str) -> Result<Explanation, Unknown> {
    let mut explainer = Explainer { resolved, plan, files, sections: Vec::new() };
    let title = explainer.named(id.trim()).ok_or_else(|| Unknown { id: id.to_owned(), nearest: nearest::nearest(resolved, id) })?;
    Ok(Explanation { id: id.to_owned(), title, sections: explainer.sections })
}

/// A section as a whole, whatever else has its name; `None` when nothing is derived from it.
pub(crate) fn explain_section(resolved: &Resolved, files: &FileSet, section: SectionName) -> Option<Explanation> {
    let mut explainer = Explainer { resolved, plan: None, files, sections: Vec::new() };
    let id = section.key().to_owned();
    explainer.whole(section).then(|| Explanation { title: id.clone(), id, sections: explainer.sections })
}

impl Explainer<'_> {
    fn named(&mut self, id: &str) -> Option<String> {
        if let Some((section, name)) = id.split_once('.') {
            let section = SectionName::from_key(section)?;
            if self.figure_of(section, name) {
                return Some(id.to_owned());
            }
            let element = Element { section, id: charter_spec::Id::new(name).ok()? };
            let declared = self.resolved.index.place(&element).is_some();
            return declared.then(|| {
                self.element(&element);
                id.to_owned()
            });
        }
        let found: Vec<Element> = self.resolved.index.all(id).collect();
        if !found.is_empty() {
            let names: Vec<String> = found.iter().map(ToString::to_string).collect();
            found.iter().for_each(|element| self.element(element));
            return Some(names.join(", "));
        }
        let section = SectionName::from_key(id)?;
        self.whole(section).then(|| id.to_owned())
    }

    /// Adds a section for a figure, when there is one.
    pub(crate) fn figure(&mut self, title: &str, figure: Option<&Figure>) {
        let Some(figure) = figure else { return };
        let unit = figure.derivation.unit.as_str();
        let mut section = Section {
            title: title.to_owned(),
            result: shown(figure.value(), unit),
            figure: Some(figure.value()),
            unit: unit.to_owned(),
            steps: figure.derivation.steps.clone(),
            ..Section::default()
        };
        section.assumptions =
            figure.assumptions.iter().map(|assumption| format!("{} ({} would settle it)", assumption.text, assumption.asks)).collect();
        section.places = figure.inputs.iter().take(SHOWN_MAX).map(|input| self.place(&input.name, input.span)).collect();
        self.push(section);
    }

    /// Adds a section of facts.
    pub(crate) fn facts(&mut self, title: &str, mut steps: Vec<String>, places: Vec<(String, Span)>) {
        if steps.is_empty() {
            return;
        }
        if steps.len() > SHOWN_MAX {
            let more = steps.len() - SHOWN_MAX;
            steps.truncate(SHOWN_MAX);
            steps.push(format!("and {more} more"));
        }
        let places = places.iter().take(SHOWN_MAX).map(|(name, span)| self.place(name, *span)).collect();
        self.push(Section { title: title.to_owned(), steps, places, ..Section::default() });
    }

    /// Two elements of one id may have the same to say.
    fn push(&mut self, section: Section) {
        if !self.sections.contains(&section) {
            self.sections.push(section);
        }
    }

    fn place(&self, name: &str, span: Span) -> Place {
        let position = self.files.position(span.file, span.start);
        Place { name: name.to_owned(), file: self.files.path(span.file).to_owned(), line: position.line, column: position.column }
    }
}

/// A value as people write it.
pub(crate) fn shown(value: f64, unit: &str) -> String {
    if !value.is_finite() {
        return "more than anything can be".to_owned();
    }
    match unit {
        "bytes" => bytes(value),
        "ratio" => percent(value),
        "" => number(value),
        unit if value.abs() < 0.01 => format!("{} {unit}", significant(value)),
        unit => format!("{} {unit}", number(value)),
    }
}

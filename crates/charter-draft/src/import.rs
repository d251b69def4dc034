//! What every import starts from and gives.

use crate::document::{Map, Value, remarks, write};
use charter_spec::{Diagnostic, FileSet, Severity, Spec};
use std::collections::BTreeMap;

/// Where an import goes.
#[derive(Clone, Debug, Default)]
pub struct Target<'s> {
    /// The charter that it is added to.
    pub spec: Option<&'s Spec>,
    /// The folder of the sources seen from the charter's, `docs/adr`, when they lie inside it and are named where they are; otherwise they are copied.
    pub home: Option<String>,
}

impl Target<'_> {
    /// The path of a source as the charter names it; a copy goes to a folder of its kind.
    pub(crate) fn place(&self, path: &str, folder: &str) -> String {
        match &self.home {
            Some(home) if home.is_empty() => path.to_owned(),
            Some(home) => format!("{home}/{path}"),
            None => format!("{folder}/{path}"),
        }
    }

    /// Whether sources are copied.
    pub(crate) fn copies(&self) -> bool {
        self.home.is_none()
    }
}

/// What an import gives: sections to be written, files to be put beside them, and everything that is to be said about it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Sections in reading order, without a head.
    pub sections: Map,
    /// Files by path from the charter's folder: copies of sources, and contracts that were made.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What was not understood, guessed, or left out, each with its place.
    pub notes: Vec<Diagnostic>,
    /// How many elements of each kind there are: `(12, "decision")`.
    pub counts: Vec<(usize, &'static str)>,
    /// The system that the sources are about, where they say so: its id and its name.
    pub system: Option<(String, Option<String>)>,
    /// Lines that the document starts with, as comments.
    pub remarks: Vec<String>,
}

impl Draft {
    pub(crate) fn count(&mut self, number: usize, what: &'static str) {
        if number > 0 {
            self.counts.push((number, what));
        }
    }

    /// Puts a copy of a source where the charter names it.
    pub(crate) fn copy(&mut self, files: &FileSet, from: &str, to: &str) {
        if from != to
            && let Some(bytes) = files.get(from)
        {
            self.files.insert(to.to_owned(), bytes.to_vec());
        }
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    /// How many notes of a severity there are.
    pub fn noted(&self, severity: Severity) -> usize {
        self.notes.iter().filter(|note| note.severity == severity).count()
    }

    /// `12 decisions, 3 stakeholders`.
    pub fn summary(&self) -> String {
        let plural = |(number, what): &(usize, &'static str)| match (*number, what.strip_suffix('y')) {
            (number, _) if *what == "person" && number != 1 => format!("{number} people"),
            (1, _) => format!("1 {what}"),
            (number, Some(stem)) => format!("{number} {stem}ies"),
            (number, None) => format!("{number} {what}s"),
        };
        self.counts.iter().map(plural).collect::<Vec<_>>().join(", ")
    }

    /// The sections as a part of a charter, for `include:`.
    pub fn part(&self) -> String {
        format!("{}{}", remarks(&self.remarks), write(&self.sections))
    }

    /// The sections as a charter of their own.
    pub fn charter(&self, system: &str, title: Option<&str>) -> String {
        let mut head = Map::new().with("charter", Value::Raw("1".to_owned())).with("system", system);
        head.put_some("title", title);
        let sections = write(&self.sections);
        let between = if sections.is_empty() { "" } else { "\n" };
        format!("{}{}{between}{sections}", remarks(&self.remarks), write(&head))
    }
}

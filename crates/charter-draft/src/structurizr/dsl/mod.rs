//! From statements of the DSL to the model: what a statement is. How an element, a relation or another file is read has a file of its own.

mod element;
mod include;
mod names;
mod relation;
mod text;

use super::model::{FOLLOWS, Home, Kind, Model, Relation};
use super::tree::{Statement, Token, statements};
use crate::foreign::{Code, Notes, short, text_of};
use charter_spec::{FileId, FileSet, Span};
use std::cell::Cell;
use std::collections::HashMap;

/// What becomes of a statement that stays in the document.
const WRITTEN_BACK: &str = "an export to Structurizr writes it back";

/// A relation before the names of its ends are known.
struct Pending {
    from: End,
    to: End,
    identifier: String,
    words: Vec<String>,
    tags: Vec<String>,
    lines: Vec<String>,
    span: Span,
    /// Where names are looked up first.
    scope: Option<usize>,
}

enum End {
    Known(usize),
    Named(Token),
}

/// Where a statement stands.
#[derive(Clone, Debug, Default)]
struct Place {
    element: Option<usize>,
    group: Option<String>,
}

pub(super) struct Reader<'f, 'n> {
    files: &'f FileSet,
    notes: &'n mut Notes,
    model: Model,
    pending: Vec<Pending>,
    by_path: HashMap<String, usize>,
    /// The last part of each path; `None` where several elements share it.
    by_name: HashMap<String, Option<usize>>,
    constants: HashMap<String, String>,
    archetypes: HashMap<String, (String, Vec<Statement>)>,
    /// What every element of a kind is given.
    usual: HashMap<String, Vec<Statement>>,
    /// Whether that is being read: it is written back once, not for every element.
    is_usual: bool,
    read: Vec<FileId>,
    /// Files that are being read, from the first to the innermost.
    chain: usize,
    views: Vec<Token>,
    /// Whether it is told that there is no room for more texts.
    is_full: bool,
    /// Relations so far that lead nowhere.
    dangling: usize,
    /// Bytes that constants have brought.
    filled: Cell<usize>,
    /// Whether a constant was not put in.
    is_overfull: Cell<bool>,
}

/// Reads the workspace of a file, with what it includes and extends from the same set.
pub(super) fn read(files: &FileSet, file: FileId, notes: &mut Notes) -> Model {
    let mut reader = Reader {
        files,
        notes,
        model: Model::default(),
        pending: Vec::new(),
        by_path: HashMap::new(),
        by_name: HashMap::new(),
        constants: HashMap::new(),
        archetypes: HashMap::new(),
        usual: HashMap::new(),
        is_usual: false,
        read: Vec::new(),
        chain: 0,
        views: Vec::new(),
        is_full: false,
        dangling: 0,
        filled: Cell::new(0),
        is_overfull: Cell::new(false),
    };
    let statements = reader.file(file);
    for statement in &statements {
        reader.top(statement, file);
    }
    reader.finish()
}

impl Reader<'_, '_> {
    fn file(&mut self, file: FileId) -> Vec<Statement> {
        self.read.push(file);
        match text_of(self.files, file, self.notes) {
            Some((text, base)) => statements(text, file, base, self.notes),
            None => Vec::new(),
        }
    }

    fn top(&mut self, statement: &Statement, file: FileId) {
        match statement.word(0).as_str() {
            "workspace" => {
                let mut words = 1;
                if statement.word(1) == "extends" {
                    words = 3;
                    self.extends(statement, file);
                }
                self.model.span = statement.span;
                self.model.name = statement.text(words).map(|text| self.filled(text)).or(self.model.name.take());
                self.model.about = statement.text(words + 1).map(|text| self.filled(text)).or(self.model.about.take());
                for inner in &statement.inner {
                    self.workspace(inner, file);
                }
            }
            "model" => self.body(&statement.inner, &Place::default(), file),
            // A part that is read on its own: the inside of a model.
            _ => self.statement(statement, &Place::default(), file),
        }
    }

    fn workspace(&mut self, statement: &Statement, file: FileId) {
        match statement.word(0).as_str() {
            "name" => self.model.name = statement.text(1).map(|text| self.filled(text)),
            "description" => self.model.about = statement.text(1).map(|text| self.filled(text)),
            "model" => self.body(&statement.inner, &Place::default(), file),
            "views" => self.views(statement, file),
            "configuration" | "properties" | "branding" | "terminology" | "!docs" | "!adrs" | "!decisions" => {
                self.keep(statement, Home::Workspace)
            }
            _ => self.statement(statement, &Place::default(), file),
        }
    }

    /// Views stay in the document; whom they are about says which system is ours.
    fn views(&mut self, statement: &Statement, file: FileId) {
        // What our own export draws is drawn again.
        if statement.inner.is_empty() || statement.inner.iter().any(|view| !self.follows(view)) {
            let is_whole = self.has_room(statement.inner.len());
            self.kept(statement, is_whole);
        }
        self.each_view(&statement.inner, file);
    }

    fn each_view(&mut self, views: &[Statement], file: FileId) {
        for view in views {
            if self.follows(view) {
                continue;
            }
            if view.word(0) == "!include" {
                for (other, statements) in self.included(view, file) {
                    self.chain += 1;
                    self.each_view(&statements, other);
                    self.chain -= 1;
                }
                continue;
            }
            if matches!(view.word(0).as_str(), "systemcontext" | "container") {
                self.views.extend(view.tokens.get(1).cloned());
            }
            self.text(view, Home::Views);
        }
    }

    fn follows(&self, statement: &Statement) -> bool {
        self.written(statement).lines().nth(1).is_some_and(|line| line.trim() == FOLLOWS)
    }

    /// Says that a statement stays in the document, and keeps it as it is written for an export.
    fn keep(&mut self, statement: &Statement, home: Home) {
        let is_whole = self.text(statement, home);
        self.kept(statement, is_whole);
    }

    /// Says that a statement stays in the document; `is_whole` where an export has all of it.
    fn kept(&mut self, statement: &Statement, is_whole: bool) {
        let words: Vec<&str> = statement.tokens.iter().take(3).map(|token| token.text.as_str()).collect();
        let words = short(&words.join(" "));
        let message = format!("`{words}` is kept in the document only");
        self.stays(statement.span, message, is_whole);
        self.model.kept.push((words, statement.whole()));
    }

    fn stays(&mut self, span: Span, message: String, is_whole: bool) {
        if is_whole {
            self.notes.help(Code::Kept, span, message, WRITTEN_BACK);
        } else {
            self.notes.push(Code::Kept, span, message);
        }
    }

    fn body(&mut self, inner: &[Statement], place: &Place, file: FileId) {
        for statement in inner {
            self.statement(statement, place, file);
        }
    }

    fn statement(&mut self, statement: &Statement, place: &Place, file: FileId) {
        if statement.tokens.is_empty() {
            return self.body(&statement.inner, place, file);
        }
        let arrow = statement.tokens.iter().take(4).position(is_arrow);
        if let Some(arrow) = arrow {
            return self.relation(statement, arrow, place);
        }
        let assigned = statement.tokens.get(1).is_some_and(|token| !token.quoted && token.text == "=");
        let (name, at) = if assigned { (statement.tokens.first(), 2) } else { (None, 0) };
        let word = statement.word(at);
        if let Some(kind) = self.kind(&word) {
            return self.element(statement, name, at, &word, kind, place, file);
        }
        let base = self.base(&word).to_owned();
        match (base.as_str(), place.element) {
            ("group" | "enterprise", _) => {
                let own = statement.text(at + 1).map(|text| self.filled(text));
                let group = match (&place.group, own) {
                    (Some(outer), Some(own)) => Some(format!("{outer}/{own}")),
                    (outer, own) => own.or_else(|| outer.clone()),
                };
                self.body(&statement.inner, &Place { group, element: place.element }, file);
            }
            (detail, Some(element)) if element::is_detail(detail) => self.detail(statement, &word, element),
            ("!identifiers", _) => self.model.is_hierarchical = statement.word(1) == "hierarchical",
            ("!include", _) => self.include(statement, place, file),
            ("!const" | "!constant" | "!var", _) => {
                if let (Some(name), Some(value)) = (statement.text(1), statement.text(2)) {
                    self.model.constants.push((name.to_owned(), value.to_owned()));
                    let value = self.filled(value);
                    self.constants.insert(name.to_owned(), value);
                }
            }
            ("!ref" | "!element" | "!extend", _) => self.reopened(statement, at, place, file),
            ("!impliedrelationships", _) => {
                self.text(statement, Home::Head);
            }
            ("archetypes", None) => {
                self.archetypes(&statement.inner);
                self.text(statement, Home::Head);
            }
            (_, Some(element)) => self.keep(statement, Home::Element(element)),
            _ => self.keep(statement, Home::Model),
        }
    }

    /// The word of the language that a word stands for. An archetype stands on one that was known before it, so this ends.
    fn base<'w>(&'w self, word: &'w str) -> &'w str {
        let mut word = word;
        while let Some((base, _)) = self.archetypes.get(word) {
            word = base;
        }
        word
    }

    fn kind(&self, word: &str) -> Option<Kind> {
        match self.base(word) {
            "person" => Some(Kind::Person),
            "softwaresystem" => Some(Kind::System),
            "container" => Some(Kind::Container),
            "component" => Some(Kind::Component),
            "element" => Some(Kind::Custom),
            _ => None,
        }
    }

    /// `!element bank { … }`: more about an element that is there.
    fn reopened(&mut self, statement: &Statement, at: usize, place: &Place, file: FileId) {
        let Some(token) = statement.tokens.get(at + 1) else { return };
        match self.find(&token.text, place.element) {
            Some(element) => self.body(&statement.inner, &Place { element: Some(element), group: None }, file),
            None => {
                let message =
                    format!("`{}` is no element of this model; what is said of it is kept in the document only", short(&token.text));
                let is_whole = self.text(statement, Home::Model);
                self.stays(token.span, message, is_whole);
                self.model.kept.push((short(&token.text), statement.whole()));
            }
        }
    }

    fn finish(mut self) -> Model {
        for pending in std::mem::take(&mut self.pending) {
            let mut end = |end: End| match end {
                End::Known(at) => Some(at),
                End::Named(token) => {
                    let found = self.find(&token.text, pending.scope);
                    if found.is_none() {
                        self.dangling(&token);
                    }
                    found
                }
            };
            let (Some(from), Some(to)) = (end(pending.from), end(pending.to)) else {
                self.model.kept.push(("a relation".to_owned(), pending.span));
                continue;
            };
            let mut words = pending.words.into_iter().map(|word| Some(word).filter(|word| !word.is_empty()));
            let (verb, technology) = (words.next().flatten(), words.next().flatten());
            let (identifier, lines) = (pending.identifier, pending.lines);
            let tags = pending.tags.into_iter().filter(|tag| !tag.trim().is_empty()).collect();
            self.model.relations.push(Relation { from, to, identifier, verb, technology, tags, lines, span: pending.span });
        }
        if self.is_overfull.get() {
            let message = "constants make the texts of this workspace too long; some stay as they are written";
            self.notes.push(Code::Limit, self.model.span, message);
        }
        self.model.files = std::mem::take(&mut self.read);
        for token in std::mem::take(&mut self.views) {
            self.model.viewed.extend(self.find(&token.text, None));
        }
        self.model
    }
}

fn is_arrow(token: &Token) -> bool {
    !token.quoted && token.text.ends_with("->") && token.text.starts_with('-')
}

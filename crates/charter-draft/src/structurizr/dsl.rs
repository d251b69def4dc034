//! From statements of the DSL to the model.

use super::model::{ELEMENTS_MAX, Element, Kind, Model, RELATIONS_MAX, Relation};
use super::tree::{Statement, Token, statements};
use crate::foreign::{Code, Notes, short, text_of};
use charter_spec::{FileId, FileSet, Span};
use std::collections::HashMap;

/// Most files that includes bring.
const FILES_MAX: usize = 256;
/// Longest chain of files that include each other.
const CHAIN_MAX: usize = 16;

/// A relation before the names of its ends are known.
struct Pending {
    from: End,
    to: End,
    words: Vec<String>,
    tags: Vec<String>,
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
    hierarchical: bool,
    read: Vec<FileId>,
    /// Files that are being read, from the first to the innermost.
    chain: usize,
    views: Vec<Token>,
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
        hierarchical: false,
        read: Vec::new(),
        chain: 0,
        views: Vec::new(),
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

    fn extends(&mut self, statement: &Statement, file: FileId) {
        let Some(token) = statement.tokens.get(2) else { return };
        match self.beside(file, &token.text) {
            Some(other) if !self.read.contains(&other) && self.chain < CHAIN_MAX => {
                self.chain += 1;
                for statement in self.file(other) {
                    self.top(&statement, other);
                }
                self.chain -= 1;
            }
            _ => {
                let message = format!("`{}` is not among the files of this import, so what it says is missing", short(&token.text));
                self.notes.help(Code::Dangling, token.span, message, "import the folder that holds it");
            }
        }
    }

    fn workspace(&mut self, statement: &Statement, file: FileId) {
        match statement.word(0).as_str() {
            "name" => self.model.name = statement.text(1).map(|text| self.filled(text)),
            "description" => self.model.about = statement.text(1).map(|text| self.filled(text)),
            "model" => self.body(&statement.inner, &Place::default(), file),
            "views" => self.views(statement),
            "configuration" | "properties" | "branding" | "terminology" => self.keep(statement),
            _ => self.statement(statement, &Place::default(), file),
        }
    }

    /// Views stay in the document; whom they are about says which system is ours.
    fn views(&mut self, statement: &Statement) {
        for view in &statement.inner {
            if matches!(view.word(0).as_str(), "systemcontext" | "container") {
                self.views.extend(view.tokens.get(1).cloned());
            }
        }
        self.keep(statement);
    }

    fn keep(&mut self, statement: &Statement) {
        let words: Vec<&str> = statement.tokens.iter().take(3).map(|token| token.text.as_str()).collect();
        let words = short(&words.join(" "));
        self.notes.push(Code::Kept, statement.span, format!("`{words}` is kept in the document only"));
        self.model.kept.push((words, statement.whole()));
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
            ("description" | "technology" | "tags" | "tag" | "url" | "properties" | "name", Some(element)) => {
                self.detail(statement, &word, element)
            }
            ("!identifiers", _) => self.hierarchical = statement.word(1) == "hierarchical",
            ("!include", _) => self.include(statement, place, file),
            ("!const" | "!constant" | "!var", _) => {
                if let (Some(name), Some(value)) = (statement.text(1), statement.text(2)) {
                    let value = self.filled(value);
                    self.constants.insert(name.to_owned(), value);
                }
            }
            ("!ref" | "!element" | "!extend", _) => self.reopened(statement, at, place, file),
            ("!impliedrelationships", _) => {}
            ("archetypes", None) => self.archetypes(&statement.inner),
            _ => self.keep(statement),
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

    /// Words of the author's own for elements with common settings: `springBoot = container { technology "Spring Boot" }`.
    fn archetypes(&mut self, inner: &[Statement]) {
        for statement in inner {
            if statement.tokens.get(1).is_some_and(|token| token.text == "=") && self.archetypes.len() < 1_000 {
                let (name, base) = (statement.word(0), statement.word(2));
                // A word that stands on itself, or on one that comes later, would lead round in a circle.
                let stands = self.base(&base) == "group" || self.kind(&base).is_some();
                if base == "->"
                    || base.starts_with("--")
                    || (name != base && stands && self.kind(&name).is_none() && !self.archetypes.contains_key(&name))
                {
                    self.archetypes.insert(name, (base, statement.inner.clone()));
                    continue;
                }
            }
            if let Some(kind) = self.kind(&statement.word(0)).filter(|_| !statement.inner.is_empty()) {
                self.notes.push(
                    Code::Kept,
                    statement.span,
                    format!("defaults for every {kind:?} are kept in the document only").to_lowercase(),
                );
                self.model.kept.push((short(&statement.word(0)), statement.whole()));
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "a statement is read with all that is known of it")]
    fn element(&mut self, statement: &Statement, name: Option<&Token>, at: usize, word: &str, kind: Kind, place: &Place, file: FileId) {
        if self.model.elements.len() >= ELEMENTS_MAX {
            self.notes.push(Code::Limit, statement.span, format!("an import takes {ELEMENTS_MAX} elements; this one is left out"));
            return;
        }
        let title = statement.text(at + 1).map(|text| self.filled(text)).unwrap_or_else(|| "unnamed".to_owned());
        let mut element = Element::new(kind, &title, statement.span);
        element.group = place.group.clone();
        element.parent = place.element;
        let parent_kind = place.element.and_then(|at| self.model.elements.get(at)).map(|parent| parent.kind);
        let fits = matches!(
            (kind, parent_kind),
            (Kind::Container, Some(Kind::System)) | (Kind::Component, Some(Kind::Container)) | (Kind::Custom, _)
        ) || (matches!(kind, Kind::Person | Kind::System) && parent_kind.is_none());
        if !fits {
            let message = format!("`{}` cannot stand here and is kept in the document only", short(&title));
            self.notes.push(Code::Kept, statement.span, message);
            self.model.kept.push((short(&title), statement.whole()));
            return;
        }
        let mut words = statement.tokens.iter().skip(at + 2).map(|token| self.filled(token.text.trim()));
        element.about = words.next().filter(|text| !text.is_empty());
        if matches!(kind, Kind::Container | Kind::Component) {
            element.technology = words.next().filter(|text| !text.is_empty());
        }
        let tags: Vec<String> = words.collect();
        tags.iter().for_each(|tags| element.add_tags(tags));
        let own = name.map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
        let prefix =
            place.element.and_then(|at| self.model.elements.get(at)).map(|parent| parent.path.clone()).filter(|path| !path.is_empty());
        element.path = match prefix {
            Some(prefix) if !own.is_empty() => format!("{prefix}.{own}"),
            _ => own.clone(),
        };
        let id = self.model.elements.len();
        if !own.is_empty() {
            self.by_path.entry(element.path.clone()).or_insert(id);
            self.by_name.entry(own).and_modify(|known| *known = None).or_insert(Some(id));
        }
        self.model.elements.push(element);
        let defaults = self.defaults(word);
        let inside = Place { element: Some(id), group: None };
        self.body(&defaults, &inside, file);
        self.body(&statement.inner, &inside, file);
    }

    /// What an archetype says of every element of its kind.
    fn defaults(&self, word: &str) -> Vec<Statement> {
        let mut found = Vec::new();
        let mut word = word.to_owned();
        // An archetype stands on one that was known before it, so this ends.
        while let Some((base, inner)) = self.archetypes.get(&word) {
            found.splice(0..0, inner.iter().cloned());
            word = base.clone();
        }
        found
    }

    fn detail(&mut self, statement: &Statement, word: &str, at: usize) {
        let texts: Vec<String> =
            statement.tokens.iter().skip(1).map(|token| self.filled(token.text.trim())).filter(|text| !text.is_empty()).collect();
        let properties: Vec<(String, String)> =
            statement.inner.iter().filter_map(|pair| Some((self.filled(pair.text(0)?), self.filled(pair.text(1)?)))).collect();
        let Some(element) = self.model.elements.get_mut(at) else { return };
        let first = texts.first().cloned();
        match word {
            "name" => element.name = first.unwrap_or_else(|| element.name.clone()),
            "description" => element.about = first.or(element.about.take()),
            "technology" => element.technology = first.or(element.technology.take()),
            "url" => element.url = first.or(element.url.take()),
            "properties" => element.properties.extend(properties),
            _ => texts.iter().for_each(|tags| element.add_tags(tags)),
        }
    }

    fn relation(&mut self, statement: &Statement, arrow: usize, place: &Place) {
        // `id = a -> b "words"`, `a -> b`, or `-> b` inside an element.
        let before = statement.tokens.get(..arrow).unwrap_or_default();
        let source = before.last().filter(|token| token.text != "=");
        let Some(target) = statement.tokens.get(arrow + 1) else {
            self.notes.push(Code::Unreadable, statement.span, "this relation leads nowhere");
            return;
        };
        let from = match (source, place.element) {
            (Some(token), Some(element)) if token.text.eq_ignore_ascii_case("this") => End::Known(element),
            (Some(token), _) => End::Named(token.clone()),
            (None, Some(element)) => End::Known(element),
            (None, None) => {
                self.notes.push(Code::Unreadable, statement.span, "this relation starts nowhere");
                return;
            }
        };
        let to = match place.element {
            Some(element) if target.text.eq_ignore_ascii_case("this") => End::Known(element),
            _ => End::Named(target.clone()),
        };
        if self.pending.len() >= RELATIONS_MAX {
            self.notes.push(Code::Limit, statement.span, format!("an import takes {RELATIONS_MAX} relations; this one is left out"));
            return;
        }
        let mut words: Vec<String> = statement.tokens.iter().skip(arrow + 2).map(|token| self.filled(token.text.trim())).collect();
        let mut tags: Vec<String> = words.split_off(words.len().min(2));
        let kind = statement
            .tokens
            .get(arrow)
            .map(|token| token.text.trim_start_matches('-').trim_end_matches("->").to_ascii_lowercase())
            .unwrap_or_default();
        let mut details = self.archetypes.get(&kind).map(|(_, inner)| inner.clone()).unwrap_or_default();
        details.extend(statement.inner.iter().cloned());
        for detail in &details {
            let text = detail.text(1).map(|text| self.filled(text));
            match (detail.word(0).as_str(), text) {
                ("description", Some(text)) => set(&mut words, 0, text),
                ("technology", Some(text)) => set(&mut words, 1, text),
                ("tags" | "tag", _) => tags.extend(detail.tokens.iter().skip(1).map(|token| token.text.clone())),
                _ => self.keep(detail),
            }
        }
        self.pending.push(Pending { from, to, words, tags, span: statement.span, scope: place.element });
    }

    /// `!element bank { … }`: more about an element that is there.
    fn reopened(&mut self, statement: &Statement, at: usize, place: &Place, file: FileId) {
        let Some(token) = statement.tokens.get(at + 1) else { return };
        match self.find(&token.text, place.element) {
            Some(element) => self.body(&statement.inner, &Place { element: Some(element), group: None }, file),
            None => {
                self.dangling(token);
                self.model.kept.push((short(&token.text), statement.whole()));
            }
        }
    }

    fn include(&mut self, statement: &Statement, place: &Place, file: FileId) {
        let Some(token) = statement.tokens.get(1) else { return };
        let path = self.filled(&token.text);
        let mut found: Vec<FileId> = self.beside(file, &path).into_iter().collect();
        if found.is_empty() {
            let folder = format!("{}/", joined(self.files.path(file), &path).trim_end_matches('/'));
            let inside = |known: &&str| known.starts_with(&folder) && known.ends_with(".dsl");
            found = self.files.paths().filter(inside).filter_map(|path| self.files.find(path)).collect();
        }
        if found.is_empty() {
            let message = format!("`{}` is not among the files of this import, so what it says is missing", short(&path));
            self.notes.help(Code::Dangling, token.span, message, "import the folder that holds it");
            self.model.kept.push((format!("!include {}", short(&path)), statement.span));
            return;
        }
        for other in found {
            if self.read.contains(&other) || self.read.len() >= FILES_MAX || self.chain >= CHAIN_MAX {
                self.notes.push(
                    Code::Contradiction,
                    token.span,
                    format!("`{}` is included already, or is one file too many", short(&path)),
                );
                continue;
            }
            let statements = self.file(other);
            self.chain += 1;
            for statement in &statements {
                match statement.word(0).as_str() {
                    "model" | "workspace" | "views" if place.element.is_none() => self.top_or_views(statement, other),
                    _ => self.statement(statement, place, other),
                }
            }
            self.chain -= 1;
        }
    }

    fn top_or_views(&mut self, statement: &Statement, file: FileId) {
        if statement.word(0) == "views" { self.views(statement) } else { self.top(statement, file) }
    }

    /// The file at a path relative to another one.
    fn beside(&self, file: FileId, path: &str) -> Option<FileId> {
        self.files.find(&joined(self.files.path(file), path))
    }

    /// Text with the constants that it names.
    fn filled(&self, text: &str) -> String {
        if !text.contains("${") {
            return text.to_owned();
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let Some(end) = from.find('}') else {
                rest = from;
                break;
            };
            let (name, behind) = from.split_at(end + 1);
            match self.constants.get(name.trim_start_matches("${").trim_end_matches('}')) {
                // A constant that names itself would grow without end.
                Some(value) if out.len() < 10_000 => out.push_str(value),
                _ => out.push_str(name),
            }
            rest = behind;
        }
        out.push_str(rest);
        out
    }

    /// The element of a name: as a whole path, inside the scope and what it is part of, or the only one of this name.
    fn find(&self, name: &str, scope: Option<usize>) -> Option<usize> {
        let name = name.to_ascii_lowercase();
        let mut at = scope;
        for _ in 0..8 {
            let Some(element) = at.and_then(|at| self.model.elements.get(at)) else { break };
            if let Some(found) = self.by_path.get(&format!("{}.{name}", element.path)) {
                return Some(*found);
            }
            at = element.parent;
        }
        if let Some(found) = self.by_path.get(&name) {
            return Some(*found);
        }
        self.by_name.get(&name).copied().flatten()
    }

    fn dangling(&mut self, token: &Token) {
        let known = self.by_name.keys().map(String::as_str);
        let message = format!("`{}` is no element of this workspace; the relation is kept in the document only", short(&token.text));
        match charter_spec::names::nearest(&token.text.to_ascii_lowercase(), known) {
            Some(near) => self.notes.help(Code::Dangling, token.span, message, format!("did you mean `{near}`?")),
            None => self.notes.push(Code::Dangling, token.span, message),
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
            self.model.relations.push(Relation { from, to, verb, technology, tags: pending.tags, span: pending.span });
        }
        for token in std::mem::take(&mut self.views) {
            self.model.viewed.extend(self.find(&token.text, None));
        }
        self.model
    }
}

fn set(words: &mut Vec<String>, at: usize, text: String) {
    while words.len() <= at {
        words.push(String::new());
    }
    if let Some(slot) = words.get_mut(at).filter(|slot| slot.is_empty()) {
        *slot = text;
    }
}

fn is_arrow(token: &Token) -> bool {
    !token.quoted && token.text.ends_with("->") && token.text.starts_with('-')
}

/// A path relative to the folder of a file; parts that lead up are followed as far as the set goes.
fn joined(file: &str, path: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

//! Elements, what stands in their braces, and words of the author's own for them.

use super::super::model::{ELEMENTS_MAX, Element, Home, Kind};
use super::super::tree::{Statement, Token};
use super::{Place, Reader, is_arrow};
use crate::foreign::{Code, short};
use charter_spec::FileId;

impl Reader<'_, '_> {
    /// Words of the author's own for elements with common settings: `springBoot = container { technology "Spring Boot" }`.
    pub(super) fn archetypes(&mut self, inner: &[Statement]) {
        for statement in inner {
            if statement.tokens.get(1).is_some_and(|token| token.text == "=") && self.archetypes.len() < 1_000 {
                let (name, base) = (statement.word(0), statement.word(2));
                // A word that stands on itself, or on one that comes later, would lead round in a circle.
                let stands = self.base(&base) == "group" || self.kind(&base).is_some();
                if base == "->"
                    || base.starts_with("--")
                    || (name != base && stands && self.kind(&name).is_none() && !self.archetypes.contains_key(&name))
                {
                    // What is said of a relation is read as such.
                    let is_arrow = base == "->" || base.starts_with("--");
                    let inner = if is_arrow { statement.inner.clone() } else { self.describing(&statement.inner) };
                    self.archetypes.insert(name, (base, inner));
                    continue;
                }
            }
            if let Some(kind) = self.kind(&statement.word(0)).filter(|_| !statement.inner.is_empty()) {
                let inner = self.describing(&statement.inner);
                self.usual.entry(word_of(kind).to_owned()).or_default().extend(inner);
            }
        }
    }

    /// What describes an element. Whatever else stands in an archetype is told once, and no element is given it.
    fn describing(&mut self, inner: &[Statement]) -> Vec<Statement> {
        let mut found = Vec::new();
        for statement in inner {
            let is_more = statement.tokens.iter().take(4).any(|token| is_arrow(token) || (!token.quoted && token.text == "="));
            if !is_more && (is_detail(&statement.word(0)) || statement.word(0) == "perspectives") {
                found.push(statement.clone());
            } else {
                self.kept(statement, true);
            }
        }
        found
    }

    /// Gives an element what an archetype says.
    // INVARIANT: nothing here makes an element, so an archetype that is made of itself ends.
    fn describe(&mut self, statements: &[Statement], at: usize) {
        for statement in statements {
            match statement.word(0).as_str() {
                "perspectives" => self.keep(statement, Home::Element(at)),
                word => self.detail(statement, word, at),
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "a statement is read with all that is known of it")]
    pub(super) fn element(
        &mut self,
        statement: &Statement,
        name: Option<&Token>,
        at: usize,
        word: &str,
        kind: Kind,
        place: &Place,
        file: FileId,
    ) {
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
            self.notes.help(Code::Kept, statement.span, message, "a container stands in a system, a component in a container");
            self.model.kept.push((short(&title), statement.whole()));
            return;
        }
        let mut words = statement.tokens.iter().skip(at + 2).map(|token| self.filled(token.text.trim()));
        if kind == Kind::Custom {
            // `element NAME METADATA DESCRIPTION TAGS`.
            element.technology = words.next().filter(|text| !text.is_empty());
        }
        element.about = words.next().filter(|text| !text.is_empty());
        if matches!(kind, Kind::Container | Kind::Component) {
            element.technology = words.next().filter(|text| !text.is_empty());
        }
        let tags: Vec<String> = words.collect();
        tags.iter().for_each(|tags| element.add_tags(tags));
        element.identifier = name.map(|token| token.text.clone()).unwrap_or_default();
        let own = element.identifier.to_ascii_lowercase();
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
        let inside = Place { element: Some(id), group: None };
        let usual = self.usual.get(word_of(kind)).cloned().unwrap_or_default();
        let was = std::mem::replace(&mut self.is_usual, true);
        self.describe(&usual, id);
        self.is_usual = was;
        let defaults = self.defaults(word);
        self.describe(&defaults, id);
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

    pub(super) fn detail(&mut self, statement: &Statement, word: &str, at: usize) {
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
}

/// Whether a word describes an element.
pub(super) fn is_detail(word: &str) -> bool {
    matches!(word, "description" | "technology" | "tags" | "tag" | "url" | "properties" | "name")
}

/// The word of the language for a kind, lowercase.
fn word_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => "person",
        Kind::System => "softwaresystem",
        Kind::Container => "container",
        Kind::Component => "component",
        Kind::Custom => "element",
    }
}

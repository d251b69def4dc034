//! Relations: what the charter says, with the tags and further words of the workspace that it was taken from, and what only that one says.

use super::Writer;
use crate::c4::{Kind, Relation};
use charter_draft::structurizr::{self, DERIVED_RELATION, joined};
use std::collections::{BTreeMap, HashSet};

impl Writer<'_> {
    pub(super) fn relations(&mut self) {
        let architecture = self.architecture;
        let merge = self.merge;
        let mut by_ends: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for (at, ends) in merge.ends().iter().enumerate() {
            if let Some(ids) = &ends.ids {
                by_ends.entry(ids.clone()).or_default().push(at);
            }
        }
        let mut told = HashSet::new();
        let mut done: HashSet<usize> = HashSet::new();
        for relation in &architecture.relations {
            let (from, to) = (architecture.element(relation.from), architecture.element(relation.to));
            if from.kind == Kind::Code || to.kind == Kind::Code {
                continue;
            }
            if architecture.is_within(from.id, to.id) || architecture.is_within(to.id, from.id) {
                self.out.note(
                    format!("Structurizr has no relation between `{}` and `{}`: one is a part of the other", from.key, to.key),
                    relation.span,
                );
                continue;
            }
            let known = merge.id(from.id).zip(merge.id(to.id)).and_then(|ends| by_ends.get(&ends)).cloned().unwrap_or_default();
            let known: Vec<usize> = known.into_iter().filter(|at| !done.contains(at)).collect();
            // What only follows is not drawn beside what the workspace says of the two.
            let reverse = merge.id(to.id).zip(merge.id(from.id)).is_some_and(|ends| by_ends.contains_key(&ends));
            let is_only_there = known.iter().any(|at| merge.ends().get(*at).is_some_and(|ends| !ends.has_key));
            // Nor a line between two that the workspace does not join, which says nothing.
            let is_there = |id| merge.position(id).is_some() || merge.is_whole(id);
            let is_known = is_there(from.id) && is_there(to.id);
            let says_nothing = is_known && matches!(relation.verb.as_str(), "has to do with" | "uses");
            if !relation.is_stated && (reverse || is_only_there || says_nothing) {
                continue;
            }
            done.extend(known.iter().copied());
            let sources: Vec<&structurizr::Relation> = known.iter().filter_map(|at| merge.relation(*at)).collect();
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let words: Vec<(String, String)> = sources.iter().map(|source| (text(&source.verb), text(&source.technology))).collect();
            let said = joined(words.iter().map(|(verb, technology)| (verb.as_str(), technology.as_str())));
            if !sources.is_empty() && said == (relation.verb.clone(), relation.technology.clone()) {
                sources.iter().for_each(|source| self.known(source, &mut told));
            } else {
                self.stated(relation, sources.first().copied(), &mut told);
            }
        }
        for (at, source) in merge.relations().iter().enumerate() {
            let is_only_there = merge.ends().get(at).is_some_and(|ends| !ends.has_key);
            if is_only_there && !done.contains(&at) {
                self.known(source, &mut told);
            }
        }
    }

    /// A relation as the workspace has it.
    fn known(&mut self, source: &structurizr::Relation, told: &mut HashSet<(String, String, String)>) {
        let merge = self.merge;
        let (Some(from), Some(to)) = (merge.name_of(source.from), merge.name_of(source.to)) else { return };
        let verb = self.string(source.verb.as_deref().unwrap_or_default(), None);
        let technology = self.string(source.technology.as_deref().unwrap_or_default(), None);
        self.relation(from.to_owned(), to.to_owned(), [verb, technology], &source.tags, Some(source), told);
    }

    /// A relation as the charter has it, with the tags that it has in the workspace.
    fn stated(&mut self, relation: &Relation, source: Option<&structurizr::Relation>, told: &mut HashSet<(String, String, String)>) {
        let architecture = self.architecture;
        let from = architecture.element(relation.from);
        let words = [self.string(&relation.verb, Some(from)), self.string(&relation.technology, Some(from))];
        let mut tags = source.map(|source| source.tags.clone()).unwrap_or_default();
        if !relation.is_stated {
            tags.push(DERIVED_RELATION.to_owned());
        }
        let ends = (self.name(relation.from).to_owned(), self.name(relation.to).to_owned());
        self.relation(ends.0, ends.1, words, &tags, source, told);
    }

    fn relation(
        &mut self,
        from: String,
        to: String,
        words: [String; 2],
        tags: &[String],
        source: Option<&structurizr::Relation>,
        told: &mut HashSet<(String, String, String)>,
    ) {
        // Texts that differed may be one here, and Structurizr takes a relation once.
        if from == to || !told.insert((from.clone(), to.clone(), words[0].clone())) {
            return;
        }
        let name = source.map(|source| source.identifier.as_str()).filter(|name| !name.is_empty());
        let name = name.map(|name| format!("{name} = ")).unwrap_or_default();
        let tags = if tags.is_empty() { String::new() } else { format!(" {}", self.string(&tags.join(","), None)) };
        let line = format!("{name}{from} -> {to} {}{tags}", words.join(" "));
        let lines: Vec<String> =
            source.iter().flat_map(|source| source.lines.iter()).flat_map(|line| line.lines()).map(str::to_owned).collect();
        if lines.is_empty() {
            return self.line(2, &line);
        }
        self.line(2, &format!("{line} {{"));
        lines.iter().for_each(|line| self.line(3, line));
        self.line(2, "}");
    }
}

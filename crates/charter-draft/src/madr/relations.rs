//! Which record replaces which: said on one side or both, by file, number or title, and written on both.

use super::record::{Mention, Record, bounded, leading_number};
use super::words::Role;
use crate::foreign::{Code, Notes, short, slug};
use charter_spec::Span;
use charter_spec::ast::DecisionStatus;
use std::collections::{BTreeSet, HashMap};

/// Relations of one record, as positions of the others.
#[derive(Clone, Debug, Default)]
pub(super) struct Relations {
    pub(super) supersedes: BTreeSet<usize>,
    pub(super) superseded_by: Option<usize>,
    pub(super) related: BTreeSet<usize>,
}

struct Index {
    by_file: HashMap<String, usize>,
    by_number: HashMap<u32, usize>,
    by_title: HashMap<String, usize>,
}

/// Finds the relations of all records. What contradicts is mended and noted: a circle is cut, a record with two successors keeps the first.
pub(super) fn relate(records: &mut [Record], notes: &mut Notes) -> Vec<Relations> {
    let index = index(records, notes);
    let mut relations = vec![Relations::default(); records.len()];
    let mut pairs: Vec<(usize, usize, Span)> = Vec::new();
    for at in 0..records.len() {
        let mentions = records.get_mut(at).map(|record| std::mem::take(&mut record.mentions)).unwrap_or_default();
        for mention in mentions {
            let found = targets(&index, &mention, at);
            if found.is_empty() {
                if let Some(record) = records.get_mut(at) {
                    missing(record, &mention, notes);
                }
                continue;
            }
            for other in found {
                match mention.role {
                    Role::Supersedes => pairs.push((at, other, mention.span)),
                    Role::SupersededBy => pairs.push((other, at, mention.span)),
                    _ => drop(relations.get_mut(at).map(|own| own.related.insert(other))),
                }
            }
        }
    }
    for (newer, older, span) in pairs {
        supersede(records, &mut relations, newer, older, span, notes);
    }
    for relation in &mut relations {
        let closer: Vec<usize> = relation.supersedes.iter().copied().chain(relation.superseded_by).collect();
        relation.related.retain(|other| !closer.contains(other));
    }
    relations
}

fn index(records: &[Record], notes: &mut Notes) -> Index {
    let mut index = Index { by_file: HashMap::new(), by_number: HashMap::new(), by_title: HashMap::new() };
    for (at, record) in records.iter().enumerate() {
        index.by_file.entry(file_name(&record.path)).or_insert(at);
        index.by_title.entry(slug(&record.title)).or_insert(at);
        let Some(number) = record.number else { continue };
        let first = *index.by_number.entry(number).or_insert(at);
        if first != at {
            let other = records.get(first).map(|first| first.path.as_str()).unwrap_or_default();
            notes.push(
                Code::Renamed,
                record.span,
                format!("number {number} is taken by `{other}`: what names it by number means that one"),
            );
        }
    }
    index
}

/// The last part of a path, without what stands behind `#`, lowercase, `%20` as a space.
fn file_name(path: &str) -> String {
    let path = path.split(['#', '?']).next().unwrap_or(path);
    path.rsplit('/').next().unwrap_or(path).replace("%20", " ").to_lowercase()
}

fn targets(index: &Index, mention: &Mention, own: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    if let Some(at) = mention.link.as_deref().and_then(|link| index.by_file.get(&file_name(link))) {
        found.insert(*at);
    }
    let numbers = numbers(&mention.text);
    found.extend(numbers.iter().filter_map(|number| index.by_number.get(number)));
    if found.is_empty() {
        let words = mention.text.split_whitespace().map(file_name);
        found.extend(words.filter_map(|word| index.by_file.get(word.trim_matches(|character: char| !character.is_alphanumeric()))));
        found.extend(index.by_title.get(&slug(&mention.text)).filter(|_| !slug(&mention.text).is_empty()));
    }
    found.remove(&own);
    found
}

/// The numbers of records that a text names: `ADR-0005`, `ADR 5, 6`, `[5. Title]`, `0005`.
fn numbers(text: &str) -> Vec<u32> {
    let lower = text.to_lowercase();
    let mut found = Vec::new();
    let mut rest = lower.as_str();
    while let Some(at) = rest.find("adr") {
        let part = rest.get(at..).unwrap_or_default();
        found.extend(leading_number(part).0);
        rest = part.get(3..).unwrap_or_default();
        if found.len() >= 50 {
            break;
        }
    }
    if found.is_empty() {
        let bare = lower.trim_start_matches(|character: char| !character.is_alphanumeric());
        let stripped = [
            "supersedes",
            "superseded by",
            "supercedes",
            "superceded by",
            "replaces",
            "replaced by",
            "amends",
            "amended by",
            "clarifies",
            "clarified by",
        ]
        .iter()
        .find_map(|word| bare.strip_prefix(word))
        .unwrap_or(bare);
        let stripped = stripped.trim_start_matches([' ', ':', '#', '[']);
        let digits: String = stripped.chars().take_while(char::is_ascii_digit).collect();
        let behind = stripped.get(digits.len()..).unwrap_or_default();
        // A date is no number of a record.
        if !digits.is_empty()
            && digits.len() <= 5
            && !(digits.len() == 4
                && behind.starts_with('-')
                && behind.get(1..3).is_some_and(|month| month.bytes().all(|byte| byte.is_ascii_digit())))
        {
            found.extend(digits.parse::<u32>().ok());
        }
    }
    found
}

fn missing(record: &mut Record, mention: &Mention, notes: &mut Notes) {
    let (key, names_record) = match mention.role {
        Role::Supersedes => ("supersedes", true),
        Role::SupersededBy => ("superseded-by", true),
        // Other relations lead anywhere: to requirements, pages, people.
        _ => ("related", !numbers(&mention.text).is_empty() && mention.text.to_lowercase().contains("adr")),
    };
    let same = mention.link.as_deref().is_some_and(|link| file_name(link) == file_name(&record.path))
        || numbers(&mention.text).contains(&record.number.unwrap_or(0));
    if same && record.number.is_some() {
        return;
    }
    if names_record {
        let message = format!("`{}` names no record that was imported; it is kept as a fact", short(&mention.text));
        notes.push(Code::Dangling, mention.span, message);
    }
    let lower = mention.text.to_lowercase();
    let word = ["supersedes", "superseded by", "supercedes", "superceded by", "replaces", "replaced by"]
        .into_iter()
        .find(|word| lower.starts_with(word));
    let text = mention.text.get(word.map_or(0, str::len)..).unwrap_or(&mention.text).trim_start_matches([':', ' ']);
    record.facts.push((key.to_owned(), bounded(text.to_owned())));
}

fn supersede(records: &mut [Record], relations: &mut [Relations], newer: usize, older: usize, span: Span, notes: &mut Notes) {
    let title = |records: &[Record], at: usize| records.get(at).map(|record| short(&record.title)).unwrap_or_default();
    let present = relations.get(older).and_then(|older| older.superseded_by);
    if present == Some(newer) {
        return;
    }
    let beside = |relations: &mut [Relations]| {
        if let Some(own) = relations.get_mut(newer) {
            own.related.insert(older);
        }
    };
    if let Some(first) = present {
        let message = format!(
            "`{}` has two successors; `{}` is the one that is written, the other is related",
            title(records, older),
            title(records, first)
        );
        notes.push(Code::Contradiction, span, message);
        beside(relations);
        return;
    }
    // A record has one successor at most, so the chain upward from the newer one is a line: a circle is found by following it.
    let mut above = relations.get(newer).and_then(|newer| newer.superseded_by);
    while let Some(at) = above {
        if at == older {
            let message =
                format!("`{}` and `{}` replace each other; this one is written as related", title(records, newer), title(records, older));
            notes.push(Code::Contradiction, span, message);
            beside(relations);
            return;
        }
        above = relations.get(at).and_then(|record| record.superseded_by);
    }
    if let Some(own) = relations.get_mut(newer) {
        own.supersedes.insert(older);
    }
    if let Some(own) = relations.get_mut(older) {
        own.superseded_by = Some(newer);
    }
    let by = title(records, newer);
    if let Some(record) = records.get_mut(older) {
        match record.status {
            Some(DecisionStatus::Superseded) => {}
            Some(status) if status != DecisionStatus::Accepted => {}
            other => {
                if other.is_some() {
                    let message = format!("`{}` is accepted, but `{by}` replaces it: written as superseded", short(&record.title));
                    notes.push(Code::Contradiction, span, message);
                }
                record.status = Some(DecisionStatus::Superseded);
            }
        }
    }
}

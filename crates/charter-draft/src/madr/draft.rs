//! From a record to an entry of `decisions`.

use super::outcome::{Argument, Choice};
use super::record::Record;
use crate::document::{Map, Value};
use crate::foreign::{Ids, slug};
use std::collections::BTreeMap;

/// Most characters of the id of a consequence: it stands for a sentence.
const CONSEQUENCE_ID_MAX: usize = 40;

/// An entry, without its relations. `record` is where the prose lies, seen from the charter's folder.
pub(super) fn decision(record: &Record, path: &str, with_details: bool) -> Map {
    let mut map = Map::new().block();
    map.put("title", record.title.clone());
    map.put("record", path);
    map.put_some("status", record.status.map(charter_spec::ast::DecisionStatus::word));
    map.put_some("date", record.date.map(|date| date.to_string()));
    map.put("deciders", unique(&record.deciders));
    map.put("consulted", unique(&record.consulted));
    map.put("informed", unique(&record.informed));
    if !with_details {
        return map;
    }
    map.put_some("question", record.question.clone());
    map.put_some("context", record.context.clone());
    map.put("drivers", record.drivers.clone());
    map.put("options", options(&record.options));
    map.put_some("rationale", record.rationale.clone());
    map.put("consequences", consequences(&record.consequences));
    map.put_some("confirmation", record.confirmation.clone());
    map.put("facts", facts(&record.facts));
    map
}

/// How many elements an entry declares.
pub(super) fn elements(record: &Record) -> usize {
    1 + record.options.len() + record.consequences.len() + record.facts.len()
}

fn unique(names: &[String]) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    names.iter().filter(|name| seen.insert(name.as_str())).cloned().collect()
}

fn options(options: &[Choice]) -> Map {
    let mut ids = Ids::default();
    let mut map = Map::new().block();
    for option in options {
        let wanted = option.id.clone().unwrap_or_else(|| slug(&option.title));
        let id = ids.take(&wanted, "option");
        let mut entry = Map::new();
        if option.chosen {
            entry.put("chosen", true);
        }
        // The title is said again only where the id says less.
        let title = (option.title != id).then(|| option.title.clone());
        let about = match (title, option.about.clone()) {
            (Some(title), Some(about)) => Some(format!("{title}\n{about}")),
            (title, about) => title.or(about),
        };
        entry.put_some("about", about);
        entry.put_some("because_not", option.because_not.clone());
        entry.put("pros", option.pros.clone());
        entry.put("cons", option.cons.clone());
        if !option.neutral.is_empty() {
            let neutral: Vec<String> = option.neutral.iter().map(|text| format!("Neutral, because {text}")).collect();
            let about = match entry.get("about") {
                Some(Value::Text(about)) => format!("{about}\n{}", neutral.join("\n")),
                _ => neutral.join("\n"),
            };
            entry.replace("about", about);
        }
        if entry.is_empty() {
            entry.put("about", option.title.clone());
        }
        map.put(id, entry);
    }
    map
}

fn consequences(consequences: &[Argument]) -> Map {
    let mut ids = Ids::default();
    let mut map = Map::new().block();
    for consequence in consequences {
        let wanted = consequence.id.clone().unwrap_or_else(|| consequence_id(&consequence.text));
        let id = ids.take(&wanted, "consequence");
        let mut entry = Map::new().with("about", consequence.text.clone());
        if let Some(good) = consequence.good {
            entry.put("good", good);
        }
        map.put(id, entry);
    }
    map
}

/// The id of a consequence: its first words.
pub(super) fn consequence_id(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(7).collect();
    crate::foreign::cut(&slug(&words.join(" ")), CONSEQUENCE_ID_MAX)
}

/// Facts by id; several of one name are one text.
fn facts(facts: &[(String, String)]) -> Map {
    let mut joined: BTreeMap<&str, (usize, Vec<&str>)> = BTreeMap::new();
    for (at, (key, value)) in facts.iter().enumerate() {
        let entry = joined.entry(key).or_insert((at, Vec::new()));
        if !entry.1.contains(&value.as_str()) {
            entry.1.push(value);
        }
    }
    let mut ordered: Vec<_> = joined.into_iter().collect();
    ordered.sort_by_key(|(_, (at, _))| *at);
    let mut map = Map::new();
    for (key, (_, values)) in ordered {
        map.put(key, values.join("; "));
    }
    map
}

//! What the one definition of the language says of a place: keys, words, units, references. It is asked by way of its schema.
//!
//! Where a place is belongs to `outline`.

use crate::outline::Step;
use charter_spec::SectionName;
use serde_json::Value;
use std::collections::BTreeSet;

/// The language, ready to be asked.
pub(crate) struct Language {
    schema: Value,
}

/// Most steps through references and alternatives: the schema refers to itself.
const DEPTH_MAX: usize = 64;

/// A key that may stand in a mapping.
#[derive(Debug, PartialEq)]
pub(crate) struct KeyOffer<'l> {
    pub(crate) name: &'l str,
    pub(crate) doc: &'l str,
    pub(crate) is_required: bool,
    /// Whether a mapping, and nothing shorter, stands under it.
    pub(crate) opens: bool,
}

/// A word that may stand as a value.
#[derive(Debug, PartialEq)]
pub(crate) struct WordOffer<'l> {
    pub(crate) word: String,
    pub(crate) doc: &'l str,
}

impl Language {
    pub(crate) fn new() -> Self {
        Self { schema: charter_spec::schema() }
    }

    fn target<'l>(&'l self, schema: &'l Value) -> &'l Value {
        let name = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"));
        name.map_or(schema, |name| &self.schema["$defs"][name])
    }

    /// The alternatives of a schema, without references.
    fn alternatives<'l>(&'l self, schema: &'l Value, depth: usize, found: &mut Vec<&'l Value>) {
        if depth > DEPTH_MAX {
            return;
        }
        let target = self.target(schema);
        match target["anyOf"].as_array() {
            Some(options) => options.iter().for_each(|option| self.alternatives(option, depth + 1, found)),
            None => found.push(target),
        }
    }

    /// What may stand at a path.
    fn at<'l>(&'l self, path: &[Step]) -> Vec<&'l Value> {
        let mut here = vec![&self.schema];
        for step in path {
            let mut next = Vec::new();
            for schema in here {
                match step {
                    Step::Key(key) => {
                        let inner = match &schema["properties"][key.as_str()] {
                            Value::Null => &schema["additionalProperties"],
                            known => known,
                        };
                        if inner.is_object() {
                            self.alternatives(inner, 0, &mut next);
                        }
                    }
                    Step::Item if schema["items"].is_object() => self.alternatives(&schema["items"], 0, &mut next),
                    Step::Item => {}
                }
            }
            let mut seen = BTreeSet::new();
            next.retain(|schema| seen.insert(std::ptr::from_ref(*schema)));
            here = next;
        }
        here
    }

    /// The mappings that may stand at a path and have these keys already; all of them where none has.
    fn mappings<'l>(&'l self, path: &[Step], siblings: &[String]) -> Vec<&'l Value> {
        let all: Vec<&Value> = self.at(path).into_iter().filter(|schema| schema["type"] == "object").collect();
        let known =
            |schema: &&Value, key: &String| !schema["properties"][key.as_str()].is_null() || schema["additionalProperties"].is_object();
        let fitting: Vec<&Value> = all.iter().copied().filter(|schema| siblings.iter().all(|key| known(schema, key))).collect();
        if fitting.is_empty() { all } else { fitting }
    }

    /// The keys that may still be written in the mapping at a path.
    pub(crate) fn keys<'l>(&'l self, path: &[Step], siblings: &[String]) -> Vec<KeyOffer<'l>> {
        let mut offers: Vec<KeyOffer<'l>> = Vec::new();
        for mapping in self.mappings(path, siblings) {
            let required = |name: &str| mapping["required"].as_array().is_some_and(|keys| keys.iter().any(|key| key == name));
            for (name, schema) in mapping["properties"].as_object().into_iter().flatten() {
                let taken = siblings.iter().any(|key| key == name) || offers.iter().any(|offer| offer.name == name);
                if !taken {
                    let mut under = Vec::new();
                    self.alternatives(schema, 0, &mut under);
                    let opens = under.iter().all(|schema| schema["type"] == "object");
                    offers.push(KeyOffer { name, doc: self.doc_of(schema), is_required: required(name), opens });
                }
            }
        }
        offers
    }

    /// The sections whose ids may be keys of the mapping at a path.
    pub(crate) fn key_sections(&self, path: &[Step], siblings: &[String]) -> Vec<SectionName> {
        sections(self.mappings(path, siblings).into_iter())
    }

    /// What a key is for.
    pub(crate) fn key_doc(&self, path: &[Step]) -> Option<&str> {
        let (Step::Key(key), above) = path.split_last()? else { return None };
        let mappings = self.at(above);
        let named = mappings.iter().map(|mapping| &mapping["properties"][key.as_str()]).find(|schema| !schema.is_null());
        let schema = named.or_else(|| mappings.iter().map(|mapping| &mapping["additionalProperties"]).find(|schema| schema.is_object()))?;
        Some(self.doc_of(schema)).filter(|doc| !doc.is_empty())
    }

    /// What a value of a key looks like, in a line: `a time such as `80ms``.
    pub(crate) fn value_hint(&self, path: &[Step]) -> Option<&str> {
        let hints = self.at(path).into_iter().find_map(|schema| schema["errorMessage"].as_str());
        hints.map(|hint| hint.strip_prefix("this ").unwrap_or(hint))
    }

    fn doc_of<'l>(&'l self, schema: &'l Value) -> &'l str {
        let own = |schema: &'l Value| schema["markdownDescription"].as_str().or_else(|| schema["description"].as_str());
        own(schema).or_else(|| own(self.target(schema))).unwrap_or("")
    }

    /// The words that may stand at a path, with examples where nothing is closed.
    pub(crate) fn words<'l>(&'l self, path: &[Step]) -> Vec<WordOffer<'l>> {
        let mut offers: Vec<WordOffer<'l>> = Vec::new();
        let mut offer = |word: String, doc: &'l str| {
            if !offers.iter().any(|known| known.word == word) {
                offers.push(WordOffer { word, doc });
            }
        };
        for schema in self.at(path) {
            if let Some(words) = schema["enum"].as_array() {
                for (at, word) in words.iter().enumerate() {
                    offer(written(word), schema["enumDescriptions"][at].as_str().unwrap_or(""));
                }
            }
            if !schema["const"].is_null() {
                offer(written(&schema["const"]), "");
            }
            if schema["type"] == "boolean" {
                offer("true".to_owned(), "");
                offer("false".to_owned(), "");
            }
            for example in schema["examples"].as_array().into_iter().flatten() {
                offer(written(example), "for example");
            }
        }
        offers
    }

    /// What a word means at a path.
    pub(crate) fn word_doc(&self, path: &[Step], word: &str) -> Option<&str> {
        self.at(path).into_iter().find_map(|schema| {
            let at = schema["enum"].as_array()?.iter().position(|known| known == word)?;
            schema["enumDescriptions"][at].as_str().filter(|doc| !doc.is_empty())
        })
    }

    /// Units that a number at a path may carry.
    pub(crate) fn units(&self, path: &[Step]) -> Vec<&str> {
        let units = self.at(path).into_iter().flat_map(|schema| schema["x-units"].as_array().into_iter().flatten());
        units.filter_map(Value::as_str).collect()
    }

    /// Units of a kind of quantity by its name in the schema, such as `Duration`.
    pub(crate) fn units_of(&self, definition: &str) -> Vec<&str> {
        let units = self.schema["$defs"][definition]["x-units"].as_array();
        units.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The sections whose ids may stand at a path.
    pub(crate) fn value_sections(&self, path: &[Step]) -> Vec<SectionName> {
        sections(self.at(path).into_iter().filter(|schema| schema["type"] != "object"))
    }

    /// Whether a measure stands at a path.
    pub(crate) fn is_measure(&self, path: &[Step]) -> bool {
        let criterion = &self.schema["$defs"]["Criterion"];
        self.at(path).into_iter().any(|schema| std::ptr::eq(schema, criterion))
    }

    /// The kind of file that a path at this path names.
    pub(crate) fn file_kind(&self, path: &[Step]) -> Option<&str> {
        self.at(path).into_iter().find_map(|schema| schema["x-file"].as_str())
    }
}

fn sections<'l>(schemas: impl Iterator<Item = &'l Value>) -> Vec<SectionName> {
    let mut found = Vec::new();
    for name in schemas.flat_map(|schema| schema["x-refers-to"].as_array().into_iter().flatten()) {
        if let Some(section) = name.as_str().and_then(SectionName::from_key).filter(|section| !found.contains(section)) {
            found.push(section);
        }
    }
    found
}

fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<Step> {
        text.split('.')
            .filter(|step| !step.is_empty())
            .map(|step| if step == "-" { Step::Item } else { Step::Key(step.to_owned()) })
            .collect()
    }

    #[test]
    fn every_section_is_offered_once() {
        let language = Language::new();
        let keys = language.keys(&[], &["load".to_owned()]);
        assert!(keys.iter().any(|key| key.name == "quality" && key.opens && !key.doc.is_empty()), "{keys:?}");
        assert!(keys.iter().all(|key| key.name != "load"));
        assert!(keys.iter().any(|key| key.name == "charter" && key.is_required));
    }

    #[test]
    fn a_node_offers_the_keys_of_its_kind() {
        let language = Language::new();
        let answer = path("routes.fraud.answer");
        let names = |siblings: &[String]| language.keys(&answer, siblings).iter().map(|key| key.name).collect::<Vec<_>>();
        let (open, ladder) = (names(&[]), names(&["ladder".to_owned()]));
        assert!(open.contains(&"model") && open.contains(&"ladder") && open.contains(&"rule"), "{open:?}");
        assert!(ladder.contains(&"fail") && !ladder.contains(&"model"), "{ladder:?}");
    }

    #[test]
    fn words_units_and_references_are_known_where_they_stand() {
        let language = Language::new();
        let words: Vec<String> = language.words(&path("decisions.x.status")).into_iter().map(|offer| offer.word).collect();
        assert!(words.contains(&"accepted".to_owned()), "{words:?}");
        assert!(language.units(&path("latency.peak.total")).contains(&"ms"));
        assert_eq!(language.value_sections(&path("quality.x.owner")), [SectionName::Stakeholders]);
        assert_eq!(language.value_sections(&path("stakeholders.x.cares.-")).first(), Some(&SectionName::Quality));
        assert!(language.key_sections(&path("capacity"), &[]).contains(&SectionName::Models));
        assert!(language.is_measure(&path("quality.x.measure")));
        assert_eq!(language.file_kind(&path("routes.x.input")), Some("contract"));
        assert!(language.key_doc(&path("load.peak")).is_some());
        assert!(language.word_doc(&path("decisions.x.status"), "accepted").is_some());
    }

    #[test]
    fn nothing_is_said_of_places_that_do_not_exist() {
        let language = Language::new();
        for nowhere in ["nope", "load.peak.x.y", "load.-", "-.-"] {
            assert!(language.keys(&path(nowhere), &[]).is_empty(), "{nowhere}");
            assert!(language.words(&path(nowhere)).is_empty(), "{nowhere}");
        }
    }
}

//! The charter of a system that begins: sections from answers, comments where something is open.

use super::answers::Answers;
use super::question::Kind;
use crate::document::{Map, Value, keyed, write};
use charter_spec::quantity::Date;
use std::collections::BTreeMap;

/// A charter that was begun, before it is written.
#[derive(Clone, Debug, Default)]
pub struct Begun {
    /// Head and sections in reading order.
    pub document: Map,
    /// Files beside the charter by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Lines at the top, as comments.
    pub remarks: Vec<String>,
}

/// The id of the route and model that a charter starts with.
pub(super) const MODEL: &str = "score";
/// The contract of what callers send.
pub(super) const CONTRACT: &str = "contracts/request.odcs.yaml";

pub(super) struct Writer<'a> {
    pub(super) kind: Kind,
    pub(super) answers: &'a Answers,
    pub(super) document: Map,
    /// Requirements by the stakeholder that cares about them.
    pub(super) cares: BTreeMap<&'static str, Vec<String>>,
    /// Whether routes come from elsewhere.
    pub(super) routes: bool,
}

/// Begins a charter. `routes` says that routes are added from elsewhere, so that none is made up here.
pub fn begin(kind: Kind, answers: &Answers, routes: bool) -> Begun {
    let mut writer = Writer { kind, answers, document: Map::new(), cares: BTreeMap::new(), routes };
    writer.head();
    let head = writer.document.len();
    writer.load();
    let quality = writer.quality();
    let constraints = writer.constraints();
    writer.section("quality", quality, "What it must do, measurably");
    writer.section("constraints", constraints, "");
    writer.team();
    writer.landscape();
    writer.models();
    writer.budgets();
    writer.fallback();
    writer.reasons();
    writer.proof();
    // Whom it matters to is known when everything is written; it stands first all the same.
    let stakeholders = writer.stakeholders();
    writer.document.insert(head, "stakeholders", stakeholders);
    let mut files = BTreeMap::new();
    if !routes || kind == Kind::Batch {
        files.insert(CONTRACT.to_owned(), writer.request().into_bytes());
    }
    let remarks = writer.remarks();
    Begun { document: writer.document, files, remarks }
}

impl Begun {
    /// The charter's text.
    pub fn text(&self) -> String {
        format!("{}{}", crate::document::remarks(&self.remarks), write(&self.document))
    }

    /// Adds the sections of an import: entries of a section that is there stand behind its own.
    pub fn add(&mut self, sections: Map) {
        for pair in sections.pairs {
            match (self.document.pairs.iter_mut().find(|known| known.key == pair.key), pair.value) {
                (Some(known), Value::Map(more)) => {
                    if let Value::Map(own) = &mut known.value {
                        for inner in more.pairs {
                            if !own.contains(&inner.key) {
                                own.pairs.push(inner);
                            }
                        }
                    }
                }
                (_, value) => drop(self.document.put(pair.key, value)),
            }
        }
    }
}

/// Takes on what is open until a day: a waiver for each rule whose findings would fail the check.
pub fn waive(begun: &mut Begun, rules: &[(String, String)], owner: &str, until: Date) {
    if rules.is_empty() {
        return;
    }
    let mut waivers = Map::new();
    for (rule, why) in rules {
        let waiver = Map::new()
            .with("rule", rule.clone())
            .with("why", format!("open since `charter init`: {why}"))
            .with("owner", named(owner))
            .with("until", until.to_string());
        waivers.put(format!("open-{}", rule.to_ascii_lowercase()), waiver);
    }
    begun.document.put("waivers", waivers);
    begun
        .document
        .above(["── Open questions that would fail the check: each is taken on until a day, and asked for again then ──".to_owned()]);
}

impl<'a> Writer<'a> {
    /// The answer to a question, as far as it is asked for this kind of system.
    pub(super) fn answer(&self, name: &str) -> Option<&'a str> {
        self.answers.get(name).filter(|_| super::question::question(name).is_some_and(|question| question.is_for(self.kind)))
    }

    pub(super) fn section(&mut self, key: &str, map: Map, title: &str) {
        if map.is_empty() {
            return;
        }
        self.document.put(key, map);
        if !title.is_empty() {
            self.document.above([String::new(), heading(title)]);
        }
    }

    pub(super) fn cared(&mut self, who: &'static str, requirement: &str) {
        self.cares.entry(who).or_default().push(requirement.to_owned());
    }

    pub(super) fn owner(&self) -> String {
        self.answer("owner").unwrap_or("architect").to_owned()
    }

    pub(super) fn users(&self) -> String {
        self.answer("users").unwrap_or("users").to_owned()
    }

    /// Who asks, as the source of a scenario.
    pub(super) fn source(&self) -> Value {
        named(&self.users())
    }

    fn head(&mut self) {
        self.document.put("charter", Value::Raw("1".to_owned()));
        self.document.put("system", self.answer("system").unwrap_or("system"));
        self.document.put_some("title", self.answer("title"));
        self.document.put("owner", named(&self.owner()));
        let money = ["budget", "miss", "alarm"].iter().find_map(|name| self.answer(name));
        let currency = money.and_then(|money| {
            money
                .split(|letter: char| !letter.is_ascii_alphabetic())
                .find(|word| word.len() == 3 && charter_spec::quantity::Currency::from_code(word).is_some())
        });
        self.document.put_some("currency", currency);
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = vec![
            format!(
                "{}: what is promised about it. Begun with `charter init`; every figure is an answer that somebody gave.",
                self.answer("title").map_or_else(|| "A new system".to_owned(), super::answers::capital)
            ),
            "`charter check` says what is missing or contradicts itself, `charter explain ID` shows what follows from a figure.".to_owned(),
        ];
        let open: Vec<&str> = self.answers.open(self.kind).map(|question| question.name).collect();
        if !open.is_empty() {
            remarks.push(format!("Still open: {}. `open:` below says where each answer belongs.", open.join(", ")));
        }
        remarks
    }

    /// A line that asks for an answer and shows where it would stand.
    pub(super) fn open(&self, name: &str, place: &str) -> Option<String> {
        let question = super::question::question(name).filter(|_| self.answer(name).is_none())?;
        Some(format!(
            "open: {} It determines {}.{}",
            question.asks,
            question.determines,
            if place.is_empty() { String::new() } else { format!(" Here: {place}") }
        ))
    }
}

/// The id of an element where it is referred to: one that looks like a number stands in quotes there too.
pub(super) fn named(id: &str) -> Value {
    Value::Raw(keyed(id, true))
}

fn heading(title: &str) -> String {
    format!("── {title} {}", "─".repeat(76usize.saturating_sub(title.chars().count())))
}

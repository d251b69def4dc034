//! What may be written at a place: keys, ids, words, units, metrics, versions, files.

mod measure;
mod names;

use super::{Scene, Where};
use crate::outline::{Outline, Role, Spot, Step};
use crate::server::Snapshot;
use crate::wire::Refusal;
use charter_spec::{Id, SectionName, Spec};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::ops::Range;

/// Most offers at once; the client asks again when more is typed.
const OFFERS_MAX: usize = 500;

/// The protocol's kinds, as near as they come.
mod kind {
    pub(super) const KEY: u8 = 10;
    pub(super) const ID: u8 = 18;
    pub(super) const WORD: u8 = 12;
    pub(super) const UNIT: u8 = 11;
    pub(super) const METRIC: u8 = 3;
    pub(super) const OPERATOR: u8 = 24;
    pub(super) const FILE: u8 = 17;
}

/// Offers for one place.
struct Offers<'a> {
    scene: &'a Scene<'a>,
    spot: Spot,
    /// What an offer replaces: the word at the place without its quotes, or a part of it.
    replaced: Range<usize>,
    /// What is written of it before the place.
    prefix: String,
    is_quoted: bool,
    items: Vec<Value>,
    labels: BTreeSet<String>,
}

/// One offer.
struct Offer<'a> {
    label: &'a str,
    /// What is written for it.
    new: &'a str,
    kind: u8,
    /// Orders kinds of offers; the client orders within.
    rank: u8,
    detail: &'a str,
    doc: &'a str,
}

impl<'a> Offer<'a> {
    /// One that writes what it says.
    fn plain(label: &'a str, kind: u8, rank: u8, detail: &'a str) -> Self {
        Self { label, new: label, kind, rank, detail, doc: "" }
    }

    fn doc(self, doc: &'a str) -> Self {
        Self { doc, ..self }
    }
}

/// What a function of a measure takes, while its argument is written.
pub(crate) fn signature(scene: &Scene<'_>, at: Where) -> Result<Value, Refusal> {
    let spot = Outline::spot(&scene.document.text, at.offset).filter(|spot| scene.is_charter() && spot.role != Role::Key);
    let Some(spot) = spot.filter(|spot| scene.language.is_measure(&spot.path)) else { return Ok(Value::Null) };
    let before = scene.document.text.get(spot.word.start..at.offset).unwrap_or("");
    Ok(measure::signature(before.trim_start_matches(['"', '\''])))
}

pub(crate) fn complete(scene: &Scene<'_>, at: Where) -> Result<Value, Refusal> {
    let none = json!({ "isIncomplete": false, "items": [] });
    let Some(spot) = Outline::spot(&scene.document.text, at.offset).filter(|_| scene.is_charter()) else { return Ok(none) };
    let written = scene.document.text.get(spot.word.clone()).unwrap_or("");
    let quote = written.chars().next().filter(|first| matches!(first, '"' | '\''));
    let inner = quote.map_or(0, |_| 1);
    let closing = quote.filter(|quote| written.len() > 1 && written.trim_end().ends_with(*quote)).map_or(0, |_| 1);
    let end = spot.word.start + written.trim_end().len() - closing;
    let start = spot.word.start + inner;
    if at.offset < start || (quote.is_some() && at.offset > end) {
        return Ok(none);
    }
    let prefix = scene.document.text.get(start..at.offset).unwrap_or("").to_owned();
    let replaced = start..end.max(at.offset);
    let mut offers = Offers { scene, spot, replaced, prefix, is_quoted: quote.is_some(), items: Vec::new(), labels: BTreeSet::new() };
    if offers.spot.role != Role::Value {
        offers.keys();
    }
    if offers.spot.role != Role::Key {
        offers.values(at.offset);
    }
    let incomplete = offers.items.len() > OFFERS_MAX;
    offers.items.truncate(OFFERS_MAX);
    Ok(json!({ "isIncomplete": incomplete, "items": offers.items }))
}

impl Offers<'_> {
    fn offer(&mut self, offer: Offer<'_>) {
        let Offer { label, new, kind, rank, detail, doc } = offer;
        if self.items.len() > OFFERS_MAX || !self.labels.insert(label.to_owned()) {
            return;
        }
        let document = self.scene.document;
        let range = document.lines.stretch(&document.text, self.replaced.start, self.replaced.end);
        let mut item = json!({
            "label": label,
            "kind": kind,
            "sortText": format!("{rank}{label}"),
            "filterText": label,
            "textEdit": { "range": range.to_json(), "newText": new },
        });
        if !detail.is_empty() {
            item["detail"] = detail.into();
        }
        if !doc.is_empty() {
            item["documentation"] = json!({ "kind": if self.scene.client.markdown { "markdown" } else { "plaintext" }, "value": doc });
        }
        self.items.push(item);
    }

    fn keys(&mut self) {
        let scene = self.scene;
        let behind = scene.document.text.get(self.spot.word.end..).unwrap_or("").trim_start_matches(' ');
        let colon = if behind.starts_with(':') { "" } else { ": " };
        let siblings = self.spot.siblings.clone();
        for key in scene.language.keys(&self.spot.path, &siblings) {
            // A mapping goes on the next line, where the editor indents.
            let ending = if key.opens && !colon.is_empty() { ":" } else { colon };
            let (rank, detail) = if key.is_required { (0, "required") } else { (1, "") };
            let new = format!("{}{ending}", key.name);
            self.offer(Offer { label: key.name, new: &new, kind: kind::KEY, rank, detail, doc: key.doc });
        }
        for (section, id) in self.ids(&scene.language.key_sections(&self.spot.path, &siblings)) {
            if !siblings.contains(&id) {
                let new = format!("{id}{colon}");
                self.offer(Offer { label: &id, new: &new, kind: kind::ID, rank: 2, detail: section.key(), doc: "" });
            }
        }
        for name in names::keys(scene, &self.spot.path).into_iter().filter(|name| !siblings.contains(&name.text)) {
            let new = format!("{}{colon}", name.text);
            self.offer(Offer { label: &name.text, new: &new, kind: kind::ID, rank: 2, detail: name.detail, doc: &name.doc });
        }
    }

    fn values(&mut self, at: usize) {
        let scene = self.scene;
        let path = self.spot.path.clone();
        if scene.language.is_measure(&path) {
            return measure::complete(self, at);
        }
        if self.versions(at) || self.units(&path) || self.prefix.ends_with([' ', '\t']) {
            return;
        }
        for name in names::values(scene, &path) {
            self.offer(Offer::plain(&name.text, kind::ID, 2, name.detail).doc(&name.doc));
        }
        self.references(&scene.language.value_sections(&path), names::is_link(&scene.language.value_sections(&path)));
        for word in scene.language.words(&path) {
            let needs_quotes = !self.is_quoted && word.word.contains([':', '#']);
            let written = if needs_quotes { format!("\"{}\"", word.word) } else { word.word.clone() };
            let rank = if word.doc == "for example" { 4 } else { 1 };
            self.offer(Offer { label: &word.word, new: &written, kind: kind::WORD, rank, detail: "", doc: word.doc });
        }
        if let Some(what) = scene.language.file_kind(&path) {
            self.files(|kind| kind == what);
        }
    }

    /// Ids of sections; behind a section's name and a dot only its own. What takes any of them also takes sections as a whole, tasks and files.
    fn references(&mut self, sections: &[SectionName], is_link: bool) {
        let qualifier = self.prefix.split_once('.').and_then(|(section, _)| SectionName::from_key(section));
        if let Some(section) = qualifier.filter(|section| sections.contains(section)) {
            for (section, id) in self.ids(&[section]) {
                let label = format!("{}.{id}", section.key());
                self.offer(Offer::plain(&label, kind::ID, 2, section.key()));
            }
            return;
        }
        for (section, id) in self.ids(sections) {
            // Where several sections have the id, the first one is meant by it bare.
            let label = if self.labels.contains(&id) { format!("{}.{id}", section.key()) } else { id };
            self.offer(Offer::plain(&label, kind::ID, 2, section.key()));
        }
        if is_link {
            for name in names::beyond_ids(self.scene) {
                self.offer(Offer::plain(&name.text, kind::ID, 3, name.detail).doc(&name.doc));
            }
            self.files(|_| true);
        }
    }

    /// Files that the charter names elsewhere, of the kinds that are wanted.
    fn files(&mut self, is_wanted: impl Fn(&str) -> bool) {
        let scene = self.scene;
        let named = scene.snapshot.checked.references.iter().filter(|file| is_wanted(file.kind.word()));
        for file in named {
            self.offer(Offer::plain(&file.path.value, kind::FILE, 5, file.kind.word()));
        }
    }

    /// Where a model may bear its version: behind `fraud@` the model's versions, before the `@` models without touching what stands behind it.
    /// `true` when versions are all that can stand here.
    fn versions(&mut self, at: usize) -> bool {
        let scene = self.scene;
        let takes_model =
            scene.language.value_sections(&self.spot.path).contains(&SectionName::Models) || names::is_fault_place(&self.spot.path);
        if !takes_model {
            return false;
        }
        let Some((model, _)) = self.prefix.split_once('@') else {
            let behind = scene.document.text.get(at..self.replaced.end).unwrap_or("");
            if let Some(version) = behind.find('@') {
                self.replaced.end = at + version;
            }
            return false;
        };
        let written = model.to_owned();
        let model = written.trim_start_matches("models.");
        for version in names::versions(scene, model) {
            let label = format!("{written}@{version}");
            self.offer(Offer::plain(&label, kind::ID, 2, "version"));
        }
        true
    }

    /// Behind a number: the units that fit. `true` when a number is written where a quantity is meant.
    fn units(&mut self, path: &[Step]) -> bool {
        let units: Vec<String> = self.scene.language.units(path).into_iter().map(str::to_owned).collect();
        let Some(number) = number(&self.prefix).map(str::to_owned) else { return false };
        self.quantities(&number, units.iter().map(String::as_str));
        !units.is_empty()
    }

    /// A number with each of the units; money in the charter's own currency.
    fn quantities<'u>(&mut self, number: &str, units: impl Iterator<Item = &'u str>) {
        let currency = specs(self.scene).find_map(|spec| spec.currency.as_ref().map(|currency| currency.value.code()));
        for unit in units {
            let code = unit.split('/').next().unwrap_or("");
            let is_money = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
            let unit = match currency.filter(|_| is_money) {
                Some(currency) => unit.replacen(code, currency, 1),
                None => unit.to_owned(),
            };
            let space = if is_money || unit.starts_with("rps") { " " } else { "" };
            self.offer(Offer::plain(&format!("{number}{space}{unit}"), kind::UNIT, 1, ""));
        }
    }

    /// The ids of sections, those of the first section first.
    fn ids(&self, sections: &[SectionName]) -> Vec<(SectionName, String)> {
        let mut found: Vec<(SectionName, String)> = Vec::new();
        for section in sections {
            let mut known: BTreeSet<String> = BTreeSet::new();
            for spec in specs(self.scene) {
                for (id, _) in spec.declared(*section).into_iter().map(|(id, span): (&Id, _)| (id.to_string(), span)) {
                    if known.insert(id.clone()) {
                        found.push((*section, id));
                    }
                }
            }
        }
        found
    }
}

/// The number that a text begins with, when nothing but the start of a unit stands behind it.
fn number(text: &str) -> Option<&str> {
    let number = text.trim_end_matches(|character: char| !character.is_ascii_digit());
    let is_number = number.starts_with(|first: char| first.is_ascii_digit())
        && number.chars().all(|character| character.is_ascii_digit() || matches!(character, '_' | '.'));
    is_number.then_some(number)
}

/// The document as it is, and as it was when it could last be read to its end: a broken line hides what stands behind it.
fn specs<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = &'a Spec> {
    let of = |snapshot: &'a Snapshot| snapshot.checked.resolved.as_ref().map(|resolved| &resolved.spec);
    let now = of(scene.snapshot);
    let before = scene.whole.filter(|_| !scene.snapshot.checked.is_whole()).and_then(of);
    now.into_iter().chain(before)
}

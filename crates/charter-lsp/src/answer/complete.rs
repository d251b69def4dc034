//! What may be written at a place: keys, ids, words, units, metrics, versions, files.

use super::{Scene, Where};
use crate::outline::{Outline, Role, Spot, Step};
use crate::server::Snapshot;
use crate::wire::Refusal;
use charter_spec::measure::METRICS;
use charter_spec::{Id, SectionName, Spec};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Most offers at once; the client asks again when more is typed.
const OFFERS_MAX: usize = 500;

/// The protocol's kinds, as near as they come.
mod kind {
    pub(super) const KEY: u8 = 10;
    pub(super) const ID: u8 = 18;
    pub(super) const WORD: u8 = 12;
    pub(super) const UNIT: u8 = 11;
    pub(super) const METRIC: u8 = 3;
    pub(super) const FILE: u8 = 17;
}

/// Offers for one place.
struct Offers<'a> {
    scene: &'a Scene<'a>,
    spot: Spot,
    /// What is written of the word.
    prefix: String,
    items: Vec<Value>,
    labels: BTreeSet<String>,
}

pub(crate) fn complete(scene: &Scene<'_>, at: Where) -> Result<Value, Refusal> {
    let none = json!({ "isIncomplete": false, "items": [] });
    let Some(spot) = Outline::spot(&scene.document.text, at.offset).filter(|_| scene.is_charter()) else { return Ok(none) };
    let prefix = scene.document.text.get(spot.word.start..at.offset.max(spot.word.start)).unwrap_or("").to_owned();
    let mut offers = Offers { scene, spot, prefix, items: Vec::new(), labels: BTreeSet::new() };
    if offers.spot.role != Role::Value {
        offers.keys();
    }
    if offers.spot.role != Role::Key {
        offers.values();
    }
    let incomplete = offers.items.len() > OFFERS_MAX;
    offers.items.truncate(OFFERS_MAX);
    Ok(json!({ "isIncomplete": incomplete, "items": offers.items }))
}

impl Offers<'_> {
    /// One offer; `rank` orders kinds of offers, the client orders within.
    fn offer(&mut self, label: &str, new: &str, kind: u8, rank: u8, detail: &str, doc: &str) {
        if self.items.len() > OFFERS_MAX || !self.labels.insert(label.to_owned()) {
            return;
        }
        let document = self.scene.document;
        let range = document.lines.stretch(&document.text, self.spot.word.start, self.spot.word.end);
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
        for offer in scene.language.keys(&self.spot.path, &siblings) {
            // A mapping goes on the next line, where the editor indents.
            let ending = if offer.opens && !colon.is_empty() { ":" } else { colon };
            let (rank, detail) = if offer.is_required { (0, "required") } else { (1, "") };
            self.offer(offer.name, &format!("{}{ending}", offer.name), kind::KEY, rank, detail, offer.doc);
        }
        for (section, id) in self.ids(&scene.language.key_sections(&self.spot.path, &siblings)) {
            if !siblings.contains(&id) {
                self.offer(&id, &format!("{id}{colon}"), kind::ID, 2, section.key(), "");
            }
        }
        if self.spot.path == [Step::Key("lint".to_owned())] {
            for rule in charter_lint::rules::all().filter(|rule| !siblings.iter().any(|key| key == rule.code)) {
                self.offer(rule.code, &format!("{}{colon}", rule.code), kind::ID, 2, rule.severity.word(), rule.title);
            }
        }
    }

    fn values(&mut self) {
        let scene = self.scene;
        let path = self.spot.path.clone();
        if self.versions() || self.units(&path) {
            return;
        }
        let sections = scene.language.value_sections(&path);
        for (section, id) in self.ids(&sections) {
            // Where several sections have the id, the first one is meant by it bare.
            let label = if self.labels.contains(&id) { format!("{}.{id}", section.key()) } else { id };
            self.offer(&label, &label, kind::ID, 2, section.key(), "");
        }
        for offer in scene.language.words(&path) {
            let written = if offer.word.contains([':', '#']) { format!("\"{}\"", offer.word) } else { offer.word.clone() };
            let rank = if offer.doc == "for example" { 4 } else { 1 };
            self.offer(&offer.word, &written, kind::WORD, rank, "", offer.doc);
        }
        if scene.language.is_measure(&path) {
            for metric in METRICS {
                self.offer(metric.name, metric.name, kind::METRIC, 3, metric.proof.word(), metric.words);
            }
        }
        if path.last() == Some(&Step::Key("rule".to_owned())) && path.first() == Some(&Step::Key("waivers".to_owned())) {
            for rule in charter_lint::rules::all() {
                self.offer(rule.code, rule.code, kind::ID, 2, rule.severity.word(), rule.title);
            }
        }
        if let Some(what) = scene.language.file_kind(&path) {
            let paths: Vec<String> = scene
                .snapshot
                .checked
                .references
                .iter()
                .filter(|file| file.kind.word() == what)
                .map(|file| file.path.value.clone())
                .collect();
            for path in paths {
                self.offer(&path, &path, kind::FILE, 2, what, "");
            }
        }
    }

    /// Behind `fraud@`: the model's versions. `true` when that is all that can stand here.
    fn versions(&mut self) -> bool {
        let Some((model, _)) = self.prefix.split_once('@') else { return false };
        let model = model.trim_start_matches("models.").to_owned();
        let scene = self.scene;
        if !scene.language.value_sections(&self.spot.path).contains(&SectionName::Models) {
            return false;
        }
        let versions: Vec<String> = specs(scene)
            .filter_map(|spec| spec.models.get(&model))
            .flat_map(|model| model.versions.iter().map(|version| version.id.value.to_string()))
            .collect();
        for version in versions {
            let label = format!("{model}@{version}");
            self.offer(&label, &label, kind::ID, 2, "version", "");
        }
        true
    }

    /// Behind a number: the units that fit. `true` when a number is written where a quantity is meant.
    fn units(&mut self, path: &[Step]) -> bool {
        let number = self.prefix.trim_end_matches(|character: char| !character.is_ascii_digit());
        let is_number = number.starts_with(|first: char| first.is_ascii_digit())
            && number.chars().all(|character| character.is_ascii_digit() || matches!(character, '_' | '.'));
        if !is_number {
            return false;
        }
        let scene = self.scene;
        let currency = specs(scene).find_map(|spec| spec.currency.as_ref().map(|currency| currency.value.code()));
        let number = number.to_owned();
        let mut found = false;
        for unit in scene.language.units(path) {
            let code = unit.split('/').next().unwrap_or("");
            let is_money = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
            if is_money && currency.is_some_and(|currency| currency != code) {
                continue;
            }
            let space = if is_money || unit.starts_with("rps") { " " } else { "" };
            let label = format!("{number}{space}{unit}");
            self.offer(&label, &label, kind::UNIT, 1, "", "");
            found = true;
        }
        found
    }

    /// The ids of sections, those of the first section first.
    fn ids(&self, sections: &[SectionName]) -> Vec<(SectionName, String)> {
        let mut found: Vec<(SectionName, String)> = Vec::new();
        for section in sections {
            for spec in specs(self.scene) {
                let known: BTreeSet<&str> = found.iter().filter(|(of, _)| of == section).map(|(_, id)| id.as_str()).collect();
                let new: Vec<String> = spec
                    .declared(*section)
                    .into_iter()
                    .map(|(id, _): (&Id, _)| id.to_string())
                    .filter(|id| !known.contains(id.as_str()))
                    .collect();
                found.extend(new.into_iter().map(|id| (*section, id)));
            }
        }
        found
    }
}

/// The document as it is, and as it was when it could last be read to its end: a broken line hides what stands behind it.
fn specs<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = &'a Spec> {
    let of = |snapshot: &'a Snapshot| snapshot.checked.resolved.as_ref().map(|resolved| &resolved.spec);
    let now = of(scene.snapshot);
    let before = scene.whole.filter(|_| !scene.snapshot.checked.is_whole()).and_then(of);
    now.into_iter().chain(before)
}

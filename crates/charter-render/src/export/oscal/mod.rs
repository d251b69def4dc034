//! OSCAL 1.2.1 (NIST, Open Security Controls Assessment Language) as JSON: what implements which control, and what is still to be done.

mod component;
mod poam;

use super::document::Map;
use super::identity::{timestamp, title};
use super::names::one_line;
use super::{Export, Input};
use std::collections::BTreeSet;

const VERSION: &str = "1.2.1";
/// The namespace of properties that are Charter's own.
const NAMESPACE: &str = "urn:charter";

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    component::write(input, out);
    poam::write(input, out);
}

/// What every document says of itself. `owners` become parties.
fn metadata(input: &Input<'_>, about: &str, owners: &BTreeSet<String>) -> Map {
    let parties: Vec<Map> = owners
        .iter()
        .map(|owner| Map::new().set("uuid", super::identity::uuid(input, "party", owner)).set("type", "person").set("name", owner.as_str()))
        .collect();
    Map::new()
        .set("title", one_line(&format!("{about} of {}", title(input))))
        .set("last-modified", timestamp(input))
        .set("version", input.today.to_string())
        .set("oscal-version", VERSION)
        .set("parties", parties)
}

/// A property; `None` for a value that would be empty, which OSCAL does not allow.
fn property(name: &str, value: &str) -> Option<Map> {
    let value = one_line(value);
    (!value.is_empty()).then(|| Map::new().set("name", name).set("ns", NAMESPACE).set("value", value))
}

/// Prose that is never empty, which OSCAL does not allow.
fn prose(text: &str, otherwise: &str) -> String {
    let text = text.trim();
    if text.is_empty() { otherwise.to_owned() } else { text.to_owned() }
}

/// An id as a token of OSCAL: it starts with a letter or `_`.
fn token(id: &str) -> String {
    if id.starts_with(|letter: char| letter.is_ascii_alphabetic()) { id.to_owned() } else { format!("_{id}") }
}

//! The component definition: the system and what enforces or proves each control.
//!
//! Each control stands under its own id, and where it names a principle of zero trust also under the control of NIST SP 800-53 Rev. 5 that asks for the same.

use super::super::document::{Map, Value};
use super::super::facts::joined;
use super::super::identity::{system, title, uuid};
use super::super::names::one_line;
use super::super::proofs::Proofs;
use super::super::{Export, Input};
use super::{metadata, property, prose, token};
use charter_spec::ast::{Control, Principle};
use charter_spec::names::Entry;
use std::collections::BTreeSet;

const SP_800_53: &str = "https://doi.org/10.6028/NIST.SP.800-53r5";

/// The control of NIST SP 800-53 Rev. 5 that asks for what a principle asks for.
fn nist(principle: Principle) -> (&'static str, &'static str) {
    match principle {
        Principle::WorkloadIdentity => ("ia-9", "service identification and authentication"),
        Principle::MutualTls => ("sc-8", "transmission confidentiality and integrity"),
        Principle::Encryption => ("sc-28", "protection of information at rest"),
        Principle::JustInTime => ("ac-6", "least privilege"),
        Principle::InputValidation => ("si-10", "information input validation"),
        Principle::SignedModels => ("cm-14", "signed components"),
        Principle::Logging => ("au-12", "audit record generation"),
        Principle::SupplyChain => ("sr-4", "provenance"),
    }
}

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let controls = &input.resolved.spec.controls;
    if controls.is_empty() {
        out.note("no control is declared, so there is no component definition", controls.span());
        return;
    }
    let owners: BTreeSet<String> =
        controls.iter().filter_map(|control| control.owner.as_ref()).map(|owner| owner.value.to_string()).collect();
    let own = uuid(input, "catalog", "controls");
    let proofs = Proofs::of(input);
    let requirements: Vec<Map> = controls.iter().map(|control| requirement(input, &proofs, control)).collect();
    let by_nist: Vec<Map> = controls
        .iter()
        .flat_map(|control| control.principle.iter().map(move |principle| (control, principle.value)))
        .map(|(control, principle)| by_principle(input, control, principle))
        .collect();
    let mut implementations = vec![
        Map::new()
            .set("uuid", uuid(input, "implementation", "own"))
            .set("source", format!("#{own}"))
            .set("description", "Controls as the charter declares them.")
            .set("implemented-requirements", requirements),
    ];
    if !by_nist.is_empty() {
        implementations.push(
            Map::new()
                .set("uuid", uuid(input, "implementation", "sp-800-53"))
                .set("source", SP_800_53)
                .set("description", "The same controls under NIST SP 800-53 Rev. 5, by the zero-trust principle that they serve.")
                .set("implemented-requirements", by_nist),
        );
    }
    let component = Map::new()
        .set("uuid", uuid(input, "component", "system"))
        .set("type", "software")
        .set("title", one_line(title(input)))
        .set("description", format!("The system {} as its charter declares it.", system(input)))
        .set("control-implementations", implementations);
    let resource = Map::new()
        .set("uuid", own)
        .set("title", "Controls of the charter")
        .set("description", "Section `controls` of the charter that this was made from.")
        .set("rlinks", vec![Map::new().set("href", "charter.yaml#controls").set("media-type", "application/yaml")]);
    let definition = Map::new()
        .set("uuid", uuid(input, "component-definition", &input.today.to_string()))
        .set("metadata", metadata(input, "Component definition", &owners))
        .set("components", vec![component])
        .set("back-matter", Map::new().set("resources", vec![resource]));
    out.file("component-definition.json", Value::Map(Map::new().set("component-definition", definition)).json());
}

fn described(control: &Entry<Control>) -> String {
    let about = control.about.as_ref().map(|about| about.value.clone());
    let enforced = (!control.enforce.is_empty()).then(|| format!("Enforces {}.", joined(&control.enforce, ", ")));
    let places = (!control.places.is_empty()).then(|| format!("Holds at {}.", joined(&control.places, ", ")));
    let text = [about, enforced, places].into_iter().flatten().collect::<Vec<_>>().join(" ");
    prose(&text, &format!("Control {}.", control.id.value))
}

fn requirement(input: &Input<'_>, proofs: &Proofs<'_>, control: &Entry<Control>) -> Map {
    let id = control.id.value.as_str();
    let mut properties: Vec<Map> = Vec::new();
    properties.extend(control.owner.as_ref().and_then(|owner| property("owner", &owner.value.to_string())));
    properties.extend(control.law.as_ref().and_then(|law| property("law", &law.value)));
    properties.extend(control.enforce.iter().filter_map(|enforced| property("enforces", &enforced.value)));
    properties.extend(control.check.iter().filter_map(|check| property("check", &check.value.text)));
    properties.extend(control.review.as_ref().and_then(|review| property("review", &review.value.to_string())));
    properties.extend(proofs.newest(id).and_then(|known| property("last-verdict", known.word())));
    let links: Vec<Map> = control
        .evidence
        .iter()
        .map(|file| Map::new().set("href", file.value.as_str().replace(' ', "%20")).set("rel", "evidence"))
        .collect();
    Map::new()
        .set("uuid", uuid(input, "requirement", id))
        .set("control-id", token(id))
        .set("description", described(control))
        .set("props", properties)
        .set("links", links)
}

fn by_principle(input: &Input<'_>, control: &Entry<Control>, principle: Principle) -> Map {
    let (id, name) = nist(principle);
    let key = format!("{} {}", control.id.value, principle.word());
    Map::new()
        .set("uuid", uuid(input, "requirement-800-53", &key))
        .set("control-id", id)
        .set("description", format!("{} ({name}, by control {})", described(control), control.id.value))
        .set("props", property("principle", principle.word()).into_iter().collect::<Vec<_>>())
}

//! The plan of action and milestones: open risks, waivers, and requirements that do not hold, after their newest evidence or after
//! arithmetic over the charter.

use super::super::document::{Map, Value};
use super::super::facts::{is_open, joined, level};
use super::super::identity::{system, uuid};
use super::super::proofs::{Known, Proofs};
use super::super::{Export, Input};
use super::{metadata, property, prose};
use charter_plan::arithmetic::derivation::number;
use charter_plan::compile::requirements_without_plan;
use charter_plan::evidence::Verdict;
use charter_plan::plan::{Proof, Requirement};
use charter_spec::ast::{Risk, Waiver};
use charter_spec::names::Entry;
use std::collections::BTreeSet;

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let spec = &input.resolved.spec;
    let mut items = Vec::new();
    let mut risks = Vec::new();
    let mut observations = Vec::new();
    for risk in spec.risks.iter().filter(|risk| is_open(risk)) {
        risks.push(of_risk(input, risk));
        items.push(item_of_risk(input, risk));
    }
    items.extend(spec.waivers.iter().map(|waiver| of_waiver(input, waiver)));
    let all = Proofs::of(input).all();
    for known in all.iter().filter(|known| known.evidence.verdict == Verdict::Broken && known.evidence.proof != "static") {
        let evidence = known.evidence;
        if let Some(time) = time(&evidence.measured_at) {
            observations.push(observation(input, known, &time));
        } else {
            out.note(
                format!("evidence about `{}` has no time after RFC 3339, so it is told without an observation", evidence.requirement),
                None,
            );
        }
        items.push(of_evidence(input, known));
    }
    items.extend(requirements_without_plan(input.resolved).iter().filter_map(|requirement| of_arithmetic(input, requirement)));
    if items.is_empty() {
        out.note("there is no open risk, waiver or broken requirement, so there is no plan of action", None);
        return;
    }
    let owners: BTreeSet<String> = spec
        .risks
        .iter()
        .filter_map(|risk| risk.owner.as_ref())
        .chain(spec.waivers.iter().filter_map(|waiver| waiver.owner.as_ref()))
        .map(|owner| owner.value.to_string())
        .collect();
    let plan = Map::new()
        .set("uuid", uuid(input, "poam", &input.today.to_string()))
        .set("metadata", metadata(input, "Plan of action and milestones", &owners))
        .set("system-id", Map::new().set("identifier-type", "urn:charter").set("id", system(input)))
        .set("observations", observations)
        .set("risks", risks)
        .set("poam-items", items);
    out.file("poam.json", Value::Map(Map::new().set("plan-of-action-and-milestones", plan)).json());
}

fn about(risk: &Entry<Risk>) -> String {
    prose(risk.about.as_ref().map_or("", |about| &about.value), &format!("Risk {}.", risk.id.value))
}

fn done(risk: &Risk) -> String {
    match (&risk.accept, risk.mitigate.is_empty()) {
        (Some(accept), true) => format!("Accepted: {}.", accept.value),
        (_, false) => format!("Mitigated by {}.", joined(&risk.mitigate, ", ")),
        (None, true) => "Nothing is done about it.".to_owned(),
    }
}

fn of_risk(input: &Input<'_>, risk: &Entry<Risk>) -> Map {
    let id = risk.id.value.as_str();
    let mut properties: Vec<Map> = Vec::new();
    properties.extend(risk.probability.as_ref().and_then(|level| property("probability", level.value.word())));
    properties.extend(risk.impact.as_ref().and_then(|level| property("impact", level.value.word())));
    properties.extend(level(risk).and_then(|level| property("level", level.word())));
    properties.extend(risk.owner.as_ref().and_then(|owner| property("owner", &owner.value.to_string())));
    properties.extend(risk.kind.iter().filter_map(|kind| property("kind", kind.value.word())));
    properties.extend(risk.watch.iter().filter_map(|watch| property("watched-by", &watch.value.text)));
    Map::new()
        .set("uuid", uuid(input, "risk", id))
        .set("title", id)
        .set("description", about(risk))
        .set("statement", done(risk))
        .set("props", properties)
        // OSCAL's own words: a risk that is accepted is `deviation-approved`.
        .set("status", if risk.accept.is_some() && risk.mitigate.is_empty() { "deviation-approved" } else { "open" })
}

fn item_of_risk(input: &Input<'_>, risk: &Entry<Risk>) -> Map {
    let id = risk.id.value.as_str();
    Map::new()
        .set("uuid", uuid(input, "poam-item-risk", id))
        .set("title", format!("Risk {id}"))
        .set("description", format!("{} {}", about(risk), done(risk)))
        .set("related-risks", vec![Map::new().set("risk-uuid", uuid(input, "risk", id))])
}

fn of_waiver(input: &Input<'_>, waiver: &Entry<Waiver>) -> Map {
    let id = waiver.id.value.as_str();
    let mut properties: Vec<Map> = Vec::new();
    properties.extend(waiver.rule.as_ref().and_then(|rule| property("rule", &rule.value)));
    properties.extend(waiver.owner.as_ref().and_then(|owner| property("owner", &owner.value.to_string())));
    properties.extend(waiver.until.as_ref().and_then(|until| property("until", &until.value.to_string())));
    properties.extend(waiver.of.iter().filter_map(|of| property("for", of.value.as_str())));
    let rule = waiver.rule.as_ref().map_or("no rule", |rule| rule.value.as_str());
    let why = waiver.why.as_ref().map_or("no reason is given", |why| why.value.as_str());
    let until = waiver.until.as_ref().map_or_else(String::new, |until| format!(" It ends on {}.", until.value));
    Map::new()
        .set("uuid", uuid(input, "poam-item-waiver", id))
        .set("title", format!("Waiver {id}"))
        .set("description", format!("Deviates from rule {rule}: {}.{until}", prose(why, "no reason is given")))
        .set("props", properties)
}

fn observation(input: &Input<'_>, known: &Known<'_>, time: &str) -> Map {
    let evidence = known.evidence;
    let key = format!("{} {}", evidence.requirement, evidence.proof);
    Map::new()
        .set("uuid", uuid(input, "observation", &key))
        .set("title", format!("{} by {}", evidence.requirement, evidence.proof))
        .set("description", figure(known))
        .set("methods", vec!["TEST"])
        .set("collected", time)
}

fn of_evidence(input: &Input<'_>, known: &Known<'_>) -> Map {
    let evidence = known.evidence;
    let key = format!("{} {}", evidence.requirement, evidence.proof);
    let related = time(&evidence.measured_at).map(|_| vec![Map::new().set("observation-uuid", uuid(input, "observation", &key))]);
    Map::new()
        .set("uuid", uuid(input, "poam-item-broken", &key))
        .set("title", format!("Broken requirement {}", evidence.requirement))
        .set("description", figure(known))
        .some("related-observations", related)
}

/// A requirement that arithmetic over the charter shows not to hold. Nothing was tested, so there is no observation.
fn of_arithmetic(input: &Input<'_>, requirement: &Requirement) -> Option<Map> {
    let Proof::Static { holds: false, figure, unit, .. } = &requirement.proof else { return None };
    let found = if unit.is_empty() { number(*figure) } else { format!("{} {unit}", number(*figure)) };
    let text = format!("{}: {found} by arithmetic over the charter.", requirement.text.trim());
    let item = Map::new()
        .set("uuid", uuid(input, "poam-item-broken", &format!("{} static", requirement.id)))
        .set("title", format!("Broken requirement {}", requirement.id))
        .set("description", prose(&text, "The requirement does not hold."));
    Some(item)
}

/// A requirement that was shown not to hold stays in the plan until it is measured again.
fn figure(known: &Known<'_>) -> String {
    let evidence = known.evidence;
    let measured = evidence
        .figure
        .map_or_else(|| "nothing was measured".to_owned(), |figure| format!("measured {figure} {}", evidence.unit).trim().to_owned());
    let since = if known.is_current { "" } else { " The charter has changed since." };
    prose(&format!("{}: {measured}, against {}.{since}", evidence.text.trim(), evidence.limit.trim()), "The requirement does not hold.")
}

/// A time after RFC 3339 with its zone, as OSCAL asks for it.
fn time(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_date = text.get(..10).is_some_and(|date| charter_spec::quantity::Date::parse(date).is_some());
    let has_zone = text.ends_with('Z') || bytes.len() > 6 && matches!(bytes.get(bytes.len() - 6), Some(b'+' | b'-'));
    (is_date && bytes.get(10) == Some(&b'T') && has_zone && text.len() >= 20).then(|| text.to_owned())
}

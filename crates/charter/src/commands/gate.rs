//! `charter gate`

use super::decide::is_charter_instead;
use crate::arguments::{Colour, Format, Gate};
use crate::exit::{Ending, Outcome, Problem};
use crate::known::{Known, date, is_there};
use crate::output::{colours, print, print_json};
use charter_plan::criterion::Facts;
use charter_plan::gate::sign_off::{Act, Scope, SignOff};
use charter_plan::gate::{Answer, GateReport, answer, signers};
use charter_plan::resolved::Element;
use charter_render::text::{self, Paint};
use charter_spec::{Id, SectionName};
use charter_verify::evidence::SignOffStore;
use serde_json::json;

/// Longest name and note that are recorded.
const NAME_MAX: usize = 200;
const NOTE_MAX: usize = 4_000;

pub(crate) fn run(arguments: &Gate, colour: Colour) -> Outcome {
    if is_charter_instead(&arguments.phase, &arguments.source.path) {
        let place = &arguments.phase;
        return Err(Problem::Usage(format!(
            "the phase is missing: `charter gate PHASE {place}`; `charter explain roadmap {place}` names the phases"
        )));
    }
    let signs = arguments.sign.is_some();
    if !signs {
        is_there(arguments.evidence.as_deref())?;
    }
    let known = Known::read(&arguments.source.path, &[], date(arguments.today.as_deref())?, arguments.evidence.as_deref())?;
    let Some(facts) = known.facts() else { return known.refuse(colours(colour)) };
    let phase = phase(&facts, &arguments.phase)?;
    let signed = match (&arguments.sign, &arguments.revoke) {
        (Some(name), _) => Some(record(arguments, &facts, &phase, name, Act::Sign)?),
        (None, Some(name)) => Some(record(arguments, &facts, &phase, name, Act::Revoke)?),
        (None, None) => None,
    };
    let mut said = String::new();
    let mut sign_offs = known.sign_offs.clone();
    if let Some(record) = signed {
        let path = SignOffStore::beside(&known.kept).keep(&record).map_err(|problem| Problem::Environment(problem.to_string()))?;
        let verb = if record.act == Act::Sign { "signed" } else { "revoked" };
        said = format!("{verb} by {}: {}, kept in {}\n\n", record.name, record.scope, path.display());
        sign_offs.push(record);
    }
    let facts = Facts { sign_offs: &sign_offs, ..facts };
    let Some(report) = answer(&facts, phase.as_str()) else { return Err(Problem::Usage(format!("the roadmap has no phase `{phase}`"))) };
    match arguments.format {
        Format::Json => print_json(&json!(report))?,
        Format::Human => print(&format!("{said}{}{}", text::gate(&report, Paint::new(colours(colour))), known.not_counted()))?,
    }
    Ok(ending(&report))
}

/// 0 when the gate answers with the phase's way on, 4 when it does not and a requirement that it asks for is broken, else 1.
fn ending(report: &GateReport) -> Ending {
    let broken = report.outcomes.iter().flat_map(|outcome| &outcome.criteria).any(|judged| judged.broken);
    match &report.answer {
        Answer::Decided { advances: true, .. } => Ending::Fine,
        _ if broken => Ending::Broken,
        _ => Ending::Findings,
    }
}

fn phase(facts: &Facts<'_>, written: &str) -> Result<Id, Problem> {
    let name = written.strip_prefix("roadmap.").unwrap_or(written);
    let phases = || facts.resolved.spec.roadmap.iter().map(|phase| phase.id.value.as_str());
    if let Some(entry) = facts.resolved.spec.roadmap.get_entry(name) {
        return Ok(entry.id.value.clone());
    }
    let help = match charter_spec::names::nearest(name, phases()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => match phases().collect::<Vec<_>>() {
            known if known.is_empty() => "the charter has no roadmap".to_owned(),
            known => format!("there are: {}", known.join(", ")),
        },
    };
    Err(Problem::Usage(format!("no phase is called `{written}`; {help}")))
}

/// What is to be written down, checked: who, for whom, and what exactly.
fn record(arguments: &Gate, facts: &Facts<'_>, phase: &Id, name: &str, act: Act) -> Result<SignOff, Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(Problem::Usage(format!("a signature needs a name of at most {NAME_MAX} characters on one line")));
    }
    let note = arguments.note.clone().unwrap_or_default();
    if note.chars().count() > NOTE_MAX {
        return Err(Problem::Usage(format!("a note has at most {NOTE_MAX} characters; put more into a file that the charter names")));
    }
    let role = role(arguments, facts, phase, name)?;
    let scope = match &arguments.scope {
        None => Scope::element(&Element::new(SectionName::Roadmap, phase)),
        Some(text) => Scope::find(facts, phase, text).map_err(|near| {
            let names: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
            let help = if names.is_empty() {
                "a scope is an id of the charter, a file that it names, or a criterion of the gate in its own words; put anything else into --note".to_owned()
            } else {
                format!("did you mean {}?", names.join(" or "))
            };
            Problem::Usage(format!("nothing that can be signed is called `{text}`; {help}"))
        })?,
    };
    let known = |record: &&SignOff| record.name.eq_ignore_ascii_case(name) && record.scope == scope.name && record.act == Act::Sign;
    let signed = facts.sign_offs.iter().rfind(known);
    if act == Act::Revoke && signed.is_none() {
        return Err(Problem::Usage(format!("`{name}` has not signed `{}`, so there is nothing to revoke", scope.name)));
    }
    Ok(SignOff {
        act,
        name: name.to_owned(),
        // A revocation is of the signature that stands there, for whomever it was given.
        role: if act == Act::Revoke { signed.and_then(|signed| signed.role.clone()) } else { role },
        phase: phase.to_string(),
        note,
        fingerprint: scope.fingerprint(facts),
        plan: facts.plan.map_or_else(String::new, |plan| plan.fingerprint.clone()),
        signed_at: jiff::Timestamp::now().to_string(),
        scope: scope.name,
    })
}

/// The stakeholder for whom is signed: as said, else the one of that id or name.
fn role(arguments: &Gate, facts: &Facts<'_>, phase: &Id, name: &str) -> Result<Option<String>, Problem> {
    let stakeholders = &facts.resolved.spec.stakeholders;
    if let Some(role) = &arguments.role {
        if stakeholders.contains(role) {
            return Ok(Some(role.clone()));
        }
        let entry = facts.resolved.spec.roadmap.get_entry(phase);
        let asked: Vec<String> =
            entry.map(|entry| signers(facts, entry)).unwrap_or_default().into_iter().map(ToString::to_string).collect();
        let help = match charter_spec::names::nearest(role, stakeholders.iter().map(|entry| entry.id.value.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None if asked.is_empty() => "the charter's `stakeholders` are those that can sign".to_owned(),
            None => format!("this phase is signed for {}", asked.join(" and ")),
        };
        return Err(Problem::Usage(format!("no stakeholder is called `{role}`; {help}")));
    }
    let own = stakeholders
        .iter()
        .find(|entry| entry.id.value.as_str() == name || entry.name.as_ref().is_some_and(|known| known.value.eq_ignore_ascii_case(name)));
    Ok(own.map(|entry| entry.id.value.to_string()))
}

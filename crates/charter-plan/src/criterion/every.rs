//! `every SUBJECT STATE`: all of a kind, each judged by itself.

use super::{Facts, Judged, Outcome, judge as judge_one, of_element, of_line, signed};
use crate::age::{Aged, last_made};
use crate::gate::sign_off::Scope;
use crate::resolved::Element;
use charter_spec::ast::{Direction, Model, RiskStatus, Scenario};
use charter_spec::measure::{Argument, Every, EveryState, Proof, Subject, TermKind};
use charter_spec::names::Entry;
use charter_spec::{Id, SectionName};

const DAY_SECONDS: f64 = 86_400.0;

pub(super) fn judge(facts: &Facts<'_>, text: &str, every: &Every) -> Judged {
    let asked = match every.state {
        EveryState::Proved(proof) => proof,
        EveryState::Signed => Some(Proof::Review),
        _ => None,
    };
    match every.subject {
        Subject::Quality => section(facts, text, SectionName::Quality, asked),
        Subject::Constraint => section(facts, text, SectionName::Constraints, asked),
        Subject::Control => section(facts, text, SectionName::Controls, asked),
        Subject::Risk => section(facts, text, SectionName::Risks, asked),
        Subject::Rung => rungs(facts, text),
        Subject::Contract => contracts(facts, text, every.state, false),
        Subject::UpstreamContract => contracts(facts, text, every.state, true),
        Subject::Model => match every.state {
            EveryState::Compared => {
                let models = &facts.resolved.spec.models;
                Judged::of_parts(text, models.iter().map(|model| compared(facts, model)).collect(), "there is no model")
            }
            EveryState::Signed => section(facts, text, SectionName::Models, asked),
            _ => Judged::new(text, Outcome::Unknown, "models are compared or signed; nothing else about all of them is known"),
        },
    }
}

/// Every element of a section.
pub(super) fn section(facts: &Facts<'_>, text: &str, section: SectionName, asked: Option<Proof>) -> Judged {
    let spec = &facts.resolved.spec;
    let ids: Vec<&Id> = match section {
        SectionName::Quality => spec.quality.iter().map(|entry| &entry.id.value).collect(),
        SectionName::Constraints => spec.constraints.iter().map(|entry| &entry.id.value).collect(),
        SectionName::Controls => spec.controls.iter().map(|entry| &entry.id.value).collect(),
        SectionName::Risks => spec.risks.iter().map(|entry| &entry.id.value).collect(),
        SectionName::Models => spec.models.iter().map(|entry| &entry.id.value).collect(),
        SectionName::Assurance => spec.assurance.iter().map(|entry| &entry.id.value).collect(),
        _ => return Judged::new(text, Outcome::Unknown, format!("nothing decides all of `{}`", section.key())),
    };
    let parts = ids.into_iter().map(|id| of_element(facts, id.as_str(), &Element::new(section, id), asked)).collect();
    Judged::of_parts(text, parts, &format!("there is nothing in `{}`", section.key()))
}

/// Every rung below a first one was tried on purpose and answered.
fn rungs(facts: &Facts<'_>, text: &str) -> Judged {
    let mut parts = Vec::new();
    for route in &facts.resolved.spec.routes {
        let element = Element::new(SectionName::Routes, &route.id.value);
        for rung in facts.resolved.ladders.of(&element).flat_map(|ladder| ladder.rungs.iter().skip(1)) {
            let id = format!("chaos/{}/{}", route.id.value, rung.name);
            let name = format!("{}/{}", route.id.value, rung.name);
            parts.push(match (facts.standing(&id), &rung.exercised) {
                (Some(line), _) => of_line(&name, line),
                (None, Some(day)) => {
                    Judged::new(name, Outcome::Unknown, format!("written as exercised on {}, and no run shows it", day.value))
                }
                (None, None) => Judged::new(name, Outcome::Unknown, "never tried on purpose: `charter verify --chaos`"),
            });
        }
    }
    Judged::of_parts(text, parts, "there is no rung below a first one")
}

fn contracts(facts: &Facts<'_>, text: &str, state: EveryState, upstream: bool) -> Judged {
    let mut parts = Vec::new();
    for dependency in &facts.resolved.spec.dependencies {
        let is_upstream = dependency.direction.as_ref().is_some_and(|direction| direction.value == Direction::Upstream);
        if upstream && !is_upstream || !upstream && dependency.contract.is_none() {
            continue;
        }
        let name = dependency.id.value.to_string();
        let Some(contract) = &dependency.contract else {
            parts.push(Judged::new(name, Outcome::NotMet, "it has no contract that could be signed"));
            continue;
        };
        let path = contract.value.as_str();
        if state == EveryState::Signed {
            let own = signed(facts, &name, &Scope::element(&Element::new(SectionName::Dependencies, &dependency.id.value)));
            let file = signed(facts, &name, &Scope::file(path));
            parts.push(if own.outcome == Outcome::Met { own } else { file });
        } else {
            parts.push(Judged::new(name, Outcome::Unknown, format!("no run has checked data against `{path}`")));
        }
    }
    if !upstream {
        for route in facts.resolved.spec.routes.iter().filter_map(|route| route.input.as_ref()) {
            let path = route.value.as_str();
            let known = facts.resolved.contracts.contains_key(path);
            parts.push(match (state, known) {
                (EveryState::Signed, _) => signed(facts, path, &Scope::file(path)),
                (_, true) => Judged::new(path, Outcome::Met, "read, and held against every request"),
                (_, false) => Judged::new(path, Outcome::NotMet, "it cannot be read"),
            });
        }
    }
    Judged::of_parts(text, parts, if upstream { "nothing is upstream" } else { "there is no contract" })
}

/// Some scenario shows that the model beats its baseline.
fn compared(facts: &Facts<'_>, model: &Entry<Model>) -> Judged {
    let id = model.id.value.as_str();
    if model.baseline.is_none() {
        return Judged::new(id, Outcome::NotMet, "it names no baseline");
    }
    let spec = &facts.resolved.spec;
    let element = Element::new(SectionName::Models, &model.id.value);
    let askers: Vec<&Id> =
        facts.resolved.references.to(&element).filter(|reference| reference.role == "answer").map(|reference| &reference.from.id).collect();
    let about = |scenario: &&Entry<Scenario>| {
        scenario
            .artifact
            .as_ref()
            .is_some_and(|artifact| artifact.as_str() == id || askers.iter().any(|route| route.as_str() == artifact.as_str()))
    };
    let comparing = spec.quality.iter().filter(about).filter(|scenario| is_comparison(scenario));
    let parts: Vec<Judged> =
        comparing.filter_map(|scenario| Some(of_line(scenario.id.value.as_str(), facts.standing(&scenario.id.value)?))).collect();
    // One comparison that holds is enough; the best of them speaks for the model.
    let rank = |judged: &&Judged| match judged.outcome {
        Outcome::Met => 0,
        Outcome::Unknown => 1,
        Outcome::NotMet => 2,
    };
    match parts.iter().min_by_key(rank) {
        Some(best) => Judged { criterion: id.to_owned(), reason: format!("by `{}`, {}", best.criterion, best.reason), ..best.clone() },
        None => Judged::new(id, Outcome::Unknown, "no scenario compares it: `measure: uplift(auc vs baseline) >= 5%`"),
    }
}

fn is_comparison(scenario: &Scenario) -> bool {
    let measure = scenario.measure.as_ref().and_then(|measure| measure.value.measure());
    measure.is_some_and(|measure| {
        matches!(&measure.term.kind, TermKind::Call { arguments, .. } if arguments.iter().any(|argument| matches!(argument, Argument::Versus(_))))
    })
}

/// A control holds by its checks, by fresh evidence, or by a person's name.
pub(super) fn control(facts: &Facts<'_>, text: &str, id: &Id) -> Judged {
    let Some(control) = facts.resolved.spec.controls.get(id) else { return super::undeclared(text) };
    if !control.check.is_empty() {
        let parts = control.check.iter().map(|check| judge_one(facts, &check.value)).collect();
        return Judged::of_parts(text, parts, "");
    }
    let element = Element::new(SectionName::Controls, id);
    if let Some(made) = last_made(facts.resolved, facts.evidence, &Aged::Element(element)) {
        let age = facts.today.days_since_epoch() - made.date.days_since_epoch();
        let date = Some(made.date.to_string());
        if age < 0 {
            let reason = format!("{} says {}, which is still to come", made.by, made.date);
            return Judged { date, ..Judged::new(text, Outcome::Unknown, reason) };
        }
        // Ages in days are far below 2^52.
        #[allow(clippy::cast_precision_loss)]
        let fresh = control.review.as_ref().is_none_or(|review| age as f64 * DAY_SECONDS <= review.seconds());
        let outcome = if fresh { Outcome::Met } else { Outcome::Unknown };
        let words = if fresh { "fresh" } else { "too old: make it anew, or sign it" };
        return Judged { date, ..Judged::new(text, outcome, format!("its evidence is {age} days old by {}, {words}", made.by)) };
    }
    let scope = Scope::element(&Element::new(SectionName::Controls, id));
    let mut judged = signed(facts, text, &scope);
    if judged.outcome != Outcome::Met && !control.enforce.is_empty() {
        judged.reason = format!("configured at the gateway, with no evidence of its own; {}", judged.reason);
    }
    judged
}

/// A risk that someone owns, and that is mitigated, accepted or gone.
pub(super) fn risk(facts: &Facts<'_>, text: &str, id: &Id) -> Judged {
    let Some(risk) = facts.resolved.spec.risks.get(id) else { return super::undeclared(text) };
    if risk.status.as_ref().is_some_and(|status| status.value == RiskStatus::Closed) {
        return Judged::new(text, Outcome::Met, "closed");
    }
    let Some(owner) = &risk.owner else { return Judged::new(text, Outcome::NotMet, "nobody owns it") };
    let accepted = risk.accept.is_some() || risk.status.as_ref().is_some_and(|status| status.value == RiskStatus::Accepted);
    match (risk.mitigate.is_empty(), accepted) {
        (false, _) => {
            let links: Vec<&str> = risk.mitigate.iter().map(|link| link.as_str()).collect();
            Judged::new(text, Outcome::Met, format!("owned by {}, mitigated by {}", owner.as_str(), links.join(", ")))
        }
        (true, true) => Judged::new(text, Outcome::Met, format!("accepted by {}", owner.as_str())),
        (true, false) => Judged::new(text, Outcome::NotMet, "nothing mitigates it, and nobody accepted it"),
    }
}

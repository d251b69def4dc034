//! Human sign-offs: who signed what, when, and whether it is still what was signed.
//!
//! A record is never changed: a revocation is a record of its own, and the newest of a name and scope counts. Where records are kept does not belong here.

use crate::compile::fingerprint;
use crate::criterion::Facts;
use crate::resolved::{Element, Resolved};
use charter_spec::measure::CriterionKind;
use charter_spec::{Id, SectionName, Span};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a record does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    Sign,
    Revoke,
}

/// One signature, or its revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    pub act: Act,
    /// Who, as they call themselves.
    pub name: String,
    /// The stakeholder for whom they sign, by id.
    pub role: Option<String>,
    /// The phase at whose gate it was signed.
    pub phase: String,
    /// What was signed: `roadmap.production`, `quality.peak-latency`, a contract's path, or the words of a criterion.
    pub scope: String,
    /// Anything they wanted to say.
    #[serde(default)]
    pub note: String,
    /// Of what was signed, as it was then.
    pub fingerprint: String,
    /// The plan's fingerprint then; empty without a plan.
    #[serde(default)]
    pub plan: String,
    /// RFC 3339, UTC.
    pub signed_at: String,
}

impl SignOff {
    /// The day, `2026-11-23`.
    pub fn day(&self) -> &str {
        self.signed_at.get(..10).unwrap_or(&self.signed_at)
    }
}

/// Where a signature stands today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureState {
    /// What was signed is as it was.
    Valid,
    /// It has changed since.
    Stale,
    /// Whoever signed took it back.
    Revoked,
}

/// The newest signature of a scope, by whoever signs for `role` where one is asked for, and whether it is of what stands there now. Revoked ones do not count.
pub(crate) fn standing_signature<'a>(
    sign_offs: &'a [SignOff],
    scope: &str,
    role: Option<&str>,
    fingerprint: &str,
) -> Option<(&'a SignOff, bool)> {
    let fits = |sign_off: &&SignOff| {
        sign_off.scope == scope && role.is_none_or(|role| sign_off.role.as_deref() == Some(role) || sign_off.name == role)
    };
    let standing = latest(sign_offs).into_iter().filter(fits).filter(|sign_off| sign_off.act == Act::Sign);
    let mut standing: Vec<&SignOff> = standing.collect();
    standing.sort_by(|left, right| {
        (left.fingerprint == fingerprint, &left.signed_at).cmp(&(right.fingerprint == fingerprint, &right.signed_at))
    });
    standing.pop().map(|newest| (newest, newest.fingerprint == fingerprint))
}

/// The newest record of each name, role and scope.
pub(crate) fn latest(sign_offs: &[SignOff]) -> Vec<&SignOff> {
    let key = |sign_off: &SignOff| (sign_off.scope.clone(), sign_off.name.to_lowercase(), sign_off.role.clone());
    let mut newest: std::collections::BTreeMap<_, &SignOff> = std::collections::BTreeMap::new();
    for sign_off in sign_offs {
        let kept = newest.entry(key(sign_off)).or_insert(sign_off);
        if sign_off.signed_at >= kept.signed_at {
            *kept = sign_off;
        }
    }
    newest.into_values().collect()
}

/// What can be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// As records name it.
    pub name: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Phase(Id),
    Element(Element),
    File(String),
    Words,
}

impl Scope {
    /// An element of the charter. A phase stands for its gate with the verdicts of that day.
    pub fn element(element: &Element) -> Self {
        let kind = match element.section {
            SectionName::Roadmap if !element.is_whole() => Kind::Phase(element.id.clone()),
            _ => Kind::Element(element.clone()),
        };
        Self { name: element.to_string(), kind }
    }

    /// A contract or another file that the charter names.
    pub(crate) fn file(path: &str) -> Self {
        Self { name: path.to_owned(), kind: Kind::File(path.to_owned()) }
    }

    /// A criterion in words that only a person can decide.
    pub(crate) fn words(text: &str) -> Self {
        Self { name: text.to_owned(), kind: Kind::Words }
    }

    /// What `text` names at the gate of `phase`: a file that the charter names, an element, or the words of one of the gate's criteria.
    ///
    /// # Errors
    /// Nothing of that name can be signed; the nearest names are given.
    pub fn find(facts: &Facts<'_>, phase: &Id, text: &str) -> Result<Self, Vec<String>> {
        let text = text.trim();
        if facts.files.get(text).is_some() {
            return Ok(Self::file(text));
        }
        if let Some(element) = facts.resolved.index.named(text).filter(|element| !element.is_whole()) {
            return Ok(Self::element(&element));
        }
        let gate = facts.resolved.spec.roadmap.get(phase).map(|phase| &phase.gate);
        let mut criteria = gate.into_iter().flatten().flat_map(|outcome| &outcome.value.value);
        if criteria.any(|criterion| criterion.value.kind == CriterionKind::Text && *criterion.value.text == *text) {
            return Ok(Self::words(text));
        }
        let mut near = crate::explain::nearest(facts.resolved, text);
        near.extend(charter_spec::names::nearest(text, facts.files.paths()).map(str::to_owned));
        Err(near)
    }

    /// The fingerprint of what is signed, as it is now: it changes when that changes.
    ///
    /// A gate: its outcomes, the fingerprint and verdict of each requirement that they name. A requirement: that of the plan. Other elements: their text,
    /// blanks aside, with the contract that they name. A file: its bytes.
    pub fn fingerprint(&self, facts: &Facts<'_>) -> String {
        let content = match &self.kind {
            Kind::Phase(id) => phase(facts, id),
            Kind::Element(element) => requirement(facts, element).unwrap_or_else(|| text(facts, element)),
            Kind::File(path) => facts.files.get(path).map_or(Value::Null, |bytes| fingerprint::of_bytes(bytes).into()),
            Kind::Words => Value::Null,
        };
        fingerprint::of(&json!([self.name, content]))
    }
}

/// The gate with what is known about everything that it names.
fn phase(facts: &Facts<'_>, id: &Id) -> Value {
    let Some(phase) = facts.resolved.spec.roadmap.get(id) else { return Value::Null };
    let criteria = |outcome: &charter_spec::names::Entry<charter_spec::List<charter_spec::Criterion>>| -> Vec<Value> {
        outcome.value.value.iter().map(|criterion| json!([&*criterion.value.text, named(facts, &criterion.value.kind)])).collect()
    };
    let outcomes: Vec<Value> = phase.gate.iter().map(|outcome| json!([outcome.id.value.as_str(), criteria(outcome)])).collect();
    json!([outcomes, phase.tasks.iter().map(|task| task.id.value.to_string()).collect::<Vec<_>>()])
}

fn named(facts: &Facts<'_>, kind: &CriterionKind) -> Value {
    let state = |id: &str| {
        let own = facts.plan.and_then(|plan| plan.requirements.iter().find(|requirement| requirement.id == id));
        let standing = facts.standing(id).map(|line| line.standing.name());
        json!([id, own.map(|own| own.fingerprint.as_str()), standing])
    };
    match kind {
        CriterionKind::Requirement { id, .. } => state(id.value.as_str()),
        CriterionKind::Every(_) => facts.standings.iter().map(|line| state(&line.requirement)).collect(),
        _ => Value::Null,
    }
}

fn requirement(facts: &Facts<'_>, element: &Element) -> Option<Value> {
    if !matches!(element.section, SectionName::Quality | SectionName::Constraints) {
        return None;
    }
    let own = facts.plan?.requirements.iter().find(|requirement| requirement.id == element.id.as_str())?;
    Some(own.fingerprint.as_str().into())
}

fn text(facts: &Facts<'_>, element: &Element) -> Value {
    let words = |span: Span| facts.files.text(span).map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let written = value_span(facts.resolved, element).and_then(words);
    let contract = match element.section {
        SectionName::Dependencies => facts.resolved.spec.dependencies.get(&element.id).and_then(|entry| entry.contract.as_ref()),
        SectionName::DataSets => facts.resolved.spec.data.get(&element.id).and_then(|entry| entry.contract.as_ref()),
        _ => None,
    };
    let bytes = contract.and_then(|path| facts.files.get(path.value.as_str())).map(fingerprint::of_bytes);
    json!([written, bytes])
}

/// Where the element's value is written.
fn value_span(resolved: &Resolved, element: &Element) -> Option<Span> {
    let (spec, id) = (&resolved.spec, element.id.as_str());
    Some(match element.section {
        SectionName::Quality => spec.quality.get_entry(id)?.value.span,
        SectionName::Constraints => spec.constraints.get_entry(id)?.value.span,
        SectionName::Controls => spec.controls.get_entry(id)?.value.span,
        SectionName::Decisions => spec.decisions.get_entry(id)?.value.span,
        SectionName::Risks => spec.risks.get_entry(id)?.value.span,
        SectionName::Challenges => spec.challenges.get_entry(id)?.value.span,
        SectionName::Assurance => spec.assurance.get_entry(id)?.value.span,
        SectionName::Dependencies => spec.dependencies.get_entry(id)?.value.span,
        SectionName::Providers => spec.providers.get_entry(id)?.value.span,
        SectionName::DataSets => spec.data.get_entry(id)?.value.span,
        SectionName::Features => spec.features.get_entry(id)?.value.span,
        SectionName::Models => spec.models.get_entry(id)?.value.span,
        SectionName::Routes => spec.routes.get_entry(id)?.value.span,
        SectionName::Rollouts => spec.rollouts.get_entry(id)?.value.span,
        SectionName::Experiments => spec.experiments.get_entry(id)?.value.span,
        SectionName::Waivers => spec.waivers.get_entry(id)?.value.span,
        SectionName::Patterns => spec.patterns.get_entry(id)?.value.span,
        SectionName::Latency => spec.latency.get_entry(id)?.value.span,
        _ => resolved.index.place(element)?,
    })
}

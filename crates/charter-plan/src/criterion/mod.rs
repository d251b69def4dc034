//! Whether a criterion of a gate, a check or a revisit condition is met, by the charter and its evidence: met, not met, or unknown and why.
//!
//! What follows for a phase belongs to `gate`, for a decision to `decision`.

mod age;
mod every;
mod facts;

pub use facts::Facts;

use crate::compile::{decide_by_arithmetic, known_to_arithmetic};
use crate::gate::sign_off::Scope;
use crate::plan;
use crate::resolved::Element;
use crate::standing::{Standing, StatusLine};
use charter_spec::measure::{Argument, Criterion, CriterionKind, Proof, Term, TermKind, ValueKind};
use charter_spec::{Id, SectionName};
use serde::Serialize;

/// Three-valued: what is not known is neither met nor missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Met,
    NotMet,
    Unknown,
}

impl Outcome {
    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not met",
            Self::Unknown => "unknown",
        }
    }

    /// All of them: missed when one is, unknown when one of the others is.
    pub fn all(outcomes: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self::Met;
        for outcome in outcomes {
            match outcome {
                Self::NotMet => return Self::NotMet,
                Self::Unknown => whole = Self::Unknown,
                Self::Met => {}
            }
        }
        whole
    }
}

/// A criterion with what was found out about it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// As written.
    pub criterion: String,
    pub outcome: Outcome,
    /// One sentence: by which figure, or what is missing and how to get it.
    pub reason: String,
    pub figure: Option<f64>,
    /// 95 % interval of a measured figure.
    pub interval: Option<(f64, f64)>,
    pub unit: String,
    /// When it was measured or signed, RFC 3339.
    pub date: Option<String>,
    /// Whether a requirement that it names is shown not to hold.
    pub broken: bool,
    /// Each part of a criterion over several things.
    pub parts: Vec<Judged>,
}

impl Judged {
    pub(crate) fn new(criterion: impl Into<String>, outcome: Outcome, reason: impl Into<String>) -> Self {
        Self {
            criterion: criterion.into(),
            outcome,
            reason: reason.into(),
            figure: None,
            interval: None,
            unit: String::new(),
            date: None,
            broken: false,
            parts: Vec::new(),
        }
    }

    /// All parts together; the reason counts them. Of no parts nothing is known: a promise that nobody made is not kept.
    pub(crate) fn of_parts(criterion: impl Into<String>, parts: Vec<Self>, empty: &str) -> Self {
        if parts.is_empty() {
            return Self::new(criterion, Outcome::Unknown, format!("{empty}, so nothing is shown"));
        }
        let outcome = Outcome::all(parts.iter().map(|part| part.outcome));
        let count = |outcome| parts.iter().filter(|part| part.outcome == outcome).count();
        let mut reason = format!("{} of {} met", count(Outcome::Met), parts.len());
        for (outcome, word) in [(Outcome::NotMet, "not met"), (Outcome::Unknown, "unknown")] {
            if count(outcome) > 0 {
                reason.push_str(&format!(", {} {word}", count(outcome)));
            }
        }
        Self { broken: parts.iter().any(|part| part.broken), parts, ..Self::new(criterion, outcome, reason) }
    }
}

/// Judges a criterion by what is known.
pub fn judge(facts: &Facts<'_>, criterion: &Criterion) -> Judged {
    let text = &*criterion.text;
    match &criterion.kind {
        CriterionKind::Measure(measure) if crate::age::is_age(measure) => age::judge(facts, text, measure),
        CriterionKind::Measure(measure) => {
            let arithmetic = decide_by_arithmetic(facts.resolved, measure);
            if let Ok(plan::Proof::Static { holds, figure, unit, derivation }) = arithmetic {
                let outcome = if holds { Outcome::Met } else { Outcome::NotMet };
                let line = derivation.last().cloned().unwrap_or_default();
                return Judged { figure: Some(figure), unit, ..Judged::new(text, outcome, line) };
            }
            let sentence = criterion.describe();
            match facts.standings.iter().find(|line| line.text == sentence) {
                Some(line) => of_line(text, line),
                None => {
                    let reason = arithmetic.err().unwrap_or_default();
                    // What arithmetic knows lacks a figure of the charter, which no scenario gives.
                    let way_out =
                        if known_to_arithmetic(measure).is_ok() { "" } else { "; state it as a scenario in `quality:` and name that here" };
                    Judged::new(text, Outcome::Unknown, format!("{reason}{way_out}"))
                }
            }
        }
        CriterionKind::Requirement { id, section, proof } => {
            let element = match section {
                Some(section) => Some(Element::new(*section, &id.value)),
                None => facts.resolved.index.named(id.value.as_str()),
            };
            match element {
                Some(element) => of_element(facts, text, &element, proof.as_ref().map(|proof| proof.value)),
                None => Judged::new(text, Outcome::Unknown, format!("the charter has no `{}`", id.value)),
            }
        }
        CriterionKind::Term(term) => of_term(facts, text, term),
        CriterionKind::Every(every) => every::judge(facts, text, every),
        CriterionKind::Else => Judged::new(text, Outcome::Unknown, "holds when no other outcome does"),
        CriterionKind::Text => signed(facts, text, &Scope::words(text)),
        CriterionKind::Unreadable => Judged::new(text, Outcome::Unknown, "it cannot be read; `charter check` says why"),
    }
}

/// A requirement, control, layer or section by its id.
pub(crate) fn of_element(facts: &Facts<'_>, text: &str, element: &Element, asked: Option<Proof>) -> Judged {
    if asked == Some(Proof::Review) {
        return signed(facts, text, &Scope::element(element));
    }
    if element.is_whole() {
        return every::section(facts, text, element.section, asked);
    }
    match element.section {
        SectionName::Quality | SectionName::Constraints => of_requirement(facts, text, &element.id, asked),
        SectionName::Assurance => {
            let Some(layer) = facts.resolved.spec.assurance.get(&element.id) else { return undeclared(text) };
            let parts = layer.check.iter().map(|check| judge(facts, &check.value)).collect();
            Judged::of_parts(text, parts, "the layer checks nothing")
        }
        SectionName::Controls => every::control(facts, text, &element.id),
        SectionName::Risks => every::risk(facts, text, &element.id),
        _ => signed(facts, text, &Scope::element(element)),
    }
}

fn undeclared(text: &str) -> Judged {
    Judged::new(text, Outcome::Unknown, "it is not declared")
}

fn of_requirement(facts: &Facts<'_>, text: &str, id: &Id, asked: Option<Proof>) -> Judged {
    let Some(line) = facts.standing(id) else { return undeclared(text) };
    if line.proof == Proof::Review.word() {
        let section = if facts.resolved.spec.quality.contains(id) { SectionName::Quality } else { SectionName::Constraints };
        return signed(facts, text, &Scope::element(&Element::new(section, id)));
    }
    // A constraint that names a control has no verdict of its own: what it names has.
    if let Some(constraint) = facts.resolved.spec.constraints.get(id).filter(|_| line.proof == "none" && asked.is_none())
        && constraint.check.iter().any(|check| names_control(facts, &check.value))
    {
        let parts = constraint.check.iter().map(|check| judge(facts, &check.value)).collect();
        return Judged::of_parts(text, parts, "it checks nothing");
    }
    match asked {
        // What nothing proves says itself why.
        Some(asked) if asked.word() != line.proof && line.proof != "none" => {
            let reason = format!("`{id}` is proved by {}, and {} is asked for; change one of them", line.proof, asked.word());
            Judged::new(text, Outcome::Unknown, reason)
        }
        _ => of_line(text, line),
    }
}

fn names_control(facts: &Facts<'_>, criterion: &Criterion) -> bool {
    let CriterionKind::Requirement { id, section, .. } = &criterion.kind else { return false };
    section.is_none_or(|section| section == SectionName::Controls) && facts.resolved.spec.controls.contains(id.value.as_str())
}

/// The standing of a requirement as an outcome: what is stale or unproved is unknown.
pub(crate) fn of_line(text: &str, line: &StatusLine) -> Judged {
    let outcome = match line.standing {
        Standing::Proved => Outcome::Met,
        Standing::Broken => Outcome::NotMet,
        Standing::Stale | Standing::Unproved => Outcome::Unknown,
    };
    Judged {
        figure: line.figure,
        interval: line.interval,
        unit: line.unit.clone(),
        date: line.measured_at.clone(),
        broken: line.standing == Standing::Broken,
        ..Judged::new(text, outcome, format!("{}: {}", line.standing.name(), line.reason))
    }
}

/// `breach(peak-latency)` is true when the requirement is broken.
fn of_term(facts: &Facts<'_>, text: &str, term: &Term) -> Judged {
    let TermKind::Call { function, arguments } = &term.kind else {
        return Judged::new(text, Outcome::Unknown, "it is a state that production reports");
    };
    let name = arguments.first().and_then(|argument| match argument {
        Argument::Term(Term { kind: TermKind::Path(path), .. }) => Some(path.dotted()),
        Argument::Value(value) => match &value.kind {
            ValueKind::Path(path) => Some(path.dotted()),
            _ => None,
        },
        _ => None,
    });
    match (function.value.single(), name) {
        (Some("breach"), Some(name)) => breach(facts, text, &name),
        _ => Judged::new(text, Outcome::Unknown, "it is a state that production reports"),
    }
}

/// Whether a requirement, or the one that a latency budget implements, is shown not to hold.
pub(crate) fn breach(facts: &Facts<'_>, text: &str, name: &str) -> Judged {
    let id = name.rsplit('.').next().unwrap_or(name);
    let Some(line) = facts.standing(id) else { return Judged::new(text, Outcome::Unknown, format!("no requirement is called `{id}`")) };
    let held = of_line(text, line);
    let outcome = match held.outcome {
        Outcome::Met => Outcome::NotMet,
        Outcome::NotMet => Outcome::Met,
        Outcome::Unknown => Outcome::Unknown,
    };
    Judged { outcome, broken: false, reason: format!("`{id}` is {}", held.reason), ..held }
}

/// Whether someone has signed it, as it is now.
pub(crate) fn signed(facts: &Facts<'_>, text: &str, scope: &Scope) -> Judged {
    let fingerprint = scope.fingerprint(facts);
    let state = crate::gate::sign_off::standing_signature(facts.sign_offs, &scope.name, None, &fingerprint);
    let how = format!("`charter gate PHASE --sign NAME --scope \"{}\"`", scope.name);
    match state {
        Some((sign_off, true)) => {
            let words = format!("signed by {} on {}", sign_off.name, sign_off.day());
            Judged { date: Some(sign_off.signed_at.clone()), ..Judged::new(text, Outcome::Met, words) }
        }
        Some((sign_off, false)) => {
            let words =
                format!("signed by {} on {}, and what was signed has changed since: sign again with {how}", sign_off.name, sign_off.day());
            Judged { date: Some(sign_off.signed_at.clone()), ..Judged::new(text, Outcome::Unknown, words) }
        }
        None => Judged::new(text, Outcome::Unknown, format!("nobody has signed it: {how}")),
    }
}

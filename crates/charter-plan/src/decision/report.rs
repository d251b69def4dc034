//! A decision with everything that follows from it: for `charter decide` and for documents.

use super::break_even::{BreakEven, pairs};
use super::firmness::{SensitivityReport, firm};
use super::matrix::{Matrix, scores};
use super::overturn::{Overturn, overturn};
use super::violation::{Violation, violations};
use crate::criterion::{Facts, Outcome};
use crate::resolved::{Element, Residency, residency};
use charter_spec::SectionName;
use charter_spec::ast::{Decision, DecisionOption, DecisionStatus};
use charter_spec::names::Entry;
use serde::Serialize;

/// Where a decision stands today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionState {
    /// Its overturn condition is met, or what was chosen breaks a constraint.
    Overturned,
    /// Its day to think again has passed.
    Due,
    /// A breath turns the winner over, or what was chosen does not have the highest total.
    Fragile,
    /// No small change turns it over.
    Firm,
    /// Taken without a complete matrix, or without a word on which option was taken.
    Unweighed,
    /// Under discussion.
    Open,
    /// Rejected, deprecated or superseded.
    Closed,
}

impl DecisionState {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Overturned => "overturned",
            Self::Due => "due for review",
            Self::Fragile => "fragile",
            Self::Firm => "firm",
            Self::Unweighed => "unweighed",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// A decision, weighed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionReport {
    pub id: String,
    pub question: String,
    pub status: String,
    pub date: Option<String>,
    pub owner: Option<String>,
    pub answers: Vec<String>,
    pub state: DecisionState,
    /// Why it stands there: one sentence.
    pub why: String,
    /// Name and weight, a ratio, in document order.
    pub criteria: Vec<(String, f64)>,
    /// By rank; options without a complete matrix stay in document order.
    pub options: Vec<OptionReport>,
    pub sensitivity: Option<SensitivityReport>,
    /// Why there is no sensitivity: which score is missing.
    pub missing: Vec<String>,
    pub overturn: Option<Overturn>,
    /// `build`, `buy`, `adapt`.
    pub mode: Option<String>,
    pub factors: Vec<FactorLine>,
    pub consequences: Vec<ConsequenceLine>,
    pub risks: Vec<RiskLine>,
    pub break_even: Vec<BreakEven>,
    pub context: Option<String>,
    pub rationale: Option<String>,
    pub supersedes: Vec<String>,
    pub superseded_by: Option<String>,
}

/// An option with its line of the matrix.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OptionReport {
    pub name: String,
    pub about: Option<String>,
    pub chosen: bool,
    /// In the order of the criteria; empty when one is missing.
    pub scores: Vec<f64>,
    pub total: Option<f64>,
    /// From 1; equal totals share a rank.
    pub rank: Option<usize>,
    /// `0.3 × 5 + 0.7 × 3 = 3.6`.
    pub sum: Option<String>,
    pub because_not: Option<String>,
    pub violates: Vec<Violation>,
    pub cost_per_month: Option<f64>,
    /// For a thousand calls, on top.
    pub cost_per_thousand: Option<f64>,
    /// Criteria on which another option scores higher, with the best score there.
    pub gives_up: Vec<(String, f64, f64)>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactorLine {
    pub factor: String,
    pub level: String,
    /// Which of build, buy and adapt it speaks for.
    pub speaks_for: Option<&'static str>,
    /// Whether it speaks against the mode that was taken.
    pub against: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsequenceLine {
    pub id: String,
    pub about: String,
    pub good: Option<bool>,
    /// The risk that carries it.
    pub risk: Option<String>,
    /// Unwelcome, and carried by no risk.
    pub uncarried: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RiskLine {
    pub id: String,
    pub about: Option<String>,
    pub probability: Option<String>,
    pub impact: Option<String>,
    pub mitigate: Vec<String>,
    pub accept: Option<String>,
    pub owner: Option<String>,
}

/// Every decision, in document order.
pub fn decisions(facts: &Facts<'_>) -> Vec<DecisionReport> {
    let residency = residency(&facts.resolved.spec);
    facts.resolved.spec.decisions.iter().map(|entry| report(facts, residency.as_ref(), entry)).collect()
}

/// One decision; `None` when there is none of that id.
pub fn weigh(facts: &Facts<'_>, id: &str) -> Option<DecisionReport> {
    let entry = facts.resolved.spec.decisions.get_entry(id)?;
    Some(report(facts, residency(&facts.resolved.spec).as_ref(), entry))
}

fn report(facts: &Facts<'_>, residency: Option<&Residency>, entry: &Entry<Decision>) -> DecisionReport {
    let matrix = Matrix::of(entry);
    let sensitivity = matrix.as_ref().and_then(SensitivityReport::of);
    let options = options(facts, residency, entry, matrix.as_ref());
    let overturn = overturn(facts, entry);
    let (state, why) = state(entry, &options, sensitivity.as_ref(), overturn.as_ref());
    let text = |field: &charter_spec::Field<String>| field.as_ref().map(|text| text.value.clone());
    DecisionReport {
        id: entry.id.value.to_string(),
        question: text(&entry.question).or_else(|| text(&entry.title)).unwrap_or_default(),
        status: entry.status.as_ref().map_or_else(|| "proposed".to_owned(), |status| status.value.word().to_owned()),
        date: entry.date.as_ref().map(|date| date.value.to_string()),
        owner: entry.owner.as_ref().map(|owner| owner.as_str().to_owned()),
        answers: entry.answers.iter().map(|answer| answer.as_str().to_owned()).collect(),
        state,
        why,
        criteria: entry.criteria.iter().map(|criterion| (criterion.id.value.to_string(), criterion.value.value.ratio())).collect(),
        options,
        sensitivity,
        missing: if matrix.is_some() { Vec::new() } else { missing(entry) },
        overturn,
        mode: entry.mode.as_ref().map(|mode| mode.value.word().to_owned()),
        factors: factors(entry),
        consequences: consequences(entry),
        risks: risks(facts, entry),
        break_even: pairs(facts.resolved, entry),
        context: text(&entry.context),
        rationale: text(&entry.rationale),
        supersedes: entry.supersedes.iter().map(|old| old.as_str().to_owned()).collect(),
        superseded_by: entry.superseded_by.as_ref().map(|new| new.as_str().to_owned()),
    }
}

fn options(facts: &Facts<'_>, residency: Option<&Residency>, entry: &Entry<Decision>, matrix: Option<&Matrix<'_>>) -> Vec<OptionReport> {
    let total = |at: usize| matrix.and_then(|matrix| Some(matrix.total(matrix.options.get(at)?)));
    let order = matrix.map_or_else(|| (0..entry.options.len()).collect(), Matrix::ranking);
    let all: Vec<&Entry<DecisionOption>> = entry.options.iter().collect();
    order
        .into_iter()
        .filter_map(|at| {
            let option = *all.get(at)?;
            let row = matrix.and_then(|matrix| matrix.options.get(at));
            let own = total(at);
            let better = (0..all.len())
                .filter_map(total)
                .filter(|other| own.is_some_and(|own| *other > own + super::sensitivity::TOLERANCE))
                .count();
            Some(OptionReport {
                name: option.id.value.to_string(),
                about: option.about.as_ref().map(|about| about.value.clone()),
                chosen: option.chosen.as_ref().is_some_and(|chosen| chosen.value),
                scores: row.map(|row| row.scores.clone()).or_else(|| scores(entry, option)).unwrap_or_default(),
                total: own,
                rank: own.map(|_| better + 1),
                sum: matrix.zip(row).map(|(matrix, row)| matrix.sum(row)),
                because_not: option.because_not.as_ref().map(|reason| reason.value.clone()),
                violates: violations(facts.resolved, residency, option),
                cost_per_month: option.cost.as_ref().map(|cost| cost.per_month()),
                cost_per_thousand: option.cost_per_call.as_ref().map(|cost| cost.per_unit() * 1_000.0),
                gives_up: matrix.zip(row).map(|(matrix, row)| gives_up(matrix, &row.scores)).unwrap_or_default(),
            })
        })
        .collect()
}

fn gives_up(matrix: &Matrix<'_>, own: &[f64]) -> Vec<(String, f64, f64)> {
    let best = |at: usize| matrix.options.iter().filter_map(|row| row.scores.get(at).copied()).fold(f64::NEG_INFINITY, f64::max);
    let lines = matrix.criteria.iter().enumerate().zip(own).map(|((at, (name, _)), own)| (name.to_string(), *own, best(at)));
    lines.filter(|(_, own, best)| best > own).collect()
}

fn missing(entry: &Entry<Decision>) -> Vec<String> {
    let mut missing = Vec::new();
    if entry.criteria.is_empty() {
        missing.push("there are no criteria with weights".to_owned());
    }
    if entry.options.len() < 2 {
        missing.push("there is no second option".to_owned());
    }
    if !entry.criteria.is_empty() {
        let without = entry.options.iter().filter(|option| scores(entry, option).is_none_or(|scores| scores.len() != entry.criteria.len()));
        missing.extend(without.map(|option| format!("`{}` does not have a score for each criterion", option.id.value)));
    }
    missing
}

fn state(
    entry: &Entry<Decision>,
    options: &[OptionReport],
    sensitivity: Option<&SensitivityReport>,
    overturn: Option<&Overturn>,
) -> (DecisionState, String) {
    match entry.status.as_ref().map(|status| status.value) {
        Some(DecisionStatus::Rejected | DecisionStatus::Deprecated | DecisionStatus::Superseded) => {
            let by = entry.superseded_by.as_ref().map_or_else(String::new, |by| format!(" by `{}`", by.as_str()));
            let word = entry.status.as_ref().map_or("", |status| status.value.word());
            return (DecisionState::Closed, format!("{word}{by}"));
        }
        Some(DecisionStatus::Proposed) | None => return (DecisionState::Open, "under discussion".to_owned()),
        Some(DecisionStatus::Accepted) => {}
    }
    let taken = options.iter().find(|option| option.chosen);
    if let Some(broken) = taken.and_then(|option| option.violates.first()) {
        return (DecisionState::Overturned, format!("what was chosen violates `{}`: {}", broken.constraint, broken.reason));
    }
    if let Some(overturn) = overturn {
        if let Some(met) = overturn.conditions.iter().find(|judged| judged.outcome == Outcome::Met) {
            return (DecisionState::Overturned, format!("`{}` holds: {}", met.criterion, met.reason));
        }
        if let (Some(days), Some(by)) = (overturn.days_left.filter(|days| *days < 0), &overturn.by) {
            return (DecisionState::Due, format!("was to be thought over by {by}, {} days ago", -days));
        }
    }
    if taken.is_none() {
        return (DecisionState::Unweighed, "accepted, and no option is said to be `chosen`".to_owned());
    }
    let Some(sensitivity) = sensitivity else { return (DecisionState::Unweighed, "there is no complete matrix".to_owned()) };
    match taken {
        Some(option) if option.rank != Some(1) => {
            (DecisionState::Fragile, format!("`{}` was chosen, and `{}` scores higher", option.name, sensitivity.winner))
        }
        _ => match sensitivity.breath() {
            Some(breath) => (DecisionState::Fragile, breath),
            None => (DecisionState::Firm, firm(sensitivity)),
        },
    }
}

/// Which mode a factor speaks for, by the factor's name: what differentiates is built, what must be there soon is bought, what the team can change is adapted.
fn factors(entry: &Entry<Decision>) -> Vec<FactorLine> {
    let high = |level: &charter_spec::ast::Level| matches!(level.word(), "high" | "critical");
    entry
        .factors
        .iter()
        .map(|factor| {
            let name = factor.id.value.as_str();
            let is_high = high(&factor.value.value);
            let is_low = factor.value.value.word() == "low";
            // `time-to-market: low` means that little time is left.
            let speaks_for = match name {
                _ if name.contains("differentiation") && is_high => Some("build"),
                _ if name.contains("differentiation") && is_low => Some("buy"),
                _ if name.contains("time-to-market") && is_low => Some("buy"),
                _ if name.contains("time-to-market") && is_high => Some("build"),
                _ if name.contains("skill") && is_low => Some("buy"),
                _ if name.contains("skill") && is_high => Some("adapt"),
                _ if name.contains("long-term-cost") && is_high => Some("build"),
                _ if name.contains("team-investment") && is_low => Some("buy"),
                _ if name.contains("risk") && is_high => Some("buy"),
                _ => None,
            };
            let mode = entry.mode.as_ref().map(|mode| mode.value.word());
            let against = speaks_for.is_some_and(|speaks| mode.is_some_and(|mode| mode != speaks));
            FactorLine { factor: name.to_owned(), level: factor.value.value.word().to_owned(), speaks_for, against }
        })
        .collect()
}

fn consequences(entry: &Entry<Decision>) -> Vec<ConsequenceLine> {
    entry
        .consequences
        .iter()
        .map(|consequence| {
            let good = consequence.good.as_ref().map(|good| good.value);
            let risk = consequence.risk.as_ref().map(|risk| risk.as_str().to_owned());
            ConsequenceLine {
                id: consequence.id.value.to_string(),
                about: consequence.about.as_ref().map_or_else(String::new, |about| about.value.clone()),
                good,
                uncarried: good == Some(false) && risk.is_none(),
                risk,
            }
        })
        .collect()
}

/// Risks that the decision accepts, and those that say that they come from it.
fn risks(facts: &Facts<'_>, entry: &Entry<Decision>) -> Vec<RiskLine> {
    let element = Element::new(SectionName::Decisions, &entry.id.value);
    let mut ids: Vec<String> = entry.accepts.iter().map(|risk| risk.as_str().to_owned()).collect();
    ids.extend(entry.consequences.iter().filter_map(|consequence| consequence.risk.as_ref().map(|risk| risk.as_str().to_owned())));
    ids.extend(
        facts.resolved.references.to(&element).filter(|reference| reference.role == "from").map(|reference| reference.from.id.to_string()),
    );
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    ids.into_iter()
        .map(|id| {
            let risk = facts.resolved.spec.risks.get(&id);
            let level = |level: Option<&charter_spec::Spanned<charter_spec::ast::Level>>| level.map(|level| level.value.word().to_owned());
            RiskLine {
                about: risk.and_then(|risk| risk.about.as_ref()).map(|about| about.value.clone()),
                probability: level(risk.and_then(|risk| risk.probability.as_ref())),
                impact: level(risk.and_then(|risk| risk.impact.as_ref())),
                mitigate: risk.map(|risk| risk.mitigate.iter().map(|link| link.as_str().to_owned()).collect()).unwrap_or_default(),
                accept: risk.and_then(|risk| risk.accept.as_ref()).map(|accept| accept.value.clone()),
                owner: risk.and_then(|risk| risk.owner.as_ref()).map(|owner| owner.as_str().to_owned()),
                id,
            }
        })
        .collect()
}

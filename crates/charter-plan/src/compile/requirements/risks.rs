//! `risks.open(LEVEL)`: how many risks of the register nobody has dealt with.

use super::operator;
use crate::arithmetic::derivation::number;
use crate::arithmetic::risk;
use crate::plan::Proof;
use crate::resolved::Resolved;
use charter_spec::ast::{Level, Risk, RiskStatus};
use charter_spec::measure::Measure;

/// Most names in a line of a derivation.
const NAMES_MAX: usize = 8;

/// The number of open risks of a level and above against the limit.
///
/// A risk is open when nothing mitigates it (`mitigate:`), nobody accepts it (`accept:`, `status: accepted`) and it is not closed. Its level is
/// probability × impact, else as written. Risks without either count as neither: the verdict stands only if it is the same with and without them.
///
/// # Errors
/// The limit is no number, risks without a level decide, or there is no register: nobody has looked yet, so nothing is shown.
pub(super) fn proof(resolved: &Resolved, measure: &Measure, least: Option<Level>) -> Result<Proof, String> {
    let limit = measure.value.quantity().ok_or("its limit is no number")?.base;
    let operator = operator(measure)?;
    if resolved.spec.risks.is_empty() {
        return Err("the charter has no `risks`: nobody has looked for any, so nothing is shown".to_owned());
    }
    let (mut counted, mut unknown) = (Vec::new(), Vec::new());
    for entry in resolved.spec.risks.iter().filter(|entry| is_open(entry)) {
        match (least, level(entry)) {
            (Some(least), Some(level)) if level < least => {}
            (Some(_), None) => unknown.push(entry.id.value.as_str()),
            _ => counted.push(entry.id.value.as_str()),
        }
    }
    let figure = count(counted.len());
    let highest = count(counted.len() + unknown.len());
    let holds = operator.holds(figure, limit);
    // Between the two counts a verdict may turn: `==` holds at one of them only, the others change once.
    let turns = (counted.len()..=counted.len() + unknown.len()).any(|at| operator.holds(count(at), limit) != holds);
    if turns {
        return Err(format!("the level of {} is not known: write `probability:` and `impact:`", listed(&unknown)));
    }
    let of = least.map_or_else(String::new, |least| format!(" of level {} or above", least.word()));
    let mut derivation = vec![format!("open risks{of}: {}", counted.len())];
    if highest > figure {
        derivation.push(format!("without a level, and of no matter here: {}", listed(&unknown)));
    }
    let word = if holds { "holds" } else { "does not hold" };
    let names = if counted.is_empty() { String::new() } else { format!(": {}", listed(&counted)) };
    derivation.push(format!("{} {} {} risks {word}{names}", number(figure), operator.sign(), number(limit)));
    Ok(Proof::Static { holds, figure, unit: "risks".to_owned(), derivation })
}

fn is_open(risk: &Risk) -> bool {
    let stands = risk.status.as_ref().is_none_or(|status| status.value == RiskStatus::Open);
    stands && risk.mitigate.is_empty() && risk.accept.is_none()
}

fn level(risk: &Risk) -> Option<Level> {
    match (&risk.probability, &risk.impact) {
        (Some(probability), Some(impact)) => Some(risk::level(probability.value, impact.value)),
        _ => risk.level.as_ref().map(|level| level.value),
    }
}

// Registers are far shorter than 2^52.
#[allow(clippy::cast_precision_loss)]
fn count(risks: usize) -> f64 {
    risks as f64
}

fn listed(ids: &[&str]) -> String {
    match ids.len() {
        0 => "none".to_owned(),
        many if many > NAMES_MAX => format!("{} and {} more", ids[..NAMES_MAX].join(", "), many - NAMES_MAX),
        _ => ids.join(", "),
    }
}

//! Shares of a call's time: the route's timeout, and what each rung of a ladder may take.

use super::PlanCode;
use super::protect::millis;
use crate::arithmetic::derivation::number;
use crate::resolved::{BudgetFigures, Ladder, Resolved, whole};
use charter_spec::ast::{AnswerKind, LadderNode, Route};
use charter_spec::names::Entry;
use charter_spec::{Diagnostic, Span};

/// Time of a call whose charter gives neither a timeout nor a budget.
pub(super) const TIMEOUT_MS: u32 = 1_000;
/// Share of a rung that is a rule, a table or a constant: it computes for microseconds, the rest is for a busy machine.
const INLINE_MS: u32 = 5;

/// The time of a call at our edge, and where it is stated.
pub(super) fn timeout(resolved: &Resolved, route: &Entry<Route>) -> (u32, Span) {
    if let Some(timeout) = &route.timeout {
        return (millis(&timeout.value), timeout.span);
    }
    let budget = budget(resolved, route);
    match budget.and_then(|budget| budget.edge_ms.as_ref()) {
        Some(edge) => (whole(edge.value()).max(1), edge.span()),
        None => (TIMEOUT_MS, route.id.span),
    }
}

/// The latency budget of a route: the one it names, else one that speaks of it.
pub(super) fn budget<'a>(resolved: &'a Resolved, route: &Entry<Route>) -> Option<&'a BudgetFigures> {
    match &route.latency {
        Some(latency) => resolved.latency.of(latency.value.as_str()),
        None => resolved.latency.budgets.iter().find(|budget| budget.served.contains(&route.id.value)),
    }
}

/// What inference may take of a budget: the stage that asks the model, in the route's own override first.
fn inference_ms(budget: &BudgetFigures, route: &Entry<Route>) -> Option<u32> {
    let own = budget.overrides.iter().find(|stages| stages.id == route.id.value).map(|stages| stages.stages.as_slice());
    let stage = own.unwrap_or_default().iter().chain(&budget.stages).find(|stage| stage.is_inference())?;
    stage.effective_ms().map(|figure| whole(figure.value()).max(1))
}

/// One share a rung, in ms.
///
/// Shares that the charter states are kept. A rung below the first without one gets what the ladder allows a step down, else 5 ms when it only
/// computes, else the inference budget as far as there is room. The first rung gets the inference budget, else what is left.
///
/// # Errors
/// The stated shares do not fit the time.
pub(super) fn shares(
    resolved: &Resolved,
    route: &Entry<Route>,
    node: &LadderNode,
    ladder: Option<&Ladder>,
    (time_ms, time_span): (u32, Span),
    span: Span,
) -> Result<Vec<u32>, Box<Diagnostic>> {
    let step_down = ladder.and_then(|ladder| ladder.within_ms.as_ref()).map(|within| whole(within.value().ceil()).max(1));
    let inference = budget(resolved, route).and_then(|budget| inference_ms(budget, route));
    let mut shares: Vec<Option<u32>> = Vec::new();
    for (at, rung) in node.ladder.iter().enumerate() {
        let stated = rung.terms.within.as_ref().map(|within| millis(&within.value));
        let inline = matches!(rung.answer.value.kind, AnswerKind::Rule(_) | AnswerKind::Static(_) | AnswerKind::Lookup(_));
        let below = if at == 0 { None } else { step_down };
        shares.push(stated.or(below).or(if inline { Some(INLINE_MS.min(time_ms / 10).max(1)) } else { None }));
    }
    let given: u64 = shares.iter().flatten().map(|share| u64::from(*share)).sum();
    let open = u64::try_from(shares.iter().filter(|share| share.is_none()).count()).unwrap_or(u64::MAX);
    if given + open > u64::from(time_ms) {
        return Err(too_long(node, &shares, (time_ms, time_span), span).into());
    }
    // What is left is for rungs that ask models: the first as much as inference may take, the rest what remains, evenly.
    let mut left = u64::from(time_ms) - given;
    let mut waiting = open;
    let mut result = Vec::with_capacity(shares.len());
    for share in shares {
        let share = share.unwrap_or_else(|| {
            let most = match inference {
                Some(inference) => u64::from(inference).min(left - (waiting - 1)),
                None if waiting == open => left - left / 2 * u64::from(open > 1),
                None => left / waiting,
            };
            let share = most.clamp(1, left.max(1));
            left = left.saturating_sub(share);
            waiting -= 1;
            u32::try_from(share).unwrap_or(u32::MAX)
        });
        result.push(share);
    }
    Ok(result)
}

fn too_long(node: &LadderNode, shares: &[Option<u32>], (time_ms, time_span): (u32, Span), span: Span) -> Diagnostic {
    let terms: Vec<String> = node
        .ladder
        .iter()
        .zip(shares)
        .map(|(rung, share)| format!("{} {}", rung.id.value, number(f64::from(share.unwrap_or(1)))))
        .collect();
    let sum: u64 = shares.iter().map(|share| u64::from(share.unwrap_or(1))).sum();
    let place = node.ladder.iter().find_map(|rung| rung.terms.within.as_ref()).map_or(span, |within| within.span);
    PlanCode::TimeShares
        .at(place, format!("the rungs take {sum} ms, and the call has {time_ms} ms"))
        .at(time_span, format!("{time_ms} ms at our edge"))
        .sum(format!("{} = {sum} ms > {time_ms} ms", terms.join(" + ")))
        .help("shorten `within:` of a rung, or give the route more time")
}

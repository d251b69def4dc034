//! What must not get worse while a version comes in: measures as kinds of bad events with bounds.
//!
//! A limit that is written is the share that is bad in itself; half of it is fine in itself, five times as much ends the rollout at once. Without one the
//! objective says: semantics §2, `p_bad = 2 (1 − slo)`, `p_ok = (1 − slo) / 2` but at least 0.1 %, ceiling `10 (1 − slo)`.

use super::{R_BAD, R_HARM, SLO, words};
use crate::compile::PlanCode;
use crate::compile::compiler::Compiler;
use crate::plan::{BadKind, Guardrail};
use charter_spec::ast::Rollout;
use charter_spec::measure::{Argument, Condition, Criterion, CriterionKind, Operator, Path, Term, TermKind, Value, ValueKind, percentile};
use charter_spec::{Dimension, Span};

/// Least share that is fine in itself: below it, three errors against one would take a version back.
const P_OK_MIN: f64 = 0.001;
/// The stable version's own p99 is the threshold of slowness, so one call in a hundred is slow by definition.
const SLOW_SLO: f64 = 0.99;

/// What a measure counts, and the share that is bad in itself.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Counted {
    bad: BadKind,
    limit: Option<f64>,
    slow_us: Option<u32>,
}

/// Shares that are fine, bad, and the end at once.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    ok: f64,
    bad: f64,
    ceiling: f64,
}

impl Bounds {
    fn of_slo(slo: f64) -> Self {
        let errors = (1.0 - slo).max(1e-6);
        let bad = (2.0 * errors).min(1.0);
        Self { ok: (errors / 2.0).max(P_OK_MIN).min(bad / 2.0), bad, ceiling: (10.0 * errors).min(1.0) }
    }

    fn of_limit(limit: f64) -> Self {
        Self { ok: limit / 2.0, bad: limit, ceiling: (5.0 * limit).min(1.0) }
    }
}

/// The guardrails of a rollout; errors are among them always, slowness where nothing is written. `None` when one is impossible, which is reported.
/// `best` is the name of the route's first rung, where it has a ladder.
pub(super) fn of(compiler: &mut Compiler<'_>, written: &Rollout, best: Option<&str>, span: Span) -> Option<Vec<Guardrail>> {
    let r_harm = written.harm.as_ref().map_or(R_HARM, |harm| harm.factor());
    let r_bad = written.bad.as_ref().map_or(R_BAD, |bad| bad.factor());
    if r_harm >= r_bad {
        let place = written.bad.as_ref().map(|bad| bad.span).or_else(|| written.harm.as_ref().map(|harm| harm.span)).unwrap_or(span);
        let message = format!("{r_harm} times as many errors are no harm, and {r_bad} times as many are harm");
        compiler.report(PlanCode::Rollout.at(place, message).help("make `bad:` larger than `harm:`, such as 2 and 1.25"));
        return None;
    }
    let mut counted: Vec<(String, Counted, Span)> = Vec::new();
    for criterion in &written.guardrails {
        match of_criterion(compiler, &criterion.value, best, true) {
            Ok(found) => {
                if let Some((other, _, place)) = counted.iter().find(|(_, known, _)| known.bad == found.bad) {
                    let message = format!("two guardrails count {}", words(found.bad));
                    let problem = PlanCode::Rollout.at(criterion.span, message).at(*place, format!("`{other}` does already"));
                    compiler.report(problem.help("keep one of them"));
                    return None;
                }
                counted.push((criterion.value.text.to_string(), found, criterion.span));
            }
            Err(rule) => {
                let help = "write `ratio(error)`, `ratio(slow)`, `p99(latency) < 80ms`, `ratio(fallback) <= 2%`, `ratio(disagreement) <= 1%`, \
                            `ratio(feedback == bad) <= 1%`, or a quality scenario that says one of them";
                compiler.report(PlanCode::Rollout.at(criterion.span, rule).help(help));
                return None;
            }
        }
    }
    let plain = |bad| Counted { bad, limit: None, slow_us: None };
    if !counted.iter().any(|(_, known, _)| known.bad == BadKind::Error) {
        counted.insert(0, ("errors".to_owned(), plain(BadKind::Error), span));
    }
    if !written.guardrails.is_written() {
        counted.push(("slow".to_owned(), plain(BadKind::Slow), span));
    }
    let mut guardrails = Vec::with_capacity(counted.len());
    for (name, counted, place) in counted {
        let bounds = bounds(compiler, written, counted, place)?;
        guardrails.push(Guardrail {
            name,
            bad: counted.bad,
            r_harm,
            r_bad,
            p_ok: bounds.ok,
            p_bad: bounds.bad,
            p_ceiling: bounds.ceiling,
            slow_us: counted.slow_us,
        });
    }
    Some(guardrails)
}

fn bounds(compiler: &mut Compiler<'_>, written: &Rollout, counted: Counted, place: Span) -> Option<Bounds> {
    let slo = written.slo.as_ref().map_or(SLO, |slo| slo.ratio());
    let mut bounds = match counted.limit {
        Some(limit) => Bounds::of_limit(limit),
        None if counted.bad == BadKind::Slow => Bounds::of_slo(SLOW_SLO),
        None => Bounds::of_slo(slo),
    };
    if counted.bad != BadKind::Error {
        return Some(bounds);
    }
    // A bound that is stated moves those that are not, as far as they would be in its way.
    let [ok, bad, ceiling] =
        [&written.errors_ok, &written.errors_bad, &written.errors_ceiling].map(|field| field.as_ref().map(|share| share.ratio()));
    bounds.bad = bad.unwrap_or(bounds.bad);
    bounds.ok = ok.unwrap_or(bounds.ok.min(bounds.bad / 2.0));
    bounds.ceiling = ceiling.unwrap_or(bounds.ceiling.max(bounds.bad).min(1.0));
    if bounds.ok > 0.0 && bounds.ok < bounds.bad && bounds.bad <= bounds.ceiling {
        return Some(bounds);
    }
    let stated = [&written.errors_ok, &written.errors_bad, &written.errors_ceiling, &written.slo];
    let place = stated.into_iter().flatten().map(|share| share.span).next().unwrap_or(place);
    let percent = crate::arithmetic::derivation::percent;
    let message = format!(
        "errors are fine at {}, bad at {} and the end at {}, which does not rise",
        percent(bounds.ok),
        percent(bounds.bad),
        percent(bounds.ceiling)
    );
    let help = "make `errors_ok` above 0 and below `errors_bad`, and `errors_ceiling` no less; or state `slo:` alone";
    compiler.report(PlanCode::Rollout.at(place, message).help(help));
    None
}

/// What a criterion counts; a quality scenario that is named counts what its measure counts.
fn of_criterion(compiler: &Compiler<'_>, criterion: &Criterion, best: Option<&str>, follow: bool) -> Result<Counted, String> {
    match &criterion.kind {
        CriterionKind::Term(term) => of_term(term, None, best),
        CriterionKind::Measure(measure) => of_term(&measure.term, Some((measure.operator.value, &measure.value)), best),
        CriterionKind::Requirement { id, .. } if follow => {
            let scenario = compiler.resolved.spec.quality.get(id.value.as_str());
            let measure = scenario.and_then(|scenario| scenario.measure.as_ref());
            let Some(measure) = measure else { return Err(format!("`{}` has no measure that a rollout could watch", id.value)) };
            of_criterion(compiler, &measure.value, best, false)
        }
        _ => Err(format!("`{}` is nothing that a rollout can count", criterion.text)),
    }
}

type Limit<'v> = Option<(Operator, &'v Value)>;

fn of_term(term: &Term, limit: Limit<'_>, best: Option<&str>) -> Result<Counted, String> {
    match &term.kind {
        TermKind::Path(path) => plain(path, limit),
        TermKind::At { .. } => Err("an operating point is nothing that a rollout can count".to_owned()),
        TermKind::Call { function, arguments } => {
            if let Some(quantile) = percentile(&function.value) {
                return quantile_of(quantile / 100.0, arguments, limit);
            }
            if function.value.single() == Some("agreement") {
                return share(BadKind::Disagreement, true, limit);
            }
            match (function.value.single(), arguments.first()) {
                (Some("ratio" | "share"), Some(Argument::Term(Term { kind: TermKind::Path(path), .. }))) => plain(path, limit),
                (Some("ratio" | "share"), Some(Argument::Predicate(condition))) => predicate(condition, limit, best),
                _ => Err(format!("`{}` is nothing that a rollout can count", function.value)),
            }
        }
    }
}

fn plain(path: &Path, limit: Limit<'_>) -> Result<Counted, String> {
    match path.single() {
        Some("error" | "errors") => share(BadKind::Error, false, limit),
        Some("answered" | "availability") => share(BadKind::Error, true, limit),
        Some("slow") => share(BadKind::Slow, false, limit),
        Some("fallback" | "fallbacks") => share(BadKind::Fallback, false, limit),
        Some("disagreement") => share(BadKind::Disagreement, false, limit),
        Some("agreement") => share(BadKind::Disagreement, true, limit),
        Some("feedback") => share(BadKind::Feedback, false, limit),
        _ => Err(format!("`{path}` is nothing that a rollout can count")),
    }
}

/// `rung != full`, `feedback == bad`, `latency > 80ms`.
fn predicate(condition: &Condition, limit: Limit<'_>, best: Option<&str>) -> Result<Counted, String> {
    let TermKind::Path(path) = &condition.term.kind else { return Err("only simple conditions are counted".to_owned()) };
    let equal = condition.operator.value == Operator::Equal;
    match (path.single(), &condition.value.kind) {
        (Some("rung"), ValueKind::Path(rung)) => first_rung(rung, best).and_then(|()| {
            let known = equal || condition.operator.value == Operator::NotEqual;
            if known { share(BadKind::Fallback, equal, limit) } else { Err("a rung is compared with `==` or `!=`".to_owned()) }
        }),
        (Some("feedback"), ValueKind::Path(value)) if equal => share(BadKind::Feedback, value.single() != Some("bad"), limit),
        (Some("latency"), ValueKind::Quantity(time)) if time.dimension() == Dimension::Time => {
            let above = matches!(condition.operator.value, Operator::Greater | Operator::AtLeast);
            Ok(Counted { slow_us: Some(micros(time.base)?), ..share(BadKind::Slow, !above, limit)? })
        }
        _ => Err(format!("`{path}` is nothing that a rollout can count")),
    }
}

/// An answer from below the first rung is a fallback, and no rung is counted on its own.
fn first_rung(rung: &Path, best: Option<&str>) -> Result<(), String> {
    match best {
        Some(best) if rung.single() == Some(best) => Ok(()),
        Some(best) => Err(format!("a rollout counts answers from below the first rung, which is `{best}` and not `{rung}`")),
        None => Err(format!("the route has no ladder, so it has no rung `{rung}`")),
    }
}

/// Nanoseconds in the unit that latencies are held against.
fn micros(nanos: f64) -> Result<u32, String> {
    let micros = (nanos / 1e3).round();
    if (1.0..=f64::from(u32::MAX)).contains(&micros) {
        Ok(crate::resolved::whole(micros))
    } else {
        Err("latencies are counted in microseconds: the limit is at least 1 µs and at most an hour".to_owned())
    }
}

/// `p99(latency) < 80ms`: at most one call in a hundred is slower.
fn quantile_of(quantile: f64, arguments: &[Argument], limit: Limit<'_>) -> Result<Counted, String> {
    let about_latency = matches!(arguments, [Argument::Term(Term { kind: TermKind::Path(path), .. })] if path.single() == Some("latency"));
    let Some((Operator::Less | Operator::AtMost, value)) = limit.filter(|_| about_latency) else {
        return Err("a percentile is watched as `p99(latency) < 80ms`".to_owned());
    };
    match value.quantity() {
        Some(time) if time.dimension() == Dimension::Time && time.base > 0.0 => {
            Ok(Counted { bad: BadKind::Slow, limit: Some(1.0 - quantile), slow_us: Some(micros(time.base)?) })
        }
        _ => Err("a percentile of latency is held against a time".to_owned()),
    }
}

/// A share of calls with its limit; `good` when what is written is the share of good ones.
fn share(bad: BadKind, good: bool, limit: Limit<'_>) -> Result<Counted, String> {
    let Some((operator, value)) = limit else {
        return if good {
            Err("the share of good calls needs its limit, such as `>= 99%`".to_owned())
        } else {
            Ok(Counted { bad, limit: None, slow_us: None })
        };
    };
    let below = matches!(operator, Operator::Less | Operator::AtMost);
    let above = matches!(operator, Operator::Greater | Operator::AtLeast);
    if if good { !above } else { !below } {
        return Err(format!("`{}` is the wrong way round for what must not get worse", operator.symbol()));
    }
    let Some(amount) = value.quantity().filter(|amount| matches!(amount.dimension(), Dimension::Ratio | Dimension::Count)) else {
        return Err("a share of calls is held against a share, such as 1 %".to_owned());
    };
    let limit = if good { 1.0 - amount.base } else { amount.base };
    if !(limit > 0.0 && limit < 1.0) {
        return Err("a limit of none or all decides nothing: no number of calls proves it".to_owned());
    }
    Ok(Counted { bad, limit: Some(limit), slow_us: None })
}

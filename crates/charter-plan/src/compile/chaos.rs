//! Chaos: which faults may be brought in, and what is expected meanwhile.
//!
//! Bringing them in belongs to the engine, running experiments to `charter-verify`.

use super::PlanCode;
use super::compiler::{Compiler, text};
use super::flags::versions;
use super::protect::{long_millis, millis};
use super::split::part;
use crate::explain::nearest_word;
use crate::plan::{Chaos, ChaosExperiment, Delay, Expect, Fault, FaultKind, Plan, Point, Route, Source};
use crate::resolved::Resolved;
use charter_spec::ast::{ChaosExpect, ChaosExperiment as Written, Fault as WrittenFault, FaultDelay, FaultKind as Kind};
use charter_spec::names::Entry;
use charter_spec::{Diagnostic, Span, Spanned};

const LEASE_MS: u32 = 60_000;
/// A run renews its leases when a third of their time is over, and looks four times a second; longer than the most, a fault outlives the patience
/// of those who wait for its end.
const LEASE_MS_BOUNDS: std::ops::RangeInclusive<u32> = 2_000..=600_000;
const ABORT_UNANSWERED: f64 = 0.1;
/// Semantics §13.
const ABORT_BURN: f64 = 10.0;
const DURATION_MS: u64 = 20_000;
const OPENS_WITHIN_MS: u32 = 10_000;

/// What chaos may do; `None` unless the charter enables it. What is written is checked either way.
pub(super) fn of(compiler: &mut Compiler<'_>, routes: &[Route]) -> Option<Chaos> {
    let written = &compiler.resolved.spec.chaos.as_ref()?.value;
    let share_max = written.share_max.as_ref().map_or(10_000, |share| part(&share.value).max(1));
    let unanswered = written.abort.as_ref().and_then(|abort| abort.unanswered.as_ref());
    let burn = written.abort.as_ref().and_then(|abort| abort.burn.as_ref());
    let lease_ms = written.lease.as_ref().map_or(LEASE_MS, |lease| millis(&lease.value));
    if let Some(lease) = written.lease.as_ref().filter(|_| !LEASE_MS_BOUNDS.contains(&lease_ms)) {
        let message =
            "a fault's lease lasts from 2 s to 10 min: shorter it ends before a run renews it, longer it stays when the run has died";
        compiler.report(PlanCode::Chaos.at(lease.span, message).help("write `lease: 60s`, or leave it out"));
    }
    let mut experiments = Vec::new();
    for entry in &written.experiments {
        experiments.extend(experiment(compiler, entry, routes, share_max));
    }
    if !written.enabled.as_ref().is_some_and(|enabled| enabled.value) {
        return None;
    }
    Some(Chaos {
        share_max,
        lease_ms,
        abort_unanswered: unanswered.map_or(ABORT_UNANSWERED, |share| share.ratio()),
        abort_burn: burn.map_or(ABORT_BURN, |burn| burn.factor()),
        experiments,
    })
}

/// Puts the quality scenarios that experiments expect to hold into the plan; they speak of routes, so these must be there. The answer is what is
/// wrong with them, whether or not chaos is enabled.
pub(super) fn objectives(resolved: &Resolved, plan: &mut Plan) -> Vec<Diagnostic> {
    let Some(written) = resolved.spec.chaos.as_ref() else { return Vec::new() };
    let mut problems = Vec::new();
    for entry in &written.value.experiments {
        let Some(expect) = &entry.expect else { continue };
        let mut found = Vec::new();
        for stated in &expect.value.objectives {
            match super::requirements::objective(resolved, plan, &stated.value.id) {
                Ok(objective) => found.push(objective),
                Err(reason) => {
                    let message = format!("`{}` cannot be expected of a chaos experiment: {reason}", stated.value);
                    let help = "name a scenario about latency, `ratio(answered)` or `ratio(rung == …)`";
                    problems.push(PlanCode::Chaos.at(stated.span, message).help(help));
                }
            }
        }
        let experiments = plan.chaos.iter_mut().flat_map(|chaos| &mut chaos.experiments);
        if let Some(experiment) = experiments.into_iter().find(|experiment| experiment.name == entry.id.value.as_str()) {
            experiment.expect.objectives = found;
        }
    }
    problems
}

fn experiment(compiler: &mut Compiler<'_>, entry: &Entry<Written>, routes: &[Route], share_max: u16) -> Option<ChaosExperiment> {
    if entry.faults.is_empty() {
        let message = format!("chaos experiment `{}` breaks nothing", entry.id.value);
        compiler.report(PlanCode::Chaos.at(entry.id.span, message).help("write `faults: [{ at: fraud@v2, kind: error }]`"));
        return None;
    }
    let mut faults = Vec::new();
    for written in &entry.faults {
        let share = written.share.as_ref().map_or(share_max, |share| part(&share.value).max(1));
        if let Some(stated) = written.share.as_ref().filter(|_| share > share_max) {
            let message = format!("the fault touches more calls than `share_max` allows ({} of 10,000)", share_max);
            compiler.report(PlanCode::Chaos.at(stated.span, message).help("make the share smaller, or `share_max` larger"));
            return None;
        }
        let kind = kind(compiler, written)?;
        for point in points(compiler, written, kind)? {
            let seed = written.seed.as_ref().map_or(u64::try_from(faults.len()).unwrap_or(0) + 1, |seed| seed.count());
            let fault = Fault { point, kind, share, seed };
            if !fault.is_possible() {
                impossible(compiler, written, kind);
                return None;
            }
            faults.push(fault);
        }
    }
    let expect = match &entry.expect {
        Some(written) => expect(compiler, &written.value, routes)?,
        None => Expect::default(),
    };
    let duration_ms = entry.duration.as_ref().map_or(DURATION_MS, |time| long_millis(&time.value));
    Some(ChaosExperiment { name: entry.id.value.to_string(), faults, duration_ms, expect })
}

fn kind(compiler: &mut Compiler<'_>, written: &Spanned<WrittenFault>) -> Option<FaultKind> {
    let mut wrong = |message: &str, help: &str| {
        compiler.report(PlanCode::Chaos.at(written.span, message).help(help));
    };
    let stated = written.kind.as_ref().map(|kind| kind.value);
    if written.delay.is_some() && !matches!(stated, None | Some(Kind::Delay)) {
        wrong("only a fault of kind `delay` has a `delay:`", "write two faults");
        return None;
    }
    let skew = written.ahead.is_some() || written.behind.is_some();
    if skew && !matches!(stated, None | Some(Kind::Skew)) {
        wrong("only a fault of kind `skew` has `ahead:` or `behind:`", "write two faults");
        return None;
    }
    match stated {
        Some(Kind::Error) => Some(FaultKind::Error),
        Some(Kind::Refuse) => Some(FaultKind::Refuse),
        Some(Kind::Hang) => Some(FaultKind::Hang),
        Some(Kind::Corrupt) => Some(FaultKind::Corrupt),
        Some(Kind::Stale) => Some(FaultKind::Stale),
        Some(Kind::Partial) => Some(FaultKind::Partial),
        Some(Kind::Crash) => Some(FaultKind::Crash),
        Some(Kind::Skew) | None if skew => {
            let ms = |field: &charter_spec::Field<charter_spec::quantity::Duration>| {
                field.as_ref().map_or(0, |time| i64::try_from(long_millis(&time.value)).unwrap_or(i64::MAX))
            };
            Some(FaultKind::Skew { ms: ms(&written.ahead).saturating_sub(ms(&written.behind)) })
        }
        Some(Kind::Skew) => {
            wrong("the fault does not say how far the clock is off", "write `ahead: 5s` or `behind: 5s`");
            None
        }
        Some(Kind::Delay) | None => match written.delay.as_ref().and_then(|delay| distribution(&delay.value)) {
            Some(delay) => Some(FaultKind::Delay { delay }),
            None if stated.is_none() && written.delay.is_none() => {
                wrong("nothing says what goes wrong", "write `kind: error`, or `delay: 50ms`");
                None
            }
            None => {
                wrong(
                    "the fault does not say how much later answers come",
                    "write one of `delay: 50ms`, `delay: { normal: … }`, `delay: { pareto: … }`",
                );
                None
            }
        },
    }
}

/// Reports a point that cannot fail in this way.
fn impossible(compiler: &mut Compiler<'_>, written: &Spanned<WrittenFault>, kind: FaultKind) {
    let Some(at) = &written.at else { return };
    let (name, kind) = (at.value.as_str(), kind.name());
    let place = written.kind.as_ref().map_or(at.span, |kind| kind.span);
    let help = "the store can fail by `delay`, `error`, `refuse`, `hang` and `stale`";
    compiler.report(PlanCode::Chaos.at(place, format!("the {name} cannot fail by `{kind}`")).help(help));
}

/// Exactly one of the forms.
fn distribution(written: &FaultDelay) -> Option<Delay> {
    match (&written.fixed, &written.normal, &written.pareto) {
        (Some(fixed), None, None) => Some(Delay::Fixed { ms: fixed.millis() }),
        (None, Some(normal), None) => Some(Delay::Normal { mean_ms: normal.mean.as_ref()?.millis(), sd_ms: normal.sd.as_ref()?.millis() }),
        (None, None, Some(pareto)) => {
            Some(Delay::Pareto { scale_ms: pareto.scale.as_ref()?.millis(), alpha: pareto.alpha.as_ref()?.factor() })
        }
        _ => None,
    }
}

/// Where a fault is; a model without a version means every one that is asked.
fn points(compiler: &mut Compiler<'_>, written: &Spanned<WrittenFault>, kind: FaultKind) -> Option<Vec<Point>> {
    let at = written.at.as_ref()?;
    let name = at.value.as_str();
    let is_skew = matches!(kind, FaultKind::Skew { .. });
    if is_skew != (name == "clock") {
        let message = if is_skew { "only the clock can be off by a time" } else { "the clock can only be off by a time" };
        compiler.report(PlanCode::Chaos.at(at.span, message).help("write `{ at: clock, ahead: 5s }`"));
        return None;
    }
    match name {
        "clock" => return Some(vec![Point::Clock]),
        "store" => return Some(vec![Point::Store]),
        _ => {}
    }
    if name.contains("://") {
        let plain = |url: &str| url.trim_end_matches('/').to_owned();
        let asked = compiler.models.iter().find_map(|model| match &model.source {
            Source::Oip { url, .. } if plain(url) == plain(name) => Some(url.clone()),
            _ => None,
        });
        return match asked {
            Some(url) => Some(vec![Point::Provider { url }]),
            None => unknown(compiler, name, at.span),
        };
    }
    if compiler.models.iter().any(|model| model.label() == name) {
        return Some(vec![Point::Model { label: name.to_owned() }]);
    }
    let labels: Vec<Point> =
        versions(compiler, name).into_iter().map(|(_, version)| Point::Model { label: format!("{name}@{version}") }).collect();
    if labels.is_empty() { unknown(compiler, name, at.span) } else { Some(labels) }
}

fn unknown(compiler: &mut Compiler<'_>, name: &str, span: Span) -> Option<Vec<Point>> {
    let labels: Vec<String> = compiler.models.iter().map(crate::plan::Model::label).collect();
    let help = match nearest_word(name, labels.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a model version that a route asks, the address of its server, `store` or `clock`".to_owned(),
    };
    compiler.report(PlanCode::Chaos.at(span, format!("no route asks `{name}`, so there is nothing to break")).help(help));
    None
}

fn expect(compiler: &mut Compiler<'_>, written: &ChaosExpect, routes: &[Route]) -> Option<Expect> {
    let mut rungs = Vec::new();
    for entry in &written.rungs {
        // A route that could not be compiled has its own errors.
        let Some(route) = routes.iter().find(|route| route.name == text(&entry.id.value)) else { continue };
        let names: Vec<&str> = route.node.own_ladder().unwrap_or_default().iter().map(|rung| rung.name.as_str()).collect();
        let wanted = entry.value.value.as_str();
        if !names.contains(&wanted) {
            let message = format!("route `{}` has no rung `{wanted}`", route.name);
            let help = if names.is_empty() { "it has no ladder".to_owned() } else { format!("it has {}", names.join(", ")) };
            compiler.report(PlanCode::Chaos.at(entry.value.span, message).help(help));
            return None;
        }
        rungs.push((route.id, wanted.to_owned()));
    }
    let mut opens = Vec::new();
    for entry in &written.opens {
        let model = entry.model.as_ref()?;
        let wanted = model.value.version.as_ref().map(|version| version.as_str());
        let found: Vec<_> = versions(compiler, model.value.model.as_str())
            .into_iter()
            .filter(|(_, version)| wanted.is_none_or(|wanted| wanted == version))
            .collect();
        if found.is_empty() {
            unknown(compiler, &model.value.to_string(), model.span);
            return None;
        }
        let within = entry.within.as_ref().map_or(OPENS_WITHIN_MS, |within| millis(&within.value));
        opens.extend(found.into_iter().map(|(id, _)| (id, within)));
    }
    if let Some(alert) = written.alerts.iter().next() {
        let name = alert.alert.as_ref().map_or("", |name| name.value.as_str());
        let message = format!("alert `{name}` is expected, and this version raises no alerts");
        let help = "expect what an alert would tell of: `objectives: [availability]`, `opens:`, `answered:` or `p99:`";
        compiler.report(PlanCode::Chaos.at(alert.span, message).help(help));
        return None;
    }
    Some(Expect {
        rungs,
        p99_ms: written.p99.as_ref().map(|time| time.millis()),
        answered_min: written.answered.as_ref().map(|share| share.ratio()),
        opens,
        // Filled in when there is a plan: `objectives`.
        objectives: Vec::new(),
    })
}

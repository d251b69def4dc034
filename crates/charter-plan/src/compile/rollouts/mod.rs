//! Rollouts: which rung they take place on, and the settings by which they are judged.
//!
//! What a guardrail counts belongs to `guardrails`; judging belongs to `charter-monitor`.

mod guardrails;

use super::PlanCode;
use super::comparison;
use super::compiler::{Compiler, Version};
use super::nodes::Place;
use super::protect::{long_millis, whole};
use super::split::part;
use crate::plan::{BadKind, ComparisonId, Judge, Node, OnInconclusive, Rollout, RolloutId, Route, Starts, Use};
use charter_spec::ast::{
    Answer, AnswerKind, Judge as WrittenJudge, OnInconclusive as WrittenInconclusive, Rollout as Written, Starts as WrittenStarts,
};
use charter_spec::names::Entry;
use charter_spec::quantity::{Duration, Share};
use charter_spec::{Diagnostic, Field, Span};

/// Defaults of semantics §2, by which the judge was simulated.
const STEPS: [u16; 5] = [500, 1_000, 2_500, 5_000, 10_000];
const DWELL_MS: u64 = 60_000;
const REQUESTS_MIN: u32 = 50;
const DAY_MS: u64 = 86_400_000;
const WATCH_MS: u64 = 600_000;
const ALPHA: f64 = 0.01;
const BETA: f64 = 0.05;
const R_HARM: f64 = 1.25;
const R_BAD: f64 = 2.0;
const SLO: f64 = 0.99;
/// More steps than anybody takes.
const STEPS_MAX: usize = 100;

/// The rollout that takes place where this version is asked, if one does. Two at one place are reported.
pub(super) fn planned<'a>(compiler: &mut Compiler<'a>, stable: Version<'a>, place: &Place<'_>) -> Option<&'a Entry<Written>> {
    if place.pinned {
        return None;
    }
    let resolved = compiler.resolved;
    let meant = |entry: &&Entry<Written>| {
        entry.route.as_ref().is_some_and(|route| route.value.as_str() == place.route)
            && entry.model.as_ref().is_some_and(|model| model.value.as_str() == stable.model.id.value.as_str())
            && match &entry.from {
                Some(from) => from.value == *stable.version.id.value,
                None => entry.to.as_ref().is_none_or(|to| to.value != *stable.version.id.value),
            }
    };
    let mut found = resolved.spec.rollouts.iter().filter(meant);
    let first = found.next()?;
    if let Some(second) = found.next() {
        two(compiler, first, second.id.span);
    }
    if !compiler.rollouts_placed.insert(first.id.value.to_string()) {
        let message = format!("route `{}` asks `{}` in more than one place", place.route, stable.label());
        let help = "write `pinned: true` beside those that stay as they are";
        compiler.report(PlanCode::Rollout.at(stable.span, message).at(first.id.span, "the rollout").help(help));
    }
    Some(first)
}

/// Reports that two versions would come in at one place.
pub(super) fn two(compiler: &mut Compiler<'_>, first: &Entry<Written>, second: Span) {
    let message = format!("two versions would come in at one place, one of them by rollout `{}`", first.id.value);
    compiler.report(
        PlanCode::Rollout.at(second, message).at(first.id.span, "this one").help("remove one of them, or let one wait for the other"),
    );
}

/// The version that a rollout brings in; `None` was reported.
pub(super) fn candidate<'a>(compiler: &mut Compiler<'a>, entry: &'a Entry<Written>) -> Option<Version<'a>> {
    let (Some(model), Some(to)) = (&entry.model, &entry.to) else {
        missing(compiler, entry, "to");
        return None;
    };
    // The reader has reported a version that is not there.
    let model = compiler.resolved.spec.models.get_entry(model.value.as_str())?;
    Some(Version { model, version: model.versions.get_entry(&to.value)?, span: to.span })
}

fn missing(compiler: &mut Compiler<'_>, entry: &Entry<Written>, key: &str) {
    let message = format!("rollout `{}` does not say `{key}:`", entry.id.value);
    let help = "a rollout names a route, a model and the version that comes in: `{ route: fraud, model: fraud, to: v3 }`";
    compiler.report(PlanCode::Rollout.at(entry.id.span, message).help(help));
}

/// Reports rollouts that take place nowhere. `routes` are those that could be compiled.
pub(super) fn unplaced(compiler: &mut Compiler<'_>, routes: &[Route]) {
    let resolved = compiler.resolved;
    for entry in &resolved.spec.rollouts {
        if compiler.rollouts_placed.contains(entry.id.value.as_str()) {
            continue;
        }
        let (Some(route), Some(model)) = (&entry.route, &entry.model) else {
            missing(compiler, entry, if entry.route.is_none() { "route" } else { "model" });
            continue;
        };
        let Some(asked) = routes.iter().find(|known| known.name == route.value.as_str()) else { continue };
        let mut labels: Vec<String> = asked
            .node
            .uses()
            .iter()
            .filter_map(|call| compiler.models.get(usize::from(call.model.0)))
            .filter(|known| known.name == model.value.as_str())
            .map(|known| format!("`{}`", known.label()))
            .collect();
        labels.dedup();
        let from = entry.from.as_ref().map_or_else(|| model.value.to_string(), |from| format!("{}@{}", model.value, from.value));
        let message = format!("route `{}` does not ask `{from}` where a rollout could take place", route.value);
        let asks = if labels.is_empty() { "it asks no version of it".to_owned() } else { format!("it asks {}", labels.join(", ")) };
        let place = entry.from.as_ref().map_or(model.span, |from| from.span);
        let help = format!("{asks}; pinned rungs are left alone");
        compiler.report(PlanCode::Rollout.at(place, message).at(route.span, "the route").help(help));
    }
}

/// The node in which a version comes in.
pub(super) fn node<'a>(
    compiler: &mut Compiler<'a>,
    planned: Option<&'a Entry<Written>>,
    (stable, stable_use): (Version<'a>, Use),
    (candidate, candidate_use): (Version<'a>, Use),
    place: &Place<'_>,
) -> Option<Node> {
    if stable_use.model == candidate_use.model || stable.label() == candidate.label() {
        let message = format!("`{}` would come in where it is in use already", candidate.label());
        compiler.report(PlanCode::Rollout.at(candidate.span, message).at(stable.span, "in use").help("name another version"));
        return None;
    }
    let default = Written::default();
    let written = planned.map_or(&default, |entry| &entry.value.value);
    let name = planned.map_or_else(|| canary_name(compiler, candidate, place), |entry| entry.id.value.to_string());
    let span = planned.map_or(candidate.span, |entry| entry.id.span);
    let best = place.entry.answer.as_ref().and_then(|answer| first_rung(&answer.value));
    let settings = settings(compiler, written, best, &name, span);
    let wanted = comparison::Wanted {
        name: name.clone(),
        primary: stable.label(),
        mirror: candidate.label(),
        share: 10_000,
        models: vec![candidate_use.model],
        compare: written.compare.as_ref().map(|compare| &compare.value),
        span,
    };
    let comparison = comparison::add(compiler, wanted, place);
    let (settings, comparison) = (settings?, comparison?);
    strict_scores(compiler, written, &settings, comparison, place);
    if planned.is_none() {
        let message = format!("`{}` comes in as rollout `{name}`, by the defaults, as soon as this is served", candidate.label());
        compiler.report(PlanCode::Canary.at(candidate.span, message));
    }
    let id = RolloutId(u16::try_from(compiler.rollouts.len()).ok()?);
    let starts = if planned.is_none() { Starts::Served } else { settings.starts };
    compiler.rollouts.push(Rollout {
        id,
        name,
        route: place.id,
        stable: stable_use.model,
        candidate: candidate_use.model,
        stable_label: stable.label(),
        candidate_label: candidate.label(),
        starts,
        comparison,
        ..settings
    });
    Some(Node::Rollout { rollout: id, stable: stable_use, candidate: candidate_use })
}

/// Warns of a bar for disagreement that nearly no new model can pass: scores that may differ by 0.1 % only.
fn strict_scores(compiler: &mut Compiler<'_>, written: &Written, settings: &Rollout, comparison: ComparisonId, place: &Place<'_>) {
    let Some(guardrail) = settings.guardrails.iter().find(|guardrail| guardrail.bad == BadKind::Disagreement) else { return };
    let unstated = comparison::unstated(compiler, comparison, written.compare.as_ref().map(|compare| &compare.value), place);
    let Some(first) = unstated.first() else { return };
    let names: Vec<String> = unstated.iter().map(|name| format!("`{name}`")).collect();
    let Some(span) = written.guardrails.iter().find(|stated| *stated.value.text == *guardrail.name).map(|stated| stated.span) else {
        return;
    };
    let message = format!("`{}` counts every score that differs by more than 0.1 %: {}", guardrail.name, names.join(", "));
    let help = format!(
        "say which difference is none: `compare: {{ outputs: {{ {first}: {{ within: 0.05 }} }} }}`;          or `kind: class` for outputs that are decisions"
    );
    compiler.report(PlanCode::StrictScores.at(span, message).at(place.answers_span, "the outputs").help(help));
}

/// `fraud-v3`; with the route behind it when that name is taken.
fn canary_name(compiler: &Compiler<'_>, candidate: Version<'_>, place: &Place<'_>) -> String {
    let name = format!("{}-{}", candidate.model.id.value, candidate.version.id.value);
    let taken = |name: &str| compiler.rollouts.iter().any(|rollout| rollout.name == name) || compiler.resolved.spec.rollouts.contains(name);
    if taken(&name) { format!("{name}-{}", place.path().replace('/', "-")) } else { name }
}

/// The name of the first rung that callers hear of; as [`Node::own_ladder`], before there is a node.
fn first_rung(answer: &Answer) -> Option<&str> {
    match &answer.kind {
        AnswerKind::Ladder(node) => node.ladder.iter().next().map(|rung| rung.id.value.as_str()),
        AnswerKind::Sequence(node) => node.sequence.iter().last().and_then(|step| first_rung(&step.value)),
        AnswerKind::Cache(node) => node.cache.as_ref()?.value.of.as_ref().and_then(|of| first_rung(&of.value)),
        AnswerKind::Shadow(node) => node.shadow.as_ref()?.value.of.as_ref().and_then(|of| first_rung(&of.value)),
        _ => None,
    }
}

/// The settings of a rollout; ids and names are the caller's to fill in. `None` when they are impossible, which is reported.
fn settings(compiler: &mut Compiler<'_>, written: &Written, best: Option<&str>, name: &str, span: Span) -> Option<Rollout> {
    let time = |field: &Field<Duration>, default: u64| field.as_ref().map_or(default, |time| long_millis(&time.value));
    let share = |field: &Field<Share>, default: f64| field.as_ref().map_or(default, |share| share.ratio());
    let shadow_ms = time(&written.shadow, 0);
    let dwell_ms = time(&written.dwell, DWELL_MS);
    let requests_min = written.requests_min.as_ref().map_or(REQUESTS_MIN, |count| whole(&count.value));
    let steps = steps(written, span).map_err(|problem| compiler.report(*problem)).ok()?;
    // The last step is watched, not dwelt on.
    let needed = shadow_ms.saturating_add(dwell_ms.saturating_mul(u64::try_from(steps.len().saturating_sub(1)).unwrap_or(u64::MAX)));
    let max_duration_ms = time(&written.max_duration, needed.max(DAY_MS.saturating_add(shadow_ms)));
    if let Some(max) = &written.max_duration
        && max_duration_ms < needed
    {
        let message = format!("rollout `{name}` takes at least {} s, and has {} s", needed / 1_000, max_duration_ms / 1_000);
        let sum = format!("shadow {} s + {} steps × {} s = {} s", shadow_ms / 1_000, steps.len() - 1, dwell_ms / 1_000, needed / 1_000);
        compiler.report(PlanCode::Rollout.at(max.span, message).sum(sum).help("give it more time, fewer steps or a shorter `dwell:`"));
        return None;
    }
    let (alpha, beta) = (share(&written.alpha, ALPHA), share(&written.beta, BETA));
    if let Some(wrong) = [&written.alpha, &written.beta].into_iter().flatten().find(|chance| chance.ratio() >= 0.5) {
        compiler.report(PlanCode::Rollout.at(wrong.span, "a chance of error of a half or more decides nothing").help("write 1 % or 5 %"));
        return None;
    }
    let guardrails = guardrails::of(compiler, written, best, span)?;
    let judge = match written.judge.as_ref().map(|judge| judge.value) {
        Some(WrittenJudge::Kayenta) => Judge::Kayenta,
        Some(WrittenJudge::Fixed) => Judge::Fixed,
        Some(WrittenJudge::Anytime) | None => Judge::Anytime,
    };
    let on_inconclusive = match written.on_inconclusive.as_ref().map(|word| word.value) {
        Some(WrittenInconclusive::Rollback) => OnInconclusive::Rollback,
        Some(WrittenInconclusive::Extend) => OnInconclusive::Extend,
        Some(WrittenInconclusive::Hold) | None => OnInconclusive::Hold,
    };
    let pairs = written.shadow_pairs.as_ref().map(|count| whole(&count.value));
    Some(Rollout {
        id: RolloutId(0),
        name: String::new(),
        route: crate::plan::RouteId(0),
        stable: crate::plan::ModelId(0),
        candidate: crate::plan::ModelId(0),
        stable_label: String::new(),
        candidate_label: String::new(),
        starts: match written.starts.as_ref().map(|starts| starts.value) {
            Some(WrittenStarts::Served) => Starts::Served,
            Some(WrittenStarts::Command) | None => Starts::Command,
        },
        shadow_ms,
        shadow_pairs_min: pairs.unwrap_or(if shadow_ms > 0 { requests_min } else { 0 }),
        steps,
        dwell_ms,
        requests_min,
        max_duration_ms,
        on_inconclusive,
        watch_ms: time(&written.watch, WATCH_MS),
        judge,
        alpha,
        beta,
        guardrails,
        comparison: crate::plan::ComparisonId(0),
    })
}

/// Shares that rise to all calls.
fn steps(written: &Written, span: Span) -> Result<Vec<u16>, Box<Diagnostic>> {
    if !written.steps.is_written() {
        return Ok(STEPS.to_vec());
    }
    let steps: Vec<u16> = written.steps.iter().map(|share| part(&share.value)).collect();
    let help = "write shares that rise to all: `steps: [5%, 25%, 100%]`";
    let place = |at: usize| written.steps.get(at).map_or(span, |share| share.span);
    if steps.is_empty() || steps.len() > STEPS_MAX {
        let place = written.steps.span().unwrap_or(span);
        return Err(PlanCode::Rollout
            .at(place, format!("there are {} steps; 1 to {STEPS_MAX} are possible", steps.len()))
            .help(help)
            .into());
    }
    if steps.first() == Some(&0) {
        return Err(PlanCode::Rollout.at(place(0), "the first step gives the new version no calls").help(help).into());
    }
    if let Some(at) = steps.windows(2).position(|pair| matches!(pair, [before, after] if after <= before)) {
        let problem = PlanCode::Rollout.at(place(at + 1), "a step is no larger than the one before it").at(place(at), "the one before");
        return Err(problem.help(help).into());
    }
    if steps.last() != Some(&10_000) {
        let last = place(steps.len() - 1);
        return Err(PlanCode::Rollout.at(last, "the last step does not give the new version all calls").help(help).into());
    }
    Ok(steps)
}

/// The word of what is counted, for messages.
fn words(kind: BadKind) -> &'static str {
    match kind {
        BadKind::Error => "errors",
        BadKind::Slow => "slow calls",
        BadKind::Fallback => "fallbacks",
        BadKind::Disagreement => "disagreements",
        BadKind::Feedback => "bad feedback",
    }
}

//! A rung that nobody has tried.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::evidence::{Evidence, Verdict};
use charter_plan::resolved::{Ladder, LadderOrigin, LadderRung};
use charter_spec::Severity;
use charter_spec::quantity::Date;
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    code: "F007",
    severity: Severity::Warning,
    title: "rung never exercised, or not lately",
    page: include_str!("../../../tests/rules/F007.md"),
    check,
};

/// How long an exercise counts: models, data and load change within a quarter.
const DAYS_MAX: i64 = 90;
const SHOWN_MAX: usize = 8;

/// The newest chaos run about a rung.
#[derive(Clone, Copy)]
struct Run {
    day: Date,
    verdict: Verdict,
    /// Whether what answers is still what was tried.
    current: bool,
}

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let runs = runs(lint);
    let ladders = &lint.resolved.ladders;
    for ladder in &ladders.all {
        // A ladder that is stated about a route is the route's own, which is looked at already.
        let executed =
            ladder.origin == LadderOrigin::Degradation && ladders.of(&ladder.of).any(|other| other.origin == LadderOrigin::Answer);
        if !executed {
            of_ladder(lint, ladder, &runs, findings);
        }
    }
}

fn of_ladder(lint: &Lint<'_>, ladder: &Ladder, runs: &HashMap<&str, Run>, findings: &mut Findings) {
    // A day that is still to come shows nothing.
    let recent = |day: Date| (0..=DAYS_MAX).contains(&(lint.today.days_since_epoch() - day.days_since_epoch()));
    let run = |rung: &LadderRung| runs.get(format!("chaos/{}/{}", ladder.of.id, rung.name).as_str()).copied();
    let stated = |rung: &LadderRung| rung.exercised.as_ref().or(ladder.exercised.as_ref()).map(|day| day.value);
    let tried = |rung: &LadderRung| {
        run(rung).is_some_and(|run| run.current && run.verdict == Verdict::Proved && recent(run.day)) || stated(rung).is_some_and(recent)
    };
    let untried: Vec<&LadderRung> = ladder.rungs.iter().skip(1).filter(|rung| !tried(rung)).collect();
    let Some(first) = untried.first() else { return };
    let names: Vec<String> = untried.iter().take(SHOWN_MAX).map(|rung| format!("`{}`", rung.name)).collect();
    let more = if untried.len() > names.len() { format!(" and {} more", untried.len() - names.len()) } else { String::new() };
    let last = untried.iter().filter_map(|rung| stated(rung).into_iter().chain(run(rung).map(|run| run.day)).max()).max();
    let failed = untried.iter().find(|rung| run(rung).is_some_and(|run| run.current && run.verdict == Verdict::Broken && recent(run.day)));
    let other = untried.iter().find_map(|rung| run(rung).filter(|run| !run.current && recent(run.day)).map(|run| (rung, run.day)));
    let label = match (failed, last) {
        (Some(rung), Some(day)) => format!("`{}` was tried on {day} and did not hold", rung.name),
        (None, _) if let Some((rung, day)) = other => format!("`{}` was tried on {day}, and has changed since", rung.name),
        (None, Some(day)) => format!("last tried on {day}"),
        _ => "never tried".to_owned(),
    };
    let finding = RULE
        .finding(format!("in {DAYS_MAX} days nobody has shown that {}{more} of `{}` can answer", names.join(", "), ladder.of.id))
        .at(first.span, label)
        .at(ladder.span, "in this ladder");
    let stated = format!("`degradation: {{ {}: {{ exercised: {} }} }}`", ladder.of.id, lint.today);
    // Faults can be brought in where routes answer; what else has a ladder is tried by whoever runs it.
    findings.push(match ladder.origin {
        LadderOrigin::Answer => finding
            .help(format!("run `charter verify --chaos`, or state when it was tried: {stated}"))
            .proven()
            .asks(format!("evidence `chaos/{}/{}`", ladder.of.id, first.name)),
        _ => finding
            .help(format!("take `{}` away on purpose, see what answers, and state the day: {stated}", ladder.of.id))
            .proven()
            .asks(format!("`degradation.{}.exercised`", ladder.of.id)),
    });
}

/// The newest run of each id, those of this plan first; evidence without a day counts for nothing.
fn runs<'a>(lint: &Lint<'a>) -> HashMap<&'a str, Run> {
    let now: Option<HashMap<String, String>> = lint.plan.map(|plan| {
        let exercises = charter_plan::compile::exercises(plan).into_iter();
        exercises.map(|exercise| (exercise.requirement.id, exercise.requirement.fingerprint)).collect()
    });
    let current = |evidence: &Evidence| match &now {
        Some(now) => now.get(&evidence.requirement).is_none_or(|fingerprint| *fingerprint == evidence.requirement_fingerprint),
        None => true,
    };
    let mut runs: HashMap<&str, Run> = HashMap::new();
    for evidence in lint.evidence.iter().filter(|evidence| evidence.proof == "chaos") {
        let Some(day) = evidence.measured_at.get(..10).and_then(Date::parse) else { continue };
        let run = Run { day, verdict: evidence.verdict, current: current(evidence) };
        let newest = runs.entry(evidence.requirement.as_str()).or_insert(run);
        if (run.current, run.day) >= (newest.current, newest.day) {
            *newest = run;
        }
    }
    runs
}

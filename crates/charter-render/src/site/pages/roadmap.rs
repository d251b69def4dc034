//! The roadmap: phases over time, and what each gate says today.

use crate::diagram::gantt::{Span, gantt};
use crate::site::links::{Page, anchor};
use crate::site::parts::{Facts, criterion, day, findings, judged, nothing, or, outcome, picture, references, ticked};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::arithmetic::derivation::number;
use charter_plan::gate::{Answer, GateReport, OutcomeReport, answer};
use charter_plan::resolved::{Element, Figure, PhaseFigures};
use charter_spec::SectionName;
use charter_spec::ast::{Phase, PhaseBox};
use charter_spec::measure::{CriterionKind, TermKind};
use charter_spec::names::Entry;
use maud::{Markup, html};

/// Phases that are drawn; beyond, nobody reads a picture.
const DRAWN_MAX: usize = 40;

pub(super) fn page(site: &Site<'_>) -> Content {
    let phases = &site.spec().roadmap;
    let facts = site.input.facts();
    let body = html! {
        @if phases.is_empty() { (nothing("has no roadmap", "roadmap")) }
        (drawn(site))
        (Facts::default()
            .figure(site, "Work", site.resolved().roadmap.effort_weeks.as_ref())
            .figure(site, "Team", site.resolved().roadmap.team.as_ref())
            .render())
        @for entry in phases { (phase(site, entry, answer(&facts, entry.id.value.as_str()).as_ref())) }
    };
    let lead = html! {
        "Phases with their gates, which are answered from evidence. Solid: at the earliest; pale: at the latest; the diamond is the gate."
    };
    Content::of(Page::Roadmap, lead, body)
}

fn drawn(site: &Site<'_>) -> Markup {
    let figures = &site.resolved().roadmap;
    let spans: Vec<Span> = figures.phases.iter().take(DRAWN_MAX).filter_map(|phase| span(site, phase)).collect();
    html! {
        @if !spans.is_empty() {
            (picture("Roadmap", gantt(&spans, &limits(site), "Phases of the roadmap over weeks")))
            p.note { "Weeks count from the first phase; phases run one after another unless the charter says otherwise." }
        }
    }
}

fn span(site: &Site<'_>, phase: &PhaseFigures) -> Option<Span> {
    let before = phase.chain.len().checked_sub(2).and_then(|at| phase.chain.get(at)).and_then(|id| site.resolved().roadmap.of(id));
    let start = match before {
        Some(before) => before.earliest_end_weeks.as_ref().map(Figure::value)?,
        None => 0.0,
    };
    let end = match (&phase.earliest_end_weeks, &phase.latest_end_weeks) {
        (Some(earliest), Some(latest)) => Some((earliest.value(), latest.value())),
        _ if phase.ongoing => None,
        _ => return None,
    };
    let entry = site.spec().roadmap.get(&phase.id)?;
    let words: Vec<String> = entry.gate.iter().map(|outcome| outcome.id.value.to_string()).collect();
    let length = phase.weeks.map_or_else(
        || "ongoing".to_owned(),
        |(least, most)| {
            if least == most { format!("{} weeks", number(least)) } else { format!("{} to {} weeks", number(least), number(most)) }
        },
    );
    let text = if words.is_empty() { length } else { format!("{length}, then {}", words.join(", ")) };
    Some(Span {
        name: phase.id.to_string(),
        start,
        end,
        has_gate: !words.is_empty(),
        href: format!("#{}", anchor(&Element::new(SectionName::Roadmap, &phase.id))),
        text,
    })
}

/// Dates that a constraint sets: `roadmap.end(mvp) <= 14w`.
fn limits(site: &Site<'_>) -> Vec<(String, f64)> {
    const WEEK_NANOS: f64 = 604_800e9;
    let checks = site.spec().constraints.iter().flat_map(|entry| entry.check.iter().map(move |check| (entry, check)));
    checks
        .filter_map(|(entry, check)| {
            let CriterionKind::Measure(measure) = &check.value.kind else { return None };
            let TermKind::Call { function, .. } = &measure.term.kind else { return None };
            let quantity = measure.value.quantity().filter(|_| function.value.dotted() == "roadmap.end")?;
            Some((entry.id.value.to_string(), quantity.base / WEEK_NANOS))
        })
        .filter(|(_, weeks)| weeks.is_finite())
        .collect()
}

/// What a gate says, as a sentence.
pub(super) fn answer_words(answer: &Answer) -> Markup {
    html! {
        @match answer {
            Answer::Decided { word, why, .. } => { "says " b { (word) } ": " (ticked(why)) "." },
            Answer::Open { may_be, waits_for } => {
                "is open: it may be " b { (or(may_be)) }
                @if !waits_for.is_empty() {
                    ", and waits for " @for (at, wait) in waits_for.iter().enumerate() { @if at > 0 { ", " } code { (wait) } }
                }
                "."
            },
            Answer::Silent { why } => { "says nothing: " (ticked(why)) "." },
        }
    }
}

fn phase(site: &Site<'_>, entry: &Entry<Phase>, report: Option<&GateReport>) -> Markup {
    let element = Element::new(SectionName::Roadmap, &entry.id.value);
    let figures = site.resolved().roadmap.of(&entry.id.value);
    let time_box = entry.time_box.as_ref().map(|written| match &written.value {
        PhaseBox::Time(range) if range.low == range.high => range.low.to_string(),
        PhaseBox::Time(range) => format!("{} to {}", range.low, range.high),
        PhaseBox::Ongoing => "ongoing".to_owned(),
    });
    let facts = Facts::default()
        .add("Time box", html! { (time_box.unwrap_or_default()) })
        .figure(site, "Ends at the earliest", figures.and_then(|figures| figures.earliest_end_weeks.as_ref()))
        .figure(site, "Ends at the latest", figures.and_then(|figures| figures.latest_end_weeks.as_ref()))
        .text("Starts", &entry.starts)
        .text("Traffic", &entry.traffic)
        .add("After", references(site, &entry.after))
        .add("Tasks", tasks(entry))
        .reference(site, "Owner", &entry.owner);
    html! {
        article.phase {
            header.element { h3 id=(anchor(&element)) { (entry.id.value.as_str()) } (findings(site, &element)) }
            @if let Some(about) = &entry.about { p { (about.value) } }
            (facts.render())
            @if let Some(report) = report.filter(|report| !report.outcomes.is_empty()) { (gate(report)) }
            @if report.is_none() {
                @for outcome in &entry.gate {
                    p { b { (outcome.id.value.as_str()) } " " @for item in &outcome.value.value { (criterion(site, &item.value)) " " } }
                }
            }
        }
    }
}

fn tasks(entry: &Phase) -> Markup {
    html! {
        @for (at, task) in entry.tasks.iter().enumerate() {
            @if at > 0 { ", " }
            (task.id.value.as_str())
            @if let Some(effort) = &task.effort { " (" (effort.value.to_string()) ")" }
        }
    }
}

fn gate(report: &GateReport) -> Markup {
    html! {
        div.gate {
            p.answer { "The gate " (answer_words(&report.answer)) }
            @for outcome in &report.outcomes { (gate_outcome(outcome)) }
            @for line in &report.sign_offs {
                p.signature {
                    "Signed by " b { (line.sign_off.name) } @if let Some(role) = &line.sign_off.role { " for " (role) }
                    " on " (day(&line.sign_off.signed_at)) ": " code { (line.sign_off.scope) }
                    " " span.none { (format!("{:?}", line.state).to_lowercase()) }
                }
            }
        }
    }
}

fn gate_outcome(found: &OutcomeReport) -> Markup {
    html! {
        div.outcome {
            p { b { (found.word) } " " (outcome(found.holds)) @if found.is_else { " " span.none { "when nothing else holds" } } }
            @for criterion in &found.criteria { (judged(criterion)) }
        }
    }
}

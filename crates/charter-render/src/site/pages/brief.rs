//! The brief: one page for a board. What was promised and whether it holds, what it comes to, what contradicts itself, what is next.

use crate::site::links::Page;
use crate::site::parts::{STANDINGS, and, badge, day, level, link, measured, severity, shown, ticked, verdict_bar};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::arithmetic::risk;
use charter_plan::gate::{Answer, GateReport, answer};
use charter_plan::resolved::{Element, Figure};
use charter_plan::standing::{Standing, StatusLine};
use charter_spec::ast::{Level, RiskStatus};
use charter_spec::{SectionName, Severity};
use maud::{Markup, html};

/// Most lines of each list; the rest is a click away.
const PROMISES_MAX: usize = 12;
const CONFLICTS_MAX: usize = 5;
const RISKS_MAX: usize = 5;

pub(super) fn page(site: &Site<'_>) -> Content {
    let requirements = site.requirements();
    let body = html! {
        div.hero {
            p.kicker { "Charter brief · " (site.input.today.to_string()) }
            h1 { (site.title()) }
            p.statement { (statement(site, &requirements)) }
            (verdict_bar(&counts(&requirements)))
        }
        (totals(site))
        section { h2 { "Promises" } (promises(site, requirements)) }
        section { h2 { "Open conflicts" } (conflicts(site)) }
        div.pair {
            section { h2 { "Next gate" } (next_gate(site)) }
            section { h2 { "Highest risks" } (risks(site)) }
        }
    };
    Content::of(Page::Brief, html! {}, body)
}

pub(in crate::site) fn counts(requirements: &[(Element, StatusLine)]) -> Vec<(Standing, usize)> {
    let count = |standing: Standing| requirements.iter().filter(|(_, verdict)| verdict.standing == standing).count();
    STANDINGS.into_iter().map(|standing| (standing, count(standing))).collect()
}

/// The one sentence that a board asks for.
pub(in crate::site) fn statement(site: &Site<'_>, requirements: &[(Element, StatusLine)]) -> String {
    let total = requirements.len();
    if total == 0 {
        return format!("{} promises nothing yet: the charter has no scenario and no constraint.", site.system());
    }
    let promises = if total == 1 { "promise" } else { "promises" };
    let mut parts = Vec::new();
    for (standing, count) in counts(requirements) {
        if count > 0 {
            let verb = if count == 1 { "is" } else { "are" };
            parts.push(if parts.is_empty() {
                format!("{count} {verb} {}", standing.name())
            } else {
                format!("{count} {}", standing.name())
            });
        }
    }
    let errors = site.count(Severity::Error);
    let conflict = match errors {
        0 => "The charter contradicts itself nowhere that a rule sees.".to_owned(),
        1 => "One conflict in the charter is open.".to_owned(),
        count => format!("{count} conflicts in the charter are open."),
    };
    format!("Of {total} {promises}, {}. {conflict}", and(&parts))
}

struct Tile {
    name: &'static str,
    value: String,
    unit: String,
    note: String,
    page: Page,
    bad: bool,
}

fn totals(site: &Site<'_>) -> Markup {
    let tiles = [load(site), cost(site), latency(site), replicas(site), time(site)];
    html! {
        ul.tiles {
            @for tile in tiles.into_iter().flatten() {
                li.bad[tile.bad] { a href=(tile.page.file()) {
                    span.tile-name { (tile.name) }
                    span.tile-value { (tile.value) @if !tile.unit.is_empty() { " " span.tile-unit { (tile.unit) } } }
                    span.tile-note { (tile.note) }
                } }
            }
        }
    }
}

/// The value and its unit apart: the unit is smaller.
fn apart(figure: &Figure) -> (String, String) {
    match figure.derivation.unit.as_str() {
        "bytes" | "ratio" => (show(figure), String::new()),
        unit => (shown(figure.value(), ""), unit.to_owned()),
    }
}

fn show(figure: &Figure) -> String {
    shown(figure.value(), &figure.derivation.unit)
}

fn load(site: &Site<'_>) -> Option<Tile> {
    let load = &site.resolved().load;
    let peak = load.peak_rps.as_ref()?;
    let note = load
        .average_rps
        .as_ref()
        .map_or_else(|| "requests a second at the peak".to_owned(), |average| format!("{} on average", show(average)));
    let (value, unit) = apart(peak);
    Some(Tile { name: "Peak load", value, unit, note, page: Page::Capacity, bad: false })
}

fn cost(site: &Site<'_>) -> Option<Tile> {
    let cost = &site.resolved().cost;
    let (found, is_all) = cost.total.as_ref().map(|total| (total, true)).or_else(|| cost.known.as_ref().map(|known| (known, false)))?;
    let bad = cost.allowed.as_ref().or(cost.ceiling.as_ref()).is_some_and(|most| found.value() > most.value());
    let ceiling = cost
        .ceiling
        .as_ref()
        .map_or_else(|| "no ceiling is stated".to_owned(), |ceiling| format!("ceiling {}", shown(ceiling.value(), "")));
    let note = if is_all { ceiling } else { format!("known so far; {ceiling}") };
    let (value, unit) = apart(found);
    Some(Tile { name: "Cost", value, unit, note, page: Page::Cost, bad })
}

fn latency(site: &Site<'_>) -> Option<Tile> {
    let budget = site.resolved().latency.budgets.first()?;
    let total = budget.total_ms.as_ref()?;
    let bad = budget.sum_ms.as_ref().is_some_and(|sum| sum.value() > total.value());
    let note = match &budget.sum_ms {
        Some(sum) => format!("{} in {} stages", show(sum), budget.stages.len()),
        None => format!("{} stages", budget.stages.len()),
    };
    let (value, unit) = apart(total);
    Some(Tile { name: "Latency budget", value, unit, note, page: Page::Latency, bad })
}

fn replicas(site: &Site<'_>) -> Option<Tile> {
    let planned: Vec<f64> = site.resolved().capacity.models.iter().filter_map(|model| model.planned.as_ref().map(Figure::value)).collect();
    let busiest =
        site.resolved().capacity.models.iter().filter_map(|model| model.zone_loss.as_ref()).map(Figure::value).fold(0.0, f64::max);
    if planned.is_empty() {
        return None;
    }
    let note =
        if busiest > 0.0 { format!("{} busy without a zone", shown(busiest, "ratio")) } else { format!("over {} pools", planned.len()) };
    Some(Tile {
        name: "Replicas",
        value: shown(planned.iter().sum(), ""),
        unit: String::new(),
        note,
        page: Page::Capacity,
        bad: busiest > 1.0,
    })
}

fn time(site: &Site<'_>) -> Option<Tile> {
    let last = site.resolved().roadmap.phases.iter().rev().find(|phase| phase.latest_end_weeks.is_some())?;
    let (earliest, latest) = (last.earliest_end_weeks.as_ref()?.value(), last.latest_end_weeks.as_ref()?.value());
    let value = if earliest == latest { shown(latest, "") } else { format!("{} – {}", shown(earliest, ""), shown(latest, "")) };
    Some(Tile {
        name: "Roadmap",
        value,
        unit: "weeks".to_owned(),
        note: format!("to the end of {}", last.id),
        page: Page::Roadmap,
        bad: false,
    })
}

/// Broken and stale ones first, then by priority, then as written.
fn promises(site: &Site<'_>, mut requirements: Vec<(Element, StatusLine)>) -> Markup {
    let spec = site.spec();
    let rank = |element: &Element| {
        let priority = spec.quality.get(&element.id).filter(|_| element.section == SectionName::Quality).map(|scenario| &scenario.priority);
        let importance = priority.and_then(|priority| priority.first()).map_or(Level::Medium, |level| level.value);
        Level::Critical as i32 - importance as i32
    };
    let trouble = |verdict: &StatusLine| match verdict.standing {
        Standing::Broken => 0,
        Standing::Stale => 1,
        _ => 2,
    };
    requirements.sort_by_key(|(element, verdict)| (trouble(verdict), rank(element)));
    let total = requirements.len();
    html! {
        div.scroll role="region" aria-label="Promises with their verdicts" tabindex="0" {
            table.promises {
                thead { tr { th scope="col" { "Promise" } th scope="col" { "Verdict" } th.num scope="col" { "Shown" } th scope="col" { "When" } } }
                tbody {
                    @for (element, verdict) in requirements.iter().take(PROMISES_MAX) {
                        tr {
                            td { (link(site, element)) div.sentence { (sentence(site, element)) } }
                            td { (badge(verdict.standing)) }
                            td.num { (measured(verdict)) }
                            td.date { (verdict.measured_at.as_deref().map_or(if verdict.figure.is_some() { "by arithmetic" } else { "–" }, day)) }
                        }
                    }
                }
            }
        }
        @if total > PROMISES_MAX { p.more { "and " (total - PROMISES_MAX) " more: " a href=(Page::Trace.file()) { "the trace matrix" } " has all." } }
    }
}

/// What a requirement asks, in a clause.
pub(super) fn sentence(site: &Site<'_>, element: &Element) -> String {
    let spec = site.spec();
    if element.section == SectionName::Constraints {
        let Some(constraint) = spec.constraints.get(&element.id) else { return String::new() };
        let checks = || and(&constraint.check.iter().map(|check| check.value.describe()).collect::<Vec<_>>());
        return constraint.text.as_ref().map_or_else(checks, |text| text.value.clone());
    }
    let Some(scenario) = spec.quality.get(&element.id) else { return String::new() };
    scenario.measure.as_ref().map_or_else(|| "no measure is stated".to_owned(), |measure| measure.value.describe())
}

fn conflicts(site: &Site<'_>) -> Markup {
    let open: Vec<_> = site.input.findings.iter().enumerate().filter(|(_, finding)| finding.severity == Severity::Error).collect();
    let warnings = site.count(Severity::Warning);
    html! {
        @if open.is_empty() {
            p {
                "None: no rule finds a contradiction. " @if warnings > 0 {
                    (warnings) " warnings stand under " a href=(Page::Findings.file()) { "findings" } "."
                }
            }
        } @else {
            ul.conflict-list {
                @for (at, finding) in open.iter().take(CONFLICTS_MAX) {
                    li {
                        (severity(finding.severity)) " "
                        a href=(format!("findings.html#f{}", at + 1)) { code { (finding.code) } " " (ticked(&finding.message)) }
                        @if !finding.arithmetic.is_empty() {
                            div.sum { (ticked(&finding.arithmetic.iter().take(2).cloned().collect::<Vec<_>>().join("; "))) }
                        }
                    }
                }
            }
            @if open.len() > CONFLICTS_MAX || warnings > 0 {
                p.more {
                    @if open.len() > CONFLICTS_MAX { (open.len() - CONFLICTS_MAX) " more, and " }
                    (warnings) " warnings: " a href=(Page::Findings.file()) { "all findings" } "."
                }
            }
        }
    }
}

/// The first gate that does not say go on.
pub(super) fn next(site: &Site<'_>) -> Option<GateReport> {
    let facts = site.input.facts();
    site.spec()
        .roadmap
        .iter()
        .filter_map(|phase| answer(&facts, phase.id.value.as_str()))
        .find(|report| !report.outcomes.is_empty() && !matches!(report.answer, Answer::Decided { advances: true, .. }))
}

fn next_gate(site: &Site<'_>) -> Markup {
    let Some(report) = next(site) else {
        let some = !site.spec().roadmap.is_empty();
        return html! { p { @if some { "Every gate of the roadmap is passed." } @else { "The charter has no roadmap." } } };
    };
    html! {
        p { a href=(format!("roadmap.html#roadmap.{}", report.phase)) { b { (report.phase) } } " " (super::roadmap::answer_words(&report.answer)) }
    }
}

fn risks(site: &Site<'_>) -> Markup {
    let mut rated: Vec<_> = site
        .spec()
        .risks
        .iter()
        .filter(|entry| entry.status.as_ref().is_none_or(|status| status.value != RiskStatus::Closed))
        .filter_map(|entry| Some((risk::level(entry.probability.as_ref()?.value, entry.impact.as_ref()?.value), entry)))
        .filter(|(rating, _)| *rating >= Level::High)
        .collect();
    rated.sort_by_key(|(rating, _)| std::cmp::Reverse(*rating));
    html! {
        @if rated.is_empty() {
            p { "No open risk is rated high." }
        } @else {
            ul.plain {
                @for (rating, entry) in rated.iter().take(RISKS_MAX) {
                    li {
                        (level(*rating)) " " (link(site, &Element::new(SectionName::Risks, &entry.id.value)))
                        @if let Some(about) = &entry.about { " " (about.value) }
                    }
                }
            }
            @if rated.len() > RISKS_MAX { p.more { "and " (rated.len() - RISKS_MAX) " more under " a href=(Page::Risks.file()) { "risks" } "." } }
        }
    }
}

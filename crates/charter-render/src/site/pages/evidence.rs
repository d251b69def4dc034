//! Evidence: every measured result, on which machine, by which command.

use crate::site::links::Page;
use crate::site::parts::{Facts, capital, day, estimate, interval, table};
use crate::site::shell::{Content, short};
use crate::site::site::Site;
use charter_plan::Evidence;
use charter_plan::arithmetic::derivation::significant;
use charter_plan::evidence::{Part, Verdict};
use maud::{Markup, html};

/// Most groups of one result that are listed.
const PARTS_MAX: usize = 24;

pub(super) fn page(site: &Site<'_>) -> Content {
    let mut kept: Vec<(usize, &Evidence)> = site.input.evidence.iter().enumerate().collect();
    kept.sort_by(|left, right| right.1.measured_at.cmp(&left.1.measured_at).then(left.1.requirement.cmp(&right.1.requirement)));
    let body = html! {
        @if kept.is_empty() {
            p.nothing { "Nothing was measured yet: " code { "charter verify" } " measures and keeps the results beside the charter." }
        }
        @for (at, found) in &kept { (record(site, *at, found)) }
    };
    Content::of(
        Page::Evidence,
        html! { "Every measured result: the figure, what it was held against, on which machine and by which command." },
        body,
    )
}

/// The newest record of a requirement.
pub(super) fn anchor_of(site: &Site<'_>, requirement: &str) -> Option<String> {
    let own = site.input.evidence.iter().enumerate().filter(|(_, found)| found.requirement == requirement);
    own.max_by(|left, right| left.1.measured_at.cmp(&right.1.measured_at)).map(|(at, _)| format!("e{}", at + 1))
}

fn verdict(verdict: Verdict) -> Markup {
    match verdict {
        Verdict::Proved => html! { span.badge.proved { span aria-hidden="true" { "✓" } " held" } },
        Verdict::Broken => html! { span.badge.broken { span aria-hidden="true" { "✕" } " did not hold" } },
        Verdict::Inconclusive => html! { span.badge.unproved { span aria-hidden="true" { "○" } " inconclusive" } },
    }
}

fn record(site: &Site<'_>, at: usize, found: &Evidence) -> Markup {
    let element = site.resolved().index.named(found.requirement.split('/').next().unwrap_or_default());
    let unit = element.as_ref().map_or(found.unit.as_str(), |element| site.unit(element, &found.unit));
    let current = site.input.plan.is_some_and(|plan| plan.fingerprint == found.plan);
    let host = [
        found.host.cpu.clone(),
        format!("{} cores", found.host.cores),
        format!("{} GB", significant((found.host.memory_bytes as f64 / 1e9).round())),
        found.host.os.clone(),
    ];
    let facts = Facts::default()
        .add("Figure", html! { @if let Some(figure) = found.figure { (estimate(figure, unit)) @if let Some(found) = found.interval { " " (interval(found, unit)) } } })
        .add("Held against", html! { (found.limit) })
        .add("Proof", html! { (found.proof) })
        .add("Measured", html! { (found.measured_at) })
        .add("Plan", html! { code { (short(&found.plan)) } @if current { " the one shown here" } @else { " another one than shown here" } })
        .add("Machine", html! { (host.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ")) })
        .add("Command", html! { @if !found.command.is_empty() { code { (found.command) } } })
        .add("Seed", html! { (found.seed) });
    let rows = html! {
        @for part in found.parts.iter().take(PARTS_MAX) { (self::part(part, unit)) }
    };
    html! {
        article id=(format!("e{}", at + 1)) {
            header.element {
                h3 {
                    @match &element { Some(element) => a.self href=(site.links.href(element)) { (found.requirement) }, None => (found.requirement) }
                }
                (verdict(found.verdict)) span.none { (day(&found.measured_at)) }
            }
            @if !found.text.is_empty() { p.promise { (capital(&found.text)) "." } }
            (facts.render())
            (table("Groups", &["Group", "#Count", "#Figure", "Holds"], rows))
            @if found.parts.len() > PARTS_MAX { p.none { "and " (found.parts.len() - PARTS_MAX) " more groups" } }
            @if !found.notes.is_empty() { ul.notes { @for note in &found.notes { li { (note) } } } }
        }
    }
}

fn part(part: &Part, unit: &str) -> Markup {
    html! {
        tr {
            th scope="row" { (part.name) } td.num { (part.count) }
            td.num {
                @if let Some(figure) = part.figure { (estimate(figure, unit)) }
                @if let Some(found) = part.interval { " " (interval(found, unit)) }
            }
            td { @match part.holds { Some(true) => "yes", Some(false) => "no", None => "undecided" } }
        }
    }
}

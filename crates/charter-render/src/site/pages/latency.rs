//! Latency budgets as waterfalls, with what percentiles of stages say about the whole.

use crate::diagram::waterfall::{Bar, BarKind, waterfall};
use crate::site::links::{Page, anchor};
use crate::site::parts::{Facts, figure, figure_or, findings, joined, link, nothing, picture, shown, table};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::arithmetic::derivation::{number, percent};
use charter_plan::resolved::{Arrangement, BudgetFigures, Element, Figure, StageFigures, StagePlace};
use charter_spec::SectionName;
use maud::{Markup, html};

/// Budgets that are drawn; beyond, the table tells the same in less room.
const DRAWN_MAX: usize = 60;

pub(super) fn page(site: &Site<'_>) -> Content {
    let budgets = &site.resolved().latency.budgets;
    let body = html! {
        @if budgets.is_empty() { (nothing("has no latency budget", "latency")) }
        @for (at, found) in budgets.iter().enumerate() { (budget(site, found, at < DRAWN_MAX)) }
    };
    Content::of(
        Page::Latency,
        html! { "What each stage of an answer may take. Grey stages lie on the network outside our edge; the dashed one is kept free." },
        body,
    )
}

fn budget(site: &Site<'_>, found: &BudgetFigures, drawn: bool) -> Markup {
    let element = Element::new(SectionName::Latency, &found.id);
    let total = found.total_ms.as_ref().map(Figure::value);
    let title = format!("Stages of {}", found.id);
    let scenarios = found.scenarios.iter().filter_map(|id| site.element(SectionName::Quality, id)).map(|scenario| link(site, &scenario));
    let served =
        found.served.iter().filter_map(|id| site.element(SectionName::Routes, id).or_else(|| site.element(SectionName::Models, id)));
    let facts = Facts::default()
        .figure(site, "Total", found.total_ms.as_ref())
        .figure(site, "Sum of the stages", found.sum_ms.as_ref())
        .figure(site, "Buffer", found.buffer_ms.as_ref())
        .figure(site, "Left for our edge", found.edge_ms.as_ref())
        .figure(site, "Each stage held at", found.stage_percentile.as_ref())
        .figure(site, "Promised for the whole", found.whole_percentile.as_ref())
        .figure(site, "Guaranteed for the whole", found.guaranteed.as_ref())
        .figure(site, "Needed of each stage", found.needed.as_ref())
        .add("Implements", joined(scenarios))
        .add("Kept by", joined(served.map(|served| link(site, &served))));
    let bars: Vec<Bar> = found.stages.iter().map(|stage| bar(stage, total)).collect();
    html! {
        article.budget {
            header.element { h3 id=(anchor(&element)) { (found.id.as_str()) } (findings(site, &element)) }
            @if drawn { (picture(&title, waterfall(&bars, total, &title))) }
            details.words open=[(!drawn).then_some("")] { summary { "The same in figures" } (stages(site, &found.stages)) }
            (facts.render())
            @for own in &found.overrides {
                h4 { "For " (own.id.as_str()) ": " (figure_or(site, own.sum_ms.as_ref())) }
                (stages(site, &own.stages))
            }
        }
    }
}

fn bar(stage: &StageFigures, total: Option<f64>) -> Bar {
    let length = stage.effective_ms().map(Figure::value);
    let kind = match stage.place {
        StagePlace::Inside => BarKind::Inside,
        StagePlace::Outside => BarKind::Outside,
        StagePlace::Buffer => BarKind::Buffer,
    };
    let text = match (length, total) {
        (Some(length), Some(total)) if total > 0.0 => {
            format!("{} ms, {}", number(length), percent((length / total * 1000.0).round() / 1000.0))
        }
        (Some(length), _) => format!("{} ms", number(length)),
        (None, _) => "no budget".to_owned(),
    };
    Bar { name: stage.name.to_string(), length, kind, text }
}

fn stages(site: &Site<'_>, stages: &[StageFigures]) -> Markup {
    let mut lines = Vec::new();
    flatten(stages, 0, &mut lines);
    let rows = html! {
        @for (depth, stage) in &lines {
            tr {
                th scope="row" { span.indent { (("· ").repeat(*depth)) } (stage.name.as_str()) }
                td.num { (figure_or(site, stage.effective_ms())) }
                td { (place(stage)) }
                td { (stage.calls.as_deref().unwrap_or("")) }
                td { @if let Some(worst) = &stage.worst_ms { (figure(site, worst)) } }
            }
        }
    };
    table("Stages", &["Stage", "#May take", "Where", "Calls", "At worst"], rows)
}

/// How deep stages nest is bounded by the reader.
fn flatten<'a>(stages: &'a [StageFigures], depth: usize, lines: &mut Vec<(usize, &'a StageFigures)>) {
    for stage in stages {
        lines.push((depth, stage));
        flatten(&stage.parts, depth + 1, lines);
    }
}

fn place(stage: &StageFigures) -> String {
    let place = match stage.place {
        StagePlace::Inside => "inside our edge",
        StagePlace::Outside => "on the network",
        StagePlace::Buffer => "kept free",
    };
    match stage.arrangement {
        None => place.to_owned(),
        Some(Arrangement::Cascade) => format!("{place}, a cascade"),
        Some(Arrangement::Serial) => format!("{place}, one after the other"),
        Some(Arrangement::Parallel) => format!("{place}, at the same time: {}", shown(stage.parts.len() as f64, "parts")),
    }
}

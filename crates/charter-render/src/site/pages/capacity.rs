//! Load and capacity: who gets how much of the traffic, how many replicas that takes, and what is left when a zone is lost.

use crate::diagram::bars::{Row, bars};
use crate::site::links::{Page, anchor};
use crate::site::parts::{Facts, criterion, figure_or, findings, link, nothing, picture, references, shown, table};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::{Element, Figure, ServedCapacity};
use charter_spec::SectionName;
use charter_spec::ast::{ScaleAction, ScaleTrigger, TriggerWhen};
use maud::{Markup, html};
use std::collections::HashSet;

/// Bars that are drawn; beyond, the table tells the same in less room.
const DRAWN_MAX: usize = 40;

pub(super) fn page(site: &Site<'_>) -> Content {
    let figures = &site.resolved().capacity;
    let mut seen = HashSet::new();
    let body = html! {
        (load(site))
        section {
            h2 { "Replicas" }
            @if site.spec().capacity.is_none() { (nothing("says nothing about capacity", "capacity")) }
            (Facts::default()
                .figure(site, "Safety factor", figures.safety.as_ref())
                .figure(site, "Zones", figures.zones.as_ref())
                .figure(site, "Busy after losing a zone", figures.zone_loss.as_ref())
                .render())
            (drawn(&figures.models))
            (replicas(site, &figures.models, &mut seen))
            (waiting(site, &figures.models))
            (memory(site, &figures.models))
        }
        (queues(site, &mut seen))
        (storage(site, &mut seen))
        (triggers(site))
    };
    Content::of(Page::Capacity, html! { "How much of everything the stated load needs. Open a figure to see its arithmetic." }, body)
}

fn load(site: &Site<'_>) -> Markup {
    let load = &site.resolved().load;
    let rows = html! {
        @for served in load.served.iter().filter(|served| served.peak_rps.is_some()) {
            tr {
                th scope="row" { (link(site, &served.element)) }
                td { (served.element.section.key()) }
                td.num { (figure_or(site, served.share.as_ref())) }
                td.num { (figure_or(site, served.peak_rps.as_ref())) }
            }
        }
    };
    html! {
        section {
            h2 id="load" { "Load" }
            @if site.spec().load.is_none() { (nothing("states no load", "load")) }
            (Facts::default()
                .figure(site, "Peak", load.peak_rps.as_ref())
                .figure(site, "Average", load.average_rps.as_ref())
                .figure(site, "Sum of the mix", load.mix_total.as_ref())
                .render())
            @for pair in &load.users {
                div.note {
                    (shown(pair.users, "users")) " against " (shown(pair.rate.value(), &pair.rate.derivation.unit))
                    @if pair.implied_latency_ms.value() < 0.0 {
                        ": their pauses alone keep them below that rate; no latency is low enough."
                    } @else {
                        ": they make that rate at a mean latency of " (crate::site::parts::figure(site, &pair.implied_latency_ms)) "."
                    }
                }
            }
            (table("Share of the load", &["Served", "", "#Share", "#At the peak"], rows))
        }
    }
}

fn drawn(models: &[ServedCapacity]) -> Markup {
    let rows: Vec<Row> = models
        .iter()
        .filter_map(|model| {
            let busy = model.zone_loss.as_ref().map(Figure::value)?;
            Some(Row {
                name: model.id.to_string(),
                value: Some(busy),
                text: shown((busy * 1000.0).round() / 1000.0, "ratio"),
                over: busy > 1.0,
            })
        })
        .take(DRAWN_MAX)
        .collect();
    html! {
        @if !rows.is_empty() {
            h3 { "Use of what is left when the fullest zone is lost" }
            (picture("Use after losing a zone", bars(&rows, &[("100 %".to_owned(), 1.0)], "Use of the remaining replicas after losing the fullest zone")))
        }
    }
}

fn place(site: &Site<'_>, id: &charter_spec::Id, seen: &mut HashSet<String>) -> (Option<String>, Markup) {
    let element = Element::new(SectionName::Capacity, id);
    let anchor = anchor(&element);
    let findings = findings(site, &element);
    (seen.insert(anchor.clone()).then_some(anchor), findings)
}

fn replicas(site: &Site<'_>, models: &[ServedCapacity], seen: &mut HashSet<String>) -> Markup {
    let rows = html! {
        @for model in models {
            @let (anchor, findings) = place(site, &model.id, seen);
            tr id=[anchor] {
                th scope="row" { (link(site, &model.element)) " " (findings) }
                td.num { (figure_or(site, model.peak_rps.as_ref())) }
                td.num { (figure_or(site, model.replicas.as_ref())) }
                td.num { (figure_or(site, model.planned.as_ref())) }
                td.num { (figure_or(site, model.utilization.as_ref())) }
                td.num { (figure_or(site, model.zone_loss.as_ref())) }
                td { @for line in &model.unknown { div.none { (line) } } }
            }
        }
    };
    table("Replicas", &["Of", "#Peak", "#Needed", "#Planned", "#Busy", "#Without a zone", "Missing"], rows)
}

/// What queueing says of the peak; the assumptions stand with each figure.
fn waiting(site: &Site<'_>, models: &[ServedCapacity]) -> Markup {
    let rows = html! {
        @for model in models.iter().filter(|model| model.wait.waits.is_some() || model.wait.one_lost.is_some()) {
            tr {
                th scope="row" { (link(site, &model.element)) }
                td.num { (figure_or(site, model.wait.waits.as_ref())) }
                td.num { (figure_or(site, model.wait.mean_ms.as_ref())) }
                td.num { (figure_or(site, model.wait.p50_ms.as_ref())) }
                td.num { (figure_or(site, model.wait.p99_ms.as_ref())) }
                td.num { (figure_or(site, model.wait.one_lost.as_ref())) }
            }
        }
    };
    html! {
        @if !rows.0.is_empty() {
            h3 { "Waiting at the peak" }
            (table("Waiting at the peak", &["Of", "#Waits at all", "#Mean wait", "#Median", "#99th percentile", "#Busy without a replica"], rows))
        }
    }
}

fn memory(site: &Site<'_>, models: &[ServedCapacity]) -> Markup {
    let stated = |model: &&ServedCapacity| model.memory_bytes.is_some() || model.batch_fill_ms.is_some() || model.load_time_ms.is_some();
    let rows = html! {
        @for model in models.iter().filter(stated) {
            tr {
                th scope="row" { (link(site, &model.element)) }
                td.num { (figure_or(site, model.memory_bytes.as_ref())) }
                td.num { (figure_or(site, model.device_bytes.as_ref())) }
                td.num { (figure_or(site, model.batch_fill_ms.as_ref())) }
                td.num { (figure_or(site, model.load_time_ms.as_ref())) }
                td { @if model.scales_to_zero.is_some() { "yes" } @else { "no" } }
            }
        }
    };
    html! {
        @if !rows.0.is_empty() {
            h3 { "Memory and time" } (table("Memory and time", &["Of", "#Memory", "#Device", "#A batch fills in", "#Starts in", "To zero"], rows))
        }
    }
}

fn queues(site: &Site<'_>, seen: &mut HashSet<String>) -> Markup {
    let rows = html! {
        @for queue in &site.resolved().capacity.queues {
            @let (anchor, findings) = place(site, &queue.id, seen);
            tr id=[anchor] { th scope="row" { (queue.id.as_str()) " " (findings) } td.num { (figure_or(site, queue.depth.as_ref())) } }
        }
    };
    html! { @if !rows.0.is_empty() { section { h2 { "Queues" } (table("Queues", &["Queue", "#Depth"], rows)) } } }
}

fn storage(site: &Site<'_>, seen: &mut HashSet<String>) -> Markup {
    let rows = html! {
        @for storage in &site.resolved().capacity.storage {
            @let (anchor, findings) = place(site, &storage.id, seen);
            tr id=[anchor] { th scope="row" { (storage.id.as_str()) " " (findings) } td.num { (figure_or(site, storage.bytes.as_ref())) } }
        }
    };
    html! { @if !rows.0.is_empty() { section { h2 { "Storage" } (table("Storage", &["What", "#Size"], rows)) } } }
}

fn triggers(site: &Site<'_>) -> Markup {
    let Some(capacity) = &site.spec().capacity else { return html! {} };
    let rows = html! { @for trigger in &capacity.scale { (self::trigger(site, &trigger.value)) } };
    html! { @if !rows.0.is_empty() { section { h2 { "Scaling" } (table("Scaling triggers", &["When", "Then", "For"], rows)) } } }
}

fn trigger(site: &Site<'_>, trigger: &ScaleTrigger) -> Markup {
    html! {
        tr {
            td {
                @match trigger.when.as_ref().map(|when| &when.value) {
                    Some(TriggerWhen::Condition(condition)) => (criterion(site, condition)),
                    Some(TriggerWhen::Time(time)) => { (format!("{:02}:{:02} ", time.time.hour, time.time.minute)) (time.days.word()) },
                    None => "–",
                }
            }
            td {
                @match trigger.action.as_ref().map(|action| &action.value) {
                    Some(ScaleAction::Up) => "up",
                    Some(ScaleAction::Down) => "down",
                    Some(ScaleAction::PreScale(factor)) => { "pre-scale " (factor.to_string()) },
                    None => "–",
                }
            }
            td { @if trigger.of.is_empty() { "all" } @else { (references(site, &trigger.of)) } }
        }
    }
}

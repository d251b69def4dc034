//! Ladders of what is no route, and what holds for all of them.

use super::routes::{drawn_ladder, rung_names};
use crate::site::links::{Page, anchor};
use crate::site::parts::{Facts, figure_or, findings, link, nothing, table};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::{Element, LadderOrigin};
use charter_spec::SectionName;
use charter_spec::ast::Breaker;
use maud::{Markup, html};

/// Ladders that are drawn; beyond, the table tells the same in less room.
const DRAWN_MAX: usize = 60;

pub(super) fn page(site: &Site<'_>) -> Content {
    let ladders = &site.resolved().ladders.all;
    let stated: Vec<_> = ladders.iter().filter(|ladder| ladder.origin == LadderOrigin::Degradation).collect();
    let rows = html! {
        @for ladder in ladders {
            tr {
                th scope="row" { (link(site, &ladder.of)) }
                td { (rung_names(ladder)) }
                td { (ladder.rungs.last().map_or("–", |last| if last.cannot_fail { "cannot fail" } else { "may fail" })) }
                td { (ladder.fail.as_ref().map_or("–", |fail| fail.value.word())) }
                td { (figure_or(site, ladder.within_ms.as_ref())) }
                td { (ladder.breaker.as_ref().map_or("–", |breaker| breaker_words(&breaker.value))) }
            }
        }
    };
    let body = html! {
        @if ladders.is_empty() { (nothing("has no ladder", "degradation")) }
        (table("Ladders", &["Of", "Rungs", "The last one", "Fails", "A step within", "Breaker"], rows))
        (defaults(site))
        @for (at, ladder) in stated.iter().enumerate() {
            @let element = Element::new(SectionName::Degradation, &ladder.of.id);
            article.route {
                header.element {
                    h3 id=(anchor(&element)) { (ladder.of.id.as_str()) } span.none { (ladder.of.section.key()) } (findings(site, &element))
                }
                (drawn_ladder(site, ladder, None, at < DRAWN_MAX))
            }
        }
        (missing(site))
    };
    Content::of(Page::Degradation, html! { "What answers when something breaks: each ladder from its best rung to its safest." }, body)
}

/// An extension of something that could not be found still has its place.
fn missing(site: &Site<'_>) -> Markup {
    let Some(degradation) = &site.spec().degradation else { return html! {} };
    html! {
        @for entry in &degradation.ladders {
            @if !site.resolved().ladders.all.iter().any(|ladder| ladder.origin == LadderOrigin::Degradation && ladder.of.id == entry.id.value) {
                p.none id=(anchor(&Element::new(SectionName::Degradation, &entry.id.value))) {
                    (entry.id.value.as_str()) ": what it stands in for is not declared."
                }
            }
        }
    }
}

fn breaker_words(breaker: &Breaker) -> &'static str {
    match breaker {
        Breaker::Default => "with the defaults",
        Breaker::Off => "none",
        Breaker::Settings(_) => "with its own figures",
    }
}

fn defaults(site: &Site<'_>) -> Markup {
    let Some(defaults) = site.spec().degradation.as_ref().and_then(|degradation| degradation.defaults.as_ref()) else { return html! {} };
    let facts = Facts::default()
        .text("A step within", &defaults.within)
        .add("Breaker", html! { @if let Some(breaker) = &defaults.breaker { (breaker_words(&breaker.value)) } })
        .text("Fails", &defaults.fail);
    html! { section { h2 { "Where a ladder says nothing else" } (facts.render()) } }
}

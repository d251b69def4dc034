//! The decision log; each decision has a page of its own.

use crate::site::links::Page;
use crate::site::parts::{findings, joined, link, nothing, references, table};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::decision::{DecisionReport, DecisionState, weigh};
use charter_plan::resolved::Element;
use charter_spec::SectionName;
use charter_spec::ast::Decision;
use charter_spec::names::Entry;
use maud::{Markup, html};

pub(super) fn page(site: &Site<'_>) -> Content {
    let decisions = &site.spec().decisions;
    let facts = site.input.facts();
    let rows = html! { @for entry in decisions { @if let Some(report) = weigh(&facts, &entry.id.value) { (row(site, entry, &report)) } } };
    let body = html! {
        @if decisions.is_empty() { (nothing("records no decision", "decisions")) }
        (table("Decisions", &["Decision", "Status", "Date", "Chosen", "Stands", "Answers", ""], rows))
    };
    Content::of(Page::Decisions, html! { "What was decided, by which weights, and what would overturn it." }, body)
}

/// Title, question or id: the first that is written.
pub(super) fn title(entry: &Entry<Decision>) -> &str {
    entry.title.as_ref().or(entry.question.as_ref()).map_or(entry.id.value.as_str(), |title| title.value.as_str())
}

/// How firm it is, as a word in a colour.
pub(super) fn state(state: DecisionState) -> Markup {
    let class = match state {
        DecisionState::Overturned => "broken",
        DecisionState::Due | DecisionState::Fragile => "stale",
        DecisionState::Firm => "proved",
        DecisionState::Unweighed | DecisionState::Open | DecisionState::Closed => "unproved",
    };
    html! { span.badge.(class) { (state.word()) } }
}

fn row(site: &Site<'_>, entry: &Entry<Decision>, report: &DecisionReport) -> Markup {
    let element = Element::new(SectionName::Decisions, &entry.id.value);
    let chosen = report.options.iter().filter(|option| option.chosen).map(|option| html! { (option.name) });
    html! {
        tr {
            th scope="row" { (link(site, &element)) div.sentence { (title(entry)) } }
            td { (report.status) }
            td.date { (report.date.as_deref().unwrap_or("–")) }
            td { (joined(chosen)) }
            td { (state(report.state)) }
            td { (references(site, &entry.answers)) }
            td { (findings(site, &element)) }
        }
    }
}

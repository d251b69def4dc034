//! Cost: item by item, against the ceiling.

use crate::diagram::bars::{Row, bars};
use crate::site::links::{Page, anchor};
use crate::site::parts::{Facts, figure_or, findings, link, nothing, picture, shown, table};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::{CostItem, Element, Figure};
use charter_spec::SectionName;
use maud::{Markup, html};
use std::collections::HashSet;

/// Bars that are drawn; beyond, the table tells the same in less room.
const DRAWN_MAX: usize = 24;
/// Most lines of one split of the bill.
const LISTED_MAX: usize = 40;

pub(super) fn page(site: &Site<'_>) -> Content {
    let cost = &site.resolved().cost;
    let mut items: Vec<&CostItem> = cost.items.iter().collect();
    items.sort_by(|left, right| price(right).total_cmp(&price(left)));
    let body = html! {
        @if site.spec().cost.is_none() { (nothing("says nothing about money", "cost")) }
        (Facts::default()
            .figure(site, "Ceiling", cost.ceiling.as_ref())
            .figure(site, "Allowed after the reserve", cost.allowed.as_ref())
            .figure(site, "Total", cost.total.as_ref())
            .figure(site, "Known so far", cost.known.as_ref().filter(|_| cost.total.is_none()))
            .render())
        (drawn(site, &items))
        (table("Bill", &["Item", "", "#A month", "Missing"], rows(site, &items)))
        (split(site))
        (thousand(site))
        (rest(site, &items))
    };
    Content::of(Page::Cost, html! { "What it costs a month, item by item, and what may be spent." }, body)
}

fn price(item: &CostItem) -> f64 {
    item.per_month.as_ref().map_or(-1.0, Figure::value)
}

fn name(site: &Site<'_>, item: &CostItem) -> Markup {
    if item.element.section == SectionName::Cost {
        html! { (item.element.id.as_str()) }
    } else {
        link(site, &item.element)
    }
}

fn drawn(site: &Site<'_>, items: &[&CostItem]) -> Markup {
    let cost = &site.resolved().cost;
    let mut lines: Vec<Row> = Vec::new();
    if let Some(total) = cost.total.as_ref().or(cost.known.as_ref()) {
        let most = cost.allowed.as_ref().or(cost.ceiling.as_ref()).map(Figure::value);
        let name = if cost.total.is_some() { "total" } else { "known so far" };
        let over = most.is_some_and(|most| total.value() > most);
        lines.push(Row { name: name.to_owned(), value: Some(total.value()), text: shown(total.value(), &total.derivation.unit), over });
    }
    for item in items.iter().take(DRAWN_MAX) {
        let value = item.per_month.as_ref().map(Figure::value);
        let text = item
            .per_month
            .as_ref()
            .map_or_else(|| format!("unknown: {}", item.missing.join(", ")), |price| shown(price.value(), &price.derivation.unit));
        lines.push(Row { name: item.element.id.to_string(), value, text, over: false });
    }
    let mut limits = Vec::new();
    limits.extend(cost.allowed.as_ref().map(|allowed| (format!("allowed {}", shown(allowed.value(), "")), allowed.value())));
    limits.extend(cost.ceiling.as_ref().map(|ceiling| (format!("ceiling {}", shown(ceiling.value(), "")), ceiling.value())));
    html! { @if !lines.is_empty() { (picture("Cost a month", bars(&lines, &limits, "Cost a month by item, against the ceiling"))) } }
}

fn rows(site: &Site<'_>, items: &[&CostItem]) -> Markup {
    let mut seen = HashSet::new();
    html! {
        @for item in items {
            @let own = (item.element.section == SectionName::Cost).then(|| anchor(&item.element)).filter(|anchor| seen.insert(anchor.clone()));
            tr id=[own] {
                th scope="row" { (name(site, item)) @if item.element.section == SectionName::Cost { " " (findings(site, &item.element)) } }
                td { (item.element.section.key()) }
                td.num { (figure_or(site, item.per_month.as_ref())) }
                td { (item.missing.join(", ")) }
            }
        }
    }
}

/// Who the bill is for.
fn split(site: &Site<'_>) -> Markup {
    let attribution = &site.resolved().attribution;
    let parts = [("By route", &attribution.by_route), ("By model", &attribution.by_model), ("By team", &attribution.by_team)];
    html! {
        @if parts.iter().any(|(_, list)| !list.is_empty()) {
            section {
                h2 { "Who it is for" }
                div.cards {
                    @for (title, list) in parts {
                        @if !list.is_empty() {
                            div.card {
                                h3 { (title) }
                                (table(title, &["", "#A month"], html! {
                                    @for share in list.iter().take(LISTED_MAX) {
                                        tr { th scope="row" { (share.name) } td.num { (figure_or(site, Some(&share.per_month))) } }
                                    }
                                }))
                                @if list.len() > LISTED_MAX { p.none { "and " (list.len() - LISTED_MAX) " more" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What a thousand calls of each route cost.
fn thousand(site: &Site<'_>) -> Markup {
    let rows = html! {
        @for served in site.resolved().cost.served.iter().filter(|served| served.per_thousand.is_some()) {
            tr {
                th scope="row" { (link(site, &served.element)) }
                td.num { (figure_or(site, served.per_thousand.as_ref())) }
                td { (served.missing.join(", ")) }
            }
        }
    };
    html! {
        @if !rows.0.is_empty() { section { h2 { "A thousand calls" } (table("Cost of a thousand calls", &["Route", "#Cost", "Missing"], rows)) } }
    }
}

/// What is paid once, and prices; entries that are no item of the bill have their place here.
fn rest(site: &Site<'_>, items: &[&CostItem]) -> Markup {
    let Some(cost) = &site.spec().cost else { return html! {} };
    let is_item = |id: &charter_spec::Id| items.iter().any(|item| item.element.section == SectionName::Cost && item.element.id == *id);
    let mut seen = HashSet::new();
    let mut place = |id: &charter_spec::Id| (!is_item(id) && seen.insert(id.clone())).then(|| anchor(&Element::new(SectionName::Cost, id)));
    let once = html! {
        @for entry in &cost.once {
            tr id=[place(&entry.id.value)] { th scope="row" { (entry.id.value.as_str()) } td.num { (entry.value.value.to_string()) } }
        }
    };
    let unit = cost.unit.as_ref();
    let prices = Facts::default()
        .add("A GPU replica", html! { @if let Some(price) = unit.and_then(|unit| unit.gpu.as_ref()) { (price.value.to_string()) } })
        .add("A CPU replica", html! { @if let Some(price) = unit.and_then(|unit| unit.cpu.as_ref()) { (price.value.to_string()) } })
        .add(
            "A terabyte stored",
            html! { @if let Some(price) = unit.and_then(|unit| unit.storage_tb.as_ref()) { (price.value.to_string()) } },
        )
        .list("Split by", &cost.attribute_by);
    html! {
        @if !once.0.is_empty() { section { h2 { "Paid once" } (table("Paid once", &["What", "#Amount"], once)) } }
        section { h2 { "Prices" } (prices.render()) }
    }
}

//! Waivers: findings that somebody has taken on, until when.

use crate::site::links::Page;
use crate::site::parts::{Facts, heading, nothing, pointers, severity};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::Element;
use charter_spec::SectionName;
use maud::html;

pub(super) fn page(site: &Site<'_>) -> Content {
    let waivers = &site.spec().waivers;
    let known = |code: &str| site.input.rules.iter().any(|rule| rule.code == code);
    let body = html! {
        @if waivers.is_empty() { (nothing("has no waiver", "waivers")) }
        @for entry in waivers {
            @let covered: Vec<_> = site.input.waived.iter().filter(|waived| waived.waiver == entry.id.value.as_str()).collect();
            @let over = entry.until.as_ref().is_some_and(|until| until.value < site.input.today);
            article {
                (heading(site, &Element::new(SectionName::Waivers, &entry.id.value), html! { @if over { span.badge.broken { "expired" } } }))
                (Facts::default()
                    .add("Rule", html! {
                        @if let Some(rule) = &entry.rule {
                            @if known(&rule.value) { a href=(format!("rules.html#{}", rule.value)) { (rule.value) } } @else { (rule.value) }
                        }
                    })
                    .add("For", pointers(site, &entry.of))
                    .text("Why", &entry.why)
                    .text("Until", &entry.until)
                    .reference(site, "Owner", &entry.owner)
                    .render())
                @if covered.is_empty() { p.none { "It covers nothing today." } }
                ul.plain { @for waived in &covered { li { (severity(waived.finding.severity)) " " (waived.finding.message) } } }
            }
        }
    };
    Content::of(Page::Waivers, html! { "Known deviations. Each has a reason, an owner and an end." }, body)
}

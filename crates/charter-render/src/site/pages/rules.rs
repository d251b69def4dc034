//! The reference of rules: each with its page.

use crate::site::links::{Page, anchor};
use crate::site::markdown::markdown;
use crate::site::parts::chip;
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::Element;
use charter_spec::SectionName;
use maud::{Markup, html};
use std::collections::HashMap;

pub(super) fn page(site: &Site<'_>) -> Content {
    let mut found: HashMap<&str, usize> = HashMap::new();
    for finding in site.input.findings {
        *found.entry(finding.code).or_default() += 1;
    }
    let body = html! {
        (settings(site))
        @for rule in site.input.rules {
            article.rule id=(rule.code) {
                details {
                    summary {
                        code { (rule.code) } " " span.rule-title { (rule.title) } " " (chip(rule.severity))
                        @if let Some(count) = found.get(rule.code) { " " a.conflicts.(rule.severity) href="findings.html" { (count) " here" } }
                    }
                    div.prose { (markdown(body_of(rule.page), 3)) }
                }
            }
        }
    };
    Content::of(Page::Rules, html! { "What is checked, why it matters, and what passes. Open a rule to read its page." }, body)
}

/// The page without its title, which stands above it already.
fn body_of(page: &str) -> &str {
    match page.strip_prefix("# ") {
        Some(rest) => rest.split_once('\n').map_or("", |(_, body)| body),
        None => page,
    }
}

/// Rules that weigh more or less in this charter.
fn settings(site: &Site<'_>) -> Markup {
    html! {
        @if !site.spec().lint.is_empty() {
            section {
                h2 { "Weighed otherwise here" }
                ul {
                    @for entry in &site.spec().lint {
                        li id=(anchor(&Element::new(SectionName::Lint, &entry.id.value))) {
                            code { (entry.id.value.as_str()) } " is " (entry.severity.as_ref().map_or("as it says", |severity| severity.value.word()))
                            @if let Some(why) = &entry.why { ": " (why.value) }
                        }
                    }
                }
            }
        }
    }
}

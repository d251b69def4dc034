//! What lint found: places, arithmetic, one way out, and what it rests on.

use crate::site::links::Page;
use crate::site::parts::{severity, ticked};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_spec::diagnostic::Basis;
use charter_spec::{Diagnostic, Severity};
use maud::{Markup, html};

pub(super) fn page(site: &Site<'_>) -> Content {
    let findings = site.input.findings;
    let body = html! {
        @if findings.is_empty() { p.nothing { "No rule finds anything." } }
        @for wanted in [Severity::Error, Severity::Warning, Severity::Hint] {
            @let list: Vec<(usize, &Diagnostic)> = findings.iter().enumerate().filter(|(_, finding)| finding.severity == wanted).collect();
            @if !list.is_empty() {
                section {
                    h2 { (plural(wanted)) " " span.count { (list.len()) } }
                    @for (at, found) in &list { (finding(site, *at, found)) }
                }
            }
        }
        @if !site.input.waived.is_empty() { p.note { (site.input.waived.len()) " more are taken on by " a href="waivers.html" { "waivers" } "." } }
    };
    Content::of(Page::Findings, html! { "Contradictions and gaps that rules find by arithmetic, each with a way out." }, body)
}

fn plural(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Errors",
        Severity::Warning => "Warnings",
        Severity::Hint => "Hints",
    }
}

fn finding(site: &Site<'_>, at: usize, found: &Diagnostic) -> Markup {
    let known = site.input.rules.iter().any(|rule| rule.code == found.code);
    html! {
        article.finding id=(format!("f{}", at + 1)) {
            p.message {
                (severity(found.severity)) " "
                @if known { a href=(format!("rules.html#{}", found.code)) title=(found.title) { code { (found.code) } } } @else {
                    code { (found.code) }
                }
                " " b { (ticked(&found.message)) }
            }
            @if !found.arithmetic.is_empty() { div.derivation { @for line in &found.arithmetic { div.step { (ticked(line)) } } } }
            ul.places { @for label in &found.labels { li { span.place { (site.place(label.span)) } " " (ticked(&label.text)) } } }
            @if let Some(help) = &found.help { p.help { b { "Way out: " } (ticked(help)) } }
            @match &found.basis {
                Some(Basis::Proven) => p.basis { "Proven by the figures given." },
                Some(Basis::Assumes(assumption)) => p.basis {
                    "Holds if " (ticked(assumption)) "." @if let Some(asks) = &found.asks { " Stating " (ticked(asks)) " would settle it." }
                },
                None => {},
            }
        }
    }
}

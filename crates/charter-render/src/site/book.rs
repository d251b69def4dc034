//! The whole charter as one document: a cover, the contents, and every chapter in order, for paper and for people who read from the first page to the
//! last. The chapters are the pages; nothing is said here that is not said there.

use super::links::Page;
use super::outline::outlined;
use super::pages::brief::{counts, statement};
use super::parts::{Facts, day, verdict_bar};
use super::shell::Content;
use super::site::Site;
use charter_spec::Severity;
use maud::{Markup, PreEscaped, html};
use std::collections::HashSet;

/// Reference that a reader of paper does not need; it stays a click away.
const LEFT_OUT: &[Page] = &[Page::Book, Page::Rules, Page::Glossary];
/// Most bytes of all chapters: a document that prints. Of a charter of thousands the longest chapters are told by where they stand.
const BYTES_MAX: usize = 2 << 20;

/// The document, from the other pages.
pub(super) fn page(site: &Site<'_>, pages: &[Content]) -> Content {
    let chapters = chapters(pages);
    let files = chapters.iter().flat_map(|chapter| chapter.parts.iter().copied().chain(chapter.fits.then_some(chapter.whole)));
    let files: HashSet<&str> = files.map(|page| page.file.as_str()).collect();
    let body = html! {
        (cover(site))
        (contents(&chapters))
        @for (at, chapter) in chapters.iter().enumerate() {
            section.chapter id=(name(&chapter.whole.file)) {
                h2 { span.chapter-number { (at + 1) } " " (chapter.whole.title) }
                div.lead { (PreEscaped(moved(&chapter.whole.lead.0, &chapter.whole.file, &files))) }
                @if chapter.fits { (PreEscaped(moved(&outlined(&chapter.whole.body.0, 2), &chapter.whole.file, &files))) } @else {
                    p.nothing { "This chapter is too long for a document. It stands in " a href=(chapter.whole.file) { (chapter.whole.file) } "." }
                }
                @for part in &chapter.parts {
                    section.part id=(name(&part.file)) {
                        h3 { (part.title) }
                        div.lead { (PreEscaped(moved(&part.lead.0, &part.file, &files))) }
                        (PreEscaped(moved(&outlined(&part.body.0, 3), &part.file, &files)))
                    }
                }
            }
        }
    };
    Content::of(Page::Book, html! {}, html! { div.book { (body) } })
}

/// A page of the navigation with the pages below it.
struct Chapter<'a> {
    whole: &'a Content,
    parts: Vec<&'a Content>,
    /// Whether there is room for it.
    fits: bool,
}

fn chapters(pages: &[Content]) -> Vec<Chapter<'_>> {
    let wanted = Page::GROUPS.iter().flat_map(|(_, pages)| pages.iter()).filter(|page| !LEFT_OUT.contains(page));
    let mut chapters: Vec<Chapter<'_>> = wanted
        .filter_map(|page| pages.iter().find(|content| content.file == page.file()))
        .map(|whole| Chapter { whole, parts: Vec::new(), fits: true })
        .collect();
    let size = |content: &Content| content.body.0.len();
    // The short ones first, so that most of them fit.
    let mut by_size: Vec<usize> = (0..chapters.len()).collect();
    by_size.sort_by_key(|at| chapters.get(*at).map_or(0, |chapter| size(chapter.whole)));
    let mut room = BYTES_MAX;
    for at in by_size {
        let Some(chapter) = chapters.get_mut(at) else { continue };
        chapter.fits = size(chapter.whole) <= room;
        room -= if chapter.fits { size(chapter.whole) } else { 0 };
    }
    // Pages of single models and decisions all together, or none.
    let parts: Vec<&Content> = pages.iter().filter(|content| content.file != content.page.file()).collect();
    if parts.iter().map(|content| size(content)).sum::<usize>() <= room {
        for chapter in &mut chapters {
            chapter.parts = parts.iter().copied().filter(|part| part.page == chapter.whole.page).collect();
        }
    }
    chapters
}

fn cover(site: &Site<'_>) -> Markup {
    let requirements = site.requirements();
    let owner = site.spec().owner.as_ref().map(|owner| owner.value.as_str());
    let findings = format!("{} errors, {} warnings", site.count(Severity::Error), site.count(Severity::Warning));
    let facts = Facts::default()
        .add("System", html! { (site.system()) })
        .add("Owner", html! { @if let Some(owner) = owner { (owner) } })
        .add("As of", html! { (site.input.today.to_string()) })
        .add("Evidence", html! { (evidence(site)) })
        .add("Open findings", html! { (findings) })
        .add(
            "Plan",
            html! {
                @match site.input.plan { Some(plan) => code { (plan.fingerprint) }, None => "none: `charter plan` says what stands in the way" }
            },
        );
    html! {
        div.cover {
            p.kicker { "Charter" }
            h1 { (site.title()) }
            p.statement { (statement(site, &requirements)) }
            (verdict_bar(&counts(&requirements)))
            (facts.render())
            p.note { "Made by " code { "charter docs" } ". Every figure in this document is evidence or arithmetic over the charter." }
        }
    }
}

/// From which days the evidence is.
fn evidence(site: &Site<'_>) -> String {
    let mut days: Vec<&str> = site.input.evidence.iter().map(|evidence| day(&evidence.measured_at)).collect();
    days.sort_unstable();
    match (days.first(), days.last()) {
        (Some(first), Some(last)) if first == last => format!("{} measurements of {first}", days.len()),
        (Some(first), Some(last)) => format!("{} measurements from {first} to {last}", days.len()),
        _ => "nothing was measured yet".to_owned(),
    }
}

fn contents(chapters: &[Chapter<'_>]) -> Markup {
    html! {
        section.contents-page {
            h2 { "Contents" }
            ol.contents {
                @for chapter in chapters {
                    li {
                        a href=(format!("#{}", name(&chapter.whole.file))) { (chapter.whole.title) }
                        @if !chapter.parts.is_empty() {
                            ul { @for part in &chapter.parts { li { a href=(format!("#{}", name(&part.file))) { (part.title) } } } }
                        }
                    }
                }
            }
        }
    }
}

/// The anchor of a chapter: `page-latency` of `latency.html`.
fn name(file: &str) -> String {
    format!("page-{}", file.trim_end_matches(".html"))
}

/// A page's body as a part of the document: anchors under the page's name, links to pages of the document as links within it. Text in tags is escaped
/// by those who made them, so a `>` ends a tag.
fn moved(body: &str, file: &str, files: &HashSet<&str>) -> String {
    let stem = file.trim_end_matches(".html");
    let mut out = String::with_capacity(body.len() + body.len() / 8);
    let mut rest = body;
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        out.push_str(text);
        let (tag, after) = tag.split_at(tag.find('>').map_or(tag.len(), |end| end + 1));
        rest = after;
        attributes(tag, stem, files, &mut out);
    }
    out.push_str(rest);
    out
}

fn attributes(tag: &str, stem: &str, files: &HashSet<&str>, out: &mut String) {
    let mut rest = tag;
    loop {
        let (id, href) = (rest.find(" id=\""), rest.find(" href=\""));
        let Some(at) = [id, href].into_iter().flatten().min() else { break };
        let is_id = id == Some(at);
        let start = at + if is_id { 5 } else { 7 };
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        if is_id {
            out.push_str(stem);
            out.push('.');
            continue;
        }
        let (target, after) = rest.split_at(rest.find('"').unwrap_or(rest.len()));
        let (page, anchor) = target.split_once('#').unwrap_or((target, ""));
        match (page, anchor) {
            ("", anchor) => out.push_str(&format!("#{stem}.{anchor}")),
            (page, "") if files.contains(page) => out.push_str(&format!("#{}", name(page))),
            (page, anchor) if files.contains(page) => out.push_str(&format!("#{}.{anchor}", page.trim_end_matches(".html"))),
            _ => out.push_str(target),
        }
        rest = after;
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_and_links_move_together() {
        let files: HashSet<&str> = ["risks.html", "cost.html"].into();
        let body = "<h2 id=\"a\">A &lt;h2 id=</h2><p><a class=\"ref\" href=\"risks.html#risks.x\" title=\"x\">x</a> <a href=\"#a\">a</a> \
                    <a href=\"cost.html\">c</a> <a href=\"rules.html#F001\">r</a></p>";
        let expected = "<h2 id=\"cost.a\">A &lt;h2 id=</h2><p><a class=\"ref\" href=\"#risks.risks.x\" title=\"x\">x</a> <a href=\"#cost.a\">a</a> \
                        <a href=\"#page-cost\">c</a> <a href=\"rules.html#F001\">r</a></p>";
        assert_eq!(moved(body, "cost.html", &files), expected);
    }
}

//! What is around every page: head, search, navigation, foot.

use super::input::File;
use super::links::Page;
use super::outline::outlined;
use super::site::Site;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// What a page brings.
pub(super) struct Content {
    pub(super) file: String,
    pub(super) title: String,
    /// The entry of the navigation that it belongs to.
    pub(super) page: Page,
    /// One or two sentences below the title.
    pub(super) lead: Markup,
    pub(super) body: Markup,
}

impl Content {
    /// A page of the navigation.
    pub(super) fn of(page: Page, lead: Markup, body: Markup) -> Self {
        Self { file: page.file().to_owned(), title: page.title().to_owned(), page, lead, body }
    }
}

pub(super) fn page(site: &Site<'_>, content: &Content) -> File {
    let name = site.title();
    let is_brief = content.page == Page::Brief;
    let has_own_title = matches!(content.page, Page::Brief | Page::Book);
    // Those with a title of their own begin at the top.
    let body = PreEscaped(outlined(&content.body.0, u8::from(!has_own_title)));
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content="charter docs";
                title { @if is_brief { (name) } @else { (content.title) " · " (name) } }
                link rel="stylesheet" href="style.css";
                script src="site.js" {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                input.menu-toggle type="checkbox" id="menu" aria-label="Show the navigation";
                header.top {
                    label.menu for="menu" aria-hidden="true" { "☰" }
                    a.brand href="index.html" { (name) }
                    (search())
                    button.theme type="button" id="theme" hidden="" { "Theme" }
                }
                div.columns {
                    nav aria-label="Pages" { (navigation(content.page)) }
                    main id="main" tabindex="-1" {
                        @if !has_own_title {
                            div.title { h1 { (content.title) } div.lead { (content.lead) } }
                        }
                        (body)
                        (foot(site))
                    }
                }
            }
        }
    };
    File { path: content.file.clone(), bytes: markup.into_string().into_bytes() }
}

fn search() -> Markup {
    html! {
        div.search role="search" hidden="" id="search-box" {
            input type="search" id="search" placeholder="Search  /" aria-label="Search this charter" autocomplete="off" role="combobox"
                aria-expanded="false" aria-controls="results" aria-autocomplete="list";
            div.results id="results" role="listbox" aria-label="Results" hidden="" {}
        }
    }
}

fn navigation(current: Page) -> Markup {
    html! {
        @for (group, pages) in Page::GROUPS {
            @if !group.is_empty() { div.group { (group) } }
            ul aria-label=[Some(*group).filter(|group| !group.is_empty())] {
                @for page in *pages {
                    @if *page == current {
                        li { a href=(page.file()) aria-current="page" { (page.title()) } }
                    } @else {
                        li { a href=(page.file()) { (page.title()) } }
                    }
                }
            }
        }
    }
}

fn foot(site: &Site<'_>) -> Markup {
    html! {
        footer {
            "Made by " code { "charter docs" } " as of " (site.input.today.to_string())
            @if let Some(plan) = site.input.plan { " from plan " code { (short(&plan.fingerprint)) } }
            ". Every figure here is evidence or arithmetic over the charter; open one to see which."
        }
    }
}

/// The first digits of a fingerprint.
pub(super) fn short(fingerprint: &str) -> &str {
    fingerprint.get(..19).unwrap_or(fingerprint)
}

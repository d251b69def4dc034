//! The site: a charter as pages that work offline, from a folder, on a phone and on paper.
//!
//! | room | what is in it |
//! |---|---|
//! | [`input`] | what a site is made from |
//! | `site` | the same with what pages look up: verdicts, findings, links |
//! | `shell` | what is around every page: navigation, search, head and foot |
//! | `parts` | badges, figures with their derivation, facts, tables |
//! | `pages` | one file a page |
//! | `book` | all pages as one document, for paper |
//! | `outline` | levels of headings without gaps |
//! | `markdown` | records and cards, without raw HTML |
//! | `search` | the index that the search reads |
//!
//! Text of the charter is escaped wherever it stands: `maud` escapes what is put in, and nothing of the charter goes in otherwise.

mod book;
mod input;
mod links;
mod markdown;
mod outline;
mod pages;
mod parts;
mod search;
mod shell;
#[allow(clippy::module_inception, reason = "the site with its look-ups has no better name")]
mod site;
mod summary;

pub use input::{File, Input, RulePage, Waived};

use site::Site;

/// Every file of the site: pages, one style sheet, two scripts. Time and size are linear in the charter.
pub fn render(input: &Input<'_>) -> Vec<File> {
    let site = Site::new(*input);
    let mut files = pages::all(&site);
    let asset = |path: &str, text: &str| File { path: path.to_owned(), bytes: text.as_bytes().to_vec() };
    files.push(asset("style.css", include_str!("assets/style.css")));
    files.push(asset("site.js", include_str!("assets/site.js")));
    files.push(asset("search.js", &search::index(&site)));
    files
}

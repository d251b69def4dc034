//! Every id of the charter with a link, what it is, and where it stands.

use crate::site::links::Page;
use crate::site::parts::{link, nothing};
use crate::site::shell::Content;
use crate::site::site::Site;
use crate::site::summary::{elements, kind, summary};
use maud::html;

pub(super) fn page(site: &Site<'_>) -> Content {
    let mut elements = elements(site);
    elements.sort_by(|left, right| left.id.to_ascii_lowercase().cmp(&right.id.to_ascii_lowercase()).then(left.cmp(right)));
    let index = &site.resolved().index;
    let body = html! {
        @if elements.is_empty() { (nothing("declares nothing yet", "quality")) }
        div.scroll role="region" aria-label="All elements" tabindex="0" {
            table.glossary {
                thead { tr { th scope="col" { "Id" } th scope="col" { "Kind" } th scope="col" { "What it is" } th scope="col" { "Place" } } }
                tbody {
                    @for element in &elements {
                        tr {
                            th scope="row" { (link(site, element)) }
                            td { (kind(element.section)) }
                            td { (summary(site, element)) }
                            td.place { @if let Some(span) = index.place(element) { (site.place(span)) } }
                        }
                    }
                }
            }
        }
    };
    Content::of(Page::Glossary, html! { "Every id that the charter declares, and where it is declared." }, body)
}

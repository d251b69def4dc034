//! Challenges, and what in the charter answers each.

use crate::site::links::Page;
use crate::site::parts::{Facts, heading, nothing, pointers};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::Element;
use charter_spec::SectionName;
use maud::html;

pub(super) fn page(site: &Site<'_>) -> Content {
    let challenges = &site.spec().challenges;
    let body = html! {
        @if challenges.is_empty() { (nothing("names no challenge", "challenges")) }
        @for entry in challenges {
            article {
                (heading(site, &Element::new(SectionName::Challenges, &entry.id.value), html! {}))
                @if let Some(about) = &entry.about { p { (about.value) } }
                (Facts::default()
                    .text("Response", &entry.response)
                    .add("By", pointers(site, &entry.by))
                    .reference(site, "Owner", &entry.owner)
                    .render())
            }
        }
    };
    Content::of(
        Page::Challenges,
        html! { "What is hard about a system with models, what is done about it, and what in this charter does it." },
        body,
    )
}

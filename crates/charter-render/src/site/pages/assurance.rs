//! Layers of assurance between a model and all users.

use crate::site::links::Page;
use crate::site::parts::{Facts, criteria, heading, nothing, pointer};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::Element;
use charter_spec::SectionName;
use maud::html;

pub(super) fn page(site: &Site<'_>) -> Content {
    let layers = &site.spec().assurance;
    let body = html! {
        @if layers.is_empty() { (nothing("has no assurance layer", "assurance")) }
        ol.layers {
            @for entry in layers {
                li {
                    article {
                        (heading(site, &Element::new(SectionName::Assurance, &entry.id.value), html! {}))
                        @if let Some(about) = &entry.about { p { (about.value) } }
                        (Facts::default()
                            .add("Before", html! { @if let Some(before) = &entry.before { (pointer(site, &before.value)) } })
                            .add("During", html! { @if let Some(during) = &entry.during { (pointer(site, &during.value)) } })
                            .add("Checks", criteria(site, &entry.check))
                            .text("For", &entry.duration)
                            .text("Traffic", &entry.traffic)
                            .text("When a check fails", &entry.on_breach)
                            .reference(site, "Owner", &entry.owner)
                            .render())
                    }
                }
            }
        }
    };
    Content::of(Page::Assurance, html! { "What stands between a new model and all users, in order." }, body)
}

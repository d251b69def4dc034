//! The constraint register: givens that are not negotiable here.

use super::scenarios::verdict_line;
use crate::site::links::Page;
use crate::site::parts::{Facts, badge, criteria, heading, nothing};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::Element;
use charter_spec::SectionName;
use charter_spec::ast::Constraint;
use charter_spec::names::Entry;
use maud::{Markup, html};

pub(super) fn page(site: &Site<'_>) -> Content {
    let constraints = &site.spec().constraints;
    let body = html! {
        @if constraints.is_empty() { (nothing("has no constraint", "constraints")) }
        @for entry in constraints { (constraint(site, entry)) }
    };
    Content::of(Page::Constraints, html! { "Givens that are not negotiable here, and what checks each." }, body)
}

fn constraint(site: &Site<'_>, entry: &Entry<Constraint>) -> Markup {
    let element = Element::new(SectionName::Constraints, &entry.id.value);
    let verdict = site.verdict(&element);
    let facts = Facts::default()
        .add("Checked by", criteria(site, &entry.check))
        .text("Law", &entry.law)
        .reference(site, "Imposed by", &entry.owner)
        .text("Why", &entry.why);
    html! {
        article {
            (heading(site, &element, badge(verdict.standing)))
            @if let Some(text) = &entry.text { p.promise { (text.value) "." } }
            (verdict_line(site, &element, &verdict))
            (facts.render())
        }
    }
}

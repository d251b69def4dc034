//! What an element is, in a line: for search, and for the list of all elements.

use super::site::Site;
use charter_plan::resolved::Element;
use charter_spec::{Field, SectionName};

/// Every declared element in reading order.
pub(super) fn elements(site: &Site<'_>) -> Vec<Element> {
    let spec = site.spec();
    SectionName::ALL.iter().flat_map(|section| spec.declared(*section).into_iter().map(|(id, _)| Element::new(*section, id))).collect()
}

/// A line in the charter's own words; empty when it says nothing.
pub(super) fn summary(site: &Site<'_>, element: &Element) -> String {
    let spec = site.spec();
    let id = element.id.as_str();
    let found = match element.section {
        SectionName::Stakeholders => spec.stakeholders.get(id).and_then(|found| text(&[&found.role, &found.name, &found.about])),
        SectionName::Quality => spec.quality.get(id).map(|found| {
            let measure = found.measure.as_ref().map(|measure| measure.value.describe());
            let parts = [text(&[&found.stimulus, &found.response]), measure];
            parts.into_iter().flatten().collect::<Vec<_>>().join(": ")
        }),
        SectionName::Constraints => spec.constraints.get(id).and_then(|found| text(&[&found.text, &found.law, &found.why])),
        SectionName::Dependencies => spec.dependencies.get(id).map(|found| {
            let kind = found.kind.as_ref().map(|kind| kind.value.word().to_owned());
            let direction = found.direction.as_ref().map(|direction| direction.value.word().to_owned());
            [direction, kind, text(&[&found.via, &found.about])].into_iter().flatten().collect::<Vec<_>>().join(", ")
        }),
        SectionName::Providers => spec.providers.get(id).and_then(|found| text(&[&found.about, &found.region])),
        SectionName::DataSets => spec.data.get(id).and_then(|found| text(&[&found.about, &found.origin])),
        SectionName::Features => spec.features.get(id).and_then(|found| text(&[&found.about, &found.expression])),
        SectionName::Models => spec.models.get(id).and_then(|found| text(&[&found.about])),
        SectionName::Routes => spec.routes.get(id).and_then(|found| text(&[&found.about])),
        SectionName::Experiments => spec.experiments.get(id).and_then(|found| text(&[&found.hypothesis])),
        SectionName::Flags => spec.flags.get(id).and_then(|found| text(&[&found.about])),
        SectionName::Controls => spec.controls.get(id).and_then(|found| text(&[&found.about, &found.law])),
        SectionName::Patterns => spec.patterns.get(id).and_then(|found| text(&[&found.why, &found.trade_off])),
        SectionName::Decisions => spec.decisions.get(id).and_then(|found| text(&[&found.title, &found.question])),
        SectionName::Risks => spec.risks.get(id).and_then(|found| text(&[&found.about])),
        SectionName::Challenges => spec.challenges.get(id).and_then(|found| text(&[&found.about, &found.response])),
        SectionName::Assurance => spec.assurance.get(id).and_then(|found| text(&[&found.about])),
        SectionName::Roadmap => spec.roadmap.get(id).and_then(|found| text(&[&found.about])),
        SectionName::Waivers => spec.waivers.get(id).and_then(|found| text(&[&found.rule, &found.why])),
        SectionName::Architecture => spec.architecture.as_ref().and_then(|found| {
            let person = found.people.get(id).and_then(|person| text(&[&person.about]));
            person.or_else(|| found.containers.get(id).and_then(|container| text(&[&container.about, &container.tech])))
        }),
        _ => None,
    };
    found.unwrap_or_default()
}

/// What the section's elements are called.
pub(super) fn kind(section: SectionName) -> &'static str {
    match section {
        SectionName::Stakeholders => "stakeholder",
        SectionName::Quality => "scenario",
        SectionName::Constraints => "constraint",
        SectionName::Dependencies => "dependency",
        SectionName::Providers => "provider",
        SectionName::DataSets => "data set",
        SectionName::Features => "feature",
        SectionName::Models => "model",
        SectionName::Routes => "route",
        SectionName::Rollouts => "rollout",
        SectionName::Experiments => "experiment",
        SectionName::Flags => "flag",
        SectionName::Latency => "latency budget",
        SectionName::Chaos => "chaos experiment",
        SectionName::Access => "access",
        SectionName::Controls => "control",
        SectionName::Patterns => "pattern",
        SectionName::Decisions => "decision",
        SectionName::Risks => "risk",
        SectionName::Challenges => "challenge",
        SectionName::Assurance => "assurance layer",
        SectionName::Roadmap => "phase",
        SectionName::Architecture => "architecture",
        SectionName::Waivers => "waiver",
        section => section.key(),
    }
}

fn text(fields: &[&Field<String>]) -> Option<String> {
    let texts: Vec<&str> = fields.iter().copied().flatten().map(|field| field.value.as_str()).collect();
    (!texts.is_empty()).then(|| texts.join(": "))
}

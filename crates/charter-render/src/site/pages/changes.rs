//! What changes while the system is served: rollouts, experiments, flags, and what is broken on purpose. As declared: where they stand now, the
//! running server says.

use crate::site::links::{Page, anchor};
use crate::site::parts::{Facts, criteria, findings, nothing, pointers, reference, table};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::resolved::Element;
use charter_spec::ast::{ChaosExperiment, Experiment, Flag, Rollout};
use charter_spec::names::Entry;
use charter_spec::{Id, Plain, SectionName};
use maud::{Markup, html};

pub(super) fn page(site: &Site<'_>) -> Content {
    let spec = site.spec();
    let chaos = spec.chaos.as_ref().map(|chaos| &chaos.experiments);
    let none =
        spec.rollouts.is_empty() && spec.experiments.is_empty() && spec.flags.is_empty() && chaos.is_none_or(|chaos| chaos.is_empty());
    let body = html! {
        @if none { (nothing("has no rollout, experiment or flag", "rollouts")) }
        @if !spec.rollouts.is_empty() { section { h2 { "Rollouts" } @for entry in &spec.rollouts { (rollout(site, entry)) } } }
        @if !spec.experiments.is_empty() { section { h2 { "Experiments" } @for entry in &spec.experiments { (experiment(site, entry)) } } }
        @if !spec.flags.is_empty() { section { h2 { "Flags" } @for entry in &spec.flags { (flag(site, entry)) } } }
        @if let Some(chaos) = chaos.filter(|chaos| !chaos.is_empty()) {
            section { h2 { "Chaos experiments" } @for entry in chaos { (broken(site, entry)) } }
        }
    };
    Content::of(
        Page::Changes,
        html! { "How new versions come in and are taken back, what is compared, what can be turned off, and what is broken on purpose." },
        body,
    )
}

fn head(site: &Site<'_>, section: SectionName, id: &Id) -> Markup {
    let element = Element::new(section, id);
    html! { header.element { h3 id=(anchor(&element)) { (id.as_str()) } (findings(site, &element)) } }
}

fn rollout(site: &Site<'_>, entry: &Entry<Rollout>) -> Markup {
    let version =
        |field: &charter_spec::Field<String>| field.as_ref().map_or("the one in use", |version| version.value.as_str()).to_owned();
    let steps: Vec<String> = entry.steps.iter().map(|step| step.value.to_string()).collect();
    let facts = Facts::default()
        .reference(site, "Route", &entry.route)
        .reference(site, "Model", &entry.model)
        .add("Versions", html! { (version(&entry.from)) " → " (version(&entry.to)) })
        .text("Begins", &entry.starts)
        .text("Shadow first", &entry.shadow)
        .add("Steps", html! { @if steps.is_empty() { "5 %, 10 %, 25 %, 50 %, 100 %" } @else { (steps.join(", ")) } })
        .text("Time on a step", &entry.dwell)
        .text("Calls on a step", &entry.requests_min)
        .add("Guardrails", criteria(site, &entry.guardrails))
        .text("Judged", &entry.judge)
        .text("When undecided", &entry.on_inconclusive)
        .text("Watched after 100 %", &entry.watch)
        .reference(site, "Owner", &entry.owner);
    html! { article { (head(site, SectionName::Rollouts, &entry.id.value)) (facts.render()) } }
}

fn experiment(site: &Site<'_>, entry: &Entry<Experiment>) -> Markup {
    let facts = Facts::default()
        .reference(site, "Route", &entry.route)
        .text("Unit", &entry.unit)
        .add("Goals", criteria(site, &entry.goals))
        .add("Guardrails", criteria(site, &entry.guardrails))
        .text("Smallest effect", &entry.minimum_effect)
        .text("Chance of a false win", &entry.alpha)
        .text("Longest time", &entry.max_duration)
        .text("Starts", &entry.starts)
        .reference(site, "Owner", &entry.owner);
    let rows = html! {
        @for arm in &entry.arms {
            tr {
                th scope="row" { (arm.id.value.as_str()) }
                td.num { (arm.weight.as_ref().map_or_else(|| "–".to_owned(), |weight| weight.value.to_string())) }
                td { (arm.model.as_ref().map_or_else(String::new, |model| model.value.to_string())) }
                td { (arm.about.as_ref().map_or("", |about| about.value.as_str())) }
            }
        }
    };
    html! {
        article {
            (head(site, SectionName::Experiments, &entry.id.value))
            @if let Some(hypothesis) = &entry.hypothesis { p.promise { (hypothesis.value) } }
            (facts.render())
            (table("Arms", &["Arm", "#Share", "Model", "About"], rows))
        }
    }
}

fn plain(value: &Plain) -> String {
    match value {
        Plain::Bool(value) => value.to_string(),
        Plain::Integer(value) => value.to_string(),
        Plain::Float(value) => value.to_string(),
        Plain::Text(value) => value.clone(),
        Plain::List(values) => format!("[{}]", values.iter().map(|value| plain(&value.value)).collect::<Vec<_>>().join(", ")),
        #[allow(unreachable_patterns, reason = "other kinds of values have no words of their own")]
        _ => "a value".to_owned(),
    }
}

fn flag(site: &Site<'_>, entry: &Entry<Flag>) -> Markup {
    let variants: Vec<String> =
        entry.variants.iter().map(|variant| format!("{}: {}", variant.id.value, plain(&variant.value.value))).collect();
    let facts = Facts::default()
        .add("Variants", html! { (variants.join(", ")) })
        .text("Default", &entry.default_variant)
        .add("Turns", pointers(site, &entry.turns))
        .add("Rules", html! {
            @for rule in &entry.rules {
                div {
                    @if let Some(when) = &rule.when { "when " code { (when.value) } ": " }
                    @if let Some(serve) = &rule.serve { (serve.value) }
                    @for (at, share) in rule.split.iter().enumerate() {
                        @if at > 0 { ", " } (share.value.value.to_string()) " " (share.id.value.as_str())
                    }
                }
            }
        })
        .add("Removed by", html! {
            @if let Some(until) = &entry.until { (until.value.to_string()) @if until.value < site.input.today { " " span.level.high { "overdue" } } }
        })
        .reference(site, "Owner", &entry.owner);
    html! {
        article {
            (head(site, SectionName::Flags, &entry.id.value))
            @if let Some(about) = &entry.about { p { (about.value) } }
            (facts.render())
        }
    }
}

fn broken(site: &Site<'_>, entry: &Entry<ChaosExperiment>) -> Markup {
    let faults = html! {
        @for fault in &entry.faults {
            div {
                code { (fault.at.as_ref().map_or("", |at| at.value.as_str())) } " "
                @match &fault.kind { Some(kind) => (kind.value.word()), None => "delay" }
            }
        }
    };
    let expect = entry.expect.as_ref().map(|expect| {
        html! { @for scenario in &expect.objectives { div { (reference(site, &scenario.value)) } } }
    });
    let facts = Facts::default().add("Breaks", faults).text("For", &entry.duration).add("Objectives", expect.unwrap_or_default());
    html! {
        article {
            (head(site, SectionName::Chaos, &entry.id.value))
            @if let Some(about) = &entry.about { p.promise { (about.value) } }
            (facts.render())
        }
    }
}

//! A model's page: its card. What the charter says, what the files say, what was measured, and the card that people wrote.

use crate::site::links::Page;
use crate::site::markdown::markdown;
use crate::site::parts::{Facts, badge, findings, joined, level, link, measured, pointer, references, shown, table, ticked};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::artifact::Artifact;
use charter_plan::resolved::Element;
use charter_plan::standing::StatusLine;
use charter_spec::SectionName;
use charter_spec::ast::{Model, ModelVersion};
use charter_spec::names::Entry;
use maud::{Markup, html};
use std::collections::BTreeSet;

pub(super) fn pages(site: &Site<'_>) -> Vec<Content> {
    site.spec().models.iter().map(|entry| page(site, entry)).collect()
}

fn page(site: &Site<'_>, entry: &Entry<Model>) -> Content {
    let element = Element::new(SectionName::Models, &entry.id.value);
    let body = html! {
        (findings(site, &element))
        (facts(site, entry).render())
        (served(site, &element))
        (measurements(site, &element))
        section {
            h2 { "Versions" }
            @for version in &entry.versions { (self::version(site, version)) }
            @if entry.versions.is_empty() { p.none { "No version is served from here." } }
        }
        (card(site, entry))
    };
    Content {
        file: site.links.file(&element).unwrap_or_default().to_owned(),
        title: entry.id.value.to_string(),
        page: Page::Models,
        lead: html! { "Model card" @if let Some(about) = &entry.about { ": " (about.value) } },
        body,
    }
}

fn facts(site: &Site<'_>, entry: &Model) -> Facts {
    let cost = entry.cost_of_error.as_ref().map(|cost| {
        let negative = cost.false_negative.as_ref().map(|money| format!("missed {}", money.value));
        let positive = cost.false_positive.as_ref().map(|money| format!("false alarm {}", money.value));
        [negative, positive].into_iter().flatten().collect::<Vec<_>>().join(", ")
    });
    let feedback = entry.feedback.as_ref().map(|feedback| {
        let about = feedback.about.as_ref().map(|about| about.value.clone());
        let control = feedback.control.as_ref().map(|control| format!("kept in check by {}", control.value));
        let holdout = feedback.holdout.as_ref().map(|holdout| format!("{} kept out", holdout.value));
        [about, control, holdout].into_iter().flatten().collect::<Vec<_>>().join("; ")
    });
    let tokens = entry.tokens.as_ref().map(|tokens| {
        let input = tokens.input.as_ref().map(|count| format!("{} sent", count.value));
        let output = tokens.output.as_ref().map(|count| format!("{} got back", count.value));
        [input, output].into_iter().flatten().collect::<Vec<_>>().join(", ")
    });
    Facts::default()
        .text("Task", &entry.task)
        .add("Compared with", html! { @if let Some(baseline) = &entry.baseline { (pointer(site, &baseline.value)) } })
        .text("Runtime", &entry.runtime)
        .add("Criticality", html! { @if let Some(of) = &entry.criticality { (level(of.value)) } })
        .add(
            "Decides about people",
            html! { @if let Some(decides) = &entry.decides_about_people { @if decides.value { "yes" } @else { "no" } } },
        )
        .text("EU AI Act", &entry.ai_act)
        .text("Explained", &entry.explain)
        .add("Cost of error", html! { (cost.unwrap_or_default()) })
        .add("Feedback loop", html! { (feedback.unwrap_or_default()) })
        .add("Tokens a call", html! { (tokens.unwrap_or_default()) })
        .add("Needs", references(site, &entry.needs))
        .add("Reads", references(site, &entry.features))
        .add("Trained on", references(site, &entry.data))
        .add(
            "Locked",
            html! { @if entry.locked.as_ref().is_some_and(|locked| locked.value) { "changes only with a recorded validation study" } },
        )
        .text("Region", &entry.region)
        .text("Licence", &entry.license)
        .reference(site, "Owner", &entry.owner)
}

/// Routes that ask it.
fn served(site: &Site<'_>, element: &Element) -> Markup {
    let routes: BTreeSet<&Element> = routes(site, element);
    html! { @if !routes.is_empty() { p { "Asked by " (joined(routes.into_iter().map(|route| link(site, route)))) "." } } }
}

fn routes<'a>(site: &Site<'a>, element: &Element) -> BTreeSet<&'a Element> {
    let asks = site.resolved().references.to(element).filter(|found| matches!(found.role, "answer" | "canary"));
    asks.map(|found| &found.from).filter(|from| from.section == SectionName::Routes).collect()
}

/// Scenarios about the model or a route that asks it, with what was found.
fn measurements(site: &Site<'_>, element: &Element) -> Markup {
    let mut about: Vec<(&Element, StatusLine)> = Vec::new();
    let routes = routes(site, element);
    for whole in std::iter::once(element).chain(routes) {
        for found in
            site.resolved().references.to(whole).filter(|found| found.role == "artifact" && found.from.section == SectionName::Quality)
        {
            if !about.iter().any(|(known, _)| **known == found.from) {
                about.push((&found.from, site.verdict(&found.from)));
            }
        }
    }
    let rows = html! {
        @for (scenario, verdict) in &about {
            tr {
                th scope="row" { (link(site, scenario)) div.sentence { (super::brief::sentence(site, scenario)) } }
                td { (badge(verdict.standing)) } td.num { (measured(verdict)) } td { (ticked(&verdict.reason)) }
            }
        }
    };
    html! { @if !about.is_empty() { section { h2 { "What was measured" } (table("Figures", &["Promise", "Verdict", "#Figure", "Why"], rows)) } } }
}

fn version(site: &Site<'_>, entry: &Entry<ModelVersion>) -> Markup {
    let file = entry.onnx.as_ref().map(|file| file.value.as_str());
    let artifact = file.and_then(|file| site.input.artifacts.get(file));
    let facts = Facts::default()
        .add("File", html! { @if let Some(file) = file { code { (file) } } })
        .text("Server", &entry.oip)
        .text("Model there", &entry.model)
        .text("Version there", &entry.version)
        .reference(site, "Provider", &entry.provider)
        .text("Trained", &entry.trained)
        .text("Size", &entry.size)
        .text("SHA-256", &entry.sha256)
        .add("Signature", html! { @if let Some(file) = &entry.signature { code { (file.value.as_str()) } } })
        .text("What changed", &entry.about);
    html! {
        article {
            header.element { h3 { (entry.id.value.as_str()) } }
            (facts.render())
            @if let Some(artifact) = artifact { (read_from_file(artifact)) }
        }
    }
}

fn read_from_file(artifact: &Artifact) -> Markup {
    let tensors = |list: &[charter_plan::tensor::TensorSpec]| {
        let shape = |tensor: &charter_plan::tensor::TensorSpec| {
            let sizes = tensor.shape.iter().map(|size| i64::from(*size));
            sizes.map(|size| if size < 0 { "any".to_owned() } else { size.to_string() }).collect::<Vec<_>>().join(" × ")
        };
        list.iter().map(|tensor| format!("{}: {} [{}]", tensor.name, tensor.datatype, shape(tensor))).collect::<Vec<_>>()
    };
    let facts = Facts::default()
        .add("Digest", html! { code { (artifact.digest) } })
        .add("Bytes", html! { (shown(artifact.bytes as f64, "bytes")) })
        .add("Runs on", html! { (artifact.engine) })
        .add("Inputs", html! { @for line in tensors(&artifact.inputs).iter().take(12) { div { code { (line) } } } })
        .add("Outputs", html! { @for line in tensors(&artifact.outputs).iter().take(12) { div { code { (line) } } } });
    html! { details.words { summary { "Read from the file" } (facts.render()) } }
}

fn card(site: &Site<'_>, entry: &Model) -> Markup {
    let Some(card) = &entry.card else { return html! {} };
    let path = card.value.as_str();
    let text = site.input.files.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok());
    html! {
        section.prose {
            h2 { "Card" }
            p.note { "As written in " code { (path) } "." }
            @match text { Some(text) => (markdown(text, 2)), None => p.none { "The file could not be read." } }
        }
    }
}

//! Whether references lead somewhere, and whether they run in circles.

use std::collections::HashMap;

use super::Reader;
use crate::ast::Spec;
use crate::diagnostic::{Code, Diagnostic};
use crate::names::{Id, List, Mention, Mentioned, Ref, SectionName, Target, nearest, only_nearest};
use crate::source::Span;

/// Reports references that lead nowhere and circles. After a truncated read nothing is said about what is missing.
pub(crate) fn resolve(spec: &Spec, mentions: &[Mention], truncated: bool, reader: &mut Reader<'_>) {
    if !truncated {
        let declared: HashMap<SectionName, Vec<(&str, Span)>> = SectionName::ALL
            .iter()
            .map(|section| (*section, spec.declared(*section).into_iter().map(|(id, span)| (id.as_str(), span)).collect()))
            .collect();
        let index: HashMap<(SectionName, &str), Span> =
            declared.iter().flat_map(|(section, ids)| ids.iter().map(move |(id, span)| ((*section, *id), *span))).collect();
        for reference in mentions {
            match &reference.named {
                Mentioned::Element { section, id, sections, whole_sections, label } => {
                    let searched = section.as_ref().map_or(*sections, std::slice::from_ref);
                    let found = searched.iter().any(|section| index.contains_key(&(*section, id.as_str())))
                        || (*whole_sections && SectionName::from_key(id).is_some_and(|section| spec.is_written(section)));
                    if !found {
                        report_dangling(reference.span, id, searched, label, &declared, reader);
                    }
                }
                Mentioned::ModelVersion { model, version } => {
                    check_version(spec, reference.span, model, version.as_ref(), &declared, reader)
                }
                // A link may be words; rules judge it.
                Mentioned::Link(_) => {}
            }
        }
    }
    if !truncated {
        check_rollouts(spec, reader);
        check_flags(spec, reader);
    }
    report_circles("`feeds_from`", &edges(spec.dependencies.iter().map(|entry| (&entry.id, &entry.feeds_from))), reader);
    report_circles("`supersedes`", &edges(spec.decisions.iter().map(|entry| (&entry.id, &entry.supersedes))), reader);
    report_circles("`after`", &edges(spec.roadmap.iter().map(|entry| (&entry.id, &entry.after))), reader);
}

fn report_dangling(
    span: Span,
    id: &Id,
    searched: &[SectionName],
    label: &str,
    declared: &HashMap<SectionName, Vec<(&str, Span)>>,
    reader: &mut Reader<'_>,
) {
    reader.report_with(|reader| dangling(span, id, searched, label, declared, reader));
}

fn dangling(
    span: Span,
    id: &Id,
    searched: &[SectionName],
    label: &str,
    declared: &HashMap<SectionName, Vec<(&str, Span)>>,
    reader: &Reader<'_>,
) -> Diagnostic {
    let mut diagnostic = Diagnostic::reading(Code::Reference, span, format!("there is no {label} `{id}`"));
    let known: Vec<(&str, Span)> = searched.iter().flat_map(|section| declared.get(section).into_iter().flatten().copied()).collect();
    let elsewhere = SectionName::ALL
        .iter()
        .filter(|section| !searched.contains(section))
        .find_map(|section| declared.get(section)?.iter().find(|(known, _)| *id == *known).map(|(_, span)| (*section, *span)));
    if let Some(near) = nearest(id, known.iter().map(|(known, _)| *known)) {
        if let Some((_, place)) = known.iter().find(|(known, _)| *known == near) {
            diagnostic = diagnostic.at(*place, format!("`{near}` is declared here"));
        }
        diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        if let Some(place) = reader.part(span, id) {
            diagnostic = diagnostic.meant(place, only_nearest(id, known.iter().map(|(known, _)| *known))).or_offer(place, Some(near));
        }
    } else if let Some((section, place)) = elsewhere {
        diagnostic = diagnostic.at(place, format!("this is declared in `{}`", section.key())).help(format!("a {label} is meant here"));
    } else {
        let sections: Vec<String> = searched.iter().take(5).map(|section| format!("`{}`", section.key())).collect();
        diagnostic = diagnostic.help(format!("declare it in {}, or remove the reference", sections.join(" or ")));
    }
    diagnostic
}

fn check_version(
    spec: &Spec,
    span: Span,
    model: &Id,
    version: Option<&Id>,
    declared: &HashMap<SectionName, Vec<(&str, Span)>>,
    reader: &mut Reader<'_>,
) {
    let Some(entry) = spec.models.get_entry(model) else {
        report_dangling(span, model, &[SectionName::Models], "model", declared, reader);
        return;
    };
    let Some(version) = version else { return };
    if entry.versions.contains(version) {
        return;
    }
    let known: Vec<&str> = entry.versions.iter().map(|known| known.id.as_str()).collect();
    let help = match (nearest(version, known.iter().copied()), known.as_slice()) {
        (Some(near), _) => format!("did you mean `{model}@{near}`?"),
        (None, []) => format!("add `versions: {{ {version}: {{ onnx: … }} }}` to it"),
        (None, _) => format!("its versions are {}", known.join(", ")),
    };
    let mut diagnostic = Diagnostic::reading(Code::Reference, span, format!("model `{model}` has no version `{version}`"))
        .at(entry.id.span, "the model is declared here")
        .help(help);
    if let Some(place) = reader.part(span, &format!("@{version}")) {
        let near = only_nearest(version, known.iter().copied()).map(|near| format!("@{near}"));
        diagnostic = diagnostic.meant(place, near.as_deref());
    }
    reader.report(diagnostic);
}

/// A rollout leads from one version of its model to another.
fn check_rollouts(spec: &Spec, reader: &mut Reader<'_>) {
    for rollout in &spec.rollouts {
        let Some(model) = rollout.model.as_ref().and_then(|model| spec.models.get_entry(&model.id)) else { continue };
        let known = || model.versions.iter().map(|version| version.id.as_str());
        for version in [&rollout.from, &rollout.to].into_iter().flatten() {
            if !model.versions.contains(version) {
                let message = format!("model `{}` has no version `{}`", model.id.value, super::text::short(version));
                let help = format!("its versions are {}", known().take(8).collect::<Vec<_>>().join(", "));
                reader.report(
                    Diagnostic::reading(Code::Reference, version.span, message).at(model.id.span, "the model is declared here").help(help),
                );
            }
        }
    }
}

/// A flag serves the variants that it declares; without any it has `true` and `false`.
fn check_flags(spec: &Spec, reader: &mut Reader<'_>) {
    for flag in &spec.flags {
        let is_known = |variant: &str| match flag.variants.is_empty() {
            true => matches!(variant, "true" | "false"),
            false => flag.variants.contains(variant),
        };
        let mut served: Vec<(&str, Span)> = flag.default_variant.iter().map(|variant| (variant.value.as_str(), variant.span)).collect();
        for rule in &flag.rules {
            served.extend(rule.serve.iter().map(|variant| (variant.value.as_str(), variant.span)));
            served.extend(rule.split.iter().map(|variant| (variant.id.as_str(), variant.id.span)));
        }
        for (variant, span) in served {
            if !is_known(variant) {
                let message = format!("flag `{}` has no variant `{}`", flag.id.value, super::text::short(variant));
                let known: Vec<&str> = flag.variants.iter().take(8).map(|known| known.id.as_str()).collect();
                let help = if known.is_empty() {
                    "it has `true` and `false`".to_owned()
                } else {
                    format!("its variants are {}", known.join(", "))
                };
                reader.report(Diagnostic::reading(Code::Reference, span, message).at(flag.id.span, "the flag is declared here").help(help));
            }
        }
    }
}

/// A graph: each id with its place, and where it points.
struct Edges<'a> {
    nodes: Vec<(&'a str, Span, Vec<&'a str>)>,
    by_id: HashMap<&'a str, usize>,
}

fn edges<'a, T: Target>(entries: impl Iterator<Item = (&'a crate::source::Spanned<Id>, &'a List<Ref<T>>)>) -> Edges<'a> {
    let nodes: Vec<_> =
        entries.map(|(id, targets)| (id.value.as_str(), id.span, targets.iter().map(|target| target.value.as_str()).collect())).collect();
    let by_id = nodes.iter().enumerate().map(|(at, (id, ..))| (*id, at)).collect();
    Edges { nodes, by_id }
}

/// Reports each circle once. Depth first without recursion: a chain may be as long as the section.
fn report_circles(key: &str, edges: &Edges<'_>, reader: &mut Reader<'_>) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        OnPath,
        Done,
    }
    let mut states = vec![State::New; edges.nodes.len()];
    for start in 0..edges.nodes.len() {
        if states.get(start) != Some(&State::New) {
            continue;
        }
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        set(&mut states, start, State::OnPath);
        while let Some((node, next)) = path.last_mut() {
            let here = *node;
            let target = edges.nodes.get(here).and_then(|(_, _, targets)| targets.get(*next)).copied();
            *next += 1;
            let Some(target) = target else {
                set(&mut states, here, State::Done);
                path.pop();
                continue;
            };
            let Some(target) = edges.by_id.get(target).copied() else { continue };
            match states.get(target) {
                Some(State::New) => {
                    set(&mut states, target, State::OnPath);
                    path.push((target, 0));
                }
                Some(State::OnPath) => {
                    let circle: Vec<usize> = path.iter().map(|(node, _)| *node).skip_while(|node| *node != target).collect();
                    report_circle(key, &circle, edges, reader);
                }
                _ => {}
            }
        }
    }

    fn set(states: &mut [State], at: usize, state: State) {
        if let Some(slot) = states.get_mut(at) {
            *slot = state;
        }
    }
}

/// Most steps of a circle that are shown.
const STEPS_SHOWN_MAX: usize = 8;

fn report_circle(key: &str, circle: &[usize], edges: &Edges<'_>, reader: &mut Reader<'_>) {
    let steps: Vec<(&str, Span)> = circle.iter().filter_map(|at| edges.nodes.get(*at)).map(|(id, span, _)| (*id, *span)).collect();
    let Some(((first, span), rest)) = steps.split_first() else { return };
    let mut names: Vec<&str> = steps.iter().take(STEPS_SHOWN_MAX).map(|(id, _)| *id).collect();
    if steps.len() > STEPS_SHOWN_MAX {
        names.push("…");
    }
    names.push(first);
    let mut diagnostic = Diagnostic::reading(Code::Cycle, *span, format!("{key} runs in a circle: {}", names.join(" → ")));
    for (id, place) in rest.iter().take(STEPS_SHOWN_MAX) {
        diagnostic = diagnostic.at(*place, format!("by way of `{id}`"));
    }
    reader.report(diagnostic.help("remove one of the steps"));
}

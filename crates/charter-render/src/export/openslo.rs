//! OpenSLO v1: documents that were imported, as they are and with what the charter says today; and of our own a service for each route, an objective for each
//! scenario that is a share of calls.
//!
//! Source: the specification of OpenSLO v1. Our own objectives are ratios of counters of Charter's own metrics, so that they need no other instrument. A
//! percentile becomes the share of calls within its limit: `p99(latency) < 200ms` is 99 % of calls in the bucket of 200 ms, which holds its own bound. The
//! annotation `charter-measure` has the measure as the charter says it.

use super::document::{Map, Value};
use super::facts::routes;
use super::identity::{system, title};
use super::names::{Names, file_name, label, one_line};
use super::promise::{About, Promise, promise};
use super::{Export, Input};
use charter_draft::openslo::{FOLDER, Said, again};
use charter_plan::buckets::bound_within_s;
use charter_spec::ast::{Route, Scenario};
use charter_spec::measure::{CriterionKind, Operator};
use charter_spec::names::Entry;
use std::collections::HashMap;

const API: &str = "openslo/v1";
/// Most characters of a description.
const DESCRIPTION_MAX: usize = 1050;
/// Most characters of a name for people.
const DISPLAY_MAX: usize = 63;

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let imported = imported(input, out);
    let (mut names, mut objectives) = (Names::default(), Names::default());
    for name in &imported.names {
        names.unique(name.clone());
        objectives.unique(name.clone());
    }
    let mut services: HashMap<&str, String> = HashMap::new();
    let whole = names.unique(label(system(input))).replace('_', "-");
    let mut documents = vec![service(&whole, system(input), title(input))];
    for route in &input.resolved.spec.routes {
        let id = route.id.value.as_str();
        let name = names.unique(label(id)).replace('_', "-");
        let about = route.about.as_ref().map_or_else(|| format!("route {id} of {}", system(input)), |about| about.value.clone());
        documents.push(service(&name, id, &about));
        services.insert(id, name);
    }
    let mut count = 0;
    for scenario in input.resolved.spec.quality.iter().filter(|scenario| !imported.carried.contains(&scenario.id.value.to_string())) {
        let Some(measure) = &scenario.measure else {
            out.note(format!("scenario `{}` has no measure, so it is no objective", scenario.id.value), scenario.id.span);
            continue;
        };
        let Some(promise) = promise(&measure.value) else {
            out.note(format!("`{}` is no ratio of calls: scenario `{}` is left out", measure.value.text, scenario.id.value), measure.span);
            continue;
        };
        let spoken_of = routes(input, scenario);
        let service = match spoken_of.as_slice() {
            [route] => services.get(route.id.value.as_str()).unwrap_or(&whole),
            _ => &whole,
        };
        let name = objectives.unique(label(&scenario.id.value)).replace('_', "-");
        match objective(input, scenario, &promise, &spoken_of, service, &name, out) {
            Ok(document) => {
                count += 1;
                documents.push(document);
            }
            Err(reason) => out.note(format!("scenario `{}` is left out: {reason}", scenario.id.value), measure.span),
        }
    }
    // Services of ours are there for objectives of ours.
    if count == 0 && !imported.carried.is_empty() {
        return;
    }
    if count == 0 {
        out.note("no scenario is a share of calls, so there are services and no objectives", input.resolved.spec.quality.span());
    }
    let text = documents.into_iter().map(|document| format!("---\n{}", Value::Map(document).yaml())).collect::<String>();
    out.file("openslo.yaml", text);
}

/// What was imported, written again; its names and the scenarios that it carries.
struct Imported {
    names: Vec<String>,
    carried: Vec<String>,
}

fn imported(input: &Input<'_>, out: &mut Export) -> Imported {
    let scenarios = input.resolved.spec.quality.iter();
    let said: Vec<Said<'_>> = scenarios
        .filter_map(|scenario| {
            Some(Said {
                id: scenario.id.value.as_str(),
                pointer: scenario.facts.get("openslo")?,
                measure: scenario.measure.as_ref().map(|measure| &*measure.value.text),
                response: scenario.response.as_ref().map(|response| response.value.as_str()),
                artifact: scenario.artifact.as_ref().map(|artifact| artifact.value.as_str()),
                span: scenario.id.span,
            })
        })
        .collect();
    let again = again(input.files, &said);
    for (text, span) in again.notes {
        out.note(text, span);
    }
    let mut paths = Names::default();
    for (path, text) in again.files {
        let inner = path.strip_prefix(FOLDER).map_or(path.as_str(), |inner| inner.trim_start_matches('/'));
        let lower = inner.to_ascii_lowercase();
        let ending = [".openslo.yaml", ".yaml", ".yml", ".json"].into_iter().find(|ending| lower.ends_with(ending)).unwrap_or_default();
        let stem = inner.get(..inner.len() - ending.len()).unwrap_or(inner);
        out.file(format!("{}.openslo.yaml", paths.unique(file_name(stem))), text);
    }
    Imported { names: again.names, carried: again.carried }
}

fn header(kind: &str, name: &str, display: &str) -> Map {
    Map::new().set("apiVersion", API).set("kind", kind).set("metadata", Map::new().set("name", name).set("displayName", shown(display)))
}

fn service(name: &str, display: &str, about: &str) -> Map {
    header("Service", name, display).set("spec", Map::new().set("description", described(about)))
}

/// A name for people, of bounded length.
fn shown(text: &str) -> String {
    let text = one_line(text);
    if text.chars().count() <= DISPLAY_MAX { text } else { format!("{}...", text.chars().take(DISPLAY_MAX - 3).collect::<String>()) }
}

fn described(text: &str) -> String {
    text.chars().take(DESCRIPTION_MAX).collect()
}

/// What is counted as good or as bad, beside all.
struct Ratio {
    is_good: bool,
    query: String,
    total: String,
    target: f64,
}

fn objective(
    input: &Input<'_>,
    scenario: &Entry<Scenario>,
    promise: &Promise,
    spoken_of: &[&Entry<Route>],
    service: &str,
    name: &str,
    out: &mut Export,
) -> Result<Map, String> {
    let filter = filter(input, spoken_of);
    let route = if let [only] = spoken_of { Some(only.id.value.as_str()) } else { None };
    let outside = input.resolved.latency.of_scenario(&scenario.id.value, route).map_or(0.0, |budget| budget.outside_ms.value());
    let ratio = ratio(scenario, promise, &filter, outside, out)?;
    if !(0.0..1.0).contains(&ratio.target) {
        return Err(format!("a target of {} is outside what OpenSLO takes, from 0 to below 1", ratio.target));
    }
    let source = |query: String| {
        let metric = Map::new().set("type", "Prometheus").set("spec", Map::new().set("query", query));
        Map::new().set("metricSource", metric)
    };
    let metric = Map::new()
        .set("counter", true)
        .set(if ratio.is_good { "good" } else { "bad" }, source(ratio.query))
        .set("total", source(ratio.total));
    let indicator =
        Map::new().set("metadata", Map::new().set("name", format!("{name}-ratio"))).set("spec", Map::new().set("ratioMetric", metric));
    let mut spec = Map::new().set("description", described(&sentence(scenario))).set("service", service).set("indicator", indicator);
    match window(promise) {
        Some(window) => spec.put("timeWindow", vec![Map::new().set("duration", window).set("isRolling", true)]),
        None => out.note(
            format!("scenario `{}` names no window in whole minutes, so its objective has none", scenario.id.value),
            scenario.id.span,
        ),
    }
    if let Some(under) = &scenario.under {
        out.note(
            format!("scenario `{}` speaks of a load, and OpenSLO has none: its objective holds whatever the load", scenario.id.value),
            under.span,
        );
    }
    if let Some(by) = scenario.by.first() {
        out.note(
            format!("scenario `{}` holds for each {}, and an objective of OpenSLO for all calls together", scenario.id.value, by.value),
            by.span,
        );
    }
    let objective = Map::new().set("displayName", scenario.id.value.as_str()).set("target", ratio.target);
    let spec = spec.set("budgetingMethod", "Occurrences").set("objectives", vec![objective]);
    // A share within a latency is the same promise in other words.
    let is_said = !matches!(promise.about, About::Latency(_)) || is_percentile(scenario);
    let measure = scenario.measure.as_ref().filter(|_| is_said).map(|measure| Map::new().set("charter-measure", &*measure.value.text));
    let metadata = Map::new().set("name", name).set("displayName", shown(&scenario.id.value)).some("annotations", measure);
    Ok(Map::new().set("apiVersion", API).set("kind", "SLO").set("metadata", metadata).set("spec", spec))
}

fn is_percentile(scenario: &Scenario) -> bool {
    matches!(scenario.measure.as_ref().map(|measure| &measure.value.kind), Some(CriterionKind::Measure(measure)) if measure.term.percentile().is_some())
}

/// The share that a promise asks for, in counters.
///
/// The histogram counts at our own edge, so a limit is held less what its budget leaves to the network outside (`outside_ms`), as `verify` does.
fn ratio(scenario: &Entry<Scenario>, promise: &Promise, filter: &str, outside_ms: f64, out: &mut Export) -> Result<Ratio, String> {
    let is_upper = matches!(promise.operator, Operator::Less | Operator::AtMost);
    let is_lower = matches!(promise.operator, Operator::Greater | Operator::AtLeast);
    let requests = |and: &str| format!("sum(charter_requests_total{{{filter}{and}}})");
    match &promise.about {
        About::Latency(percent) if is_upper => {
            let limit_s = (promise.limit - outside_ms) / 1000.0;
            let bound = bound_within_s(limit_s).ok_or("its limit is below the least bucket of the metric")?;
            if (bound - limit_s).abs() > limit_s * 1e-9 || outside_ms > 0.0 {
                let network = match outside_ms {
                    0.0 => String::new(),
                    _ => format!(" ({} ms less {outside_ms} ms on the network outside)", promise.limit),
                };
                out.note(
                    format!(
                        "scenario `{}` is held against {bound} s, the bucket at or below its limit of {limit_s} s at our edge{network}",
                        scenario.id.value
                    ),
                    scenario.id.span,
                );
            }
            Ok(Ratio {
                is_good: true,
                query: format!("sum(charter_request_duration_seconds_bucket{{{filter},le=\"{bound}\"}})"),
                total: format!("sum(charter_request_duration_seconds_count{{{filter}}})"),
                target: rounded(percent / 100.0),
            })
        }
        About::Answered if is_lower => {
            Ok(Ratio { is_good: true, query: requests(",outcome=\"answered\""), total: requests(""), target: promise.limit })
        }
        About::Errors if is_upper => Ok(Ratio {
            is_good: false,
            query: requests(",outcome!=\"answered\""),
            total: requests(""),
            target: rounded(1.0 - promise.limit),
        }),
        About::Rung(rung) if is_lower || is_upper => Ok(Ratio {
            is_good: is_lower,
            query: format!("sum(charter_rung_answers_total{{{filter},rung=\"{}\"}})", rung.replace(['"', '\\', '\n'], "")),
            total: format!("sum(charter_rung_answers_total{{{filter}}})"),
            target: if is_lower { promise.limit } else { rounded(1.0 - promise.limit) },
        }),
        _ => Err("it is no share of calls that OpenSLO could count".to_owned()),
    }
}

/// Without the digits that a subtraction from one leaves behind.
fn rounded(share: f64) -> f64 {
    (share * 1e12).round() / 1e12
}

/// The label matcher of the routes that are meant.
fn filter(input: &Input<'_>, spoken_of: &[&Entry<Route>]) -> String {
    match spoken_of {
        [route] => format!("route=\"{}\"", route.id.value),
        some if some.is_empty() || some.len() == input.resolved.spec.routes.len() => "route!=\"\"".to_owned(),
        some => format!("route=~\"{}\"", some.iter().map(|route| route.id.value.as_str()).collect::<Vec<_>>().join("|")),
    }
}

/// The window as OpenSLO writes it; `None` without one, and for parts of a minute.
fn window(promise: &Promise) -> Option<String> {
    let seconds = (promise.window_days? * 86_400.0).round();
    let whole = |(letter, unit): (&str, f64)| (seconds >= unit && seconds % unit == 0.0).then(|| format!("{}{letter}", seconds / unit));
    [("d", 86_400.0), ("h", 3_600.0), ("m", 60.0)].into_iter().find_map(whole)
}

/// The scenario in a sentence.
fn sentence(scenario: &Scenario) -> String {
    let measure = scenario.measure.as_ref().map(|measure| measure.value.describe()).unwrap_or_default();
    let words = [&scenario.source, &scenario.stimulus, &scenario.response];
    let told = words.into_iter().flatten().map(|words| one_line(&words.value)).collect::<Vec<_>>().join(", ");
    if told.is_empty() { measure } else { format!("{told}: {measure}") }
}

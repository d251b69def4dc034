//! A k6 script: the stated load as scenarios of k6, measures under load as thresholds.
//!
//! Each load that a quality scenario names runs once, one after another: `load.peak` and `load.average` with the mix of routes, users with their think time on
//! the routes that the scenario speaks of. Requests are made from the contracts of the routes, the same in every run.

use super::document::{Map, Value, quoted};
use super::identity::title;
use super::names::{Names, identifier, one_line};
use super::promise::{About, Promise, promise};
use super::{Export, Input, facts};
use charter_plan::artifact::Artifact;
use charter_plan::contract::Property;
use charter_plan::resolved::Element;
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use charter_spec::SectionName;
use charter_spec::ast::{LoadLevel, Scenario, Stimulus};
use charter_spec::measure::Operator;
use charter_spec::names::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// How long a load runs where the charter does not say.
const DURATION_S: f64 = 60.0;
/// Time that a call is thought to take where no budget says, for the number of virtual users.
const CALL_S: f64 = 1.0;

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let mut script = Script { input, runs: Vec::new(), thresholds: Vec::new(), rungs: BTreeSet::new() };
    for scenario in &input.resolved.spec.quality {
        script.scenario(scenario, out);
    }
    if script.runs.is_empty() {
        out.note("no scenario is measured under a load, so there is no script", input.resolved.spec.quality.span());
        return;
    }
    let text = script.text(out);
    out.file("load.js", text);
}

/// One load.
struct Run {
    name: String,
    arrival: Arrival,
    duration_s: f64,
    warmup_s: f64,
    /// Routes (models, where there are no routes) with their shares.
    mix: Vec<(String, f64)>,
    rows: u64,
    /// The longest limit that is held against it, for the number of virtual users.
    limit_s: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum Arrival {
    PerSecond(f64),
    Users { users: u64, think_s: f64 },
}

struct Script<'a> {
    input: &'a Input<'a>,
    runs: Vec<Run>,
    thresholds: Vec<(String, Vec<String>)>,
    rungs: BTreeSet<String>,
}

impl Script<'_> {
    fn scenario(&mut self, scenario: &Entry<Scenario>, out: &mut Export) {
        let id = &scenario.id.value;
        let Some(measure) = &scenario.measure else {
            out.note(format!("scenario `{id}` has no measure, so it is left out"), scenario.id.span);
            return;
        };
        let Some(promise) = promise(&measure.value) else {
            out.note(format!("`{}` is nothing that a caller can see: scenario `{id}` is left out", measure.value.text), measure.span);
            return;
        };
        let (metric, condition) = match threshold(&promise) {
            Ok(threshold) => threshold,
            Err(reason) => {
                out.note(format!("scenario `{id}` is left out: {reason}"), measure.span);
                return;
            }
        };
        let routes: Vec<String> = facts::routes(self.input, scenario).iter().map(|route| route.id.value.to_string()).collect();
        let Some(run) = self.run(scenario, &routes, &promise, out) else { return };
        if let About::Rung(rung) = &promise.about {
            self.rungs.insert(rung.clone());
        }
        if let Some(by) = scenario.by.first() {
            out.note(format!("scenario `{id}` holds for each {}, and a threshold for all calls together", by.value), by.span);
        }
        if promise.window_days.is_some() {
            out.note(format!("scenario `{id}` names a window; a run is only a part of it"), measure.span);
        }
        let all = routes.is_empty() || self.runs.iter().any(|known| known.name == run && known.mix.len() == routes.len());
        let of: Vec<Option<String>> = if all { vec![None] } else { routes.into_iter().map(Some).collect() };
        for route in of {
            let tag = route.map_or_else(String::new, |route| format!(",route:{route}"));
            let key = format!("{metric}{{load:{run}{tag}}}");
            match self.thresholds.iter_mut().find(|(known, _)| *known == key) {
                Some((_, conditions)) if !conditions.contains(&condition) => conditions.push(condition.clone()),
                Some(_) => {}
                None => self.thresholds.push((key, vec![condition.clone()])),
            }
        }
    }

    /// The load of a scenario by name; added when it is new.
    fn run(&mut self, scenario: &Entry<Scenario>, routes: &[String], promise: &Promise, out: &mut Export) -> Option<String> {
        let id = scenario.id.value.to_string();
        let limit_s = if matches!(promise.about, About::Latency(_) | About::LatencyFigure(_)) { promise.limit / 1000.0 } else { 0.0 };
        let stimulus = scenario.under.as_ref().map(|under| &under.value);
        let level = stimulus.map_or(Some(LoadLevel::Peak), |stimulus| stimulus.level.as_ref().map(|level| level.value));
        let name = match level {
            Some(LoadLevel::Peak) => "peak".to_owned(),
            Some(LoadLevel::Average) => "average".to_owned(),
            None => id.clone(),
        };
        if let Some(known) = self.runs.iter_mut().find(|known| known.name == name) {
            known.limit_s = known.limit_s.max(limit_s);
            return Some(name);
        }
        let arrival = self.arrival(level, stimulus);
        let Some(arrival) = arrival else {
            let load = match level {
                Some(level) if scenario.under.is_none() => format!("needs a load, and `{}` is not stated", level.as_str()),
                Some(level) => format!("names `{}`, which is not stated", level.as_str()),
                None => "names neither a rate nor users".to_owned(),
            };
            out.note(
                format!("scenario `{id}` {load}, so it is left out"),
                scenario.under.as_ref().map_or(scenario.id.span, |under| under.span),
            );
            return None;
        };
        let mix = if level.is_some() { self.mix(None, out) } else { self.mix(Some(routes), out) };
        if mix.is_empty() {
            out.note(format!("scenario `{id}` is about nothing that can be called, so it is left out"), scenario.id.span);
            return None;
        }
        let seconds =
            |duration: &charter_spec::Field<charter_spec::quantity::Duration>| duration.as_ref().map(|duration| duration.value.seconds());
        let duration_s =
            stimulus.and_then(|stimulus| seconds(&stimulus.duration)).or_else(|| seconds(&scenario.duration)).unwrap_or(DURATION_S);
        let warmup_s = stimulus.and_then(|stimulus| seconds(&stimulus.warmup)).unwrap_or(0.0);
        let rows = stimulus.and_then(|stimulus| stimulus.rows.as_ref()).or_else(|| self.input.resolved.spec.load.as_ref()?.rows.as_ref());
        let rows = rows.map_or(1, |rows| rows.value.count());
        self.runs.push(Run { name: name.clone(), arrival, duration_s, warmup_s, mix, rows, limit_s });
        Some(name)
    }

    fn arrival(&self, level: Option<LoadLevel>, stimulus: Option<&Stimulus>) -> Option<Arrival> {
        let load = &self.input.resolved.load;
        let stated = |figure: &Option<charter_plan::resolved::Figure>| figure.as_ref().map(|figure| Arrival::PerSecond(figure.value()));
        match (level, stimulus) {
            (Some(LoadLevel::Peak), _) => stated(&load.peak_rps),
            (Some(LoadLevel::Average), _) => stated(&load.average_rps),
            (None, None) => None,
            (None, Some(stimulus)) => {
                let rate = stimulus.rate.as_ref().map(|rate| Arrival::PerSecond(rate.value.per_second()));
                rate.or_else(|| {
                    let users = stimulus.users.as_ref()?.value.count();
                    Some(Arrival::Users { users, think_s: stimulus.think.as_ref().map_or(0.0, |think| think.value.seconds()) })
                })
            }
        }
    }

    /// Shares of what is called: those of the load, or equal parts of the routes named.
    fn mix(&self, routes: Option<&[String]>, out: &mut Export) -> Vec<(String, f64)> {
        let spec = &self.input.resolved.spec;
        let section = if spec.routes.is_empty() { SectionName::Models } else { SectionName::Routes };
        let served = self.input.resolved.load.served.iter().filter(|served| served.element.section == section);
        match routes.filter(|routes| !routes.is_empty()) {
            Some(routes) => {
                let count = u32::try_from(routes.len()).map_or(1.0, f64::from);
                routes.iter().map(|route| (route.clone(), 1.0 / count)).collect()
            }
            None => served
                .filter_map(|served| {
                    let share = served.share.as_ref().map(charter_plan::resolved::Figure::value);
                    if share.is_none() {
                        out.note(format!("`{}` has no share of the load, so it is not called", served.element), served.span);
                    }
                    Some((served.element.id.to_string(), share.filter(|share| *share > 0.0)?))
                })
                .collect(),
        }
    }

    fn text(&self, out: &mut Export) -> String {
        let called: BTreeSet<&str> = self.runs.iter().flat_map(|run| &run.mix).map(|(route, _)| route.as_str()).collect();
        let inputs = called.iter().fold(Map::new(), |map, route| map.set(*route, Value::List(self.inputs(route, out))));
        let given: Vec<&str> = called.iter().copied().filter(|route| self.inputs(route, &mut Export::default()).is_empty()).collect();
        let rungs: Vec<String> =
            self.rungs.iter().map(|rung| format!("  {}: new Rate({}),\n", quoted(rung), quoted(&rung_metric(rung)))).collect();
        let think: BTreeMap<&str, f64> = self
            .runs
            .iter()
            .filter_map(|run| match run.arrival {
                Arrival::Users { think_s, .. } => Some((run.name.as_str(), think_s)),
                Arrival::PerSecond(_) => None,
            })
            .collect();
        let think = think.into_iter().fold(Map::new(), |map, (name, seconds)| map.set(name, seconds));
        let rows = self.runs.iter().fold(Map::new(), |map, run| map.set(&run.name, f64::from(u32::try_from(run.rows).unwrap_or(u32::MAX))));
        let part = |mark: &str| match mark {
            "TITLE" => one_line(title(self.input)),
            "OPTIONS" => Value::Map(self.options()).json(),
            "GIVEN" => Value::from(given.clone()).json(),
            "RUNGS" => rungs.concat(),
            "THINK" => Value::Map(think.clone()).json(),
            "ROWS" => Value::Map(rows.clone()).json(),
            _ => Value::Map(inputs.clone()).json(),
        };
        // In one pass, so that no text of the charter is taken for a mark. Every other part of the template is one.
        let parts = TEMPLATE.split('@').enumerate();
        parts.map(|(at, text)| if at % 2 == 0 { text.to_owned() } else { part(text).trim_end().to_owned() }).collect()
    }

    fn options(&self) -> Map {
        let mut scenarios = Map::new();
        let mut names = Names::default();
        let mut start = 0.0;
        for run in &self.runs {
            for (tag, duration_s) in [(format!("{}-warmup", run.name), run.warmup_s), (run.name.clone(), run.duration_s)] {
                if duration_s <= 0.0 {
                    continue;
                }
                for (route, share) in &run.mix {
                    let name = names.unique(format!("{}_{}", identifier(&tag), identifier(route)));
                    scenarios.put(name, executor(run, &tag, route, *share, start, duration_s));
                }
                start += duration_s;
            }
        }
        let thresholds = self.thresholds.iter().fold(Map::new(), |map, (key, conditions)| map.set(key, conditions.clone()));
        Map::new().set("discardResponseBodies", true).set("scenarios", scenarios).set("thresholds", thresholds)
    }

    /// What a request to a route holds; empty when no contract says so.
    fn inputs(&self, route: &str, out: &mut Export) -> Vec<Value> {
        let spec = &self.input.resolved.spec;
        let entry = spec.routes.get_entry(route);
        let file = entry.and_then(|entry| entry.input.as_ref());
        let contract = file.and_then(|file| self.input.resolved.contracts.get(file.value.as_str()));
        let span = || {
            entry
                .map(|entry| entry.id.span)
                .or_else(|| self.input.resolved.index.place(&Element::new(SectionName::Models, &charter_spec::Id::new(route).ok()?)))
        };
        if let Some(contract) = contract.filter(|contract| !contract.properties.is_empty()) {
            let of = |property: &Property| match &property.tensor {
                Some(tensor) => Some(made(&property.name, tensor)),
                None => {
                    out.note(
                        format!("column `{}` has no tensor type, so requests leave it out", property.name),
                        file.map(|file| file.span),
                    );
                    None
                }
            };
            return contract.properties.iter().filter_map(of).map(Value::Map).collect();
        }
        // Without a contract the full rung's own inputs are the signature.
        if let Some(artifact) = self.artifact(route).filter(|_| file.is_none()) {
            return artifact.inputs.iter().map(|tensor| Value::Map(made(&tensor.name, tensor))).collect();
        }
        out.note(format!("nothing says what `{route}` takes: name a file with a request in BODY_{}", variable(route)), span());
        Vec::new()
    }

    /// The file of the only model that answers a route when nothing is broken.
    fn artifact(&self, route: &str) -> Option<&Artifact> {
        let spec = &self.input.resolved.spec;
        let entry = spec.routes.get_entry(route)?;
        let [(model, version)] = facts::first_versions(entry)[..] else { return None };
        let versions = &spec.models.get(model)?.versions;
        let version = version.map_or_else(|| versions.iter().next().map(|entry| &entry.value.value), |version| versions.get(version))?;
        facts::artifact(self.input, version)
    }
}

/// How values of an input are made.
fn made(name: &str, tensor: &TensorSpec) -> Map {
    let length = tensor.shape.iter().skip(1).map(|dimension| match dimension {
        Dimension::Fixed(length) => *length,
        Dimension::Any => tensor.lengths.as_ref().map_or(1, |lengths| lengths.min.max(1)),
    });
    let shape: Vec<u32> = length.collect();
    let range = tensor.range.as_ref();
    let kind = match tensor.datatype {
        Datatype::Bytes => "text",
        Datatype::Bool => "truth",
        datatype if datatype.is_float() => "number",
        _ => "whole",
    };
    Map::new()
        .set("name", name)
        .set("datatype", tensor.datatype.name())
        .set("kind", kind)
        .set("shape", shape)
        .some("min", range.and_then(|range| range.min))
        .some("max", range.and_then(|range| range.max))
        .set("allowed", tensor.allowed.clone())
}

/// Metric and condition of k6.
fn threshold(promise: &Promise) -> Result<(String, String), String> {
    let symbol = match promise.operator {
        Operator::In => return Err("k6 has no `in`".to_owned()),
        operator => operator.symbol(),
    };
    let limit = promise.limit;
    Ok(match &promise.about {
        About::Latency(percent) => ("http_req_duration".to_owned(), format!("p({percent}){symbol}{limit}")),
        About::LatencyFigure(figure) => ("http_req_duration".to_owned(), format!("{figure}{symbol}{limit}")),
        About::Answered => ("checks".to_owned(), format!("rate{symbol}{limit}")),
        About::Errors => ("http_req_failed".to_owned(), format!("rate{symbol}{limit}")),
        About::Rung(rung) => (rung_metric(rung), format!("rate{symbol}{limit}")),
        About::Throughput => return Err("k6 counts throughput over the whole test only".to_owned()),
    })
}

fn rung_metric(rung: &str) -> String {
    format!("rung_{}", identifier(rung))
}

/// The part of an environment variable's name that stands for a route.
fn variable(route: &str) -> String {
    identifier(route).to_ascii_uppercase()
}

fn executor(run: &Run, tag: &str, route: &str, share: f64, start_s: f64, duration_s: f64) -> Map {
    let common = |map: Map| {
        map.set("startTime", format!("{start_s}s"))
            .set("duration", format!("{duration_s}s"))
            .set("exec", "call")
            .set("env", Map::new().set("ROUTE", route).set("LOAD", tag).set("RUN", &run.name))
            .set("tags", Map::new().set("load", tag).set("route", route))
    };
    match run.arrival {
        Arrival::PerSecond(rate) => {
            let rate = rate * share;
            // k6 takes whole numbers: what is none a second is one a minute, to the nearest call.
            let (number, unit) = if rate.fract() == 0.0 { (rate, "1s") } else { ((rate * 60.0).round().max(1.0), "60s") };
            let call_s = if run.limit_s > 0.0 { run.limit_s } else { CALL_S };
            let users = (rate * call_s).ceil().max(1.0);
            let map = Map::new().set("executor", "constant-arrival-rate").set("rate", number).set("timeUnit", unit);
            common(map.set("preAllocatedVUs", users).set("maxVUs", users * 4.0))
        }
        Arrival::Users { users, .. } => {
            let users = f64::from(u32::try_from(users).unwrap_or(u32::MAX));
            common(Map::new().set("executor", "constant-vus").set("vus", (users * share).round().max(1.0)))
        }
    }
}

const TEMPLATE: &str = include_str!("k6.template.js");

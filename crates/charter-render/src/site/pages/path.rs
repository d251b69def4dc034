//! What a critical route really runs, at the level of code: the phases of a call, the compiled graph of nodes, the guards of each model with their
//! settings, and how the time is shared. It is the plan that the engine runs, and not a drawing of it.

use crate::diagram::draw::{draw, key};
use crate::diagram::graph::{Graph, Look, Node as Box, Tier};
use crate::diagram::waterfall::{Bar, BarKind, waterfall};
use crate::site::parts::{and, picture, table};
use charter_plan::Plan;
use charter_plan::arithmetic::derivation::{number, percent};
use charter_plan::plan::{Access, Breaker, Combine, FailMode, Limiter, Model, Node, Protect, Route, Source, Use};
use maud::{Markup, html};

/// Most models of a path that are drawn; beyond, the table has all.
const MODELS_MAX: usize = 24;

/// The path as a picture, its time as bars, and every guard in a table.
pub(super) fn path(plan: &Plan, route: &Route) -> Markup {
    let mut drawing = Drawing { plan, route, graph: Graph::default(), models: Vec::new() };
    drawing.call();
    let Drawing { graph, models, .. } = drawing;
    let title = format!("What a call of {} goes through", route.name);
    let bars = shares(route);
    let time = format!("Time of {} at our edge: {} ms in all", route.name, route.timeout_ms);
    html! {
        p.note { "Level 4 for a critical path: what the engine runs for a call, compiled from the charter." }
        @if models.len() <= MODELS_MAX { (picture(&title, draw(&graph, &title))) (key(&graph)) }
        @if !bars.is_empty() {
            h3 { "Time shares" }
            (picture(&time, waterfall(&bars, Some(f64::from(route.timeout_ms)), &time)))
        }
        h3 { "Phases" }
        (phases(route))
        h3 { "Guards" }
        (guards(&models))
    }
}

/// What the own ladder gives each rung.
fn shares(route: &Route) -> Vec<Bar> {
    let total = f64::from(route.timeout_ms.max(1));
    let bar = |rung: &charter_plan::plan::Rung| {
        let own = f64::from(rung.within_ms);
        let text =
            format!("{} ms, {}; {} ms kept below", rung.within_ms, percent((own / total * 1_000.0).round() / 1_000.0), rung.reserve_ms);
        Bar { name: rung.name.clone(), length: Some(own), kind: BarKind::Inside, text }
    };
    route.node.own_ladder().into_iter().flatten().map(bar).collect()
}

/// Where a part of the graph begins, and where an answer leaves it.
struct Part {
    entry: usize,
    exits: Vec<usize>,
}

struct Drawing<'a> {
    plan: &'a Plan,
    route: &'a Route,
    graph: Graph,
    /// Each model once, with the numbers of its boxes.
    models: Vec<(&'a Model, usize)>,
}

impl<'a> Drawing<'a> {
    fn call(&mut self) {
        let route = self.route;
        self.graph.boundary = Some(format!("{} [Component: route]", route.name));
        let who = match &route.access {
            Access::Open => "anyone who reaches the listener".to_owned(),
            Access::Identities(identities) => and(identities),
        };
        let caller = self.add(Box { tier: Tier::Above, look: Look::External, ..node("a caller", "[caller]", who) });
        let rows = number(f64::from(route.rows_max));
        let checked =
            format!("1 to {rows} rows; {} inputs held against types, shapes, ranges; deadline {} ms", route.inputs.len(), route.timeout_ms);
        let admit = self.add(node("admit", "[phase]", checked));
        self.graph.edge(caller, admit, "calls", false);
        let part = self.part(&route.node);
        self.graph.edge(admit, part.entry, "", false);
        let inspect = self.add(node("inspect", "[phase]", inspected(route)));
        for exit in part.exits {
            self.graph.edge(exit, inspect, "", false);
        }
        let record = self.add(node("record", "[phase]", "listeners hear the rung, the outcome and the time".to_owned()));
        self.graph.edge(inspect, record, "", false);
    }

    fn add(&mut self, node: Box) -> usize {
        self.graph.node(node)
    }

    /// A node of the plan with all below it. How deep they nest is bounded by the reader.
    fn part(&mut self, found: &'a Node) -> Part {
        match found {
            Node::Model(call) => self.model(call),
            Node::Ladder { rungs } => self.ladder(rungs),
            Node::Sequence { steps } => {
                let mut whole: Option<Part> = None;
                for step in steps {
                    let next = self.part(&step.node);
                    whole = Some(match whole {
                        None => next,
                        Some(before) => {
                            before.exits.iter().for_each(|exit| self.graph.edge(*exit, next.entry, "then", false));
                            Part { entry: before.entry, exits: next.exits }
                        }
                    });
                }
                whole.unwrap_or_else(|| self.empty())
            }
            Node::Rollout { rollout, stable, candidate } => {
                let found = self.plan.rollouts.get(usize::from(rollout.0));
                let steps: Vec<String> =
                    found.iter().flat_map(|rollout| &rollout.steps).map(|step| percent(f64::from(*step) / 10_000.0)).collect();
                let entry = self.add(node("rollout", "[node]", found.map_or_else(String::new, |rollout| rollout.name.clone())));
                let (stable, candidate) = (self.model(stable), self.model(candidate));
                self.graph.edge(entry, stable.entry, "the rest", false);
                self.graph.edge(entry, candidate.entry, format!("copies, then {}", steps.join(", ")), false);
                Part { entry, exits: [stable.exits, candidate.exits].concat() }
            }
            Node::Shadow { primary, mirror, .. } => {
                let entry = self.add(node("shadow", "[node]", String::new()));
                let (primary, mirror) = (self.part(primary), self.part(mirror));
                self.graph.edge(entry, primary.entry, "answers", false);
                self.graph.edge(entry, mirror.entry, "gets copies afterwards", true);
                Part { entry, exits: primary.exits }
            }
            Node::Cache { cache, node: below } => {
                let found = self.plan.caches.get(usize::from(cache.0));
                let ttl = found.map_or_else(String::new, |cache| format!("answers up to {} old", seconds(cache.ttl_ms)));
                let entry = self.add(Box { look: Look::Store, ..node("cache", "[node]", ttl) });
                let below = self.part(below);
                self.graph.edge(entry, below.entry, "not there", false);
                let mut exits = below.exits;
                exits.push(entry);
                Part { entry, exits }
            }
            Node::Split(_) | Node::Experiment { .. } | Node::Cascade { .. } | Node::Ensemble(_) => self.several(found),
        }
    }

    /// Rungs stand one below the other, as they are tried.
    fn ladder(&mut self, rungs: &'a [charter_plan::plan::Rung]) -> Part {
        let mut above: Option<usize> = None;
        let mut whole = Part { entry: 0, exits: Vec::new() };
        for rung in rungs {
            let kept = if rung.reserve_ms == 0 { String::new() } else { format!("; {} ms are kept for those below", rung.reserve_ms) };
            let entry = self.add(node(&rung.name, "[rung]", format!("{} ms of its own{kept}", rung.within_ms)));
            match above {
                None => whole.entry = entry,
                Some(above) => self.graph.edge(above, entry, "fails, is full, or out of time", false),
            }
            let part = self.part(&rung.node);
            self.graph.edge(entry, part.entry, "", false);
            whole.exits.extend(part.exits);
            above = Some(entry);
        }
        if above.is_none() { self.empty() } else { whole }
    }

    /// Nodes that choose between parts or ask all of them.
    fn several(&mut self, found: &'a Node) -> Part {
        let (name, about) = match found {
            Node::Split(_) => ("split", "exactly one arm answers".to_owned()),
            Node::Experiment { experiment, .. } => {
                let name = self.plan.experiments.get(usize::from(experiment.0)).map_or("", |experiment| experiment.name.as_str());
                ("experiment", format!("{name}: each unit keeps its arm"))
            }
            Node::Cascade { .. } => ("cascade", "the first that is sure enough answers".to_owned()),
            Node::Ensemble(ensemble) => {
                let how = match &ensemble.combine {
                    Combine::Mean => "their mean",
                    Combine::Vote => "their vote",
                    Combine::Rule { .. } => "a rule over them",
                };
                ("ensemble", format!("all at once; {how}, from at least {}", ensemble.quorum))
            }
            _ => ("node", String::new()),
        };
        let words = self.words(found);
        let entry = self.add(node(name, "[node]", about));
        let mut exits = Vec::new();
        for (at, child) in found.children().into_iter().enumerate() {
            let part = self.part(child);
            self.graph.edge(entry, part.entry, words.get(at).cloned().unwrap_or_default(), false);
            exits.extend(part.exits);
        }
        Part { entry, exits }
    }

    /// What stands on the way to each child.
    fn words(&self, found: &Node) -> Vec<String> {
        match found {
            Node::Split(split) => split.arms.iter().map(|arm| percent(f64::from(arm.weight) / 10_000.0)).collect(),
            Node::Experiment { experiment, .. } => {
                let arms = self.plan.experiments.get(usize::from(experiment.0)).map(|experiment| experiment.arms.as_slice());
                arms.unwrap_or_default().iter().map(|arm| format!("{}: {}", arm.name, percent(f64::from(arm.weight) / 10_000.0))).collect()
            }
            Node::Cascade { steps } => {
                let sure = |step: &charter_plan::plan::CascadeStep| match &step.confidence {
                    Some(confidence) => format!("{}: stands when sure by {}", step.name, number(confidence.min)),
                    None => format!("{}: stands", step.name),
                };
                steps.iter().map(sure).collect()
            }
            Node::Ensemble(ensemble) => ensemble.members.iter().map(|member| format!("weight {}", number(member.weight))).collect(),
            _ => Vec::new(),
        }
    }

    fn model(&mut self, call: &'a Use) -> Part {
        let Some(model) = self.plan.models.get(usize::from(call.model.0)) else { return self.empty() };
        if let Some((_, at)) = self.models.iter().find(|(known, _)| known.id == model.id) {
            return Part { entry: *at, exits: vec![*at] };
        }
        let guards: Vec<String> =
            rows_of(&model.protect).into_iter().map(|(_, short, _)| short).filter(|short| !short.is_empty()).collect();
        let about = if guards.is_empty() { "cannot fail: no guards".to_owned() } else { guards.join("; ") };
        let at = self.add(node(&model.label(), &format!("[{}]", source(&model.source)), about));
        self.models.push((model, at));
        Part { entry: at, exits: vec![at] }
    }

    /// A compiled plan has none.
    fn empty(&mut self) -> Part {
        let entry = self.add(node("nothing", "[node]", String::new()));
        Part { entry, exits: vec![entry] }
    }
}

fn node(name: &str, kind: &str, about: String) -> Box {
    Box { name: name.to_owned(), kind: kind.to_owned(), about, marks: Vec::new(), look: Look::Inner, tier: Tier::Inside, href: None }
}

fn inspected(route: &Route) -> String {
    let answers = route.answers.len();
    let decisions: Vec<&str> = route.decisions.iter().map(|decision| decision.output.name.as_str()).collect();
    let computed = if decisions.is_empty() { String::new() } else { format!("; computes {}", decisions.join(", ")) };
    format!("{answers} {} held against what is promised{computed}", if answers == 1 { "output" } else { "outputs" })
}

fn source(source: &Source) -> &'static str {
    match source {
        Source::Onnx { .. } => "ONNX model",
        Source::Oip { .. } => "remote model",
        Source::Rule { .. } => "rule",
        Source::Static { .. } => "fixed answer",
        Source::Lookup { .. } => "table",
    }
}

fn seconds(ms: u64) -> String {
    // Times of a plan are far below 2^53.
    #[allow(clippy::cast_precision_loss)]
    let ms = ms as f64;
    if ms < 1_000.0 { format!("{} ms", number(ms)) } else { format!("{} s", number(ms / 1_000.0)) }
}

fn phases(route: &Route) -> Markup {
    let fail = match route.fail {
        FailMode::Open => "when every rung has failed, the caller is told to go on without us",
        FailMode::Closed => "when every rung has failed, the caller is told not to go on",
    };
    let inputs: Vec<&str> = route.inputs.iter().map(|input| input.name.as_str()).collect();
    let rows = html! {
        tr {
            th scope="row" { "admit" }
            td {
                "1 to " (number(f64::from(route.rows_max))) " rows, and " (route.inputs.len()) " inputs by type, shape, length, range and allowed texts: "
                code { (inputs.join(", ")) }
            }
        }
        tr { th scope="row" { "prepare" } td { "for each model that is asked: inputs become its tensors by name, widened without loss" } }
        tr { th scope="row" { "answer" } td { "the graph above within " (route.timeout_ms) " ms; " (fail) } }
        tr {
            th scope="row" { "inspect" }
            td {
                "each answer by its signature; no NaN where none may be"
                @for decision in &route.decisions { "; " code { (decision.output.name) " = " (decision.expression) } }
            }
        }
        tr { th scope="row" { "record" } td { "which rung and model answered, how long it took, or which code it failed with" } }
    };
    table(&format!("Phases of {}", route.name), &["Phase", "What happens in it"], rows)
}

/// Guards of a model: what it is, in short for the picture, in full for the table.
fn rows_of(protect: &Protect) -> Vec<(&'static str, String, String)> {
    let mut rows = Vec::new();
    match protect.limiter {
        Limiter::Off => {}
        Limiter::Fixed { max } => rows.push(("limiter", format!("at most {max} at once"), format!("at most {max} calls at once"))),
        Limiter::Adaptive { initial, min, max } => rows.push((
            "limiter",
            format!("{min} to {max} at once"),
            format!("{min} to {max} calls at once, from {initial}, by the gradient of service time"),
        )),
    }
    if let Some(breaker) = &protect.breaker {
        rows.push(("breaker", format!("breaker at {}", percent(breaker.failure_ratio)), breaker_words(breaker)));
    }
    rows.extend(
        protect.timeout_ms.map(|ms| ("deadline", format!("{ms} ms a call"), format!("at most {ms} ms a call, whatever its deadline"))),
    );
    rows.extend(protect.queue.map(|queue| {
        let target = number(f64::from(queue.target_us) / 1_000.0);
        let full = format!("at most {} wait; waits beyond {target} ms for {} ms shed the oldest", queue.max, queue.interval_ms);
        ("queue", format!("{} may wait", queue.max), full)
    }));
    rows.extend(protect.batch.map(|batch| {
        let wait = if batch.wait_us == 0 {
            "takes what already waits".to_owned()
        } else {
            format!("waits up to {} ms for more", number(f64::from(batch.wait_us) / 1_000.0))
        };
        ("batcher", format!("batches of {}", batch.rows_max), format!("up to {} rows in one inference; {wait}", batch.rows_max))
    }));
    rows.extend(protect.retry.map(|retry| {
        let full = format!(
            "{} tries after the first, full jitter from {} ms, within {} of first attempts",
            retry.retries_max,
            retry.backoff_ms,
            percent(retry.budget_ratio)
        );
        ("retry", format!("{} retries", retry.retries_max), full)
    }));
    rows.extend(protect.hedge.map(|hedge| {
        let after = hedge.after_ms.map_or_else(|| "the rolling p95, at least 10 ms".to_owned(), |ms| format!("{ms} ms"));
        ("hedge", "asks twice when slow".to_owned(), format!("asks again after {after}, within {} of calls", percent(hedge.budget_ratio)))
    }));
    rows
}

fn breaker_words(breaker: &Breaker) -> String {
    let slow = breaker.slow_ms.map_or_else(String::new, |ms| format!(", or when {} are slower than {ms} ms", percent(breaker.slow_ratio)));
    format!(
        "opens when failures are surely above {} (at least {} calls in {}){slow}, or after {} failed connections; stays open {} to {}",
        percent(breaker.failure_ratio),
        breaker.calls_min,
        seconds(u64::from(breaker.window_ms)),
        breaker.connect_failures_max,
        seconds(u64::from(breaker.open_ms_min)),
        seconds(u64::from(breaker.open_ms_max))
    )
}

fn guards(models: &[(&Model, usize)]) -> Markup {
    let rows = html! {
        @for (model, _) in models {
            @let own = rows_of(&model.protect);
            @if own.is_empty() { tr { th scope="row" { (model.label()) } td { (source(&model.source)) } td { "none" } td { "it computes in place and waits for nothing" } } }
            @for (at, (guard, _, full)) in own.iter().enumerate() {
                tr {
                    @if at == 0 { th scope="row" rowspan=(own.len()) { (model.label()) } td rowspan=(own.len()) { (source(&model.source)) } }
                    td { (guard) }
                    td { (full) }
                }
            }
        }
    };
    table("Guards of each model", &["Model", "What it is", "Guard", "Setting"], rows)
}

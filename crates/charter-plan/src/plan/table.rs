//! The plan as text for people: routes with their rungs, then requirements with how they are proved.
//!
//! Why a figure is what it is belongs to `explain`.

use super::{Access, Node, Plan, Proof, Route, RouteId, Source, Turn, Use};
use crate::arithmetic::derivation::{number, percent};
use crate::explain::guards;
use crate::tensor::{Dimension, TensorSpec};
use std::fmt::Write;

impl Plan {
    /// A table of everything that the engine runs and everything that is to be proved.
    pub fn table(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "plan of {}  {}", self.system, self.fingerprint);
        for route in &self.routes {
            self.route_lines(route, &mut text);
        }
        self.moving(&mut text);
        if !self.requirements.is_empty() {
            let _ = writeln!(text, "\nrequirements");
            let rows: Vec<[String; 3]> = self
                .requirements
                .iter()
                .map(|requirement| {
                    let said = match &requirement.proof {
                        Proof::None { reason } => reason.clone(),
                        Proof::Static { holds: false, .. } => format!("{} (does not hold)", requirement.text),
                        _ => requirement.text.clone(),
                    };
                    [requirement.id.clone(), requirement.proof.name().to_owned(), said]
                })
                .collect();
            columns(&rows, &mut text);
        }
        text
    }

    fn route_lines(&self, route: &Route, text: &mut String) {
        let access = match &route.access {
            Access::Open => "open".to_owned(),
            Access::Identities(identities) => identities.join(", "),
        };
        let _ = writeln!(text, "\nroute {}", route.name);
        let _ = writeln!(text, "  in   {}", signature(route.inputs.iter()));
        let _ = writeln!(text, "  out  {}", signature(route.outputs()));
        let _ = writeln!(text, "  {} ms a call, at most {} rows, {access}", route.timeout_ms, number(f64::from(route.rows_max)));
        let mut rows = Vec::new();
        self.node_rows(&route.node, "answer", (route.timeout_ms, 0), 0, &mut rows);
        columns(&rows, text);
    }

    /// What a flag turns, as the charter names it.
    fn turned(&self, turn: &Turn) -> String {
        let route = |id: RouteId| self.routes.get(usize::from(id.0));
        match turn {
            Turn::Route(id) => route(*id).map_or_else(String::new, |route| route.name.clone()),
            Turn::Rung { route: id, rung } => {
                let Some(route) = route(*id) else { return String::new() };
                let name = match &route.node {
                    Node::Ladder { rungs } => rungs.get(usize::from(*rung)).map_or("", |rung| rung.name.as_str()),
                    _ => "",
                };
                format!("{}/{name}", route.name)
            }
            Turn::Model(id) => self.models.get(usize::from(id.0)).map_or_else(String::new, super::Model::label),
            Turn::Feature(name) => name.clone(),
        }
    }

    /// One row a model, with the rung or arm that asks it, and one for what combines several.
    fn node_rows(&self, node: &Node, name: &str, (within, reserve): (u32, u32), depth: usize, rows: &mut Vec<[String; 5]>) {
        let indented = format!("{}{name}", "  ".repeat(depth));
        let share = format!("{within} ms, leaves {reserve} ms");
        let mut model = |name: String, call: &Use| {
            let Some(model) = self.models.get(usize::from(call.model.0)) else { return };
            rows.push([name, model.label(), source(&model.source), share.clone(), guards(&model.protect)]);
        };
        let inner: Vec<(String, &Node)> = match node {
            Node::Model(call) => return model(indented, call),
            Node::Rollout { rollout, stable, candidate } => {
                model(indented, stable);
                let name = self.rollouts.get(usize::from(rollout.0)).map_or("", |rollout| rollout.name.as_str());
                return model(format!("{}rollout {name}", "  ".repeat(depth + 1)), candidate);
            }
            Node::Ladder { rungs } => {
                let inner = if depth == 0 { 0 } else { depth + 1 };
                for rung in rungs {
                    self.node_rows(&rung.node, &rung.name, (rung.within_ms, rung.reserve_ms), inner, rows);
                }
                return;
            }
            Node::Split(split) => split.arms.iter().map(|arm| (percent(f64::from(arm.weight) / 10_000.0), &arm.node)).collect(),
            Node::Sequence { steps } => steps.iter().enumerate().map(|(at, step)| (format!("step {}", at + 1), &step.node)).collect(),
            Node::Experiment { experiment, arms } => {
                let name = |at: usize| Some(self.experiments.get(usize::from(experiment.0))?.arms.get(at)?.name.clone());
                arms.iter().enumerate().map(|(at, arm)| (name(at).unwrap_or_default(), arm)).collect()
            }
            Node::Shadow { primary, mirror, .. } => vec![("answers".to_owned(), &**primary), ("gets copies".to_owned(), &**mirror)],
            Node::Cascade { steps } => steps.iter().map(|step| (step.name.clone(), &step.node)).collect(),
            Node::Ensemble(ensemble) => ensemble.members.iter().map(|member| (member.name.clone(), &member.node)).collect(),
            Node::Cache { node, .. } => vec![("else".to_owned(), &**node)],
        };
        rows.push([indented, kind(node).to_owned(), String::new(), share, String::new()]);
        for (name, node) in inner {
            self.node_rows(node, &name, (within, reserve), depth + 1, rows);
        }
    }

    /// What moves versions, what is compared, and what may be turned off or broken.
    fn moving(&self, text: &mut String) {
        let routes = |id: RouteId| self.routes.get(usize::from(id.0)).map_or("", |route| route.name.as_str());
        let mut rows: Vec<[String; 3]> = Vec::new();
        for rollout in &self.rollouts {
            let steps: Vec<String> = rollout.steps.iter().map(|step| percent(f64::from(*step) / 10_000.0)).collect();
            let way = format!("{} → {} on {}: {}", rollout.stable_label, rollout.candidate_label, routes(rollout.route), steps.join(", "));
            rows.push(["rollout".to_owned(), rollout.name.clone(), way]);
        }
        for experiment in &self.experiments {
            let arms: Vec<String> =
                experiment.arms.iter().map(|arm| format!("{} {}", arm.name, percent(f64::from(arm.weight) / 10_000.0))).collect();
            rows.push(["experiment".to_owned(), experiment.name.clone(), format!("on {}: {}", routes(experiment.route), arms.join(", "))]);
        }
        for flag in &self.flags {
            let default = flag.variants.get(usize::from(flag.default_variant)).map_or("", |(name, _)| name.as_str());
            let state = if flag.enabled { format!("{default}, unless a rule says otherwise") } else { "not evaluated".to_owned() };
            let turned: Vec<String> = flag.turns.iter().map(|turn| self.turned(turn)).collect();
            let turns = if turned.is_empty() { "turns nothing here".to_owned() } else { format!("turns {}", turned.join(", ")) };
            rows.push(["flag".to_owned(), flag.name.clone(), format!("{state}; {turns}")]);
        }
        for cache in &self.caches {
            let kept = format!("{} s, {} MB", number(millis(cache.ttl_ms) / 1_000.0), number(millis(cache.bytes_max) / 1e6));
            rows.push(["cache".to_owned(), cache.name.clone(), kept]);
        }
        if let Some(chaos) = &self.chaos {
            let bounds = format!("at most {} of the calls", percent(f64::from(chaos.share_max) / 10_000.0));
            let names: Vec<&str> = chaos.experiments.iter().map(|experiment| experiment.name.as_str()).collect();
            rows.push(["chaos".to_owned(), names.join(", "), bounds]);
        }
        if !rows.is_empty() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "\nmoving");
            columns(&rows, text);
        }
    }
}

/// Times and sizes of a plan are far below 2^53.
#[allow(clippy::cast_precision_loss)]
fn millis(whole: u64) -> f64 {
    whole as f64
}

fn kind(node: &Node) -> &'static str {
    match node {
        Node::Model(_) | Node::Rollout { .. } => "model",
        Node::Split(_) => "split",
        Node::Ladder { .. } => "ladder",
        Node::Sequence { .. } => "sequence",
        Node::Experiment { .. } => "experiment",
        Node::Shadow { .. } => "shadow",
        Node::Cascade { .. } => "cascade",
        Node::Ensemble(_) => "ensemble",
        Node::Cache { .. } => "cache",
    }
}

fn source(source: &Source) -> String {
    match source {
        Source::Onnx { path, .. } => path.clone(),
        Source::Oip { url, .. } => url.clone(),
        Source::Rule { .. } => "rule".to_owned(),
        Source::Static { .. } => "fixed answer".to_owned(),
        Source::Lookup { path, entries, .. } => format!("{path}, {} keys", entries.len()),
    }
}

fn signature<'a>(specs: impl Iterator<Item = &'a TensorSpec>) -> String {
    let one = |spec: &TensorSpec| {
        let beyond: Vec<String> = spec
            .shape
            .iter()
            .skip(1)
            .filter(|dimension| **dimension != Dimension::Fixed(1))
            .map(|dimension| i64::from(*dimension).to_string())
            .collect();
        let shape = if beyond.is_empty() { String::new() } else { format!("[{}]", beyond.join(",")) };
        format!("{} {}{shape}", spec.name, spec.datatype)
    };
    specs.map(one).collect::<Vec<_>>().join(", ")
}

/// Rows in aligned columns, the last one as it is.
fn columns<const N: usize>(rows: &[[String; N]], text: &mut String) {
    let mut widths = [0_usize; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in rows {
        let mut line = String::from(" ");
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(line, " {cell:width$} ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

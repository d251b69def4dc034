//! The plan as text for people: routes with their rungs, then requirements with how they are proved.
//!
//! Why a figure is what it is belongs to `explain`.

use super::{Access, Node, Plan, Proof, Route, Source};
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

    /// One row a model, with the rung or arm that asks it.
    fn node_rows(&self, node: &Node, name: &str, (within, reserve): (u32, u32), depth: usize, rows: &mut Vec<[String; 5]>) {
        let indented = format!("{}{name}", "  ".repeat(depth));
        match node {
            Node::Model(call) => {
                let Some(model) = self.models.get(usize::from(call.model.0)) else { return };
                let share = format!("{within} ms, leaves {reserve} ms");
                rows.push([indented, model.label(), source(&model.source), share, guards(&model.protect)]);
            }
            Node::Ladder { rungs } => {
                let inner = if depth == 0 { 0 } else { depth + 1 };
                for rung in rungs {
                    self.node_rows(&rung.node, &rung.name, (rung.within_ms, rung.reserve_ms), inner, rows);
                }
            }
            Node::Split { arms, .. } => {
                rows.push([indented, "split".to_owned(), String::new(), format!("{within} ms, leaves {reserve} ms"), String::new()]);
                for arm in arms {
                    let weight = percent(f64::from(arm.weight) / 10_000.0);
                    self.node_rows(&arm.node, &weight, (within, reserve), depth + 1, rows);
                }
            }
            Node::Sequence { steps } => {
                rows.push([indented, "sequence".to_owned(), String::new(), format!("{within} ms, leaves {reserve} ms"), String::new()]);
                for (at, step) in steps.iter().enumerate() {
                    self.node_rows(&step.node, &format!("step {}", at + 1), (within, reserve), depth + 1, rows);
                }
            }
        }
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

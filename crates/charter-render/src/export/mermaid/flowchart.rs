//! How a route answers: its nodes from the call to the answer.

use super::super::names::{file_name, one_line};
use super::super::{Export, Input};
use super::quoted;
use charter_spec::ast::{Answer, AnswerKind, Expressions, ModelNode, Route, SplitBy, StaticValues};
use charter_spec::names::Entry;
use std::fmt::Write;

/// Longest expression that is shown, in characters.
const EXPRESSION_MAX: usize = 60;

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    for route in &input.resolved.spec.routes {
        let id = &route.id.value;
        let Some(answer) = &route.answer else {
            out.note(format!("route `{id}` says not how it is answered, so it has no flowchart"), route.id.span);
            continue;
        };
        let mut chart = Chart { text: String::from("flowchart LR\n"), count: 0 };
        chart.route(route, &answer.value);
        out.file(format!("route-{}.mmd", file_name(id)), chart.text);
    }
}

struct Chart {
    text: String,
    count: usize,
}

impl Chart {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "    {line}");
    }

    fn node(&mut self, label: &str, open: &str, close: &str) -> String {
        self.count += 1;
        let name = format!("n{}", self.count);
        self.line(&format!("{name}{open}{}{close}", quoted(label)));
        name
    }

    fn arrow(&mut self, from: &str, label: &str, to: &str) {
        self.line(&format!("{from} -->|{}| {to}", quoted(label)));
    }

    fn dotted(&mut self, from: &str, label: &str, to: &str) {
        self.line(&format!("{from} -.->|{}| {to}", quoted(label)));
    }

    fn route(&mut self, route: &Entry<Route>, answer: &Answer) {
        let call = self.node(&format!("call of {}", route.id.value), "([", "])");
        let entry = self.answer(answer);
        self.line(&format!("{call} --> {entry}"));
        for decision in route.decide.iter().flat_map(|decide| &decide.decisions) {
            let node = self.node(&format!("{} = {}", decision.id.value, shortened(&decision.value.value)), "[/", "/]");
            self.arrow(&entry, "outputs", &node);
        }
    }

    /// Writes an answer and gives the name of its first node. How deep answers nest is bounded by the reader.
    fn answer(&mut self, answer: &Answer) -> String {
        match &answer.kind {
            AnswerKind::Model(node) => self.model(node),
            AnswerKind::Rule(node) => {
                let rule = node.rule.as_ref().map_or_else(String::new, |rule| expressions(&rule.value));
                self.node(&format!("rule {rule}"), "[/", "/]")
            }
            AnswerKind::Static(node) => {
                let label = match node.values.as_ref().map(|values| &values.value) {
                    Some(StaticValues::File(file)) => format!("fixed answer of {}", file.as_str()),
                    _ => "fixed answer".to_owned(),
                };
                self.node(&label, "[", "]")
            }
            AnswerKind::Lookup(node) => {
                let table = node.lookup.as_ref().map_or("", |table| table.value.as_str());
                self.node(&format!("table {table}"), "[(", ")]")
            }
            AnswerKind::Ladder(node) => {
                let ladder = self.node("ladder", "{{", "}}");
                let mut above: Option<String> = None;
                for rung in &node.ladder {
                    let entry = self.answer(&rung.answer.value);
                    match &above {
                        None => self.arrow(&ladder, &rung.id.value, &entry),
                        Some(above) => self.dotted(above, &format!("cannot answer: {}", rung.id.value), &entry),
                    }
                    above = Some(entry);
                }
                ladder
            }
            AnswerKind::Split(node) => {
                let by = match node.by.as_ref().map(|by| &by.value) {
                    Some(SplitBy::Input(input)) => format!("split by {input}"),
                    Some(SplitBy::Random) => "split by chance".to_owned(),
                    Some(SplitBy::Key) | None => "split by key".to_owned(),
                };
                let split = self.node(&by, "{", "}");
                for arm in &node.split {
                    let weight = arm.value.terms.weight.as_ref().map_or_else(String::new, |weight| weight.value.to_string());
                    let entry = self.answer(&arm.value.answer.value);
                    self.arrow(&split, &weight, &entry);
                }
                split
            }
            _ => self.combined(answer),
        }
    }

    fn combined(&mut self, answer: &Answer) -> String {
        match &answer.kind {
            AnswerKind::Sequence(node) => {
                let mut steps = node.sequence.iter();
                let Some(first) = steps.next() else { return self.node("sequence", "[", "]") };
                let first = self.answer(&first.value);
                let mut before = first.clone();
                for step in steps {
                    let next = self.answer(&step.value);
                    self.arrow(&before, "then", &next);
                    before = next;
                }
                first
            }
            AnswerKind::Shadow(node) => {
                let shadow = self.node("shadow", "{{", "}}");
                let Some(written) = &node.shadow else { return shadow };
                if let Some(of) = &written.of {
                    let entry = self.answer(&of.value);
                    self.arrow(&shadow, "answers", &entry);
                }
                if let Some(to) = &written.to {
                    let entry = self.answer(&to.value);
                    let share = written.share.as_ref().map_or_else(|| "all calls".to_owned(), |share| share.value.to_string());
                    self.dotted(&shadow, &format!("copies of {share}"), &entry);
                }
                shadow
            }
            AnswerKind::Cascade(node) => {
                let cascade = self.node("cascade", "{{", "}}");
                let mut above: Option<String> = None;
                for step in &node.cascade {
                    let entry = self.answer(&step.value.answer.value);
                    match &above {
                        None => self.arrow(&cascade, "first", &entry),
                        Some(above) => self.dotted(above, "not sure enough", &entry),
                    }
                    above = Some(entry);
                }
                cascade
            }
            AnswerKind::Ensemble(node) => {
                let ensemble = self.node("ensemble", "{{", "}}");
                for member in &node.ensemble {
                    let entry = self.answer(&member.answer.value);
                    self.arrow(&ensemble, &member.id.value, &entry);
                }
                ensemble
            }
            AnswerKind::Cache(node) => {
                let ttl =
                    node.cache.as_ref().and_then(|cache| cache.ttl.as_ref()).map_or_else(String::new, |ttl| format!(" for {}", ttl.value));
                let cache = self.node(&format!("cache{ttl}"), "[(", ")]");
                if let Some(of) = node.cache.as_ref().and_then(|cache| cache.of.as_ref()) {
                    let entry = self.answer(&of.value);
                    self.arrow(&cache, "not kept", &entry);
                }
                cache
            }
            _ => self.node("answer", "[", "]"),
        }
    }

    fn model(&mut self, node: &ModelNode) -> String {
        let label = node.model.as_ref().map_or_else(String::new, |model| model.value.to_string());
        let name = self.node(&format!("model {label}"), "[", "]");
        if let Some(version) = node.canary.as_ref().and_then(|canary| canary.version.as_ref()) {
            let canary = self.node(&format!("model {}", version.value), "[", "]");
            self.dotted(&name, "canary", &canary);
        }
        name
    }
}

fn expressions(rule: &Expressions) -> String {
    match rule {
        Expressions::One(expression) => shortened(expression),
        Expressions::ByOutput(outputs) => {
            outputs.iter().map(|output| format!("{} = {}", output.id.value, shortened(&output.value.value))).collect::<Vec<_>>().join("; ")
        }
    }
}

fn shortened(text: &str) -> String {
    let line = one_line(text);
    if line.chars().count() <= EXPRESSION_MAX { line } else { line.chars().take(EXPRESSION_MAX - 1).chain(['…']).collect() }
}

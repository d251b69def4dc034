//! Rules, constants and tables that stand in a route: each becomes a model named after the route and the rung.

use super::binding::{Slots, is_single};
use super::compiler::Compiler;
use super::constants::{constant, of_plain};
use super::nodes::Place;
use super::{ExpressionPlace, PlanCode, table};
use crate::plan::{Binding, Constant, ModelId, Protect, Source, Use};
use crate::tensor::{Datatype, TensorSpec};
use charter_spec::ast::{Expressions, LookupNode, RuleNode, StaticNode, StaticValues};
use charter_spec::{Field, Span};
use std::collections::HashSet;

/// One CEL expression an output.
pub(super) fn rule(compiler: &mut Compiler<'_>, node: &RuleNode, place: &Place<'_>) -> Option<Use> {
    let written = node.rule.as_ref()?;
    let mut expressions: Vec<(String, Span)> = Vec::new();
    match &written.value {
        Expressions::One(text) => {
            only_output(compiler, &node.output, place, written.span)?;
            expressions.push((text.clone(), written.span));
        }
        Expressions::ByOutput(entries) => {
            for answer in place.answers {
                match entries.get_entry(&answer.name) {
                    Some(entry) => expressions.push((entry.value.value.clone(), entry.value.span)),
                    None => {
                        missing(compiler, &answer.name, "rule", place, written.span);
                        return None;
                    }
                }
            }
        }
    }
    let variables: Vec<(String, Datatype)> = place.slots.single().map(|spec| (spec.name.clone(), spec.datatype)).collect();
    for ((text, span), answer) in expressions.iter().zip(place.answers) {
        compiler.expressions.push(ExpressionPlace {
            text: text.clone(),
            span: *span,
            variables: variables.clone(),
            result: answer.datatype,
            route: place.route.to_owned(),
        });
    }
    // Only what the expressions speak of is handed over: a call should not pay for the other inputs.
    let spoken: HashSet<String> = expressions.iter().flat_map(|(text, _)| identifiers(text)).collect();
    let names: Vec<String> = place.slots.single().filter(|spec| spoken.contains(&spec.name)).map(|spec| spec.name.clone()).collect();
    let source = Source::Rule { expressions: expressions.into_iter().map(|(text, _)| text).collect() };
    add(compiler, source, &names, Protect::NONE, place)
}

/// The same answer for every row.
pub(super) fn fixed(compiler: &mut Compiler<'_>, node: &StaticNode, place: &Place<'_>) -> Option<Use> {
    let written = node.values.as_ref()?;
    let values = match &written.value {
        StaticValues::File(file) => match table::fixed(compiler.files, file.as_str(), written.span, place.answers) {
            Ok(values) => values,
            Err(problems) => {
                problems.into_iter().for_each(|problem| compiler.report(problem));
                return None;
            }
        },
        StaticValues::Inline(entries) => {
            let mut values: Vec<Constant> = Vec::new();
            for answer in place.answers {
                let Some(entry) = entries.get_entry(&answer.name) else {
                    missing(compiler, &answer.name, "static answer", place, written.span);
                    return None;
                };
                match constant(&of_plain(&entry.value.value), answer) {
                    Ok(constant) => values.push(constant),
                    Err(rule) => {
                        compiler.report(PlanCode::Value.at(entry.value.span, rule).at(place.answers_span, "the route's outputs"));
                        return None;
                    }
                }
            }
            values
        }
    };
    add(compiler, Source::Static { values }, &[], Protect::NONE, place)
}

/// An answer from a table.
pub(super) fn lookup(compiler: &mut Compiler<'_>, node: &LookupNode, place: &Place<'_>) -> Option<Use> {
    let file = node.lookup.as_ref()?;
    if node.output.is_some() {
        only_output(compiler, &node.output, place, file.span)?;
    }
    if node.by.is_empty() {
        compiler.report(
            PlanCode::InputMissing.at(file.span, "the look-up does not say by which inputs").help("name them: `by: [segment, channel]`"),
        );
        return None;
    }
    let mut names = Vec::new();
    for key in &node.by {
        match place.slots.find(&key.value) {
            Some((_, spec)) if is_single(spec) => names.push(key.value.clone()),
            Some(_) => {
                let message = format!("`{}` is a list, and a key is made of single values", key.value);
                compiler.report(PlanCode::Shape.at(key.span, message).at(place.slots_span, "the route's inputs"));
                return None;
            }
            None => {
                let message = format!("the look-up goes by `{}`, which is no input of the route", key.value);
                compiler.report(PlanCode::InputMissing.at(key.span, message).at(place.slots_span, "the route's inputs"));
                return None;
            }
        }
    }
    let path = file.value.as_str();
    let (entries, _) = match table::lookup(compiler.files, path, file.span, names.len(), place.answers) {
        Ok(entries) => entries,
        Err(problem) => {
            compiler.report(*problem);
            return None;
        }
    };
    let default = match &node.default_value {
        None => None,
        Some(written) => {
            let constants = match place.answers {
                [answer] => constant(&of_plain(&written.value), answer).map(|constant| vec![constant]),
                _ => Err(format!("the route has {} outputs, and a default is one value", place.answers.len())),
            };
            match constants {
                Ok(constants) => Some(constants),
                Err(rule) => {
                    compiler.report(PlanCode::Value.at(written.span, rule).at(place.answers_span, "the route's outputs"));
                    return None;
                }
            }
        }
    };
    let digest = compiler.digest(path)?;
    let source = Source::Lookup { path: path.to_owned(), digest, entries, default };
    add(compiler, source, &names, Protect::NONE, place)
}

fn add(compiler: &mut Compiler<'_>, source: Source, names: &[String], protect: Protect, place: &Place<'_>) -> Option<Use> {
    let mut inputs = Vec::with_capacity(names.len());
    let mut bindings = Vec::with_capacity(names.len());
    for name in names {
        let (slot, spec) = place.slots.find(name)?;
        inputs.push(TensorSpec { range: None, allowed: Vec::new(), ..spec.clone() });
        bindings.push(Binding::Slot(slot));
    }
    let outputs = (0..place.answers.len()).map(u16::try_from).collect::<Result<Vec<u16>, _>>().ok()?;
    let model: ModelId = compiler.model((place.route, &place.name), source, inputs, place.answers.to_vec(), protect)?;
    Some(Use { model, inputs: bindings, outputs })
}

/// Checks that a node with one nameless output stands where one output is wanted, and under that name.
fn only_output(compiler: &mut Compiler<'_>, output: &Field<String>, place: &Place<'_>, span: Span) -> Option<()> {
    match (place.answers, output) {
        ([_], None) => Some(()),
        ([answer], Some(written)) if written.value == answer.name => Some(()),
        ([answer], Some(written)) => {
            let message = format!("{} answers as `{}`, and the route's output is `{}`", place.rung, written.value, answer.name);
            let help = format!("write `as: {}`", answer.name);
            compiler.report(PlanCode::OutputMissing.at(written.span, message).at(place.answers_span, "the route's outputs").help(help));
            None
        }
        (answers, _) => {
            let message = format!("{} gives one output, and the route has {}", place.rung, answers.len());
            let help = "give one expression or value an output";
            compiler.report(PlanCode::OutputMissing.at(span, message).at(place.answers_span, "the route's outputs").help(help));
            None
        }
    }
}

pub(super) fn missing(compiler: &mut Compiler<'_>, output: &str, what: &str, place: &Place<'_>, span: Span) {
    let message = format!("the {what} of {} gives no `{output}`", place.rung);
    let help = format!("add `{output}:` to it");
    compiler.report(PlanCode::OutputMissing.at(span, message).at(place.answers_span, "the route's outputs").help(help));
}

/// Names that a CEL expression speaks of, outside of texts; functions and constants may be among them.
fn identifiers(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut characters = text.char_indices().peekable();
    let mut quote: Option<char> = None;
    while let Some((start, character)) = characters.next() {
        if let Some(open) = quote {
            if character == '\\' {
                characters.next();
            } else if character == open {
                quote = None;
            }
            continue;
        }
        if character == '"' || character == '\'' {
            quote = Some(character);
        } else if character.is_ascii_alphabetic() || character == '_' {
            let mut end = start + character.len_utf8();
            while let Some((at, next)) = characters.peek().copied() {
                if !(next.is_ascii_alphanumeric() || next == '_') {
                    break;
                }
                end = at + next.len_utf8();
                characters.next();
            }
            found.extend(text.get(start..end).map(str::to_owned));
        } else if character.is_ascii_digit() {
            // `1e3` and `2u` are numbers, not names.
            while characters.peek().is_some_and(|(_, next)| next.is_ascii_alphanumeric() || *next == '.') {
                characters.next();
            }
        }
    }
    found
}

/// Variables that a route's decisions may use: its inputs and answers of one value a row.
pub(super) fn decision_variables(slots: &Slots, answers: &[TensorSpec]) -> Vec<(String, Datatype)> {
    let answers = answers.iter().filter(|answer| is_single(answer));
    let mut variables: Vec<(String, Datatype)> = answers.map(|spec| (spec.name.clone(), spec.datatype)).collect();
    for spec in slots.single() {
        if !variables.iter().any(|(name, _)| *name == spec.name) {
            variables.push((spec.name.clone(), spec.datatype));
        }
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::identifiers;

    #[test]
    fn names_in_texts_and_numbers_are_none() {
        assert_eq!(identifiers("amount > 1e3 && home == 'rent' ? x1 : 2u"), ["amount", "home", "x1"]);
        assert_eq!(identifiers(r"'it\'s a' + b"), ["b"]);
        assert_eq!(identifiers("größe + ok"), ["gr", "e", "ok"]);
    }
}

//! How a route's values become a model's inputs, and a model's outputs the route's answers. Names meet, types widen, shapes fit; nothing is lost.

use super::PlanCode;
use super::compiler::{Compiler, Version, our_name};
use crate::plan::Binding;
use crate::tensor::{Datatype, Dimension, TensorSpec};
use charter_spec::Span;
use charter_spec::names::Entries;
use std::collections::HashMap;

/// Values that a node can take: the route's inputs, then what earlier steps gave. A name that is there twice means the later one.
#[derive(Clone)]
pub(super) struct Slots {
    pub(super) specs: Vec<TensorSpec>,
    by_name: HashMap<String, usize>,
}

impl Slots {
    pub(super) fn new(specs: Vec<TensorSpec>) -> Self {
        let by_name = specs.iter().enumerate().map(|(at, spec)| (spec.name.clone(), at)).collect();
        Self { specs, by_name }
    }

    pub(super) fn find(&self, name: &str) -> Option<(u16, &TensorSpec)> {
        let at = *self.by_name.get(name)?;
        Some((u16::try_from(at).ok()?, self.specs.get(at)?))
    }

    /// Values of one a row, which expressions and keys can use.
    pub(super) fn single(&self) -> impl Iterator<Item = &TensorSpec> {
        self.specs.iter().filter(|spec| is_single(spec))
    }

    fn names(&self) -> String {
        let shown: Vec<String> = self.specs.iter().take(12).map(|spec| format!("`{}`", spec.name)).collect();
        let more = if self.specs.len() > 12 { format!(" and {} more", self.specs.len() - 12) } else { String::new() };
        format!("{}{more}", shown.join(", "))
    }
}

/// Whether a tensor has one value a row: `[rows]` or `[rows, 1]`.
pub(super) fn is_single(spec: &TensorSpec) -> bool {
    super::constants::row_length(spec) == Some(1)
}

/// One binding for each of a model's inputs; `None` when something does not fit, which is reported.
///
/// `slots_span` is where the route's inputs are stated.
pub(super) fn inputs(
    compiler: &mut Compiler<'_>,
    version: Version<'_>,
    (wanted, columns): (&[TensorSpec], &[String]),
    slots: &Slots,
    slots_span: Span,
) -> Option<Vec<Binding>> {
    let mut bindings = Vec::with_capacity(wanted.len());
    let mut sound = true;
    for input in wanted {
        let ours = our_name(&version.version.inputs, &input.name);
        let binding = match slots.find(&ours) {
            Some((slot, spec)) => one(compiler, version, input, (slot, spec), slots_span),
            None if wanted.len() == 1 && is_matrix(input, columns) => matrix(compiler, version, (input, columns), slots, slots_span),
            None => {
                let message = format!("`{}` asks for `{ours}` ({}), which is no input of the route", version.label(), input.datatype);
                let help = format!(
                    "add `{ours}` to the contract, or say under `models.{}.versions.{}.inputs` which of {} it is",
                    version.model.id.value,
                    version.version.id.value,
                    slots.names()
                );
                compiler.report(PlanCode::InputMissing.at(version.span, message).at(slots_span, "the route's inputs").help(help));
                None
            }
        };
        match binding {
            Some(binding) => bindings.push(binding),
            None => sound = false,
        }
    }
    sound.then_some(bindings)
}

fn one(
    compiler: &mut Compiler<'_>,
    version: Version<'_>,
    input: &TensorSpec,
    (slot, spec): (u16, &TensorSpec),
    slots_span: Span,
) -> Option<Binding> {
    if !spec.datatype.widens_to(input.datatype) {
        compiler.report(lossy(version, (&spec.name, spec.datatype), (&input.name, input.datatype), slots_span));
        return None;
    }
    if !shape_fits(spec, input) {
        let message =
            format!("input `{}` has the shape {} in the route and {} in `{}`", spec.name, shape(spec), shape(input), version.label());
        compiler.report(
            PlanCode::Shape
                .at(version.span, message)
                .at(slots_span, "the route's inputs")
                .help("make the contract's shape the model's; equal `minItems` and `maxItems` fix the length of a list"),
        );
        return None;
    }
    Some(Binding::Slot(slot))
}

fn lossy(version: Version<'_>, (name, from): (&str, Datatype), (own, to): (&str, Datatype), slots_span: Span) -> charter_spec::Diagnostic {
    let message =
        format!("`{name}` is {from} in the route, and input `{own}` of `{}` is {to}: the conversion may lose information", version.label());
    PlanCode::Lossy
        .at(version.span, message)
        .at(slots_span, format!("`{name}` is {from}"))
        .help(format!("give `{name}` the `physicalType` {to} in the contract"))
}

/// A single input of numbers with as many columns as the file names.
fn is_matrix(input: &TensorSpec, columns: &[String]) -> bool {
    let width = match input.shape.as_slice() {
        [_, Dimension::Fixed(width)] => usize::try_from(*width).ok(),
        [_, Dimension::Any] => Some(columns.len()),
        _ => None,
    };
    !columns.is_empty() && width == Some(columns.len())
}

fn matrix(
    compiler: &mut Compiler<'_>,
    version: Version<'_>,
    (input, columns): (&TensorSpec, &[String]),
    slots: &Slots,
    slots_span: Span,
) -> Option<Binding> {
    let mut packed = Vec::with_capacity(columns.len());
    let mut missing = Vec::new();
    let mut sound = true;
    for column in columns {
        let ours = our_name(&version.version.inputs, column);
        match slots.find(&ours) {
            None => missing.push(format!("`{ours}`")),
            Some((_, spec)) if !spec.datatype.widens_to(input.datatype) => {
                compiler.report(lossy(version, (&spec.name, spec.datatype), (column, input.datatype), slots_span));
                sound = false;
            }
            Some((_, spec)) if !is_single(spec) => {
                let message =
                    format!("column `{column}` of `{}` is one value a row, and input `{ours}` is {}", version.label(), shape(spec));
                compiler.report(PlanCode::Shape.at(version.span, message).at(slots_span, "the route's inputs"));
                sound = false;
            }
            Some((slot, _)) => packed.push(slot),
        }
    }
    if !missing.is_empty() {
        let message = format!("`{}` asks for columns that the route does not have: {}", version.label(), missing.join(", "));
        let help = format!(
            "add them to the contract, or say under `models.{}.versions.{}.inputs` which of {} they are",
            version.model.id.value,
            version.version.id.value,
            slots.names()
        );
        compiler.report(PlanCode::InputMissing.at(version.span, message).at(slots_span, "the route's inputs").help(help));
        return None;
    }
    sound.then_some(Binding::Columns(packed))
}

/// For each answer the index of the model's output that gives it; `None` when one cannot, which is reported.
pub(super) fn outputs(
    compiler: &mut Compiler<'_>,
    version: Version<'_>,
    (own, renamed): (&[TensorSpec], &Entries<String>),
    answers: &[TensorSpec],
    (rung, answers_span): (&str, Span),
) -> Option<Vec<u16>> {
    let mut chosen = Vec::with_capacity(answers.len());
    for answer in answers {
        let candidates = candidates(renamed, &version.version.outputs, &answer.name);
        let found = candidates.iter().find_map(|name| own.iter().position(|output| output.name == *name));
        let Some((at, output)) = found.and_then(|at| Some((at, own.get(at)?))) else {
            let names: Vec<String> = own.iter().map(|output| format!("`{}`", output.name)).collect();
            let message = format!("{rung} asks `{}`, which has no output `{}`; it has {}", version.label(), answer.name, names.join(", "));
            let help = format!("say `as: {{ {}: … }}` beside the model, with the output that is meant", answer.name);
            compiler.report(PlanCode::OutputMissing.at(version.span, message).at(answers_span, "the route's outputs").help(help));
            return None;
        };
        if !output.datatype.widens_to(answer.datatype) {
            let message = format!(
                "output `{}` of `{}` is {}, and `{}` of the route is {}: the conversion may lose information",
                output.name,
                version.label(),
                output.datatype,
                answer.name,
                answer.datatype
            );
            let help = format!("declare `output: {{ {}: {} }}`", answer.name, output.datatype);
            compiler.report(
                PlanCode::Lossy.at(version.span, message).at(answers_span, format!("`{}` is {}", answer.name, answer.datatype)).help(help),
            );
            return None;
        }
        if !shape_fits(output, answer) {
            let message = format!(
                "output `{}` of `{}` has the shape {}, and `{}` of the route {}",
                output.name,
                version.label(),
                shape(output),
                answer.name,
                shape(answer)
            );
            let help = format!("declare `output: {{ {}: \"{}{}\" }}`", answer.name, output.datatype, row_shape(output));
            compiler.report(PlanCode::Shape.at(version.span, message).at(answers_span, "the route's outputs").help(help));
            return None;
        }
        chosen.push(u16::try_from(at).ok()?);
    }
    Some(chosen)
}

/// Names that a model may have for our output, the likeliest first: what the rung says, what the version says, our own.
fn candidates(renamed: &Entries<String>, version: &Entries<String>, ours: &str) -> Vec<String> {
    let mut names = Vec::new();
    for entries in [renamed, version] {
        names.extend(entries.get(ours).cloned());
        names.extend(entries.iter().filter(|entry| entry.value.value == ours).map(|entry| entry.id.value.to_string()));
    }
    names.push(ours.to_owned());
    names
}

/// Whether every value of one shape has a place in the other. A list of any length into one of any length fits; so does one value into `[rows]`.
fn shape_fits(from: &TensorSpec, into: &TensorSpec) -> bool {
    if is_single(from) && is_single(into) {
        return true;
    }
    let (from, into) = (row_dimensions(from), row_dimensions(into));
    from.len() == into.len()
        && from.iter().zip(into).all(|(from, into)| match (from, into) {
            (_, Dimension::Any) => true,
            (Dimension::Fixed(from), Dimension::Fixed(into)) => from == into,
            (Dimension::Any, Dimension::Fixed(_)) => false,
        })
}

fn row_dimensions(spec: &TensorSpec) -> &[Dimension] {
    spec.shape.get(1..).unwrap_or(&[])
}

/// A shape as people write it: `[rows, 10]`.
pub(super) fn shape(spec: &TensorSpec) -> String {
    let mut parts = vec!["rows".to_owned()];
    parts.extend(row_dimensions(spec).iter().map(|dimension| match dimension {
        Dimension::Fixed(length) => length.to_string(),
        Dimension::Any => "any".to_owned(),
    }));
    format!("[{}]", parts.join(", "))
}

/// As `output:` writes it: `[10]`, nothing for one value a row.
fn row_shape(spec: &TensorSpec) -> String {
    if is_single(spec) {
        return String::new();
    }
    let parts: Vec<String> = row_dimensions(spec).iter().map(|dimension| i64::from(*dimension).to_string()).collect();
    format!("[{}]", parts.join(","))
}

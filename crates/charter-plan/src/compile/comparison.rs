//! What agreement between two versions means for each output, and how many copies are made.

use super::binding::is_single;
use super::compiler::Compiler;
use super::nodes::Place;
use super::{PlanCode, constants};
use crate::plan::{Agreement, Comparison, ComparisonId, Limiter, ModelId, Node};
use crate::tensor::{Datatype, TensorSpec};
use charter_spec::ast::{Compare, CompareAs, CompareOutput, Task};
use charter_spec::names::Entry;
use charter_spec::{Diagnostic, Span};

/// Differences that none are between the same weights run elsewhere.
const ABS_TOL: f64 = 1e-6;
const REL_TOL: f64 = 1e-3;
const OVERLAP_MIN: f64 = 0.8;
/// Angles up to 8 degrees.
const COSINE_MIN: f64 = 0.99;
const BOUND: f64 = 0.01;
const ALPHA: f64 = 0.05;
/// Most inputs by whose values slices are looked for without being named.
const SLICES_MAX: usize = 8;
/// Copies take at most this part of what the copied version takes.
const CONCURRENCY_PART: u32 = 10;
/// Places in a model without a limit of its own: rules, tables and constants.
const UNLIMITED: u32 = 64;

/// A comparison to be made.
pub(super) struct Wanted<'w> {
    pub(super) name: String,
    pub(super) primary: String,
    pub(super) mirror: String,
    pub(super) share: u16,
    /// The models that answer copies.
    pub(super) models: Vec<ModelId>,
    pub(super) compare: Option<&'w Compare>,
    pub(super) span: Span,
}

/// The version that a node asks, for people: `fraud@v2`; several are joined, and one without a model is known by its place.
pub(super) fn label(compiler: &Compiler<'_>, node: &Node, place: &str) -> String {
    let uses = node.uses();
    let mut labels: Vec<String> =
        uses.iter().filter_map(|call| compiler.models.get(usize::from(call.model.0))).map(crate::plan::Model::label).collect();
    labels.dedup();
    if labels.is_empty() { place.to_owned() } else { labels.join(" + ") }
}

/// Adds a comparison; `None` when something about it is wrong, which is reported.
pub(super) fn add(compiler: &mut Compiler<'_>, wanted: Wanted<'_>, place: &Place<'_>) -> Option<ComparisonId> {
    let limits: Vec<u32> = wanted.models.iter().filter_map(|model| compiler.models.get(usize::from(model.0))).map(places).collect();
    let a_part = limits.into_iter().min().unwrap_or(UNLIMITED) / CONCURRENCY_PART;
    let task = wanted.models.iter().find_map(|model| {
        let name = &compiler.models.get(usize::from(model.0))?.name;
        compiler.resolved.spec.models.get(name.as_str())?.task.as_ref().map(|task| task.value)
    });
    let written = wanted.compare;
    let mut outputs = Vec::with_capacity(place.answers.len());
    for answer in place.answers {
        let stated = written.and_then(|compare| compare.outputs.get_entry(&answer.name));
        match agreement(answer, task, stated) {
            Ok(agreement) => outputs.push(agreement),
            Err(problem) => {
                compiler.report(*problem);
                return None;
            }
        }
    }
    let slices = slices(compiler, written, place)?;
    if let Some(stray) =
        written.and_then(|compare| compare.outputs.iter().find(|entry| !place.answers.iter().any(|answer| answer.name == *entry.id.value)))
    {
        let message = format!("`{}` is compared, and it is no output here", stray.id.value);
        compiler.report(PlanCode::Combined.at(stray.id.span, message).at(place.answers_span, "the outputs"));
        return None;
    }
    let Ok(id) = u16::try_from(compiler.comparisons.len()).map(ComparisonId) else {
        compiler.report(PlanCode::TooMuch.at(wanted.span, "a plan holds at most 65,536 comparisons"));
        return None;
    };
    let stated = written.and_then(|compare| compare.concurrency.as_ref()).map(|count| super::protect::whole(&count.value));
    compiler.comparisons.push(Comparison {
        id,
        name: wanted.name,
        route: place.id,
        primary: wanted.primary,
        mirror: wanted.mirror,
        share: wanted.share,
        concurrency_max: stated.unwrap_or(a_part).max(1),
        outputs,
        bound: written.and_then(|compare| compare.bound.as_ref()).map_or(BOUND, |bound| bound.ratio()),
        alpha: written.and_then(|compare| compare.alpha.as_ref()).map_or(ALPHA, |alpha| alpha.ratio()),
        slices,
    });
    Some(id)
}

/// The answers that are compared as scores, by the tolerances of the same weights run elsewhere, because nothing says what agreement is.
pub(super) fn unstated<'p>(compiler: &Compiler<'_>, id: ComparisonId, compare: Option<&Compare>, place: &Place<'p>) -> Vec<&'p str> {
    let Some(comparison) = compiler.comparisons.get(usize::from(id.0)) else { return Vec::new() };
    let is_stated = |name: &str| compare.is_some_and(|compare| compare.outputs.contains(name));
    let strict = |(agreement, answer): &(&Agreement, &TensorSpec)| matches!(agreement, Agreement::Score { .. }) && !is_stated(&answer.name);
    comparison.outputs.iter().zip(place.answers).filter(strict).map(|(_, answer)| answer.name.as_str()).collect()
}

/// Calls that a model takes at once; for a limit that moves, where it starts.
fn places(model: &crate::plan::Model) -> u32 {
    match model.protect.limiter {
        Limiter::Off => UNLIMITED,
        Limiter::Fixed { max } => max,
        Limiter::Adaptive { initial, .. } => initial,
    }
}

/// What the charter says of an output, else what its type and the model's task say.
fn agreement(answer: &TensorSpec, task: Option<Task>, stated: Option<&Entry<CompareOutput>>) -> Result<Agreement, Box<Diagnostic>> {
    let width = constants::row_length(answer).and_then(|width| u16::try_from(width).ok()).unwrap_or(u16::MAX);
    let default = usual(answer, task, width);
    let Some(stated) = stated else { return Ok(default) };
    let kind = stated.kind.as_ref().map(|kind| kind.value);
    let score = stated.within.is_some() || stated.relative.is_some();
    let ranking = stated.first.is_some() || stated.overlap.is_some();
    let kind = kind.unwrap_or(match default {
        _ if score => CompareAs::Score,
        _ if ranking => CompareAs::Ranking,
        _ if stated.cosine.is_some() => CompareAs::Vector,
        Agreement::Class => CompareAs::Class,
        Agreement::Score { .. } => CompareAs::Score,
        Agreement::Ranking { .. } => CompareAs::Ranking,
        Agreement::Vector { .. } => CompareAs::Vector,
        Agreement::Json { .. } => CompareAs::Json,
        Agreement::Text { normalised: false } => CompareAs::Text,
        Agreement::Text { normalised: true } => CompareAs::Words,
    });
    if let Some((key, kinds)) = idle(stated, kind) {
        let message = format!("`{}` is compared as a {}, which has no `{key}:`", answer.name, kind.word());
        return Err(PlanCode::Combined.at(stated.value.span, message).help(format!("`{key}:` is for `kind: {kinds}`")).into());
    }
    let numeric = !matches!(answer.datatype, Datatype::Bytes | Datatype::Bool);
    let fits = match kind {
        CompareAs::Class => true,
        CompareAs::Score => numeric,
        CompareAs::Ranking => width > 1,
        CompareAs::Vector => width > 1 && answer.datatype.is_float(),
        CompareAs::Json | CompareAs::Text | CompareAs::Words => answer.datatype == Datatype::Bytes,
    };
    if !fits {
        let message = format!("`{}` is {}, which is not compared as a {}", answer.name, answer.datatype, kind.word());
        return Err(PlanCode::Combined.at(stated.value.span, message).help("leave `kind:` out: the type of the output decides").into());
    }
    let abs_tol = stated.within.as_ref().map_or(ABS_TOL, |within| within.value.value().abs());
    let rel_tol = stated.relative.as_ref().map_or(if stated.within.is_some() { 0.0 } else { REL_TOL }, |relative| relative.ratio());
    Ok(match kind {
        CompareAs::Class => Agreement::Class,
        CompareAs::Score => Agreement::Score { abs_tol, rel_tol },
        CompareAs::Json => Agreement::Json { abs_tol, rel_tol },
        CompareAs::Vector => Agreement::Vector { cosine_min: stated.cosine.as_ref().map_or(COSINE_MIN, |cosine| cosine.ratio()) },
        CompareAs::Ranking => Agreement::Ranking {
            k: stated.first.as_ref().map_or(width, |first| u16::try_from(first.count()).unwrap_or(width).min(width)),
            overlap_min: stated.overlap.as_ref().map_or(OVERLAP_MIN, |overlap| overlap.ratio()),
        },
        CompareAs::Text => Agreement::Text { normalised: false },
        CompareAs::Words => Agreement::Text { normalised: true },
    })
}

/// A key that says nothing about this kind, with the kinds that it is for.
fn idle(stated: &CompareOutput, kind: CompareAs) -> Option<(&'static str, &'static str)> {
    let keys = [
        ("within", stated.within.is_some(), matches!(kind, CompareAs::Score | CompareAs::Json), "score` or `json"),
        ("relative", stated.relative.is_some(), matches!(kind, CompareAs::Score | CompareAs::Json), "score` or `json"),
        ("first", stated.first.is_some(), kind == CompareAs::Ranking, "ranking"),
        ("overlap", stated.overlap.is_some(), kind == CompareAs::Ranking, "ranking"),
        ("cosine", stated.cosine.is_some(), kind == CompareAs::Vector, "vector"),
    ];
    keys.into_iter().find(|(_, written, used, _)| *written && !used).map(|(key, _, _, kinds)| (key, kinds))
}

fn usual(answer: &TensorSpec, task: Option<Task>, width: u16) -> Agreement {
    match answer.datatype {
        Datatype::Bytes if task == Some(Task::Generation) => Agreement::Text { normalised: true },
        Datatype::Bytes | Datatype::Bool => Agreement::Class,
        datatype if datatype.is_float() && width > 1 && task == Some(Task::Embedding) => Agreement::Vector { cosine_min: COSINE_MIN },
        datatype if datatype.is_float() => Agreement::Score { abs_tol: ABS_TOL, rel_tol: REL_TOL },
        _ if width > 1 && matches!(task, Some(Task::Ranking | Task::Recommendation)) => {
            Agreement::Ranking { k: width, overlap_min: OVERLAP_MIN }
        }
        _ => Agreement::Class,
    }
}

/// Inputs by whose values slices are looked for: few values each, or text.
fn slices(compiler: &mut Compiler<'_>, written: Option<&Compare>, place: &Place<'_>) -> Option<Vec<String>> {
    let inputs: Vec<&TensorSpec> = place.slots.single().collect();
    if let Some(stated) = written.map(|compare| &compare.slices).filter(|slices| slices.is_written()) {
        if let Some(unknown) = stated.iter().find(|name| !inputs.iter().any(|input| input.name == name.value)) {
            let message = format!("slices are looked for by `{}`, which is no input of one value a row", unknown.value);
            compiler.report(PlanCode::InputMissing.at(unknown.span, message).at(place.slots_span, "the route's inputs"));
            return None;
        }
        return Some(stated.iter().map(|name| name.value.clone()).collect());
    }
    let few = |spec: &&&TensorSpec| {
        use Datatype::{Bool, Bytes, Int8, Int16, Uint8, Uint16};
        is_single(spec) && matches!(spec.datatype, Bytes | Bool | Int8 | Int16 | Uint8 | Uint16)
    };
    Some(inputs.iter().filter(few).take(SLICES_MAX).map(|spec| spec.name.clone()).collect())
}

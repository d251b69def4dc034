//! Nodes that combine others: shadows, cascades, ensembles and caches.

use super::compiler::{Compiler, text};
use super::nodes::{self, Place};
use super::{ExpressionPlace, PlanCode, comparison, inline, limits, split};
use crate::plan::{Cache, CacheId, CascadeStep as PlanStep, Combine as PlanCombine, Confidence, Ensemble, Member, Node, Scope};
use crate::tensor::Datatype;
use charter_spec::ast::{CacheNode, CacheScope, CascadeNode, CascadeTerms, Combine, EnsembleNode, Expressions, ShadowNode};
use charter_spec::names::Entry;
use charter_spec::{Span, Spanned};

/// Steps of a cascade and members of an ensemble: each call may ask them all.
const NODES_MAX: usize = 32;
/// Memory of a cache whose charter gives no number.
const CACHE_BYTES: u64 = 64_000_000;

pub(super) fn shadow(compiler: &mut Compiler<'_>, node: &ShadowNode, place: &Place<'_>, span: Span) -> Option<Node> {
    let written = node.shadow.as_ref()?;
    let inner = |answer: &Spanned<Box<charter_spec::ast::Answer>>| Spanned::new((*answer.value).clone(), answer.span);
    let (of, to) = (inner(written.of.as_ref()?), inner(written.to.as_ref()?));
    let below = place.below(format!("{}-of", place.name), format!("`of` of {}", place.rung));
    let primary = nodes::node(compiler, &of, &below);
    // What gets copies never takes over, so no rollout takes place in it.
    let below = place.below(format!("{}-to", place.name), format!("`to` of {}", place.rung));
    let mirror = nodes::node(compiler, &to, &Place { pinned: true, ..below });
    let (primary, mirror) = (primary?, mirror?);
    let wanted = comparison::Wanted {
        name: place.path(),
        primary: comparison::label(compiler, &primary, &place.path()),
        mirror: comparison::label(compiler, &mirror, &place.path()),
        share: written.share.as_ref().map_or(10_000, |share| split::part(&share.value).max(1)),
        models: mirror.uses().iter().map(|call| call.model).collect(),
        compare: written.compare.as_ref().map(|compare| &compare.value),
        span,
    };
    let comparison = comparison::add(compiler, wanted, place)?;
    Some(Node::Shadow { comparison, primary: Box::new(primary), mirror: Box::new(mirror) })
}

pub(super) fn cascade(compiler: &mut Compiler<'_>, node: &CascadeNode, place: &Place<'_>, span: Span) -> Option<Node> {
    let count = node.cascade.len();
    if !(2..=NODES_MAX).contains(&count) {
        compiler.report(PlanCode::Combined.at(span, format!("a cascade has {count} steps; 2 to {NODES_MAX} are possible")));
        return None;
    }
    let mut steps = Vec::with_capacity(count);
    let mut sound = true;
    for (at, step) in node.cascade.iter().enumerate() {
        let terms = &step.value.terms;
        let name = terms.name.as_ref().map_or_else(|| format!("step-{}", at + 1), |name| name.value.clone());
        let below = place.below(format!("{}-{name}", place.name), format!("step `{name}` of {}", place.rung));
        let node = nodes::node(compiler, &step.value.answer, &below);
        let confidence = confidence(compiler, terms, at + 1 == count, (&name, step.span), place);
        match (node, confidence) {
            (Some(node), Ok(confidence)) => {
                let cost_per_row = terms.cost.as_ref().map_or(0.0, |cost| cost.amount());
                steps.push(PlanStep { name, node, confidence, cost_per_row });
            }
            _ => sound = false,
        }
    }
    sound.then_some(Node::Cascade { steps })
}

/// When a step's answer stands: every step but the last says so. An `Err` was reported.
fn confidence(
    compiler: &mut Compiler<'_>,
    terms: &CascadeTerms,
    last: bool,
    (name, span): (&str, Span),
    place: &Place<'_>,
) -> Result<Option<Confidence>, ()> {
    let (sure, min) = match (&terms.sure, &terms.at_least) {
        (None, None) if last => return Ok(None),
        (Some(sure), _) if last => {
            let message = format!("step `{name}` is the last, and its answer stands however sure it is");
            compiler.report(PlanCode::Combined.at(sure.span, message).help("remove `sure:`, or add a step below"));
            return Err(());
        }
        (Some(sure), Some(min)) => (sure, min),
        _ => {
            let message = format!("step `{name}` does not say when its answer stands");
            let help = "write `sure: \"max(score, 1.0 - score)\"` and `at_least: 0.9`; only the last step goes without";
            compiler.report(PlanCode::Combined.at(span, message).help(help));
            return Err(());
        }
    };
    if !(min.value.value() > 0.0 && min.value.value() <= 1.0) {
        compiler.report(PlanCode::Combined.at(min.span, "a confidence is above 0 and at most 1"));
        return Err(());
    }
    compiler.expressions.push(ExpressionPlace {
        text: sure.value.clone(),
        span: sure.span,
        variables: inline::decision_variables(place.slots, place.answers),
        result: Datatype::Fp64,
        route: place.route.to_owned(),
    });
    Ok(Some(Confidence { expression: sure.value.clone(), min: min.value.value() }))
}

pub(super) fn ensemble(compiler: &mut Compiler<'_>, node: &EnsembleNode, place: &Place<'_>, span: Span) -> Option<Node> {
    let count = node.ensemble.len();
    if !(2..=NODES_MAX).contains(&count) {
        compiler.report(PlanCode::Combined.at(span, format!("an ensemble has {count} members; 2 to {NODES_MAX} are possible")));
        return None;
    }
    let mut members = Vec::with_capacity(count);
    let mut sound = true;
    for member in &node.ensemble {
        let name = text(&member.id.value);
        let below = place.below(format!("{}-{name}", place.name), format!("member `{name}` of {}", place.rung));
        match nodes::node(compiler, &member.answer, &below) {
            Some(node) => {
                let weight = member.terms.weight.as_ref().map_or(1.0, |weight| weight.factor());
                members.push(Member { name: name.to_owned(), node, weight });
            }
            None => sound = false,
        }
    }
    let combine = combined(compiler, node, place, span)?;
    let all = u8::try_from(count).unwrap_or(u8::MAX);
    let quorum = match &node.quorum {
        None => all,
        Some(written) => {
            let quorum = u8::try_from(written.count()).unwrap_or(u8::MAX);
            let by_rule = matches!(combine, PlanCombine::Rule { .. });
            if quorum > all || (by_rule && quorum < all) {
                let why = if by_rule { "a rule needs the answers of all" } else { "there are no more" };
                compiler.report(PlanCode::Combined.at(written.span, format!("a quorum of {quorum} of {count} members: {why}")));
                return None;
            }
            quorum
        }
    };
    sound.then_some(Node::Ensemble(Ensemble { members, combine, quorum }))
}

fn combined(compiler: &mut Compiler<'_>, node: &EnsembleNode, place: &Place<'_>, span: Span) -> Option<PlanCombine> {
    let written_at = node.combine.as_ref().map_or(span, |combine| combine.span);
    match node.combine.as_ref().map(|combine| &combine.value) {
        Some(Combine::Vote) => Some(PlanCombine::Vote),
        Some(Combine::Mean) | None => {
            if let Some(answer) = place.answers.iter().find(|answer| !answer.datatype.is_float()) {
                let message = format!("`{}` is {}, and only floating-point numbers have a mean", answer.name, answer.datatype);
                let help = "write `combine: vote`, or `combine: { rule: … }`";
                compiler.report(PlanCode::Combined.at(written_at, message).at(place.answers_span, "the route's outputs").help(help));
                return None;
            }
            Some(PlanCombine::Mean)
        }
        Some(Combine::Rule(rule)) => by_rule(compiler, rule.rule.as_ref()?, node, place),
    }
}

fn by_rule(compiler: &mut Compiler<'_>, rule: &Spanned<Expressions>, node: &EnsembleNode, place: &Place<'_>) -> Option<PlanCombine> {
    if let Some(member) = node.ensemble.iter().find(|member| !is_name(text(&member.id.value))) {
        let message = format!("`{}` cannot be the start of a name in CEL", member.id.value);
        compiler.report(PlanCode::Combined.at(member.id.span, message).at(rule.span, "the rule").help("use letters, digits and `_` only"));
        return None;
    }
    let mut variables = Vec::new();
    for member in &node.ensemble {
        let single = place.answers.iter().filter(|answer| super::binding::is_single(answer));
        variables.extend(single.map(|answer| (format!("{}_{}", member.id.value, answer.name), answer.datatype)));
    }
    let mut expressions = Vec::with_capacity(place.answers.len());
    for answer in place.answers {
        let found: Option<(&str, Span)> = match &rule.value {
            Expressions::One(expression) if place.answers.len() == 1 => Some((expression, rule.span)),
            Expressions::One(_) => None,
            Expressions::ByOutput(entries) => {
                entries.get_entry(&answer.name).map(|entry: &Entry<String>| (entry.value.value.as_str(), entry.value.span))
            }
        };
        let Some((expression, span)) = found else {
            inline::missing(compiler, &answer.name, "rule", place, rule.span);
            return None;
        };
        compiler.expressions.push(ExpressionPlace {
            text: expression.to_owned(),
            span,
            variables: variables.clone(),
            result: answer.datatype,
            route: place.route.to_owned(),
        });
        expressions.push(expression.to_owned());
    }
    Some(PlanCombine::Rule { expressions })
}

/// Whether CEL takes it as a name.
fn is_name(name: &str) -> bool {
    name.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

pub(super) fn cache(compiler: &mut Compiler<'_>, node: &CacheNode, place: &Place<'_>) -> Option<Node> {
    let written = node.cache.as_ref()?;
    let of = written.of.as_ref()?;
    let ttl_ms = super::protect::long_millis(&written.ttl.as_ref()?.value);
    let below = place.below(format!("{}-of", place.name), format!("`of` of {}", place.rung));
    let inner = nodes::node(compiler, &Spanned::new((*of.value).clone(), of.span), &below)?;
    let id = CacheId(u16::try_from(compiler.caches.len()).ok()?);
    let scope = match written.scope.as_ref().map(|scope| scope.value) {
        Some(CacheScope::Everyone) => Scope::Everyone,
        Some(CacheScope::Identity) | None => Scope::Identity,
    };
    let bytes_max = written.max.as_ref().map_or(CACHE_BYTES, |max| limits::bytes(&max.value));
    compiler.caches.push(Cache { id, name: place.path(), ttl_ms, bytes_max, scope });
    Some(Node::Cache { cache: id, node: Box::new(inner) })
}

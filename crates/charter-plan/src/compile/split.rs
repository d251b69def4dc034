//! Splits: one of several arms answers each call.

use super::PlanCode;
use super::binding::is_single;
use super::compiler::Compiler;
use super::nodes::{self, Place};
use crate::plan::{Node, Split, Use, WeightedNode};
use charter_spec::ast::{SplitBy, SplitNode};
use charter_spec::quantity::Share;
use charter_spec::{Span, Spanned};

/// The parts that weights are kept in.
const PARTS: f64 = 10_000.0;

/// A share in parts per 10,000.
pub(super) fn part(share: &Share) -> u16 {
    u16::try_from(crate::resolved::whole((share.ratio() * PARTS).round())).unwrap_or(10_000).min(10_000)
}

/// A canary that keeps its share.
pub(super) fn canary(compiler: &mut Compiler<'_>, stable: Use, tried: Use, weight: &Spanned<Share>, place: &Place<'_>) -> Option<Node> {
    let parts = part(&weight.value);
    if !(1..10_000).contains(&parts) {
        compiler.report(PlanCode::Weights.at(weight.span, "a canary's share is at least 0.01 % and below 100 %"));
        return None;
    }
    let arms =
        vec![WeightedNode { weight: 10_000 - parts, node: Node::Model(stable) }, WeightedNode { weight: parts, node: Node::Model(tried) }];
    Some(Node::Split(Split { arms, key: None, salt: place.path() }))
}

pub(super) fn split(compiler: &mut Compiler<'_>, node: &SplitNode, place: &Place<'_>, span: Span) -> Option<Node> {
    let ratios: Vec<f64> = node.split.iter().map(|arm| arm.value.terms.weight.as_ref().map_or(0.0, |weight| weight.ratio())).collect();
    let total: f64 = ratios.iter().sum();
    if (total - 1.0).abs() > 1e-6 || ratios.is_empty() {
        let terms: Vec<String> = ratios.iter().map(|ratio| crate::arithmetic::derivation::percent(*ratio)).collect();
        let sum = crate::arithmetic::derivation::percent(total);
        let problem = PlanCode::Weights.at(span, format!("the weights of the arms add up to {sum}"));
        compiler.report(problem.sum(format!("{} = {sum}", terms.join(" + "))).help("make them add up to 100 %"));
        return None;
    }
    let weights = parts(&ratios);
    if let Some((at, arm)) = node.split.iter().zip(&weights).enumerate().find_map(|(at, (arm, weight))| (*weight == 0).then_some((at, arm)))
    {
        let name = arm.value.terms.name.as_ref().map_or_else(|| format!("arm-{}", at + 1), |name| name.value.clone());
        let place = arm.value.terms.weight.as_ref().map_or(arm.span, |weight| weight.span);
        let problem = PlanCode::Weights.at(place, format!("no call goes to arm `{name}`"));
        compiler.report(problem.help("give it at least 0.01 %, or remove it"));
        return None;
    }
    let mut arms = Vec::with_capacity(ratios.len());
    let mut sound = true;
    for (at, (arm, weight)) in node.split.iter().zip(weights).enumerate() {
        let name = arm.value.terms.name.as_ref().map_or_else(|| format!("arm-{}", at + 1), |name| name.value.clone());
        let below = place.below(format!("{}-{name}", place.name), format!("arm `{name}` of {}", place.rung));
        match nodes::node(compiler, &arm.value.answer, &below) {
            Some(node) => arms.push(WeightedNode { weight, node }),
            None => sound = false,
        }
    }
    let key = match &node.by {
        Some(by) => key(compiler, by, place)?,
        None => None,
    };
    let salt = node.salt.as_ref().map_or_else(|| place.path(), |salt| salt.value.clone());
    sound.then_some(Node::Split(Split { arms, key, salt }))
}

/// The input that is hashed where a call brings no key; `None` when what is named is none, which is reported.
#[allow(clippy::option_option, reason = "the outer one says that a problem was reported, as everywhere here")]
fn key(compiler: &mut Compiler<'_>, by: &Spanned<SplitBy>, place: &Place<'_>) -> Option<Option<String>> {
    match &by.value {
        SplitBy::Random => Some(None),
        SplitBy::Key => Some(place.slots.find("key").map(|_| "key".to_owned())),
        SplitBy::Input(name) => unit_input(compiler, &Spanned::new(name.clone(), by.span), place).map(Some),
    }
}

/// An input of one value a row by whose first row calls are assigned.
pub(super) fn unit_input(compiler: &mut Compiler<'_>, name: &Spanned<String>, place: &Place<'_>) -> Option<String> {
    match place.slots.find(&name.value) {
        Some((_, spec)) if is_single(spec) => Some(name.value.clone()),
        Some(_) => {
            let message = format!("`{}` is a list, and calls are assigned by one value", name.value);
            compiler.report(PlanCode::Shape.at(name.span, message).at(place.slots_span, "the route's inputs"));
            None
        }
        None => {
            let message = format!("calls are assigned by `{}`, which is no input of the route", name.value);
            let problem = PlanCode::InputMissing.at(name.span, message).at(place.slots_span, "the route's inputs");
            compiler.report(problem.help("name one of its inputs, or leave it out: then the key that a call brings decides"));
            None
        }
    }
}

/// Shares in parts per 10,000 that add up to 10,000: rounded down, then the largest remainders up.
pub(super) fn parts(ratios: &[f64]) -> Vec<u16> {
    let exact: Vec<f64> = ratios.iter().map(|ratio| ratio * PARTS).collect();
    let mut parts: Vec<u16> = exact.iter().map(|part| u16::try_from(crate::resolved::whole(part.floor())).unwrap_or(10_000)).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let rest = |at: &usize| exact.get(*at).map_or(0.0, |part| part.fract());
    order.sort_by(|left, right| rest(right).total_cmp(&rest(left)));
    let given: u32 = parts.iter().map(|part| u32::from(*part)).sum();
    let missing = 10_000_u32.saturating_sub(given);
    for at in order.iter().cycle().take(usize::try_from(missing).unwrap_or(0)) {
        if let Some(part) = parts.get_mut(*at) {
            *part += 1;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::parts;
    use proptest::prelude::*;

    #[test]
    fn thirds_add_up() {
        assert_eq!(parts(&[1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0]), [3_334, 3_333, 3_333]);
        assert_eq!(parts(&[0.05, 0.95]), [500, 9_500]);
    }

    proptest! {
        #[test]
        fn parts_always_add_up(weights in proptest::collection::vec(1_u32..1_000, 1..20)) {
            let total: u32 = weights.iter().sum();
            let ratios: Vec<f64> = weights.iter().map(|weight| f64::from(*weight) / f64::from(total)).collect();
            let parts = parts(&ratios);
            prop_assert_eq!(parts.iter().map(|part| u32::from(*part)).sum::<u32>(), 10_000);
            for (part, ratio) in parts.iter().zip(&ratios) {
                prop_assert!((f64::from(*part) - ratio * 10_000.0).abs() <= 1.0);
            }
        }
    }
}

//! What makes two calls the same: a hash of 256 bits over everything that an answer depends on.
//!
//! SHA-256 (FIPS 180-4), so that nobody can find two calls that share an answer without being the same; inputs need not be kept to be compared.
//! How long an answer is kept does not belong here.

use crate::controls::{Controls, Stage};
use crate::tensor::{Tensor, Values};
use charter_plan::Plan;
use charter_plan::plan::{Binding, CacheId, Ensemble, ExperimentId, ModelId, Node, RolloutId, Route, Scope, Use};
use charter_plan::tensor::TensorSpec;
use sha2::{Digest, Sha256};
use smallvec::SmallVec;
use std::fmt::Write;

pub(crate) type Key = [u8; 32];

/// What is worked out once for a cache.
#[derive(Debug)]
pub(crate) struct Keyed {
    /// Hash of what never changes while a plan is served: the models below with their sources and signatures, how they are asked, and what is expected.
    fixed: Key,
    /// Slots that the answer depends on.
    slots: Vec<u16>,
    /// The answer depends on the call's key.
    by_key: bool,
    scope: Scope,
    rollouts: Vec<Below>,
    experiments: Vec<ExperimentId>,
    /// Models below, in the order in which `fixed` names them: the same for whoever has the same key.
    models: Vec<ModelId>,
}

/// A rollout below a cache.
#[derive(Clone, Copy, Debug)]
struct Below {
    rollout: RolloutId,
    stable: ModelId,
    candidate: ModelId,
}

/// Which version each rollout below answers with: one bit a rollout, set for the candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Versions(u64);

/// More rollouts below one cache than this: it is always bypassed.
const ROLLOUTS_MAX: usize = 64;

impl Keyed {
    pub(crate) fn prepare(
        plan: &Plan,
        route: &Route,
        cache: CacheId,
        node: &Node,
        visible: &[&TensorSpec],
        expected: &[TensorSpec],
    ) -> Self {
        let scope = plan.caches.get(usize::from(cache.0)).map_or(Scope::Identity, |cache| cache.scope);
        let mut walk = Walk {
            plan,
            route,
            text: String::new(),
            slots: Vec::new(),
            by_key: false,
            rollouts: Vec::new(),
            experiments: Vec::new(),
            models: Vec::new(),
        };
        walk.say(format_args!("{expected:?}"));
        walk.node(node);
        // Slots beyond those visible here are filled below.
        walk.slots.retain(|&slot| usize::from(slot) < visible.len());
        if uses_every_slot(node) {
            walk.slots = (0..visible.len()).filter_map(|slot| u16::try_from(slot).ok()).collect();
        }
        walk.slots.sort_unstable();
        walk.slots.dedup();
        let Walk { text, slots, by_key, rollouts, experiments, models, .. } = walk;
        Self { fixed: Sha256::digest(text.as_bytes()).into(), slots, by_key, scope, rollouts, experiments, models }
    }

    /// Where a model stands among those below.
    pub(crate) fn position(&self, model: ModelId) -> Option<usize> {
        self.models.iter().position(|&below| below == model)
    }

    /// The model at a [`position`](Self::position), also one from a plan before.
    pub(crate) fn model(&self, position: usize) -> Option<ModelId> {
        self.models.get(position).copied()
    }

    /// Which versions answer now; `None` while a rollout splits calls or an experiment runs, when answers are not to be shared.
    pub(crate) fn versions(&self, controls: &Controls) -> Option<Versions> {
        let running = |&id: &ExperimentId| controls.experiment(id).is_some_and(|control| control.running());
        if self.rollouts.len() > ROLLOUTS_MAX || self.experiments.iter().any(running) {
            return None;
        }
        let mut bits = 0_u64;
        for (position, below) in self.rollouts.iter().enumerate() {
            match controls.rollout(below.rollout).map_or(Stage::Stable, |control| control.stage()) {
                Stage::Stable | Stage::Shadow => {}
                Stage::Canary(_) => return None,
                Stage::Full => bits |= 1 << position,
            }
        }
        Some(Versions(bits))
    }

    /// Whether a model stands in for the version that a rollout has come to: such an answer is right, but not to be kept.
    pub(crate) fn stands_in(&self, versions: Versions, model: ModelId) -> bool {
        self.rollouts.iter().enumerate().any(|(position, below)| {
            let candidate = versions.0 >> position & 1 == 1;
            below.stable != below.candidate && model == if candidate { below.stable } else { below.candidate }
        })
    }

    /// The key of a call.
    pub(crate) fn key(&self, versions: Versions, identity: Option<&str>, key: Option<&str>, slots: &[&Tensor], rows: usize) -> Key {
        let mut bytes = SmallVec::<[u8; 1024]>::new();
        bytes.extend_from_slice(&self.fixed);
        bytes.extend_from_slice(&versions.0.to_le_bytes());
        match self.scope {
            Scope::Everyone => bytes.push(0),
            Scope::Identity => text(&mut bytes, identity),
        }
        if self.by_key {
            text(&mut bytes, key);
        }
        bytes.extend_from_slice(&(rows as u64).to_le_bytes());
        for &slot in &self.slots {
            match slots.get(usize::from(slot)) {
                Some(tensor) => value(&mut bytes, tensor),
                None => bytes.push(u8::MAX),
            }
        }
        Sha256::digest(&bytes).into()
    }
}

/// What goes over a graph to find out what its answer depends on.
struct Walk<'a> {
    plan: &'a Plan,
    route: &'a Route,
    /// Names instead of ids: ids shift when something else is added to the charter.
    text: String,
    slots: Vec<u16>,
    by_key: bool,
    rollouts: Vec<Below>,
    experiments: Vec<ExperimentId>,
    models: Vec<ModelId>,
}

impl Walk<'_> {
    fn say(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing into memory does not fail.
        let _ = writeln!(self.text, "{what}");
    }

    fn node(&mut self, at: &Node) {
        match at {
            Node::Model(call) => self.call(call),
            Node::Split(split) => {
                self.by_key = true;
                self.input(split.key.as_deref());
                self.say(format_args!("split {:?} {:?}", split.salt, split.key));
                for arm in &split.arms {
                    self.say(format_args!("arm {}", arm.weight));
                    self.node(&arm.node);
                }
            }
            Node::Ladder { rungs } => self.each("ladder", rungs.len(), rungs.iter().map(|rung| &rung.node)),
            Node::Sequence { steps } => {
                for step in steps {
                    self.say(format_args!("step {:?}", step.outputs));
                    self.node(&step.node);
                }
            }
            Node::Rollout { rollout, stable, candidate } => {
                self.say(format_args!("rollout"));
                self.rollouts.push(Below { rollout: *rollout, stable: stable.model, candidate: candidate.model });
                self.call(stable);
                self.call(candidate);
            }
            Node::Experiment { experiment, arms } => {
                self.experiments.push(*experiment);
                self.each("experiment", arms.len(), arms.iter());
            }
            // Copies change no answer.
            Node::Shadow { primary, .. } => self.node(primary),
            Node::Cascade { steps } => {
                for step in steps {
                    self.say(format_args!("cascade {:?}", step.confidence));
                    self.node(&step.node);
                }
            }
            Node::Ensemble(Ensemble { members, combine, quorum }) => {
                self.say(format_args!("ensemble {combine:?} {quorum}"));
                for member in members {
                    self.say(format_args!("member {:?} {}", member.name, member.weight));
                    self.node(&member.node);
                }
            }
            Node::Cache { node, .. } => self.node(node),
        }
    }

    fn each<'n>(&mut self, kind: &str, count: usize, nodes: impl Iterator<Item = &'n Node>) {
        self.say(format_args!("{kind} {count}"));
        nodes.for_each(|node| self.node(node));
    }

    fn call(&mut self, call: &Use) {
        let plan = self.plan;
        self.models.push(call.model);
        if let Some(model) = plan.models.get(usize::from(call.model.0)) {
            let label = model.label();
            self.say(format_args!("{label:?} {:?} {:?} {:?}", model.source, model.inputs, model.outputs));
        }
        self.say(format_args!("{:?} {:?}", call.inputs, call.outputs));
        for binding in &call.inputs {
            match binding {
                Binding::Slot(slot) => self.slots.push(*slot),
                Binding::Columns(slots) => self.slots.extend(slots),
            }
        }
    }

    fn input(&mut self, name: Option<&str>) {
        let position = name.and_then(|name| self.route.inputs.iter().position(|input| input.name == name));
        self.slots.extend(position.and_then(|position| u16::try_from(position).ok()));
    }
}

/// Expressions over inputs may use any of them.
fn uses_every_slot(node: &Node) -> bool {
    matches!(node, Node::Cascade { .. }) || node.children().into_iter().any(uses_every_slot)
}

fn text(bytes: &mut SmallVec<[u8; 1024]>, text: Option<&str>) {
    match text {
        None => bytes.push(0),
        Some(text) => {
            bytes.push(1);
            bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
    }
}

/// Datatype, shape and every bit of the values: two NaN differ where their bits do.
fn value(bytes: &mut SmallVec<[u8; 1024]>, tensor: &Tensor) {
    bytes.push(tensor.datatype() as u8);
    bytes.push(tensor.shape().len() as u8);
    for &length in tensor.shape() {
        bytes.extend_from_slice(&(length as u64).to_le_bytes());
    }
    macro_rules! all {
        ($values:expr) => {{
            bytes.reserve(std::mem::size_of_val($values.as_slice()));
            $values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        }};
    }
    match tensor.values() {
        Values::Bool(values) => bytes.extend(values.iter().map(|&value| u8::from(value))),
        Values::Uint8(values) => bytes.extend_from_slice(values),
        Values::Uint16(values) => all!(values),
        Values::Uint32(values) => all!(values),
        Values::Uint64(values) => all!(values),
        Values::Int8(values) => all!(values),
        Values::Int16(values) => all!(values),
        Values::Int32(values) => all!(values),
        Values::Int64(values) => all!(values),
        Values::Fp16(values) => all!(values),
        Values::Bf16(values) => all!(values),
        Values::Fp32(values) => all!(values),
        Values::Fp64(values) => all!(values),
        Values::Bytes(texts) => {
            for text in texts.iter() {
                bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
                bytes.extend_from_slice(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Small tensors of several types and shapes, so that unlike ones often have the same bytes.
    fn tensor() -> impl Strategy<Value = Tensor> {
        let numbers = prop::collection::vec(0_u8..3, 0..5);
        let texts = prop::collection::vec(prop::collection::vec(0_u8..2, 0..4), 0..4);
        (numbers, texts, 0_u8..6, any::<bool>()).prop_map(|(numbers, texts, kind, wide)| {
            let values = match kind {
                0 => Values::Uint8(numbers),
                1 => Values::Int8(numbers.into_iter().map(|number| number as i8).collect()),
                2 => Values::Bool(numbers.into_iter().map(|number| number > 0).collect()),
                3 => Values::Uint16(numbers.into_iter().map(u16::from).collect()),
                4 => Values::Fp32(numbers.into_iter().map(f32::from).collect()),
                _ => Values::Bytes(texts.into_iter().collect()),
            };
            let count = values.len();
            let shape: Vec<usize> = if wide { vec![1, count] } else { vec![count] };
            Tensor::new(shape, values).expect("a tensor")
        })
    }

    fn bytes(tensors: &[Tensor]) -> Vec<u8> {
        let mut bytes = SmallVec::new();
        tensors.iter().for_each(|tensor| value(&mut bytes, tensor));
        bytes.to_vec()
    }

    proptest! {
        #[test]
        fn only_the_same_inputs_are_hashed_as_the_same_bytes(
            one in prop::collection::vec(tensor(), 2),
            other in prop::collection::vec(tensor(), 2),
        ) {
            prop_assert_eq!(bytes(&one) == bytes(&other), one == other);
            // Nor does one input's end ever read as the beginning of the next.
            prop_assert!(one[0] == other[0] || !bytes(&one[..1]).starts_with(&bytes(&other[..1])));
        }
    }

    #[test]
    fn a_name_is_not_the_absence_of_one() {
        let told = |name: Option<&str>| {
            let mut bytes = SmallVec::new();
            text(&mut bytes, name);
            bytes.to_vec()
        };
        assert_ne!(told(None), told(Some("")));
        assert_ne!(told(Some("a")), told(Some("ab")));
    }
}

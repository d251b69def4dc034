//! Exactly one arm answers, chosen by weight.
//!
//! Sticky by key: the bucket is flagd's high-precision fractional one (open-feature/flagd, architecture decision "High-Precision Fractional Bucketing",
//! pull request 1909): `(murmur3_x86_32(key, seed 0) × weights) >> 32`. Without a key the call's seed chooses.
//!
//! Whether an arm deserves its weight does not belong here.

use super::Frame;
use crate::chance::{Purpose, derive};
use crate::tensor::Values;
use charter_plan::plan::WeightedNode;

/// The arm that answers; `None` without arms or weights. What is hashed is the call's key, else the first row of the input that `key` names.
pub(crate) fn choose<'a>(frame: &Frame<'_>, arms: &'a [WeightedNode], key: Option<&str>) -> Option<&'a WeightedNode> {
    let hash = match (frame.key, key) {
        (Some(value), _) => murmur3(value.as_bytes()),
        (None, Some(name)) => match input_text(frame, name) {
            Some(text) => murmur3(&text),
            None => chance(frame),
        },
        (None, None) => chance(frame),
    };
    arm(arms, hash)
}

fn chance(frame: &Frame<'_>) -> u32 {
    (derive(frame.context.seed, Purpose::Split, u64::from(frame.depth)) >> 32) as u32
}

/// The arm that a hash falls into.
fn arm(arms: &[WeightedNode], hash: u32) -> Option<&WeightedNode> {
    let total: u64 = arms.iter().map(|arm| u64::from(arm.weight)).sum();
    let bucket = (u64::from(hash) * total) >> 32;
    let mut below = 0;
    arms.iter().find(|arm| {
        below += u64::from(arm.weight);
        bucket < below
    })
}

/// What the first row of an input says, as text.
fn input_text(frame: &Frame<'_>, name: &str) -> Option<Vec<u8>> {
    let position = frame.route.inputs.iter().position(|input| input.name == name)?;
    let text = match frame.slots.get(position)?.values() {
        Values::Bytes(texts) => return texts.get(0).map(<[u8]>::to_vec),
        Values::Bool(values) => values.first()?.to_string(),
        Values::Uint8(values) => values.first()?.to_string(),
        Values::Uint16(values) => values.first()?.to_string(),
        Values::Uint32(values) => values.first()?.to_string(),
        Values::Uint64(values) => values.first()?.to_string(),
        Values::Int8(values) => values.first()?.to_string(),
        Values::Int16(values) => values.first()?.to_string(),
        Values::Int32(values) => values.first()?.to_string(),
        Values::Int64(values) => values.first()?.to_string(),
        Values::Fp16(values) => values.first()?.to_string(),
        Values::Bf16(values) => values.first()?.to_string(),
        Values::Fp32(values) => values.first()?.to_string(),
        Values::Fp64(values) => values.first()?.to_string(),
    };
    Some(text.into_bytes())
}

/// MurmurHash3, x86, 32 bits, seed 0 (Austin Appleby, public domain description).
pub(crate) fn murmur3(bytes: &[u8]) -> u32 {
    const C1: u32 = 0xcc9e_2d51;
    const C2: u32 = 0x1b87_3593;
    let scramble = |block: u32| block.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2);
    let mut hash = 0_u32;
    let (blocks, tail) = bytes.as_chunks::<4>();
    for block in blocks {
        hash = (hash ^ scramble(u32::from_le_bytes(*block))).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let rest = tail.iter().rev().fold(0_u32, |rest, &byte| (rest << 8) | u32::from(byte));
    // Scrambling no bytes gives zero, which changes nothing.
    hash ^= scramble(rest);
    hash ^= bytes.len() as u32;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_plan::plan::{ModelId, Node, Use};
    use proptest::prelude::*;

    fn arms(weights: &[u16]) -> Vec<WeightedNode> {
        let node = |index: usize| Node::Model(Use { model: ModelId(index as u16), inputs: Vec::new(), outputs: Vec::new() });
        weights.iter().enumerate().map(|(index, &weight)| WeightedNode { weight, node: node(index) }).collect()
    }

    #[test]
    fn the_hash_is_murmur3_of_32_bits() {
        // Vectors of the reference implementation's verification and of flagd's own test bed.
        assert_eq!(murmur3(b""), 0);
        assert_eq!(murmur3(b"test"), 0xba6b_d213);
        assert_eq!(murmur3(b"Hello, world!"), 0xc036_3e43);
        assert_eq!(murmur3(b"The quick brown fox jumps over the lazy dog"), 0x2e4f_f723);
    }

    #[test]
    fn a_share_of_keys_goes_to_each_arm() {
        let arms = arms(&[500, 9_500]);
        let canary =
            (0..20_000).filter(|user| arm(&arms, murmur3(format!("user-{user}").as_bytes())).expect("an arm").weight == 500).count();
        assert!((850..1_150).contains(&canary), "{canary} of 20,000");
    }

    #[test]
    fn an_arm_without_weight_never_answers() {
        let arms = arms(&[0, 10_000]);
        assert!([0, 1, u32::MAX / 2, u32::MAX].iter().all(|&hash| arm(&arms, hash).expect("an arm").weight == 10_000));
    }

    proptest! {
        #[test]
        fn widening_the_first_arm_moves_nobody_out_of_it(hash in any::<u32>(), narrow in 0_u16..5_000, more in 0_u16..5_000) {
            let (before, after) = (arms(&[narrow, 10_000 - narrow]), arms(&[narrow + more, 10_000 - narrow - more]));
            let in_first = |arms: &[WeightedNode]| matches!(&arm(arms, hash).expect("an arm").node, Node::Model(call) if call.model == ModelId(0));
            prop_assert!(!in_first(&before) || in_first(&after));
        }
    }
}

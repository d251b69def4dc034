//! Who gets what: the same key always the same part, and a wider part keeps everyone that it had.
//!
//! The bucket is flagd's high-precision fractional one (open-feature/flagd, architecture decision "High-Precision Fractional Bucketing", pull request
//! 1909): `(murmur3_x86_32(salt ++ key, seed 0) × total weight) >> 32`. As in flagd, where the flag's key stands before the targeting key, the salt is
//! hashed before the key as it is, without a separator.
//!
//! What a part is good for does not belong here.

use crate::tensor::{Tensor, Values};
use smallvec::SmallVec;
use std::fmt::{self, Write};

/// Text that is hashed, without an allocation for keys of usual length.
pub(crate) type KeyText = SmallVec<[u8; 128]>;

/// The hash that assigns a key, apart for each salt.
pub(crate) fn hash(salt: &str, key: &[u8]) -> u32 {
    if salt.is_empty() {
        return murmur3(key);
    }
    let mut salted: SmallVec<[u8; 256]> = SmallVec::from_slice(salt.as_bytes());
    salted.extend_from_slice(key);
    murmur3(&salted)
}

/// The position of the weight that a hash falls into; `None` when nothing weighs anything.
pub(crate) fn part(weights: impl Iterator<Item = u16> + Clone, hash: u32) -> Option<usize> {
    let total: u64 = weights.clone().map(u64::from).sum();
    let bucket = (u64::from(hash) * total) >> 32;
    let mut below = 0;
    weights.enumerate().find_map(|(position, weight)| {
        below += u64::from(weight);
        (bucket < below).then_some(position)
    })
}

/// Whether a hash falls into the first `share` parts of 10,000.
pub(crate) fn within(share: u16, hash: u32) -> bool {
    (u64::from(hash) * 10_000) >> 32 < u64::from(share)
}

/// Takes what is written into it as text.
struct Typed<'a>(&'a mut KeyText);

impl Write for Typed<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// What the first row of a tensor says, as text; `None` without a row.
pub(crate) fn first_row(tensor: &Tensor) -> Option<KeyText> {
    let mut text = KeyText::new();
    macro_rules! said {
        ($values:expr) => {
            // Writing into memory does not fail.
            write!(Typed(&mut text), "{}", $values.first()?).ok()?
        };
    }
    match tensor.values() {
        Values::Bytes(texts) => text.extend_from_slice(texts.get(0)?),
        Values::Bool(values) => said!(values),
        Values::Uint8(values) => said!(values),
        Values::Uint16(values) => said!(values),
        Values::Uint32(values) => said!(values),
        Values::Uint64(values) => said!(values),
        Values::Int8(values) => said!(values),
        Values::Int16(values) => said!(values),
        Values::Int32(values) => said!(values),
        Values::Int64(values) => said!(values),
        Values::Fp16(values) => said!(values),
        Values::Bf16(values) => said!(values),
        Values::Fp32(values) => said!(values),
        Values::Fp64(values) => said!(values),
    }
    Some(text)
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
    use crate::tensor::Texts;
    use proptest::prelude::*;

    #[test]
    fn the_hash_is_murmur3_of_32_bits() {
        // Vectors of the reference implementation's verification and of flagd's own test bed.
        assert_eq!(murmur3(b""), 0);
        assert_eq!(murmur3(b"test"), 0xba6b_d213);
        assert_eq!(murmur3(b"Hello, world!"), 0xc036_3e43);
        assert_eq!(murmur3(b"The quick brown fox jumps over the lazy dog"), 0x2e4f_f723);
        assert_eq!(hash("Hello, ", b"world!"), murmur3(b"Hello, world!"));
    }

    #[test]
    fn a_share_of_keys_goes_to_each_part() {
        let first = (0..20_000).filter(|user| part([500, 9_500].into_iter(), hash("", format!("user-{user}").as_bytes())) == Some(0));
        let count = first.count();
        assert!((850..1_150).contains(&count), "{count} of 20,000");
    }

    #[test]
    fn what_weighs_nothing_gets_nobody() {
        assert!([0, 1, u32::MAX / 2, u32::MAX].iter().all(|&hash| part([0, 10_000].into_iter(), hash) == Some(1)));
        assert_eq!(part([0, 0].into_iter(), 7), None);
        assert!(!within(0, 0) && within(10_000, u32::MAX));
    }

    #[test]
    fn two_salts_assign_independently() {
        // Shares of the four combinations of two halves, each a quarter when independent: chi-square of 3 degrees, 16.27 at p = 0.001.
        for (one, other) in [("checkout", "search"), ("a", "b"), ("fraud/full", "fraud/previous")] {
            let mut counts = [0_u32; 4];
            for user in 0..20_000 {
                let key = format!("user-{user}");
                let (left, right) = (within(5_000, hash(one, key.as_bytes())), within(5_000, hash(other, key.as_bytes())));
                counts[usize::from(left) * 2 + usize::from(right)] += 1;
            }
            let chi_square: f64 = counts.iter().map(|&count| (f64::from(count) - 5_000.0).powi(2) / 5_000.0).sum();
            assert!(chi_square < 16.27, "{one} and {other}: {counts:?}");
        }
    }

    #[test]
    fn the_first_row_is_what_people_would_write() {
        let texts: Texts = ["anna", "ben"].into_iter().collect();
        let text = |values, rows: usize| first_row(&Tensor::new(vec![rows, 1], values).expect("a tensor")).map(|text| text.to_vec());
        assert_eq!(text(Values::Bytes(texts), 2).as_deref(), Some(b"anna".as_slice()));
        assert_eq!(text(Values::Int64(vec![-7, 1]), 2).as_deref(), Some(b"-7".as_slice()));
        assert_eq!(text(Values::Fp32(vec![0.5]), 1).as_deref(), Some(b"0.5".as_slice()));
        assert_eq!(text(Values::Bool(Vec::new()), 0), None);
    }

    proptest! {
        #[test]
        fn widening_a_part_moves_nobody_out_of_it(hash in any::<u32>(), narrow in 0_u16..5_000, more in 0_u16..5_000) {
            let first = |share: u16| part([share, 10_000 - share].into_iter(), hash) == Some(0);
            prop_assert!(!first(narrow) || first(narrow + more));
            prop_assert_eq!(first(narrow), within(narrow, hash));
        }

        #[test]
        fn the_same_salt_and_key_always_fall_into_the_same_part(salt in ".{0,40}", key in prop::collection::vec(any::<u8>(), 0..200)) {
            let whole: Vec<u8> = salt.bytes().chain(key.iter().copied()).collect();
            prop_assert_eq!(hash(&salt, &key), murmur3(&whole));
        }
    }
}

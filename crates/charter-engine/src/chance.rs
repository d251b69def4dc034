//! Chance derived from a call's seed.
//!
//! Where the seed comes from does not belong here: it arrives with the call.

/// What a derived number is for, so that two decisions of one call are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Ramp = 1,
    Jitter = 2,
    Split = 3,
    /// The wait before a retry; `which` counts the retries too.
    Backoff = 4,
    /// Which calls without a key the candidate of a rollout answers.
    Rollout = 16,
    /// Which calls are copied.
    Mirror = 17,
}

/// A number that depends on the seed, what it is for, and which model or split asks (`SplitMix64`, Steele, Lea and Flood 2014).
pub(crate) fn derive(seed: u64, purpose: Purpose, which: u64) -> u64 {
    let step = (purpose as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(which.wrapping_mul(0xD1B5_4A32_D192_ED03));
    let mut mixed = seed.wrapping_add(step);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Uniform in `[0, 1)`, from the upper 53 bits.
pub(crate) fn unit(number: u64) -> f64 {
    (number >> 11) as f64 / (1_u64 << 53) as f64
}

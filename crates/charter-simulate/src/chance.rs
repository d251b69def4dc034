//! Draws from seeds: one number for one purpose, without a generator to carry around.
//!
//! The generator of arrivals is `charter_verify::Random`.

/// 64 well mixed bits (splitmix64's finaliser) of a seed and a purpose.
pub(crate) fn mixed(seed: u64, purpose: u64) -> u64 {
    let word = seed.wrapping_add(purpose.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// Uniform in [0, 1).
pub(crate) fn uniform(seed: u64, purpose: u64) -> f64 {
    (mixed(seed, purpose) >> 11) as f64 / (1_u64 << 53) as f64
}

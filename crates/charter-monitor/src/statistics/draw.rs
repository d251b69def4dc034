//! Chance for sketches, from a seed that the caller brings: splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
//!
//! Not for secrets, and not for assigning calls: that is the engine's.

/// Mixes 64 bits well: the finaliser of splitmix64.
pub fn mixed(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// 64 bits of a text: FNV-1a, mixed. Two of a million texts collide with a chance of 3e-8.
pub fn hashed(text: &[u8]) -> u64 {
    mixed(text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
}

/// A stream of draws; equal seeds give equal streams.
#[derive(Clone, Debug)]
pub struct Draw {
    state: u64,
}

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self { state: mixed(seed) }
    }

    pub fn bits(&mut self) -> u64 {
        let drawn = mixed(self.state);
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        drawn
    }

    /// Uniform in [0, 1), 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in 0..count; 0 when `count` is 0.
    pub fn below(&mut self, count: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(count)) >> 64) as u64
    }

    /// Standard normal (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_moments_of_their_distribution() {
        let mut draw = Draw::new(5);
        let count = 100_000;
        let (mut sum, mut squares, mut hits) = (0.0, 0.0, [0_u32; 4]);
        for _ in 0..count {
            let value = draw.normal();
            sum += value;
            squares += value * value;
            hits[draw.below(4) as usize] += 1;
        }
        assert!((sum / f64::from(count)).abs() < 0.02 && (squares / f64::from(count) - 1.0).abs() < 0.03);
        assert!(hits.iter().all(|hit| (24_400..25_600).contains(hit)), "{hits:?}");
        assert_ne!(hashed(b"a"), hashed(b"b"));
    }
}

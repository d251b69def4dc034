//! The one source of chance in this crate: every draw follows from a seed.
//!
//! Nothing here is fit for secrets.

/// A small seeded generator: xoshiro256++ (Blackman and Vigna, "Scrambled linear pseudorandom number
/// generators", 2021), its state filled by splitmix64 as its authors advise.
#[derive(Debug, Clone)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// The generator of a seed. Equal seeds give equal draws on every machine.
    pub fn seeded(seed: u64) -> Self {
        let mut mixed = seed;
        let mut next = || {
            mixed = mixed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = mixed;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^ (word >> 31)
        };
        Self { state: [next(), next(), next(), next()] }
    }

    /// An independent generator for part number `part` of the same seed.
    pub fn for_part(seed: u64, part: u64) -> Self {
        Self::seeded(seed ^ part.wrapping_add(1).wrapping_mul(0xd6e8_feb8_6659_fd93))
    }

    /// 64 uniform bits.
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let drawn = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        drawn
    }

    /// Uniform in [0, 1), with 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in 0..`count`; 0 when `count` is 0. The bias of the multiply-shift is below 2^-32 for counts under 2^32.
    pub fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.bits()) * count as u128) >> 64) as usize
    }

    /// Exponential with the given mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.uniform()).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn equal_seeds_draw_equal_numbers_and_parts_differ() {
        let draw = |mut random: Random| (0..8).map(|_| random.bits()).collect::<Vec<_>>();
        assert_eq!(draw(Random::seeded(7)), draw(Random::seeded(7)));
        assert_ne!(draw(Random::seeded(7)), draw(Random::seeded(8)));
        assert_ne!(draw(Random::for_part(7, 0)), draw(Random::for_part(7, 1)));
    }

    #[test]
    fn draws_have_the_moments_of_their_distribution() {
        let mut random = Random::seeded(1);
        let count = 200_000;
        let uniform: f64 = (0..count).map(|_| random.uniform()).sum::<f64>() / f64::from(count);
        let exponential: f64 = (0..count).map(|_| random.exponential(3.0)).sum::<f64>() / f64::from(count);
        assert!((uniform - 0.5).abs() < 0.005, "mean {uniform}");
        assert!((exponential - 3.0).abs() < 0.05, "mean {exponential}");
        let mut hits = [0u32; 5];
        for _ in 0..count {
            hits[random.below(5)] += 1;
        }
        assert!(hits.iter().all(|hit| (39_000..41_000).contains(hit)), "{hits:?}");
    }
}

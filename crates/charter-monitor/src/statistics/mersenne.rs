//! The generator of NumPy's `RandomState`, so that splits drawn elsewhere with a seed can be drawn again.
//!
//! Only for parity with other tools; own draws come from `draw`.

const WORDS: usize = 624;
const MIDDLE: usize = 397;

/// MT19937 (Matsumoto and Nishimura, ACM TOMACS 8, 1998), seeded as NumPy seeds with one number.
#[derive(Clone, Debug)]
pub struct Mersenne {
    words: Vec<u32>,
    next: usize,
}

impl Mersenne {
    /// A stream from a seed of 32 bits.
    pub fn new(seed: u32) -> Self {
        let mut words = vec![seed; WORDS];
        for at in 1..WORDS {
            let before = words[at - 1];
            words[at] = 1_812_433_253_u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(at as u32);
        }
        Self { words, next: WORDS }
    }

    /// The next 32 bits.
    pub fn bits(&mut self) -> u32 {
        if self.next == WORDS {
            self.turn();
        }
        let mut word = self.words[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    fn turn(&mut self) {
        for at in 0..WORDS {
            let word = (self.words[at] & 0x8000_0000) | (self.words[(at + 1) % WORDS] & 0x7fff_ffff);
            let odd = if word & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[at] = self.words[(at + MIDDLE) % WORDS] ^ (word >> 1) ^ odd;
        }
        self.next = 0;
    }

    /// Uniform in 0..=`most`, by NumPy's `random_interval`: bits under a mask, drawn again while too large.
    pub fn at_most(&mut self, most: u32) -> u32 {
        if most == 0 {
            return 0;
        }
        let mask = u32::MAX >> most.leading_zeros();
        loop {
            let drawn = self.bits() & mask;
            if drawn <= most {
                return drawn;
            }
        }
    }

    /// Uniform in [0, 1) with 53 bits, as `RandomState.random_sample`.
    pub fn uniform(&mut self) -> f64 {
        let (high, low) = (self.bits() >> 5, self.bits() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// Shuffles in place, as `RandomState.shuffle` does.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.at_most(last as u32) as usize);
        }
    }

    /// `RandomState.permutation(count)`.
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        self.shuffle(&mut order);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one_and_numpys() {
        // The reference implementation's first word for init_genrand(5489), and its ten-thousandth (C++ standard, [rand.predef]).
        let mut stream = Mersenne::new(5_489);
        assert_eq!(stream.bits(), 3_499_211_612);
        (1..9_999).for_each(|_| {
            stream.bits();
        });
        assert_eq!(stream.bits(), 4_123_659_995);
        // numpy.random.RandomState(42).permutation(10).
        assert_eq!(Mersenne::new(42).permutation(10), [8, 1, 5, 0, 7, 2, 9, 4, 3, 6]);
        assert_eq!(Mersenne::new(42).uniform(), 0.374_540_118_847_362_5);
    }
}

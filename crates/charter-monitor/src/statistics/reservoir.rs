//! A fair sample of a stream in bounded space.

use super::draw::Draw;
use serde::{Deserialize, Serialize};

/// A uniform sample of at most `size` of all items seen: algorithm R (Vitter, ACM TOMS 11, 1985).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reservoir<T> {
    size: usize,
    seen: u64,
    items: Vec<T>,
}

impl<T> Reservoir<T> {
    pub fn new(size: usize) -> Self {
        Self { size, seen: 0, items: Vec::new() }
    }

    pub fn add(&mut self, item: T, draw: &mut Draw) {
        self.seen += 1;
        if self.items.len() < self.size {
            self.items.push(item);
        } else if let Some(place) = self.items.get_mut(draw.below(self.seen) as usize) {
            *place = item;
        }
    }

    /// All items ever seen.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    pub fn items(&self) -> &[T] {
        &self.items
    }
}

/// The population stability index Σ (q − p) ln(q/p) of the second of each pair against the first, over the deciles of the first; a
/// share of 0 counts as .0001, as Evidently has it. .1 is commonly read as some shift, .25 as much. `None` below 100 pairs, where
/// chance alone gives such figures.
pub fn stability_index(pairs: &[(f64, f64)]) -> Option<f64> {
    const CELLS: usize = 10;
    if pairs.len() < 100 {
        return None;
    }
    let mut sorted: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
    sorted.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> = (1..CELLS).filter_map(|decile| sorted.get(decile * sorted.len() / CELLS).copied()).collect();
    edges.dedup();
    let mut counts = vec![(0.0, 0.0); edges.len() + 1];
    for (first, second) in pairs {
        counts[edges.partition_point(|edge| edge <= first)].0 += 1.0;
        counts[edges.partition_point(|edge| edge <= second)].1 += 1.0;
    }
    let share = |count: f64| (count / pairs.len() as f64).max(0.0001);
    Some(counts.iter().map(|&(before, after)| (share(after) - share(before)) * (share(after) / share(before)).ln()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_kept_as_often() {
        let mut kept = [0_u32; 100];
        for seed in 0..2_000 {
            let (mut draw, mut reservoir) = (Draw::new(seed), Reservoir::new(10));
            (0..100_usize).for_each(|item| reservoir.add(item, &mut draw));
            reservoir.items().iter().for_each(|&item| kept[item] += 1);
            assert_eq!((reservoir.items().len(), reservoir.seen()), (10, 100));
        }
        // 200 expected, deviation 13.4.
        assert!(kept.iter().all(|count| (140..260).contains(count)), "{kept:?}");
    }

    #[test]
    fn the_stability_index_is_as_worked_by_hand() {
        let same: Vec<(f64, f64)> = (0..1_000).map(|at| (f64::from(at), f64::from(at))).collect();
        assert_eq!(stability_index(&same), Some(0.0));
        // All of the first decile moved into the last: (.0001 - .1) ln .001 + (.2 - .1) ln 2.
        let moved: Vec<(f64, f64)> = (0..1_000).map(|at| (f64::from(at), f64::from(if at < 100 { 999 } else { at }))).collect();
        let expected = (0.0001 - 0.1) * 0.001_f64.ln() + 0.1 * 2_f64.ln();
        assert!((stability_index(&moved).unwrap() - expected).abs() < 1e-12);
        assert_eq!(stability_index(&same[..99]), None);
    }
}

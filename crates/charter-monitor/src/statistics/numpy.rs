//! Sums and histograms to the last bit as NumPy has them, for parity with tools that stand on it.

/// NumPy's sum of doubles: eight running sums over blocks of at most 128, blocks added in pairs.
pub fn sum(values: &[f64]) -> f64 {
    const BLOCK: usize = 128;
    if values.len() < 8 {
        return values.iter().sum();
    }
    if values.len() <= BLOCK {
        let mut running = [0.0_f64; 8];
        let chunks = values.chunks_exact(8);
        let rest = chunks.remainder();
        for chunk in chunks {
            running.iter_mut().zip(chunk).for_each(|(sum, value)| *sum += value);
        }
        let paired = ((running[0] + running[1]) + (running[2] + running[3])) + ((running[4] + running[5]) + (running[6] + running[7]));
        return rest.iter().fold(paired, |sum, value| sum + value);
    }
    let half = values.len() / 2;
    let half = half - half % 8;
    sum(&values[..half]) + sum(&values[half..])
}

/// The mean; NaN of nothing.
pub fn mean(values: &[f64]) -> f64 {
    sum(values) / values.len() as f64
}

/// The deviation over the population, `numpy.std`; NaN of nothing.
pub fn deviation(values: &[f64]) -> f64 {
    let centre = mean(values);
    let squares: Vec<f64> = values.iter().map(|value| (value - centre) * (value - centre)).collect();
    mean(&squares).sqrt()
}

/// How wide a cell of a histogram is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// Sturges (JASA 21, 1926): range over log₂ n + 1.
    Sturges,
    /// Doane (The American Statistician 30, 1976): more cells the more skewed the values are.
    Doane,
}

/// Edges of cells of equal width over finite values in rising order, as `numpy.histogram_bin_edges` gives them for doubles. (For whole numbers NumPy
/// also keeps cells at least 1 wide; values here are doubles.)
pub fn edges(sorted: &[f64], width: Width) -> Vec<f64> {
    let (Some(&first), Some(&last)) = (sorted.first(), sorted.last()) else { return vec![0.0, 1.0] };
    let count = sorted.len() as f64;
    let wide = match width {
        Width::Sturges => (last - first) / (count.log2() + 1.0),
        Width::Doane => {
            let (centre, spread) = (mean(sorted), deviation(sorted));
            if sorted.len() > 2 && spread > 0.0 {
                let cubes: Vec<f64> = sorted.iter().map(|value| ((value - centre) / spread).powi(3)).collect();
                let expected = (6.0 * (count - 2.0) / ((count + 1.0) * (count + 3.0))).sqrt();
                (last - first) / (1.0 + count.log2() + (1.0 + mean(&cubes).abs() / expected).log2())
            } else {
                0.0
            }
        }
    };
    if first == last {
        return vec![first - 0.5, last + 0.5];
    }
    let cells = if wide > 0.0 { ((last - first) / wide).ceil() } else { 1.0 };
    spaced(first, last, cells as usize)
}

/// `numpy.linspace(first, last, cells + 1)`.
pub fn spaced(first: f64, last: f64, cells: usize) -> Vec<f64> {
    let step = (last - first) / cells as f64;
    let mut edges: Vec<f64> = (0..=cells).map(|at| at as f64 * step + first).collect();
    if let Some(end) = edges.last_mut() {
        *end = last;
    }
    edges
}

/// Counts of rising values between rising edges: cells closed below and open above, the last one closed.
pub fn histogram(sorted: &[f64], edges: &[f64]) -> Vec<u64> {
    let Some((last, inner)) = edges.split_last() else { return Vec::new() };
    let mut below: Vec<usize> = inner.iter().map(|edge| sorted.partition_point(|value| value < edge)).collect();
    below.push(sorted.partition_point(|value| value <= last));
    below.windows(2).map(|pair| (pair[1] - pair[0]) as u64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn edges_and_counts_match_numpy() {
        let values: Vec<f64> = (0..100).map(|at| f64::from(at) * f64::from(at) / 100.0).collect();
        // numpy.histogram_bin_edges(values, "sturges") has 8 cells, "doane" 10.
        assert_eq!((edges(&values, Width::Sturges).len(), edges(&values, Width::Doane).len()), (9, 11));
        assert_eq!(histogram(&[0.0, 1.0, 1.0, 2.0, 3.0], &[0.0, 1.0, 2.0]), [1, 3]);
        assert_eq!(edges(&[4.0, 4.0], Width::Sturges), [3.5, 4.5]);
        assert_eq!(spaced(0.0, 0.3, 3), [0.0, 0.099_999_999_999_999_99, 0.199_999_999_999_999_98, 0.3]);
    }

    proptest! {
        #[test]
        fn sums_are_close_to_plain_ones(values in prop::collection::vec(-1e3f64..1e3, 0..1_000)) {
            prop_assert!((sum(&values) - values.iter().sum::<f64>()).abs() < 1e-8);
            let mut sorted = values;
            sorted.sort_by(f64::total_cmp);
            for width in [Width::Sturges, Width::Doane] {
                let counted: u64 = histogram(&sorted, &edges(&sorted, width)).iter().sum();
                prop_assert_eq!(counted, sorted.len() as u64);
            }
        }
    }
}

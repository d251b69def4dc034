//! Tails of the largest distance between two distribution functions: of two samples exactly, of one sample exactly, and in the limit.

/// The largest sample for which the exact distribution of two samples is computed; beyond it the limit is used, as in SciPy.
pub const EXACT_MAX: u64 = 10_000;

/// P(D > d) in the limit of large samples, `scaled` being d √n or, for two samples, d √(n m / (n + m)): Kolmogorov's series
/// 2 Σ (−1)^(k−1) exp(−2 k² x²) (Giornale dell'Istituto Italiano degli Attuari 4, 1933); its theta transform below 1.18.
pub fn limit_above(scaled: f64) -> f64 {
    if scaled.is_nan() || scaled <= 0.0 {
        return 1.0;
    }
    if scaled < 1.18 {
        let first = -(std::f64::consts::PI / scaled).powi(2) / 8.0;
        let sum: f64 = [1.0, 9.0, 25.0, 49.0].iter().map(|square| (first * square).exp()).sum();
        return (1.0 - (2.0 * std::f64::consts::PI).sqrt() / scaled * sum).clamp(0.0, 1.0);
    }
    let term = |k: f64| (-2.0 * k * k * scaled * scaled).exp();
    (2.0 * (term(1.0) - term(2.0) + term(3.0) - term(4.0))).clamp(0.0, 1.0)
}

/// P(D ≥ d) for two samples of `n` and `m` values without ties: the share of lattice paths that leave the band, by the recursion over paths
/// (Hodges, Arkiv för Matematik 3, 1958). O(n m) time, O(min) space. `distance` is taken to the nearest one that can occur.
pub fn two_samples_at_least(n: u64, m: u64, distance: f64) -> f64 {
    let (more, less) = (n.max(m), n.min(m));
    if less == 0 {
        return 1.0;
    }
    let divisor = gcd(more, less);
    let least_common = (more / divisor) * less;
    // The band |x/more − y/less| < d, in whole numbers: |x·less' − y·more'| < steps.
    let steps = (distance * least_common as f64).round() as i128;
    if steps <= 0 {
        return 1.0;
    }
    let (right, up) = (i128::from(less / divisor), i128::from(more / divisor));
    let outside = |x: u64, y: u64| (i128::from(x) * right - i128::from(y) * up).abs() >= steps;
    // out[y] is the share of paths to (x, y) that have left the band.
    let width = less as usize + 1;
    let mut out = vec![0.0_f64; width];
    for y in 1..width {
        out[y] = if outside(0, y as u64) { 1.0 } else { out[y - 1] };
    }
    for x in 1..=more {
        // Rows far below and far above the band are 1 as they stand; only those within it are worked out anew.
        let lowest = ((i128::from(x) * right - steps) / up).clamp(0, i128::from(less)) as usize;
        let highest = ((i128::from(x) * right + steps) / up + 1).clamp(0, i128::from(less)) as usize;
        for y in lowest..=highest {
            out[y] = if outside(x, y as u64) {
                1.0
            } else if y == 0 {
                out[0]
            } else {
                (x as f64 * out[y] + y as f64 * out[y - 1]) / (x + y as u64) as f64
            };
        }
    }
    out[width - 1].clamp(0.0, 1.0)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// P(D > d) for one sample of `n` values against a given distribution: Marsaglia, Tsang and Wang's power of a matrix (Journal of Statistical Software
/// 8, 18, 2003). Absolute error about 1e-13; 0 where n d² > 18, which is below 1e-15. `n` up to some thousands: time grows with (n d)³.
pub fn one_sample_above(n: u64, distance: f64) -> f64 {
    let count = n as f64;
    if distance <= 0.0 || n == 0 {
        return 1.0;
    }
    if distance >= 1.0 || count * distance * distance > 18.0 {
        return 0.0;
    }
    let k = (count * distance) as usize + 1;
    let size = 2 * k - 1;
    let rest = k as f64 - count * distance;
    let start = Scaled { matrix: band_matrix(size, rest), exponent: 0 };
    let power = power(&start, size, n);
    let (mut share, mut exponent) = (power.matrix[(k - 1) * size + k - 1], power.exponent);
    for step in 1..=n {
        share = share * step as f64 / count;
        if share < 1e-140 {
            share *= 1e140;
            exponent -= 140;
        }
    }
    (1.0 - share * 10_f64.powi(exponent)).clamp(0.0, 1.0)
}

/// The matrix H of the paper, rows one after the other.
fn band_matrix(size: usize, rest: f64) -> Vec<f64> {
    let mut matrix = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..size.min(row + 2) {
            matrix[row * size + column] = 1.0;
        }
    }
    for at in 0..size {
        matrix[at * size] -= rest.powi(at as i32 + 1);
        matrix[(size - 1) * size + at] -= rest.powi((size - at) as i32);
    }
    if 2.0 * rest > 1.0 {
        matrix[(size - 1) * size] += (2.0 * rest - 1.0).powi(size as i32);
    }
    for row in 0..size {
        for column in 0..size.min(row + 1) {
            for divisor in 1..=(row + 1 - column) {
                matrix[row * size + column] /= divisor as f64;
            }
        }
    }
    matrix
}

/// A matrix times a power of ten.
struct Scaled {
    matrix: Vec<f64>,
    exponent: i32,
}

fn power(start: &Scaled, size: usize, times: u64) -> Scaled {
    if times <= 1 {
        return Scaled { matrix: start.matrix.clone(), exponent: start.exponent };
    }
    let half = power(start, size, times / 2);
    let square = Scaled { matrix: product(&half.matrix, &half.matrix, size), exponent: 2 * half.exponent };
    let mut found = if times.is_multiple_of(2) {
        square
    } else {
        Scaled { matrix: product(&start.matrix, &square.matrix, size), exponent: start.exponent + square.exponent }
    };
    if found.matrix[(size / 2) * size + size / 2] > 1e140 {
        found.matrix.iter_mut().for_each(|value| *value *= 1e-140);
        found.exponent += 140;
    }
    found
}

fn product(first: &[f64], second: &[f64], size: usize) -> Vec<f64> {
    let mut out = vec![0.0; size * size];
    for row in 0..size {
        for inner in 0..size {
            let factor = first[row * size + inner];
            if factor != 0.0 {
                for column in 0..size {
                    out[row * size + column] += factor * second[inner * size + column];
                }
            }
        }
    }
    out
}

/// The p-value of two samples as SciPy's `ks_2samp` has it by default: exact up to 10,000 values on either side, beyond that the distribution of one
/// sample of the effective size, rounded.
pub fn two_samples_p(n: u64, m: u64, distance: f64) -> f64 {
    if n.max(m) <= EXACT_MAX {
        return two_samples_at_least(n, m, distance);
    }
    let effective = (n as f64 * m as f64 / (n as f64 + m as f64)).round_ties_even();
    // The matrix grows with n d; the limit is as good where it would be large.
    if effective * distance > 200.0 { limit_above(distance * effective.sqrt()) } else { one_sample_above(effective as u64, distance) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64, allowed: f64) {
        assert!((value - expected).abs() <= allowed, "{value} against {expected}");
    }

    #[test]
    fn tails_match_scipy() {
        // scipy.stats.kstwobign.sf.
        near(limit_above(0.5), 0.963_945_243_664_875_1, 1e-13);
        near(limit_above(1.0), 0.269_999_671_677_355_9, 1e-13);
        near(limit_above(1.5), 0.022_217_962_616_525_13, 1e-13);
        // By hand: of the six orders of two and two, two are fully apart.
        near(two_samples_at_least(2, 2, 1.0), 1.0 / 3.0, 1e-15);
        assert_eq!(two_samples_at_least(5, 9, 0.0), 1.0);
        // P(D_1 > d) = 2 (1 − d) for d ≥ 1/2.
        near(one_sample_above(1, 0.7), 0.6, 1e-13);
        // Marsaglia, Tsang and Wang's own example: 1 − K(10, 0.274).
        near(one_sample_above(10, 0.274), 1.0 - 0.628_479_615_456_504_3, 1e-12);
    }

    #[test]
    fn the_exact_tails_run_into_the_limit() {
        for scaled in [0.6, 1.0, 1.36, 2.0] {
            let distance = scaled / 2_000_f64.sqrt();
            near(one_sample_above(2_000, distance), limit_above(scaled), 0.01);
            near(two_samples_at_least(4_000, 4_000, scaled / 2_000_f64.sqrt()), limit_above(scaled), 0.02);
        }
    }

    #[test]
    fn every_order_counted_gives_the_same_share() {
        // All orders of 4 and 3 values, by their bits.
        let (n, m) = (4_u32, 3_u32);
        let mut distances = Vec::new();
        for order in 0_u32..1 << (n + m) {
            if order.count_ones() != n {
                continue;
            }
            let (mut first, mut second, mut most) = (0.0, 0.0, 0.0_f64);
            for at in 0..n + m {
                if order >> at & 1 == 1 {
                    first += 1.0 / f64::from(n)
                } else {
                    second += 1.0 / f64::from(m)
                }
                most = most.max(f64::abs(first - second));
            }
            distances.push(most);
        }
        for distance in [0.25, 0.5, 7.0 / 12.0, 0.75, 1.0] {
            let share = distances.iter().filter(|&&found| found >= distance - 1e-9).count() as f64 / distances.len() as f64;
            near(two_samples_at_least(4, 3, distance), share, 1e-12);
        }
    }
}

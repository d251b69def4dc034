//! Sample ratio mismatch: do the arms get the shares they were promised?
//!
//! What to do about a mismatch does not belong here.

use super::special::ln_gamma;
use super::tail::chi_square_above;

/// Pearson's chi-square test that counts came with these shares: its p-value. Shares add up to 1; arms with a share of 0 are left out.
/// 1 without counts.
pub fn chi_square_p(counts: &[u64], shares: &[f64]) -> f64 {
    let total = counts.iter().sum::<u64>() as f64;
    let arms = counts.iter().zip(shares).filter(|&(_, &share)| share > 0.0);
    let degrees = arms.clone().count().saturating_sub(1) as u32;
    if total == 0.0 {
        return 1.0;
    }
    let statistic = arms.map(|(&count, &share)| (count as f64 - total * share).powi(2) / (total * share)).sum::<f64>();
    chi_square_above(statistic, degrees)
}

/// Logarithm of the Bayes factor of "other shares" against the promised ones, with a Dirichlet prior of 100 θ (Lindon and Malek,
/// "Anytime-valid inference for multinomial count data", NeurIPS 2022):
/// ln Γ(A) − ln Γ(A + n) + Σ(ln Γ(aᵢ + cᵢ) − ln Γ(aᵢ)) − Σ cᵢ ln θᵢ.
///
/// An e-process: 1/B ever falls below .001 with a chance of .001 at most, however often one looks.
pub fn log_bayes_factor(counts: &[u64], shares: &[f64]) -> f64 {
    let arms = || counts.iter().zip(shares).filter(|&(_, &share)| share > 0.0).map(|(&count, &share)| (count as f64, share));
    let prior = 100.0 * arms().map(|(_, share)| share).sum::<f64>();
    let total: f64 = arms().map(|(count, _)| count).sum();
    if prior <= 0.0 {
        return 0.0;
    }
    let moved: f64 = arms().map(|(count, share)| ln_gamma(100.0 * share + count) - ln_gamma(100.0 * share) - count * share.ln()).sum();
    ln_gamma(prior) - ln_gamma(prior + total) + moved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::draw::Draw;

    #[test]
    fn figures_match_scipy() {
        assert!((chi_square_p(&[5_200, 4_800], &[0.5, 0.5]) - 6.334_248_366_623_988e-5).abs() < 1e-15);
        assert!((log_bayes_factor(&[5_200, 4_800], &[0.5, 0.5]) - 5.613_613_411_776_896).abs() < 1e-9);
        assert_eq!(chi_square_p(&[0, 0], &[0.5, 0.5]), 1.0);
    }

    #[test]
    fn promised_shares_raise_no_alarm_under_continuous_looking() {
        // 2,000 runs of 2,000 units, looked at after each: two alarms expected at most, eight is far above.
        let mut draw = Draw::new(11);
        let mut alarms = 0;
        for _ in 0..2_000 {
            let (mut counts, mut log_factor) = ([0_u64; 2], 0.0);
            alarms += u32::from((0..2_000).any(|_| {
                let arm = usize::from(draw.uniform() < 0.3);
                let share = [0.7, 0.3][arm];
                let seen = counts.iter().sum::<u64>() as f64;
                // One factor of the closed form, as the fold takes it.
                log_factor += ((100.0 * share + counts[arm] as f64) / (100.0 + seen) / share).ln();
                counts[arm] += 1;
                log_factor > 1_000_f64.ln()
            }));
            assert!((log_factor - log_bayes_factor(&counts, &[0.7, 0.3])).abs() < 1e-6 || log_factor > 6.9);
        }
        assert!(alarms <= 8, "seed 11: {alarms} of 2000");
    }

    #[test]
    fn a_lost_tenth_of_one_arm_is_found() {
        let mut draw = Draw::new(12);
        let mut counts = [0_u64; 2];
        for _ in 0..20_000 {
            let arm = usize::from(draw.uniform() < 0.5);
            counts[arm] += u64::from(arm == 0 || draw.uniform() < 0.9);
        }
        assert!(log_bayes_factor(&counts, &[0.5, 0.5]) > 1_000_f64.ln(), "{counts:?}");
        assert!(chi_square_p(&counts, &[0.5, 0.5]) < 0.001);
    }
}

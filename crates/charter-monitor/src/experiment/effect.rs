//! Effects of arms against the control, from the sums.
//!
//! What follows from an effect does not belong here.

use super::sums::{ArmSums, Sums};

/// An arm's figure: mean (or ratio) and variance of one unit, so that the figure's own variance is `variance / units`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) units: f64,
    pub(super) mean: f64,
    pub(super) variance: f64,
}

/// Relative difference to the control and its variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Effect {
    pub(super) relative: f64,
    pub(super) variance: f64,
    /// Of both arms.
    pub(super) units: f64,
}

/// The mean over units; for ratios the sum over the sum, with the delta method's variance
/// var_x/m_d² + var_d m_x²/m_d⁴ − 2 cov m_x/m_d³ (Deng, Knoblich and Lu, "Applying the delta method in metric analytics", KDD 2018).
/// `None` below two units or with nothing below the line.
pub(super) fn estimate(arm: &ArmSums, sums: &Sums, is_ratio: bool) -> Option<Estimate> {
    let units = arm.units as f64;
    if units < 2.0 {
        return None;
    }
    let (mean_value, mean_per) = (sums.value / units, sums.per / units);
    let spread = |product: f64, first: f64, second: f64| (product - units * first * second) / (units - 1.0);
    let var_value = spread(sums.value_value, mean_value, mean_value).max(0.0);
    if !is_ratio {
        return Some(Estimate { units, mean: mean_value, variance: var_value });
    }
    if mean_per <= 0.0 {
        return None;
    }
    let var_per = spread(sums.per_per, mean_per, mean_per).max(0.0);
    let both = spread(sums.value_per, mean_value, mean_per);
    let variance =
        var_value / mean_per.powi(2) + var_per * mean_value.powi(2) / mean_per.powi(4) - 2.0 * both * mean_value / mean_per.powi(3);
    Some(Estimate { units, mean: mean_value / mean_per, variance: variance.max(0.0) })
}

/// (m_b − m_a)/m_a with variance var_b/(m_a² n_b) + var_a m_b²/(m_a⁴ n_a). `None` where the control's figure is 0 or nothing varies.
pub(super) fn relative(control: Estimate, arm: Estimate, denominator: f64) -> Option<Effect> {
    let relative = (arm.mean - control.mean) / denominator.abs();
    let moved = 1.0 + relative * denominator.signum();
    let variance = (arm.variance / arm.units + control.variance * moved.powi(2) / control.units) / denominator.powi(2);
    (relative.is_finite() && variance.is_finite() && variance > 0.0).then_some(Effect {
        relative,
        variance,
        units: control.units + arm.units,
    })
}

/// A regression on what was known before the assignment: CUPED (Deng, Xu, Kohavi and Walker, WSDM 2013), θ over all arms pooled.
/// Units without the covariate get the pooled mean, and an indicator of their own as a second covariate; imputed so, the two are
/// uncorrelated, and each θ is cov/var.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Adjustment {
    centre: f64,
    theta: f64,
    theta_missing: f64,
    mean_missing: f64,
}

/// Fewest units with a covariate before it is used.
const COVARIATES_MIN: u64 = 100;

/// Sums of an arm with missing covariates filled in; `m` marks the indicator "missing".
struct Filled {
    units: f64,
    y: f64,
    yy: f64,
    c: f64,
    cc: f64,
    yc: f64,
    m: f64,
    ym: f64,
    cm: f64,
}

impl Filled {
    fn new(arm: &ArmSums, sums: &Sums, centre: f64) -> Self {
        let missing = arm.units.saturating_sub(arm.seen) as f64;
        let y_missing = sums.value - sums.value_seen;
        Self {
            units: arm.units as f64,
            y: sums.value,
            yy: sums.value_value,
            // Covariates are taken about the centre, where imputed ones vanish.
            c: arm.covariate - centre * arm.seen as f64,
            cc: arm.covariate_covariate - 2.0 * centre * arm.covariate + centre * centre * arm.seen as f64,
            yc: sums.value_covariate - centre * sums.value_seen,
            m: missing,
            ym: y_missing,
            cm: 0.0,
        }
    }

    fn plus(self, other: &Self) -> Self {
        Self {
            units: self.units + other.units,
            y: self.y + other.y,
            yy: self.yy + other.yy,
            c: self.c + other.c,
            cc: self.cc + other.cc,
            yc: self.yc + other.yc,
            m: self.m + other.m,
            ym: self.ym + other.ym,
            cm: self.cm + other.cm,
        }
    }

    fn spread(&self, product: f64, first: f64, second: f64) -> f64 {
        (product - first * second / self.units) / (self.units - 1.0)
    }
}

impl Adjustment {
    /// `None` with fewer than a hundred covariates, or when they do not vary.
    pub(super) fn new(arms: &[ArmSums], sums: &[Sums]) -> Option<Self> {
        let seen: u64 = arms.iter().map(|arm| arm.seen).sum();
        if seen < COVARIATES_MIN {
            return None;
        }
        let centre = arms.iter().map(|arm| arm.covariate).sum::<f64>() / seen as f64;
        let all = arms.iter().zip(sums).map(|(arm, sums)| Filled::new(arm, sums, centre)).reduce(|all, arm| all.plus(&arm))?;
        let (var_c, var_m) = (all.spread(all.cc, all.c, all.c), all.spread(all.m, all.m, all.m));
        let theta_missing = if var_m > 0.0 { all.spread(all.ym, all.y, all.m) / var_m } else { 0.0 };
        let theta = all.spread(all.yc, all.y, all.c) / var_c;
        (var_c > 0.0 && theta.is_finite()).then_some(Self { centre, theta, theta_missing, mean_missing: all.m / all.units })
    }

    /// mean − θ (mean of covariate − centre) and var + θ² var_c − 2 θ cov, with the like terms of the indicator.
    pub(super) fn estimate(&self, arm: &ArmSums, sums: &Sums) -> Option<Estimate> {
        let filled = Filled::new(arm, sums, self.centre);
        if filled.units < 2.0 {
            return None;
        }
        let (theta, missing) = (self.theta, self.theta_missing);
        let mean = (filled.y - theta * filled.c - missing * filled.m) / filled.units + missing * self.mean_missing;
        let variance = filled.spread(filled.yy, filled.y, filled.y)
            + theta * theta * filled.spread(filled.cc, filled.c, filled.c)
            + missing * missing * filled.spread(filled.m, filled.m, filled.m)
            - 2.0 * theta * filled.spread(filled.yc, filled.y, filled.c)
            - 2.0 * missing * filled.spread(filled.ym, filled.y, filled.m)
            + 2.0 * theta * missing * filled.spread(filled.cm, filled.c, filled.m);
        Some(Estimate { units: filled.units, mean, variance: variance.max(0.0) })
    }
}

//! The volume at which two ways of paying cost the same.

use super::derivation::{Derivation, number};

/// A fixed amount a month, and an amount for each thousand requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tariff {
    pub fixed_per_month: f64,
    pub per_thousand: f64,
}

impl Tariff {
    /// What it costs at a volume in requests a month.
    pub fn at(&self, requests_per_month: f64) -> f64 {
        self.fixed_per_month + self.per_thousand * requests_per_month / 1_000.0
    }
}

/// Requests a month at which both cost the same: `(fixed_b − fixed_a) ÷ (per_a − per_b)`, in thousands.
///
/// `None` when one is never dearer than the other at any volume above zero: parallel lines, or a crossing below zero.
pub fn volume(a: Tariff, b: Tariff, currency: &str) -> Option<Derivation> {
    let slope = a.per_thousand - b.per_thousand;
    let thousands = (b.fixed_per_month - a.fixed_per_month) / slope;
    if !thousands.is_finite() || thousands <= 0.0 {
        return None;
    }
    let figure = thousands * 1_000.0;
    Some(Derivation::new(figure, "requests/month").step(format!(
        "({} − {}) {currency}/month ÷ ({} − {}) {currency}/1000 = {} requests/month",
        number(b.fixed_per_month),
        number(a.fixed_per_month),
        number(a.per_thousand),
        number(b.per_thousand),
        number(figure)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn renting_by_the_call_is_cheaper_until_the_machine_is_paid_for() {
        let own = Tariff { fixed_per_month: 500.0, per_thousand: 0.0 };
        let rented = Tariff { fixed_per_month: 0.0, per_thousand: 0.25 };
        let even = volume(own, rented, "USD").unwrap();
        assert!((even.figure - 2_000_000.0).abs() < 1e-6, "{even:?}");
        assert!(rented.at(1_999_999.0) < own.at(1_999_999.0) && rented.at(2_000_001.0) > own.at(2_000_001.0));
        assert!(volume(own, own, "USD").is_none());
        assert!(volume(own, Tariff { fixed_per_month: 600.0, per_thousand: 0.1 }, "USD").is_none());
    }

    proptest! {
        #[test]
        fn both_cost_the_same_there_and_the_cheaper_one_changes(fixed in 0.0..1e5_f64, more in 1.0..1e5_f64, per in 0.0..10.0_f64, dearer in 0.001..10.0_f64) {
            let a = Tariff { fixed_per_month: fixed + more, per_thousand: per };
            let b = Tariff { fixed_per_month: fixed, per_thousand: per + dearer };
            let at = volume(a, b, "USD").unwrap().figure;
            prop_assert!((a.at(at) - b.at(at)).abs() <= a.at(at) * 1e-9);
            prop_assert!(a.at(at * 0.9) > b.at(at * 0.9) && a.at(at * 1.1) < b.at(at * 1.1));
        }
    }
}

//! Availability of a chain of hard dependencies.

use super::derivation::{Derivation, percent};

/// The product of the availabilities of everything without which there is no answer.
///
/// Exact for independent failures; they may be worse together, and better only when they fail at the same moments.
pub fn product(parts: &[(String, f64)]) -> Derivation {
    let figure: f64 = parts.iter().map(|(_, ratio)| ratio).product();
    let terms: Vec<String> = parts.iter().map(|(name, ratio)| format!("{name} {}", percent(*ratio))).collect();
    Derivation::new(figure, "ratio").step(format!("{} = {}", terms.join(" × "), percent(figure)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_nines_and_a_half_do_not_make_three_nines() {
        let chain = product(&[("auth".to_owned(), 0.9999), ("store".to_owned(), 0.999)]);
        assert!((chain.figure - 0.998_900_1).abs() < 1e-9);
        assert_eq!(chain.steps, ["auth 99.99 % × store 99.9 % = 99.89 %"]);
    }

    proptest! {
        #[test]
        fn a_chain_is_never_better_than_its_weakest_part(ratios in proptest::collection::vec(0.0..=1.0_f64, 1..20)) {
            let parts: Vec<(String, f64)> = ratios.iter().map(|ratio| ("part".to_owned(), *ratio)).collect();
            let weakest = ratios.iter().copied().fold(1.0, f64::min);
            let figure = product(&parts).figure;
            prop_assert!((0.0..=weakest).contains(&figure));
        }
    }
}

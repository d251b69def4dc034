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

    #[test]
    fn two_nines_and_a_half_do_not_make_three_nines() {
        let chain = product(&[("auth".to_owned(), 0.9999), ("store".to_owned(), 0.999)]);
        assert!((chain.figure - 0.998_900_1).abs() < 1e-9);
        assert_eq!(chain.steps, ["auth 99.99 % × store 99.9 % = 99.89 %"]);
    }
}

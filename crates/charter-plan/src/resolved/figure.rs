//! A derived figure: its arithmetic, the places that its inputs come from, and what had to be assumed.
//!
//! Formulas belong to [`crate::arithmetic`].

use crate::arithmetic::Derivation;
use charter_spec::Span;

/// A figure that follows from the document.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The value, its unit and the steps to it.
    pub derivation: Derivation,
    /// Where the numbers come from, in the order in which the steps use them.
    pub inputs: Vec<Input>,
    /// What was assumed because the document does not say it; empty when the figures given prove it.
    pub assumptions: Vec<Assumption>,
}

/// A number in the document that a figure rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its path: `load.peak`.
    pub name: String,
    pub span: Span,
}

/// Something that the document does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// A clause that completes "holds if …": `the 5 routes share the load equally`.
    pub text: String,
    /// The key whose figure would settle it: `load.mix`.
    pub asks: String,
}

impl Figure {
    pub fn new(derivation: Derivation) -> Self {
        Self { derivation, inputs: Vec::new(), assumptions: Vec::new() }
    }

    /// The figure of a formula; `None` when it is beyond what a number can hold: infinity proves nothing.
    pub(crate) fn derived(derivation: Derivation) -> Option<Self> {
        derivation.figure.is_finite().then(|| Self::new(derivation))
    }

    /// A figure that stands in the document as it is.
    pub fn written(value: f64, unit: impl Into<String>, name: impl Into<String>, span: Span) -> Self {
        Self::new(Derivation::new(value, unit)).input(name, span)
    }

    /// The value, in the derivation's unit.
    pub fn value(&self) -> f64 {
        self.derivation.figure
    }

    /// Whether nothing had to be assumed.
    pub fn is_proven(&self) -> bool {
        self.assumptions.is_empty()
    }

    /// The place of its first input; the start of the first file when it has none.
    pub fn span(&self) -> Span {
        self.inputs.first().map(|input| input.span).unwrap_or_default()
    }

    #[must_use]
    pub(crate) fn input(mut self, name: impl Into<String>, span: Span) -> Self {
        self.inputs.push(Input { name: name.into(), span });
        self
    }

    #[must_use]
    pub(crate) fn assume(mut self, text: impl Into<String>, asks: impl Into<String>) -> Self {
        self.assumptions.push(Assumption { text: text.into(), asks: asks.into() });
        self
    }

    /// Takes over what another figure rests on.
    #[must_use]
    pub(crate) fn from(mut self, other: &Self) -> Self {
        for input in &other.inputs {
            if !self.inputs.contains(input) {
                self.inputs.push(input.clone());
            }
        }
        for assumption in &other.assumptions {
            if !self.assumptions.contains(assumption) {
                self.assumptions.push(assumption.clone());
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_numbers_is_a_hole() {
        for value in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert_eq!(Figure::derived(Derivation::new(value, "rps")), None);
        }
        assert!(Figure::derived(Derivation::new(1e300, "rps")).is_some());
    }
}

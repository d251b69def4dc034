//! Where data must stay, as a constraint or a scenario says: `all(region) in EU`.
//!
//! Which data that is about belongs to lint.

use super::regions::in_area;
use charter_spec::measure::{Argument, Operator, TermKind, Value, ValueKind};
use charter_spec::{Span, Spec};

/// Areas that data may not leave.
#[derive(Clone, Debug, PartialEq)]
pub struct Residency {
    pub areas: Vec<String>,
    /// Where it is said.
    pub span: Span,
}

/// The first such promise; `None` where nothing says so.
pub fn residency(spec: &Spec) -> Option<Residency> {
    let of_constraints = spec.constraints.iter().flat_map(|constraint| &constraint.check);
    let of_scenarios = spec.quality.iter().filter_map(|scenario| scenario.measure.as_ref());
    of_constraints.chain(of_scenarios).filter_map(|criterion| criterion.value.measure()).find_map(|measure| {
        let TermKind::Call { function, arguments } = &measure.term.kind else { return None };
        let [argument] = arguments.as_slice() else { return None };
        let about_region = match argument {
            Argument::Term(term) => matches!(&term.kind, TermKind::Path(path) if path.single() == Some("region")),
            Argument::Value(value) => matches!(&value.kind, ValueKind::Path(path) if path.single() == Some("region")),
            Argument::Predicate(_) | Argument::Versus(_) => false,
        };
        let asks = matches!(measure.operator.value, Operator::In | Operator::Equal);
        let areas = areas(&measure.value);
        (function.value.single() == Some("all") && about_region && asks && !areas.is_empty())
            .then_some(Residency { areas, span: measure.span })
    })
}

fn areas(value: &Value) -> Vec<String> {
    match &value.kind {
        ValueKind::Path(path) => vec![path.dotted()],
        ValueKind::List(values) => values.iter().flat_map(areas).collect(),
        ValueKind::Quantity(_) => Vec::new(),
    }
}

/// Inside one of the areas, outside all of them, or not known.
pub fn inside(region: &str, areas: &[String]) -> Option<bool> {
    let answers: Vec<Option<bool>> = areas.iter().map(|area| in_area(region, area)).collect();
    if answers.contains(&Some(true)) {
        return Some(true);
    }
    // Outside of one area says nothing while another is not known.
    if answers.contains(&None) { None } else { Some(false) }
}

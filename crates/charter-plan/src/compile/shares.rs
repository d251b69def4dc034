//! Shares of the load: parts of one whole, or an error.
//!
//! Which share a route gets belongs to `resolved`.

use super::PlanCode;
use super::compiler::Compiler;
use crate::arithmetic::derivation::percent;

/// Most shares whose places are shown.
const PLACES_MAX: usize = 8;

/// Reports shares that do not add up to 100 %.
pub(super) fn add_up(compiler: &mut Compiler<'_>) {
    let resolved = compiler.resolved;
    let Some(total) = resolved.load.uneven() else { return };
    let sum = percent(total.value());
    let mut problem = PlanCode::LoadShares.at(total.span(), format!("the shares of the load add up to {sum}, not to 100 %"));
    for input in total.inputs.iter().skip(1).take(PLACES_MAX - 1) {
        problem = problem.at(input.span, "");
    }
    for line in &total.derivation.steps {
        problem = problem.sum(line.clone());
    }
    let off = percent((total.value() - 1.0).abs());
    let help = if total.value() > 1.0 { format!("take {off} off") } else { format!("give the missing {off} to a route or model") };
    compiler.report(problem.help(format!("{help}, so that they are parts of one load")));
}

//! Plots as SVG without a browser: the trade-off of a route, the tornado of a decision.
//!
//! Diagrams of what is connected with what do not belong here.

mod pareto;
mod scale;

pub use pareto::pareto;
pub(crate) use scale::Scale;

use charter_plan::decision::SensitivityReport;
use charter_plan::tradeoff::{Axis, Estimate, Limits, Placed};

/// Below this, costs are told in millionths.
const TINY: f64 = 0.001;

/// The same points with costs that people can read: `16.9 µUSD/1000` instead of `0.0000169 USD/1000`.
pub(crate) fn readable(points: &[Placed], limits: &Limits) -> (Vec<Placed>, Limits) {
    let tiny = points.iter().all(|placed| placed.point.cost.high < TINY);
    let mut points = points.to_vec();
    for placed in points.iter_mut().filter(|_| tiny) {
        let cost = placed.point.cost;
        placed.point.cost = Estimate { figure: cost.figure * 1e6, low: cost.low * 1e6, high: cost.high * 1e6 };
        placed.point.cost_unit.insert(0, 'µ');
        if let Some(bill) = &mut placed.point.bill {
            let cost = bill.per_thousand;
            bill.per_thousand = Estimate { figure: cost.figure * 1e6, low: cost.low * 1e6, high: cost.high * 1e6 };
        }
    }
    let mut limits = limits.clone();
    for limit in limits.all.iter_mut().filter(|limit| tiny && limit.axis == Axis::Cost) {
        limit.limit *= 1e6;
        limit.unit.insert(0, 'µ');
    }
    (points, limits)
}

/// The tornado of a decision as a picture of its own: the same drawing as in the site.
pub fn tornado(decision: &str, sensitivity: &SensitivityReport) -> String {
    let heading = format!("{decision}: lead of {} over the best other", sensitivity.winner);
    crate::diagram::tornado::alone(&heading, sensitivity, STYLE)
}

/// Text as it may stand in SVG.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

/// Colours for light and dark, chosen to be told apart without colour too: shapes and labels say the same.
const STYLE: &str = "svg{font:13px system-ui,sans-serif;color:#1c2430;background:#fff}.axis,.tick{stroke:#8a94a3;fill:none}.grid{stroke:#e4e8ee}\
text{fill:currentColor}.dim{fill:#667085}.front{fill:#0b7a4b;stroke:#0b7a4b}.unsure{fill:#fff;stroke:#b26a00}.beaten{fill:#c2c9d3;stroke:#98a1ae}\
.best{fill:none;stroke:#0b7a4b;stroke-width:2}.limit{stroke:#b42318;stroke-dasharray:5 4;fill:none}.low{fill:#9db7d5}.high{fill:#2f6db5}.bad,.over{fill:#b42318}.value,.tick{fill:#667085;stroke:none;font-size:12px}\
.limit-name{fill:#b42318;font-size:12px}\
@media (prefers-color-scheme:dark){svg{color:#e7ebf1;background:#12171f}.grid{stroke:#232b37}.unsure{fill:#12171f;stroke:#e0a458}.beaten{fill:#3a4452;stroke:#5b6675}\
.front{fill:#4cc38a;stroke:#4cc38a}.best{stroke:#4cc38a}.limit{stroke:#f97066}.low{fill:#3d5a7d}.high{fill:#6fa8e6}.bad,.over,.limit-name{fill:#f97066}.value,.tick{fill:#98a2b3}\
.dim{fill:#98a2b3}}";

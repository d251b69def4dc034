//! Has what comes in, or goes out, changed since the model was made? Sketches of columns against a reference, from bounded state.
//!
//! | file | what is in it |
//! |---|---|
//! | `column` | a column of a table, borrowed |
//! | `cells`, `levels` | where a number and a text fall |
//! | `reference` | what a column looked like when the model was made |
//! | `window`, `span` | the streaming state of a column; when a window ends |
//! | `measure`, `distance` | how far apart two sides are, with intervals |
//! | `test` | whether chance alone could have made it |
//! | `compare`, `judge` | all of that for a column; what is worth an alert |
//! | `pair` | two columns together |
//! | `creep`, `season` | slow drift over windows; the same hour of the week |
//! | `monitor`, `report` | a stream, and two tables |
//! | `evidently`, `nannyml`, `pooled` | what those tools say of the same columns, for parity |
//!
//! Where columns come from does not belong here, nor what an alert leads to.

mod cells;
mod column;
mod compare;
mod creep;
mod distance;
pub mod evidently;
mod judge;
mod levels;
mod measure;
mod monitor;
pub mod nannyml;
mod pair;
mod pooled;
mod reference;
mod report;
mod season;
mod span;
mod test;
#[cfg(test)]
mod tests;
mod window;

pub use cells::{CELLS, Cells};
pub use column::Column;
pub use compare::{Comparison, Line, Missing, Shape, Unseen, compare, compare_windows};
pub use creep::Creep;
pub use judge::{Cause, Judgement, Persistence, Thresholds, Verdict, judge};
pub use levels::LEVELS_MAX;
pub use measure::{CONFIDENCE, Estimate, Sides};
pub use monitor::{Monitor, Settings, State, Value, Watched};
pub use pair::{PairComparison, PairReference, PairWindow};
pub use reference::{LevelReference, NumberReference, ROWS_MIN, Reference};
pub use report::{ColumnReport, DriftReport, compare_tables};
pub use season::Season;
pub use span::{Span, hour_of_week};
pub use test::{Homogeneity, TailExcess};
pub use window::{LevelWindow, Misfit, NumberWindow, Window};

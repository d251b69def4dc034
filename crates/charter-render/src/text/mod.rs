//! Text for terminals: decisions, traces, gates, changes, trade-offs. Plain with `Paint::plain()`, so that it can be piped and compared.
//!
//! Colours carry nothing that the words do not say. What is told belongs to `charter-plan`.

mod changes;
mod decision;
mod gate;
mod paint;
mod sentence;
mod table;
mod tornado;
mod trace;
mod tradeoff;

pub use changes::changes;
pub use decision::{decision, decisions};
pub use gate::gate;
pub use paint::Paint;
pub use trace::{matrix, trees};
pub use tradeoff::{Without, tradeoff};

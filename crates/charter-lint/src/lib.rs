//! Do the promises contradict each other? One file a rule, all of them in one registry.
//!
//! | room | what is in it |
//! |---|---|
//! | [`rule`] | what a rule is |
//! | [`rules`] | the rules by family: `quality latency capacity money data fallback security decision risk roadmap architecture trace` |
//! | [`catalogue`] | the seven patterns and the seven choices with what each gives and costs, and the facts that show that it is paid |
//! | [`report`] | findings after waivers, as text, JSON and SARIF |
//! | [`fix`] | the changes that `--fix` makes, and their difference
//!
//! A rule sees a resolved charter, the evidence and a date; it does no I/O and reads no clock. Deriving figures belongs to `charter-plan`.

pub mod catalogue;
pub mod fix;
pub mod report;
pub mod rule;
pub mod rules;

pub use report::{Report, Waived};
pub use rule::{Findings, Lint, Rule, why};

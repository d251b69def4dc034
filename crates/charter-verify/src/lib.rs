//! Proves requirements by driving a server over the wire: load, evaluation, evidence.
//!
//! No routing and no model run here: what a caller can see is what is measured.
//!
//! | room | what is in it |
//! |---|---|
//! | [`proof`] | runs the proofs of a plan's requirements against a server |
//! | [`chaos`] | runs the proofs that need faults |
//! | [`report`] | their verdicts as a table, JSON and JUnit |
//! | [`evidence`] | where evidence is kept, and what it says of a plan today |
//! | [`load`] | the load generator |
//! | [`cores`] | cores of its own for the server and for the generator |
//! | [`evaluation`] | figures of merit over held-out rows |
//! | [`samples`] | held-out rows, and requests made of them |
//! | [`statistics`] | intervals |
//! | [`tradeoff`] | measures candidates of a route: cost, latency, quality |

mod chaos;
pub mod cores;
pub mod evaluation;
pub mod evidence;
pub mod load;
pub mod proof;
mod random;
pub mod report;
pub mod samples;
pub mod statistics;
pub mod tradeoff;

pub use random::Random;

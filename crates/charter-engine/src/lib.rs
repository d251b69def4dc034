//! Runs a plan: phases, nodes, guards, reload.
//!
//! | room | what is in it |
//! |---|---|
//! | [`tensor`] | values of a tensor, row dimension first |
//! | [`call`] | one call: what came in, what goes out, whose fault it is when nothing does |
//! | [`backend`] | the port that models are called through |
//! | [`context`] | the only door for time and chance |
//! | [`signal`] | what happened, told to whoever listens |
//! | [`engine`] | holds the runtime that calls run on, and replaces it in one step |
//! | [`runtime`] | a plan with its opened backends and guards |
//! | [`expression`] | CEL over rows: checked once, lowered, evaluated |
//! | `phase` | what every call goes through, in a fixed order |
//! | `node` | the nodes of an answer graph: model, ladder, split, sequence |
//! | `guard` | pure state machines: breaker, limiter, deadline |
//! | [`code`] | the public codes of calls that got no answer |
//! | [`clock`] | the real clock, and a listener for those who do not listen |
//!
//! HTTP, databases and file formats do not belong here.

pub mod backend;
pub mod call;
mod chance;
pub mod clock;
pub mod code;
pub mod context;
mod convert;
pub mod engine;
pub mod expression;
mod guard;
mod node;
mod phase;
pub mod runtime;
pub mod signal;
pub mod tensor;

pub use backend::{Backend, BackendError, Failure, Inference, OpenBackend, Request, Unavailable};
pub use call::{Answer, Call, CallError, Fault, Served, StepDown};
pub use clock::{Quiet, SystemClock};
pub use context::{Clock, Context, Moment};
pub use engine::{Engine, Refused, Reloaded};
pub use expression::{EvaluationError, Expression, ExpressionError};
pub use runtime::{Forced, ModelStatus, Runtime};
pub use signal::{BreakerState, Listen, Outcome, Signal};
pub use tensor::{Tensor, Texts, Values};

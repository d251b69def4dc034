//! Runs a plan: phases, nodes, guards, reload.
//!
//! | room | what is in it |
//! |---|---|
//! | [`tensor`] | values of a tensor, row dimension first |
//! | [`call`] | one call: what came in, what goes out, whose fault it is when nothing does |
//! | [`backend`] | the port that models are called through |
//! | [`context`] | the only door for time and chance |
//! | [`signal`] | what happened, told to whoever listens |
//! | [`observation`] | what monitors are told, kept until the watch takes it |
//! | [`flag`] | feature flags: evaluation, and what they turn off |
//! | [`controls`] | what may change between two plans: rollouts, experiments, flags |
//! | [`store`] | the port to what outlives the process |
//! | [`engine`] | holds the runtime that calls run on, and replaces it in one step |
//! | [`runtime`] | a plan with its opened backends and guards |
//! | [`watch`] | the task that feeds monitors and applies what they order |
//! | [`latencies`] | how long a version takes, counted without a lock |
//! | [`expression`] | CEL over rows: checked once, lowered, evaluated |
//! | `phase` | what every call goes through, in a fixed order |
//! | `node` | the nodes of an answer graph: model, ladder, rollout, cascade, ensemble, cache … |
//! | `mirror` | copies of calls, only to compare |
//! | `cache` | answers that were given before, shared between calls that are the same |
//! | `assign` | who gets what: the same key always the same part |
//! | `guard` | pure state machines: breaker, limiter, deadline |
//! | [`code`] | the public codes of calls that got no answer |
//! | [`clock`] | the real clock, and a listener for those who do not listen |
//!
//! HTTP, databases and file formats do not belong here.

mod assign;
pub mod backend;
mod cache;
pub mod call;
mod chance;
pub mod clock;
pub mod code;
pub mod context;
pub mod controls;
mod convert;
pub mod engine;
pub mod expression;
pub mod flag;
mod guard;
pub mod latencies;
mod mirror;
mod node;
pub mod observation;
mod phase;
pub mod runtime;
pub mod signal;
pub mod store;
pub mod tensor;
pub mod watch;

pub use backend::{Backend, BackendError, Failure, Inference, OpenBackend, Request, Unavailable};
pub use call::{Answer, Call, CallError, Caller, Fault, Priority, Served, StepDown};
pub use clock::{Quiet, SystemClock};
pub use context::{Clock, Context, Moment};
pub use engine::{Engine, Refused, Reloaded};
pub use expression::{EvaluationError, Expression, ExpressionError};
pub use runtime::{Forced, ModelStatus, Runtime};
pub use signal::{BreakerState, Listen, Outcome, Signal};
pub use tensor::{Tensor, Texts, Values};

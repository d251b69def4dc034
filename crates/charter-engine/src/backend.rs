//! The port that models are called through.
//!
//! A backend knows its own model and nothing of routes, rungs or guards. Implementations live in `charter-backend`.

use crate::context::Context;
use crate::tensor::Tensor;
use charter_plan::plan::Model;
use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Something that answers for one model version.
pub trait Backend: Send + Sync {
    /// Answers one request of one or more rows.
    ///
    /// Outputs come in the order of the model's `outputs`, each with the request's rows in front. Dropping a pending inference cancels it.
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a>;

    /// Whether a call would find something to answer it; remote backends say what their last contact said.
    fn ready(&self) -> bool {
        true
    }

    /// Inferences that it computes at the same time; more would wait inside it. Where calls are answered together, it is as many inferences that run at once.
    fn slots(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }

    /// The engine that runs the model, for people: `charter-onnx`, `onnxruntime 1.32`, `cel` …
    fn engine(&self) -> &str;
}

/// One request to one model.
pub struct Request<'a> {
    /// In the order of the model's inputs; types and shapes already checked against them.
    pub inputs: &'a [Cow<'a, Tensor>],
    pub rows: usize,
    pub context: Context<'a>,
}

/// What is computed in process is ready at once and costs no allocation; what waits is a future.
pub enum Inference<'a> {
    Ready(Result<Vec<Tensor>, BackendError>),
    Pending(Pin<Box<dyn Future<Output = Result<Vec<Tensor>, BackendError>> + Send + 'a>>),
}

/// Why a backend gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendError {
    pub failure: Failure,
    /// For logs and operators; callers see the code only. Names no path, address or value.
    pub message: String,
}

/// The kinds of failure that guards tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// No connection to the upstream.
    Connect,
    Timeout,
    /// The connection broke in mid-answer.
    Reset,
    /// The upstream says it failed (5xx).
    Upstream,
    /// The answer is of no use: it cannot be read, or holds a NaN where none may be.
    BadOutput,
    /// The answer does not match the model's signature: the number of outputs, their datatype or their shape.
    SchemaMismatch,
    /// The upstream asks for a pause (429, 503 with `Retry-After`).
    Overloaded {
        retry_after: Option<Duration>,
    },
    /// The input is what is wrong (4xx): neutral for the breaker.
    Rejected,
    /// The model cannot run here: a missing runtime, an unsupported operator, a file that changed.
    Unavailable,
}

/// Opens backends for a plan; the binary passes the implementation in.
pub trait OpenBackend: Send + Sync {
    /// Loads and checks the model. Called once for each model when a plan is prepared, never on the request path.
    ///
    /// An error closes the rungs that use the model; the plan as a whole is still served.
    fn open(&self, model: &Model) -> Result<Arc<dyn Backend>, Unavailable>;
}

/// Why a model cannot be opened, and what to do about it. Both are for operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    pub reason: String,
    pub help: String,
}

//! Models that ONNX Runtime runs.
//!
//! A session computes one call at a time on the calling thread (the binding's rule: allocators and statistics inside the library are not safe to share),
//! so a few sessions of one model stand side by side. Where the library comes from does not belong here.

use super::signature::Signature;
use super::slots::Slots;
use super::value::{copy_out, failed_in_runtime, lend};
use crate::failure::failed;
use crate::runtime::OnnxRuntime;
use charter_engine::{BackendError, Failure, Tensor};
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{Session, SessionInputValue};
use std::borrow::Cow;

/// Model bytes that all sessions of one model may hold together.
const BYTES_TOGETHER_MAX: usize = 256 << 20;
const SESSIONS_MAX: usize = 4;

pub(super) struct Sessions {
    sessions: Slots<Session>,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

/// One session; the error is for operators. External data must have been ruled out.
pub(super) fn open_session(runtime: &OnnxRuntime, bytes: &[u8]) -> Result<Session, String> {
    let open = || -> ort::Result<Session> {
        let builder = Session::builder(&runtime.environment)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            // One thread a call: requests are what runs in parallel. Spinning threads would take the processor from them.
            .with_intra_threads(1)?
            .with_inter_threads(1)?
            .with_intra_op_spinning(false)?
            .with_inter_op_spinning(false)?;
        // A memory plan is kept for every shape ever seen, and callers choose the rows.
        builder.with_memory_pattern(false)?.commit_from_memory(bytes)
    };
    open().map_err(|error| error.to_string().chars().take(300).collect())
}

impl Sessions {
    /// As many sessions as processors, fewer for large models.
    pub(super) fn new(runtime: &OnnxRuntime, bytes: &[u8], first: Session, plan: &Signature) -> Result<Self, String> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let count = (BYTES_TOGETHER_MAX / bytes.len().max(1)).clamp(1, processors.min(SESSIONS_MAX));
        let mut sessions = vec![first];
        while sessions.len() < count {
            sessions.push(open_session(runtime, bytes)?);
        }
        let names = |specs: &[charter_plan::tensor::TensorSpec]| specs.iter().map(|spec| spec.name.clone()).collect();
        Ok(Self { sessions: Slots::new(sessions), inputs: names(&plan.inputs), outputs: names(&plan.outputs) })
    }

    pub(super) fn len(&self) -> usize {
        self.sessions.len()
    }

    pub(super) fn run(&self, inputs: &[Cow<'_, Tensor>]) -> Result<Vec<Tensor>, BackendError> {
        let closed = || Err(failed(Failure::Unavailable, "the model has no session"));
        self.sessions.with(|session| self.run_with(session, inputs)).unwrap_or_else(closed)
    }

    fn run_with(&self, session: &mut Session, inputs: &[Cow<'_, Tensor>]) -> Result<Vec<Tensor>, BackendError> {
        let lent = self.inputs.iter().zip(inputs).map(|(name, input)| Ok((Cow::Borrowed(name.as_str()), lend(input)?)));
        let lent: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = lent.collect::<Result<_, BackendError>>()?;
        let outputs = session.run(lent).map_err(|error| failed_in_runtime(&error))?;
        let missing = || failed(Failure::BadOutput, "the model did not give an output that it declares");
        self.outputs.iter().map(|name| copy_out(outputs.get(name).ok_or_else(missing)?)).collect()
    }
}

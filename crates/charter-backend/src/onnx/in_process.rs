//! Runs a kernel where its length allows: a short call at once on the worker that asks, a long one beside the async workers, a bounded number at a time.
//!
//! What a kernel computes does not belong here.

use super::cost::Cost;
use super::evaluator::Evaluator;
use super::open_axes::OpenAxes;
use super::session::Sessions;
use crate::failure::failed;
use charter_engine::{Backend, BackendError, Failure, Inference, Request, Tensor};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;

/// What computes.
pub(super) enum Kernel {
    Evaluator(Box<Evaluator>),
    Sessions(Sessions),
}

impl Kernel {
    /// Computes on the calling thread.
    pub(super) fn run(&self, inputs: &[Cow<'_, Tensor>], rows: usize) -> Result<Vec<Tensor>, BackendError> {
        match self {
            Self::Evaluator(evaluator) => evaluator.run(inputs, rows),
            Self::Sessions(sessions) => sessions.run(inputs),
        }
    }

    /// How many calls can compute at the same time.
    fn width(&self) -> usize {
        match self {
            Self::Evaluator(_) => cores(),
            Self::Sessions(sessions) => sessions.len(),
        }
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How many long calls of a model may compute at the same time: where there are several cores, one is left for everything else, so that a saturated model
/// does not slow down the calls of the others. The price is that core, for that model, also while nobody else asks.
fn lane(width: usize, cores: usize) -> usize {
    width.min(cores.saturating_sub(1)).max(1)
}

/// A model in this process.
pub(super) struct InProcess {
    kernel: Arc<Kernel>,
    cost: Cost,
    axes: OpenAxes,
    engine: String,
    /// Long calls that may compute at the same time; the others wait without holding a thread.
    places: Arc<Semaphore>,
}

impl InProcess {
    pub(super) fn new(kernel: Kernel, cost: Cost, axes: OpenAxes, engine: String) -> Self {
        let places = Arc::new(Semaphore::new(lane(kernel.width(), cores())));
        Self { kernel: Arc::new(kernel), cost, axes, engine, places }
    }

    async fn run_beside(&self, inputs: Vec<Tensor>, rows: usize) -> Result<Vec<Tensor>, BackendError> {
        let closed = |_| failed(Failure::Unavailable, "the model was closed");
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(closed)?;
        let wanted = Wanted(Arc::new(AtomicBool::new(true)));
        let (kernel, still_wanted) = (Arc::clone(&self.kernel), Arc::clone(&wanted.0));
        let work = tokio::task::spawn_blocking(move || {
            // The place is given back when the work is done, not when nobody waits any more: it is the processor that is counted.
            let _place = place;
            if !still_wanted.load(Ordering::Relaxed) {
                return Err(failed(Failure::Timeout, "nobody waits for the answer any more"));
            }
            let inputs: Vec<Cow<'_, Tensor>> = inputs.into_iter().map(Cow::Owned).collect();
            kernel.run(&inputs, rows)
        });
        work.await.unwrap_or_else(|_| Err(failed(Failure::Upstream, "the model's evaluation panicked")))
    }
}

/// Says, when dropped, that nobody waits any more.
struct Wanted(Arc<AtomicBool>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Backend for InProcess {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        if self.cost.is_short(request.rows, self.axes.longest(request.inputs)) {
            return Inference::Ready(self.kernel.run(request.inputs, request.rows));
        }
        let inputs = request.inputs.iter().map(|input| input.as_ref().clone()).collect();
        Inference::Pending(Box::pin(self.run_beside(inputs, request.rows)))
    }

    fn slots(&self) -> usize {
        let width = self.kernel.width();
        // Where even one row is long, all calls go through the lane.
        if self.cost.is_short(1, 1) { width } else { lane(width, cores()) }
    }

    fn engine(&self) -> &str {
        &self.engine
    }
}

#[cfg(test)]
mod tests {
    use super::lane;

    #[test]
    fn long_calls_leave_a_core_where_there_are_several() {
        for (width, cores, expected) in [(1, 1, 1), (2, 2, 1), (8, 8, 7), (3, 8, 3), (8, 1, 1), (0, 4, 1)] {
            assert_eq!(lane(width, cores), expected, "{width} on {cores}");
        }
    }
}

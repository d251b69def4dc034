//! What this crate's tests share: models, requests and a clock that they hold in their hand.
//!
//! Nothing here is compiled outside tests.

use charter_engine::{Backend, BackendError, Clock, Context, Inference, Moment, Request, Tensor};
use charter_plan::plan::{Model, ModelId, Protect, Source};
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// `name: FP32[-1,2]`.
pub(crate) fn spec(text: &str) -> TensorSpec {
    let (name, rest) = text.split_once(": ").expect("name: TYPE[shape]");
    let (datatype, shape) = rest.trim_end_matches(']').split_once('[').expect("TYPE[shape]");
    let shape = shape.split(',').map(|length| Dimension::from(length.parse::<i64>().expect("a length"))).collect();
    TensorSpec::new(name, Datatype::parse(datatype).expect("a datatype"), shape)
}

pub(crate) fn specs(texts: &[&str]) -> Vec<TensorSpec> {
    texts.iter().map(|text| spec(text)).collect()
}

pub(crate) fn model(source: Source, inputs: Vec<TensorSpec>, outputs: Vec<TensorSpec>) -> Model {
    Model { id: ModelId(0), name: "subject".into(), version: "v1".into(), source, inputs, outputs, protect: Protect::NONE }
}

/// The machine's monotonic clock.
pub(crate) struct RealClock(Instant);

impl RealClock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for RealClock {
    fn now(&self) -> Moment {
        Moment(u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}

/// A clock that stands still.
pub(crate) struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> Moment {
        Moment(1)
    }
}

/// Calls a backend with a deadline `within` from now.
pub(crate) async fn call_within(backend: &dyn Backend, inputs: &[Tensor], within: Duration) -> Result<Vec<Tensor>, BackendError> {
    let clock = RealClock::start();
    let inputs: Vec<Cow<'_, Tensor>> = inputs.iter().map(Cow::Borrowed).collect();
    let rows = inputs.first().map_or(1, |input| input.rows());
    let context = Context { clock: &clock, seed: 1, deadline: clock.now() + within };
    match backend.infer(Request { inputs: &inputs, rows, context }) {
        Inference::Ready(result) => result,
        Inference::Pending(future) => future.await,
    }
}

/// Calls a backend that answers at once.
pub(crate) fn call_now(backend: &dyn Backend, inputs: &[Tensor], rows: usize) -> Result<Vec<Tensor>, BackendError> {
    let inputs: Vec<Cow<'_, Tensor>> = inputs.iter().map(Cow::Borrowed).collect();
    let context = Context { clock: &StillClock, seed: 1, deadline: Moment::NEVER };
    match backend.infer(Request { inputs: &inputs, rows, context }) {
        Inference::Ready(result) => result,
        Inference::Pending(_) => panic!("expected an answer at once"),
    }
}

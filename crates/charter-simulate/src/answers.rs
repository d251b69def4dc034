//! What simulated models answer: what the real ones answer to the same inputs, each asked once; what cannot be asked answers to its signature.
//!
//! How long an answer takes belongs to `service`.

use crate::requests::example;
use charter_engine::{Backend, BackendError, Failure, Inference, OpenBackend, Request, Tensor, Values};
use charter_plan::plan::{Model, Source};
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

/// Most answers kept for a model; what comes later is asked again each time.
const KEPT_MAX: usize = 8_192;

/// The answers of one model, shared by all its replicas.
pub(crate) struct Answers {
    model: Model,
    real: Option<Arc<dyn Backend>>,
    kept: Mutex<HashMap<u64, Arc<Vec<Tensor>>>>,
}

impl Answers {
    /// A remote model is not opened: nothing here touches the network.
    pub(crate) fn of(model: &Model, opener: &dyn OpenBackend) -> Self {
        let remote = matches!(model.source, Source::Oip { .. });
        let real = if remote { None } else { opener.open(model).ok() };
        Self { model: model.clone(), real, kept: Mutex::default() }
    }

    /// Whether the real model is there; one that cannot be opened for real cannot be simulated either, unless it is remote.
    pub(crate) fn can_be_opened(&self) -> bool {
        self.real.is_some() || matches!(self.model.source, Source::Oip { .. })
    }

    pub(crate) fn answer(&self, request: Request<'_>) -> Result<Vec<Tensor>, BackendError> {
        let Some(real) = &self.real else { return self.made_up(request.rows) };
        let key = hashed(request.inputs, request.rows);
        if let Some(known) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known.as_ref().clone());
        }
        let answered = match real.infer(request) {
            Inference::Ready(answered) => answered?,
            Inference::Pending(answer) => waited_for(answer)?,
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT_MAX {
            kept.insert(key, Arc::new(answered.clone()));
        }
        Ok(answered)
    }

    fn made_up(&self, rows: usize) -> Result<Vec<Tensor>, BackendError> {
        let outputs: Option<Vec<Tensor>> = self.model.outputs.iter().map(|spec| example(spec, rows)).collect();
        outputs.ok_or_else(|| BackendError { failure: Failure::Unavailable, message: "its answers cannot be made up".to_owned() })
    }
}

/// The answer of a model that computes beside the caller: waited for on a thread and runtime of its own, since time stands still on the one that plays.
fn waited_for(answer: Pin<Box<dyn Future<Output = Result<Vec<Tensor>, BackendError>> + Send + '_>>) -> Result<Vec<Tensor>, BackendError> {
    let lost = |what: &str| BackendError { failure: Failure::Unavailable, message: format!("its answer could not be waited for: {what}") };
    let wait = || {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|problem| lost(&problem.to_string()))?;
        tokio.block_on(answer)
    };
    std::thread::scope(|scope| scope.spawn(wait).join()).unwrap_or_else(|_| Err(lost("the thread ended early")))
}

fn hashed(inputs: &[Cow<'_, Tensor>], rows: usize) -> u64 {
    // The hasher's keys are fixed: the same inputs hash alike in every run.
    let mut hasher = DefaultHasher::new();
    rows.hash(&mut hasher);
    for tensor in inputs {
        tensor.shape().hash(&mut hasher);
        match tensor.values() {
            Values::Bool(values) => values.hash(&mut hasher),
            Values::Uint8(values) => values.hash(&mut hasher),
            Values::Uint16(values) => values.hash(&mut hasher),
            Values::Uint32(values) => values.hash(&mut hasher),
            Values::Uint64(values) => values.hash(&mut hasher),
            Values::Int8(values) => values.hash(&mut hasher),
            Values::Int16(values) => values.hash(&mut hasher),
            Values::Int32(values) => values.hash(&mut hasher),
            Values::Int64(values) => values.hash(&mut hasher),
            Values::Fp16(values) => values.iter().for_each(|value| value.to_bits().hash(&mut hasher)),
            Values::Bf16(values) => values.iter().for_each(|value| value.to_bits().hash(&mut hasher)),
            Values::Fp32(values) => values.iter().for_each(|value| value.to_bits().hash(&mut hasher)),
            Values::Fp64(values) => values.iter().for_each(|value| value.to_bits().hash(&mut hasher)),
            Values::Bytes(texts) => texts.iter().for_each(|text| text.hash(&mut hasher)),
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::plan;
    use charter_engine::{Context, Unavailable};

    /// Works out its answer on another thread, as long models do.
    struct Beside;

    impl Backend for Beside {
        fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
            let rows = request.rows;
            let work = async move {
                let tensor = tokio::task::spawn_blocking(move || Tensor::new(vec![rows, 1], Values::Fp32(vec![0.875; rows]))).await;
                Ok(tensor.into_iter().flatten().collect())
            };
            Inference::Pending(Box::pin(work))
        }

        fn engine(&self) -> &str {
            "beside"
        }
    }

    impl OpenBackend for Beside {
        fn open(&self, _model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
            Ok(Arc::new(Self))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_model_answers_what_it_really_answers_and_no_time_passes() {
        let plan = plan(100);
        let answers = Answers::of(&plan.models[0], &Beside);
        let began = tokio::time::Instant::now();
        let clock = crate::clock::VirtualClock::default();
        let context = Context { clock: &clock, seed: 1, deadline: charter_engine::Moment(u64::MAX) };
        let answered = answers.answer(Request { inputs: &[], rows: 2, context }).expect("an answer");
        assert_eq!(answered[0].values(), &Values::Fp32(vec![0.875; 2]));
        assert_eq!(began.elapsed(), std::time::Duration::ZERO);
    }
}

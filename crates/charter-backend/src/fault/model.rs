//! A backend that fails as the registry says.
//!
//! Guards see a wrapped backend's failures as they would see real ones; nothing here knows of routes or rungs.

use super::delay::draw;
use super::part::halved;
use super::registry::{Faults, Struck};
use super::stale::Answers;
use crate::failure::failed;
use charter_engine::{Backend, BackendError, Failure, Inference, OpenBackend, Request, Tensor, Unavailable, Values};
use charter_plan::plan::{FaultKind, Model, Point, Source};
use half::{bf16, f16};
use std::sync::Arc;

/// Opens backends that fail on purpose while a fault is in, and are what they wrap otherwise.
pub struct FaultyBackends {
    inner: Arc<dyn OpenBackend>,
    faults: Arc<Faults>,
}

impl FaultyBackends {
    pub fn new(inner: Arc<dyn OpenBackend>, faults: Arc<Faults>) -> Self {
        Self { inner, faults }
    }
}

impl OpenBackend for FaultyBackends {
    fn open(&self, model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
        let url = match &model.source {
            Source::Oip { url, .. } => Some(url.clone()),
            _ => None,
        };
        let inner = self.inner.open(model)?;
        Ok(Arc::new(Faulty { inner, label: model.label(), url, faults: Arc::clone(&self.faults), answers: Answers::default() }))
    }
}

struct Faulty {
    inner: Arc<dyn Backend>,
    label: String,
    /// The server that answers, for a remote model.
    url: Option<String>,
    faults: Arc<Faults>,
    /// What a stale fault answers with.
    answers: Answers,
}

impl Faulty {
    fn is_at(&self, point: &Point) -> bool {
        match point {
            Point::Model { label } => *label == self.label,
            Point::Provider { url } => self.url.as_ref() == Some(url),
            Point::Store | Point::Clock => false,
        }
    }
}

impl Backend for Faulty {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        let Some(Struck { id, kind, dice }) = self.faults.strikes(request.context.now(), request.context.seed, |point| self.is_at(point))
        else {
            return self.inner.infer(request);
        };
        match kind {
            FaultKind::Error => Inference::Ready(Err(failed(Failure::Upstream, "a fault on purpose: the model fails"))),
            FaultKind::Refuse => Inference::Ready(Err(failed(Failure::Connect, "a fault on purpose: no connection"))),
            FaultKind::Hang => Inference::Pending(Box::pin(std::future::pending())),
            FaultKind::Delay { delay } => Inference::Pending(Box::pin(async move {
                tokio::time::sleep(draw(delay, dice)).await;
                finish(self.inner.infer(request)).await
            })),
            FaultKind::Corrupt => Inference::Pending(Box::pin(async move { finish(self.inner.infer(request)).await.map(corrupted) })),
            FaultKind::Stale => Inference::Pending(Box::pin(async move {
                let rows = request.rows;
                match self.answers.before(id, rows) {
                    Some(before) => Ok(before),
                    None => finish(self.inner.infer(request)).await.inspect(|first| self.answers.keep(id, rows, first)),
                }
            })),
            FaultKind::Partial => Inference::Pending(Box::pin(async move { finish(self.inner.infer(request)).await.map(halved) })),
            #[expect(clippy::panic, reason = "the fault is a panic: that it costs one call and not the server is what is to be proved")]
            FaultKind::Crash => panic!("a fault on purpose: the backend panics"),
            // INVARIANT: the registry takes only faults that are possible at their point.
            FaultKind::Skew { .. } => self.inner.infer(request),
        }
    }

    fn ready(&self) -> bool {
        self.inner.ready()
    }

    fn slots(&self) -> usize {
        self.inner.slots()
    }

    fn engine(&self) -> &str {
        self.inner.engine()
    }
}

async fn finish(inference: Inference<'_>) -> Result<Vec<Tensor>, BackendError> {
    match inference {
        Inference::Ready(result) => result,
        Inference::Pending(future) => future.await,
    }
}

/// Every float is no number any more; an answer without floats loses its last tensor.
fn corrupted(mut outputs: Vec<Tensor>) -> Vec<Tensor> {
    let mut changed = false;
    for tensor in &mut outputs {
        let count = tensor.values().len();
        let values = match tensor.values() {
            Values::Fp16(_) => Values::Fp16(vec![f16::NAN; count]),
            Values::Bf16(_) => Values::Bf16(vec![bf16::NAN; count]),
            Values::Fp32(_) => Values::Fp32(vec![f32::NAN; count]),
            Values::Fp64(_) => Values::Fp64(vec![f64::NAN; count]),
            _ => continue,
        };
        if let Some(spoilt) = Tensor::new(tensor.shape(), values) {
            *tensor = spoilt;
            changed = true;
        }
    }
    if !changed {
        outputs.pop();
    }
    outputs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call_now, call_within, model, specs};
    use charter_engine::SystemClock;
    use charter_plan::plan::{Delay, Fault};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    struct Constants;

    impl OpenBackend for Constants {
        fn open(&self, model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
            Ok(Arc::new(crate::constant::Static::open(model, &[charter_plan::plan::Constant::Floats(vec![0.5])])?))
        }
    }

    /// Answers with its first input.
    struct Echoes;

    impl OpenBackend for Echoes {
        fn open(&self, _: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
            Ok(Arc::new(Self))
        }
    }

    impl Backend for Echoes {
        fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
            Inference::Ready(Ok(vec![request.inputs[0].clone().into_owned()]))
        }

        fn engine(&self) -> &str {
            "echo"
        }
    }

    fn opened(kind: FaultKind) -> (Arc<dyn Backend>, Arc<Faults>) {
        let faults = Arc::new(Faults::default());
        let source = Source::Static { values: Vec::new() };
        let subject = model(source, specs(&["x: FP32[-1,1]"]), specs(&["score: FP32[-1,1]"]));
        let backend = FaultyBackends::new(Arc::new(Constants), Arc::clone(&faults)).open(&subject).expect("opened");
        let fault = Fault { point: Point::Model { label: subject.label() }, kind, share: 10_000, seed: 1 };
        // The tests' clocks run from other origins: a lease without end suits all of them.
        faults.bring_in(fault, Duration::from_secs(u64::MAX), 10_000, &SystemClock::new()).expect("taken");
        (backend, faults)
    }

    fn input() -> Vec<Tensor> {
        vec![Tensor::new([1, 1].as_slice(), Values::Fp32(vec![1.0])).expect("a tensor")]
    }

    #[test]
    fn errors_and_refusals_are_those_of_an_upstream() {
        let failure = |kind| call_now(opened(kind).0.as_ref(), &input(), 1).expect_err("failed").failure;
        assert_eq!(failure(FaultKind::Error), Failure::Upstream);
        assert_eq!(failure(FaultKind::Refuse), Failure::Connect);
    }

    #[test]
    fn without_a_fault_the_wrapped_backend_answers() {
        let (backend, faults) = opened(FaultKind::Error);
        faults.clear();
        let answer = call_now(backend.as_ref(), &input(), 1).expect("an answer");
        assert_eq!(answer[0].values(), &Values::Fp32(vec![0.5]));
    }

    #[test]
    fn a_crash_panics_where_the_backend_would() {
        let (backend, _) = opened(FaultKind::Crash);
        assert!(catch_unwind(AssertUnwindSafe(|| call_now(backend.as_ref(), &input(), 1))).is_err());
    }

    #[tokio::test]
    async fn a_corrupt_answer_holds_no_number() {
        let (backend, _) = opened(FaultKind::Corrupt);
        let answer = call_within(backend.as_ref(), &input(), Duration::from_secs(1)).await.expect("an answer");
        assert!(matches!(answer[0].values(), Values::Fp32(values) if values[0].is_nan()));
    }

    #[tokio::test]
    async fn a_partial_answer_has_half_of_the_rows() {
        let (backend, _) = opened(FaultKind::Partial);
        let four = vec![Tensor::new([4, 1].as_slice(), Values::Fp32(vec![1.0; 4])).expect("a tensor")];
        let answer = call_within(backend.as_ref(), &four, Duration::from_secs(1)).await.expect("an answer");
        assert_eq!(answer[0].rows(), 2);
    }

    #[tokio::test]
    async fn a_stale_answer_is_the_first_one_to_as_many_rows() {
        let faults = Arc::new(Faults::default());
        let subject = model(Source::Static { values: Vec::new() }, specs(&["x: FP32[-1,1]"]), specs(&["score: FP32[-1,1]"]));
        let backend = FaultyBackends::new(Arc::new(Echoes), Arc::clone(&faults)).open(&subject).expect("opened");
        let answered = async |value: f32, rows: usize| {
            let input = [Tensor::new([rows, 1].as_slice(), Values::Fp32(vec![value; rows])).expect("a tensor")];
            let answer = call_within(backend.as_ref(), &input, Duration::from_secs(1)).await.expect("an answer");
            let Values::Fp32(values) = answer[0].values() else { panic!("floats") };
            (values[0], values.len())
        };
        assert_eq!(answered(1.0, 1).await, (1.0, 1));
        let fault = Fault { point: Point::Model { label: subject.label() }, kind: FaultKind::Stale, share: 10_000, seed: 1 };
        let bring_in = || faults.bring_in(fault.clone(), Duration::from_secs(u64::MAX), 10_000, &SystemClock::new()).expect("taken");
        bring_in();
        assert_eq!([answered(2.0, 1).await, answered(3.0, 1).await], [(2.0, 1); 2]);
        assert_eq!([answered(4.0, 3).await, answered(5.0, 3).await], [(4.0, 3); 2], "the shape is always right");
        faults.clear();
        assert_eq!(answered(6.0, 1).await, (6.0, 1));
        bring_in();
        assert_eq!([answered(7.0, 1).await, answered(8.0, 1).await], [(7.0, 1); 2], "another fault begins anew");
    }

    #[tokio::test]
    async fn a_delay_comes_first_and_the_right_answer_after_it() {
        let (backend, _) = opened(FaultKind::Delay { delay: Delay::Fixed { ms: 30.0 } });
        let began = std::time::Instant::now();
        let answer = call_within(backend.as_ref(), &input(), Duration::from_secs(1)).await.expect("an answer");
        assert!(began.elapsed() >= Duration::from_millis(30));
        assert_eq!(answer[0].values(), &Values::Fp32(vec![0.5]));
    }

    #[tokio::test]
    async fn a_hanging_model_never_answers() {
        let (backend, _) = opened(FaultKind::Hang);
        let waited = tokio::time::timeout(Duration::from_millis(20), async {
            call_within(backend.as_ref(), &input(), Duration::from_secs(1)).await
        });
        assert!(waited.await.is_err());
    }
}

//! Backends of a simulated replica: the answers of the real ones, after the time that they take.
//!
//! Where the time goes by belongs to `processor`.

use crate::answers::Answers;
use crate::chance::{mixed, uniform};
use crate::processor::{Processor, Work};
use crate::service::Times;
use charter_engine::{Backend, BackendError, Failure, Inference, OpenBackend, Request, Unavailable};
use charter_plan::plan::{Model, Source};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is wrong with the models now; moved by the scenario, read by every backend.
#[derive(Debug)]
pub(crate) struct Conditions {
    models: Vec<Condition>,
}

#[derive(Debug)]
struct Condition {
    /// Bits of the factor on its time.
    slow: AtomicU64,
    /// Bits of the share of calls that fail.
    failing: AtomicU64,
}

impl Conditions {
    pub(crate) fn fine(models: usize) -> Self {
        let fine = || Condition { slow: AtomicU64::new(1_f64.to_bits()), failing: AtomicU64::new(0_f64.to_bits()) };
        Self { models: (0..models).map(|_| fine()).collect() }
    }

    pub(crate) fn set(&self, model: usize, slow: f64, failing: f64) {
        if let Some(condition) = self.models.get(model) {
            condition.slow.store(slow.to_bits(), Ordering::Relaxed);
            condition.failing.store(failing.to_bits(), Ordering::Relaxed);
        }
    }

    fn of(&self, model: usize) -> (f64, f64) {
        self.models.get(model).map_or((1.0, 0.0), |condition| {
            (f64::from_bits(condition.slow.load(Ordering::Relaxed)), f64::from_bits(condition.failing.load(Ordering::Relaxed)))
        })
    }
}

/// Opens the backends of one replica.
pub(crate) struct SimulatedBackends {
    pub(crate) processor: Arc<Processor>,
    /// Threads of the replica.
    pub(crate) threads: usize,
    pub(crate) times: Arc<Times>,
    pub(crate) answers: Arc<Vec<Answers>>,
    pub(crate) conditions: Arc<Conditions>,
    /// Tells replicas' draws apart.
    pub(crate) salt: u64,
}

impl OpenBackend for SimulatedBackends {
    fn open(&self, model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
        let index = usize::from(model.id.0);
        if !self.answers.get(index).is_some_and(Answers::can_be_opened) {
            let reason = format!("`{}` cannot be opened for real", model.label());
            return Err(Unavailable { reason, help: "`charter serve` says why".to_owned() });
        }
        Ok(Arc::new(SimulatedBackend {
            index,
            slots: self.threads,
            on_thread: !matches!(model.source, Source::Oip { .. }),
            processor: Arc::clone(&self.processor),
            times: Arc::clone(&self.times),
            answers: Arc::clone(&self.answers),
            conditions: Arc::clone(&self.conditions),
            salt: self.salt,
            inferences: AtomicU64::new(0),
        }))
    }
}

struct SimulatedBackend {
    index: usize,
    slots: usize,
    on_thread: bool,
    processor: Arc<Processor>,
    times: Arc<Times>,
    answers: Arc<Vec<Answers>>,
    conditions: Arc<Conditions>,
    salt: u64,
    /// The number of an inference is its chance: seeds of calls may meet here twice.
    inferences: AtomicU64,
}

impl Backend for SimulatedBackend {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        let number = self.inferences.fetch_add(1, Ordering::Relaxed);
        let seed = mixed(self.salt ^ (self.index as u64) << 48, number);
        let (slow, failing) = self.conditions.of(self.index);
        let pace = self.times.pace_at(self.processor.now(), self.salt);
        let nanos = self.times.models.get(self.index).map_or(0.0, |(time, _)| time.draw(request.rows, seed)) * slow * pace;
        let fails = failing > 0.0 && uniform(seed, 0xfa11) < failing;
        let work = Work::new(Arc::clone(&self.processor), nanos as u64, self.on_thread);
        Inference::Pending(Box::pin(async move {
            work.await;
            match self.answers.get(self.index) {
                Some(answers) if !fails => answers.answer(request),
                _ => Err(BackendError { failure: Failure::Upstream, message: "the scenario makes it fail".to_owned() }),
            }
        }))
    }

    /// Those of the simulated replica, not of the machine that simulates.
    fn slots(&self) -> usize {
        self.slots
    }

    fn engine(&self) -> &str {
        "simulated"
    }
}

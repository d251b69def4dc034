//! Several calls, one inference: gathers what waits, runs it, and gives each call its rows of the answer.
//!
//! Every call of a batch drives the inference, so that it goes on when one of them hangs up, and is cancelled when all have. No task is spawned.
//! Which calls go together is the [`Batcher`]'s to say.

use super::batcher::{Batcher, Together, Wish};
use super::inference::{Outputs, infer, timed_out};
use super::rows::{alike, join, part};
use crate::backend::{Backend, BackendError, Failure, Request};
use crate::context::{Clock, Context, Moment};
use crate::tensor::Tensor;
use charter_plan::plan::Batch as Settings;
use futures_util::future::{BoxFuture, FutureExt, Shared};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot::{self, Receiver, Sender};

/// Where calls of one model meet.
pub(crate) struct Room {
    batcher: Mutex<Batcher<Brought>>,
    wait: Duration,
    clock: Arc<dyn Clock>,
}

/// What a waiting call brings.
struct Brought {
    backend: Arc<dyn Backend>,
    inputs: Vec<Tensor>,
    rows: usize,
    deadline: Moment,
    seed: u64,
    begin: Sender<Begun>,
}

/// An inference that several calls drive, and one call's part of it.
struct Begun {
    inference: Shared<BoxFuture<'static, Arc<Ran>>>,
    part: Range<usize>,
    /// Whether somebody has told how many calls it answers.
    told: Arc<AtomicBool>,
    judged: Judged,
    calls: u32,
    rows: usize,
}

/// One inference has one verdict: whether one of its calls has given it. The default is that of a call alone, which shares with nobody.
#[derive(Clone, Default)]
pub(crate) struct Judged(Option<Arc<AtomicBool>>);

impl Judged {
    fn shared() -> Self {
        Self(Some(Arc::default()))
    }

    /// True for the first that asks.
    pub(crate) fn first(&self) -> bool {
        self.0.as_ref().is_none_or(|given| !given.swap(true, Ordering::Relaxed))
    }
}

struct Ran {
    result: Outputs,
    began: Moment,
}

/// One call, its inputs borrowed.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a> {
    pub(crate) backend: &'a Arc<dyn Backend>,
    pub(crate) inputs: &'a [Cow<'a, Tensor>],
    pub(crate) rows: usize,
    pub(crate) context: Context<'a>,
}

/// What became of a call that waited.
pub(crate) struct Outcome {
    pub(crate) result: Outputs,
    /// When its inference began; `None` when its time was over before.
    pub(crate) began: Option<Moment>,
    /// Rows of the whole inference.
    pub(crate) rows: usize,
    /// Calls of the inference, for one of them to tell; 0 for the others.
    pub(crate) calls_to_tell: u32,
    /// Who gives the verdict on its inference.
    pub(crate) judged: Judged,
}

/// A slot of the model; whoever holds it may run one inference.
pub(crate) struct Slot {
    room: Arc<Room>,
}

/// A call in the room; leaves it however the waiting ends.
struct Waiting<'a> {
    room: &'a Room,
    ticket: u64,
    receiver: Receiver<Begun>,
}

impl Room {
    /// `slots`: inferences that the model runs at once.
    pub(crate) fn new(settings: Settings, slots: usize, clock: Arc<dyn Clock>) -> Arc<Self> {
        let slots = u32::try_from(slots).unwrap_or(u32::MAX);
        let wait = Duration::from_micros(u64::from(settings.wait_us));
        Arc::new(Self { batcher: Mutex::new(Batcher::new(settings, slots)), wait, clock })
    }

    fn lock(&self) -> MutexGuard<'_, Batcher<Brought>> {
        // The batcher is whole between any two of its steps.
        self.batcher.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A slot when the call runs at once, by itself. Else it has to go [`together`](Self::together) with others.
    pub(crate) fn begin(self: &Arc<Self>, now: Moment, wish: &Wish) -> Option<Slot> {
        self.lock().begin(now, wish).then(|| Slot { room: Arc::clone(self) })
    }

    /// Waits for an inference with others, and for its answer as `inspect` lets it pass. When the answer to several is no good because of one of them,
    /// each runs by itself once.
    pub(crate) async fn together(self: &Arc<Self>, member: Member<'_>, wish: Wish, inspect: impl Fn(Vec<Tensor>) -> Outputs) -> Outcome {
        let mut outcome = self.meet(member, wish).await;
        outcome.result = outcome.result.and_then(&inspect);
        let poisoned =
            matches!(&outcome.result, Err(BackendError { failure: Failure::Rejected | Failure::BadOutput | Failure::SchemaMismatch, .. }));
        if !poisoned || outcome.rows == member.rows {
            return outcome;
        }
        let wish = Wish { alone: true, ..wish };
        let now = self.clock.now();
        let mut outcome = match self.begin(now, &wish) {
            Some(slot) => {
                let Member { backend, inputs, rows, context } = member;
                let result = infer(backend.as_ref(), Request { inputs, rows, context }, context.remaining()).await;
                drop(slot);
                Outcome { result, began: Some(now), rows, calls_to_tell: 0, judged: Judged::default() }
            }
            None => self.meet(member, wish).await,
        };
        outcome.result = outcome.result.and_then(inspect);
        outcome
    }

    async fn meet(self: &Arc<Self>, member: Member<'_>, wish: Wish) -> Outcome {
        let Member { backend, inputs, rows, context } = member;
        let deadline = context.deadline;
        let (sender, receiver) = oneshot::channel();
        let inputs = inputs.iter().map(|input| input.as_ref().clone()).collect();
        let brought = Brought { backend: Arc::clone(backend), inputs, rows, deadline, seed: context.seed, begin: sender };
        let ticket = self.lock().wait(self.clock.now(), &wish, brought);
        let mut waiting = Waiting { room: self, ticket, receiver };
        self.start_due();
        let patience = deadline.since(self.clock.now());
        let begun = tokio::time::timeout(patience, self.called(&mut waiting)).await;
        let Ok(Some(begun)) = begun else {
            return Outcome { result: Err(timed_out()), began: None, rows, calls_to_tell: 0, judged: Judged::default() };
        };
        let began = self.clock.now();
        let ran = tokio::time::timeout(deadline.since(began), begun.inference.clone()).await;
        let calls_to_tell = if begun.told.swap(true, Ordering::Relaxed) { 0 } else { begun.calls };
        let (rows, judged) = (begun.rows, begun.judged.clone());
        match ran {
            Ok(ran) => Outcome { result: begun.take(&ran), began: Some(ran.began), rows, calls_to_tell, judged },
            Err(_) => Outcome { result: Err(timed_out()), began: Some(began), rows, calls_to_tell, judged },
        }
    }

    /// Waits until an inference begins; after the longest wait for more rows it sees to it itself.
    async fn called(self: &Arc<Self>, waiting: &mut Waiting<'_>) -> Option<Begun> {
        if !self.wait.is_zero() {
            if let Ok(begun) = tokio::time::timeout(self.wait, &mut waiting.receiver).await {
                return begun.ok();
            }
            self.start_due();
        }
        (&mut waiting.receiver).await.ok()
    }

    /// Begins every inference that a slot is free for.
    fn start_due(self: &Arc<Self>) {
        loop {
            let now = self.clock.now();
            let next = self.lock().next(now, |one, other| Arc::ptr_eq(&one.backend, &other.backend) && alike(&one.inputs, &other.inputs));
            // Nothing is begun under the lock: an inference that nobody wants any more ends at once, and that takes the lock.
            let Some(Together(members)) = next else { return };
            self.start(members);
        }
    }

    fn start(self: &Arc<Self>, members: Vec<Brought>) {
        let slot = Slot { room: Arc::clone(self) };
        let calls = u32::try_from(members.len()).unwrap_or(u32::MAX);
        let rows = members.iter().map(|member| member.rows).sum();
        let (mut inputs, mut begins) = (Vec::with_capacity(members.len()), Vec::with_capacity(members.len()));
        let mut shared = None;
        let mut deadline = Moment(0);
        for member in members {
            deadline = deadline.max(member.deadline);
            shared.get_or_insert((member.backend, member.seed));
            inputs.push(member.inputs);
            begins.push((member.begin, member.rows));
        }
        let Some((backend, seed)) = shared else { return };
        let clock = Arc::clone(&self.clock);
        let inference = run(slot, backend, inputs, Whole { rows, seed, deadline }, clock).boxed().shared();
        let (told, judged) = (Arc::new(AtomicBool::new(false)), Judged::shared());
        let mut start = 0;
        for (begin, own) in begins {
            let part = start..start + own;
            start = part.end;
            // Who hung up meanwhile has no use for it.
            let _ = begin.send(Begun { inference: inference.clone(), part, told: Arc::clone(&told), judged: judged.clone(), calls, rows });
        }
    }
}

/// All calls of an inference as one.
struct Whole {
    rows: usize,
    seed: u64,
    /// The latest of all: none is cut short by another.
    deadline: Moment,
}

async fn run(slot: Slot, backend: Arc<dyn Backend>, inputs: Vec<Vec<Tensor>>, whole: Whole, clock: Arc<dyn Clock>) -> Arc<Ran> {
    let began = clock.now();
    let result = match columns(&inputs) {
        Some(joined) => {
            let context = Context { clock: clock.as_ref(), seed: whole.seed, deadline: whole.deadline };
            infer(backend.as_ref(), Request { inputs: &joined, rows: whole.rows, context }, context.remaining()).await
        }
        None => Err(BackendError { failure: Failure::BadOutput, message: "the calls of a batch do not fit together".to_owned() }),
    };
    drop(slot);
    Arc::new(Ran { result, began })
}

/// Each input of all calls as one tensor.
fn columns(calls: &[Vec<Tensor>]) -> Option<Vec<Cow<'static, Tensor>>> {
    let inputs = calls.first()?.len();
    (0..inputs)
        .map(|position| {
            let parts: Option<Vec<&Tensor>> = calls.iter().map(|call| call.get(position)).collect();
            join(&parts?).map(Cow::Owned)
        })
        .collect()
}

impl Begun {
    /// This call's rows of the answer.
    fn take(&self, ran: &Ran) -> Outputs {
        let outputs = ran.result.as_ref().map_err(Clone::clone)?;
        let breach =
            || BackendError { failure: Failure::SchemaMismatch, message: format!("an output has not the {} rows of its batch", self.rows) };
        let own = |output: &Tensor| if output.rows() == self.rows { part(output, &self.part) } else { None };
        outputs.iter().map(|output| own(output).ok_or_else(breach)).collect()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.room.lock().end();
        self.room.start_due();
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.room.lock().cancel(self.ticket);
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Room").field("wait", &self.wait).finish_non_exhaustive()
    }
}

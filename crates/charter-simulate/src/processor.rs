//! The threads of a replica as a backend sees them: computing holds the thread that the call runs on.
//!
//! What is computed in process cannot be interrupted: a thread is held to its end even when nobody waits any more, as in the server. Which call runs
//! when belongs to `world`.

use crate::clock::VirtualClock;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Shared by a replica's backends and the world that runs it.
#[derive(Debug)]
pub(crate) struct Processor {
    clock: Arc<VirtualClock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The world polls a call on a thread of this replica.
    polling: bool,
    /// What that call has asked to compute so far.
    asked: u64,
    posted: Vec<Posted>,
}

/// Work that is not of the call that is polled: a copy's, or a wait for something remote.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) nanos: u64,
    /// It needs a thread; else it only takes time.
    pub(crate) on_thread: bool,
    pub(crate) done: Arc<Done>,
}

/// Whether posted work is over, and who waits for it.
#[derive(Debug, Default)]
pub(crate) struct Done {
    over: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Done {
    pub(crate) fn finish(&self) {
        self.over.store(true, Ordering::Release);
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Processor {
    pub(crate) fn new(clock: Arc<VirtualClock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.nanos()
    }

    /// Polls a call on a thread; tells what it asks to compute before it can go on.
    pub(crate) fn poll<T>(&self, poll: impl FnOnce() -> T) -> (T, u64) {
        self.state().polling = true;
        let result = poll();
        let mut state = self.state();
        state.polling = false;
        (result, std::mem::take(&mut state.asked))
    }

    /// What was posted since the last look.
    pub(crate) fn posted(&self) -> Vec<Posted> {
        std::mem::take(&mut self.state().posted)
    }
}

/// Takes `nanos` of a thread's time, or only of time.
pub(crate) struct Work {
    processor: Arc<Processor>,
    nanos: u64,
    on_thread: bool,
    stage: Stage,
}

enum Stage {
    New,
    /// On the thread that polls: over at this moment.
    Inline(u64),
    Posted(Arc<Done>),
}

impl Work {
    pub(crate) fn new(processor: Arc<Processor>, nanos: u64, on_thread: bool) -> Self {
        Self { processor, nanos, on_thread, stage: Stage::New }
    }

    fn begin(&self) -> Stage {
        let now = self.processor.clock.nanos();
        let mut state = self.processor.state();
        if self.on_thread && state.polling {
            // Two computations of one poll follow each other: there is one thread.
            state.asked = state.asked.saturating_add(self.nanos);
            return Stage::Inline(now.saturating_add(state.asked));
        }
        let done = Arc::new(Done::default());
        state.posted.push(Posted { nanos: self.nanos, on_thread: self.on_thread, done: Arc::clone(&done) });
        Stage::Posted(done)
    }
}

impl Future for Work {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if matches!(self.stage, Stage::New) {
            if self.nanos == 0 {
                return Poll::Ready(());
            }
            self.stage = self.begin();
        }
        match &self.stage {
            Stage::New => Poll::Pending,
            Stage::Inline(until) if self.processor.clock.nanos() >= *until => Poll::Ready(()),
            Stage::Inline(_) => Poll::Pending,
            Stage::Posted(done) => {
                *done.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
                if done.over.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
            }
        }
    }
}

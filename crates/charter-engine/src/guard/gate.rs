//! Places inside a model: counts who is inside, and calls in who waits.
//!
//! Who is next is the [`Queue`]'s to say. What is counted of a call's end does not belong here.
//!
//! INVARIANT: while somebody waits, somebody is inside, and whoever leaves calls in as many as there are places. The two sides meet by a total order:
//! who comes says that it waits, then looks for a place; who leaves gives its place back, then looks whether somebody waits.

use super::queue::{Arrival, Next, Pace, Pushed, Queue};
use crate::context::{Clock, Moment};
use charter_plan::plan::Queue as Settings;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot::{self, Receiver, Sender};

/// Shared by the guards of one model before and after a reload: their calls are inside the same model.
#[derive(Debug)]
pub(crate) struct Gate {
    inside: AtomicU32,
    /// Length of the queue, or one more while somebody looks for a place.
    waiting: AtomicU32,
    queue: Mutex<Queue<Sender<Called>>>,
}

/// What a waiter is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Called {
    /// A place is counted for it.
    In,
    /// It waited too long, or had to make room.
    Away,
}

impl Gate {
    pub(crate) fn new(settings: Option<Settings>) -> Self {
        Self { inside: AtomicU32::new(0), waiting: AtomicU32::new(0), queue: Mutex::new(Queue::new(settings)) }
    }

    pub(crate) fn configure(&self, settings: Option<Settings>) {
        self.lock().configure(settings);
    }

    fn lock(&self) -> MutexGuard<'_, Queue<Sender<Called>>> {
        // The queue is whole between any two of its steps.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn inside(&self) -> u32 {
        self.inside.load(Ordering::Relaxed)
    }

    pub(crate) fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Goes in at once, unless the limit is reached or others wait already.
    pub(crate) fn try_enter(&self, limit: u32) -> bool {
        self.waiting.load(Ordering::Relaxed) == 0 && self.enter(limit)
    }

    /// The count changes in one step: guards of two plans may count at the same time.
    fn enter(&self, limit: u32) -> bool {
        let one_more = |inside: u32| (inside < limit).then(|| inside.saturating_add(1));
        self.inside.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more).is_ok()
    }

    /// Goes in whatever the limit.
    pub(crate) fn enter_freely(&self) {
        self.inside.fetch_add(1, Ordering::SeqCst);
    }

    /// Gives a place back, and calls in who waits.
    pub(crate) fn leave(&self, limit: u32, now: Moment) {
        let before = self.inside.fetch_sub(1, Ordering::SeqCst);
        debug_assert!(before > 0, "a call left that had not come in");
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.call_in(&mut self.lock(), limit, now);
        }
    }

    /// As many as there are places, each to one waiter who still listens.
    fn call_in(&self, queue: &mut Queue<Sender<Called>>, limit: u32, now: Moment) {
        while queue.len() > 0 && self.enter(limit) {
            if !give(queue, now) {
                self.inside.fetch_sub(1, Ordering::SeqCst);
            }
        }
        self.waiting.store(u32::try_from(queue.len()).unwrap_or(u32::MAX), Ordering::SeqCst);
    }

    /// Waits for a place until the arrival's last moment. True: the place is counted, and the caller has to leave it.
    pub(crate) async fn wait(&self, arrival: Arrival, pace: Pace, clock: &dyn Clock) -> bool {
        let now = clock.now();
        let (ticket, receiver) = {
            let mut queue = self.lock();
            // Said before a place is looked for: see the invariant.
            self.waiting.store(u32::try_from(queue.len()).unwrap_or(u32::MAX).saturating_add(1), Ordering::SeqCst);
            if queue.len() == 0 && self.enter(pace.limit) {
                self.waiting.store(0, Ordering::SeqCst);
                return true;
            }
            let (sender, receiver) = oneshot::channel();
            let pushed = queue.push(now, arrival, pace, sender);
            self.call_in(&mut queue, pace.limit, now);
            match pushed {
                Pushed::Full(_) => return false,
                Pushed::Waits { ticket, dropped } => {
                    if let Some(dropped) = dropped {
                        let _ = dropped.send(Called::Away);
                    }
                    (ticket, receiver)
                }
            }
        };
        let mut waiting = Waiting { gate: self, clock, limit: pace.limit, ticket, receiver, told: false };
        let told = tokio::time::timeout(arrival.latest.since(now), &mut waiting.receiver).await;
        match told {
            Ok(told) => {
                waiting.told = true;
                told == Ok(Called::In)
            }
            // Dropping it takes it out of the queue, or gives back the place that came at this very moment.
            Err(_) => false,
        }
    }

    /// Time until somebody who comes now would have a place.
    pub(crate) fn drain(&self, pace: Pace) -> Duration {
        pace.drain(self.waiting() as usize + 1)
    }
}

/// Hands a counted place to the next waiter who still listens; false when there is none.
fn give(queue: &mut Queue<Sender<Called>>, now: Moment) -> bool {
    while let Some(next) = queue.next(now) {
        match next {
            Next::Shed(sender) => {
                let _ = sender.send(Called::Away);
            }
            Next::Serve(sender) => {
                if sender.send(Called::In).is_ok() {
                    return true;
                }
            }
        }
    }
    false
}

/// Somebody in the queue; leaves it however the waiting ends.
struct Waiting<'a> {
    gate: &'a Gate,
    clock: &'a dyn Clock,
    limit: u32,
    ticket: u64,
    receiver: Receiver<Called>,
    told: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.told {
            return;
        }
        let mut queue = self.gate.lock();
        if queue.remove(self.clock.now(), self.ticket).is_some() {
            self.gate.waiting.store(u32::try_from(queue.len()).unwrap_or(u32::MAX), Ordering::SeqCst);
            return;
        }
        drop(queue);
        // Places are given under the lock, so by now it is known whether one was.
        if self.receiver.try_recv() == Ok(Called::In) {
            self.gate.leave(self.limit, self.clock.now());
        }
    }
}

#[cfg(test)]
mod tests;

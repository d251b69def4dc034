//! Which waiting calls are answered by one inference.
//!
//! A call that finds a slot free runs alone and at once. Who comes while every slot is busy waits; each inference that ends takes the oldest who waits, and
//! with it those behind whose rows fit and look alike. So a batch is made of what already waits, and nobody waits for more rows to come, unless the
//! settings state a longest wait for them.
//!
//! Pure: time is an argument. Putting tensors together belongs to [`super::rows`], waking those who wait to [`super::batch`].

use crate::context::Moment;
use charter_plan::plan::Batch as Settings;
use std::collections::VecDeque;
use std::time::Duration;

/// Calls of one model that wait for an inference. `T` is what they bring.
#[derive(Debug)]
pub(crate) struct Batcher<T> {
    rows_max: u32,
    wait: Duration,
    /// Inferences that the model runs at once.
    slots: u32,
    /// Inferences under way; more than `slots`, at most twice as many, while calls run that had no time to wait.
    running: u32,
    waiting: VecDeque<Member<T>>,
    next_ticket: u64,
}

#[derive(Debug)]
struct Member<T> {
    ticket: u64,
    since: Moment,
    /// After this moment nobody waits for the answer.
    deadline: Moment,
    rows: u32,
    /// Shares its inference with nobody.
    alone: bool,
    brings: T,
}

/// A call that wants an inference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) rows: u32,
    pub(crate) deadline: Moment,
    /// How long an inference mostly takes; zero while nothing is known.
    pub(crate) service: Duration,
    pub(crate) alone: bool,
}

/// One inference for several calls, oldest first; its end is told by [`Batcher::end`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Together<T>(pub(crate) Vec<T>);

impl<T> Batcher<T> {
    pub(crate) fn new(settings: Settings, slots: u32) -> Self {
        Self {
            rows_max: settings.rows_max.max(1),
            wait: Duration::from_micros(u64::from(settings.wait_us)),
            slots: slots.max(1),
            running: 0,
            waiting: VecDeque::new(),
            next_ticket: 0,
        }
    }

    /// Whether the call runs at once, by itself; its end is told by [`end`](Self::end). Else it has to [`wait`](Self::wait).
    pub(crate) fn begin(&mut self, now: Moment, wish: &Wish) -> bool {
        let needs_no_more = self.wait.is_zero() || wish.alone || wish.rows >= self.rows_max;
        let free = self.running < self.slots && self.waiting.is_empty() && needs_no_more;
        // Waiting takes an inference of others, and then its own. Those who have no time for that run beside the slots, as many again: were it more, a
        // model that is slower for it would leave nobody the time to wait, and nothing would go together any more.
        let beside = self.running < self.slots.saturating_mul(2) && wish.deadline.since(now) < wish.service.saturating_mul(2);
        let goes = free || beside;
        self.running += u32::from(goes);
        goes
    }

    /// Lets a call wait; gives its ticket.
    pub(crate) fn wait(&mut self, now: Moment, wish: &Wish, brings: T) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket = self.next_ticket.wrapping_add(1);
        self.waiting.push_back(Member { ticket, since: now, deadline: wish.deadline, rows: wish.rows, alone: wish.alone, brings });
        ticket
    }

    /// An inference has ended, or was given up.
    pub(crate) fn end(&mut self) {
        debug_assert!(self.running > 0, "an inference ended that had not begun");
        self.running = self.running.saturating_sub(1);
    }

    /// The next inference, when a slot is free for it and it need not wait for more rows. Its end is told by [`end`](Self::end).
    pub(crate) fn next(&mut self, now: Moment, alike: impl Fn(&T, &T) -> bool) -> Option<Together<T>> {
        // Work that nobody waits for any more is not computed.
        self.waiting.retain(|member| member.deadline > now);
        if self.running >= self.slots || !self.is_due(now) {
            return None;
        }
        let first = self.waiting.pop_front()?;
        let mut rows = first.rows;
        let mut together = vec![first.brings];
        let mut index = 0;
        while !first.alone && rows < self.rows_max && index < self.waiting.len() {
            let fits = self.waiting.get(index).is_some_and(|member| {
                !member.alone && member.rows <= self.rows_max - rows && together.first().is_some_and(|first| alike(first, &member.brings))
            });
            match if fits { self.waiting.remove(index) } else { None } {
                Some(member) => {
                    rows += member.rows;
                    together.push(member.brings);
                }
                None => index += 1,
            }
        }
        self.running += 1;
        Some(Together(together))
    }

    /// Whether who waits has waited for enough rows, or long enough.
    fn is_due(&self, now: Moment) -> bool {
        let Some(first) = self.waiting.front() else { return false };
        let rows: u64 = self.waiting.iter().map(|member| u64::from(member.rows)).sum();
        first.alone || rows >= u64::from(self.rows_max) || now.since(first.since) >= self.wait
    }

    /// Takes out a call that nobody waits for any more; false when its inference has begun.
    pub(crate) fn cancel(&mut self, ticket: u64) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|member| member.ticket != ticket);
        self.waiting.len() < before
    }

    #[cfg(test)]
    fn counts(&self) -> (u32, usize) {
        (self.running, self.waiting.len())
    }
}

#[cfg(test)]
mod tests;

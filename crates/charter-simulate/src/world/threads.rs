//! Who computes next: a thread that is through takes what waits, one that finds nothing rests, and what comes then wakes it.
//!
//! Where the server was measured, what waits is taken as its runtime takes it: everything at once, the last to come first, then the others in the order in
//! which they came (tokio's worker threads keep one place for what was woken last). Where times are stated, it is first come, first served, as in the
//! formulas that people hold them against. What is done on a thread belongs to `calls`, what a rest costs to `rest`.

use super::World;
use crate::replica::Job;
use crate::schedule::{Event, Held};
use std::collections::VecDeque;
use std::sync::Arc;

/// The threads of a replica, each with a core of its own, and what waits for them.
#[derive(Default)]
pub(crate) struct Threads {
    /// Through with what they had.
    free: u32,
    /// Called, and on their way.
    waking: u32,
    /// Since when each of the others rests; the last to rest is woken first.
    resting: Vec<u64>,
    /// Whether what waits is taken up together.
    together: bool,
    /// What was taken up, and what came since.
    taken: VecDeque<Job>,
    came: VecDeque<Job>,
}

impl Threads {
    pub(crate) fn new(count: u32, together: bool) -> Self {
        Self { resting: vec![0; count as usize], together, ..Self::default() }
    }

    /// Work that waits.
    pub(crate) fn waiting(&self) -> usize {
        self.taken.len() + self.came.len()
    }

    pub(crate) fn push(&mut self, job: Job) {
        self.came.push_back(job);
    }

    pub(crate) fn clear(&mut self) {
        self.taken.clear();
        self.came.clear();
    }

    /// A thread is through with what it held.
    pub(crate) fn free(&mut self) {
        self.free += 1;
    }

    /// A thread that was called is there.
    pub(super) fn woke(&mut self) {
        self.waking = self.waking.saturating_sub(1);
        self.free += 1;
    }

    /// What a free thread takes next.
    fn next(&mut self) -> Option<Job> {
        if self.free == 0 {
            return None;
        }
        if self.taken.is_empty() {
            std::mem::swap(&mut self.taken, &mut self.came);
            if self.together
                && let Some(last) = self.taken.pop_back()
            {
                self.taken.push_front(last);
            }
        }
        let job = self.taken.pop_front()?;
        self.free -= 1;
        Some(job)
    }

    /// Lets free threads rest.
    fn rest(&mut self, now: u64) {
        for _ in 0..std::mem::take(&mut self.free) {
            self.resting.push(now);
        }
    }

    /// Calls a resting thread, if more waits than threads are on their way; tells how long it has rested.
    fn call(&mut self, now: u64) -> Option<u64> {
        if self.waiting() <= self.waking as usize {
            return None;
        }
        let since = self.resting.pop()?;
        self.waking += 1;
        Some(now.saturating_sub(since))
    }
}

impl World {
    /// Gives free threads to what waits for them, and wakes others for the rest.
    pub(super) fn dispatch(&mut self, number: usize) {
        loop {
            let now = self.now();
            let Some(replica) = self.replicas.get_mut(number).filter(|replica| !replica.gone) else { return };
            if let Some(job) = replica.threads.next() {
                match job {
                    Job::Beside(nanos, done) => self.schedule.plan(now + nanos, Event::Thread(number, Held::Beside(done))),
                    Job::Call(key) => self.run(key, number),
                }
                continue;
            }
            replica.threads.rest(now);
            let Some(rested) = replica.threads.call(now) else { return };
            let rest = &Arc::clone(&self.shared.times).rest;
            let back = if rest.is_free() { 0 } else { rest.draw(rested, self.random.bits()) };
            if back > 0 {
                self.schedule.plan(now + back, Event::Thread(number, Held::Waking));
            } else {
                replica.threads.woke();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replica::Key;

    fn place(job: Option<Job>) -> Option<u32> {
        match job {
            Some(Job::Call(key)) => Some(key.place),
            _ => None,
        }
    }

    #[test]
    fn what_waits_is_taken_together_the_last_first() {
        let mut threads = Threads::new(1, true);
        let push = |threads: &mut Threads, place: u32| threads.push(Job::Call(Key { place, use_number: 1 }));
        (1..=4).for_each(|place| push(&mut threads, place));
        assert_eq!(threads.call(50), Some(50), "it has rested since the beginning");
        assert_eq!(place(threads.next()), None, "it is on its way");
        threads.woke();
        let mut order = Vec::new();
        for number in 5..=7 {
            order.extend(place(threads.next()));
            threads.free();
            push(&mut threads, number);
        }
        while let Some(next) = place(threads.next()) {
            order.push(next);
            threads.free();
        }
        assert_eq!(order, [4, 1, 2, 3, 7, 5, 6], "what comes meanwhile waits for the next turn");
        threads.rest(90);
        assert_eq!(threads.call(100), None, "nothing waits");
        push(&mut threads, 8);
        assert_eq!((threads.call(100), threads.call(100)), (Some(10), None), "one thread for one piece of work");
    }
}

//! Events in the order of virtual time: arrivals, threads that wake or are through, timers of the engine.
//!
//! | room | what is in it |
//! |---|---|
//! | `arrivals` | who asks what, and when |
//! | `threads` | who computes next, who falls asleep, who is woken |
//! | `calls` | a call from its thread to its end |
//! | `generator` | the load generator of a real run, event by event |
//!
//! Calls are polled here, on the threads of their replicas; the engine's timers follow, since tokio's paused clock is moved in step. Timers of tokio have
//! the resolution that they have in the server: a millisecond. How many replicas there are belongs to `fleet`.

mod arrivals;
mod calls;
mod generator;
#[cfg(test)]
mod tests;
mod threads;

pub(crate) use arrivals::{Source, Traffic};
pub use generator::{CONNECTIONS_MAX, GeneratorTimes};
pub(crate) use generator::{Generator, PAUSE_MIN_NANOS, Step};
pub(crate) use threads::Threads;

use crate::replica::{Replica, Shared, Woken};
use crate::schedule::{Event, Held, Schedule};
use crate::tally::Tally;
use crate::tasks::Tasks;
use charter_verify::Random;
use std::time::Duration;

const TICK: u64 = 1_000_000;

pub(crate) struct World {
    pub(crate) shared: Shared,
    pub(crate) replicas: Vec<Replica>,
    /// Replicas that callers send to, by position.
    pub(crate) targets: Vec<usize>,
    pub(crate) tally: Tally,
    /// Whether calls that come now are counted.
    pub(crate) counting: bool,
    /// Where there is one, everything is asked through it.
    pub(crate) generator: Option<Generator>,
    traffic: Traffic,
    source: Source,
    source_number: u64,
    schedule: Schedule,
    tasks: Tasks,
    woken: Woken,
    random: Random,
}

impl World {
    /// Must be made and run inside a tokio runtime whose clock is paused and whose age is zero.
    pub(crate) fn new(shared: Shared, traffic: Traffic) -> Self {
        Self {
            random: Random::for_part(shared.seed, 1),
            shared,
            replicas: Vec::new(),
            targets: Vec::new(),
            tally: Tally::default(),
            counting: true,
            generator: None,
            traffic,
            source: Source::Open { per_s: 0.0 },
            source_number: 0,
            schedule: Schedule::default(),
            tasks: Tasks::default(),
            woken: Woken::default(),
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.shared.clock.nanos()
    }

    /// Lives until a moment, or, with `drain`, until nothing is left to do before it.
    pub(crate) async fn run_until(&mut self, until: u64, drain: bool) {
        loop {
            self.collect();
            if drain && self.tasks.is_empty() {
                return;
            }
            let next = self.schedule.next().filter(|at| *at <= until);
            let target = next.unwrap_or(until);
            if self.now() < target {
                self.advance(target).await;
                continue;
            }
            match next.and_then(|_| self.schedule.pop()) {
                Some(event) => self.happen(event),
                None => return,
            }
        }
    }

    /// Moves time towards a moment, at most to the next tick of tokio's timers, so that each fires when it is due.
    async fn advance(&mut self, target: u64) {
        let now = self.now();
        let to = target.min((now / TICK + 1) * TICK);
        self.jump(to).await;
    }

    /// Jumps over a time in which nothing is under way.
    pub(crate) async fn jump(&mut self, to: u64) {
        let now = self.now();
        if to > now {
            self.shared.clock.set(to);
            tokio::time::advance(Duration::from_nanos(to - now)).await;
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive(number) => self.arrival(number),
            Event::Over(done) => done.finish(),
            Event::Generator(step) => self.generator_step(step),
            Event::Thread(replica, held) => self.thread_step(replica, held),
        }
    }

    fn thread_step(&mut self, number: usize, held: Held) {
        let Some(replica) = self.replicas.get_mut(number).filter(|replica| !replica.gone) else {
            if let Held::Beside(done) = held {
                done.finish();
            }
            return;
        };
        match held {
            Held::Waking => replica.threads.woke(),
            Held::Begin(key) | Held::Resume(key) => self.poll(key),
            Held::Beside(done) => {
                replica.threads.free();
                done.finish();
            }
        }
        self.dispatch(number);
    }
}

//! The load generator of a real run: one thread on a core of its own that sends requests and reads answers, one after another.
//!
//! It is `charter-verify`'s, event by event: users ask again in the same breath in which they read an answer; a schedule's requests go out when a timer
//! wakes the thread, at most once in a pause, and wait when all connections are out. What its work costs is measured (`calibration`).

use super::World;
use crate::replica::{Job, Key, State};
use crate::rest::Rest;
use crate::schedule::Event;
use crate::tally::End;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Shortest pause that the generator makes between two looks at the schedule, nanoseconds.
pub(crate) const PAUSE_MIN_NANOS: f64 = 100_000.0;
/// Most requests that are out at the same time.
pub const CONNECTIONS_MAX: usize = 256;

/// What the generator's thread spends, in nanoseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeneratorTimes {
    /// For one request and its answer, half of it for each.
    pub request_nanos: f64,
    /// For one look at the schedule.
    pub look_nanos: f64,
    /// From when a timer is due until the sleeping thread runs.
    pub timer_nanos: f64,
    /// From one look to the earliest next one, as it shows in latencies: the pause that is asked for, and what random arrivals lose beside it.
    pub pause_nanos: f64,
    pub rest: Rest,
}

impl Default for GeneratorTimes {
    fn default() -> Self {
        Self { request_nanos: 0.0, look_nanos: 0.0, timer_nanos: 0.0, pause_nanos: PAUSE_MIN_NANOS, rest: Rest::default() }
    }
}

/// What the thread does next.
#[derive(Clone, Copy)]
enum Turn {
    Look,
    Send(Key),
    Receive(Key),
}

/// A step of the thread, planned for its end.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// The timer of the schedule.
    Timer,
    Awake,
    Looked,
    Sent(Key),
    Received(Key),
}

pub(crate) struct Generator {
    times: GeneratorTimes,
    turns: VecDeque<Turn>,
    /// Requests that are due and not yet noticed; noticed, but without a connection.
    due: Vec<Key>,
    unsent: VecDeque<Key>,
    out: usize,
    /// Since when the thread sleeps; none while it works or is on its way.
    asleep: Option<u64>,
    timer_set: bool,
    looked: Option<u64>,
}

impl Generator {
    pub(crate) fn new(times: GeneratorTimes) -> Self {
        Self {
            times,
            turns: VecDeque::new(),
            due: Vec::new(),
            unsent: VecDeque::new(),
            out: 0,
            asleep: Some(0),
            timer_set: false,
            looked: None,
        }
    }

    /// A request was never answered: its connection is free again.
    pub(super) fn given_up(&mut self) {
        self.out = self.out.saturating_sub(1);
    }
}

impl World {
    /// A call is asked: by a user at once, else when the schedule is looked at.
    pub(super) fn ask(&mut self, key: Key, user: bool) {
        let now = self.now();
        let Some(generator) = &mut self.generator else { return };
        if user {
            generator.turns.push_front(Turn::Send(key));
            return self.generator_called(None);
        }
        generator.due.push(key);
        if !generator.timer_set {
            generator.timer_set = true;
            let pause = generator.times.pause_nanos as u64;
            let at = generator.looked.map_or(now, |looked| now.max(looked + pause));
            self.schedule.plan(at, Event::Generator(Step::Timer));
        }
    }

    /// An answer is there to be read.
    pub(super) fn hand_back(&mut self, key: Key) {
        if let Some(generator) = &mut self.generator {
            generator.turns.push_back(Turn::Receive(key));
        }
        self.generator_called(None);
    }

    /// Wakes the thread if it sleeps, by a timer or by what came.
    fn generator_called(&mut self, timer_nanos: Option<f64>) {
        let now = self.now();
        let Some(generator) = &mut self.generator else { return };
        let Some(since) = generator.asleep.take() else { return };
        let rested = now.saturating_sub(since);
        let back = match timer_nanos {
            Some(timer) => (timer + generator.times.rest.at(rested as f64).cold_nanos) as u64,
            None => generator.times.rest.draw(rested, self.random.bits()),
        };
        self.schedule.plan(now + back, Event::Generator(Step::Awake));
    }

    pub(super) fn generator_step(&mut self, step: Step) {
        let now = self.now();
        let Some(generator) = &mut self.generator else { return };
        match step {
            Step::Timer => {
                generator.turns.push_back(Turn::Look);
                let timer = generator.times.timer_nanos;
                return self.generator_called(Some(timer));
            }
            Step::Awake => {}
            Step::Looked => {
                generator.timer_set = false;
                let due = std::mem::take(&mut generator.due);
                for key in due {
                    if generator.out < CONNECTIONS_MAX {
                        generator.out += 1;
                        generator.turns.push_back(Turn::Send(key));
                    } else {
                        generator.unsent.push_back(key);
                    }
                }
            }
            Step::Sent(key) => self.arrived(key),
            Step::Received(key) => {
                generator.out = generator.out.saturating_sub(1);
                if let Some(next) = generator.unsent.pop_front() {
                    generator.out += 1;
                    generator.turns.push_front(Turn::Send(next));
                }
                if let Some(result) = self.tasks.get(key).and_then(|task| task.result.take()) {
                    self.end(key, &End::Engine(result));
                }
            }
        }
        if let Some(generator) = &mut self.generator {
            let half = generator.times.request_nanos / 2.0;
            let (nanos, step) = match generator.turns.pop_front() {
                None => {
                    generator.asleep = Some(now);
                    return;
                }
                Some(Turn::Look) => {
                    generator.looked = Some(now);
                    (generator.times.look_nanos, Step::Looked)
                }
                Some(Turn::Send(key)) => {
                    if let Some(task) = self.tasks.get(key).filter(|task| task.user) {
                        // A user's latency counts from when the request goes out, a schedule's from when it was due.
                        task.due = now;
                    }
                    (half, Step::Sent(key))
                }
                Some(Turn::Receive(key)) => (half, Step::Received(key)),
            };
            self.schedule.plan(now + nanos as u64, Event::Generator(step));
        }
    }

    /// A request has arrived at its replica.
    fn arrived(&mut self, key: Key) {
        let Some(task) = self.tasks.get(key) else { return };
        task.state = State::Queued;
        let number = task.replica;
        if let Some(replica) = self.replicas.get_mut(number) {
            replica.threads.push(Job::Call(key));
        }
        self.dispatch(number);
    }
}

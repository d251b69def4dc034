//! What is to happen when: events in the order of virtual time, and of planning where times are equal.
//!
//! What an event does belongs to `world`.

use crate::processor::Done;
use crate::replica::Key;
use crate::world::Step;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

pub(crate) enum Event {
    /// The next arrival, if the source is still the one that planned it.
    Arrive(u64),
    /// A thread of a replica is through with what it held.
    Thread(usize, Held),
    /// The load generator is through with something.
    Generator(Step),
    /// A wait for something remote is over.
    Over(Arc<Done>),
}

pub(crate) enum Held {
    /// Nothing yet: it was called.
    Waking,
    Begin(Key),
    Resume(Key),
    Beside(Arc<Done>),
}

struct Planned {
    at: u64,
    number: u64,
    event: Event,
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}
impl Eq for Planned {}
impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Planned {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// Everything that is planned.
#[derive(Default)]
pub(crate) struct Schedule {
    planned: BinaryHeap<Reverse<Planned>>,
    numbers: u64,
}

impl Schedule {
    pub(crate) fn plan(&mut self, at: u64, event: Event) {
        self.numbers += 1;
        self.planned.push(Reverse(Planned { at, number: self.numbers, event }));
    }

    /// When the next event is due.
    pub(crate) fn next(&self) -> Option<u64> {
        self.planned.peek().map(|Reverse(planned)| planned.at)
    }

    pub(crate) fn pop(&mut self) -> Option<Event> {
        self.planned.pop().map(|Reverse(planned)| planned.event)
    }
}

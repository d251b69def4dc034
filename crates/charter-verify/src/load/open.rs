//! The open loop: requests are due at a rate, and a bounded pool of connections carries them.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::arrivals::{Arrivals, Spacing};
use super::closed::ask;
use super::exchange::{Connection, Failure};
use super::pacer::Pacer;
use super::run::{LoadError, Worker};
use super::scenario::Choice;
use crate::random::Random;

/// Shortest pause between two wake-ups: above 10,000 requests a second, arrivals go out in small groups.
const PAUSE_MIN: Duration = Duration::from_micros(100);
/// Most requests that wait for a connection; what is due beyond that is counted as not sent.
const WAITING_MAX: usize = 1_000_000;
/// Requests handed out before the connections get their turn, when the dispatcher is behind.
const HANDED_AT_ONCE: u32 = 32;

/// A request that is due.
struct Due {
    at: Instant,
    choice: Choice,
}

pub(super) async fn drive(worker: &Arc<Worker>, rate_per_second: f64, spacing: Spacing, connections_max: usize) -> Result<(), LoadError> {
    let (seed, part) = (worker.scenario.seed, worker.part as u64);
    let offset = worker.part as f64 / worker.parts as f64;
    let mut arrivals = Arrivals::new(rate_per_second / worker.parts as f64, spacing, offset, Random::for_part(seed, 2 * part));
    let mut random = Random::for_part(seed, 2 * part + 1);
    let mut pacer = Pacer::new()?;
    let queue = Arc::new(Queue::default());
    let mut tasks = JoinSet::new();
    let connections_max = worker.share(connections_max);
    let mut now = Instant::now();
    let mut handed = 0;
    loop {
        let at = worker.window.start + Duration::from_nanos(arrivals.next_nanos());
        if at >= worker.window.until {
            break;
        }
        if at > now {
            pacer.sleep_until(at.max(now + PAUSE_MIN)).await?;
            now = Instant::now();
            handed = 0;
        } else if handed >= HANDED_AT_ONCE {
            tokio::task::yield_now().await;
            now = Instant::now();
            handed = 0;
        }
        handed += 1;
        let choice = worker.mix.draw(&mut random);
        let handed_over = queue.push(Due { at, choice });
        if handed_over == Handed::Full {
            worker.record().not_sent(choice.route, at);
            continue;
        }
        let waits = handed_over == Handed::Waits && tasks.len() >= connections_max;
        worker.record().dispatched(at, now, waits);
        worker.counters.sent();
        if handed_over == Handed::Waits && !waits {
            tasks.spawn(carry(worker.clone(), queue.clone(), tasks.len()));
        }
    }
    queue.close();
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|_| LoadError::Lost)?;
    }
    Ok(())
}

/// One connection of the pool: takes what is due until the queue is closed and empty.
async fn carry(worker: Arc<Worker>, queue: Arc<Queue>, number: usize) {
    let mut connection: Option<Connection> = None;
    while let Some(due) = queue.next(number).await {
        let requests = worker.scenario.traffic.get(due.choice.route).map(|route| &route.requests);
        let Some(request) = requests.and_then(|requests| requests.get(due.choice.request)) else { continue };
        let outcome = if due.at + worker.scenario.timeout <= Instant::now() {
            Err(Failure::Timeout)
        } else {
            ask(&worker, &mut connection, request.bytes(), due.choice.route, due.at).await
        };
        if let Err(failure) = outcome {
            worker.counters.ended(due.choice.route, false);
            worker.record().failed(due.choice.route, due.at, Instant::now(), failure);
        }
    }
}

/// What became of a pushed request.
#[derive(Debug, PartialEq, Eq)]
enum Handed {
    /// An idle connection was woken for it.
    Taken,
    /// It waits for a connection.
    Waits,
    /// No room.
    Full,
}

/// Requests that are due, and the connections that are free. The connection used last is taken first: few stay warm.
#[derive(Default)]
struct Queue {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Due>,
    idle: Vec<(usize, Waker)>,
    closed: bool,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, due: Due) -> Handed {
        let mut state = self.state();
        if state.waiting.len() >= WAITING_MAX {
            return Handed::Full;
        }
        state.waiting.push_back(due);
        match state.idle.pop() {
            Some((_, waker)) => {
                waker.wake();
                Handed::Taken
            }
            None => Handed::Waits,
        }
    }

    /// The next request, for connection `number`; none once the queue is closed and empty.
    async fn next(&self, number: usize) -> Option<Due> {
        poll_fn(|context| self.poll_next(number, context)).await
    }

    fn poll_next(&self, number: usize, context: &mut Context<'_>) -> Poll<Option<Due>> {
        let mut state = self.state();
        let due = state.waiting.pop_front();
        if due.is_some() || state.closed {
            // A connection that was woken by its own timer may still stand in the list of the idle.
            state.idle.retain(|(idle, _)| *idle != number);
            return Poll::Ready(due);
        }
        match state.idle.iter_mut().find(|(idle, _)| *idle == number) {
            Some((_, waker)) => waker.clone_from(context.waker()),
            None => state.idle.push((number, context.waker().clone())),
        }
        Poll::Pending
    }

    fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.idle.drain(..).for_each(|(_, waker)| waker.wake());
    }
}

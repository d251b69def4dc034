//! Events in the order of virtual time: arrivals, threads that become free, timers of the engine.
//!
//! Calls are polled here, on the threads of their replicas; the engine's timers follow, since tokio's paused clock is moved in step. Timers of tokio have
//! the resolution that they have in the server: a millisecond. How many replicas there are belongs to `fleet`.

use crate::replica::{Answering, Job, JobKind, Key, Replica, Shared, State, Task, TaskWaker, Turn, Woken};
use crate::requests::Requests;
use crate::schedule::{Event, Held, Schedule};
use crate::tally::{End, Tally};
use crate::tasks::Tasks;
use charter_engine::{Call, Caller};
use charter_verify::Random;
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

const TICK: u64 = 1_000_000;

/// Where calls come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Source {
    /// Poisson arrivals.
    Open { per_s: f64 },
    /// Users who ask again as soon as they are answered.
    Closed { users: u32 },
}

/// What is asked, and by whom.
pub(crate) struct Traffic {
    /// Requests of each route of the plan.
    pub(crate) requests: Arc<Vec<Requests>>,
    /// Position of each route that is asked, and the running sum of its share.
    pub(crate) shares: Vec<(u16, f64)>,
    /// Time of the load generator for one request, where it runs on the replica's own machine.
    pub(crate) client_nanos: Option<f64>,
    /// Longest wait of a caller.
    pub(crate) patience_ms: Option<u64>,
}

pub(crate) struct World {
    pub(crate) shared: Shared,
    pub(crate) replicas: Vec<Replica>,
    /// Replicas that callers send to, by position.
    pub(crate) targets: Vec<usize>,
    pub(crate) tally: Tally,
    /// Whether calls that come now are counted.
    pub(crate) counting: bool,
    traffic: Traffic,
    source: Source,
    source_number: u64,
    schedule: Schedule,
    tasks: Tasks,
    woken: Woken,
    random: Random,
    client_busy: bool,
    client_waiting: VecDeque<Turn>,
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
            traffic,
            source: Source::Open { per_s: 0.0 },
            source_number: 0,
            schedule: Schedule::default(),
            tasks: Tasks::default(),
            woken: Woken::default(),
            client_busy: false,
            client_waiting: VecDeque::new(),
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.shared.clock.nanos()
    }

    /// Changes where calls come from, from now on.
    pub(crate) fn set_source(&mut self, source: Source) {
        self.source = source;
        self.source_number += 1;
        match source {
            Source::Open { per_s } if per_s > 0.0 => self.plan_arrival(per_s),
            Source::Open { .. } => {}
            Source::Closed { users } => (0..users).for_each(|_| self.arrive(true)),
        }
    }

    fn plan_arrival(&mut self, per_s: f64) {
        let gap = self.random.exponential(1e9 / per_s);
        let at = self.now().saturating_add(gap as u64);
        self.schedule.plan(at, Event::Arrive(self.source_number));
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
        self.shared.clock.set(to);
        tokio::time::advance(Duration::from_nanos(to - now)).await;
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
            Event::Arrive(number) if number == self.source_number => {
                self.arrive(false);
                if let Source::Open { per_s } = self.source {
                    self.plan_arrival(per_s);
                }
            }
            Event::Arrive(_) => {}
            Event::Over(done) => done.finish(),
            Event::Thread(replica, held) => {
                if self.replicas.get(replica).is_none_or(|replica| replica.gone) {
                    if let Held::Beside(done) = held {
                        done.finish();
                    }
                    return;
                }
                match held {
                    Held::Begin(key) | Held::Resume(key) => self.poll(key),
                    Held::Beside(done) => {
                        done.finish();
                        self.free_thread(replica);
                    }
                    Held::Client(turn) => {
                        self.client_busy = false;
                        self.free_thread(replica);
                        self.turn_over(turn);
                        self.next_turn(replica);
                    }
                }
                self.dispatch(replica);
            }
        }
    }

    fn arrive(&mut self, user: bool) {
        let point = self.random.uniform();
        let total = self.traffic.shares.last().map_or(0.0, |(_, sum)| *sum);
        let Some(&(route, _)) = self.traffic.shares.iter().find(|(_, sum)| point * total < *sum) else { return };
        let Some(&target) = self.targets.get(self.random.below(self.targets.len())) else { return };
        let Some(requests) = self.traffic.requests.get(usize::from(route)) else { return };
        let Some((rows, inputs)) = requests.calls.get(self.random.below(requests.calls.len())) else { return };
        let (rows, inputs, seed) = (*rows, inputs.clone(), self.random.bits());
        let timeout_ms = self.shared.plan.routes.get(usize::from(route)).map_or(0, |route| u64::from(route.timeout_ms));
        let call = Call {
            route: charter_plan::plan::RouteId(route),
            inputs,
            rows,
            deadline_ms: None,
            key: None,
            version: None,
            seed,
            caller: Caller::default(),
        };
        let now = self.now();
        let Some(replica) = self.replicas.get_mut(target) else { return };
        if self.counting {
            self.tally.look(replica.runnable.len(), replica.calls);
        }
        if replica.gone {
            if self.counting {
                self.tally.end(route, 0, replica.weight, &End::Lost);
            }
            return;
        }
        replica.calls += 1;
        let patience = self.traffic.patience_ms.unwrap_or(timeout_ms) * 1_000_000;
        let task = Task {
            replica: target,
            route,
            due: now,
            patience,
            counted: self.counting,
            state: State::Queued,
            call: Some(call),
            answering: None,
            result: None,
            user,
        };
        let key = self.tasks.place(task);
        if self.traffic.client_nanos.is_some() {
            self.client_waiting.push_back(Turn::Send(key));
            self.next_turn(target);
        } else {
            self.queue(key);
        }
        self.dispatch(target);
    }

    /// Lets a call wait for a thread.
    fn queue(&mut self, key: Key) {
        let since = self.now();
        let Some(task) = self.tasks.get(key) else { return };
        task.state = State::Queued;
        let replica = task.replica;
        if let Some(replica) = self.replicas.get_mut(replica) {
            replica.runnable.push_back(Job { since, work: JobKind::Call(key) });
        }
    }

    fn free_thread(&mut self, replica: usize) {
        if let Some(replica) = self.replicas.get_mut(replica) {
            replica.threads_free += 1;
        }
    }

    /// Gives free threads to what waits for them.
    fn dispatch(&mut self, number: usize) {
        loop {
            let now = self.now();
            let wake = self.shared.times.wake_nanos;
            let Some(replica) = self.replicas.get_mut(number).filter(|replica| replica.threads_free > 0 && !replica.gone) else { return };
            let Some(job) = replica.runnable.pop_front() else { return };
            replica.threads_free -= 1;
            // A thread that was idle has to be woken; one that was busy goes on.
            let wake = if job.since == now { wake } else { 0.0 };
            match job.work {
                JobKind::Beside(nanos, done) => self.schedule.plan(now + nanos, Event::Thread(number, Held::Beside(done))),
                JobKind::Client(turn) => {
                    let nanos = self.traffic.client_nanos.unwrap_or(0.0) / 2.0 + wake;
                    self.schedule.plan(now + nanos as u64, Event::Thread(number, Held::Client(turn)));
                }
                JobKind::Call(key) => self.run(key, number, wake),
            }
        }
    }

    /// Begins a call on a thread, or goes on with it.
    fn run(&mut self, key: Key, replica: usize, wake: f64) {
        let now = self.now();
        let seed = self.random.bits();
        let times = Arc::clone(&self.shared.times);
        let Some(task) = self.tasks.get(key) else { return self.free_thread(replica) };
        if task.call.is_none() {
            return self.poll(key);
        }
        if now.saturating_sub(task.due) > task.patience {
            self.free_thread(replica);
            return self.end(key, End::GaveUp);
        }
        task.state = State::Running;
        let rows = task.call.as_ref().map_or(1, |call| call.rows);
        let edge = times.edge.get(usize::from(task.route)).map_or(0.0, |(time, _)| time.draw(rows, seed)) + wake;
        if edge >= 1.0 {
            self.schedule.plan(now + edge as u64, Event::Thread(replica, Held::Begin(key)));
        } else {
            self.poll(key);
        }
    }

    /// Polls a call on the thread that it holds.
    fn poll(&mut self, key: Key) {
        let Some(task) = self.tasks.get(key) else { return };
        task.state = State::Running;
        let (number, call) = (task.replica, task.call.take());
        let mut answering = task.answering.take();
        let waker = Waker::from(Arc::new(TaskWaker { key, woken: Arc::clone(&self.woken) }));
        let Some(replica) = self.replicas.get(number) else { return };
        let mut future: Answering = match (call, answering.take()) {
            (Some(call), _) => {
                let runtime = replica.engine.current();
                Box::pin(async move { runtime.call(call).await })
            }
            (None, Some(future)) => future,
            (None, None) => return,
        };
        let (progress, asked) = replica.processor.poll(|| future.as_mut().poll(&mut Context::from_waker(&waker)));
        match progress {
            Poll::Ready(result) => {
                self.free_thread(number);
                self.answered(key, result);
            }
            Poll::Pending => {
                let at = self.now() + asked;
                if let Some(task) = self.tasks.get(key) {
                    task.answering = Some(future);
                    task.state = if asked > 0 { State::Running } else { State::Waiting };
                }
                if asked > 0 {
                    self.schedule.plan(at, Event::Thread(number, Held::Resume(key)));
                } else {
                    self.free_thread(number);
                }
            }
        }
        self.post(number);
    }

    /// Takes on what a replica's backends have posted.
    fn post(&mut self, number: usize) {
        let now = self.now();
        let Some(replica) = self.replicas.get_mut(number) else { return };
        let posted = replica.processor.posted();
        for work in posted {
            if work.on_thread {
                if let Some(replica) = self.replicas.get_mut(number) {
                    replica.runnable.push_back(Job { since: now, work: JobKind::Beside(work.nanos, work.done) });
                }
            } else {
                self.schedule.plan(now + work.nanos, Event::Over(work.done));
            }
        }
    }

    fn answered(&mut self, key: Key, result: Result<charter_engine::Answer, charter_engine::CallError>) {
        if self.traffic.client_nanos.is_none() {
            return self.end(key, End::Engine(result));
        }
        let Some(task) = self.tasks.get(key) else { return };
        task.state = State::Ended;
        task.result = Some(result);
        let replica = task.replica;
        self.client_waiting.push_back(Turn::Receive(key));
        self.next_turn(replica);
    }

    /// Gives the load generator's one thread its next turn, on a core of the machine.
    fn next_turn(&mut self, replica: usize) {
        let since = self.now();
        if self.client_busy {
            return;
        }
        let Some(turn) = self.client_waiting.pop_front() else { return };
        self.client_busy = true;
        if let Some(replica) = self.replicas.get_mut(replica) {
            replica.runnable.push_back(Job { since, work: JobKind::Client(turn) });
        }
    }

    fn turn_over(&mut self, turn: Turn) {
        match turn {
            Turn::Send(key) => {
                let now = self.now();
                let closed = matches!(self.source, Source::Closed { .. });
                if let Some(task) = self.tasks.get(key) {
                    // A user's latency counts from when the request went out, a schedule's from when it was due.
                    task.due = if closed { now } else { task.due };
                    self.queue(key);
                }
            }
            Turn::Receive(key) => {
                if let Some(result) = self.tasks.get(key).and_then(|task| task.result.take()) {
                    self.end(key, End::Engine(result));
                }
            }
        }
    }

    /// A call is over.
    fn end(&mut self, key: Key, end: End) {
        let Some(task) = self.tasks.take(key) else { return };
        let nanos = self.now().saturating_sub(task.due);
        if let Some(replica) = self.replicas.get_mut(task.replica) {
            replica.calls = replica.calls.saturating_sub(1);
            if task.counted {
                self.tally.end(task.route, nanos, replica.weight, &end);
            }
        }
        if task.user && matches!(self.source, Source::Closed { .. }) {
            self.arrive(true);
        }
    }

    /// Lets calls that were woken wait for a thread, and threads take them.
    fn collect(&mut self) {
        loop {
            let mut woken = std::mem::take(&mut *self.woken.lock().unwrap_or_else(PoisonError::into_inner));
            woken.sort_unstable();
            woken.dedup();
            for key in &woken {
                // What runs is polled when its thread is through; what is queued will be.
                if self.tasks.get(*key).is_some_and(|task| task.state == State::Waiting) {
                    self.queue(*key);
                }
            }
            for number in 0..self.replicas.len() {
                self.post(number);
                self.dispatch(number);
            }
            if self.woken.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                return;
            }
        }
    }

    /// A replica is gone at once, and every call inside with it.
    pub(crate) fn lose(&mut self, number: usize) {
        if let Some(replica) = self.replicas.get_mut(number) {
            replica.gone = true;
            replica.runnable.clear();
        }
        self.tasks.inside(number).into_iter().for_each(|key| self.end(key, End::Lost));
    }
}

//! A call from its thread to its end.
//!
//! A thread reads and checks the request, then polls the engine's own future: it computes, waits for something else, or is answered.

use super::World;
use crate::replica::{Answering, Job, Key, State, TaskWaker};
use crate::schedule::{Event, Held};
use crate::tally::End;
use charter_engine::{Answer, CallError};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

impl World {
    /// Lets a call wait for a thread.
    pub(super) fn queue(&mut self, key: Key) {
        let Some(task) = self.tasks.get(key) else { return };
        task.state = State::Queued;
        let replica = task.replica;
        if let Some(replica) = self.replicas.get_mut(replica) {
            replica.threads.push(Job::Call(key));
        }
    }

    fn free_thread(&mut self, replica: usize) {
        if let Some(replica) = self.replicas.get_mut(replica) {
            replica.threads.free();
        }
    }

    /// Begins a call on a thread, or goes on with it.
    pub(super) fn run(&mut self, key: Key, replica: usize) {
        let now = self.now();
        let seed = self.random.bits();
        let times = Arc::clone(&self.shared.times);
        let pace = self.replicas.get(replica).map_or(1.0, |replica| times.pace_at(now, replica.salt));
        let Some(task) = self.tasks.get(key) else { return self.free_thread(replica) };
        let Some(call) = &task.call else { return self.poll(key) };
        if now.saturating_sub(task.due) > task.patience {
            self.free_thread(replica);
            return self.end(key, &End::GaveUp);
        }
        task.state = State::Running;
        let edge = times.edge.get(usize::from(task.route)).map_or(0.0, |(time, _)| time.draw(call.rows, seed)) * pace;
        if edge >= 1.0 {
            self.schedule.plan(now + edge as u64, Event::Thread(replica, Held::Begin(key)));
        } else {
            self.poll(key);
        }
    }

    /// Polls a call on the thread that it holds.
    pub(super) fn poll(&mut self, key: Key) {
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
            Poll::Ready(result) => self.answered(key, number, result),
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
        for work in replica.processor.posted() {
            if work.on_thread {
                replica.threads.push(Job::Beside(work.nanos, work.done));
            } else {
                self.schedule.plan(now + work.nanos, Event::Over(work.done));
            }
        }
    }

    /// The thread has written the answer.
    fn answered(&mut self, key: Key, replica: usize, result: Result<Answer, CallError>) {
        self.free_thread(replica);
        if self.generator.is_none() {
            return self.end(key, &End::Engine(result));
        }
        if let Some(task) = self.tasks.get(key) {
            task.state = State::Ended;
            task.result = Some(result);
        }
        self.hand_back(key);
    }

    /// A call is over.
    pub(super) fn end(&mut self, key: Key, end: &End) {
        let Some(task) = self.tasks.take(key) else { return };
        let nanos = self.now().saturating_sub(task.due);
        if let (Some(generator), End::GaveUp) = (&mut self.generator, end) {
            generator.given_up();
        }
        if let Some(replica) = self.replicas.get_mut(task.replica) {
            replica.calls = replica.calls.saturating_sub(1);
            if task.counted {
                self.tally.end(task.route, nanos, replica.weight, end);
            }
        }
        if task.user && self.is_closed() {
            self.arrive(true);
        }
    }

    /// Lets calls that were woken wait for a thread, and threads take them.
    pub(super) fn collect(&mut self) {
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
            replica.threads.clear();
        }
        self.tasks.inside(number).into_iter().for_each(|key| self.end(key, &End::Lost));
    }
}

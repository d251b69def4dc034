//! The closed loop: users who wait for their answer, think, and ask again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::exchange::{Connection, Failure};
use super::record::Times;
use super::run::{LoadError, Worker};
use super::scenario::Think;
use crate::random::Random;

/// The pause after a failure: a server that is down must not make the users spin.
const AFTER_FAILURE: Duration = Duration::from_millis(10);

pub(super) async fn drive(worker: &Arc<Worker>, users: usize, think: Think) -> Result<(), LoadError> {
    let mut tasks = JoinSet::new();
    for number in 0..worker.share(users) {
        let random = Random::for_part(worker.scenario.seed, (number * worker.parts + worker.part) as u64);
        tasks.spawn(user(worker.clone(), think, random));
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|_| LoadError::Lost)?;
    }
    Ok(())
}

async fn user(worker: Arc<Worker>, think: Think, mut random: Random) {
    let mut connection: Option<Connection> = None;
    // Users do not arrive together: the first pause is a random part of a think time.
    let mut pause = think.mean().mul_f64(random.uniform()).min(worker.scenario.warm_up.max(Duration::from_millis(1)));
    loop {
        let due = Instant::now() + pause;
        if due >= worker.window.until {
            return;
        }
        if !pause.is_zero() {
            tokio::time::sleep_until(due.into()).await;
        }
        let choice = worker.mix.draw(&mut random);
        let Some(request) = worker.scenario.traffic.get(choice.route).and_then(|route| route.requests.get(choice.request)) else {
            return;
        };
        // The user acts when the timer wakes it, so latency counts from here; the timer's lag is reported beside it.
        let began = Instant::now();
        worker.record().dispatched(if pause.is_zero() { began } else { due }, began, false);
        worker.counters.sent();
        let outcome = ask(&worker, &mut connection, request.bytes(), choice.route, began).await;
        pause = think.draw(&mut random);
        if let Err(failure) = outcome {
            connection = None;
            worker.counters.ended(choice.route, false);
            worker.record().failed(choice.route, began, Instant::now(), failure);
            pause = pause.max(AFTER_FAILURE);
        }
    }
}

/// Sends one request on the user's connection, opening one if needed, and records the answer.
pub(super) async fn ask(worker: &Worker, kept: &mut Option<Connection>, request: &[u8], route: usize, due: Instant) -> Result<(), Failure> {
    let deadline = due + worker.scenario.timeout;
    let mut connection = match kept.take().filter(Connection::is_reusable) {
        Some(connection) => connection,
        None => {
            worker.record().connections += 1;
            Connection::open(worker.scenario.target.address(), deadline).await?
        }
    };
    let sent = Instant::now();
    let answer = connection.exchange(request, deadline).await?;
    let times = Times { due, sent, done: Instant::now() };
    worker.record().answered(route, times, answer, &connection);
    worker.counters.ended(route, answer.status < 400);
    *kept = Some(connection);
    Ok(())
}

//! Traffic for `charter serve --demo`: held-out rows of every route, a few hundred requests a second, and a line of figures now and then.
//!
//! Proving something is `charter verify`; this only keeps the place alive.

use crate::compiled::Compiled;
use charter_verify::load::{LoadOutcome, LoadScenario, Shape, Spacing, Target, Traffic, run};
use charter_verify::proof::traffic_of;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

const RATE_PER_SECOND: f64 = 300.0;
/// Seconds between two lines.
const SLICE: Duration = Duration::from_secs(5);

/// Starts the traffic on a thread of its own; it ends with the process.
pub(crate) fn start(compiled: &Compiled, address: SocketAddr) {
    let traffic = match Target::parse(&format!("http://{address}")) {
        Ok(target) => traffic(compiled, &target).map(|traffic| (target, traffic)),
        Err(problem) => Err(problem.to_string()),
    };
    match traffic {
        Err(problem) => tracing::warn!("no demo traffic: {problem}"),
        Ok((target, traffic)) => {
            let thread = std::thread::Builder::new().name("demo".to_owned());
            if let Err(problem) = thread.spawn(move || play(target, traffic)) {
                tracing::warn!("no demo traffic: {problem}");
            }
        }
    }
}

/// Requests of every route that names its rows.
fn traffic(compiled: &Compiled, target: &Target) -> Result<Vec<Traffic>, String> {
    let routes = compiled.plan.routes.iter().filter(|route| route.samples.is_some());
    let traffic = routes
        .map(|route| traffic_of(target, route, &compiled.folder.path, 1.0).map_err(|problem| problem.to_string()))
        .collect::<Result<Vec<Traffic>, String>>()?;
    if traffic.is_empty() { Err("no route names its `samples`".to_owned()) } else { Ok(traffic) }
}

fn play(target: Target, traffic: Vec<Traffic>) {
    let shape = Shape::Open { rate_per_second: RATE_PER_SECOND, spacing: Spacing::Poisson, connections_max: 32 };
    let mut scenario = LoadScenario {
        target,
        traffic,
        shape,
        warm_up: Duration::ZERO,
        duration: SLICE,
        timeout: Duration::from_secs(5),
        seed: 7,
        workers: 1,
    };
    loop {
        match run(&scenario, |_| {}) {
            Ok(outcome) => println!("{}", line(&outcome)),
            Err(problem) => {
                tracing::warn!("the demo traffic ended: {problem}");
                return;
            }
        }
        scenario.seed = scenario.seed.wrapping_add(1);
    }
}

/// `demo  300 req/s  p50 0.4 ms  p99 1.9 ms  errors 0   fraud: full 100 %`
fn line(outcome: &LoadOutcome) -> String {
    let report = &outcome.report;
    let mut text = format!(
        "demo  {:.0} req/s  p50 {:.2} ms  p99 {:.2} ms  errors {}",
        report.throughput_per_second,
        outcome.total.quantile_ms(0.5),
        outcome.total.quantile_ms(0.99),
        report.total.errors.total()
    );
    for route in &report.routes {
        let total: u64 = route.rungs.values().sum();
        let best = route.rungs.iter().max_by_key(|(_, count)| **count);
        if let Some((rung, count)) = best.filter(|_| total > 0) {
            let _ = write!(text, "  {} {rung} {} %", route.name, count * 100 / total);
        }
    }
    text
}

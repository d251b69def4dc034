//! Real runs for `charter simulate`: what a request costs here, and whether a simulation says the same as a server under load.

use crate::arguments::{Simulate, SimulateFormat};
use crate::commands::verify::Server;
use crate::compiled::Compiled;
use crate::exit::{Ending, Outcome, Problem};
use crate::output::{print, print_json};
use charter_engine::OpenBackend;
use charter_plan::plan::{Route, RouteId};
use charter_simulate::Requests;
use charter_simulate::calibration::{Calibration, Edge, QUANTILES, Stopwatch, measure_models};
use charter_simulate::host::{Host, HostLoad, play};
use charter_simulate::validate::{Run, compare, holds, table};
use charter_verify::load::{LoadOutcome, LoadScenario, Shape, Spacing, Target, Think, Traffic, run};
use charter_verify::proof::traffic_of;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Users that keep a server busy.
const BUSY_USERS: usize = 16;
const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(2);
const VALIDATED: Duration = Duration::from_secs(4);
const REPEATS: u64 = 3;

fn environment(problem: impl std::fmt::Display) -> Problem {
    Problem::Environment(problem.to_string())
}

/// Measures the models in this process, then each route's edge on a real server.
pub(super) fn calibrate(
    arguments: &Simulate,
    compiled: &Compiled,
    requests: &Arc<Vec<Requests>>,
    opener: &dyn OpenBackend,
) -> Result<Calibration, Problem> {
    let began = Instant::now();
    let stopwatch: Arc<Stopwatch> = Arc::new(move || u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX));
    let models =
        measure_models(&compiled.plan, requests, opener, &stopwatch, &mut |label| eprintln!("measuring {label}")).map_err(environment)?;
    let server = Server::start(&arguments.source.path, arguments.onnxruntime.as_deref())?;
    let target = Target::parse(&server.url).map_err(environment)?;
    let mut edges = Vec::new();
    for route in compiled.plan.routes.iter().filter(|route| route.samples.is_some()) {
        eprintln!("measuring the edge of {}", route.name);
        edges.push(edge(&server, &target, compiled, route, arguments.seed)?);
    }
    let calibration = Calibration {
        plan: compiled.plan.fingerprint.clone(),
        measured_at: jiff::Timestamp::now().to_string(),
        cores: super::cores(),
        models,
        notes: vec!["server and load generator shared this machine; inputs are the routes' held-out rows".to_owned()],
        ..Calibration::default()
    };
    Ok(calibration.with_edges(&compiled.plan, &edges))
}

/// One route under one user, then under enough of them to keep the server busy.
fn edge(server: &Server, target: &Target, compiled: &Compiled, route: &Route, seed: u64) -> Result<Edge, Problem> {
    let traffic = vec![traffic_of(target, route, &compiled.folder.path, 1.0).map_err(environment)?];
    let users = |users: usize| loaded(target, &traffic, Shape::Closed { users, think: Think::None }, MEASURED, seed);
    let alone = users(1)?;
    let before = cpu_nanos(server.process())?;
    let busy = users(BUSY_USERS)?;
    let spent = cpu_nanos(server.process())?.saturating_sub(before) as f64;
    let generator = &busy.report.generator;
    // All that were sent, those of the warm-up too: CPU time was spent on them as well.
    let sent = generator.cpu_seconds * 1e6 / generator.cpu_micros_per_request.max(f64::MIN_POSITIVE);
    Ok(Edge {
        route: route.name.clone(),
        server_nanos: spent / sent.max(1.0),
        client_nanos: generator.cpu_micros_per_request * 1e3,
        alone: QUANTILES.map(|quantile| alone.total.quantile_ms(quantile) * 1e6).to_vec(),
        alone_mean_nanos: alone.total.mean_ms() * 1e6,
    })
}

fn loaded(target: &Target, traffic: &[Traffic], shape: Shape, duration: Duration, seed: u64) -> Result<LoadOutcome, Problem> {
    let scenario = LoadScenario {
        target: target.clone(),
        traffic: traffic.to_vec(),
        shape,
        warm_up: WARM_UP,
        duration,
        timeout: Duration::from_secs(5),
        seed,
        workers: 1,
    };
    run(&scenario, |_| {}).map_err(environment)
}

/// CPU time of a process over all its threads, as the scheduler counts it.
fn cpu_nanos(process: u32) -> Result<u64, Problem> {
    let failed = |problem: std::io::Error| environment(format!("cannot read the server's CPU time, which takes Linux's /proc: {problem}"));
    let mut sum = 0;
    for task in std::fs::read_dir(format!("/proc/{process}/task")).map_err(failed)? {
        let path = task.map_err(failed)?.path().join("schedstat");
        // A thread may end between the list and its file; it had next to nothing to do with the requests.
        let text = std::fs::read_to_string(path).unwrap_or_default();
        sum += text.split_ascii_whitespace().next().and_then(|nanos| nanos.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(sum)
}

/// What was measured, in a few lines.
pub(super) fn summary(calibration: &Calibration) -> String {
    let mut text = format!("measured on {} cores at {}\n", calibration.cores, calibration.measured_at);
    for (model, tables) in &calibration.models {
        let shown: Vec<String> =
            tables.iter().take(3).map(|table| format!("{:.1} µs at {} rows", table.mean_nanos / 1e3, table.rows)).collect();
        let _ = writeln!(text, "  {model:<32} {}", shown.join(", "));
    }
    for (route, table) in &calibration.routes {
        let _ = writeln!(text, "  edge of {route:<24} {:.1} µs", table.mean_nanos / 1e3);
    }
    let _ = writeln!(
        text,
        "  load generator {:.1} µs a request, waking a thread {:.1} µs",
        calibration.client_nanos / 1e3,
        calibration.wake_nanos / 1e3
    );
    text
}

/// Loads a real server and plays the same, load after load.
pub(super) fn validate(
    arguments: &Simulate,
    compiled: &Compiled,
    requests: &Arc<Vec<Requests>>,
    opener: &dyn OpenBackend,
    calibration: &Calibration,
) -> Outcome {
    let server = Server::start(&arguments.source.path, arguments.onnxruntime.as_deref())?;
    let target = Target::parse(&server.url).map_err(environment)?;
    let plan = &compiled.plan;
    let weight = |route: &Route| plan.traffic.mix.iter().find(|share| share.route == route.id).map_or(1.0, |share| share.share);
    let asked: Vec<&Route> = plan.routes.iter().filter(|route| route.samples.is_some()).collect();
    let traffic: Result<Vec<Traffic>, Problem> =
        asked.iter().map(|route| traffic_of(&target, route, &compiled.folder.path, weight(route)).map_err(environment)).collect();
    let (traffic, routes) = (traffic?, asked.iter().map(|route| (route.id, weight(route))).collect::<Vec<(RouteId, f64)>>());
    let mut cases = Vec::new();
    let mut loads = vec![HostLoad::Users { users: 1 }, HostLoad::Users { users: 8 }, HostLoad::Users { users: 64 }];
    let mut number = 0;
    while let Some(load) = loads.get(number).copied() {
        eprintln!("loading with {}", charter_simulate::validate::name(load));
        let (mut real, mut simulated) = (Vec::new(), Vec::new());
        for repeat in 0..REPEATS {
            let seed = arguments.seed.wrapping_add(repeat);
            let shape = match load {
                HostLoad::Users { users } => Shape::Closed { users: users as usize, think: Think::None },
                HostLoad::Rate { per_s } => Shape::Open { rate_per_second: per_s, spacing: Spacing::Poisson, connections_max: 256 },
            };
            real.push(Run::real(&loaded(&target, &traffic, shape, VALIDATED, seed)?));
            let host = Host {
                plan,
                requests: Arc::clone(requests),
                opener,
                calibration,
                routes: routes.clone(),
                load,
                warm_up_s: WARM_UP.as_secs_f64(),
                seconds: VALIDATED.as_secs_f64(),
                seed,
            };
            simulated.push(Run::simulated(&play(&host).map_err(environment)?, VALIDATED.as_secs_f64()));
        }
        if number == 2 {
            // Open loops below what the busiest closed one reached: three shares of it, rounded.
            let most = real.iter().map(|run| run.per_s).fold(0.0, f64::max);
            loads.extend([0.3, 0.5, 0.7].map(|share| HostLoad::Rate { per_s: (most * share / 100.0).round() * 100.0 }));
        }
        cases.push(compare(load, &real, &simulated));
        number += 1;
    }
    let held = holds(&cases);
    match arguments.format {
        SimulateFormat::Json => print_json(
            &serde_json::json!({ "plan": plan.fingerprint, "within": charter_simulate::validate::WITHIN, "holds": held, "cases": cases }),
        )?,
        SimulateFormat::Table | SimulateFormat::Svg => print(&table(&cases))?,
    }
    Ok(if held { Ending::Fine } else { Ending::Findings })
}

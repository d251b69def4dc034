//! Real runs for `charter simulate`: what a request costs here, and whether a simulation says the same as a server under load.
//!
//! Server and load generator have cores of their own in both. Loads that are validated are others than those that were calibrated, but for a single
//! user. One run is `loaded`; what runs mean is worked out in `charter-simulate`.

use super::loaded::{Loaded, WARM_UP, environment};
use crate::arguments::{Simulate, SimulateFormat};
use crate::commands::verify::Server;
use crate::compiled::Compiled;
use crate::exit::{Ending, Outcome, Problem};
use crate::output::{print, print_json};
use charter_engine::OpenBackend;
use charter_plan::plan::Route;
use charter_simulate::Requests;
use charter_simulate::calibration::{Calibration, Stopwatch, measure_models};
use charter_simulate::host::{Host, HostLoad, fitting_pause, play};
use charter_simulate::levels::{BUSY_USERS, Level, LevelLoad, PACED_PER_S, RANDOM_SHARE};
use charter_simulate::validate::{Run, compare, holds, name, table};
use charter_verify::cores::Split;
use charter_verify::load::{Target, Traffic};
use charter_verify::proof::traffic_of;
use std::sync::Arc;
use std::time::{Duration, Instant};

const MEASURED: Duration = Duration::from_millis(1_500);
const VALIDATED: Duration = Duration::from_secs(2);
const REPEATS: u64 = 5;
/// Users that are validated, and shares of the most that they reached, as open loops.
const USERS: [u32; 3] = [1, 8, 64];
const SHARES: [f64; 3] = [0.25, 0.5, 0.7];

/// Measures the models in this process, then what requests cost a real server.
pub(super) fn calibrate(
    arguments: &Simulate,
    compiled: &Compiled,
    requests: &Arc<Vec<Requests>>,
    opener: &dyn OpenBackend,
) -> Result<Calibration, Problem> {
    let began = Instant::now();
    // Before they are split: afterwards this thread has one.
    let cores = super::cores();
    let stopwatch: Arc<Stopwatch> = Arc::new(move || u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX));
    let models =
        measure_models(&compiled.plan, requests, opener, &stopwatch, &mut |label| eprintln!("measuring {label}")).map_err(environment)?;
    let split = Split::of_this_machine().map_err(environment)?;
    let server = start(arguments, &split)?;
    let target = Target::parse(&server.url).map_err(environment)?;
    let loaded = Loaded { server: &server, target: &target, duration: MEASURED };
    let asked = asked(compiled);
    let mut levels: Vec<Level> = Vec::new();
    for route in &asked {
        eprintln!("measuring requests of {}", route.name);
        let traffic = [traffic_of(&target, route, &compiled.folder.path, 1.0).map_err(environment)?];
        for users in [1, BUSY_USERS] {
            levels.push(loaded.level(Some(&route.name), &traffic, LevelLoad::Users(users), arguments.seed)?);
        }
    }
    let mix = mix(compiled, &target, &asked)?;
    eprintln!("measuring requests of all routes");
    let loads = [LevelLoad::Users(1), LevelLoad::Users(BUSY_USERS)].into_iter().chain(PACED_PER_S.map(LevelLoad::Paced));
    for load in loads {
        levels.push(loaded.level(None, &mix, load, arguments.seed)?);
    }
    let busy = levels.iter().find(|level| level.route.is_none() && level.load == LevelLoad::Users(BUSY_USERS));
    let per_s = (busy.map_or(0.0, |level| level.per_s) * RANDOM_SHARE / 100.0).round().max(1.0) * 100.0;
    eprintln!("measuring the generator at {per_s:.0} requests a second");
    let random = loaded.level(None, &mix, LevelLoad::Random(per_s), arguments.seed)?;
    let median_ms = random.median() / 1e6;
    levels.push(random);
    let measured = Calibration {
        plan: compiled.plan.fingerprint.clone(),
        measured_at: jiff::Timestamp::now().to_string(),
        cores,
        server_threads: split.server_cores(),
        models,
        notes: vec!["server and load generator had cores of their own; inputs are the routes' held-out rows".to_owned()],
        ..Calibration::default()
    };
    let mut calibration = measured.with_levels(&compiled.plan, &|route| weight(compiled, route), levels);
    let load = HostLoad::Rate { per_s };
    let pause_nanos =
        fitting_pause(&host(compiled, requests, opener, &calibration, load, arguments.seed), median_ms).map_err(environment)?;
    calibration.generator.pause_nanos = pause_nanos;
    Ok(calibration)
}

/// A server on its cores; the calling thread is on the generator's from then on.
fn start(arguments: &Simulate, split: &Split) -> Result<Server, Problem> {
    split.start(|| Server::start(&arguments.source.path, arguments.onnxruntime.as_deref())).map_err(environment)?
}

/// Routes that have rows to ask with.
fn asked(compiled: &Compiled) -> Vec<&Route> {
    compiled.plan.routes.iter().filter(|route| route.samples.is_some()).collect()
}

/// A route's share of the calls; all alike where no mix is stated.
fn weight(compiled: &Compiled, route: &Route) -> f64 {
    compiled.plan.traffic.mix.iter().find(|share| share.route == route.id).map_or(1.0, |share| share.share)
}

fn mix(compiled: &Compiled, target: &Target, asked: &[&Route]) -> Result<Vec<Traffic>, Problem> {
    let of = |route: &&Route| traffic_of(target, route, &compiled.folder.path, weight(compiled, route)).map_err(environment);
    asked.iter().map(of).collect()
}

/// What is played for a load.
fn host<'a>(
    compiled: &'a Compiled,
    requests: &Arc<Vec<Requests>>,
    opener: &'a dyn OpenBackend,
    calibration: &'a Calibration,
    load: HostLoad,
    seed: u64,
) -> Host<'a> {
    Host {
        plan: &compiled.plan,
        requests: Arc::clone(requests),
        opener,
        calibration,
        routes: asked(compiled).into_iter().map(|route| (route.id, weight(compiled, route))).collect(),
        load,
        warm_up_s: WARM_UP.as_secs_f64(),
        seconds: VALIDATED.as_secs_f64(),
        seed,
    }
}

/// Loads a real server and plays the same, load after load.
pub(super) fn validate(
    arguments: &Simulate,
    compiled: &Compiled,
    requests: &Arc<Vec<Requests>>,
    opener: &dyn OpenBackend,
    calibration: &Calibration,
) -> Outcome {
    let split = Split::of_this_machine().map_err(environment)?;
    let server = start(arguments, &split)?;
    let target = Target::parse(&server.url).map_err(environment)?;
    let asked = asked(compiled);
    let traffic = mix(compiled, &target, &asked)?;
    let loaded = Loaded { server: &server, target: &target, duration: VALIDATED };
    let mut cases = Vec::new();
    let mut loads: Vec<HostLoad> = USERS.iter().map(|users| HostLoad::Users { users: *users }).collect();
    let mut most: f64 = 0.0;
    let mut number = 0;
    while let Some(load) = loads.get(number).copied() {
        eprintln!("loading with {}", name(load));
        let (mut real, mut simulated) = (Vec::new(), Vec::new());
        for repeat in 0..REPEATS {
            let seed = arguments.seed.wrapping_add(repeat);
            real.push(loaded.run(&traffic, load, seed)?);
            let host = host(compiled, requests, opener, calibration, load, seed);
            simulated.push(Run::simulated(&play(&host).map_err(environment)?, VALIDATED.as_secs_f64()));
        }
        most = real.iter().map(|run| run.per_s).fold(most, f64::max);
        number += 1;
        if number == USERS.len() {
            loads.extend(SHARES.map(|share| HostLoad::Rate { per_s: (most * share / 100.0).round() * 100.0 }));
        }
        cases.push(compare(load, &real, &simulated));
    }
    let held = holds(&cases);
    match arguments.format {
        SimulateFormat::Json => print_json(&serde_json::json!({
            "plan": compiled.plan.fingerprint,
            "within": charter_simulate::validate::WITHIN,
            "holds": held,
            "cases": cases,
            "calibration": calibration,
        }))?,
        SimulateFormat::Table | SimulateFormat::Svg => print(&table(&cases))?,
    }
    Ok(if held { Ending::Fine } else { Ending::Findings })
}

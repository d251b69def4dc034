//! `charter serve`

use crate::arguments::{Colour, Serve};
use crate::compiled::{Compiled, compile};
use crate::demo;
use crate::exit::{Ending, Outcome, Problem};
use crate::faults::FaultPort;
use crate::folder::Folder;
use crate::known::{refuse_settings, settings};
use crate::output::{colours, print};
use crate::reload::{Reloader, watch};
use crate::state::{self, State};
use charter_backend::Backends;
use charter_backend::fault::{Faults, FaultyBackends, FaultyStore, SkewedClock};
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_engine::store::Store;
use charter_engine::watch::Watch;
use charter_engine::{Clock, Engine, OpenBackend, SystemClock};
use charter_gateway::{Control, Gateway, GatewayConfig, LogFormat, Metrics, Telemetry, TelemetryConfig};
use charter_monitor::conductor::Conductor;
use charter_plan::plan::{ModelId, Node, Route};
use charter_spec::Setting;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long threads may go on after the listeners have drained.
const SHUTDOWN: Duration = Duration::from_secs(2);

pub(crate) fn run(arguments: &Serve, colour: Colour) -> Outcome {
    let set = settings(&arguments.set)?;
    let folder = Folder::read_with(&arguments.source.path, &set)?;
    refuse_settings(&folder)?;
    let search = OnnxRuntimeSearch::from_environment(arguments.onnxruntime.clone());
    let faults = Arc::new(Faults::default());
    let backends = Arc::new(Backends::new(folder.path.clone(), search.clone()));
    let backends = Arc::new(FaultyBackends::new(backends, Arc::clone(&faults)));
    let state = state::open(arguments, &folder.path)?;
    match compile(folder, &search) {
        Err(refused) => refused.print(colours(colour)),
        Ok(compiled) => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .map_err(|problem| Problem::Environment(format!("cannot start threads: {problem}")))?;
            let outcome = runtime.block_on(serve(arguments, set, compiled, search, Ports { backends, faults, state }));
            // A reload that still reads a slow disk does not keep the process.
            runtime.shutdown_timeout(SHUTDOWN);
            outcome
        }
    }
}

/// What the engine plugs into, each able to fail on purpose where the charter allows it.
struct Ports {
    backends: Arc<dyn OpenBackend>,
    faults: Arc<Faults>,
    state: State,
}

async fn serve(arguments: &Serve, set: Vec<Setting>, compiled: Compiled, search: OnnxRuntimeSearch, ports: Ports) -> Outcome {
    let Ports { backends, faults, state } = ports;
    let kept_in = state.path.as_deref().and_then(Path::parent).map(Path::to_path_buf);
    let mut config = TelemetryConfig::from_environment();
    config.format = if arguments.log_json { LogFormat::Json } else { LogFormat::Human };
    let telemetry = Telemetry::start(&config).map_err(|problem| Problem::Environment(problem.to_string()))?;

    let metrics = Arc::new(Metrics::new());
    let plan = compiled.plan.clone();
    let listener = Arc::clone(&metrics) as Arc<dyn charter_engine::Listen>;
    let clock: Arc<dyn Clock> = Arc::new(SkewedClock::new(Arc::new(SystemClock::default()), Arc::clone(&faults)));
    let engine = Arc::new(Engine::start(plan, backends.as_ref(), Arc::clone(&clock), listener));
    let store: Arc<dyn Store> = Arc::new(FaultyStore::new(state.store, Arc::clone(&faults), Arc::clone(&clock)));
    let (watch_task, handle) = Watch::open(Arc::clone(&engine), Box::new(Conductor::new()), Arc::clone(&store), Arc::clone(&clock)).await;
    let port = FaultPort { faults: Arc::clone(&faults), clock };
    let reloader = Reloader {
        one_at_a_time: Arc::default(),
        path: arguments.source.path.clone(),
        settings: set,
        search,
        backends,
        faults,
        engine: Arc::clone(&engine),
    };
    let config = GatewayConfig {
        listen: arguments.listen,
        grpc: arguments.grpc,
        admin: arguments.admin,
        hosts: arguments.hosts.clone(),
        allow_remote_admin: arguments.allow_remote_admin,
        ..GatewayConfig::default()
    };
    let control = Control { watch: handle, store, faults: Some(Arc::new(port)) };
    let gateway = Gateway::bind(config, Arc::clone(&engine), metrics, Arc::new(reloader.clone()), Some(control))
        .await
        .map_err(|problem| Problem::Environment(problem.to_string()))?;
    print(&greeting(&compiled, &engine, &gateway))?;

    let _watcher = if arguments.no_watch {
        None
    } else {
        let watcher = watch(reloader, compiled.folder.path.clone(), kept_in.as_deref());
        watcher.map_err(|problem| tracing::warn!("files are not watched: {problem}; POST /reload on the admin plane reloads")).ok()
    };
    let _demo = arguments.demo.then(|| demo::start(&compiled, gateway.data_address()));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let watching = tokio::spawn(watch_task.run(async move { drop(stopped.await) }));
    // Told at once: nobody else would notice before the server ends, and nothing would be judged meanwhile.
    let watching = tokio::spawn(async move {
        if let Err(error) = watching.await {
            tracing::error!(%error, "the watch ended early: rollouts and experiments stay where they are until the server is started again");
        }
    });
    let drained = gateway.run(shutdown()).await;
    // After the last call: what it was is part of what is kept.
    drop(stop);
    // It has told what there was to tell.
    let _ = watching.await;
    if drained.cut > 0 {
        tracing::warn!(cut = drained.cut, "connections were cut when the time to drain was over");
    }
    // Sending the last spans waits for the network: not on a thread that the runtime needs for it.
    if tokio::task::spawn_blocking(|| telemetry.stop()).await.is_err() {
        tracing::warn!("the last spans were not sent");
    }
    Ok(Ending::Fine)
}

/// Resolves on Ctrl-C or SIGTERM.
async fn shutdown() {
    let interrupted = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        // Without the second signal the first still ends the server.
        Err(_) => drop(interrupted.await),
    }
}

/// What is served where, and what is wrong with it.
fn greeting(compiled: &Compiled, engine: &Engine, gateway: &Gateway) -> String {
    let runtime = engine.current();
    let plan = runtime.plan();
    let mut text = format!("charter {} · {} · plan {}\n\n", env!("CARGO_PKG_VERSION"), plan.system, short(&plan.fingerprint));
    let _ = writeln!(text, "  data plane   http://{}   Open Inference Protocol v2", gateway.data_address());
    if let Some(address) = gateway.grpc_address() {
        let _ = writeln!(text, "  gRPC         http://{address}   Open Inference Protocol v2, HTTP/2 without TLS");
    }
    let _ = writeln!(text, "  admin plane  http://{}   /status /metrics /reload\n", gateway.admin_address());
    let width = plan.routes.iter().map(|route| route.name.len()).max().unwrap_or(0);
    for route in &plan.routes {
        let state = if runtime.route_ready(route.id) { "ready " } else { "closed" };
        let _ = writeln!(text, "  {state} {:<width$}  {}", route.name, ladder(route));
    }
    for (index, model) in plan.models.iter().enumerate() {
        let status = runtime.model(ModelId(u16::try_from(index).unwrap_or(u16::MAX)));
        if let Some(unavailable) = status.unavailable {
            let _ = writeln!(text, "\n  closed: {}: {}\n    help: {}", model.label(), unavailable.reason, unavailable.help);
        }
    }
    if plan.routes.iter().any(|route| matches!(route.access, charter_plan::plan::Access::Open)) {
        text.push_str("\n  OPEN ACCESS: whoever reaches the data plane may call; it listens on loopback unless told otherwise\n");
    }
    let lint_errors = compiled.lint_errors();
    if lint_errors > 0 {
        let _ = writeln!(text, "\n  {} promises contradict each other: `charter check` shows them", lint_errors);
    }
    if let Some(example) = plan.routes.first().map(|route: &Route| route.name.as_str()) {
        let _ = writeln!(text, "\n  curl http://{}/v2/models/{example}\n", gateway.data_address());
    }
    text
}

/// The rungs of a route by name.
fn ladder(route: &Route) -> String {
    match &route.node {
        Node::Ladder { rungs } => rungs.iter().map(|rung| rung.name.as_str()).collect::<Vec<_>>().join(" → "),
        Node::Model(_) => "one model".to_owned(),
        Node::Split(split) => format!("split over {} arms", split.arms.len()),
        Node::Sequence { steps } => format!("{} steps", steps.len()),
        Node::Rollout { .. } => "one model and its candidate".to_owned(),
        Node::Experiment { arms, .. } => format!("experiment over {} arms", arms.len()),
        Node::Shadow { .. } => "one answer and its shadow".to_owned(),
        Node::Cascade { steps } => format!("cascade of {} steps", steps.len()),
        Node::Ensemble(ensemble) => format!("ensemble of {}", ensemble.members.len()),
        Node::Cache { .. } => "cached".to_owned(),
    }
}

/// Enough of a fingerprint to tell two plans apart.
fn short(fingerprint: &str) -> &str {
    fingerprint.get(..19).unwrap_or(fingerprint)
}

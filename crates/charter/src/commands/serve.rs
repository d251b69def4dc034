//! `charter serve`

use crate::arguments::{Colour, Serve};
use crate::compiled::{Compiled, compile};
use crate::demo;
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::output::{colours, print};
use crate::reload::{Reloader, watch};
use charter_backend::Backends;
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_engine::{Engine, SystemClock};
use charter_gateway::{Gateway, GatewayConfig, LogFormat, Metrics, Telemetry, TelemetryConfig};
use charter_plan::plan::{ModelId, Node, Route};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

/// How long threads may go on after the listeners have drained.
const SHUTDOWN: Duration = Duration::from_secs(2);

pub(crate) fn run(arguments: &Serve, colour: Colour) -> Outcome {
    if arguments.grpc.is_some() {
        return Err(Problem::Usage("this version answers the Open Inference Protocol over REST only; leave --grpc out".to_owned()));
    }
    let folder = Folder::read(&arguments.source.path)?;
    let search = OnnxRuntimeSearch::from_environment(arguments.onnxruntime.clone());
    let backends = Arc::new(Backends::new(folder.path.clone(), search.clone()));
    match compile(folder, &search) {
        Err(refused) => refused.print(colours(colour)),
        Ok(compiled) => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .map_err(|problem| Problem::Environment(format!("cannot start threads: {problem}")))?;
            let outcome = runtime.block_on(serve(arguments, compiled, search, backends));
            // A reload that still reads a slow disk does not keep the process.
            runtime.shutdown_timeout(SHUTDOWN);
            outcome
        }
    }
}

async fn serve(arguments: &Serve, compiled: Compiled, search: OnnxRuntimeSearch, backends: Arc<Backends>) -> Outcome {
    let mut config = TelemetryConfig::from_environment();
    config.format = if arguments.log_json { LogFormat::Json } else { LogFormat::Human };
    let telemetry = Telemetry::start(&config).map_err(|problem| Problem::Environment(problem.to_string()))?;

    let metrics = Arc::new(Metrics::new());
    let plan = compiled.plan.clone();
    let listener = Arc::clone(&metrics) as Arc<dyn charter_engine::Listen>;
    let engine = Arc::new(Engine::start(plan, backends.as_ref(), Arc::new(SystemClock::default()), listener));
    let reloader =
        Reloader { one_at_a_time: Arc::default(), path: arguments.source.path.clone(), search, backends, engine: Arc::clone(&engine) };
    let config = GatewayConfig {
        listen: arguments.listen,
        admin: arguments.admin,
        hosts: arguments.hosts.clone(),
        allow_remote_admin: arguments.allow_remote_admin,
        ..GatewayConfig::default()
    };
    let gateway = Gateway::bind(config, Arc::clone(&engine), metrics, Arc::new(reloader.clone()))
        .await
        .map_err(|problem| Problem::Environment(problem.to_string()))?;
    print(&greeting(&compiled, &engine, &gateway))?;

    let _watcher = if arguments.no_watch {
        None
    } else {
        let watcher = watch(reloader, compiled.folder.path.clone());
        watcher.map_err(|problem| tracing::warn!("files are not watched: {problem}; POST /reload on the admin plane reloads")).ok()
    };
    let _demo = arguments.demo.then(|| demo::start(&compiled, gateway.data_address()));
    let drained = gateway.run(shutdown()).await;
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
        Node::Split { arms, .. } => format!("split over {} arms", arms.len()),
        Node::Sequence { steps } => format!("{} steps", steps.len()),
    }
}

/// Enough of a fingerprint to tell two plans apart.
fn short(fingerprint: &str) -> &str {
    fingerprint.get(..19).unwrap_or(fingerprint)
}

//! One candidate: servers of its own, driven over the wire, and what it cost.

use super::{Subject, Variant};
use crate::commands::verify::Server;
use crate::output::tell;
use charter_plan::evidence::Host;
use charter_plan::tradeoff::{Asked, Point, price};
use charter_verify::evidence::host_facts;
use charter_verify::load::Target;
use charter_verify::proof::VerifySettings;
use charter_verify::tradeoff::{Bench, Measured, RUNS, Served, TradeoffSettings, quality_of};

/// A server with its addresses as the measurement takes them.
struct Running {
    server: Server,
    target: Target,
    admin: Target,
}

impl Served for Running {
    fn target(&self) -> Target {
        self.target.clone()
    }

    fn admin(&self) -> Target {
        self.admin.clone()
    }

    fn cpu_ns(&self) -> Result<u64, String> {
        crate::processor::cpu_nanos(self.server.process()).map_err(|problem| problem.to_string())
    }
}

/// What all measurements share.
struct Around {
    host: Host,
    command: String,
    method: String,
}

/// Measures every candidate, in rounds: one run of each, then the next of each. Those that cannot be measured come back with the reason.
pub(super) fn points(subject: &Subject<'_>, variants: &[Variant], how: &TradeoffSettings) -> (Vec<Point>, Vec<(String, String)>) {
    let command = std::iter::once("charter".to_owned()).chain(std::env::args().skip(1)).collect::<Vec<_>>().join(" ");
    let around = Around { host: host_facts(), command, method: how.method(subject.quality.as_deref()) };
    let mut failed = Vec::new();
    let mut open: Vec<(&Variant, Bench)> = Vec::new();
    for variant in variants {
        match variant.compiled.plan.route_named(&subject.arguments.route) {
            Some(route) => open.push((variant, Bench::new(&variant.compiled.plan, route))),
            None => failed.push((variant.candidate.name.clone(), "the candidate has no such route".to_owned())),
        }
    }
    for round in 0..RUNS {
        let mut next = Vec::new();
        for (at, (variant, mut bench)) in open.into_iter().enumerate() {
            tell(&format!("round {} of {RUNS}: `{}` ({} of {})", round + 1, variant.candidate.name, at + 1, variants.len()));
            match one_round(subject, variant, &mut bench, how, round, &around) {
                Ok(()) => next.push((variant, bench)),
                Err(reason) => failed.push((variant.candidate.name.clone(), reason)),
            }
        }
        open = next;
    }
    let mut points = Vec::new();
    for (variant, bench) in open {
        match bench.finish() {
            Ok(measured) => points.push(point(subject, variant, how, measured, &around)),
            Err(reason) => failed.push((variant.candidate.name.clone(), reason)),
        }
    }
    (points, failed)
}

/// One run on a server of its own; before the first, the quality on another one, so that no run finds what the evaluation left in a cache.
fn one_round(
    subject: &Subject<'_>,
    variant: &Variant,
    bench: &mut Bench,
    how: &TradeoffSettings,
    round: u32,
    around: &Around,
) -> Result<(), String> {
    let plan = &variant.compiled.plan;
    let route = plan.route_named(&subject.arguments.route).ok_or("the candidate has no such route")?;
    if let Some(id) = subject.quality.as_ref().filter(|_| round == 0) {
        let (id, evaluation) = quality_of(plan, route, Some(id)).ok_or_else(|| format!("`{id}` does not evaluate the candidate"))?;
        let served = serve(subject, variant)?;
        bench.judge(plan, &settings(subject, variant, how, &served, around), id, evaluation)?;
    }
    let served = serve(subject, variant)?;
    bench.run(&served, route, &settings(subject, variant, how, &served, around), how, round)
}

/// The candidate, served.
fn serve(subject: &Subject<'_>, variant: &Variant) -> Result<Running, String> {
    let set = set(subject, variant);
    let library = subject.arguments.onnxruntime.as_deref();
    let server = Server::start_with(&subject.path, library, &set).map_err(|problem| problem.to_string())?;
    let parse = |url: &str| Target::parse(url).map_err(|problem| problem.to_string());
    Ok(Running { target: parse(&server.url)?, admin: parse(&server.admin)?, server })
}

/// What the command line puts in place, then what the candidate does.
fn set(subject: &Subject<'_>, variant: &Variant) -> Vec<String> {
    subject.arguments.set.set.iter().chain(&variant.candidate.settings).cloned().collect()
}

fn settings<'a>(
    subject: &Subject<'_>,
    variant: &'a Variant,
    how: &TradeoffSettings,
    served: &Running,
    around: &Around,
) -> VerifySettings<'a> {
    VerifySettings {
        folder: &variant.compiled.folder.path,
        target: served.target(),
        admin: None,
        only: Vec::new(),
        proofs: Vec::new(),
        load_duration: how.run,
        warm_up: how.warm_up,
        workers: 1,
        seed: subject.arguments.seed,
        host: around.host.clone(),
        command: around.command.clone(),
    }
}

fn point(subject: &Subject<'_>, variant: &Variant, how: &TradeoffSettings, measured: Measured, around: &Around) -> Point {
    let route = &subject.arguments.route;
    let priced = price(variant.compiled.resolved(), Asked { route, cpu_s: measured.cpu_s, counted: &measured.counted });
    let mut notes = priced.notes;
    notes.extend(measured.notes);
    Point {
        route: route.clone(),
        candidate: variant.candidate.name.clone(),
        settings: set(subject, variant),
        cost: priced.cost,
        cost_unit: priced.unit,
        bill: priced.bill,
        counted: measured.counted,
        p99_ms: measured.p99_ms,
        quality: measured.quality,
        rate: how.rate_per_s,
        answered: measured.answered,
        notes,
        plan: variant.compiled.plan.fingerprint.clone(),
        measured_at: jiff::Timestamp::now().to_string(),
        host: around.host.clone(),
        command: around.command.clone(),
        seed: subject.arguments.seed,
        method: around.method.clone(),
    }
}

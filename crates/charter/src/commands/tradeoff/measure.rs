//! One candidate: a server of its own, driven over the wire, and what it cost.

use super::Subject;
use crate::commands::verify::Server;
use crate::compiled::Compiled;
use charter_plan::arithmetic::derivation::{number, percent, significant};
use charter_plan::evidence::Host;
use charter_plan::resolved::Figure;
use charter_plan::tradeoff::{Candidate, Estimate, Point};
use charter_verify::evidence::host_facts;
use charter_verify::load::Target;
use charter_verify::proof::VerifySettings;
use charter_verify::tradeoff::{measure, quality_of};
use std::time::Duration;

/// Seconds of a month of 730 hours, as prices a month are read.
const MONTH_SECONDS: f64 = 2_628_000.0;

/// Serves the candidate and measures it.
pub(super) fn point(subject: &Subject<'_>, candidate: &Candidate, variant: &Compiled, method: String) -> Result<Point, String> {
    let arguments = subject.arguments;
    let mut set = arguments.set.set.clone();
    set.extend(candidate.settings.iter().cloned());
    let server =
        Server::start_with(&arguments.source.path, arguments.onnxruntime.as_deref(), &set).map_err(|problem| problem.to_string())?;
    let target = Target::parse(&server.url).map_err(|problem| problem.to_string())?;
    let host: Host = host_facts();
    let command = std::iter::once("charter".to_owned()).chain(std::env::args().skip(1)).collect::<Vec<_>>().join(" ");
    let settings = VerifySettings {
        folder: &variant.folder.path,
        target,
        admin: None,
        only: Vec::new(),
        proofs: Vec::new(),
        load_duration: subject.how.run,
        warm_up: Duration::ZERO,
        workers: 1,
        seed: arguments.seed,
        host: host.clone(),
        command: command.clone(),
    };
    let route = variant.plan.route_named(&arguments.route).ok_or("the candidate has no such route")?;
    let quality = match &subject.quality {
        None => None,
        Some(id) => Some(quality_of(&variant.plan, route, Some(id)).ok_or_else(|| format!("`{id}` does not evaluate the candidate"))?),
    };
    let process = server.process();
    let mut cpu = || crate::processor::cpu_nanos(process).map_err(|problem| problem.to_string());
    let measured = measure(&variant.plan, route, &settings, &subject.how, quality, &mut cpu)?;
    let (cost, cost_unit, mut notes) = cost(variant, &arguments.route, measured.cpu_s);
    notes.extend(measured.notes);
    Ok(Point {
        route: arguments.route.clone(),
        candidate: candidate.name.clone(),
        settings: set,
        cost,
        cost_unit,
        p99_ms: measured.p99_ms,
        quality: measured.quality,
        rate: subject.how.rate_per_s,
        answered: measured.answered,
        notes,
        plan: variant.plan.fingerprint.clone(),
        measured_at: jiff::Timestamp::now().to_string(),
        host,
        command,
        seed: arguments.seed,
        method,
    })
}

/// Processor seconds as money: a replica is one core, busy as far as the safety factor lets it be; calls that a provider charges for come on top.
fn cost(variant: &Compiled, route: &str, cpu_s: Estimate) -> (Estimate, String, Vec<String>) {
    let resolved = variant.resolved();
    let price = resolved.spec.cost.as_ref().and_then(|cost| cost.unit.as_ref()).and_then(|unit| unit.cpu.as_ref());
    let currency = &resolved.cost.currency;
    let Some(price) = price else {
        let note = "`cost.unit.cpu` is not stated, so cost is told in processor seconds of the server";
        return (cpu_s, "CPU s/1000".to_owned(), vec![note.to_owned()]);
    };
    let safety = resolved.capacity.safety.as_ref().map_or(1.0, Figure::value);
    let factor = price.per_month() / MONTH_SECONDS * safety;
    let calls: f64 = resolved
        .cost
        .calls
        .iter()
        .filter(|calls| calls.route.id == *route)
        .filter_map(|calls| calls.per_thousand.as_ref())
        .map(Figure::value)
        .sum();
    let of = |seconds: f64| seconds * factor + calls;
    let mut notes = vec![format!(
        "cost is processor time of the server × {} {currency}/month ÷ {} s × {} (a replica is one core, {} busy at the peak); idle replicas are not in it",
        number(price.per_month()),
        number(MONTH_SECONDS),
        number(safety),
        percent((1.0 / safety * 1e4).round() / 1e4)
    )];
    if calls > 0.0 {
        notes.push(format!("{} {currency} a thousand calls go to a provider", significant(calls)));
    }
    (Estimate::new(of(cpu_s.figure), of(cpu_s.low), of(cpu_s.high)), format!("{currency}/1000"), notes)
}

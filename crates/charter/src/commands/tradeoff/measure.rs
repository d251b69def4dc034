//! One candidate: servers of its own, driven over the wire, and what it cost.

use super::{Subject, Variant};
use crate::commands::verify::Server;
use charter_plan::evidence::Host;
use charter_plan::tradeoff::{Asked, Point, price};
use charter_verify::evidence::host_facts;
use charter_verify::load::Target;
use charter_verify::proof::VerifySettings;
use charter_verify::tradeoff::{Served, TradeoffSettings, measure, quality_of};
use std::time::Duration;

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

/// Serves the candidate and measures it.
pub(super) fn point(subject: &Subject<'_>, variant: &Variant, how: &TradeoffSettings, method: String) -> Result<Point, String> {
    let arguments = subject.arguments;
    let mut set = arguments.set.set.clone();
    set.extend(variant.candidate.settings.iter().cloned());
    let start = || -> Result<Running, String> {
        let server = Server::start_with(&subject.path, arguments.onnxruntime.as_deref(), &set).map_err(|problem| problem.to_string())?;
        let parse = |url: &str| Target::parse(url).map_err(|problem| problem.to_string());
        Ok(Running { target: parse(&server.url)?, admin: parse(&server.admin)?, server })
    };
    let host: Host = host_facts();
    let command = std::iter::once("charter".to_owned()).chain(std::env::args().skip(1)).collect::<Vec<_>>().join(" ");
    let compiled = &variant.compiled;
    let mut first = Some(start()?);
    let settings = VerifySettings {
        folder: &compiled.folder.path,
        target: first.as_ref().map(Served::target).ok_or("no server was started")?,
        admin: None,
        only: Vec::new(),
        proofs: Vec::new(),
        load_duration: how.run,
        warm_up: Duration::ZERO,
        workers: 1,
        seed: arguments.seed,
        host: host.clone(),
        command: command.clone(),
    };
    let route = compiled.plan.route_named(&arguments.route).ok_or("the candidate has no such route")?;
    let quality = match &subject.quality {
        None => None,
        Some(id) => Some(quality_of(&compiled.plan, route, Some(id)).ok_or_else(|| format!("`{id}` does not evaluate the candidate"))?),
    };
    let mut next = || -> Result<Box<dyn Served>, String> { Ok(Box::new(first.take().map_or_else(start, Ok)?)) };
    let measured = measure(&compiled.plan, route, &settings, how, quality, &mut next)?;
    let asked = Asked { route: &arguments.route, cpu_s: measured.cpu_s, counted: &measured.counted };
    let priced = price(compiled.resolved(), asked);
    let mut notes = priced.notes;
    notes.extend(measured.notes);
    Ok(Point {
        route: arguments.route.clone(),
        candidate: variant.candidate.name.clone(),
        settings: set,
        cost: priced.cost,
        cost_unit: priced.unit,
        bill: priced.bill,
        counted: measured.counted,
        p99_ms: measured.p99_ms,
        quality: measured.quality,
        rate: how.rate_per_s,
        answered: measured.answered,
        notes,
        plan: compiled.plan.fingerprint.clone(),
        measured_at: jiff::Timestamp::now().to_string(),
        host,
        command,
        seed: arguments.seed,
        method,
    })
}

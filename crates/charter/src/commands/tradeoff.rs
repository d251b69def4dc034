//! `charter tradeoff`

mod measure;

use super::decide::is_charter_instead;
use crate::arguments::{Colour, Tradeoff, TradeoffFormat};
use crate::compiled::{Compiled, compile};
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::known::{refuse_settings, settings};
use crate::output::{colours, print, print_json, tell};
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_plan::plan::{Proof, Route};
use charter_plan::tradeoff::{Candidate, Choice, Limits, Placed, Point, candidates, choose, front, limits};
use charter_render::plot::pareto;
use charter_render::text::{self, Paint};
use charter_spec::Setting;
use charter_verify::tradeoff::{RUNS, TradeoffSettings, TradeoffStore, keeps_answers, quality_of, requests_of};
use serde_json::json;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const WARM_UP: Duration = Duration::from_secs(1);
/// Requests a second where the charter says nothing of a load.
const RATE_WITHOUT_LOAD: f64 = 100.0;

/// What all candidates have in common.
struct Subject<'a> {
    arguments: &'a Tradeoff,
    path: PathBuf,
    /// What `--set` puts in place under every candidate.
    set: Vec<Setting>,
    compiled: Compiled,
    /// The requirement whose metric is the quality.
    quality: Option<String>,
    kept: PathBuf,
}

/// A candidate that can be served.
struct Variant {
    candidate: Candidate,
    compiled: Compiled,
}

/// Candidates without a point, and why; then kinds of candidates that the charter does not give, and why.
#[derive(Default)]
struct Missing {
    failed: Vec<(String, String)>,
    without: Vec<String>,
}

pub(crate) fn run(arguments: &Tradeoff, colour: Colour) -> Outcome {
    if is_charter_instead(&arguments.route, &arguments.source.path) {
        let place = &arguments.route;
        return Err(Problem::Usage(format!(
            "the route is missing: `charter tradeoff ROUTE {place}`; `charter plan {place}` names the routes"
        )));
    }
    let set = settings(&arguments.set)?;
    let search = OnnxRuntimeSearch::from_environment(arguments.onnxruntime.clone());
    let path = arguments.source.path.clone();
    let folder = Folder::read_with(&path, &set)?;
    refuse_settings(&folder)?;
    let compiled = match compile(folder, &search) {
        Ok(compiled) => compiled,
        Err(refused) => return refused.print(colours(colour)),
    };
    let route = compiled.plan.route_named(&arguments.route).ok_or_else(|| unknown_route(&compiled, &arguments.route))?.clone();
    let quality = quality(arguments, &compiled, &route)?;
    let how = how(arguments, &compiled, &route)?;
    let kept = arguments.evidence.clone().unwrap_or_else(|| compiled.folder.path.join("evidence"));
    let (list, without) = chosen(arguments, &compiled)?;
    let subject = Subject { arguments, path, set, compiled, quality, kept };
    let mut missing = Missing { failed: Vec::new(), without };
    let points = points(&subject, list, &how, &route, &search, &mut missing)?;
    let placed = front(&points);
    let limits = limits(subject.compiled.resolved(), &subject.compiled.plan, &route.name, subject.quality.as_deref()).held_against(&points);
    let choice = choose(&placed, &limits);
    show(arguments, &route, &placed, &limits, &choice, &missing, Paint::new(colours(colour)))?;
    Ok(if choice.best.is_none() { Ending::Findings } else { Ending::Fine })
}

fn show(
    arguments: &Tradeoff,
    route: &Route,
    placed: &[Placed],
    limits: &Limits,
    choice: &Choice,
    missing: &Missing,
    paint: Paint,
) -> Result<(), Problem> {
    match arguments.format {
        TradeoffFormat::Human => print(&text::tradeoff(&route.name, placed, limits, choice, (&missing.failed, &missing.without), paint)),
        TradeoffFormat::Svg => print(&pareto(&route.name, placed, limits, choice)),
        TradeoffFormat::Json => {
            let failed: Vec<_> =
                missing.failed.iter().map(|(candidate, reason)| json!({ "candidate": candidate, "reason": reason })).collect();
            print_json(&json!({
                "route": route.name,
                "points": placed,
                "limits": limits,
                "choice": choice,
                "not_measured": failed,
                "without": missing.without,
            }))
        }
    }
}

/// The requirement whose metric is the quality: the one that is asked for, else the first that evaluates the route.
fn quality(arguments: &Tradeoff, compiled: &Compiled, route: &Route) -> Result<Option<String>, Problem> {
    let found = quality_of(&compiled.plan, route, arguments.quality.as_deref()).map(|(id, _)| id.to_owned());
    let (Some(wanted), None) = (&arguments.quality, &found) else { return Ok(found) };
    let able: Vec<&str> = compiled
        .plan
        .requirements
        .iter()
        .filter(|requirement| matches!(&requirement.proof, Proof::Evaluation(evaluation) if evaluation.route == route.id))
        .map(|requirement| requirement.id.as_str())
        .collect();
    let help = match charter_spec::names::nearest(wanted, able.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if able.is_empty() => "none does: a scenario in `quality:` needs this route as its artifact, a measure and a label".to_owned(),
        None => format!("these do: {}", able.join(", ")),
    };
    Err(Problem::Usage(format!("--quality: `{wanted}` does not evaluate route `{}`; {help}", route.name)))
}

fn unknown_route(compiled: &Compiled, route: &str) -> Problem {
    let names = || compiled.plan.routes.iter().map(|route| route.name.as_str());
    let help = match charter_spec::names::nearest(route, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
    };
    Problem::Usage(format!("no route is called `{route}`; {help}"))
}

/// The load of one replica at the peak, unless another rate is asked for.
fn how(arguments: &Tradeoff, compiled: &Compiled, route: &Route) -> Result<TradeoffSettings, Problem> {
    let resolved = compiled.resolved();
    let sized = resolved.capacity.of(&route.name);
    let of_one = sized.and_then(|sized| Some(sized.peak_rps.as_ref()?.value() / sized.planned.as_ref()?.value().max(1.0)));
    let rate_per_s = arguments.rate.or(of_one).unwrap_or(RATE_WITHOUT_LOAD);
    if !rate_per_s.is_finite() || rate_per_s <= 0.0 {
        return Err(Problem::Usage(format!("--rate {rate_per_s} is no rate; write requests a second above 0")));
    }
    let run = Duration::from_secs_f64(f64::from(arguments.duration.max(1)) / f64::from(RUNS));
    Ok(TradeoffSettings { rate_per_s, run, warm_up: WARM_UP })
}

/// Those that follow from the charter, then those given by hand; only the named ones where some are named. Then why some kinds do not follow.
fn chosen(arguments: &Tradeoff, compiled: &Compiled) -> Result<(Vec<Candidate>, Vec<String>), Problem> {
    let found = candidates(compiled.resolved(), &compiled.plan, &compiled.folder.files, &arguments.route).unwrap_or_default();
    let (mut list, mut without) = (found.list, found.without);
    for text in &arguments.candidate {
        let candidate = Candidate::parse(text).map_err(|problem| Problem::Usage(format!("--candidate: {problem}")))?;
        if list.iter().any(|known| known.name == candidate.name) {
            return Err(Problem::Usage(format!("--candidate: `{}` is the name of another candidate", candidate.name)));
        }
        list.push(candidate);
    }
    for wanted in &arguments.only {
        if !list.iter().any(|known| known.name == *wanted) {
            let names: Vec<&str> = list.iter().map(|known| known.name.as_str()).collect();
            return Err(Problem::Usage(format!("--only: no candidate is called `{wanted}`; there are: {}", names.join(", "))));
        }
    }
    if !arguments.only.is_empty() {
        list.retain(|known| arguments.only.contains(&known.name));
        without.clear();
    }
    Ok((list, without))
}

/// Measures what can be served; with `--from-evidence` nothing is measured.
fn points(
    subject: &Subject<'_>,
    list: Vec<Candidate>,
    how: &TradeoffSettings,
    route: &Route,
    search: &OnnxRuntimeSearch,
    missing: &mut Missing,
) -> Result<Vec<Point>, Problem> {
    let store = TradeoffStore::beside(&subject.kept);
    let mut variants = Vec::new();
    for candidate in list {
        match variant(subject, &candidate, search) {
            Ok(compiled) => variants.push(Variant { candidate, compiled }),
            Err(reason) => missing.failed.push((candidate.name, reason)),
        }
    }
    if subject.arguments.from_evidence {
        return from_evidence(subject, &store, &variants, missing);
    }
    let how = without_repeats(subject, how, route, &mut variants, missing)?;
    let began = Instant::now();
    tell(&format!("{} candidates, {:.0} s under load each, in {RUNS} rounds", variants.len(), how.seconds()));
    let (points, failed) = measure::points(subject, &variants, &how);
    missing.failed.extend(failed);
    for point in &points {
        store.keep(point).map_err(failed_store)?;
    }
    tell(&format!("{} candidates measured in {:.0} s", points.len(), began.elapsed().as_secs_f64()));
    Ok(points)
}

/// Where some candidate keeps answers, all are measured in runs that send no request twice; where the rows are too few for that, it is left out.
fn without_repeats(
    subject: &Subject<'_>,
    how: &TradeoffSettings,
    route: &Route,
    variants: &mut Vec<Variant>,
    missing: &mut Missing,
) -> Result<TradeoffSettings, Problem> {
    let requests = requests_of(route, &subject.compiled.folder.path)
        .map_err(|problem| Problem::Usage(format!("{problem}; name a CSV file of held-out rows under `routes.{}.samples`", route.name)))?;
    let keeps = |variant: &Variant| variant.compiled.plan.route_named(&route.name).is_some_and(|route| keeps_answers(&route.node));
    if !variants.iter().any(keeps) {
        return Ok(how.clone());
    }
    match how.without_repeats(requests) {
        Ok(how) => Ok(how),
        Err(reason) => {
            let (out, rest): (Vec<Variant>, Vec<Variant>) = std::mem::take(variants).into_iter().partition(keeps);
            *variants = rest;
            missing.failed.extend(out.into_iter().map(|variant| (variant.candidate.name, reason.clone())));
            Ok(how.clone())
        }
    }
}

/// What was measured before of the very plans, as far as it was measured in the same way.
fn from_evidence(subject: &Subject<'_>, store: &TradeoffStore, variants: &[Variant], missing: &mut Missing) -> Result<Vec<Point>, Problem> {
    let kept = store.read().map_err(failed_store)?;
    missing.failed.extend(kept.unreadable);
    let known = kept.points;
    let of_route = |point: &&Point| point.route == subject.arguments.route;
    let mut points: Vec<Point> = Vec::new();
    for Variant { candidate, compiled } in variants {
        let fits = |point: &&Point| of_route(point) && point.plan == compiled.plan.fingerprint;
        match known.iter().rfind(fits) {
            Some(point) => points.push(Point { candidate: candidate.name.clone(), ..point.clone() }),
            None => {
                let once = known.iter().filter(of_route).any(|point| point.candidate == candidate.name);
                let reason =
                    if once { "it was measured of another plan; measure again without --from-evidence" } else { "it was never measured" };
                missing.failed.push((candidate.name.clone(), reason.to_owned()));
            }
        }
    }
    if let Some(first) = points.first().map(|point| point.method.clone()) {
        let (same, other): (Vec<Point>, Vec<Point>) = points.into_iter().partition(|point| point.method == first);
        missing.failed.extend(other.into_iter().map(|point| (point.candidate, format!("measured in another way ({})", point.method))));
        points = same;
    }
    Ok(points)
}

fn failed_store(problem: charter_verify::evidence::StoreError) -> Problem {
    Problem::Environment(problem.to_string())
}

/// The charter as the candidate has it, compiled.
fn variant(subject: &Subject<'_>, candidate: &Candidate, search: &OnnxRuntimeSearch) -> Result<Compiled, String> {
    let mut set = subject.set.clone();
    set.extend(candidate.parsed()?);
    let folder = Folder::read_with(&subject.path, &set).map_err(|problem| problem.to_string())?;
    refuse_settings(&folder).map_err(|problem| problem.to_string())?;
    compile(folder, search).map_err(|refused| format!("it does not compile: {}", refused.lines().join("; ")))
}

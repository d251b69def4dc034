//! `charter tradeoff`

mod measure;

use crate::arguments::{Colour, Tradeoff, TradeoffFormat};
use crate::compiled::{Compiled, compile};
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::known::{refuse_settings, settings};
use crate::output::{colours, print, print_json};
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_plan::plan::Route;
use charter_plan::tradeoff::{Candidate, Choice, Limits, Placed, Point, candidates, choose, front, limits};
use charter_render::plot::pareto;
use charter_render::text::{self, Paint};
use charter_spec::Setting;
use charter_verify::tradeoff::{TradeoffSettings, TradeoffStore, quality_of};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// Runs of a candidate share its seconds.
const RUNS: f64 = 5.0;
const WARM_UP: Duration = Duration::from_secs(1);
/// Requests a second where the charter says nothing of a load.
const RATE_WITHOUT_LOAD: f64 = 100.0;

/// What all candidates have in common.
struct Subject<'a> {
    arguments: &'a Tradeoff,
    /// What `--set` puts in place under every candidate.
    set: Vec<Setting>,
    compiled: Compiled,
    how: TradeoffSettings,
    /// The requirement whose metric is the quality.
    quality: Option<String>,
    kept: PathBuf,
}

pub(crate) fn run(arguments: &Tradeoff, colour: Colour) -> Outcome {
    let set = settings(&arguments.set)?;
    let search = OnnxRuntimeSearch::from_environment(arguments.onnxruntime.clone());
    let folder = Folder::read_with(&arguments.source.path, &set)?;
    refuse_settings(&folder)?;
    let compiled = match compile(folder, &search) {
        Ok(compiled) => compiled,
        Err(refused) => return refused.print(colours(colour)),
    };
    let route = compiled.plan.route_named(&arguments.route).ok_or_else(|| unknown_route(&compiled, &arguments.route))?.clone();
    let quality = quality_of(&compiled.plan, &route, arguments.quality.as_deref()).map(|(id, _)| id.to_owned());
    if let (Some(wanted), None) = (&arguments.quality, &quality) {
        return Err(Problem::Usage(format!("`{wanted}` does not evaluate route `{}`; `charter status` lists what does", route.name)));
    }
    let how = how(arguments, &compiled, &route)?;
    let kept = arguments.evidence.clone().unwrap_or_else(|| compiled.folder.path.join("evidence"));
    let list = chosen(arguments, &compiled)?;
    let subject = Subject { arguments, set, compiled, how, quality, kept };
    let (points, failed) = points(&subject, &list, &search)?;
    let placed = front(&points);
    let resolved = subject.compiled.resolved();
    let limits = limits(resolved, &subject.compiled.plan, &route.name, subject.quality.as_deref());
    let choice = choose(&placed, &limits);
    show(arguments, &route, &placed, &limits, &choice, &failed, Paint::new(colours(colour)))?;
    Ok(if choice.best.is_none() && !limits.all.is_empty() { Ending::Findings } else { Ending::Fine })
}

fn show(
    arguments: &Tradeoff,
    route: &Route,
    placed: &[Placed],
    limits: &Limits,
    choice: &Choice,
    failed: &[(String, String)],
    paint: Paint,
) -> Result<(), Problem> {
    match arguments.format {
        TradeoffFormat::Human => print(&text::tradeoff(&route.name, placed, limits, choice, failed, paint)),
        TradeoffFormat::Svg => print(&pareto(&route.name, placed, limits, choice)),
        TradeoffFormat::Json => {
            let failed: Vec<_> = failed.iter().map(|(candidate, reason)| json!({ "candidate": candidate, "reason": reason })).collect();
            print_json(&json!({ "route": route.name, "points": placed, "limits": limits, "choice": choice, "not_measured": failed }))
        }
    }
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
    let run = Duration::from_secs_f64(f64::from(arguments.duration.max(1)) / RUNS);
    Ok(TradeoffSettings { rate_per_s, run, warm_up: WARM_UP })
}

/// Those that follow from the charter, then those given by hand; only the named ones where some are named.
fn chosen(arguments: &Tradeoff, compiled: &Compiled) -> Result<Vec<Candidate>, Problem> {
    let mut list = candidates(compiled.resolved(), &compiled.folder.files, &arguments.route).unwrap_or_default();
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
            return Err(Problem::Usage(format!("no candidate is called `{wanted}`; there are: {}", names.join(", "))));
        }
    }
    if !arguments.only.is_empty() {
        list.retain(|known| arguments.only.contains(&known.name));
    }
    Ok(list)
}

type Points = (Vec<Point>, Vec<(String, String)>);

/// Measures what is not kept yet; with `--from-evidence` nothing is measured.
fn points(subject: &Subject<'_>, list: &[Candidate], search: &OnnxRuntimeSearch) -> Result<Points, Problem> {
    let store = TradeoffStore::beside(&subject.kept);
    let failed_store = |problem: charter_verify::evidence::StoreError| Problem::Environment(problem.to_string());
    let kept = store.read().map_err(failed_store)?;
    let known = kept.points;
    let mut points = Vec::new();
    let mut failed: Vec<(String, String)> = kept.unreadable;
    for candidate in list {
        let variant = match variant(subject, candidate, search) {
            Ok(variant) => variant,
            Err(reason) => {
                failed.push((candidate.name.clone(), reason));
                continue;
            }
        };
        let method = subject.how.method(subject.quality.as_deref());
        let fits = |point: &&Point| point.plan == variant.plan.fingerprint && point.route == subject.arguments.route;
        if subject.arguments.from_evidence {
            match known.iter().rfind(fits) {
                Some(point) => points.push(Point { candidate: candidate.name.clone(), ..point.clone() }),
                None => {
                    let once = known.iter().any(|point| point.candidate == candidate.name && point.route == subject.arguments.route);
                    let reason = if once {
                        "it was measured of another plan; measure again without --from-evidence"
                    } else {
                        "it was never measured"
                    };
                    failed.push((candidate.name.clone(), reason.to_owned()));
                }
            }
            continue;
        }
        eprintln!("measuring {}", candidate.name);
        match measure::point(subject, candidate, &variant, method) {
            Ok(point) => {
                store.keep(&point).map_err(failed_store)?;
                points.push(point);
            }
            Err(reason) => failed.push((candidate.name.clone(), reason)),
        }
    }
    if let (Some(first), true) = (points.first().map(|point| point.method.clone()), subject.arguments.from_evidence) {
        let other = points
            .iter()
            .filter(|point| point.method != first)
            .map(|point| (point.candidate.clone(), format!("measured in another way ({})", point.method)));
        failed.extend(other.collect::<Vec<_>>());
        points.retain(|point| point.method == first);
    }
    Ok((points, failed))
}

/// The charter as the candidate has it, compiled.
fn variant(subject: &Subject<'_>, candidate: &Candidate, search: &OnnxRuntimeSearch) -> Result<Compiled, String> {
    let mut set = subject.set.clone();
    set.extend(candidate.parsed()?);
    let folder = Folder::read_with(&subject.arguments.source.path, &set).map_err(|problem| problem.to_string())?;
    refuse_settings(&folder).map_err(|problem| problem.to_string())?;
    compile(folder, search).map_err(|refused| {
        let (text, _) = refused.written(false);
        let first = text.lines().next().unwrap_or("it does not compile").to_owned();
        format!("it does not compile: {first}")
    })
}

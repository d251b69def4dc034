//! `charter simulate`

mod loaded;
mod measure;

use crate::arguments::{Colour, Simulate, SimulateFormat};
use crate::compiled::{Compiled, compile};
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::output::{colours, print, print_json};
use charter_backend::Backends;
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_plan::Plan;
use charter_simulate::calibration::Calibration;
use charter_simulate::presets::{Basis, NAMES, scenario};
use charter_simulate::scenario::{Change, ChangeKind, Scenario};
use charter_simulate::{Requests, Settings, average_per_s, peak_per_s, report, simulate};
use charter_verify::proof::request_ranges;
use charter_verify::samples::Samples;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) fn run(arguments: &Simulate, colour: Colour) -> Outcome {
    let folder = Folder::read(&arguments.source.path)?;
    let search = OnnxRuntimeSearch::from_environment(arguments.onnxruntime.clone());
    let backends = Backends::new(folder.path.clone(), search.clone());
    let compiled = match compile(folder, &search) {
        Ok(compiled) => compiled,
        Err(refused) => return refused.print(colours(colour)),
    };
    let requests = requests(&compiled)?;
    if arguments.calibrate {
        let calibration = measure::calibrate(arguments, &compiled, &requests, &backends)?;
        keep(&compiled, &calibration)?;
        if !arguments.validate {
            print(&report::costs(&calibration))?;
            return Ok(Ending::Fine);
        }
    }
    let calibration = if arguments.stated { None } else { kept(&compiled)? };
    if arguments.validate {
        let Some(calibration) = &calibration else {
            return Err(Problem::Usage("nothing was measured to validate with: `charter simulate --calibrate --validate`".to_owned()));
        };
        of_this(calibration, &compiled.plan, cores())?;
        return measure::validate(arguments, &compiled, &requests, &backends, calibration);
    }
    let scenario = asked(arguments, &compiled.plan)?;
    let bar = ProgressBar::new(1);
    if let Ok(style) = ProgressStyle::with_template("simulating {bar:40} {percent} %") {
        bar.set_style(style);
    }
    let progress = |done: usize, of: usize| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    };
    let settings = Settings {
        plan: &compiled.plan,
        requests,
        opener: &backends,
        calibration: calibration.as_ref(),
        seed: arguments.seed,
        threads: arguments.threads,
        calls_max: arguments.calls,
        per_zone: arguments.scale,
        autoscale: !arguments.no_autoscale,
        workers: std::thread::available_parallelism().map_or(1, usize::from),
    };
    let outcome = simulate(&settings, &scenario, &progress).map_err(|problem| Problem::Environment(problem.to_string()))?;
    bar.finish_and_clear();
    match arguments.format {
        SimulateFormat::Table => print(&report::table(&outcome))?,
        SimulateFormat::Svg => print(&report::picture(&outcome))?,
        SimulateFormat::Json => print_json(&serde_json::to_value(&outcome).map_err(|problem| Problem::Environment(problem.to_string()))?)?,
    }
    Ok(Ending::Fine)
}

/// What each route is asked: its held-out rows, or one request that keeps its signature.
fn requests(compiled: &Compiled) -> Result<Arc<Vec<Requests>>, Problem> {
    let of = |route: &charter_plan::plan::Route| {
        let Some(path) = &route.samples else { return Ok(Requests::made_up(route)) };
        let samples = Samples::read(&compiled.folder.path.join(path))?;
        Ok(Requests::of(route, &samples, &request_ranges(&samples, route.rows_max as usize)?))
    };
    let requests: Result<Vec<Requests>, charter_verify::samples::SampleError> = compiled.plan.routes.iter().map(of).collect();
    requests.map(Arc::new).map_err(|problem| Problem::Environment(problem.to_string()))
}

/// Most calls a second that are played: far more of them, all waiting at once, fill the memory.
const RATE_MAX: f64 = 1_000_000.0;

/// The scenario of the command line.
fn asked(arguments: &Simulate, plan: &Plan) -> Result<Scenario, Problem> {
    let name = match (&arguments.day, arguments.lose_zone) {
        (Some(day), _) => day.as_str(),
        (None, true) => "lose-zone",
        (None, false) => arguments.scenario.as_str(),
    };
    if !(arguments.load.is_finite() && arguments.load > 0.0) {
        return Err(Problem::Usage("`--load` takes a factor above zero".to_owned()));
    }
    let first =
        plan.routes.first().and_then(|route| route.node.uses().first().map(|call| plan.model(call.model).label())).unwrap_or_default();
    let basis = Basis {
        average_per_s: average_per_s(plan) * arguments.load,
        peak_per_s: peak_per_s(plan) * arguments.load,
        model: &first,
        seconds: arguments.minutes.map(|minutes| minutes.saturating_mul(60)),
    };
    if basis.peak_per_s > RATE_MAX {
        let most = RATE_MAX / peak_per_s(plan);
        return Err(Problem::Usage(format!("`--load` asks for more than {RATE_MAX} calls a second; the most here is {most:.0}")));
    }
    let mut scenario =
        scenario(name, &basis).ok_or_else(|| Problem::Usage(format!("there is no scenario `{name}`; there are {}", NAMES.join(", "))))?;
    let (from_s, until_s) = (scenario.seconds / 3 / 15 * 15, scenario.seconds * 2 / 3 / 15 * 15);
    let mut middle = |kind: ChangeKind| scenario.changes.push(Change { from_s, until_s, kind });
    for text in &arguments.slow {
        let (model, factor) = amount(plan, text, 'x')?;
        middle(ChangeKind::Slow { model, factor });
    }
    for text in &arguments.fail {
        let (model, share) = amount(plan, text, '%')?;
        middle(ChangeKind::Fail { model, share: share / 100.0 });
    }
    if arguments.lose_zone && arguments.day.is_some() {
        middle(ChangeKind::LoseZone { zone: 0 });
    }
    Ok(scenario)
}

/// `fraud=5x` or `fraud@v2=5x`: a model version, the first of its name where none is given, and a number.
fn amount(plan: &Plan, text: &str, unit: char) -> Result<(String, f64), Problem> {
    let wrong = || Problem::Usage(format!("`{text}` is not of the form `MODEL=5{unit}`"));
    let (model, number) = text.split_once('=').ok_or_else(wrong)?;
    let number: f64 = number.trim_end_matches(unit).parse().map_err(|_| wrong())?;
    let of = |label: &String| label == model;
    let uses = || plan.routes.iter().flat_map(|route| route.node.uses()).map(|call| plan.model(call.model));
    let label = uses()
        .map(charter_plan::plan::Model::label)
        .find(of)
        .or_else(|| uses().find(|known| known.name == model).map(|known| known.label()));
    let label = label.ok_or_else(|| Problem::Usage(format!("no route uses a model `{model}`")))?;
    match unit {
        '%' if (0.0..=100.0).contains(&number) => Ok((label, number)),
        '%' => Err(Problem::Usage(format!("`{text}`: a share lies between 0 % and 100 %"))),
        _ if number.is_finite() && number > 0.0 => Ok((label, number)),
        _ => Err(wrong()),
    }
}

fn file(compiled: &Compiled) -> PathBuf {
    compiled.folder.path.join("simulation").join("calibration.json")
}

fn keep(compiled: &Compiled, calibration: &Calibration) -> Result<(), Problem> {
    let failed = |problem: std::io::Error| Problem::Environment(format!("cannot keep the calibration: {problem}"));
    let path = file(compiled);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let text = serde_json::to_string_pretty(calibration).map_err(|problem| Problem::Environment(problem.to_string()))?;
    std::fs::write(path, text + "\n").map_err(failed)
}

/// Threads of this machine.
fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1))
}

/// Refuses a calibration of another plan or machine: what is measured now says nothing about it.
fn of_this(calibration: &Calibration, plan: &Plan, cores: u32) -> Result<(), Problem> {
    let other = if calibration.plan != plan.fingerprint {
        "another plan than this one".to_owned()
    } else if calibration.cores != cores {
        format!("{} cores, and here are {cores}", calibration.cores)
    } else {
        return Ok(());
    };
    let measured = &calibration.measured_at;
    Err(Problem::Usage(format!("the calibration of {measured} is of {other}: `charter simulate --calibrate --validate` measures anew")))
}

/// What was measured before, if anything was.
fn kept(compiled: &Compiled) -> Result<Option<Calibration>, Problem> {
    match std::fs::read_to_string(file(compiled)) {
        Err(problem) if problem.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(problem) => Err(Problem::Environment(format!("cannot read the calibration: {problem}"))),
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|problem| {
            Problem::Environment(format!("the calibration is damaged ({problem}); `charter simulate --calibrate` makes a new one"))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calibration_of_another_plan_or_machine_validates_nothing() {
        let plan = Plan { fingerprint: "this".to_owned(), ..Plan::default() };
        let of = |plan: &str, cores| Calibration { plan: plan.to_owned(), cores, ..Calibration::default() };
        assert!(of_this(&of("this", 2), &plan, 2).is_ok());
        let Err(Problem::Usage(text)) = of_this(&of("other", 2), &plan, 2) else { panic!("refused") };
        assert!(text.contains("another plan"), "{text}");
        let Err(Problem::Usage(text)) = of_this(&of("this", 4), &plan, 2) else { panic!("refused") };
        assert!(text.contains("4 cores, and here are 2"), "{text}");
    }
}

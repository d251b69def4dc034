//! `charter experiment`

use crate::admin::{Admin, Kind, order};
use crate::arguments::control::{Experiment, ExperimentReport, Order, ReportFormat};
use crate::arguments::{Colour, Format};
use crate::compiled::compile;
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::output::{colours, print, print_json};
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_monitor::experiment::fold_csv;
use charter_spec::names::nearest;
use serde_json::{Value, json};
use std::fmt::Write;

pub(crate) fn run(arguments: &Experiment, colour: Colour) -> Outcome {
    match arguments {
        Experiment::List(list) => {
            let all = Admin::new(&list.server)?.list(Kind::Experiment)?;
            match list.format {
                Format::Json => print_json(&all)?,
                Format::Human => print(&lines(&all))?,
            }
            Ok(Ending::Fine)
        }
        Experiment::Start(order) => say(order, "start"),
        Experiment::Stop(order) => say(order, "stop"),
        Experiment::Report(report) => match &report.data {
            None => from_server(report),
            Some(file) => {
                let file = file.clone();
                from_file(report, &file, colours(colour))
            }
        },
    }
}

fn lines(all: &Value) -> String {
    let mut text = String::new();
    for experiment in all.as_array().into_iter().flatten() {
        let _ = writeln!(text, "{}", line(experiment));
    }
    if text.is_empty() { "the charter that is served has no experiment\n".to_owned() } else { text }
}

/// `basket  runs since 2026-11-23 04:12:00Z, by anna`
fn line(status: &Value) -> String {
    let name = status["name"].as_str().unwrap_or_default();
    if status["restored"] == json!(false) {
        return format!("{name}  what is kept of it is not known yet: is the store in reach?");
    }
    let since = status["since_ms"].as_i64().filter(|since| *since > 0).and_then(|since| jiff::Timestamp::from_millisecond(since).ok());
    let Some(since) = since else { return format!("{name}  never started") };
    let state = if status["running"] == json!(true) { "runs" } else { "stopped" };
    format!("{name}  {state} since {}, by {}", since.strftime("%Y-%m-%d %H:%M:%SZ"), status["by"].as_str().unwrap_or_default())
}

fn say(arguments: &Order, action: &str) -> Outcome {
    let named = &arguments.named;
    let body = order(arguments.by.as_ref(), arguments.reason.as_ref());
    let answer = Admin::new(&named.list.server)?.post(Kind::Experiment, &named.name, &format!("/{action}"), &body)?;
    match named.list.format {
        Format::Json => print_json(&answer)?,
        Format::Human => {
            let kept = if answer["kept"] == json!(false) { crate::output::NOT_KEPT } else { "" };
            print(&format!("{}\n{kept}", line(&answer["state"])))?;
        }
    }
    Ok(Ending::Fine)
}

fn from_server(arguments: &ExperimentReport) -> Outcome {
    let status = Admin::new(&arguments.server)?.get(Kind::Experiment, &arguments.name, "")?;
    let text = |key: &str| status[key].as_str().unwrap_or_default().to_owned();
    let written = match arguments.format {
        ReportFormat::Human => format!("{}\n{}", line(&status), text("table")),
        ReportFormat::Svg => text("picture"),
        ReportFormat::Json => {
            let mut status = status;
            if let Some(status) = status.as_object_mut() {
                // Both are made from the report.
                status.remove("table");
                status.remove("picture");
            }
            pretty(&status)?
        }
    };
    write(arguments, &written)
}

/// The same figures over an exported file.
fn from_file(arguments: &ExperimentReport, file: &std::path::Path, colour: bool) -> Outcome {
    let search = OnnxRuntimeSearch::from_environment(None);
    let compiled = match compile(Folder::read(&arguments.charter)?, &search) {
        Ok(compiled) => compiled,
        Err(refused) => return refused.print(colour),
    };
    let experiments = &compiled.plan.experiments;
    let Some(settings) = experiments.iter().find(|experiment| experiment.name == arguments.name) else {
        let meant = nearest(&arguments.name, experiments.iter().map(|experiment| experiment.name.as_str()));
        let meant = meant.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        return Err(Problem::Usage(format!("the charter has no experiment `{}`{meant}", arguments.name)));
    };
    let text = std::fs::read_to_string(file).map_err(|problem| Problem::Environment(format!("`{}`: {problem}", file.display())))?;
    let (ledger, at_ms) = fold_csv(settings, &text).map_err(|problem| Problem::Refused(format!("`{}`: {problem}", file.display())))?;
    let report = ledger.report(at_ms);
    let written = match arguments.format {
        ReportFormat::Human => report.table(),
        ReportFormat::Svg => report.picture(),
        ReportFormat::Json => {
            let report = serde_json::to_value(&report).map_err(|problem| Problem::Environment(format!("cannot write JSON: {problem}")))?;
            pretty(&json!({ "name": settings.name, "report": report }))?
        }
    };
    write(arguments, &written)
}

fn pretty(value: &Value) -> Result<String, Problem> {
    let text = serde_json::to_string_pretty(value).map_err(|problem| Problem::Environment(format!("cannot write JSON: {problem}")))?;
    Ok(format!("{text}\n"))
}

fn write(arguments: &ExperimentReport, text: &str) -> Outcome {
    match &arguments.output {
        None => print(text)?,
        Some(file) => {
            std::fs::write(file, text).map_err(|problem| Problem::Environment(format!("cannot write `{}`: {problem}", file.display())))?;
        }
    }
    Ok(Ending::Fine)
}

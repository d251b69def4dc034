//! The generator on its own: `load URL [--rate R | --users N | --connections N] [options]`, for `bench/generator`.
//!
//! Options: `--spacing constant|poisson`, `--think exponential:1s|fixed:1s` (with `--users`), `--pool N`, `--body FILE`,
//! `--duration SECONDS`, `--warm-up SECONDS`, `--timeout SECONDS`, `--seed N`, `--workers N`, `--json`.

use std::collections::BTreeMap;
use std::time::Duration;

use charter_verify::load::{LatencySummary, LoadReport, LoadScenario, Progress, Shape, Spacing, Target, Think, Traffic, run};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let (url, options, json) = arguments()?;
    let (base, path) = split(&url);
    let target = Target::parse(base)?;
    let request = match options.get("body") {
        Some(file) => target.post(path, "application/json", &[], &std::fs::read(file)?),
        None => target.get(path),
    };
    let number = |name: &str, default: f64| options.get(name).map_or(Ok(default), |text| text.parse::<f64>());
    let seconds = |name: &str, default: f64| number(name, default).map(Duration::from_secs_f64);
    let scenario = LoadScenario {
        target,
        traffic: vec![Traffic { name: path.into(), weight: 1.0, requests: vec![request], draw: charter_verify::load::Draw::AtRandom }],
        shape: shape(&options)?,
        warm_up: seconds("warm-up", 2.0)?,
        duration: seconds("duration", 10.0)?,
        timeout: seconds("timeout", 5.0)?,
        seed: number("seed", 1.0)? as u64,
        workers: number("workers", 1.0)? as usize,
    };
    let outcome = run(&scenario, |progress: Progress| {
        eprint!(
            "\r{:.1} of {:.0} s, {} sent, {} failed ",
            progress.elapsed.as_secs_f64(),
            progress.whole.as_secs_f64(),
            progress.sent,
            progress.failed
        );
    })?;
    eprintln!();
    if json {
        println!("{}", serde_json::to_string(&outcome.report)?);
    } else {
        print(&outcome.report);
    }
    Ok(())
}

fn arguments() -> Result<(String, BTreeMap<String, String>, bool), Failure> {
    let (mut url, mut options, mut json) = (None, BTreeMap::new(), false);
    let mut rest = std::env::args().skip(1);
    while let Some(argument) = rest.next() {
        match argument.strip_prefix("--") {
            Some("json") => json = true,
            Some(name) => {
                let value = rest.next().ok_or_else(|| format!("`--{name}` lacks its value"))?;
                options.insert(name.to_owned(), value);
            }
            None => url = Some(argument),
        }
    }
    Ok((url.ok_or("which URL?")?, options, json))
}

/// The base and the path of a URL.
fn split(url: &str) -> (&str, &str) {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let slash = url[after_scheme..].find('/').map_or(url.len(), |at| after_scheme + at);
    let (base, path) = url.split_at(slash);
    (base, if path.is_empty() { "/" } else { path })
}

fn shape(options: &BTreeMap<String, String>) -> Result<Shape, Failure> {
    let spacing = match options.get("spacing").map(String::as_str) {
        None | Some("constant") => Spacing::Constant,
        Some("poisson") => Spacing::Poisson,
        Some(other) => return Err(format!("no spacing `{other}`").into()),
    };
    let think = match options.get("think").map(|text| text.split_once(':').unwrap_or(("exponential", text))) {
        None => Think::None,
        Some((kind, text)) => {
            let pause = Duration::from_secs_f64(text.trim_end_matches('s').parse()?);
            if kind == "fixed" { Think::Fixed(pause) } else { Think::Exponential(pause) }
        }
    };
    Ok(match (options.get("rate"), options.get("users"), options.get("connections")) {
        (Some(rate), None, None) => {
            let connections_max = options.get("pool").map_or(Ok(1_000), |pool| pool.parse())?;
            Shape::Open { rate_per_second: rate.parse()?, spacing, connections_max }
        }
        (None, Some(users), None) => Shape::Closed { users: users.parse()?, think },
        (None, None, Some(connections)) => Shape::Closed { users: connections.parse()?, think: Think::None },
        (None, None, None) => Shape::Closed { users: 64, think: Think::None },
        _ => return Err("one of `--rate`, `--users` and `--connections`".into()),
    })
}

fn print(report: &LoadReport) {
    let line = |name: &str, latency: &LatencySummary| {
        println!(
            "{name:<10} {:>9} p50 {:>8.3}  p90 {:>8.3}  p95 {:>8.3}  p99 {:>8.3}  p99.9 {:>8.3}  max {:>9.3} ms",
            latency.count,
            latency.p50.value_ms,
            latency.p90.value_ms,
            latency.p95.value_ms,
            latency.p99.value_ms,
            latency.p99_9.value_ms,
            latency.max_ms
        );
    };
    println!(
        "throughput {:.1}/s, sent {:.1}/s, intended {:?}",
        report.throughput_per_second, report.achieved_per_second, report.intended_per_second
    );
    line("latency", &report.total.latency);
    line("service", &report.service);
    if let Some(corrected) = &report.corrected {
        line("corrected", corrected);
    }
    line("send lag", &report.generator.send_lag);
    println!("errors {:?}\nrungs {:?}", report.total.errors, report.total.rungs);
    let generator = &report.generator;
    println!(
        "generator {:.2} µs CPU a request, {:.0} % of a core, {} connections, {} waited for one",
        generator.cpu_micros_per_request,
        generator.busiest_worker_share * 100.0,
        generator.connections,
        generator.waited_for_connection
    );
    generator.limits.iter().for_each(|limit| println!("limit: {limit}"));
}

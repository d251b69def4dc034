//! What attributions cost: `explain MODEL CASES.json NAME [SECONDS]` counts the known rows of a case of `tests/explain` and attributes its rows one by one.
//! Prints a line of JSON, microseconds of CPU a row; `bench/explain/run.py` runs the `shap` package beside it.

use charter_onnx::TreeExplainer;
use serde::Deserialize;
use std::hint::black_box;

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    model: String,
    known: Vec<Vec<Option<f64>>>,
    rows: Vec<Vec<Option<f64>>>,
}

/// Seconds of CPU so far, of the one thread there is.
fn cpu_seconds() -> Result<f64, Box<dyn std::error::Error>> {
    let schedule = std::fs::read_to_string("/proc/self/schedstat")?;
    Ok(schedule.split_whitespace().next().ok_or("no schedstat")?.parse::<f64>()? / 1e9)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, cases, name, rest @ ..] = arguments.as_slice() else { return Err("say MODEL CASES.json NAME [SECONDS]".into()) };
    let seconds: f64 = rest.first().map_or(Ok(1.0), |text| text.parse())?;
    let cases: Cases = serde_json::from_slice(&std::fs::read(cases)?)?;
    let case = cases.cases.iter().find(|case| case.model == *name).ok_or("no such case")?;
    let wide = |row: &Vec<Option<f64>>| row.iter().map(|value| value.unwrap_or(f64::NAN)).collect::<Vec<f64>>();
    let mut explainer = TreeExplainer::load(&std::fs::read(path)?)?;
    for known in &case.known {
        explainer.count(&wide(known))?;
    }
    let begun = std::time::Instant::now();
    explainer.prepare(0)?;
    let prepared = begun.elapsed().as_secs_f64() * 1e3;
    let rows: Vec<Vec<f64>> = case.rows.iter().map(wide).collect();
    let (begun, mut count) = (cpu_seconds()?, 0_u32);
    while cpu_seconds()? - begun < seconds {
        for row in &rows {
            black_box(explainer.attribute(black_box(row), 0)?);
            count += 1;
        }
    }
    let each = (cpu_seconds()? - begun) * 1e6 / f64::from(count);
    println!("{{\"model\":\"{name}\",\"us_a_row\":{each:.2},\"rows\":{count},\"prepare_ms\":{prepared:.2}}}");
    Ok(())
}

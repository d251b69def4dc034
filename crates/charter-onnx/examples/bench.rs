//! Times a model file: `bench MODEL COLUMNS [SECONDS] [BODY.json ...]` prints one JSON line for 1 row and one for 32 rows.
//! With bodies (Open Inference Protocol JSON) their rows are used; without, the rows are made from a fixed seed.
//! Each line: `{"model":…,"rows":…,"p50_us":…,"p99_us":…,"calls":…}`.

use std::hint::black_box;
use std::time::Instant;

use charter_onnx::{Elements, Model, TensorView, Workspace};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let path = arguments.get(1).ok_or("name a model file")?;
    let columns: usize = arguments.get(2).ok_or("say how many columns it reads")?.parse()?;
    let seconds: f64 = arguments.get(3).map_or(Ok(2.0), |text| text.parse())?;
    let bodies = arguments.get(4..).unwrap_or_default();
    let model = Model::load(&std::fs::read(path)?)?;
    let input = model.inputs().first().ok_or("the model has no input")?.name.clone();
    for rows in [1, 32] {
        let mut values = made_up(rows * columns);
        for body in bodies {
            let read = read_body(body)?;
            if read.len() == values.len() {
                values = read;
            }
        }
        let shape = [rows, columns];
        let view = TensorView::new(&shape, Elements::F32(&values)).ok_or("the body does not fit the columns")?;
        let inputs = [(input.as_str(), view)];
        let mut workspace = Workspace::new();
        let mut one = || -> Result<(), Box<dyn std::error::Error>> {
            let outputs = model.run(&mut workspace, black_box(&inputs))?;
            black_box(outputs.get(outputs.len() - 1));
            Ok(())
        };
        for _ in 0..2_000 {
            one()?;
        }
        let mut nanoseconds = Vec::with_capacity(1 << 22);
        let begin = Instant::now();
        while begin.elapsed().as_secs_f64() < seconds {
            let start = Instant::now();
            one()?;
            nanoseconds.push(start.elapsed().as_nanos());
        }
        nanoseconds.sort_unstable();
        let at = |share: usize| nanoseconds.get(nanoseconds.len() * share / 100).map_or(0.0, |&value| value as f64 / 1e3);
        println!(
            "{{\"model\":\"{path}\",\"rows\":{rows},\"p50_us\":{:.2},\"p99_us\":{:.2},\"calls\":{}}}",
            at(50),
            at(99),
            nanoseconds.len()
        );
    }
    Ok(())
}

/// Values around zero from a linear congruential generator.
fn made_up(count: usize) -> Vec<f32> {
    let mut state: u64 = 7;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as f32 / (1 << 24) as f32 - 0.5) * 6.0
        })
        .collect()
}

fn read_body(path: &str) -> Result<Vec<f32>, Box<dyn std::error::Error>> {
    let body: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let data = body.pointer("/inputs/0/data").and_then(|data| data.as_array()).ok_or("no data in the body")?;
    Ok(data.iter().filter_map(|value| value.as_f64()).map(|value| value as f32).collect())
}

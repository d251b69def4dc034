//! Holds this crate to ONNX Runtime's answers, within 1e-5 (absolute, or relative for large values).
//!
//! The committed corpus always runs. `CHARTER_ONNX_CASES` names a folder with more cases, made by
//! `tests/differential/generate.py`; its header has the commands.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::path::{Path, PathBuf};

use charter_onnx::{Elements, LoadError, Model, TensorView, Workspace};
use serde::Deserialize;
use serde_json::Value;

const TOLERANCE: f64 = 1e-5;

#[derive(Deserialize)]
struct Case {
    inputs: Vec<Stored>,
    outputs: Vec<Stored>,
}

#[derive(Deserialize)]
struct Stored {
    name: String,
    r#type: String,
    shape: Vec<usize>,
    data: Vec<Value>,
}

/// A stored tensor in its own type.
enum Held {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    I32(Vec<i32>),
    Bool(Vec<bool>),
    Text(Vec<String>),
}

fn float(value: &Value) -> f64 {
    match value.as_str() {
        Some("nan") => f64::NAN,
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        _ => value.as_f64().expect("a number"),
    }
}

impl Stored {
    fn hold(&self) -> Held {
        let integers = || self.data.iter().map(|value| value.as_i64().expect("an integer"));
        match self.r#type.as_str() {
            "float" => Held::F32(self.data.iter().map(|value| float(value) as f32).collect()),
            "double" => Held::F64(self.data.iter().map(float).collect()),
            "int64" => Held::I64(integers().collect()),
            "int32" => Held::I32(integers().map(|value| i32::try_from(value).expect("in range")).collect()),
            "bool" => Held::Bool(self.data.iter().map(|value| value.as_bool().expect("a boolean")).collect()),
            "string" => Held::Text(self.data.iter().map(|value| value.as_str().expect("a text").to_string()).collect()),
            other => panic!("type {other}"),
        }
    }
}

impl Held {
    fn elements(&self) -> Elements<'_> {
        match self {
            Held::F32(values) => Elements::F32(values),
            Held::F64(values) => Elements::F64(values),
            Held::I64(values) => Elements::I64(values),
            Held::I32(values) => Elements::I32(values),
            Held::Bool(values) => Elements::Bool(values),
            Held::Text(values) => Elements::Text(values),
        }
    }
}

fn close(wanted: f64, got: f64) -> bool {
    wanted == got || (wanted.is_nan() && got.is_nan()) || (wanted - got).abs() <= TOLERANCE * wanted.abs().max(1.0)
}

fn differ(wanted: Elements<'_>, got: Elements<'_>) -> Option<String> {
    let floats = |wanted: &[f64], got: &[f64]| {
        let wrong = wanted.iter().zip(got).position(|(&wanted, &got)| !close(wanted, got))?;
        Some(format!("element {wrong}: {} for {}", got[wrong], wanted[wrong]))
    };
    let wide = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>();
    match (wanted, got) {
        (Elements::F32(wanted), Elements::F32(got)) => floats(&wide(wanted), &wide(got)),
        (Elements::F64(wanted), Elements::F64(got)) => floats(wanted, got),
        (wanted, got) if wanted == got => None,
        (wanted, got) => Some(format!("{got:?} for {wanted:?}")),
    }
}

/// The first difference, the reason why the model is not evaluated, or none.
fn run(onnx: &Path, workspace: &mut Workspace) -> Result<(), String> {
    let case: Case = serde_json::from_slice(&std::fs::read(onnx.with_extension("json")).expect("a case beside the model")).expect("a case");
    let model = match Model::load(&std::fs::read(onnx).expect("a model")) {
        Ok(model) => model,
        Err(error @ LoadError::Unsupported { .. }) => return Err(format!("unsupported: {error}")),
        Err(error) => return Err(format!("load: {error}")),
    };
    let held: Vec<Held> = case.inputs.iter().map(Stored::hold).collect();
    let views: Vec<(&str, TensorView<'_>)> = case
        .inputs
        .iter()
        .zip(&held)
        .map(|(stored, held)| (stored.name.as_str(), TensorView::new(&stored.shape, held.elements()).expect("a tensor")))
        .collect();
    // A second call finds used buffers and must answer the same.
    for _ in 0..2 {
        let outputs = model.run(workspace, &views).map_err(|error| format!("run: {error}"))?;
        for stored in &case.outputs {
            let got = outputs.named(&stored.name).ok_or_else(|| format!("output `{}` is missing", stored.name))?;
            if got.shape() != stored.shape {
                return Err(format!("output `{}` has shape {:?} for {:?}", stored.name, got.shape(), stored.shape));
            }
            if let Some(difference) = differ(stored.hold().elements(), got.elements()) {
                return Err(format!("output `{}`: {difference}", stored.name));
            }
        }
    }
    Ok(())
}

fn run_folder(folder: &Path, cases_min: usize) {
    let mut models: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "onnx"))
        .collect();
    models.sort();
    let mut workspace = Workspace::new();
    let failures: Vec<String> = models
        .iter()
        .filter_map(|model| {
            run(model, &mut workspace).err().map(|reason| format!("{}: {reason}", model.file_stem().unwrap_or_default().to_string_lossy()))
        })
        .collect();
    println!("{} of {} cases agree with ONNX Runtime", models.len() - failures.len(), models.len());
    assert!(models.len() >= cases_min, "{} has only {} cases", folder.display(), models.len());
    assert!(failures.is_empty(), "{} of {} cases differ:\n{}", failures.len(), models.len(), failures.join("\n"));
}

#[test]
fn the_committed_cases_agree_with_onnx_runtime() {
    run_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/corpus"), 90);
}

#[test]
fn the_generated_cases_agree_with_onnx_runtime() {
    match std::env::var_os("CHARTER_ONNX_CASES") {
        Some(folder) => run_folder(Path::new(&folder), 800),
        None => println!("CHARTER_ONNX_CASES is not set: only the committed corpus ran; tests/differential/generate.py makes the others"),
    }
}

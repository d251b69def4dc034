//! What needs the library of ONNX Runtime. Where it is not found these tests say `not run`; with `CHARTER_REQUIRE_ONNXRUNTIME=1` they fail instead.

use super::*;
use crate::onnx::open::{Opened, open_bytes};
use crate::onnx::session::{Sessions, open_session};
use crate::runtime::{OnnxRuntime, load};
use charter_engine::Texts;
use half::{bf16, f16};

fn library(test: &str) -> Option<&'static OnnxRuntime> {
    match load(&OnnxRuntimeSearch::from_environment(None)) {
        Ok(runtime) => Some(runtime),
        Err(report) if std::env::var("CHARTER_REQUIRE_ONNXRUNTIME").is_ok_and(|value| value == "1") => {
            panic!("ONNX Runtime is required:\n{report}")
        }
        Err(_) => {
            eprintln!("not run: {test}: ONNX Runtime was not found");
            None
        }
    }
}

fn sessions(runtime: &OnnxRuntime, bytes: &[u8], plan: &Signature) -> Kernel {
    let first = open_session(runtime, bytes).expect("a session");
    Kernel::Sessions(Sessions::new(runtime, bytes, first, plan).expect("sessions"))
}

#[test]
fn an_operator_that_charter_onnx_lacks_runs_where_onnx_runtime_is_there() {
    let Some(runtime) = library("celu") else { return };
    let bytes = file::unary("Celu", file::FLOAT, 2);
    let backend = open_file(&bytes, &["x: FP32[-1,2]"], &["y: FP32[-1,2]"], &OnnxRuntimeSearch::from_environment(None)).expect("opens");
    assert_eq!(backend.engine(), format!("onnxruntime {}", runtime.version).trim_end());
    let input = Tensor::new([2, 2].as_slice(), Values::Fp32(vec![1.0, -1.0, 0.0, 2.0])).expect("fits");
    let answer = call_now(backend.as_ref(), &[input], 2).expect("answers");
    let Values::Fp32(values) = answer[0].values() else { panic!("floats") };
    let expected = [1.0, (-1.0_f32).exp() - 1.0, 0.0, 2.0];
    assert!(values.iter().zip(expected).all(|(value, expected)| (value - expected).abs() < 1e-6), "{values:?}");
}

#[test]
fn a_zip_map_is_read_as_a_table_where_onnx_runtime_is_there() {
    if library("zip map").is_none() {
        return;
    }
    for texts in [true, false] {
        let bytes = file::celu_and_zip_map(texts);
        let search = OnnxRuntimeSearch::from_environment(None);
        let backend = open_file(&bytes, &["x: FP32[-1,2]"], &["y: FP32[-1,2]"], &search).expect("opens");
        let input = Tensor::new([2, 2].as_slice(), Values::Fp32(vec![1.0, 2.0, 3.0, 4.0])).expect("fits");
        // The labels are `no maybe` and `5 -3`: ascending order swaps the columns.
        let expected = Tensor::new([2, 2].as_slice(), Values::Fp32(vec![2.0, 1.0, 4.0, 3.0])).expect("fits");
        assert_eq!(call_now(backend.as_ref(), &[input], 2), Ok(vec![expected]));
    }
}

#[test]
fn every_datatype_passes_through_where_onnx_runtime_is_there() {
    let Some(runtime) = library("datatypes") else { return };
    let columns: [(i32, Values); 14] = [
        (9, Values::Bool(vec![true, false])),
        (2, Values::Uint8(vec![0, 255])),
        (4, Values::Uint16(vec![0, 65535])),
        (12, Values::Uint32(vec![0, u32::MAX])),
        (13, Values::Uint64(vec![0, u64::MAX])),
        (3, Values::Int8(vec![-128, 127])),
        (5, Values::Int16(vec![i16::MIN, 1])),
        (6, Values::Int32(vec![i32::MIN, 1])),
        (7, Values::Int64(vec![i64::MIN, 1])),
        (10, Values::Fp16(vec![f16::from_f32(1.5), f16::MAX])),
        (16, Values::Bf16(vec![bf16::from_f32(1.5), bf16::MAX])),
        (1, Values::Fp32(vec![1.5, f32::MIN])),
        (11, Values::Fp64(vec![1.5, f64::MAX])),
        (8, Values::Bytes(Texts::from_iter(["", "ü"]))),
    ];
    for (element, values) in columns {
        let datatype = values.datatype();
        let plan = Signature {
            inputs: crate::testing::specs(&[&format!("x: {datatype}[-1,1]")]),
            outputs: crate::testing::specs(&[&format!("y: {datatype}[-1,1]")]),
        };
        let kernel = sessions(runtime, &file::unary("Identity", element, 1), &plan);
        let input = Tensor::new([2, 1].as_slice(), values).expect("fits");
        assert_eq!(kernel.run(&[Cow::Borrowed(&input)], 2), Ok(vec![input.clone()]), "{datatype}");
    }
}

/// Rows that differ, without a source of chance: a small generator with a fixed start.
fn rows(facts: &Artifact, rows: usize) -> Vec<Cow<'static, Tensor>> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let blank = invent(&facts.inputs, rows, 1).expect("small");
    let filled = blank.into_iter().map(|input| {
        let values = match input.values() {
            Values::Fp32(values) => Values::Fp32(values.iter().map(|_| (next() % 10_000) as f32 / 100.0).collect()),
            Values::Int64(values) => Values::Int64(values.iter().map(|_| (next() % 50) as i64).collect()),
            Values::Bytes(texts) => {
                Values::Bytes(texts.iter().map(|_| ["owner", "fixed", "Ideal", "E", "VS1"][(next() % 5) as usize]).collect())
            }
            other => other.clone(),
        };
        Cow::Owned(Tensor::new(input.shape(), values).expect("fits"))
    });
    filled.collect()
}

#[test]
fn both_engines_agree_on_the_shops_models_where_onnx_runtime_is_there() {
    let Some(runtime) = library("agreement") else { return };
    for path in shop_models() {
        let facts = artifact_facts(&shop(), &path, &nowhere()).expect("facts");
        let bytes = std::fs::read(shop().join(&path)).expect("a file");
        let plan = Signature { inputs: facts.inputs.clone(), outputs: facts.outputs.clone() };
        let Ok(Opened::Evaluator(evaluator)) = open_bytes(&bytes, &nowhere()) else { panic!("{path}: charter-onnx evaluates it") };
        let ours = Kernel::Evaluator(Box::new(Evaluator::new(evaluator, &plan).expect("names fit")));
        let theirs = sessions(runtime, &bytes, &plan);
        let inputs = rows(&facts, 64);
        let (ours, theirs) = (ours.run(&inputs, 64).expect("answers"), theirs.run(&inputs, 64).expect("answers"));
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours.shape(), theirs.shape(), "{path}");
            match (ours.values(), theirs.values()) {
                (Values::Fp32(ours), Values::Fp32(theirs)) => {
                    let close = |(ours, theirs): (&f32, &f32)| (ours - theirs).abs() <= 1e-5 * theirs.abs().max(1.0);
                    assert!(ours.iter().zip(theirs).all(close), "{path}: {ours:?} {theirs:?}");
                }
                (ours, theirs) => assert_eq!(ours, theirs, "{path}"),
            }
        }
    }
}

#[test]
fn calls_from_many_threads_share_the_sessions_where_onnx_runtime_is_there() {
    let Some(runtime) = library("threads") else { return };
    let plan = Signature { inputs: crate::testing::specs(&["x: FP32[-1,2]"]), outputs: crate::testing::specs(&["y: FP32[-1,2]"]) };
    let kernel = sessions(runtime, &file::unary("Celu", file::FLOAT, 2), &plan);
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let kernel = &kernel;
            scope.spawn(move || {
                let input = Tensor::new([1, 2].as_slice(), Values::Fp32(vec![thread as f32, 1.0])).expect("fits");
                for _ in 0..200 {
                    assert_eq!(kernel.run(&[Cow::Borrowed(&input)], 1), Ok(vec![input.clone()]));
                }
            });
        }
    });
}

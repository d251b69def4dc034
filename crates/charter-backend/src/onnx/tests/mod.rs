//! Models in process, through the same doors as in service.

mod bulkhead;
mod file;
mod open_lengths;
mod runtime;

use super::*;
use crate::Backends;
use crate::onnx::cost::Cost;
use crate::onnx::evaluator::Evaluator;
use crate::onnx::in_process::{InProcess, Kernel};
use crate::onnx::open_axes::OpenAxes;
use crate::onnx::signature::Signature;
use crate::onnx::warm_up::invent;
use crate::runtime::OnnxRuntimeSearch;
use crate::testing::{call_now, call_within, model};
use charter_engine::{Backend, Failure, Inference, OpenBackend, Request, Tensor, Unavailable, Values};
use charter_plan::artifact::Artifact;
use charter_plan::plan::{Model, Source};
use charter_plan::tensor::Datatype;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop")
}

/// Nowhere to look: what runs, runs on `charter-onnx`.
fn nowhere() -> OnnxRuntimeSearch {
    OnnxRuntimeSearch::default()
}

fn shop_models() -> Vec<String> {
    let entries = std::fs::read_dir(shop().join("models")).expect("the shop's models");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let mut models: Vec<String> = names.filter(|name| name.ends_with(".onnx")).map(|name| format!("models/{name}")).collect();
    models.sort();
    assert!(models.len() >= 5, "{models:?}");
    models
}

fn plan_for(path: &str, facts: &Artifact) -> Model {
    let source = Source::Onnx { path: path.into(), digest: facts.digest.clone() };
    model(source, facts.inputs.clone(), facts.outputs.clone())
}

/// Writes a model into a folder of its own and opens it there.
fn open_file(bytes: &[u8], inputs: &[&str], outputs: &[&str], search: &OnnxRuntimeSearch) -> Result<Arc<dyn Backend>, Unavailable> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("m.onnx"), bytes).expect("written");
    let source = Source::Onnx { path: "m.onnx".into(), digest: crate::digest::sha256(bytes) };
    Backends::new(folder.path(), search.clone()).open(&model(source, crate::testing::specs(inputs), crate::testing::specs(outputs)))
}

#[test]
fn every_model_of_the_shop_opens_and_answers_without_a_native_library() {
    for path in shop_models() {
        let facts = artifact_facts(&shop(), &path, &nowhere()).unwrap_or_else(|error| panic!("{path}: {error:?}"));
        assert_eq!(facts.engine, "charter-onnx", "{path}");
        let backend = Backends::new(shop(), nowhere()).open(&plan_for(&path, &facts)).unwrap_or_else(|error| panic!("{path}: {error:?}"));
        assert_eq!(backend.engine(), "charter-onnx");
        for rows in [1, 7] {
            let inputs: Vec<Tensor> = invent(&facts.inputs, rows, 1).expect("small").into_iter().map(Cow::into_owned).collect();
            let outputs = call_now(backend.as_ref(), &inputs, rows).unwrap_or_else(|error| panic!("{path}: {error:?}"));
            assert_eq!(outputs.len(), facts.outputs.len(), "{path}");
            for (output, spec) in outputs.iter().zip(&facts.outputs) {
                assert_eq!((output.rows(), output.datatype(), output.shape().len()), (rows, spec.datatype, spec.shape.len()), "{path}");
            }
        }
    }
}

#[test]
fn facts_are_the_files_signature_metadata_and_columns() {
    let facts = artifact_facts(&shop(), "models/personalization-v2.onnx", &nowhere()).expect("facts");
    assert_eq!(facts.inputs, crate::testing::specs(&["features: FP32[-1,21]"]));
    assert_eq!(facts.outputs, crate::testing::specs(&["score: FP32[-1,1]"]));
    assert_eq!(facts.columns.len(), 21);
    assert!(facts.metadata.iter().any(|(key, value)| key == "charter.version" && value == "v2"));
    assert_eq!(facts.bytes, std::fs::metadata(shop().join("models/personalization-v2.onnx")).expect("a file").len());
    let inspected = inspect(&shop().join("models/personalization-v2.onnx"), &nowhere()).expect("inspected");
    assert_eq!((inspected.engine, inspected.obstacle, inspected.artifact), (Engine::CharterOnnx, None, facts));
}

#[test]
fn a_file_that_changed_since_the_plan_closes_the_model() {
    let facts = artifact_facts(&shop(), "models/fraud-v1.onnx", &nowhere()).expect("facts");
    let plan = Model {
        source: Source::Onnx { path: "models/fraud-v1.onnx".into(), digest: format!("sha256:{}", "0".repeat(64)) },
        ..plan_for("", &facts)
    };
    let error = Backends::new(shop(), nowhere()).open(&plan).err().expect("refused");
    assert!(error.reason.contains("is not the file that the plan was made from"), "{error:?}");
    assert!(error.help.contains("reload"), "{error:?}");
}

#[test]
fn a_plan_with_another_signature_closes_the_model() {
    let bytes = file::unary("Relu", file::FLOAT, 2);
    assert!(open_file(&bytes, &["x: FP32[-1,2]"], &["y: FP32[-1,2]"], &nowhere()).is_ok());
    for (input, output, reason) in [
        ("z: FP32[-1,2]", "y: FP32[-1,2]", "wants an input `x`"),
        ("x: FP32[-1,3]", "y: FP32[-1,2]", "[-1,2] in the model and [-1,3] in the plan"),
        ("x: FP32[-1,2]", "y: FP64[-1,2]", "output `y` is FP32 in the model"),
    ] {
        let error = open_file(&bytes, &[input], &[output], &nowhere()).err().expect("refused");
        assert!(error.reason.contains(reason), "{error:?}");
    }
}

#[test]
fn without_a_runtime_the_missing_operator_is_named_with_the_way_out() {
    let bytes = file::unary("Celu", file::FLOAT, 2);
    if crate::runtime::load(&nowhere()).is_ok() {
        // Another test of this process has loaded a library already, and then there is one.
        eprintln!("not run: a copy of ONNX Runtime is loaded");
        return;
    }
    let error = open_file(&bytes, &["x: FP32[-1,2]"], &["y: FP32[-1,2]"], &nowhere()).err().expect("refused");
    assert_eq!(error.reason, "`m.onnx`: `charter-onnx` does not evaluate the operators `Celu`, and ONNX Runtime was not found");
    assert!(error.help.contains("charter runtime install"), "{error:?}");
}

#[test]
fn data_in_other_files_is_refused_whatever_engine_would_run_the_model() {
    for location in ["weights.bin", "../secret", "/etc/passwd"] {
        let error =
            open_file(&file::with_external_data(location), &["x: FP32[-1,2]"], &["y: FP32[-1,2]"], &nowhere()).err().expect("refused");
        assert!(error.reason.contains("tensor `w` keeps its data in another file"), "{error:?}");
        assert!(!error.reason.contains(location), "{error:?}");
    }
    for nonsense in [&b""[..], b"not a model", &[0xFF; 300]] {
        assert!(open_file(nonsense, &["x: FP32[-1,2]"], &["y: FP32[-1,2]"], &nowhere()).is_err());
    }
}

fn long_relu() -> InProcess {
    let loaded = charter_onnx::Model::load(&file::unary("Relu", file::FLOAT, 2)).expect("loads");
    let signature = Signature { inputs: crate::testing::specs(&["x: FP32[-1,2]"]), outputs: crate::testing::specs(&["y: FP32[-1,2]"]) };
    let evaluator = Evaluator::new(loaded, &signature).expect("names fit");
    InProcess::new(Kernel::Evaluator(Box::new(evaluator)), Cost::default(), OpenAxes::of(&signature.inputs), "test".into())
}

#[tokio::test]
async fn a_long_call_computes_beside_the_async_workers() {
    let backend = long_relu();
    let input = Tensor::new([2, 2].as_slice(), Values::Fp32(vec![-1.0, 2.0, 3.0, -4.0])).expect("fits");
    let expected = Tensor::new([2, 2].as_slice(), Values::Fp32(vec![0.0, 2.0, 3.0, 0.0])).expect("fits");
    let calls: Vec<_> = (0..50).map(|_| call_within(&backend, std::slice::from_ref(&input), Duration::from_secs(20))).collect();
    for call in calls {
        assert_eq!(call.await, Ok(vec![expected.clone()]));
    }
}

#[tokio::test]
async fn a_dropped_call_leaves_its_place_to_the_next() {
    let backend = long_relu();
    let input = Tensor::new([1, 2].as_slice(), Values::Fp32(vec![-1.0, 2.0])).expect("fits");
    for _ in 0..100 {
        let inputs = [Cow::Borrowed(&input)];
        let clock = crate::testing::StillClock;
        let context = charter_engine::Context { clock: &clock, seed: 1, deadline: charter_engine::Moment::NEVER };
        let Inference::Pending(mut pending) = backend.infer(Request { inputs: &inputs, rows: 1, context }) else { panic!("a long call") };
        // Polled once, so that it has taken its place, then dropped.
        std::future::poll_fn(|task| {
            let _ = pending.as_mut().poll(task);
            std::task::Poll::Ready(())
        })
        .await;
    }
    let answer =
        tokio::time::timeout(Duration::from_secs(20), call_within(&backend, std::slice::from_ref(&input), Duration::from_secs(20)));
    assert!(answer.await.expect("a place is free").is_ok());
}

#[test]
fn texts_that_are_not_utf8_are_the_inputs_fault() {
    let facts = artifact_facts(&shop(), "models/fraud-v2.onnx", &nowhere()).expect("facts");
    let backend = Backends::new(shop(), nowhere()).open(&plan_for("models/fraud-v2.onnx", &facts)).expect("opens");
    let mut inputs: Vec<Tensor> = invent(&facts.inputs, 1, 1).expect("small").into_iter().map(Cow::into_owned).collect();
    let text = inputs.iter().position(|input| input.datatype() == Datatype::Bytes).expect("an input of texts");
    inputs[text] = Tensor::new([1, 1].as_slice(), Values::Bytes([[0xFF_u8]].into_iter().collect())).expect("fits");
    assert_eq!(call_now(backend.as_ref(), &inputs, 1).expect_err("refused").failure, Failure::Rejected);
}

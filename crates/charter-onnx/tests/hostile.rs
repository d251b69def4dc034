//! A model file may be hostile: whatever the bytes, loading and running answer or refuse, and never panic.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::path::Path;

use charter_onnx::{ElementType, Elements, LoadError, Model, TensorView, Workspace, inspect};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/corpus");
    let mut paths: Vec<_> = std::fs::read_dir(folder).expect("the corpus").map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "onnx"));
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a model")).collect()
}

/// Runs a model that loaded, with inputs of its own declared types and three rows.
fn run_with_anything(model: &Model, workspace: &mut Workspace) {
    let floats = [0.5_f32, f32::NAN, -3.0].repeat(4096);
    let doubles = [0.5_f64, f64::NAN, -3.0].repeat(4096);
    let integers = [0_i64, -1, i64::MAX].repeat(4096);
    let small = [0_i32, -1, i32::MAX].repeat(4096);
    let flags = [true, false, true].repeat(4096);
    let texts = vec!["red".to_string(); floats.len()];
    let shapes: Vec<Vec<usize>> = model
        .inputs()
        .iter()
        .map(|info| {
            let dimensions = info.shape.clone().unwrap_or_default();
            dimensions.iter().map(|dimension| if let charter_onnx::Dimension::Fixed(fixed) = dimension { *fixed } else { 3 }).collect()
        })
        .collect();
    let mut inputs = Vec::new();
    for (info, shape) in model.inputs().iter().zip(&shapes) {
        let count = shape.iter().try_fold(1_usize, |product, &dimension| product.checked_mul(dimension)).unwrap_or(usize::MAX);
        if count > floats.len() {
            return;
        }
        let elements = match info.element {
            ElementType::F32 => Elements::F32(&floats[..count]),
            ElementType::F64 => Elements::F64(&doubles[..count]),
            ElementType::I64 => Elements::I64(&integers[..count]),
            ElementType::I32 => Elements::I32(&small[..count]),
            ElementType::Bool => Elements::Bool(&flags[..count]),
            ElementType::Text => Elements::Text(&texts[..count]),
        };
        match TensorView::new(shape, elements) {
            Some(view) => inputs.push((info.name.as_str(), view)),
            None => return,
        }
    }
    // Either outcome is fine; what counts is that there is one.
    let _ = model.run(workspace, &inputs).map(|outputs| outputs.iter().count());
}

#[test]
fn changed_bytes_of_real_models_never_panic() {
    let models = corpus();
    assert!(models.len() >= 90);
    let mut loaded = 0;
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 2_000, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    // One flipped bit often leaves a model that loads and then holds a wrong size or index; whole bytes break the rest.
    let change = prop_oneof![3 => (0..8_u32).prop_map(|bit| 1_u8 << bit), 1 => any::<u8>()];
    let changes = prop::collection::vec((any::<prop::sample::Index>(), change), 1..4);
    let strategy = (any::<prop::sample::Index>(), changes, any::<prop::sample::Index>(), 0..8_u8);
    let counter = std::cell::Cell::new(0);
    runner
        .run(&strategy, |(which, changes, end, cut)| {
            let mut bytes = which.get(&models).clone();
            for (place, value) in changes {
                let place = place.index(bytes.len());
                bytes[place] ^= value;
            }
            if cut == 0 {
                bytes.truncate(end.index(bytes.len()));
            }
            let mut workspace = Workspace::new();
            if let Ok(model) = Model::load(&bytes) {
                counter.set(counter.get() + 1);
                run_with_anything(&model, &mut workspace);
            }
            let _ = inspect(&bytes);
            Ok(())
        })
        .expect("no panic");
    loaded += counter.get();
    assert!(loaded > 250, "only {loaded} changed models still loaded, so little was run");
}

#[test]
fn unchanged_models_run_on_strange_values() {
    let mut workspace = Workspace::new();
    for bytes in corpus() {
        run_with_anything(&Model::load(&bytes).expect("a model of the corpus"), &mut workspace);
    }
}

#[test]
fn truncated_bytes_are_malformed() {
    for bytes in corpus().iter().take(5) {
        for length in [1, bytes.len() / 2, bytes.len() - 1] {
            assert!(matches!(Model::load(&bytes[..length]), Err(LoadError::Malformed { .. })), "{length} of {} bytes", bytes.len());
        }
    }
    assert!(matches!(Model::load(&[]), Err(LoadError::Malformed { .. })));
}

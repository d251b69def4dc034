//! Once its workspace is warm, a call allocates nothing, whatever the model's kind.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use charter_onnx::{Elements, Model, TensorView, Workspace};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged; only a counter is added.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps `realloc`'s contract.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

// One test only: others in this process would add to the count.
#[test]
fn a_warm_call_allocates_nothing() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/corpus");
    let mut calls = 0;
    for name in [
        "lightgbm-binary-full-table",
        "lightgbm-multi-full-table",
        "trained-extra-regressor",
        "trained-net-relu-2-table",
        "trained-logistic-2-table",
    ] {
        let Ok(bytes) = std::fs::read(corpus.join(format!("{name}.onnx"))) else { continue };
        let model = Model::load(&bytes).expect("a model");
        let mut workspace = Workspace::new();
        for rows in [1, 8, 32] {
            let values = vec![0.25_f32; rows * 8];
            let shape = [rows, 8];
            let inputs = [("x", TensorView::new(&shape, Elements::F32(&values)).expect("a table"))];
            for _ in 0..2 {
                model.run(&mut workspace, &inputs).expect("an answer");
            }
            let before = ALLOCATIONS.load(Ordering::Relaxed);
            for _ in 0..10 {
                let outputs = model.run(&mut workspace, &inputs).expect("an answer");
                assert!(outputs.get(outputs.len() - 1).is_some_and(|scores| scores.shape()[0] == rows));
            }
            let allocated = ALLOCATIONS.load(Ordering::Relaxed) - before;
            assert_eq!(allocated, 0, "{name} allocated {allocated} times in 10 calls of {rows} rows");
            calls += 10;
        }
    }
    assert!(calls >= 90, "too few models were found: {calls} calls");
}

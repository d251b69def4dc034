//! A call of a model in process takes memory for its answer and for nothing else.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use charter_backend::runtime::OnnxRuntimeSearch;
use charter_backend::{Backends, artifact_facts};
use charter_engine::{Context, Inference, Moment, OpenBackend, Request, SystemClock, Tensor, Values};
use charter_plan::plan::{Model, ModelId, Protect, Source};
use charter_plan::tensor::Datatype;
use std::alloc::{GlobalAlloc, Layout, System};
use std::borrow::Cow;
use std::cell::Cell;
use std::path::Path;

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is handed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn value(datatype: Datatype, width: usize) -> Tensor {
    let values = match datatype {
        Datatype::Fp32 => Values::Fp32(vec![0.5; width]),
        Datatype::Int64 => Values::Int64(vec![1; width]),
        Datatype::Bytes => Values::Bytes(std::iter::repeat_n("a text of some length", width).collect()),
        other => panic!("no model of the shop takes {other}"),
    };
    Tensor::new([1, width].as_slice(), values).expect("fits")
}

#[test]
fn a_call_allocates_its_answer_and_nothing_else() {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop");
    // 11 separate columns with texts among them, and one matrix.
    for path in ["models/fraud-v2.onnx", "models/personalization-v2.onnx"] {
        let facts = artifact_facts(&shop, path, &OnnxRuntimeSearch::default()).expect("facts");
        let width = |shape: &[charter_plan::tensor::Dimension]| usize::try_from(i64::from(shape[1])).expect("a fixed width");
        let inputs: Vec<Tensor> = facts.inputs.iter().map(|spec| value(spec.datatype, width(&spec.shape))).collect();
        let source = Source::Onnx { path: path.into(), digest: facts.digest };
        let plan = Model {
            id: ModelId(0),
            name: "subject".into(),
            version: "v1".into(),
            source,
            inputs: facts.inputs,
            outputs: facts.outputs,
            protect: Protect::NONE,
        };
        let backend = Backends::new(&shop, OnnxRuntimeSearch::default()).open(&plan).expect("opens");
        let clock = SystemClock::new();
        let inputs: Vec<Cow<'_, Tensor>> = inputs.iter().map(Cow::Borrowed).collect();
        let call = || {
            let context = Context { clock: &clock, seed: 1, deadline: Moment::NEVER };
            let Inference::Ready(answer) = backend.infer(Request { inputs: &inputs, rows: 1, context }) else { panic!("a short call") };
            answer.expect("answers")
        };
        for _ in 0..10 {
            call();
        }
        COUNT.set(0);
        for _ in 0..100 {
            call();
        }
        // The list of outputs and the values of the one output.
        assert_eq!(COUNT.get(), 200, "{path}");
    }
}

//! Rows whose length the caller chooses.

use super::*;

fn evaluator(bytes: &[u8], input: &str, output: &str) -> (Evaluator, Signature) {
    let loaded = charter_onnx::Model::load(bytes).expect("loads");
    let signature = Signature { inputs: crate::testing::specs(&[input]), outputs: crate::testing::specs(&[output]) };
    (Evaluator::new(loaded, &signature).expect("names fit"), signature)
}

fn row(length: usize) -> Tensor {
    Tensor::new([1, length].as_slice(), Values::Fp32(vec![0.5; length])).expect("fits")
}

fn is_at_once(backend: &dyn Backend, input: &Tensor) -> bool {
    let inputs = [Cow::Borrowed(input)];
    let context = charter_engine::Context { clock: &crate::testing::StillClock, seed: 1, deadline: charter_engine::Moment::NEVER };
    matches!(backend.infer(Request { inputs: &inputs, rows: input.rows(), context }), Inference::Ready(_))
}

#[tokio::test]
async fn a_wide_call_computes_beside_the_async_workers_where_a_narrow_one_is_at_once() {
    let (evaluator, signature) = evaluator(&file::unary("Relu", file::FLOAT, -1), "x: FP32[-1,-1]", "y: FP32[-1,-1]");
    let mut cost = Cost::default();
    cost.push(1, 100);
    cost.push(64, 2);
    cost.push(256, 0);
    let backend = InProcess::new(Kernel::Evaluator(Box::new(evaluator)), cost, OpenAxes::of(&signature.inputs), "test".into());
    assert!(is_at_once(&backend, &row(1)) && is_at_once(&backend, &row(64)));
    assert!(!is_at_once(&backend, &row(65)) && !is_at_once(&backend, &row(5000)));
    assert_eq!(call_within(&backend, &[row(5000)], Duration::from_secs(20)).await, Ok(vec![row(5000)]));
}

#[tokio::test]
async fn a_model_that_squares_its_width_is_never_at_once_when_it_is_wide() {
    let backend = open_file(&file::square_of_width(), &["x: FP32[-1,-1]"], &["y: FP32[-1,1]"], &nowhere()).expect("opens");
    assert_eq!(backend.engine(), "charter-onnx");
    assert!(!is_at_once(backend.as_ref(), &row(4096)), "16 million products take longer than a short call");
    assert!(!is_at_once(backend.as_ref(), &row(4097)), "nothing was measured at this width");
    let answer = call_within(backend.as_ref(), &[row(4096)], Duration::from_secs(60)).await.expect("answers");
    assert_eq!(answer[0].values(), &Values::Fp32(vec![0.25]));
}

#[test]
fn memory_of_a_wide_call_is_given_back() {
    let (evaluator, _) = evaluator(&file::unary("Identity", file::STRING, -1), "x: BYTES[-1,-1]", "y: BYTES[-1,-1]");
    let run = |texts: Vec<String>| {
        let length = texts.len();
        let input = Tensor::new([1, length].as_slice(), Values::Bytes(texts.iter().map(String::as_bytes).collect())).expect("fits");
        let answer = evaluator.run(&[Cow::Borrowed(&input)], 1).expect("answers");
        assert_eq!(answer, [input]);
        evaluator.texts_kept()
    };
    assert!(run(vec!["a".into(); 100]) >= 100, "the next call of this size pays nothing");
    assert_eq!(run(vec![String::new(); 4096]), 0, "one row, and wide");
    assert_eq!(run(vec!["a".repeat(1 << 20)]), 0, "one text, and long");
    assert!(run(vec!["a".into()]) >= 1);
}

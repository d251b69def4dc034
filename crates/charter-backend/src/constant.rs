//! `static`: the same answer for every row.
//!
//! It cannot fail once it is open, so it is what a ladder ends with.

use crate::failure::{failed, unavailable};
use crate::values::{ELEMENTS_MAX, append, convert, empty, row_shape, tensor};
use charter_engine::{Backend, BackendError, Failure, Inference, Request, Tensor, Unavailable, Values};
use charter_plan::plan::{Constant, Model};

/// One answer, repeated.
#[derive(Debug)]
pub(crate) struct Static {
    outputs: Vec<Output>,
}

#[derive(Debug)]
struct Output {
    row: Values,
    row_shape: Vec<usize>,
}

impl Static {
    /// One constant an output; each must fill a row of it exactly, without loss.
    pub(crate) fn open(model: &Model, constants: &[Constant]) -> Result<Self, Unavailable> {
        let help = "write one value for each output, of the output's type and length";
        if constants.len() != model.outputs.len() {
            return Err(unavailable(format!("{} values for {} outputs", constants.len(), model.outputs.len()), help));
        }
        let outputs = model.outputs.iter().zip(constants).map(|(spec, constant)| {
            let row = convert(constant, spec.datatype)?;
            let row_shape = row_shape(spec, row.len())?;
            Ok(Output { row, row_shape })
        });
        let outputs = outputs.collect::<Result<_, String>>().map_err(|reason| unavailable(reason, help))?;
        Ok(Self { outputs })
    }

    fn answer(&self, rows: usize) -> Result<Vec<Tensor>, BackendError> {
        self.outputs.iter().map(|output| output.repeat(rows)).collect()
    }
}

impl Output {
    fn repeat(&self, rows: usize) -> Result<Tensor, BackendError> {
        let width = self.row.len();
        let too_large = || failed(Failure::BadOutput, "the answer would be larger than an answer may be");
        let count = width.checked_mul(rows).filter(|&count| count <= ELEMENTS_MAX).ok_or_else(too_large)?;
        let mut values = empty(self.row.datatype(), count);
        for _ in 0..rows {
            if !append(&mut values, &self.row, 0..width) {
                return Err(too_large());
            }
        }
        tensor(rows, &self.row_shape, values).ok_or_else(too_large)
    }
}

impl Backend for Static {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        Inference::Ready(self.answer(request.rows))
    }

    fn engine(&self) -> &str {
        "static"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{model, specs};
    use charter_plan::plan::Source;

    #[test]
    fn every_row_gets_the_same_answer() {
        let constants = vec![Constant::Texts(vec!["a".into(), "b".into()]), Constant::Floats(vec![0.5])];
        let model = model(Source::Static { values: constants.clone() }, vec![], specs(&["items: BYTES[-1,2]", "score: FP32[-1]"]));
        let backend = Static::open(&model, &constants).expect("opens");
        let answer = backend.answer(3).expect("answers");
        assert_eq!(
            answer[0],
            Tensor::new([3, 2].as_slice(), Values::Bytes(["a", "b", "a", "b", "a", "b"].into_iter().collect())).expect("fits")
        );
        assert_eq!(answer[1], Tensor::new([3].as_slice(), Values::Fp32(vec![0.5; 3])).expect("fits"));
        assert_eq!(backend.answer(0).expect("no rows are fine")[0].shape(), [0, 2]);
    }

    #[test]
    fn a_constant_that_does_not_fit_its_output_closes_the_model() {
        for (constants, expected) in [
            (vec![], "0 values for 1 outputs"),
            (vec![Constant::Floats(vec![1.0, 2.0])], "output `score` takes one value a row, 2 are given"),
            (vec![Constant::Texts(vec!["x".into()])], "a text is no FP32"),
        ] {
            let model = model(Source::Static { values: constants.clone() }, vec![], specs(&["score: FP32[-1]"]));
            assert_eq!(Static::open(&model, &constants).expect_err("does not open").reason, expected);
        }
    }
}

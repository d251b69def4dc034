//! `rule`: one CEL expression an output, evaluated for each row over the model's inputs.
//!
//! The language itself is the engine's.

use crate::failure::{failed, unavailable};
use crate::values::{row_shape, tensor};
use charter_engine::{Backend, BackendError, Expression, Failure, Inference, Request, Tensor, Unavailable};
use charter_plan::plan::Model;
use charter_plan::tensor::Datatype;
use smallvec::SmallVec;

/// Compiled expressions.
#[derive(Debug)]
pub(crate) struct Rule {
    outputs: Vec<Output>,
}

#[derive(Debug)]
struct Output {
    expression: Expression,
    /// Ones, or nothing: an expression gives one value a row.
    row_shape: Vec<usize>,
}

impl Rule {
    /// Compiles every expression against the model's inputs; each input must have one value a row, and so must each output.
    pub(crate) fn open(model: &Model, expressions: &[String]) -> Result<Self, Unavailable> {
        let help = "write one CEL expression for each output, over the names of the inputs, giving the output's type";
        if expressions.len() != model.outputs.len() {
            return Err(unavailable(format!("{} expressions for {} outputs", expressions.len(), model.outputs.len()), help));
        }
        for input in &model.inputs {
            row_shape(input, 1).map_err(|_| unavailable(format!("input `{}` has more than one value a row", input.name), help))?;
        }
        let variables: Vec<(String, Datatype)> = model.inputs.iter().map(|input| (input.name.clone(), input.datatype)).collect();
        let outputs = model.outputs.iter().zip(expressions).map(|(spec, source)| {
            let row_shape = row_shape(spec, 1)?;
            let expression =
                Expression::compile(source, &variables, spec.datatype).map_err(|error| format!("the rule for `{}`: {error}", spec.name))?;
            Ok(Output { expression, row_shape })
        });
        let outputs = outputs.collect::<Result<_, String>>().map_err(|reason| unavailable(reason, help))?;
        Ok(Self { outputs })
    }

    fn answer(&self, request: &Request<'_>) -> Result<Vec<Tensor>, BackendError> {
        let slots: SmallVec<[&Tensor; 16]> = request.inputs.iter().map(AsRef::as_ref).collect();
        let outputs = self.outputs.iter().map(|output| {
            // A row without a result is the row's fault: a division by zero, a text that is no number. The rung below is tried.
            let values = output.expression.evaluate(request.rows, &slots);
            let values =
                values.map_err(|error| failed(Failure::Rejected, format!("the rule has no result for a row: {}", error.message)))?;
            tensor(request.rows, &output.row_shape, values)
                .ok_or_else(|| failed(Failure::BadOutput, "the rule gave a wrong number of values"))
        });
        outputs.collect()
    }
}

impl Backend for Rule {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        Inference::Ready(self.answer(&request))
    }

    fn engine(&self) -> &str {
        "cel"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call_now, model, specs};
    use charter_engine::Values;
    use charter_plan::plan::Source;

    fn open(inputs: &[&str], outputs: &[&str], expressions: &[&str]) -> Result<Rule, Unavailable> {
        let expressions: Vec<String> = expressions.iter().map(|&expression| expression.to_owned()).collect();
        Rule::open(&model(Source::Rule { expressions: expressions.clone() }, specs(inputs), specs(outputs)), &expressions)
    }

    #[test]
    fn every_row_gets_its_own_result_in_every_output() {
        let inputs = ["amount: FP32[-1,1]", "country: BYTES[-1]"];
        let outputs = ["score: FP32[-1,1]", "decision: BYTES[-1]"];
        let rule = open(&inputs, &outputs, &["amount > 10000.0 ? 1.0 : 0.0", "country == 'XX' ? 'review' : 'allow'"]).expect("opens");
        let amounts = Tensor::new([3, 1].as_slice(), Values::Fp32(vec![1.0, 20_000.0, 10_000.0])).expect("fits");
        let countries = Tensor::new([3].as_slice(), Values::Bytes(["XX", "DE", "FR"].into_iter().collect())).expect("fits");
        let scores = Tensor::new([3, 1].as_slice(), Values::Fp32(vec![0.0, 1.0, 0.0])).expect("fits");
        let decisions = Tensor::new([3].as_slice(), Values::Bytes(["review", "allow", "allow"].into_iter().collect())).expect("fits");
        assert_eq!(call_now(&rule, &[amounts, countries], 3), Ok(vec![scores, decisions]));
    }

    #[test]
    fn a_row_without_a_result_is_rejected_without_its_value() {
        let rule = open(&["n: INT64[-1,1]"], &["q: INT64[-1]"], &["100 / n"]).expect("opens");
        let error = call_now(&rule, &[Tensor::new([2, 1].as_slice(), Values::Int64(vec![4, 0])).expect("fits")], 2).expect_err("no result");
        assert_eq!(error.failure, Failure::Rejected);
    }

    #[test]
    fn a_rule_that_does_not_fit_closes_the_model() {
        for (inputs, outputs, expressions, part) in [
            (&["x: FP32[-1,1]"][..], &["y: FP32[-1]"][..], &[][..], "0 expressions for 1 outputs"),
            (&["x: FP32[-1,3]"], &["y: FP32[-1]"], &["1.0"], "input `x` has more than one value a row"),
            (&["x: FP32[-1,1]"], &["y: FP32[-1,2]"], &["1.0"], "output `y` takes [2] values a row, 1 are given"),
            (&["x: FP32[-1,1]"], &["y: FP32[-1]"], &["z > 1.0 ? 1.0 : 0.0"], "the rule for `y`"),
            (&["x: FP32[-1,1]"], &["y: FP32[-1]"], &["x >"], "the rule for `y`"),
        ] {
            let reason = open(inputs, outputs, expressions).expect_err("refused").reason;
            assert!(reason.contains(part), "{reason}");
        }
    }
}

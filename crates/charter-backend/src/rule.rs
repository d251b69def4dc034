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
            let expression = Expression::compile(source, &variables, spec.datatype).map_err(|error| format!("the rule for `{}`: {error}", spec.name))?;
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
            let values = values.map_err(|error| failed(Failure::Rejected, format!("the rule has no result for a row: {}", error.message)))?;
            tensor(request.rows, &output.row_shape, values).ok_or_else(|| failed(Failure::BadOutput, "the rule gave a wrong number of values"))
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

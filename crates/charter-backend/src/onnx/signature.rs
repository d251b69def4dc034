//! What a model says it takes and gives, and whether a plan agrees.
//!
//! Values do not belong here.

use crate::failure::unavailable;
use charter_engine::Unavailable;
use charter_onnx::{ElementType, ValueInfo};
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use ort::value::{Outlet, TensorElementType, ValueType};

/// Inputs and outputs in one order: the plan's or the file's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) inputs: Vec<TensorSpec>,
    pub(super) outputs: Vec<TensorSpec>,
}

const HELP: &str = "check the charter again (`charter check`): the plan was made for another file, or names other inputs and outputs";

impl Signature {
    pub(super) fn of_infos(inputs: &[ValueInfo], outputs: &[ValueInfo]) -> Self {
        Self { inputs: inputs.iter().map(spec_of_info).collect(), outputs: outputs.iter().map(spec_of_info).collect() }
    }

    /// `None` when an input or output is of a kind that no tensor can stand for.
    pub(super) fn of_outlets(inputs: &[Outlet], outputs: &[Outlet]) -> Option<Self> {
        let all = |outlets: &[Outlet]| outlets.iter().map(spec_of_outlet).collect::<Option<Vec<_>>>();
        Some(Self { inputs: all(inputs)?, outputs: all(outputs)? })
    }

    /// Whether calls of the plan's signature fit a model of this one. Shapes of outputs are left to the warm-up call: exporters often declare them wrongly.
    pub(super) fn check(&self, plan: &Self) -> Result<(), Unavailable> {
        for input in &self.inputs {
            if !plan.inputs.iter().any(|spec| spec.name == input.name) {
                return Err(unavailable(format!("the model wants an input `{}` that the plan does not give", input.name), HELP));
            }
        }
        for spec in &plan.inputs {
            let input = find(&self.inputs, spec).ok_or_else(|| unavailable(format!("the model has no input `{}`", spec.name), HELP))?;
            check_datatype("input", spec, input)?;
            if !fits(&spec.shape, &input.shape) {
                let (ours, theirs) = (shape(spec), shape(input));
                return Err(unavailable(format!("input `{}` is {theirs} in the model and {ours} in the plan", spec.name), HELP));
            }
        }
        for spec in &plan.outputs {
            let output = find(&self.outputs, spec).ok_or_else(|| unavailable(format!("the model has no output `{}`", spec.name), HELP))?;
            check_datatype("output", spec, output)?;
        }
        Ok(())
    }
}

fn find<'a>(specs: &'a [TensorSpec], wanted: &TensorSpec) -> Option<&'a TensorSpec> {
    specs.iter().find(|spec| spec.name == wanted.name)
}

fn check_datatype(what: &str, plan: &TensorSpec, model: &TensorSpec) -> Result<(), Unavailable> {
    if plan.datatype == model.datatype {
        return Ok(());
    }
    Err(unavailable(format!("{what} `{}` is {} in the model and {} in the plan", plan.name, model.datatype, plan.datatype), HELP))
}

fn fits(plan: &[Dimension], model: &[Dimension]) -> bool {
    let agree = |(plan, model): (&Dimension, &Dimension)| *plan == Dimension::Any || *model == Dimension::Any || plan == model;
    plan.len() == model.len() && plan.iter().zip(model).all(agree)
}

fn shape(spec: &TensorSpec) -> String {
    let lengths: Vec<String> = spec.shape.iter().map(|&dimension| i64::from(dimension).to_string()).collect();
    format!("[{}]", lengths.join(","))
}

fn spec_of_info(info: &ValueInfo) -> TensorSpec {
    let datatype = match info.element {
        ElementType::F32 => Datatype::Fp32,
        ElementType::F64 => Datatype::Fp64,
        ElementType::I64 => Datatype::Int64,
        ElementType::I32 => Datatype::Int32,
        ElementType::Bool => Datatype::Bool,
        ElementType::Text => Datatype::Bytes,
    };
    let dimension = |dimension: &charter_onnx::Dimension| match dimension {
        charter_onnx::Dimension::Fixed(length) => u32::try_from(*length).map_or(Dimension::Any, Dimension::Fixed),
        charter_onnx::Dimension::Symbolic(_) => Dimension::Any,
    };
    let shape = info.shape.as_ref().map_or_else(|| vec![Dimension::Any], |shape| shape.iter().map(dimension).collect());
    TensorSpec::new(&info.name, datatype, shape)
}

fn spec_of_outlet(outlet: &Outlet) -> Option<TensorSpec> {
    let (element, shape) = match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } => (*ty, shape.iter().map(|&length| Dimension::from(length)).collect()),
        // A `ZipMap`: one map from class to score a row, read as a table.
        ValueType::Sequence(inner) => match inner.as_ref() {
            ValueType::Map { value, .. } => (*value, vec![Dimension::Any, Dimension::Any]),
            ValueType::Tensor { .. } | ValueType::Sequence(_) | ValueType::Optional(_) => return None,
        },
        ValueType::Map { .. } | ValueType::Optional(_) => return None,
    };
    Some(TensorSpec::new(outlet.name(), datatype_of(element)?, shape))
}

fn datatype_of(element: TensorElementType) -> Option<Datatype> {
    Some(match element {
        TensorElementType::Bool => Datatype::Bool,
        TensorElementType::Uint8 => Datatype::Uint8,
        TensorElementType::Uint16 => Datatype::Uint16,
        TensorElementType::Uint32 => Datatype::Uint32,
        TensorElementType::Uint64 => Datatype::Uint64,
        TensorElementType::Int8 => Datatype::Int8,
        TensorElementType::Int16 => Datatype::Int16,
        TensorElementType::Int32 => Datatype::Int32,
        TensorElementType::Int64 => Datatype::Int64,
        TensorElementType::Float16 => Datatype::Fp16,
        TensorElementType::Bfloat16 => Datatype::Bf16,
        TensorElementType::Float32 => Datatype::Fp32,
        TensorElementType::Float64 => Datatype::Fp64,
        TensorElementType::String => Datatype::Bytes,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::specs;

    fn signature(inputs: &[&str], outputs: &[&str]) -> Signature {
        Signature { inputs: specs(inputs), outputs: specs(outputs) }
    }

    #[test]
    fn a_plan_that_fits_in_another_order_is_accepted() {
        let model = signature(&["a: FP32[-1,3]", "b: BYTES[-1,1]"], &["label: INT64[-1]", "score: FP32[-1,2]"]);
        assert_eq!(model.check(&signature(&["b: BYTES[-1,1]", "a: FP32[-1,-1]"], &["score: FP32[-1]"])), Ok(()));
    }

    #[test]
    fn every_difference_is_named() {
        let model = signature(&["a: FP32[-1,3]"], &["score: FP32[-1,1]"]);
        for (inputs, outputs, expected) in [
            (&[][..], &["score: FP32[-1,1]"][..], "the model wants an input `a` that the plan does not give"),
            (&["a: FP32[-1,3]", "b: FP32[-1,1]"], &["score: FP32[-1,1]"], "the model has no input `b`"),
            (&["a: FP64[-1,3]"], &["score: FP32[-1,1]"], "input `a` is FP32 in the model and FP64 in the plan"),
            (&["a: FP32[-1,4]"], &["score: FP32[-1,1]"], "input `a` is [-1,3] in the model and [-1,4] in the plan"),
            (&["a: FP32[-1]"], &["score: FP32[-1,1]"], "input `a` is [-1,3] in the model and [-1] in the plan"),
            (&["a: FP32[-1,3]"], &["risk: FP32[-1,1]"], "the model has no output `risk`"),
            (&["a: FP32[-1,3]"], &["score: INT64[-1,1]"], "output `score` is FP32 in the model and INT64 in the plan"),
        ] {
            assert_eq!(model.check(&signature(inputs, outputs)).expect_err("differs").reason, expected);
        }
    }
}

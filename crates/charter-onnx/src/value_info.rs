//! What a model says about its inputs and outputs.

use crate::classes::Classes;
use crate::proto::ValueInfoProto;
use crate::tensor::ElementType;

/// One input or output of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueInfo {
    /// Its name in the graph.
    pub name: String,
    /// The type of its elements.
    pub element: ElementType,
    /// Its dimensions, batch first; `None` when the model does not say. Exporters often declare outputs wrongly:
    /// trust the shape of an answer instead.
    pub shape: Option<Vec<Dimension>>,
    /// For scores that the model would wrap in maps (`ZipMap`), which this crate answers as a plain table:
    /// the labels of the columns.
    pub classes: Option<Classes>,
}

/// One dimension of a declared shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dimension {
    /// Exactly this many.
    Fixed(usize),
    /// Any number, with the name the model gives it, which may be empty.
    Symbolic(String),
}

impl ValueInfo {
    /// Reads a declared tensor; the error is the reason why it is not supported.
    pub(crate) fn read(proto: &ValueInfoProto) -> Result<ValueInfo, String> {
        let declared = proto.r#type.as_ref().and_then(|declared| declared.tensor_type.as_ref());
        let Some(tensor) = declared else {
            return Err("it is not a tensor".to_string());
        };
        let element =
            ElementType::from_onnx(tensor.elem_type).ok_or_else(|| format!("element type {} is not evaluated", tensor.elem_type))?;
        let shape = tensor.shape.as_ref().map(|shape| {
            let dimension = |value: Option<i64>, name: &str| match value.and_then(|value| usize::try_from(value).ok()) {
                Some(value) if value > 0 || name.is_empty() => Dimension::Fixed(value),
                _ => Dimension::Symbolic(name.to_string()),
            };
            shape.dim.iter().map(|dim| dimension(dim.dim_value, &dim.dim_param)).collect()
        });
        Ok(ValueInfo { name: proto.name.clone(), element, shape, classes: None })
    }

    /// The rule that a shape breaks, if any.
    pub(crate) fn mismatch(&self, shape: &[usize]) -> Option<String> {
        let declared = self.shape.as_ref()?;
        if declared.len() != shape.len() {
            return Some(format!("must have {} dimensions, got {}", declared.len(), shape.len()));
        }
        for (axis, (declared, &given)) in declared.iter().zip(shape).enumerate() {
            if let Dimension::Fixed(wanted) = declared
                && *wanted != given
            {
                let what = if axis == 1 && shape.len() == 2 { "columns".to_string() } else { format!("elements in dimension {axis}") };
                return Some(format!("must have {wanted} {what}, got {given}"));
            }
        }
        None
    }
}

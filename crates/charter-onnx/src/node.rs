//! A node while it is compiled: its attributes with types checked. What they mean belongs to the operators.

use crate::constant;
use crate::error::Refusal;
use crate::proto::{AttributeProto, NodeProto};
use crate::tensor::Tensor;

/// A node with the opset its domain has in this model.
pub(crate) struct Node<'a> {
    pub(crate) proto: &'a NodeProto,
    pub(crate) opset: i64,
}

impl<'a> Node<'a> {
    fn attribute(&self, name: &str) -> Option<&'a AttributeProto> {
        self.proto.attribute.iter().find(|attribute| attribute.name == name)
    }

    pub(crate) fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).map_or(default, |attribute| attribute.i)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    pub(crate) fn float(&self, name: &str, default: f32) -> f32 {
        self.attribute(name).map_or(default, |attribute| attribute.f)
    }

    pub(crate) fn ints(&self, name: &str) -> Option<&'a [i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice())
    }

    pub(crate) fn floats(&self, name: &str) -> Option<&'a [f32]> {
        self.attribute(name).map(|attribute| attribute.floats.as_slice())
    }

    pub(crate) fn text(&self, name: &str, default: &'a str) -> Result<&'a str, Refusal> {
        match self.attribute(name) {
            None => Ok(default),
            Some(attribute) => {
                std::str::from_utf8(&attribute.s).map_err(|_| Refusal::Malformed(format!("attribute `{name}` is not UTF-8")))
            }
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        match self.attribute(name) {
            None => Ok(None),
            Some(attribute) => attribute.strings.iter().map(|bytes| constant::text(bytes)).collect::<Result<_, _>>().map(Some),
        }
    }

    pub(crate) fn tensor(&self, name: &str) -> Result<Option<Tensor>, Refusal> {
        match self.attribute(name).and_then(|attribute| attribute.t.as_ref()) {
            None => Ok(None),
            Some(proto) => constant::read(proto).map(Some),
        }
    }

    /// The domain as people write it.
    pub(crate) fn domain(&self) -> &'a str {
        normal_domain(&self.proto.domain)
    }
}

/// The domain as people write it: the empty one is `ai.onnx`.
pub(crate) fn normal_domain(domain: &str) -> &str {
    if domain.is_empty() { "ai.onnx" } else { domain }
}

/// What to call a node in messages: its name, or its first output.
pub(crate) fn title(proto: &NodeProto) -> String {
    if proto.name.is_empty() { proto.output.first().cloned().unwrap_or_default() } else { proto.name.clone() }
}

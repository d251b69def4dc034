//! Class labels of classifiers: integers or texts.

use crate::error::{Fault, Refusal, fault};
use crate::node::Node;
use crate::tensor::Tensor;

/// The labels of a classifier, in the order of its scores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Classes {
    /// Integer labels.
    Integers(Vec<i64>),
    /// Text labels.
    Texts(Vec<String>),
}

impl Classes {
    /// How many classes there are.
    pub fn len(&self) -> usize {
        match self {
            Classes::Integers(labels) => labels.len(),
            Classes::Texts(labels) => labels.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn are_texts(&self) -> bool {
        matches!(self, Classes::Texts(_))
    }

    /// Texts where both attributes are written, as ONNX Runtime prefers.
    pub(crate) fn read(node: &Node<'_>, integers: &str, texts: &str) -> Result<Classes, Refusal> {
        Ok(match node.texts(texts)? {
            Some(labels) if !labels.is_empty() => Classes::Texts(labels),
            _ => Classes::Integers(node.ints(integers).unwrap_or_default().to_vec()),
        })
    }

    /// Writes the labels with these indices as a tensor of shape `[rows]`.
    pub(crate) fn write(&self, winners: &[usize], out: &mut Tensor) -> Result<(), Fault> {
        let missing = |index: usize| fault!("class {index} has no label among {}", self.len());
        match self {
            Classes::Integers(labels) => {
                for (out, &winner) in out.start::<i64>(&[winners.len()])?.iter_mut().zip(winners) {
                    *out = *labels.get(winner).ok_or_else(|| missing(winner))?;
                }
            }
            Classes::Texts(labels) => {
                for (out, &winner) in out.start::<String>(&[winners.len()])?.iter_mut().zip(winners) {
                    out.clone_from(labels.get(winner).ok_or_else(|| missing(winner))?);
                }
            }
        }
        Ok(())
    }
}

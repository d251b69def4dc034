//! One column of a contract as an input of a route.

use super::datatype;
use super::tree::Node;
use crate::tensor::{Datatype, Dimension, Lengths, OPEN_LENGTH_MAX, Range, TensorSpec};
use charter_spec::Span;

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Where its type stands; its name without one.
    pub type_span: Span,
    /// Whether every row has a value.
    pub required: bool,
    /// `personal`, `confidential` …, as the contract calls it.
    pub classification: Option<String>,
    /// The input that it is; `None` when its type has no tensor.
    pub tensor: Option<TensorSpec>,
}

/// Why a column is no tensor, and the way out.
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) help: &'static str,
}

const TYPE_HELP: &str = "write `physicalType:` as a datatype of the inference protocol, such as FP32, INT64 or BYTES";

/// Reads a column; `None` for one without a name.
pub(super) fn read(node: &Node) -> Option<(Property, Option<Problem>)> {
    let name = node.get("name").or_else(|| node.get("physicalName"))?;
    let written = name.word()?.to_owned();
    let type_node = node.get("physicalType").or_else(|| node.get("logicalType"));
    let required = node.get("required").is_some_and(Node::is_true);
    let (tensor, problem) = match tensor(node, &written, required) {
        Ok(tensor) => (Some(tensor), None),
        Err(problem) => (None, Some(problem)),
    };
    let property = Property {
        name: written,
        span: name.span,
        type_span: type_node.map_or(name.span, |node| node.span),
        required,
        classification: node.get("classification").and_then(Node::word).map(str::to_owned),
        tensor,
    };
    Some((property, problem))
}

fn tensor(node: &Node, name: &str, required: bool) -> Result<TensorSpec, Problem> {
    let is_list = node.get("logicalType").and_then(Node::word) == Some("array");
    let items = node.get("items");
    let element = if is_list { items.unwrap_or(node) } else { node };
    let datatype = datatype_of(element).or_else(|| if is_list { physical(node) } else { None });
    let Some(datatype) = datatype else {
        let message = match node.get("physicalType").or_else(|| node.get("logicalType")).and_then(Node::word) {
            Some(written) => format!("`{written}` of column `{name}` has no tensor type"),
            None => format!("column `{name}` has no type"),
        };
        return Err(Problem { message, help: TYPE_HELP });
    };
    let (length, lengths) = if is_list { length(node, name)? } else { (Dimension::Fixed(1), None) };
    let mut spec = TensorSpec::new(name, datatype, vec![Dimension::Any, length]);
    spec.lengths = lengths;
    // Where a value may be missing it comes as NaN; there is no other way to say so in a tensor of numbers.
    spec.allows_nan = datatype.is_float() && !required;
    if datatype == Datatype::Bytes {
        spec.allowed = allowed(node);
    } else {
        spec.range = range(element, datatype).or_else(|| range(node, datatype));
    }
    Ok(spec)
}

fn physical(node: &Node) -> Option<Datatype> {
    node.get("physicalType").and_then(Node::word).and_then(datatype::of_physical)
}

fn datatype_of(node: &Node) -> Option<Datatype> {
    physical(node).or_else(|| node.get("logicalType").and_then(Node::word).and_then(datatype::of_logical))
}

/// The length of a list: fixed when the fewest and the most items are equal, else open between them. Without a most it is [`OPEN_LENGTH_MAX`], or the fewest
/// where that is more; the plan states it then.
fn length(node: &Node, name: &str) -> Result<(Dimension, Option<Lengths>), Problem> {
    let option = |key: &str| node.get("logicalTypeOptions")?.get(key)?.text()?.parse::<u32>().ok();
    let min = option("minItems").unwrap_or(0);
    let max = option("maxItems").unwrap_or(OPEN_LENGTH_MAX.max(min));
    if min > max {
        let message = format!("list `{name}` has at least {min} and at most {max} items, which no list has");
        return Err(Problem { message, help: "make `minItems` at most `maxItems`" });
    }
    let is_fixed = min == max && option("minItems").is_some() && option("maxItems").is_some();
    Ok(if is_fixed { (Dimension::Fixed(max), None) } else { (Dimension::Any, Some(Lengths { min, max })) })
}

fn range(node: &Node, of: Datatype) -> Option<Range> {
    let options = node.get("logicalTypeOptions")?;
    let number = |key: &str| options.get(key).and_then(Node::number);
    // `exclusiveMinimum` is a number; in older contracts it is a flag beside `minimum`.
    let excludes = |key: &str| options.get(key).is_some_and(Node::is_true);
    let min = match (number("minimum"), number("exclusiveMinimum")) {
        (_, Some(limit)) => Some(datatype::above(of, limit)),
        (Some(limit), None) if excludes("exclusiveMinimum") => Some(datatype::above(of, limit)),
        (limit, None) => limit,
    };
    let max = match (number("maximum"), number("exclusiveMaximum")) {
        (_, Some(limit)) => Some(datatype::below(of, limit)),
        (Some(limit), None) if excludes("exclusiveMaximum") => Some(datatype::below(of, limit)),
        (limit, None) => limit,
    };
    (min.is_some() || max.is_some()).then_some(Range { min, max })
}

/// Texts that are allowed: `validValues` of a quality rule, or an `enum`.
fn allowed(node: &Node) -> Vec<String> {
    let of_rule = |rule: &Node| {
        let values = rule.get("arguments").and_then(|arguments| arguments.get("validValues")).or_else(|| rule.get("validValues"));
        values.map(Node::items).unwrap_or_default().to_vec()
    };
    let by_rules = node.get("quality").map(Node::items).unwrap_or_default().iter().map(of_rule).find(|values| !values.is_empty());
    let stated = || {
        let options = node.get("logicalTypeOptions");
        let values = node.get("enum").or_else(|| options.and_then(|options| options.get("enum"))).or_else(|| node.get("validValues"));
        values.map(|values| values.items().to_vec())
    };
    by_rules.or_else(stated).unwrap_or_default().iter().filter_map(|value| value.text().map(str::to_owned)).collect()
}

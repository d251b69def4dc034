//! Which model input a column of the trees comes from, where the graph only joins and encodes columns one by one.

use crate::proto::{GraphProto, NodeProto};
use crate::value_info::{Dimension, ValueInfo};

/// Operators that keep every column in its place.
const KEEPING: [&str; 8] = ["Cast", "Identity", "Imputer", "LabelEncoder", "Log", "Scaler", "Sqrt", "Clip"];
/// Wider inputs are not told apart.
const COLUMNS_MAX: usize = 65_536;
/// The longest way that is followed.
const STEPS_MAX: usize = 64;

/// For each column of a value the input it comes from and its column there; `None` where the graph mixes columns.
pub(super) fn columns(graph: &GraphProto, name: &str) -> Option<Vec<(String, usize)>> {
    let producer = |name: &str| graph.node.iter().find(|node| node.output.iter().any(|output| output == name));
    match producer(name) {
        Some(node) if node.op_type == "Concat" => {
            let mut columns = Vec::new();
            for input in &node.input {
                columns.extend(followed(graph, input, &producer)?);
            }
            Some(columns)
        }
        _ => followed(graph, name, &producer),
    }
}

fn followed<'a>(graph: &GraphProto, name: &'a str, producer: &impl Fn(&str) -> Option<&'a NodeProto>) -> Option<Vec<(String, usize)>> {
    let mut name = name;
    for _ in 0..STEPS_MAX {
        if let Some(input) = graph.input.iter().find(|input| input.name == name) {
            let shape = ValueInfo::read(input).ok()?.shape?;
            let width = match shape.as_slice() {
                [_, Dimension::Fixed(width)] if *width <= COLUMNS_MAX => *width,
                [_] => 1,
                _ => return None,
            };
            return Some((0..width).map(|column| (input.name.clone(), column)).collect());
        }
        let node = producer(name).filter(|node| KEEPING.contains(&node.op_type.as_str()))?;
        name = node.input.first()?;
    }
    None
}

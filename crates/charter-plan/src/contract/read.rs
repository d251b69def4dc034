//! From the bytes of a contract to what is used of it.

use super::property;
use super::tree::{self, Node};
use super::{Contract, Format, ServiceLevel};
use crate::compile::PlanCode;
use charter_spec::{FileSet, Span};
use std::collections::HashSet;

/// Most columns of a contract.
const PROPERTIES_MAX: usize = 4_096;

/// Reads a contract; `None` when the file is not in the set.
pub fn read_contract(files: &FileSet, path: &str) -> Option<Contract> {
    let file = files.find(path)?;
    let start = Span::new(file, 0, 0);
    let mut contract = Contract {
        path: path.to_owned(),
        id: None,
        format: Format::Other,
        span: start,
        properties: Vec::new(),
        service_levels: Vec::new(),
        quality_rules: Vec::new(),
        problems: Vec::new(),
    };
    let root = match tree::parse(file, files.bytes(file)) {
        Ok(Some(root)) => root,
        Ok(None) => {
            contract.problems.push(PlanCode::ContractUnreadable.at(start, format!("`{path}` is empty")));
            return Some(contract);
        }
        Err((message, span)) => {
            let problem = PlanCode::ContractUnreadable.at(span, format!("`{path}` cannot be read: {message}"));
            contract.problems.push(problem.help("a contract is YAML after the Open Data Contract Standard"));
            return Some(contract);
        }
    };
    contract.id = root.get("id").and_then(Node::word).map(str::to_owned);
    if root.get("kind").and_then(Node::word) != Some("DataContract") {
        return Some(contract);
    }
    contract.format = Format::DataContract;
    levels(&root, &mut contract);
    quality(&root, &mut contract);
    if let Some(object) = root.get("schema").and_then(|schema| schema.items().first()) {
        quality(object, &mut contract);
        columns(object, &mut contract);
    }
    Some(contract)
}

fn levels(root: &Node, contract: &mut Contract) {
    for level in root.get("slaProperties").map(Node::items).unwrap_or_default() {
        let Some(property) = level.get("property").and_then(Node::word) else { continue };
        contract.service_levels.push(ServiceLevel {
            property: property.to_owned(),
            value: level.get("value").and_then(Node::number),
            unit: level.get("unit").and_then(Node::word).map(str::to_owned),
            span: level.span,
        });
    }
}

fn quality(node: &Node, contract: &mut Contract) {
    contract.quality_rules.extend(node.get("quality").map(Node::items).unwrap_or_default().iter().map(|rule| rule.span));
}

fn columns(object: &Node, contract: &mut Contract) {
    let mut seen = HashSet::new();
    for node in object.get("properties").map(Node::items).unwrap_or_default() {
        if contract.properties.len() >= PROPERTIES_MAX {
            let problem = PlanCode::ContractUnreadable.at(node.span, format!("a contract has at most {PROPERTIES_MAX} columns"));
            contract.problems.push(problem);
            return;
        }
        quality(node, contract);
        let Some((property, problem)) = property::read(node) else {
            contract.problems.push(PlanCode::ContractColumn.at(node.span, "a column has no name").help("give it a `name`"));
            continue;
        };
        if let Some(problem) = problem {
            contract.problems.push(PlanCode::ContractColumn.at(property.type_span, problem.message).help(problem.help));
        }
        if !seen.insert(property.name.clone()) {
            contract.problems.push(PlanCode::ContractColumn.at(property.span, format!("column `{}` is there twice", property.name)));
            continue;
        }
        contract.properties.push(property);
    }
}

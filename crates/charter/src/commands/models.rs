//! `charter models`

use crate::arguments::{Colour, Format, Models, ModelsCommand, ModelsList};
use crate::compiled::compile;
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::output::{colours, print, print_json};
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_backend::{Inspected, inspect};
use charter_plan::plan::Source;
use charter_plan::tensor::TensorSpec;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

pub(crate) fn run(arguments: &Models, colour: Colour) -> Outcome {
    match &arguments.command {
        Some(ModelsCommand::Inspect { file, format }) => inspect_file(file, *format),
        Some(ModelsCommand::List(arguments)) => list(arguments, colour),
        None => list(&arguments.list, colour),
    }
}

fn inspect_file(file: &Path, format: Format) -> Outcome {
    let search = OnnxRuntimeSearch::from_environment(None);
    let inspected =
        inspect(file, &search).map_err(|problem| Problem::Environment(format!("{}\nhelp: {}", problem.reason, problem.help)))?;
    match format {
        Format::Human => print(&text(file, &inspected))?,
        Format::Json => print_json(&value(&inspected))?,
    }
    Ok(Ending::Fine)
}

/// What a person wants to know of a model file.
fn text(file: &Path, inspected: &Inspected) -> String {
    let (facts, artifact) = (&inspected.inspection, &inspected.artifact);
    let mut text = format!("{}\n  engine      {}: {}\n", file.display(), inspected.engine.name(), inspected.why);
    if let Some(obstacle) = &inspected.obstacle {
        let _ = writeln!(text, "  cannot run  {}\n  help        {}", obstacle.reason, obstacle.help);
    }
    let _ = writeln!(text, "  digest      {} ({} bytes)", artifact.digest, artifact.bytes);
    let _ = writeln!(text, "  made by     {}, ONNX format {}", facts.producer, facts.ir_version);
    if facts.trees > 0 {
        let _ = writeln!(text, "  trees       {} with {} nodes", facts.trees, facts.tree_nodes);
    }
    let _ = writeln!(text, "  numbers     {} stored", facts.parameters);
    for (word, specs) in [("input ", &artifact.inputs), ("output", &artifact.outputs)] {
        for spec in specs {
            let _ = writeln!(text, "  {word}      {}", signature(spec));
        }
    }
    for (key, content) in &artifact.metadata {
        let _ = writeln!(text, "  metadata    {key} = {content}");
    }
    for operator in &facts.operators {
        let mark = if operator.supported { "" } else { "   not evaluated by charter-onnx" };
        let _ = writeln!(text, "  operator    {} × {}{mark}", operator.operator, operator.count);
    }
    text
}

/// The same for programs.
fn value(inspected: &Inspected) -> Value {
    let facts = &inspected.inspection;
    let operators: Vec<Value> = facts
        .operators
        .iter()
        .map(|operator| json!({ "name": operator.operator, "count": operator.count, "supported": operator.supported }))
        .collect();
    json!({
        "engine": inspected.engine.name(),
        "why": inspected.why,
        "obstacle": inspected.obstacle.as_ref().map(|obstacle| json!({ "reason": obstacle.reason, "help": obstacle.help })),
        "artifact": inspected.artifact,
        "operators": operators,
        "opsets": facts.opsets,
        "producer": facts.producer,
        "ir_version": facts.ir_version,
        "parameters": facts.parameters,
        "trees": facts.trees,
        "tree_nodes": facts.tree_nodes,
    })
}

/// `score FP32[-1,1]`
fn signature(spec: &TensorSpec) -> String {
    let shape: Vec<String> = spec.shape.iter().map(|dimension| i64::from(*dimension).to_string()).collect();
    format!("{} {}[{}]", spec.name, spec.datatype, shape.join(","))
}

fn list(arguments: &ModelsList, colour: Colour) -> Outcome {
    let folder = Folder::read(&arguments.source.path)?;
    let compiled = match compile(folder, &OnnxRuntimeSearch::from_environment(None)) {
        Ok(compiled) => compiled,
        Err(refused) => return refused.print(colours(colour)),
    };
    if arguments.format == Format::Json {
        print_json(&serde_json::to_value(&compiled.plan.models).map_err(|problem| Problem::Environment(problem.to_string()))?)?;
        return Ok(Ending::Fine);
    }
    let mut text = String::new();
    for model in &compiled.plan.models {
        let engine = match &model.source {
            Source::Onnx { path, .. } => compiled.artifacts.get(path).map_or("unreadable", |artifact| artifact.engine.as_str()),
            Source::Oip { .. } => "remote (Open Inference Protocol)",
            Source::Rule { .. } => "CEL",
            Source::Static { .. } => "constant",
            Source::Lookup { .. } => "table",
        };
        let signatures = |specs: &[TensorSpec]| specs.iter().map(signature).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "{:<28} {engine}\n    {} -> {}", model.label(), signatures(&model.inputs), signatures(&model.outputs));
    }
    print(&text)?;
    Ok(Ending::Fine)
}

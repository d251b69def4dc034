//! Data contracts after the Open Data Contract Standard 3.1.0: those that the charter names, as they are; and what the system itself gives: outputs of routes
//! with their service levels, features, data sets without a contract of their own.

use super::document::{Map, Value};
use super::identity::system;
use super::names::{Names, file_name, label};
use super::promise::{About, promise};
use super::{Export, Input, facts};
use charter_plan::contract::Format;
use charter_spec::ast::{DataClass, DataSet, Dependency, Feature, OutputTensor, Route, TensorType};
use charter_spec::measure::Operator;
use charter_spec::names::Entry;
use charter_spec::quantity::parse_quantity;

const VERSION: &str = "v3.1.0";

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let mut paths = Names::default();
    named(input, &mut paths, out);
    input.resolved.spec.dependencies.iter().for_each(|dependency| contradictions(input, dependency, out));
    for route in &input.resolved.spec.routes {
        match &route.output {
            Some(output) if !output.value.tensors.is_empty() => {
                let path = format!("{}.odcs.yaml", paths.unique(format!("route-{}", file_name(&route.id.value))));
                out.file(path, Value::Map(answers(input, route, &output.value.tensors)).yaml());
            }
            _ => out.note(format!("route `{}` declares no output, so there is no contract for its answers", route.id.value), route.id.span),
        }
    }
    let features: Vec<&Entry<Feature>> = input.resolved.spec.features.iter().collect();
    if !features.is_empty() {
        let path = format!("{}.odcs.yaml", paths.unique("features".to_owned()));
        out.file(path, Value::Map(of_features(input, &features)).yaml());
    }
    for data in &input.resolved.spec.data {
        if data.contract.is_none() {
            let path = format!("{}.odcs.yaml", paths.unique(format!("data-{}", file_name(&data.id.value))));
            out.file(path, Value::Map(of_data(input, data)).yaml());
        }
    }
}

/// Contracts that the charter names, as they are.
fn named(input: &Input<'_>, paths: &mut Names, out: &mut Export) {
    let spec = &input.resolved.spec;
    let routes = spec.routes.iter().filter_map(|route| route.input.as_ref());
    let dependencies = spec.dependencies.iter().filter_map(|dependency| dependency.contract.as_ref());
    let data = spec.data.iter().filter_map(|data| data.contract.as_ref());
    let mut seen = std::collections::BTreeSet::new();
    for file in routes.chain(dependencies).chain(data) {
        let path = file.value.as_str();
        if !seen.insert(path) {
            continue;
        }
        let text = input.files.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let is_contract = input.resolved.contracts.get(path).is_some_and(|contract| contract.format == Format::DataContract);
        let Some(text) = text.filter(|_| is_contract) else {
            out.note(format!("`{path}` is no data contract that could be read, so it is left out"), file.span);
            continue;
        };
        let document = charter_spec::document_as_json(input.files, path).ok();
        let version = document.as_ref().and_then(|document| document.get("apiVersion")?.as_str()).unwrap_or("no version");
        if version != VERSION {
            out.note(format!("`{path}` follows {version}, not {VERSION}; it is passed on as it is"), file.span);
        }
        let base = path.rsplit('/').next().unwrap_or(path);
        let stem = base.split('.').next().unwrap_or(base);
        let name = format!("{}.odcs.yaml", paths.unique(file_name(stem)));
        let newline = if text.ends_with('\n') { "" } else { "\n" };
        out.file(name, format!("{text}{newline}"));
    }
}

/// A contract is the other side's: where the charter says something else than its service levels, both stand and it is told.
fn contradictions(input: &Input<'_>, dependency: &Entry<Dependency>, out: &mut Export) {
    let Some(contract) = &dependency.contract else { return };
    let levels = charter_draft::odcs::levels(input.files, contract.as_str());
    let time = |duration: &charter_spec::Field<charter_spec::quantity::Duration>| {
        duration.as_ref().map(|duration| (duration.value.seconds() * 1e9, duration.span))
    };
    let slo = dependency.slo.as_ref().map(|share| (share.value.ratio(), share.span));
    for (word, ours, theirs) in [
        ("every", time(&dependency.every), levels.every),
        ("freshness", time(&dependency.freshness), levels.freshness),
        ("slo", slo, levels.slo),
    ] {
        let (Some((ours, span)), Some(text)) = (ours, theirs) else { continue };
        if parse_quantity(&text).is_ok_and(|theirs| (theirs.base - ours).abs() > 1e-9 * ours.abs()) {
            let id = &dependency.id.value;
            out.note(format!("`{word}` of `{id}` is `{text}` in `{}`, which is passed on as it is", contract.value.as_str()), span);
        }
    }
}

fn header(input: &Input<'_>, id: &str, name: &str, purpose: Option<&str>, charter: &str) -> Map {
    Map::new()
        .set("apiVersion", VERSION)
        .set("kind", "DataContract")
        .set("id", format!("{}-{id}", label(system(input))))
        .set("name", name)
        // A charter has no version of its own; its contracts are as old as the day on which they were written.
        .set("version", format!("{}.{}.{}", input.today.year, input.today.month, input.today.day))
        .set("status", "active")
        .set("dataProduct", system(input))
        .some("description", purpose.map(|purpose| Map::new().set("purpose", purpose)))
        .set("customProperties", vec![Map::new().set("property", "charter").set("value", charter)])
}

fn answers(input: &Input<'_>, route: &Entry<Route>, tensors: &charter_spec::names::Entries<OutputTensor>) -> Map {
    let id = route.id.value.as_str();
    let properties: Vec<Map> = tensors
        .iter()
        .map(|tensor| {
            let about = route.decide.as_ref().and_then(|decide| decide.value.decisions.get(&tensor.id.value));
            property(&tensor.id.value, &tensor.value.value)
                .set("required", true)
                .some("description", about.map(|rule| format!("decided by: {rule}")))
        })
        .collect();
    let object = Map::new()
        .set("name", "answer")
        .set("logicalType", "object")
        .set("dataGranularityDescription", "one row of a request")
        .set("properties", properties);
    let purpose = route.about.as_ref().map_or_else(|| format!("What route {id} answers."), |about| about.value.clone());
    header(input, &format!("route-{}", label(id)), &format!("answers of {id}"), Some(&purpose), &format!("routes.{id}"))
        .set("schema", vec![object])
        .set("slaProperties", levels(input, route))
        .some("team", owner(route.owner.as_ref().map(|owner| owner.value.to_string())))
}

/// Columns are `array` for more than one value a row.
fn property(name: &str, tensor: &OutputTensor) -> Map {
    let logical = logical(tensor.datatype);
    if tensor.shape.is_empty() || tensor.shape == [1] {
        return Map::new().set("name", name).set("logicalType", logical).set("physicalType", tensor.datatype.word());
    }
    let length: u64 = tensor.shape.iter().map(|part| u64::from(*part)).product();
    let length = f64::from(u32::try_from(length).unwrap_or(u32::MAX));
    Map::new()
        .set("name", name)
        .set("logicalType", "array")
        .set("logicalTypeOptions", Map::new().set("minItems", length).set("maxItems", length))
        .set("items", Map::new().set("logicalType", logical).set("physicalType", tensor.datatype.word()))
}

fn logical(datatype: TensorType) -> &'static str {
    match datatype {
        TensorType::Bool => "boolean",
        TensorType::Fp16 | TensorType::Bf16 | TensorType::Fp32 | TensorType::Fp64 => "number",
        TensorType::Bytes => "string",
        _ => "integer",
    }
}

fn owner(owner: Option<String>) -> Option<Map> {
    owner.map(|owner| Map::new().set("members", vec![Map::new().set("username", owner).set("role", "owner")]))
}

/// Service levels: latency and share of answers, from the scenarios that speak of the route.
fn levels(input: &Input<'_>, route: &Entry<Route>) -> Vec<Map> {
    let mut levels = Vec::new();
    for scenario in &input.resolved.spec.quality {
        if !facts::routes(input, scenario).iter().any(|spoken_of| spoken_of.id.value == route.id.value) {
            continue;
        }
        let Some(measure) = &scenario.measure else { continue };
        let Some(promise) = promise(&measure.value) else { continue };
        let is_upper = matches!(promise.operator, Operator::Less | Operator::AtMost);
        let level = match promise.about {
            About::Latency(_) | About::LatencyFigure(_) if is_upper => {
                Map::new().set("property", "latency").set("value", promise.limit).set("unit", "ms")
            }
            About::Answered if !is_upper => {
                Map::new().set("property", "availability").set("value", (promise.limit * 1e8).round() / 1e6).set("unit", "percent")
            }
            About::Throughput if !is_upper => Map::new().set("property", "throughput").set("value", promise.limit).set("unit", "rps"),
            _ => continue,
        };
        levels.push(level.set("driver", "operational").set("description", format!("{}: {}", scenario.id.value, measure.value.describe())));
    }
    levels
}

fn of_features(input: &Input<'_>, features: &[&Entry<Feature>]) -> Map {
    let properties: Vec<Map> = features
        .iter()
        .map(|feature| {
            let datatype = feature.datatype.as_ref().map(|datatype| datatype.value);
            Map::new()
                .set("name", feature.id.value.as_str())
                .set("logicalType", datatype.map_or("number", logical))
                .some("physicalType", datatype.map(TensorType::word))
                .some("description", feature.about.as_ref().map(|about| &about.value))
                .some("classification", feature.data.as_ref().map(|class| class.value.word()))
        })
        .collect();
    let fresh = features.iter().filter_map(|feature| {
        let freshness = feature.freshness.as_ref()?;
        let level = Map::new().set("property", "freshness").set("value", freshness.value.seconds()).set("unit", "s");
        Some(level.set("element", format!("features.{}", feature.id.value)).set("driver", "operational"))
    });
    let object = Map::new().set("name", "features").set("logicalType", "object").set("properties", properties);
    header(input, "features", "features", Some("What is known about a person or thing when a model is asked."), "features")
        .set("schema", vec![object])
        .set("slaProperties", fresh.collect::<Vec<_>>())
}

fn of_data(input: &Input<'_>, data: &Entry<DataSet>) -> Map {
    let id = data.id.value.as_str();
    let class = data.class.as_ref().map(|class| class.value);
    let mut columns: Vec<(&str, &str, &str)> = Vec::new();
    let named = [
        (&data.entity, "who or what the row is about", "string"),
        (&data.time, "the time of the row", "timestamp"),
        (&data.label, "the label", "string"),
    ];
    for (column, about, logical) in named {
        if let Some(column) = column {
            columns.push((column.value.as_str(), about, logical));
        }
    }
    for group in &data.groups {
        if !columns.iter().any(|(name, ..)| *name == group.value) {
            columns.push((group.value.as_str(), "its groups must be treated alike", "string"));
        }
    }
    let properties: Vec<Map> = columns
        .into_iter()
        .map(|(name, about, logical)| {
            Map::new()
                .set("name", name)
                .set("logicalType", logical)
                .set("description", about)
                .some("classification", class.map(DataClass::word))
        })
        .collect();
    let retention = data.retention.as_ref().map(|retention| {
        let days = (retention.value.seconds() / 86_400.0 * 1e6).round() / 1e6;
        Map::new().set("property", "retention").set("value", days).set("unit", "d").set("driver", "regulatory")
    });
    let purpose = data.about.as_ref().map(|about| about.value.clone());
    let object = Map::new().set("name", id).set("logicalType", "object").set("properties", properties);
    header(input, &format!("data-{}", label(id)), id, purpose.as_deref(), &format!("data.{id}"))
        .set("schema", vec![object])
        .set("slaProperties", retention.into_iter().collect::<Vec<_>>())
        .some("team", owner(data.owner.as_ref().map(|owner| owner.value.to_string())))
}

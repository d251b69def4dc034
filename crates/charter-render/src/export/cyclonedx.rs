//! A bill of materials with machine-learning models: CycloneDX 1.7 (ECMA-424) as JSON.

use super::document::{Map, Value};
use super::facts;
use super::identity::{system, timestamp, title, uuid};
use super::names::one_line;
use super::proofs::Proofs;
use super::{Export, Input};
use charter_plan::tensor::TensorSpec;
use charter_spec::ast::{DataClass, DataSet, Dependency, Direction, Model, ModelVersion, Provider, Task};
use charter_spec::names::Entry;
use charter_spec::{Id, SectionName};

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let proofs = Proofs::of(input);
    let spec = &input.resolved.spec;
    let mut components: Vec<Map> = Vec::new();
    let mut graph: Vec<Map> = Vec::new();
    let mut direct: Vec<String> = Vec::new();
    for model in &spec.models {
        for version in versions(model) {
            let reference = reference(model, version);
            components.push(component(input, &proofs, (model, version), out));
            graph.push(Map::new().set("ref", &reference).set("dependsOn", needed(input, model, version)));
            direct.push(reference);
        }
    }
    components.extend(spec.data.iter().map(data_set));
    let mut services: Vec<Map> = spec.providers.iter().map(provider).collect();
    services.extend(spec.dependencies.iter().map(dependency));
    direct.extend(spec.providers.iter().map(|provider| format!("provider:{}", provider.id.value)));
    direct.extend(spec.dependencies.iter().map(|dependency| format!("dependency:{}", dependency.id.value)));
    graph.insert(0, Map::new().set("ref", "system").set("dependsOn", direct));
    let whole = Map::new()
        .set("type", "application")
        .set("bom-ref", "system")
        .set("name", system(input))
        .set("description", one_line(title(input)));
    let tool = Map::new().set("type", "application").set("name", "charter").set("version", env!("CARGO_PKG_VERSION"));
    let metadata =
        Map::new().set("timestamp", timestamp(input)).set("tools", Map::new().set("components", vec![tool])).set("component", whole);
    let bom = Map::new()
        .set("$schema", "http://cyclonedx.org/schema/bom-1.7.schema.json")
        .set("bomFormat", "CycloneDX")
        .set("specVersion", "1.7")
        .set("serialNumber", format!("urn:uuid:{}", uuid(input, "cyclonedx", &input.today.to_string())))
        .set("version", 1.0)
        .set("metadata", metadata)
        .set("components", components)
        .set("services", services)
        .set("dependencies", graph);
    out.file("ml-bom.cdx.json", Value::Map(bom).json());
}

/// The versions of a model; one without a name where none is written.
fn versions(model: &Entry<Model>) -> Vec<Option<&Entry<ModelVersion>>> {
    if model.versions.is_empty() { vec![None] } else { model.versions.iter().map(Some).collect() }
}

fn reference(model: &Entry<Model>, version: Option<&Entry<ModelVersion>>) -> String {
    version.map_or_else(|| format!("model:{}", model.id.value), |version| format!("model:{}@{}", model.id.value, version.id.value))
}

/// What a version depends on inside the bill: data sets, providers, dependencies.
fn needed(input: &Input<'_>, model: &Entry<Model>, version: Option<&Entry<ModelVersion>>) -> Vec<String> {
    let index = &input.resolved.index;
    let mut needed: Vec<String> = model.data.iter().map(|data| format!("data:{}", data.value.id)).collect();
    for element in model.needs.iter().filter_map(|need| index.find(&need.value)) {
        match element.section {
            SectionName::Dependencies => needed.push(format!("dependency:{}", element.id)),
            SectionName::Providers => needed.push(format!("provider:{}", element.id)),
            SectionName::DataSets => needed.push(format!("data:{}", element.id)),
            SectionName::Models => {
                let other = input.resolved.spec.models.get_entry(&element.id);
                needed.extend(other.and_then(|other| Some(reference(other, versions(other).first().copied()?))));
            }
            _ => {}
        }
    }
    needed.extend(version.and_then(|version| version.provider.as_ref()).map(|provider| format!("provider:{}", provider.value.id)));
    needed.sort();
    needed.dedup();
    needed
}

fn component(
    input: &Input<'_>,
    proofs: &Proofs<'_>,
    (model, version): (&Entry<Model>, Option<&Entry<ModelVersion>>),
    out: &mut Export,
) -> Map {
    let id = model.id.value.as_str();
    let digest = version.and_then(|version| facts::digest(input, &model.id.value, version, out));
    let hashes: Vec<Map> = digest.map(|digest| Map::new().set("alg", "SHA-256").set("content", digest)).into_iter().collect();
    let artifact = version.and_then(|version| facts::artifact(input, version));
    let mut properties = Vec::new();
    let mut property = |name: &str, value: Option<String>| {
        properties.extend(value.map(|value| Map::new().set("name", format!("charter:{name}")).set("value", value)));
    };
    property("ai-act", model.ai_act.as_ref().map(|class| class.value.to_string()));
    property("criticality", model.criticality.as_ref().map(|level| level.value.to_string()));
    property("baseline", model.baseline.as_ref().map(|baseline| baseline.value.to_string()));
    property("explain", model.explain.as_ref().map(|explain| explain.value.to_string()));
    property("decides-about-people", model.decides_about_people.as_ref().map(|decides| decides.value.to_string()));
    property("file", version.and_then(|version| version.onnx.as_ref()).map(|file| file.value.as_str().to_owned()));
    property("bytes", artifact.map(|artifact| artifact.bytes.to_string()));
    property("engine", artifact.map(|artifact| artifact.engine.clone()));
    property("server", version.and_then(|version| version.oip.as_ref()).map(|url| url.value.clone()));
    property("trained", version.and_then(|version| version.trained.as_ref()).map(|trained| trained.value.to_string()));
    let mut references = Vec::new();
    let mut refer = |kind: &str, path: &str| references.push(Map::new().set("type", kind).set("url", escaped(path)));
    if let Some(card) = &model.card {
        refer("model-card", card.value.as_str());
    }
    for evidence in version.into_iter().flat_map(|version| &version.evidence) {
        refer("evidence", evidence.value.as_str());
    }
    let licenses: Vec<Map> =
        model.license.iter().map(|license| Map::new().set("license", Map::new().set("name", &license.value))).collect();
    Map::new()
        .set("type", "machine-learning-model")
        .set("bom-ref", reference(model, version))
        .set("name", id)
        .some("version", version.map(|version| version.id.value.as_str()))
        .some("description", model.about.as_ref().map(|about| one_line(&about.value)))
        .set("hashes", hashes)
        .set("licenses", licenses)
        .set("externalReferences", references)
        .set("modelCard", card(input, proofs, model, version))
        .set("properties", properties)
}

/// A path as a URI reference: what may not stand in one is escaped.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn card(input: &Input<'_>, proofs: &Proofs<'_>, model: &Entry<Model>, version: Option<&Entry<ModelVersion>>) -> Map {
    let datasets: Vec<Map> = model.data.iter().map(|data| Map::new().set("ref", format!("data:{}", data.value.id))).collect();
    let approach = model.task.as_ref().and_then(|task| match task.value {
        Task::Classification | Task::Regression | Task::Ranking | Task::Forecast => Some(Map::new().set("type", "supervised")),
        _ => None,
    });
    let artifact = version.and_then(|version| facts::artifact(input, version));
    let parameters = Map::new()
        .some("approach", approach)
        .some("task", model.task.as_ref().map(|task| task.value.word()))
        .some("architectureFamily", model.runtime.as_ref().map(|runtime| runtime.value.word()))
        .set("datasets", datasets)
        .set("inputs", artifact.map(|artifact| tensors(&artifact.inputs)).unwrap_or_default())
        .set("outputs", artifact.map(|artifact| tensors(&artifact.outputs)).unwrap_or_default());
    let considerations = Map::new()
        .set("technicalLimitations", limitations(model))
        .set("ethicalConsiderations", ethics(input, &model.id.value))
        .set("fairnessAssessments", fairness(input, model));
    // Evaluations are of what the route's first rung runs: the first version.
    let is_first = version.is_none_or(|version| model.versions.iter().next().is_some_and(|first| first.id.value == version.id.value));
    let metrics = if is_first { metrics(input, proofs, &model.id.value) } else { Vec::new() };
    Map::new()
        .set("modelParameters", parameters)
        .set("quantitativeAnalysis", Map::new().set("performanceMetrics", metrics))
        .set("considerations", considerations)
}

/// Tensors as `name FP32 [-1, 10]`, `-1` being any length.
fn tensors(tensors: &[TensorSpec]) -> Vec<Map> {
    let shape = |tensor: &TensorSpec| tensor.shape.iter().map(|dimension| i64::from(*dimension).to_string()).collect::<Vec<_>>().join(", ");
    tensors.iter().map(|tensor| Map::new().set("format", format!("{} {} [{}]", tensor.name, tensor.datatype, shape(tensor)))).collect()
}

/// What was measured on held-out data about a model.
fn metrics(input: &Input<'_>, proofs: &Proofs<'_>, model: &Id) -> Vec<Map> {
    let mut metrics = Vec::new();
    for scenario in &input.resolved.spec.quality {
        if !facts::models(input, scenario).iter().any(|of| of.id.value == *model) {
            continue;
        }
        for known in proofs.about(scenario.id.value.as_str()).iter().filter(|known| known.evidence.proof == "evaluation") {
            let evidence = known.evidence;
            let Some(figure) = evidence.figure else { continue };
            let held = scenario.measure.as_ref().filter(|_| known.is_current).map(|measure| measure.value.text.to_string());
            let held = held.unwrap_or_else(|| evidence.text.clone());
            let metric = |figure: f64, interval: Option<(f64, f64)>, slice: Option<&str>, verdict: &str| {
                let interval =
                    interval.map(|(low, high)| Map::new().set("lowerBound", low.to_string()).set("upperBound", high.to_string()));
                let slice = slice.filter(|slice| *slice != ALL);
                let kind = format!("{held} ({verdict})");
                Map::new().set("type", kind).set("value", figure.to_string()).some("slice", slice).some("confidenceInterval", interval)
            };
            let (decides, others) = known.groups();
            metrics.push(metric(figure, evidence.interval, decides.map(|part| part.name.as_str()), known.word()));
            for part in others {
                let verdict = match part.holds {
                    Some(true) if known.is_current => "holds",
                    Some(false) if known.is_current => "does not hold",
                    _ => known.word(),
                };
                metrics.extend(part.figure.map(|figure| metric(figure, part.interval, Some(&part.name), verdict)));
            }
        }
    }
    metrics
}

/// The group of all rows: no slice.
const ALL: &str = "all";

fn limitations(model: &Model) -> Vec<String> {
    let feedback = model.feedback.as_ref().map(|feedback| {
        let about = feedback.value.about.as_ref().map_or("its answers become its data", |about| about.value.as_str());
        let control = feedback
            .value
            .control
            .as_ref()
            .map_or_else(|| "nothing keeps it in check".to_owned(), |control| format!("kept in check by {}", control.value));
        format!("feedback loop: {about}; {control}")
    });
    let costs = model.cost_of_error.as_ref().map(|cost| {
        let part = |name: &str, money: &charter_spec::Field<charter_spec::quantity::Money>| {
            money.as_ref().map(|money| format!("{name} costs {}", money.value))
        };
        let parts = [part("a false negative", &cost.value.false_negative), part("a false positive", &cost.value.false_positive)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    });
    [feedback, costs.filter(|costs| !costs.is_empty())].into_iter().flatten().collect()
}

/// Open risks that the references tie to the model.
fn ethics(input: &Input<'_>, model: &Id) -> Vec<Map> {
    let watches = |scenario: &str| {
        input
            .resolved
            .spec
            .quality
            .get(scenario)
            .is_some_and(|scenario| facts::models(input, scenario).iter().any(|of| of.id.value == *model))
    };
    let risks = input.resolved.spec.risks.iter().filter(|risk| facts::is_open(risk));
    let tied = risks.filter(|risk| {
        let links = risk.mitigate.iter().map(|link| link.value.as_str());
        let watched = risk.watch.iter().map(|criterion| &*criterion.value.text);
        links.chain(watched).any(|name| name == model.as_str() || name.strip_prefix("models.") == Some(model.as_str()) || watches(name))
    });
    tied.map(|risk| {
        let mitigation = if risk.mitigate.is_empty() {
            risk.accept.as_ref().map(|accept| accept.value.clone())
        } else {
            Some(facts::joined(&risk.mitigate, ", "))
        };
        let name = risk.about.as_ref().map_or_else(|| risk.id.value.to_string(), |about| format!("{}: {}", risk.id.value, about.value));
        Map::new().set("name", name).some("mitigationStrategy", mitigation)
    })
    .collect()
}

/// Groups that scenarios hold the model to, where it decides about people.
fn fairness(input: &Input<'_>, model: &Entry<Model>) -> Vec<Map> {
    if !model.decides_about_people.as_ref().is_some_and(|decides| decides.value) {
        return Vec::new();
    }
    let scenarios =
        input.resolved.spec.quality.iter().filter(|scenario| facts::models(input, scenario).iter().any(|of| of.id.value == model.id.value));
    scenarios
        .flat_map(|scenario| scenario.by.iter().map(move |group| (scenario, group)))
        .map(|(scenario, group)| {
            let measure = scenario.measure.as_ref().map(|measure| measure.value.describe()).unwrap_or_default();
            let strategy = format!("{}: for each group, {measure}", scenario.id.value);
            Map::new().set("groupAtRisk", format!("groups of {}", group.value)).set("mitigationStrategy", strategy)
        })
        .collect()
}

fn data_set(data: &Entry<DataSet>) -> Map {
    let id = data.id.value.as_str();
    let class = data.class.as_ref().map(|class| class.value);
    let sensitive = class.filter(|class| matches!(class, DataClass::Personal | DataClass::Sensitive | DataClass::Pseudonymous));
    let owners: Vec<Map> =
        data.owner.iter().map(|owner| Map::new().set("contact", Map::new().set("name", owner.value.to_string()))).collect();
    let contents = Map::new().set(
        "properties",
        data.files.iter().map(|file| Map::new().set("name", "file").set("value", file.value.as_str())).collect::<Vec<_>>(),
    );
    let described = Map::new()
        .set("type", "dataset")
        .set("name", id)
        .some("description", data.about.as_ref().map(|about| one_line(&about.value)))
        .some("classification", class.map(DataClass::word))
        .set("sensitiveData", sensitive.map(DataClass::word).into_iter().collect::<Vec<_>>())
        .set("contents", contents)
        .set("governance", Map::new().set("owners", owners));
    let licenses: Vec<Map> = data.license.iter().map(|license| Map::new().set("license", Map::new().set("name", &license.value))).collect();
    let mut properties = Vec::new();
    let mut property = |name: &str, value: Option<String>| {
        properties.extend(value.map(|value| Map::new().set("name", format!("charter:{name}")).set("value", value)));
    };
    property("rows", data.rows.as_ref().map(|rows| rows.value.to_string()));
    property("region", data.region.as_ref().map(|region| region.value.clone()));
    property("origin", data.origin.as_ref().map(|origin| origin.value.clone()));
    property("lawful-basis", data.lawful_basis.as_ref().map(|basis| basis.value.clone()));
    property("retention", data.retention.as_ref().map(|retention| retention.value.to_string()));
    Map::new()
        .set("type", "data")
        .set("bom-ref", format!("data:{id}"))
        .set("name", id)
        .set("licenses", licenses)
        .set("data", vec![described])
        .set("properties", properties)
}

fn provider(provider: &Entry<Provider>) -> Map {
    let id = provider.id.value.as_str();
    let data: Vec<Map> =
        provider.data.iter().map(|class| Map::new().set("flow", "bi-directional").set("classification", class.value.word())).collect();
    let region =
        provider.region.iter().map(|region| Map::new().set("name", "charter:region").set("value", &region.value)).collect::<Vec<_>>();
    Map::new()
        .set("bom-ref", format!("provider:{id}"))
        .set("name", id)
        .some("description", provider.about.as_ref().map(|about| one_line(&about.value)))
        .set("endpoints", provider.url.iter().map(|url| address(&url.value)).collect::<Vec<_>>())
        .set("x-trust-boundary", true)
        .set("data", data)
        .set("properties", region)
}

fn dependency(dependency: &Entry<Dependency>) -> Map {
    let id = dependency.id.value.as_str();
    let flow = match dependency.direction.as_ref().map(|direction| direction.value) {
        Some(Direction::Upstream) => "inbound",
        Some(Direction::Downstream) => "outbound",
        Some(Direction::Shared) => "bi-directional",
        None => "unknown",
    };
    let data: Vec<Map> =
        dependency.data.iter().map(|class| Map::new().set("flow", flow).set("classification", class.value.word())).collect();
    let mut properties = Vec::new();
    let mut property = |name: &str, value: Option<String>| {
        properties.extend(value.map(|value| Map::new().set("name", format!("charter:{name}")).set("value", value)));
    };
    property("kind", dependency.kind.as_ref().map(|kind| kind.value.to_string()));
    property("via", dependency.via.as_ref().map(|via| via.value.clone()));
    property("region", dependency.region.as_ref().map(|region| region.value.clone()));
    property("slo", dependency.slo.as_ref().map(|slo| slo.value.to_string()));
    Map::new()
        .set("bom-ref", format!("dependency:{id}"))
        .set("name", id)
        .some("description", dependency.about.as_ref().map(|about| one_line(&about.value)))
        .set("endpoints", dependency.url.iter().map(|url| address(&url.value)).collect::<Vec<_>>())
        .set("x-trust-boundary", true)
        .set("data", data)
        .set("properties", properties)
}

/// An address as an IRI reference (RFC 3987): what may not stand in one is escaped, the signs of an address are kept. Brackets belong to the host only, and
/// `%` to two digits only.
fn address(url: &str) -> String {
    let host_end = url.find("://").map_or(0, |at| url[at + 3..].find(['/', '?', '#']).map_or(url.len(), |end| at + 3 + end));
    let mut out = String::with_capacity(url.len());
    for (at, byte) in url.bytes().enumerate() {
        let is_escape = || url.as_bytes().get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let keep = match byte {
            b'[' | b']' => at < host_end,
            b'%' => is_escape(),
            _ => byte.is_ascii_alphanumeric() || b"-._~/:?#@!$&'()*+,;=".contains(&byte),
        };
        if keep {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{address, escaped};

    #[test]
    fn addresses_keep_their_signs_and_nothing_else() {
        assert_eq!(address("http://[::1]:8080/a b?c=100%&d=%41"), "http://[::1]:8080/a%20b?c=100%25&d=%41");
        assert_eq!(address("https://x.invalid/<v1>[0]"), "https://x.invalid/%3Cv1%3E%5B0%5D");
        assert_eq!(escaped("cards/my card.md"), "cards/my%20card.md");
    }
}

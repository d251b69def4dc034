//! Calls of one model version: a file that runs here, or a model on another server.
//!
//! Which version is called belongs to the nodes.

use super::compiler::{Compiler, Version};
use super::nodes::Place;
use super::{PlanCode, binding, protect};
use crate::plan::{Source, Use};
use crate::tensor::TensorSpec;
use charter_spec::names::Entries;

/// The call of one version.
pub(super) fn call<'a>(compiler: &mut Compiler<'a>, version: Version<'a>, renamed: &Entries<String>, place: &Place<'_>) -> Option<Use> {
    if version.version.onnx.is_some() {
        let (path, artifact) = compiler.artifact(version)?;
        let wanted = (artifact.inputs.as_slice(), artifact.columns.as_slice());
        let inputs = binding::inputs(compiler, version, wanted, place.slots, place.slots_span);
        let outputs = binding::outputs(compiler, version, (&artifact.outputs, renamed), place.answers, (&place.rung, place.answers_span));
        let (inputs, outputs) = (inputs?, outputs?);
        let source = Source::Onnx { path: path.to_owned(), digest: artifact.digest.clone() };
        let guards = protect::of_model(compiler.resolved, version.model, false);
        let names = (version.model.id.value.as_str(), version.version.id.value.as_str());
        let model = compiler.model(names, source, artifact.inputs.clone(), artifact.outputs.clone(), guards)?;
        return Some(Use { model, inputs, outputs });
    }
    remote(compiler, version, renamed, place)
}

/// A model on another server: its own signature is not known, so it is taken to be the route's, under its own names.
fn remote<'a>(compiler: &mut Compiler<'a>, version: Version<'a>, renamed: &Entries<String>, place: &Place<'_>) -> Option<Use> {
    let Some(url) = &version.version.oip else {
        let provider = version.version.provider.is_some();
        let why = if provider { "models of providers are not served yet" } else { "it has neither `onnx:` nor `oip:`" };
        let message = format!("`{}` cannot be served: {why}", version.label());
        compiler.report(PlanCode::NotServed.at(version.span, message).at(version.version.id.span, "declared here"));
        return None;
    };
    let theirs = |ours: &str, names: &[&Entries<String>]| {
        let own = names.iter().find_map(|entries| {
            let by_value = entries.iter().find(|entry| entry.value.value == ours).map(|entry| entry.id.value.to_string());
            by_value.or_else(|| entries.get(ours).cloned())
        });
        own.unwrap_or_else(|| ours.to_owned())
    };
    let plain = |spec: &TensorSpec, name: String| TensorSpec { name, range: None, allowed: Vec::new(), ..spec.clone() };
    let inputs = place.slots.specs.iter().map(|spec| plain(spec, theirs(&spec.name, &[&version.version.inputs]))).collect();
    let outputs: Vec<TensorSpec> =
        place.answers.iter().map(|spec| plain(spec, theirs(&spec.name, &[renamed, &version.version.outputs]))).collect();
    let source = Source::Oip {
        url: url.value.clone(),
        model: version.version.model.as_ref().map_or_else(|| version.model.id.value.to_string(), |name| name.value.clone()),
        version: version.version.version.as_ref().map(|number| number.value.clone()),
    };
    let guards = protect::of_model(compiler.resolved, version.model, true);
    let count = |length: usize| (0..length).map(u16::try_from).collect::<Result<Vec<u16>, _>>().ok();
    let bindings = count(place.slots.specs.len())?.into_iter().map(crate::plan::Binding::Slot).collect();
    let chosen = count(outputs.len())?;
    let names = (version.model.id.value.as_str(), version.version.id.value.as_str());
    let model = compiler.model(names, source, inputs, outputs, guards)?;
    Some(Use { model, inputs: bindings, outputs: chosen })
}

//! What is gathered while a plan is made: models, expressions, problems.
//!
//! How a route or a node is made belongs to the files named after them.

use super::{ExpressionPlace, PlanCode};
use crate::artifact::{Artifact, Artifacts};
use crate::plan::{Cache, Comparison, Experiment, Model, ModelId, Protect, Rollout, Source};
use crate::resolved::Resolved;
use crate::tensor::TensorSpec;
use charter_spec::ast::ModelVersion;
use charter_spec::names::{Entry, ModelVersionRef};
use charter_spec::{Diagnostic, FileSet, Id, Span, Spanned};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Most models of a plan, inline ones included.
const MODELS_MAX: usize = 4_000;
/// Most problems that one run tells; many of the rest would follow from them.
const PROBLEMS_MAX: usize = 200;

pub(super) struct Compiler<'a> {
    pub(super) resolved: &'a Resolved,
    pub(super) files: &'a FileSet,
    pub(super) artifacts: &'a Artifacts,
    pub(super) models: Vec<Model>,
    pub(super) caches: Vec<Cache>,
    pub(super) comparisons: Vec<Comparison>,
    pub(super) rollouts: Vec<Rollout>,
    pub(super) experiments: Vec<Experiment>,
    /// Rollouts and experiments whose place was found, by name.
    pub(super) rollouts_placed: HashSet<String>,
    pub(super) experiments_placed: HashSet<String>,
    pub(super) expressions: Vec<ExpressionPlace>,
    /// CEL over a context whose names are only known at run time.
    pub(super) conditions: Vec<Spanned<String>>,
    pub(super) diagnostics: Vec<Diagnostic>,
    labels: HashMap<(String, String), ModelId>,
    /// Digests of files that were read more than once.
    digests: BTreeMap<String, String>,
}

/// A version with the model that it belongs to.
#[derive(Clone, Copy)]
pub(super) struct Version<'a> {
    pub(super) model: &'a Entry<charter_spec::ast::Model>,
    pub(super) version: &'a Entry<ModelVersion>,
    /// Where it is asked for.
    pub(super) span: Span,
}

impl Version<'_> {
    pub(super) fn label(&self) -> String {
        format!("{}@{}", self.model.id.value, self.version.id.value)
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn new(resolved: &'a Resolved, files: &'a FileSet, artifacts: &'a Artifacts) -> Self {
        Self {
            resolved,
            files,
            artifacts,
            models: Vec::new(),
            caches: Vec::new(),
            comparisons: Vec::new(),
            rollouts: Vec::new(),
            experiments: Vec::new(),
            rollouts_placed: HashSet::new(),
            experiments_placed: HashSet::new(),
            expressions: Vec::new(),
            conditions: Vec::new(),
            diagnostics: Vec::new(),
            labels: HashMap::new(),
            digests: BTreeMap::new(),
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < PROBLEMS_MAX && !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// The version that a reference means; the first one written without a version. `None` was reported, here or by the reader.
    pub(super) fn version(&mut self, reference: &Spanned<ModelVersionRef>) -> Option<Version<'a>> {
        let model = self.resolved.spec.models.get_entry(&reference.value.model)?;
        let version = match &reference.value.version {
            Some(version) => model.versions.get_entry(version)?,
            None => match model.versions.iter().next() {
                Some(version) => version,
                None => {
                    let message = format!("model `{}` has no version that could be served", model.id.value);
                    let help = "give it `versions:` with an `onnx:` file or an `oip:` address";
                    self.report(PlanCode::NotServed.at(reference.span, message).at(model.id.span, "declared here").help(help));
                    return None;
                }
            },
        };
        Some(Version { model, version, span: reference.span })
    }

    /// Facts about a version's ONNX file; `None` without one, or when it is not there, which is reported.
    pub(super) fn artifact(&mut self, version: Version<'a>) -> Option<(&'a str, &'a Artifact)> {
        let file = version.version.onnx.as_ref()?;
        let path = file.value.as_str();
        let Some(artifact) = self.artifacts.get(path) else {
            let message = format!("`{path}`, the file of `{}`, is not there or cannot be read as a model", version.label());
            self.report(PlanCode::FileMissing.at(file.span, message).help("train or fetch it, or correct the path"));
            return None;
        };
        if let Some(expected) = &version.version.sha256
            && !artifact.digest.trim_start_matches("sha256:").eq_ignore_ascii_case(expected.value.trim_start_matches("sha256:"))
        {
            let message = format!("`{path}` has the digest {}", artifact.digest);
            self.report(
                PlanCode::Digest.at(expected.span, message).at(file.span, "the file").help("restore the file, or write its digest here"),
            );
        }
        Some((path, artifact))
    }

    /// Adds a model under a name and version, or finds the same one again. Two different ones get two versions.
    pub(super) fn model(
        &mut self,
        (name, version): (&str, &str),
        source: Source,
        inputs: Vec<TensorSpec>,
        outputs: Vec<TensorSpec>,
        protect: Protect,
    ) -> Option<ModelId> {
        let mut label = (name.to_owned(), version.to_owned());
        let mut again = 1_u32;
        while let Some(known) = self.labels.get(&label) {
            let same = self
                .models
                .get(usize::from(known.0))
                .is_some_and(|model| model.source == source && model.inputs == inputs && model.outputs == outputs);
            if same {
                return Some(*known);
            }
            again += 1;
            label.1 = format!("{version}-{again}");
        }
        if self.models.len() >= MODELS_MAX {
            self.report(PlanCode::TooMuch.at(Span::default(), format!("the plan would have more than {MODELS_MAX} models")));
            return None;
        }
        let id = ModelId(u16::try_from(self.models.len()).ok()?);
        self.labels.insert(label.clone(), id);
        self.models.push(Model { id, name: label.0, version: label.1, source, inputs, outputs, protect });
        Some(id)
    }

    /// The digest of a file in the set.
    pub(super) fn digest(&mut self, path: &str) -> Option<String> {
        if let Some(known) = self.digests.get(path) {
            return Some(known.clone());
        }
        let digest = super::fingerprint::of_bytes(self.files.get(path)?);
        self.digests.insert(path.to_owned(), digest.clone());
        Some(digest)
    }
}

/// Our name for something of a model: what `names` says in either direction, else its own.
pub(super) fn our_name(names: &charter_spec::names::Entries<String>, own: &str) -> String {
    if let Some(ours) = names.get(own) {
        return ours.clone();
    }
    let by_value = names.iter().find(|entry| entry.value.value == own);
    by_value.map_or_else(|| own.to_owned(), |entry| entry.id.value.to_string())
}

/// An id for a place in a plan; a name of the document always fits.
pub(super) fn sub_name(path: &str, at: usize) -> String {
    format!("{path}-{}", at + 1)
}

/// The id of a rung or route as text.
pub(super) fn text(id: &Id) -> &str {
    id.as_str()
}

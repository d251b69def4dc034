//! Opens what answers for a model of the plan.
//!
//! What each kind of source does with a call is its own module's.

use crate::constant::Static;
use crate::failure::unavailable;
use crate::lookup::Lookup;
use crate::model_file::read_beneath;
use crate::oip::Remote;
use crate::onnx;
use crate::rule::Rule;
use crate::runtime::OnnxRuntimeSearch;
use charter_engine::{Backend, OpenBackend, Unavailable};
use charter_plan::plan::{Model, Source};
use std::path::PathBuf;
use std::sync::Arc;

/// Opens the models of a charter's folder.
#[derive(Clone, Debug)]
pub struct Backends {
    root: PathBuf,
    runtime: OnnxRuntimeSearch,
}

impl Backends {
    /// `root` is the charter's folder: no model file is read outside it. `runtime` says where ONNX Runtime is looked for, once a model needs it.
    pub fn new(root: impl Into<PathBuf>, runtime: OnnxRuntimeSearch) -> Self {
        Self { root: root.into(), runtime }
    }
}

impl OpenBackend for Backends {
    fn open(&self, model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
        match &model.source {
            Source::Onnx { path, digest } => {
                let file = read_beneath(&self.root, path)?;
                if file.digest != *digest {
                    let reason =
                        format!("`{path}` is not the file that the plan was made from: it has {}, the plan says {digest}", file.digest);
                    return Err(unavailable(reason, "put the file back, or reload the charter so that the plan is made from the new file"));
                }
                let named = |error: Unavailable| unavailable(format!("`{path}`: {}", error.reason), error.help);
                onnx::open(model, &file.bytes, &self.runtime).map_err(named)
            }
            Source::Oip { url, model: name, version } => Ok(Arc::new(Remote::open(model, url, name, version.as_deref())?)),
            Source::Rule { expressions } => Ok(Arc::new(Rule::open(model, expressions)?)),
            Source::Static { values } => Ok(Arc::new(Static::open(model, values)?)),
            Source::Lookup { entries, default, .. } => Ok(Arc::new(Lookup::open(model, entries, default.as_deref())?)),
        }
    }
}

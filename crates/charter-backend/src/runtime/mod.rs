//! ONNX Runtime: where its library is looked for, how it gets onto a machine, and the one copy that this process has loaded.
//!
//! Running models does not belong here.

mod install;
mod load;
mod process;
mod search;

pub use install::{InstallError, Installed, PINNED_VERSION, install};
pub(crate) use load::OnnxRuntime;
pub(crate) use load::load;
pub use search::{Look, OnnxRuntimeSearch, Outcome, Place, Report, default_folder};

/// What to do when no library was found.
pub(crate) const INSTALL_HELP: &str =
    "run `charter runtime install`, or point `--onnxruntime` or `ORT_DYLIB_PATH` at libonnxruntime 1.22 or newer";

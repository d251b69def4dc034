//! The one copy of ONNX Runtime that this process has loaded.
//!
//! A process can hold one copy only, so what was loaded first stays.

use super::search::{OnnxRuntimeSearch, Report};
use ort::environment::Environment;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

/// A loaded library and its environment.
pub(crate) struct OnnxRuntime {
    pub(crate) environment: Environment,
    pub(crate) library: PathBuf,
    /// `1.32.0`; empty when the library does not say.
    pub(crate) version: String,
}

static LOADED: OnceLock<OnnxRuntime> = OnceLock::new();
/// Two threads must not load different copies at the same time.
static LOADING: Mutex<()> = Mutex::new(());

/// The library, loaded now or earlier; else what was looked at.
pub(crate) fn load(search: &OnnxRuntimeSearch) -> Result<&'static OnnxRuntime, Report> {
    match LOADED.get() {
        Some(runtime) => Ok(runtime),
        None => {
            let report = search.run();
            LOADED.get().ok_or(report)
        }
    }
}

pub(super) fn loaded() -> Option<&'static OnnxRuntime> {
    LOADED.get()
}

/// Loads the library at `path`, unless one is loaded already. The error is for operators.
pub(super) fn load_at(path: &Path) -> Result<&'static OnnxRuntime, String> {
    let _guard = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = LOADED.get() {
        return Ok(runtime);
    }
    let builder = ort::init_from(path).map_err(|error| error.to_string())?;
    let environment = builder.with_name("charter").with_telemetry(false).build().map_err(|error| error.to_string())?;
    let runtime = OnnxRuntime { environment, library: path.to_path_buf(), version: version(path, ort::info()) };
    Ok(LOADED.get_or_init(|| runtime))
}

/// The version in the library's file name (`libonnxruntime.so.1.32.0`), else in the build information, which only release branches name
/// (`git-branch=rel-1.32.0`).
fn version(path: &Path, information: &str) -> String {
    let is_version =
        |text: &str| text.contains('.') && text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let resolved = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let name = resolved.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if let Some((_, version)) = name.split_once(".so.").filter(|(_, version)| is_version(version)) {
        return version.to_owned();
    }
    let after = information.split_once("git-branch=rel-").map_or("", |(_, after)| after);
    after.split(',').next().filter(|version| is_version(version)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::version;
    use std::path::Path;

    #[test]
    fn the_version_is_read_from_the_file_name_or_the_build_information() {
        assert_eq!(version(Path::new("/x/libonnxruntime.so.1.32.0"), ""), "1.32.0");
        assert_eq!(version(Path::new("/x/libonnxruntime.so.1"), "ORT Build Info: git-branch=rel-1.30.0, git-commit-id=26250ae"), "1.30.0");
        assert_eq!(version(Path::new("libonnxruntime.so"), "ORT Build Info: git-branch=HEAD, git-commit-id=fab30a4"), "");
    }
}

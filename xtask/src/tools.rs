//! Fetches what the checks need beyond cargo, through the usual package managers, into `.tools/`.
//!
//! What cannot be had is said in one line with what it costs; a check that needs it then fails, it does not skip.

use crate::shell::{capture, exists, program, root};
use std::path::{Path, PathBuf};

/// A Python environment with pinned packages.
pub(crate) struct Python {
    pub(crate) interpreter: PathBuf,
}

impl Python {
    /// Makes `.tools/{name}` from a file of pinned requirements, or reuses it while the file is unchanged.
    pub(crate) fn with(name: &str, requirements: &Path) -> Result<Self, String> {
        let folder = root().join(".tools").join(name);
        let interpreter = folder.join("bin/python");
        let wanted =
            std::fs::read_to_string(requirements).map_err(|problem| format!("cannot read {}: {problem}", requirements.display()))?;
        let stamp = folder.join("requirements.stamp");
        if interpreter.is_file() && std::fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) {
            return Ok(Self { interpreter });
        }
        println!("   fetching Python packages of {} into .tools/{name}", requirements.display());
        environment(&folder)?;
        capture(program(&interpreter).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(requirements))
            .map_err(|problem| format!("cannot install {}: {problem}", requirements.display()))?;
        std::fs::write(&stamp, wanted).map_err(|problem| format!("cannot write {}: {problem}", stamp.display()))?;
        Ok(Self { interpreter })
    }

    /// Where pip put a package's files.
    pub(crate) fn site_packages(&self) -> Result<PathBuf, String> {
        let script = "import sysconfig; print(sysconfig.get_paths()['purelib'])";
        Ok(PathBuf::from(capture(program(&self.interpreter).args(["-c", script]))?.trim()))
    }

    /// The ONNX Runtime library inside the wheel, when it is installed here.
    pub(crate) fn onnxruntime(&self) -> Result<PathBuf, String> {
        let folder = self.site_packages()?.join("onnxruntime/capi");
        let entries = std::fs::read_dir(&folder).map_err(|problem| format!("cannot read {}: {problem}", folder.display()))?;
        entries
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libonnxruntime.so")))
            .ok_or_else(|| format!("no libonnxruntime.so in {}", folder.display()))
    }
}

/// Makes a Python environment; installs Python itself where there is none.
fn environment(folder: &Path) -> Result<(), String> {
    let make = || capture(program("python3").args(["-m", "venv", "--clear"]).arg(folder));
    if make().is_ok() {
        return Ok(());
    }
    // Debian keeps the module in a package of its own.
    install("python3-venv")?;
    make().map(drop).map_err(|problem| format!("cannot make a Python environment: {problem}"))
}

fn install(package: &str) -> Result<(), String> {
    println!("   installing {package} with apt-get");
    let mut problem = String::new();
    for arguments in [vec!["install", "-y", "-qq", package], vec!["update", "-qq"], vec!["install", "-y", "-qq", package]] {
        match capture(program("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(&arguments)) {
            Ok(_) if arguments.first() == Some(&"install") => return Ok(()),
            Ok(_) => {}
            Err(why) => problem = why,
        }
    }
    Err(format!("apt-get cannot install `{package}`: {problem}"))
}

/// A system program, installed through apt when it is missing and we may.
pub(crate) fn system(name: &str, package: &str) -> Result<(), String> {
    if exists(name) {
        return Ok(());
    }
    install(package)?;
    if exists(name) { Ok(()) } else { Err(format!("`{package}` is installed and `{name}` is not on the path")) }
}

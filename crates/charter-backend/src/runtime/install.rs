//! `charter runtime install`: fetches the pinned wheel of ONNX Runtime through pip and takes the library out of it.
//!
//! INVARIANT: what is installed is bit for bit what was pinned here: pip checks the wheel's digest, we check the library's. Nothing but files moves:
//! the wheel's Python code is never imported, and no package is installed into the interpreter.

use super::load::load_at;
use super::process::run;
use crate::digest::sha256;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The release of ONNX Runtime that is installed.
pub const PINNED_VERSION: &str = "1.32.0";

/// One wheel for each processor. Its library does not depend on the interpreter's version (the wheels of CPython 3.11 to 3.14 hold the same bytes), so
/// any interpreter with pip can fetch it.
struct Wheel {
    architecture: &'static str,
    platform: &'static str,
    wheel_sha256: &'static str,
    library_sha256: &'static str,
}

const PYTHON_VERSION: &str = "3.12";
const LIBRARY: &str = "libonnxruntime.so.1.32.0";

/// Digests as PyPI serves them; both checked with `pip download` and `sha256sum`.
const WHEELS: [Wheel; 2] = [
    Wheel {
        architecture: "x86_64",
        platform: "manylinux_2_28_x86_64",
        wheel_sha256: "99e1074c4b2197accd5073052a465361be17b89c093b8ffb6e6bd8f986c52df8",
        library_sha256: "sha256:6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f",
    },
    Wheel {
        architecture: "aarch64",
        platform: "manylinux_2_28_aarch64",
        wheel_sha256: "e36c187006e7a7c8b8d6d57f1a209dd63f52430dca6c282b177718ad6b841054",
        library_sha256: "sha256:49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a",
    },
];

const PROBE_TIMEOUT: Duration = Duration::from_secs(30);
/// 27 MB over a slow line.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(900);
const EXTRACT_TIMEOUT: Duration = Duration::from_secs(120);
const OTHER_WAY: &str = "or fetch libonnxruntime 1.22 or newer yourself and point `--onnxruntime` or `ORT_DYLIB_PATH` at it";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    pub library: PathBuf,
    pub version: &'static str,
    /// Whether it was there before, with the right digest.
    pub already: bool,
}

/// Why nothing was installed, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallError {
    pub reason: String,
    pub help: String,
}

impl fmt::Display for InstallError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}; {}", self.reason, self.help)
    }
}

impl std::error::Error for InstallError {}

fn error(reason: impl Into<String>, help: impl Into<String>) -> InstallError {
    InstallError { reason: reason.into(), help: help.into() }
}

/// Puts the pinned library into `folder`, checks that it loads, and tells each step to `say`. Takes as long as pip's download; needs no rights beyond the folder.
///
/// Errors: no wheel for this machine, no interpreter with pip, no network, a digest that differs, a folder that cannot be written.
pub fn install(folder: &Path, say: &mut dyn FnMut(&str)) -> Result<Installed, InstallError> {
    let wheel = wheel_for(std::env::consts::OS, std::env::consts::ARCH)?;
    let library = folder.join(LIBRARY);
    if std::fs::read(&library).is_ok_and(|bytes| sha256(&bytes) == wheel.library_sha256) {
        say(&format!("ONNX Runtime {PINNED_VERSION} is already in `{}`", folder.display()));
        return Ok(Installed { library, version: PINNED_VERSION, already: true });
    }
    let python = find_python(&interpreters())?;
    say(&format!("using pip of `{}`", python.display()));
    let writable = |problem: std::io::Error| {
        error(format!("cannot write to `{}`: {problem}", folder.display()), "give a folder that you may write to")
    };
    std::fs::create_dir_all(folder).map_err(writable)?;
    let scratch = Scratch::create(folder).map_err(writable)?;
    let result = fetch(wheel, &python, &scratch.0, say).and_then(|fetched| {
        let bytes = std::fs::read(&fetched).map_err(writable)?;
        if sha256(&bytes) != wheel.library_sha256 {
            return Err(error("the library in the wheel is not the one that is pinned", format!("report this; {OTHER_WAY}")));
        }
        std::fs::rename(&fetched, &library).map_err(writable)
    });
    drop(scratch);
    result?;
    load_at(&library)
        .map_err(|reason| error(format!("the library does not load: {reason}"), format!("glibc 2.28 or newer is needed; {OTHER_WAY}")))?;
    say(&format!("installed and loaded `{}`", library.display()));
    Ok(Installed { library, version: PINNED_VERSION, already: false })
}

fn wheel_for(system: &str, architecture: &str) -> Result<&'static Wheel, InstallError> {
    let wheel = WHEELS.iter().find(|wheel| system == "linux" && wheel.architecture == architecture);
    wheel.ok_or_else(|| {
        let help = "fetch libonnxruntime 1.22 or newer yourself and point `--onnxruntime` or `ORT_DYLIB_PATH` at it";
        error(format!("no wheel is pinned for {system} on {architecture}"), help)
    })
}

/// A folder that is removed whatever happens.
struct Scratch(PathBuf);

impl Scratch {
    fn create(folder: &Path) -> std::io::Result<Self> {
        let path = folder.join(format!(".download-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind is in the way of nothing.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Interpreters on `PATH`, in its order.
fn interpreters() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join("python3")).filter(|python| python.is_file()).take(8).collect()
}

/// The first interpreter that has pip.
fn find_python(interpreters: &[PathBuf]) -> Result<PathBuf, InstallError> {
    if interpreters.is_empty() {
        return Err(error(
            "there is no `python3` on PATH",
            format!("install Python 3 with pip (Debian: `apt install python3-pip`), {OTHER_WAY}"),
        ));
    }
    let with_pip = interpreters.iter().find(|python| {
        let mut command = Command::new(python);
        command.args(["-m", "pip", "--version"]).current_dir("/");
        run(command, PROBE_TIMEOUT).is_ok_and(|output| output.success)
    });
    let missing = || error("`python3` has no pip", format!("install it (Debian: `apt install python3-pip`), {OTHER_WAY}"));
    with_pip.cloned().ok_or_else(missing)
}

/// Downloads the wheel into `scratch` and takes the library out.
fn fetch(wheel: &Wheel, python: &Path, scratch: &Path, say: &mut dyn FnMut(&str)) -> Result<PathBuf, InstallError> {
    let write = |problem: std::io::Error| {
        error(format!("cannot write to `{}`: {problem}", scratch.display()), "give a folder that you may write to")
    };
    let requirements = scratch.join("requirements.txt");
    std::fs::write(&requirements, format!("onnxruntime=={PINNED_VERSION} --hash=sha256:{}\n", wheel.wheel_sha256)).map_err(write)?;
    say(&format!("downloading onnxruntime {PINNED_VERSION} for {} (about 27 MB), digest checked", wheel.platform));
    let mut command = Command::new(python);
    command.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes"]);
    command.args(["--only-binary=:all:", "--implementation", "cp", "--python-version", PYTHON_VERSION, "--platform", wheel.platform]);
    command.arg("--dest").arg(scratch).arg("--requirement").arg(&requirements).current_dir("/");
    let output = run(command, DOWNLOAD_TIMEOUT).map_err(|reason| error(reason, OTHER_WAY))?;
    if !output.success {
        let said: Vec<&str> = output.stderr.lines().filter(|line| line.starts_with("ERROR")).take(3).collect();
        let help = format!("check the network, a proxy or mirror in pip's configuration, and try again, {OTHER_WAY}");
        return Err(error(format!("pip could not download the wheel: {}", said.join(" ")), help));
    }
    let file = find_wheel(scratch).ok_or_else(|| error("pip left no wheel behind", OTHER_WAY))?;

    const EXTRACT: &str = "import sys, zipfile, shutil\n\
                           with zipfile.ZipFile(sys.argv[1]) as z, z.open(sys.argv[2]) as source, open(sys.argv[3], 'wb') as target:\n    \
                           shutil.copyfileobj(source, target)\n";
    let library = scratch.join(LIBRARY);
    let mut command = Command::new(python);
    command.args(["-I", "-c", EXTRACT]).arg(&file).arg(format!("onnxruntime/capi/{LIBRARY}")).arg(&library).current_dir("/");
    let output = run(command, EXTRACT_TIMEOUT).map_err(|reason| error(reason, OTHER_WAY))?;
    if !output.success {
        return Err(error(format!("the wheel could not be unpacked: {}", output.stderr.lines().last().unwrap_or_default()), OTHER_WAY));
    }
    Ok(library)
}

fn find_wheel(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    entries.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "whl"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_a_pinned_wheel_is_told_the_other_way() {
        let error = wheel_for("windows", "x86_64").err().expect("no wheel");
        assert_eq!(error.reason, "no wheel is pinned for windows on x86_64");
        assert!(error.help.contains("ORT_DYLIB_PATH"));
    }

    #[test]
    fn without_interpreter_or_pip_the_error_says_what_to_install() {
        assert_eq!(find_python(&[]).expect_err("none").reason, "there is no `python3` on PATH");
        // `true` ends well for every argument, `false` for none.
        assert_eq!(find_python(&[PathBuf::from("/bin/false")]).expect_err("no pip").reason, "`python3` has no pip");
        assert_eq!(find_python(&["/bin/false".into(), "/bin/true".into()]).expect("the second has"), PathBuf::from("/bin/true"));
    }

    #[test]
    fn a_failed_download_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let scratch = Scratch::create(folder.path()).expect("a folder");
        let error = fetch(&WHEELS[0], Path::new("/bin/false"), &scratch.0, &mut |_| {}).expect_err("fails");
        assert!(error.reason.starts_with("pip could not download the wheel"), "{error}");
        assert!(error.help.contains("network"), "{error}");
        drop(scratch);
        assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 0);
    }

    #[test]
    fn an_absolute_folder_that_cannot_be_made_is_an_error() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        if interpreters().is_empty() {
            return;
        }
        assert!(install(&file.path().join("below"), &mut |_| {}).is_err());
    }
}

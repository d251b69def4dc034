//! Where the library of ONNX Runtime is looked for, in which order, and what was found there.
//!
//! A place that a person named (argument, environment) ends the search: if it does not work, another copy in its stead would surprise.

use super::load;
use super::process::run;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The places to look at. [`OnnxRuntimeSearch::from_environment`] fills in what the machine says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnnxRuntimeSearch {
    /// `--onnxruntime PATH`.
    pub argument: Option<PathBuf>,
    /// `ORT_DYLIB_PATH`.
    pub environment: Option<PathBuf>,
    /// The folder of the executable.
    pub executable_folder: Option<PathBuf>,
    /// The folder that `charter runtime install` fills.
    pub runtime_folder: Option<PathBuf>,
    /// The interpreter whose packages are looked at; it is started only when the search gets that far.
    pub python: Option<OsString>,
    /// Whether to ask the system's loader in the end.
    pub system: bool,
}

/// A place, in the order of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Argument,
    Environment,
    Executable,
    Installed,
    Python,
    System,
}

/// What happened at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    pub place: Place,
    pub path: Option<PathBuf>,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This copy is loaded.
    Loaded,
    /// Nobody named a path.
    NotSet,
    NothingThere,
    /// There is a file, but it does not work.
    Refused(String),
    /// An earlier place ended the search.
    NotLookedAt,
}

/// The whole search, for `charter runtime status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub looks: Vec<Look>,
    /// The library that this process uses and its version, when there is one.
    pub loaded: Option<(PathBuf, String)>,
}

/// Longest wait for an interpreter to say where its packages are.
const PYTHON_TIMEOUT: Duration = Duration::from_secs(10);
/// Most entries of a folder that are looked at.
const ENTRIES_MAX: usize = 10_000;

/// Where `charter runtime install` puts the library: `$XDG_DATA_HOME/charter/runtime`, else `~/.local/share/charter/runtime`.
pub fn default_folder() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")))?;
    Some(base.join("charter").join("runtime"))
}

impl OnnxRuntimeSearch {
    /// Every place of this machine, behind an optional path from the command line.
    pub fn from_environment(argument: Option<PathBuf>) -> Self {
        Self {
            argument,
            environment: std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()).map(PathBuf::from),
            executable_folder: std::env::current_exe().ok().and_then(|path| path.parent().map(Path::to_path_buf)),
            runtime_folder: default_folder(),
            python: Some("python3".into()),
            system: true,
        }
    }

    /// Looks at the places in order and loads the first library that works. A process loads one library only: when there is one already, it stays.
    pub fn run(&self) -> Report {
        let mut looks = Vec::with_capacity(Place::ALL.len());
        let mut ended = false;
        for place in Place::ALL {
            if ended {
                looks.push(Look { place, path: None, outcome: Outcome::NotLookedAt });
                continue;
            }
            let (path, outcome) = self.look(place);
            let named = matches!(place, Place::Argument | Place::Environment);
            ended = outcome == Outcome::Loaded || (named && outcome != Outcome::NotSet);
            looks.push(Look { place, path, outcome });
        }
        Report { looks, loaded: load::loaded().map(|runtime| (runtime.library.clone(), runtime.version.clone())) }
    }

    fn look(&self, place: Place) -> (Option<PathBuf>, Outcome) {
        let folder = match place {
            Place::Argument => return look_at(self.argument.as_deref()),
            Place::Environment => return look_at(self.environment.as_deref()),
            Place::System if self.system => {
                let name = PathBuf::from(format!("{DLL_PREFIX}onnxruntime{DLL_SUFFIX}"));
                let outcome = try_load(&name);
                return match outcome {
                    // The loader does not say "not found" and "does not work" apart.
                    Outcome::Refused(_) => (None, Outcome::NothingThere),
                    outcome => (Some(name), outcome),
                };
            }
            Place::System => None,
            Place::Executable => self.executable_folder.clone(),
            Place::Installed => self.runtime_folder.clone(),
            Place::Python => self.python.as_ref().map(|python| python_folder(python).unwrap_or_default()),
        };
        let Some(folder) = folder else { return (None, Outcome::NotSet) };
        match library_in(&folder) {
            Some(library) => {
                let outcome = try_load(&library);
                (Some(library), outcome)
            }
            None => ((!folder.as_os_str().is_empty()).then_some(folder), Outcome::NothingThere),
        }
    }
}

fn look_at(path: Option<&Path>) -> (Option<PathBuf>, Outcome) {
    let Some(path) = path else { return (None, Outcome::NotSet) };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let library = if path.is_dir() { library_in(&path) } else { path.is_file().then(|| path.clone()) };
    match library {
        Some(library) => {
            let outcome = try_load(&library);
            (Some(library), outcome)
        }
        None => (Some(path), Outcome::NothingThere),
    }
}

fn try_load(path: &Path) -> Outcome {
    match load::load_at(path) {
        Ok(runtime) if runtime.library == path => Outcome::Loaded,
        Ok(runtime) => Outcome::Refused(format!("`{}` is loaded already", runtime.library.display())),
        Err(reason) => Outcome::Refused(reason),
    }
}

/// The library in a folder: the plain name, else the newest version.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let plain = format!("{DLL_PREFIX}onnxruntime{DLL_SUFFIX}");
    let entries = std::fs::read_dir(folder).ok()?.take(ENTRIES_MAX).filter_map(Result::ok);
    let candidates = entries.filter_map(|entry| {
        let name = entry.file_name();
        let rest = name.to_str()?.strip_prefix(&plain)?;
        let version: Vec<u32> = rest.split('.').filter_map(|part| part.parse().ok()).collect();
        entry.path().is_file().then(|| ((rest.is_empty(), version), entry.path()))
    });
    candidates.max().map(|(_, path)| path)
}

/// Where the interpreter's `onnxruntime` package keeps its library; `None` without interpreter or package.
fn python_folder(python: &OsString) -> Option<PathBuf> {
    // The working directory is no place to take libraries from: a charter's folder may hold anything.
    const FIND: &str = "import sys; sys.path = [p for p in sys.path if p]; import importlib.util as u; s = u.find_spec('onnxruntime'); \
                        print(s.submodule_search_locations[0] if s else '')";
    let mut command = Command::new(python);
    command.args(["-c", FIND]).current_dir("/");
    let output = run(command, PYTHON_TIMEOUT).ok().filter(|output| output.success)?;
    let package = output.stdout.trim();
    (!package.is_empty()).then(|| Path::new(package).join("capi"))
}

impl Place {
    pub const ALL: [Self; 6] = [Self::Argument, Self::Environment, Self::Executable, Self::Installed, Self::Python, Self::System];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Argument => "--onnxruntime",
            Self::Environment => "ORT_DYLIB_PATH",
            Self::Executable => "beside the executable",
            Self::Installed => "folder of `charter runtime install`",
            Self::Python => "packages of `python3`",
            Self::System => "the system's loader",
        }
    }
}

impl Report {
    /// The first file that was there and did not work, in words.
    pub fn refusal(&self) -> Option<String> {
        self.looks.iter().find_map(|look| match (&look.outcome, &look.path) {
            (Outcome::Refused(reason), _) => Some(format!("{}: {reason}", look.place.name())),
            (Outcome::NothingThere, Some(path)) if matches!(look.place, Place::Argument | Place::Environment) => {
                Some(format!("{}: `{}` is not there", look.place.name(), path.display()))
            }
            _ => None,
        })
    }
}

/// One line a place.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for look in &self.looks {
            let path = look.path.as_ref().map_or(String::new(), |path| format!(" `{}`", path.display()));
            let outcome = match &look.outcome {
                Outcome::Loaded => "loaded",
                Outcome::NotSet => "not set",
                Outcome::NothingThere => "nothing there",
                Outcome::Refused(reason) => reason,
                Outcome::NotLookedAt => "not looked at",
            };
            writeln!(formatter, "{:<36}{outcome}{path}", look.place.name())?;
        }
        match &self.loaded {
            Some((path, version)) if version.is_empty() => write!(formatter, "in use: ONNX Runtime from `{}`", path.display()),
            Some((path, version)) => write!(formatter, "in use: ONNX Runtime {version} from `{}`", path.display()),
            None => write!(formatter, "in use: none; {}", super::INSTALL_HELP),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_place_that_does_not_work_ends_the_search() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("libonnxruntime.so");
        std::fs::write(&file, "no library").expect("written");
        let search = OnnxRuntimeSearch {
            environment: Some(folder.path().join("absent.so")),
            runtime_folder: Some(folder.path().into()),
            ..Default::default()
        };
        let report = search.run();
        assert_eq!(report.looks[1].outcome, Outcome::NothingThere);
        assert!(report.looks[2..].iter().all(|look| look.outcome == Outcome::NotLookedAt), "{report}");
        assert!(report.refusal().expect("a reason").starts_with("ORT_DYLIB_PATH: `"), "{report}");

        let report = OnnxRuntimeSearch { argument: Some(file), ..Default::default() }.run();
        assert!(matches!(report.looks[0].outcome, Outcome::Refused(_)), "{report}");
    }

    #[test]
    fn a_folder_without_a_library_lets_the_search_go_on() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("libonnxruntime_providers_shared.so"), "").expect("written");
        let report = OnnxRuntimeSearch { executable_folder: Some(folder.path().into()), ..Default::default() }.run();
        assert_eq!(report.looks[2].outcome, Outcome::NothingThere);
        assert!(report.looks.iter().all(|look| look.outcome != Outcome::NotLookedAt), "{report}");
        assert_eq!(report.refusal(), None);
    }

    #[test]
    fn the_newest_version_in_a_folder_is_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["libonnxruntime.so.1.9.0", "libonnxruntime.so.1.32.0", "libonnxruntime.so.1.4.1"] {
            std::fs::write(folder.path().join(name), "").expect("written");
        }
        assert_eq!(library_in(folder.path()), Some(folder.path().join("libonnxruntime.so.1.32.0")));
        std::fs::write(folder.path().join("libonnxruntime.so"), "").expect("written");
        assert_eq!(library_in(folder.path()), Some(folder.path().join("libonnxruntime.so")));
    }
}

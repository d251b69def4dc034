//! Where what outlives the process is kept: one file beside the charter, another one, or nothing.
//!
//! What is kept belongs to the engine's watch.

use crate::arguments::Serve;
use crate::exit::Problem;
use charter_engine::store::Store;
use charter_store::{Embedded, Memory};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder in the charter's folder that belongs to Charter; changes in it are not changes of the charter.
pub(crate) const FOLDER: &str = ".charter";
const FILE: &str = "state.db";
/// Records that a log in memory keeps.
const RECORDS_MAX: u64 = 10_000;

/// The open store, and where it lies; `None` when nothing outlives the process.
pub(crate) struct State {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) path: Option<PathBuf>,
}

/// Opens what the arguments say.
///
/// # Errors
/// The environment's: the file cannot be made or is no store. Nothing is served then, because a rollout could begin twice.
pub(crate) fn open(arguments: &Serve, folder: &Path) -> Result<State, Problem> {
    if arguments.no_state {
        return Ok(State { store: Arc::new(Memory::new(RECORDS_MAX)), path: None });
    }
    let folder = arguments.state.clone().unwrap_or_else(|| folder.join(FOLDER));
    let advice = "name another folder with --state, or serve without keeping anything with --no-state";
    std::fs::create_dir_all(&folder)
        .map_err(|problem| Problem::Environment(format!("cannot keep state in `{}`: {problem}; {advice}", folder.display())))?;
    let path = folder.join(FILE);
    let store = Embedded::open(&path).map_err(|problem| Problem::Environment(format!("{problem}; {advice}")))?;
    Ok(State { store: Arc::new(store), path: Some(path) })
}

//! Serves a changed charter: on request through the admin plane, and when a file of the folder changes.

use crate::compiled::compile;
use crate::folder::Folder;
use charter_backend::fault::Faults;
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_engine::{Engine, OpenBackend};
use charter_gateway::{Reload, ReloadRefused, ReloadReport};
use charter_spec::Setting;
use notify::{RecursiveMode, Watcher};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Editors write a file in several steps; what comes within this time is one change.
const QUIET: Duration = Duration::from_millis(250);

/// Reads, compiles and swaps; everything or nothing.
#[derive(Clone)]
pub(crate) struct Reloader {
    /// Held from the first byte read to the swap: a slow reload of an old state can never overwrite a newer one.
    pub(crate) one_at_a_time: Arc<Mutex<()>>,
    pub(crate) path: PathBuf,
    /// Values in place of what the charter says; a changed charter is read with them too.
    pub(crate) settings: Vec<Setting>,
    pub(crate) search: OnnxRuntimeSearch,
    pub(crate) backends: Arc<dyn OpenBackend>,
    /// Ended by a reload to a charter that allows none.
    pub(crate) faults: Arc<Faults>,
    pub(crate) engine: Arc<Engine>,
}

impl Reloader {
    fn reload_now(&self) -> Result<ReloadReport, ReloadRefused> {
        let _one = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = Folder::read_with(&self.path, &self.settings).map_err(|problem| refused(problem.to_string()))?;
        let compiled = compile(folder, &self.search).map_err(|problems| {
            let (text, json) = problems.written(false);
            ReloadRefused { text, json }
        })?;
        let before = self.engine.current().plan().fingerprint.clone();
        let labels: Vec<String> = compiled.plan.models.iter().map(charter_plan::plan::Model::label).collect();
        let fingerprint = compiled.plan.fingerprint.clone();
        let allows_chaos = compiled.plan.chaos.is_some();
        let reloaded = self.engine.reload(compiled.plan, self.backends.as_ref()).map_err(|problem| refused(problem.reasons.join("\n")))?;
        if !allows_chaos {
            self.faults.clear();
        }
        for model in reloaded.closed.iter().filter_map(|model| labels.get(usize::from(model.0))) {
            tracing::warn!(%model, "a rung that answered before the reload is closed now; /status says why");
        }
        let unavailable = reloaded.unavailable.iter().filter_map(|(model, _)| labels.get(usize::from(model.0)).cloned()).collect();
        Ok(ReloadReport { changed: fingerprint != before, fingerprint, unavailable })
    }
}

fn refused(text: String) -> ReloadRefused {
    ReloadRefused { json: serde_json::json!({ "error": text }), text }
}

impl Reload for Reloader {
    fn reload(&self) -> Pin<Box<dyn Future<Output = Result<ReloadReport, ReloadRefused>> + Send + '_>> {
        let reloader = self.clone();
        Box::pin(async move {
            // Reading and compiling take milliseconds to seconds: not on a thread that answers calls.
            match tokio::task::spawn_blocking(move || reloader.reload_now()).await {
                Ok(result) => result,
                Err(problem) => Err(refused(format!("the reload ended early: {problem}"))),
            }
        })
    }
}

/// Watches the charter's folder and reloads after each change; says what came of it. Ends when the returned watcher is dropped.
pub(crate) fn watch(reloader: Reloader, folder: PathBuf, state: Option<&Path>) -> notify::Result<notify::RecommendedWatcher> {
    let (send, mut changes) = mpsc::channel::<()>(1);
    // What Charter writes itself is no change of the charter.
    let mut own = vec![folder.join("evidence"), folder.join("simulation"), folder.join(crate::state::FOLDER)];
    if let Some(state) = state {
        // Events name files by an absolute path, with or without links resolved.
        own.push(state.to_owned());
        own.extend(std::path::absolute(state));
        own.extend(state.canonicalize());
    }
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let relevant =
            event.is_ok_and(|event| !event.kind.is_access() && event.paths.iter().any(|path| !own.iter().any(|own| path.starts_with(own))));
        if relevant {
            // A full channel already holds the news.
            let _ = send.try_send(());
        }
    })?;
    watcher.watch(&folder, RecursiveMode::Recursive)?;
    tokio::spawn(async move {
        while changes.recv().await.is_some() {
            while tokio::time::timeout(QUIET, changes.recv()).await.is_ok_and(|change| change.is_some()) {}
            match reloader.reload().await {
                Ok(report) if report.changed => tracing::info!(plan = %report.fingerprint, "reloaded"),
                Ok(_) => {}
                Err(problem) => tracing::error!("reload refused, the plan before it goes on:\n{}", problem.text),
            }
        }
    });
    Ok(watcher)
}

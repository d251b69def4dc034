//! The folders that the client works in: their charters are checked before a file of theirs is opened, and searched for symbols.

use super::{Project, Server, uri};
use crate::answer::symbols;
use crate::wire::Refusal;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Instant;

/// Most folders that are looked at.
const FOLDERS_MAX: usize = 100;

impl Server<'_> {
    /// Takes the folders of a greeting: `workspaceFolders`, else `rootUri`.
    pub(super) fn greet_folders(&mut self, params: &Value) {
        let listed = params["workspaceFolders"].as_array().map(|folders| paths(folders));
        let root = || params["rootUri"].as_str().and_then(uri::to_path).into_iter().collect();
        self.folders = listed.filter(|folders| !folders.is_empty()).unwrap_or_else(root).into_iter().take(FOLDERS_MAX).collect();
    }

    pub(super) fn folders_changed(&mut self, event: &Value) {
        for folder in event["removed"].as_array().map_or_else(Vec::new, |folders| paths(folders)) {
            self.folders.remove(&folder);
            let gone: Vec<_> =
                self.projects.values().filter(|project| project.home.folder == folder).map(|project| project.home.clone()).collect();
            for home in gone {
                if let Some(project) = self.projects.get_mut(&home) {
                    project.is_workspace = false;
                }
                self.drop_unused(&home);
            }
        }
        let left = FOLDERS_MAX.saturating_sub(self.folders.len());
        self.folders.extend(event["added"].as_array().map_or_else(Vec::new, |folders| paths(folders)).into_iter().take(left));
        self.attach_folders();
    }

    /// Looks at the charters in the client's folders that are not looked at yet.
    pub(super) fn attach_folders(&mut self) {
        for folder in &self.folders {
            let Some(home) = self.host.charter_in(folder) else { continue };
            let project = self.projects.entry(home.clone()).or_insert_with(|| Project::new(home));
            if !project.is_workspace {
                project.is_workspace = true;
                project.touch(Instant::now());
            }
        }
    }

    /// Elements of every charter that is looked at, by a part of their id.
    pub(super) fn workspace_symbols(&mut self, params: &Value) -> Result<Value, Refusal> {
        let query = params["query"].as_str().ok_or_else(|| Refusal::params("a `query` is missing"))?.to_owned();
        let homes: Vec<_> = self.projects.keys().cloned().collect();
        let mut found = Vec::new();
        for home in homes {
            self.refresh(&home);
            if let Some(snapshot) = self.projects.get(&home).and_then(|project| project.snapshot.as_ref()) {
                symbols::elements(snapshot, &query, &mut found);
            }
        }
        Ok(Value::Array(found))
    }
}

fn paths(folders: &[Value]) -> Vec<PathBuf> {
    folders.iter().filter_map(|folder| uri::to_path(folder["uri"].as_str()?)).collect()
}

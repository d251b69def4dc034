//! Documents that the client opens, changes and closes, and files that change under it.

use super::{Project, Server, relative, uri};
use crate::answer::diagnostics;
use crate::host::Home;
use crate::text::{Change, Document};
use serde_json::Value;
use std::time::Instant;

/// Most documents that are held open; a client with more of them is not one that a person sits at.
const OPEN_MAX: usize = 1000;

impl Server<'_> {
    pub(super) fn notification(&mut self, method: &str, params: &Value) {
        if self.admit(method).is_err() {
            return;
        }
        match method {
            "initialized" => self.initialized(),
            "textDocument/didOpen" => self.open(&params["textDocument"]),
            "textDocument/didChange" => self.change(params),
            "textDocument/didClose" => self.close(params["textDocument"]["uri"].as_str().unwrap_or("")),
            "textDocument/didSave" => self.saved(params["textDocument"]["uri"].as_str().unwrap_or("")),
            "workspace/didChangeWatchedFiles" => self.files_changed(params),
            "workspace/didChangeWorkspaceFolders" => self.folders_changed(&params["event"]),
            // Whatever else a client tells is none of this server's business.
            _ => {}
        }
    }

    fn open(&mut self, document: &Value) {
        let (Some(name), Some(text)) = (document["uri"].as_str(), document["text"].as_str()) else { return };
        let Some(path) = uri::to_path(name).filter(|_| self.documents.len() < OPEN_MAX) else { return };
        let version = document["version"].as_i64().unwrap_or(0);
        self.documents.insert(name.to_owned(), Document::new(name.to_owned(), path, version, text.to_owned(), self.encoding));
        self.attach(name);
    }

    /// Finds the charter that a document belongs to; one that is begun in the editor becomes one while it is typed.
    fn attach(&mut self, name: &str) {
        let Some(document) = self.documents.get(name) else { return };
        let own = self.host.home(&document.path, &document.text);
        let is_root = own.as_ref().is_some_and(|home| relative(&document.path, home).as_ref() == Some(&home.document));
        // A part of a charter that is known belongs to that one, whatever its root document is called.
        let known = self.projects.values().find(|project| !is_root && project.reads(&document.path)).map(|project| project.home.clone());
        let Some(home) = known.or(own) else { return };
        let project = self.projects.entry(home.clone()).or_insert_with(|| Project::new(home));
        project.open.insert(name.to_owned());
        project.touch(Instant::now());
    }

    /// A change of a version that is older than what is known came too late, and is dropped.
    fn change(&mut self, params: &Value) {
        let name = params["textDocument"]["uri"].as_str().unwrap_or("");
        let Some(document) = self.documents.get_mut(name) else { return };
        let version = params["textDocument"]["version"].as_i64().unwrap_or(document.version + 1);
        let changes: Option<Vec<Change>> = params["contentChanges"].as_array().into_iter().flatten().map(Change::of).collect();
        let Some(changes) = changes.filter(|_| version > document.version) else { return };
        document.change(version, changes);
        self.touch(name);
        if self.homes_of(name).is_empty() {
            self.attach(name);
        }
    }

    fn close(&mut self, name: &str) {
        self.touch(name);
        self.documents.remove(name);
        let homes: Vec<Home> = self.homes_of(name);
        for home in homes {
            let Some(project) = self.projects.get_mut(&home) else { continue };
            project.open.remove(name);
            self.drop_unused(&home);
        }
    }

    /// Forgets a charter that nobody looks at any more, and what the client was told of it.
    pub(super) fn drop_unused(&mut self, home: &Home) {
        let Some(project) = self.projects.get_mut(home).filter(|project| project.open.is_empty() && !project.is_workspace) else { return };
        for told in std::mem::take(&mut project.published) {
            self.outgoing.push(diagnostics::message(&told, None, Vec::new()));
        }
        self.projects.remove(home);
    }

    /// What is saved may be what other files are made of, and the first file of a charter.
    fn saved(&mut self, name: &str) {
        self.touch(name);
        self.attach_homeless();
    }

    /// A charter may have come to documents that belonged to none.
    fn attach_homeless(&mut self) {
        let homeless: Vec<String> = self.documents.keys().filter(|name| self.homes_of(name).is_empty()).cloned().collect();
        homeless.iter().for_each(|name| self.attach(name));
    }

    fn files_changed(&mut self, params: &Value) {
        let changed: Vec<_> =
            params["changes"].as_array().into_iter().flatten().filter_map(|change| uri::to_path(change["uri"].as_str()?)).collect();
        let now = Instant::now();
        for project in self.projects.values_mut() {
            if changed.iter().any(|path| relative(path, &project.home).is_some()) {
                project.touch(now);
            }
        }
        self.attach_folders();
        self.attach_homeless();
    }

    fn touch(&mut self, name: &str) {
        let now = Instant::now();
        let Some(document) = self.documents.get(name) else { return };
        for project in self.projects.values_mut().filter(|project| project.concerns(document)) {
            project.touch(now);
        }
    }

    fn homes_of(&self, name: &str) -> Vec<Home> {
        self.projects.values().filter(|project| project.open.contains(name)).map(|project| project.home.clone()).collect()
    }
}

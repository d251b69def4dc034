//! Questions of the client, each handed to what answers it with a charter that is up to date.

use super::{Server, Snapshot, relative};
use crate::answer::{self, Scene, Where};
use crate::text::{Document, Place, Stretch};
use crate::wire::Refusal;
use serde_json::{Value, json};
use std::rc::Rc;

/// An open document and its charter.
struct View {
    /// The client's name.
    name: String,
    /// The path in the charter's folder.
    path: String,
    snapshot: Rc<Snapshot>,
    whole: Option<Rc<Snapshot>>,
}

impl Server<'_> {
    pub(super) fn request(&mut self, method: &str, params: &Value) -> Result<Value, Refusal> {
        self.admit(method)?;
        match method {
            "initialize" => Ok(self.initialize(params)),
            "shutdown" => Ok(self.shutdown()),
            "textDocument/hover" => self.at(params, answer::hover::hover),
            "textDocument/definition" => self.at(params, answer::navigate::definition),
            "textDocument/references" => {
                let declaration = params["context"]["includeDeclaration"].as_bool().unwrap_or(true);
                self.at(params, |scene, place| answer::navigate::references(scene, place, declaration))
            }
            "textDocument/documentHighlight" => self.at(params, answer::navigate::highlights),
            "textDocument/completion" => self.at(params, answer::complete::complete),
            "textDocument/prepareRename" => self.at(params, answer::rename::prepare),
            "textDocument/rename" => {
                let name = params["newName"].as_str().ok_or_else(|| Refusal::params("a `newName` is missing"))?.to_owned();
                self.at(params, |scene, place| answer::rename::rename(scene, place, &name))
            }
            "textDocument/documentSymbol" => self.of_document(params, answer::symbols::symbols),
            "textDocument/foldingRange" => self.of_document(params, answer::ranges::foldings),
            "textDocument/selectionRange" => self.selections(params),
            "textDocument/documentLink" => self.links(params),
            "textDocument/signatureHelp" => self.at(params, answer::complete::signature),
            "workspace/symbol" => self.workspace_symbols(params),
            "textDocument/codeAction" => self.actions(params),
            "charter/statistics" => {
                let mut statistics = self.host.statistics();
                statistics["analyses"] = self.analyses.into();
                Ok(statistics)
            }
            other => Err(Refusal::new(Refusal::UNKNOWN_METHOD, format!("`{}` is nothing that this server answers", shortened(other)))),
        }
    }

    /// The document that a question is about, with its charter as it is now; `None` for one that belongs to no charter.
    fn look_at(&mut self, params: &Value) -> Result<Option<View>, Refusal> {
        let name = params["textDocument"]["uri"].as_str().ok_or_else(|| Refusal::params("a `textDocument.uri` is missing"))?.to_owned();
        let Some(home) = self.projects.values().find(|project| project.open.contains(&name)).map(|project| project.home.clone()) else {
            return Ok(None);
        };
        self.refresh(&home);
        let document = self.documents.get(&name);
        let Some((document, project)) = document.zip(self.projects.get(&home)) else { return Ok(None) };
        let (Some(path), Some(snapshot)) = (relative(&document.path, &home), project.snapshot.clone()) else { return Ok(None) };
        Ok(Some(View { name, path, snapshot, whole: project.whole.clone() }))
    }

    fn at(&mut self, params: &Value, answer: impl FnOnce(&Scene<'_>, Where) -> Result<Value, Refusal>) -> Result<Value, Refusal> {
        let place = Place::of(&params["position"]).ok_or_else(|| Refusal::params("a `position` has a `line` and a `character`"))?;
        let Some(View { name, path, snapshot, whole }) = self.look_at(params)? else { return Ok(Value::Null) };
        let Some(document) = self.documents.get(&name) else { return Ok(Value::Null) };
        let at = Where { offset: document.offset(place), file: snapshot.checked.files.find(&path) };
        let scene =
            Scene { document, path: &path, snapshot: &snapshot, whole: whole.as_deref(), language: &self.language, client: self.client };
        answer(&scene, at)
    }

    /// What is told of a document's text alone, also while it cannot be read.
    fn of_document(&mut self, params: &Value, answer: impl FnOnce(&Document) -> Value) -> Result<Value, Refusal> {
        let name = params["textDocument"]["uri"].as_str().ok_or_else(|| Refusal::params("a `textDocument.uri` is missing"))?;
        Ok(self.documents.get(name).map_or_else(|| json!([]), answer))
    }

    fn selections(&mut self, params: &Value) -> Result<Value, Refusal> {
        let places: Option<Vec<Place>> = params["positions"].as_array().and_then(|places| places.iter().map(Place::of).collect());
        let places = places.ok_or_else(|| Refusal::params("`positions` are a list of a `line` and a `character` each"))?;
        self.of_document(params, |document| answer::ranges::selections(document, &places))
    }

    fn links(&mut self, params: &Value) -> Result<Value, Refusal> {
        let Some(View { path, snapshot, .. }) = self.look_at(params)? else { return Ok(json!([])) };
        Ok(answer::navigate::links(&snapshot, &path))
    }

    fn actions(&mut self, params: &Value) -> Result<Value, Refusal> {
        let wanted = Stretch::of(&params["range"]).ok_or_else(|| Refusal::params("a `range` has a `start` and an `end`"))?;
        let kinds = params["context"]["only"].as_array().cloned();
        let Some(View { path, snapshot, .. }) = self.look_at(params)? else { return Ok(json!([])) };
        Ok(answer::actions::actions(&snapshot, &path, wanted, kinds.as_deref(), self.client))
    }
}

fn shortened(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(60).collect()
}

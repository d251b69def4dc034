//! Hello and goodbye: what client and server can do.

use super::{Phase, Server};
use crate::text::Encoding;
use crate::wire::{self, Refusal};
use serde_json::{Value, json};

/// What the client can do, as far as it matters here.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Client {
    /// Watches files and tells of them.
    watches: bool,
    /// Takes edits of documents by version.
    pub(crate) versioned_edits: bool,
    /// Shows Markdown on hover.
    pub(crate) markdown: bool,
}

impl Client {
    fn of(capabilities: &Value) -> Self {
        let is = |path: &str| capabilities.pointer(path).and_then(Value::as_bool).unwrap_or(false);
        let formats = capabilities.pointer("/textDocument/hover/contentFormat").and_then(Value::as_array);
        Self {
            watches: is("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            versioned_edits: is("/workspace/workspaceEdit/documentChanges"),
            markdown: formats.is_none_or(|formats| formats.iter().any(|format| format == "markdown")),
        }
    }
}

/// What changes outside of the editor and means something: parts, contracts, records, models, tables, rows, evidence.
const WATCHED: &str = "**/*.{yaml,yml,md,json,jsonl,csv,onnx,cel,txt}";

impl Server<'_> {
    /// Whether a message may be taken now; requests hear why not.
    pub(super) fn admit(&mut self, method: &str) -> Result<(), Refusal> {
        match (self.phase, method) {
            (Phase::Waiting, "initialize") => Ok(()),
            (Phase::Waiting, _) => Err(Refusal::new(Refusal::NOT_INITIALIZED, "the first request is `initialize`")),
            (Phase::Running, "initialize") => Err(Refusal::new(Refusal::INVALID_REQUEST, "`initialize` comes once")),
            (Phase::Running, _) => Ok(()),
            (Phase::Leaving, _) => Err(Refusal::new(Refusal::INVALID_REQUEST, "after `shutdown` comes `exit`")),
        }
    }

    pub(super) fn initialize(&mut self, params: &Value) -> Value {
        self.phase = Phase::Running;
        self.client = Client::of(&params["capabilities"]);
        self.encoding = Encoding::negotiate(&params["capabilities"]["general"]["positionEncodings"]);
        self.greet_folders(params);
        json!({
            "serverInfo": { "name": "charter", "version": env!("CARGO_PKG_VERSION") },
            "capabilities": {
                "positionEncoding": self.encoding.name(),
                "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
                "hoverProvider": true,
                "definitionProvider": true,
                "referencesProvider": true,
                "documentHighlightProvider": true,
                "documentSymbolProvider": true,
                "workspaceSymbolProvider": true,
                "foldingRangeProvider": true,
                "selectionRangeProvider": true,
                "documentLinkProvider": { "resolveProvider": false },
                "completionProvider": { "triggerCharacters": [" ", ":", ".", "@", "/", "(", "[", ",", "{"], "resolveProvider": false },
                "signatureHelpProvider": { "triggerCharacters": ["(", ","] },
                "renameProvider": { "prepareProvider": true },
                "codeActionProvider": { "codeActionKinds": ["quickfix", "source.fixAll"] },
                "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
            },
        })
    }

    /// The client is ready: look at the charters that it works in, and ask it to tell of changes on disk.
    pub(super) fn initialized(&mut self) {
        self.attach_folders();
        if self.client.watches {
            let watchers = json!([{ "globPattern": WATCHED }]);
            let registration =
                json!({ "id": "charter-files", "method": "workspace/didChangeWatchedFiles", "registerOptions": { "watchers": watchers } });
            let params = json!({ "registrations": [registration] });
            self.outgoing.push(wire::request("charter-watch", "client/registerCapability", params));
        }
    }

    pub(super) fn shutdown(&mut self) -> Value {
        self.phase = Phase::Leaving;
        Value::Null
    }
}

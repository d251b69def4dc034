//! The loop: one thread reads messages, one answers them in order.
//!
//! Changes are taken at once and looked at when nothing has come for a moment; a question looks at once. What a question is answered with belongs to `answer`.

pub(crate) mod lifecycle;
mod project;
mod requests;
mod sync;
#[cfg(test)]
mod tests;
pub(crate) mod uri;
mod workspace;

pub(crate) use project::{Project, Snapshot, relative};

use crate::answer;
use crate::host::{Home, Host};
use crate::language::Language;
use crate::text::{Document, Encoding};
use crate::wire::{self, Incoming, Refusal};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// Messages that wait for an answer at most; beyond it the client waits.
const WAITING_MAX: usize = 1024;
/// Without a change for this long, the charter is looked at.
const QUIET: Duration = Duration::from_millis(25);
/// A change is looked at after this long, whatever comes behind it.
const LONGEST: Duration = Duration::from_millis(100);

/// Whether the client has said goodbye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Waiting,
    Running,
    Leaving,
}

/// How a client left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// In order: `shutdown`, then `exit`.
    Polite,
    /// Without a goodbye: its end of the pipe was closed, or `exit` came first.
    HungUp,
    /// What it sent is no frame, and nothing behind it can be read; says what is wrong.
    Unreadable(String),
}

pub(crate) struct Server<'h> {
    host: &'h mut dyn Host,
    language: Language,
    phase: Phase,
    encoding: Encoding,
    /// What the client can do, as far as it matters here.
    client: lifecycle::Client,
    documents: BTreeMap<String, Document>,
    projects: BTreeMap<Home, Project>,
    /// Folders that the client works in: their charters are looked at before a file of theirs is opened.
    folders: BTreeSet<PathBuf>,
    /// How often a charter was read and checked.
    analyses: u64,
    outgoing: Vec<Value>,
}

/// Serves one client until it leaves.
///
/// # Errors
/// The output broke.
pub fn serve(input: impl BufRead + Send + 'static, mut output: impl Write, host: &mut dyn Host) -> io::Result<Farewell> {
    let (sender, messages) = sync_channel(WAITING_MAX);
    // The thread ends with its input; it owns nothing else. A client that keeps its end open after `exit` is left behind with it.
    let reader = std::thread::Builder::new().name("charter-lsp-input".to_owned()).spawn(move || {
        let mut input = input;
        loop {
            let (message, is_last) = match wire::read(&mut input) {
                Ok(Some(message)) => (message, false),
                Ok(None) => break,
                Err(problem) => (Incoming::Unreadable { why: problem.to_string() }, true),
            };
            if sender.send(message).is_err() || is_last {
                break;
            }
        }
    })?;
    let mut server = Server::new(host);
    let ending = server.run(&messages, &mut output);
    drop(messages);
    if reader.is_finished() {
        // A panic there has been printed already, and the input is at its end either way.
        drop(reader.join());
    }
    ending
}

impl<'h> Server<'h> {
    fn new(host: &'h mut dyn Host) -> Self {
        Self {
            host,
            language: Language::new(),
            phase: Phase::Waiting,
            encoding: Encoding::default(),
            client: lifecycle::Client::default(),
            documents: BTreeMap::new(),
            projects: BTreeMap::new(),
            folders: BTreeSet::new(),
            analyses: 0,
            outgoing: Vec::new(),
        }
    }

    fn run(&mut self, messages: &Receiver<Incoming>, output: &mut impl Write) -> io::Result<Farewell> {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() && !self.wait(messages, &mut waiting, output)? {
                return Ok(Farewell::HungUp);
            }
            loop {
                match messages.try_recv() {
                    Ok(message) if waiting.len() < WAITING_MAX => self.queue(message, &mut waiting),
                    Ok(message) => {
                        self.queue(message, &mut waiting);
                        break;
                    }
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            self.send(output)?;
            let Some(message) = waiting.pop_front() else { continue };
            let leaves = matches!(&message, Incoming::Notification { method, .. } if method == "exit");
            if leaves {
                return Ok(if self.phase == Phase::Leaving { Farewell::Polite } else { Farewell::HungUp });
            }
            if let Incoming::Unreadable { why } = message {
                self.outgoing.push(wire::answer(&Value::Null, Err(Refusal::new(Refusal::PARSE, why.clone()))));
                self.send(output)?;
                return Ok(Farewell::Unreadable(why));
            }
            self.take(message);
            self.send(output)?;
        }
    }

    /// Waits for a message, or until something is due; `false` when no message can come any more.
    fn wait(&mut self, messages: &Receiver<Incoming>, waiting: &mut VecDeque<Incoming>, output: &mut impl Write) -> io::Result<bool> {
        let due = self.projects.values().filter_map(|project| project.due(QUIET, LONGEST)).min();
        let unpublished = self.projects.values().any(|project| project.is_unpublished);
        let received = match due {
            _ if unpublished => messages.recv_timeout(Duration::ZERO),
            Some(due) => messages.recv_timeout(due.saturating_duration_since(Instant::now())),
            None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match received {
            Ok(message) => self.queue(message, waiting),
            Err(RecvTimeoutError::Timeout) => {
                self.look();
                self.send(output)?;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(false),
        }
        Ok(true)
    }

    /// A cancelled request that still waits is answered as such, and never begun.
    fn queue(&mut self, message: Incoming, waiting: &mut VecDeque<Incoming>) {
        if let Incoming::Notification { method, params } = &message
            && method == "$/cancelRequest"
        {
            let cancelled = |waiting: &Incoming| matches!(waiting, Incoming::Request { id, .. } if *id == params["id"]);
            if let Some(at) = waiting.iter().position(cancelled) {
                waiting.remove(at);
                self.outgoing.push(wire::answer(&params["id"], Err(Refusal::new(Refusal::CANCELLED, "cancelled by the client"))));
            }
            return;
        }
        waiting.push_back(message);
    }

    fn take(&mut self, message: Incoming) {
        match message {
            Incoming::Request { id, method, params } => {
                let result = self.request(&method, &params);
                self.outgoing.push(wire::answer(&id, result));
            }
            Incoming::Notification { method, params } => self.notification(&method, &params),
            Incoming::Malformed { id, refusal } => self.outgoing.push(wire::answer(&id, Err(refusal))),
            // Nothing depends on what a client answers; what ends the conversation has been seen before.
            Incoming::Response { .. } | Incoming::Unreadable { .. } => {}
        }
    }

    /// Looks at every charter that is due, and tells the client what has become of it.
    fn look(&mut self) {
        let now = Instant::now();
        let due: Vec<Home> = self
            .projects
            .values()
            .filter(|project| project.is_unpublished || project.due(QUIET, LONGEST).is_some_and(|due| due <= now))
            .map(|project| project.home.clone())
            .collect();
        for home in due {
            self.refresh(&home);
            self.publish(&home);
        }
    }

    fn refresh(&mut self, home: &Home) {
        let Some(project) = self.projects.get_mut(home) else { return };
        self.analyses += u64::from(project.refresh(&self.documents, self.host, self.encoding));
    }

    fn publish(&mut self, home: &Home) {
        let Some(project) = self.projects.get_mut(home) else { return };
        project.is_unpublished = false;
        let told = match (&project.snapshot, &project.problem) {
            (Some(snapshot), _) => answer::diagnostics::published(snapshot, self.host),
            (None, Some(problem)) => {
                // Nothing could be read: said once, and not at a place that does not exist.
                if project.told_problem.as_ref() != Some(problem) {
                    self.outgoing.push(wire::notification("window/logMessage", serde_json::json!({ "type": 2, "message": problem })));
                }
                BTreeMap::new()
            }
            (None, None) => return,
        };
        project.told_problem.clone_from(&project.problem);
        let known: Vec<String> = project.open.iter().cloned().collect();
        let quiet: Vec<String> = project.published.iter().chain(&known).filter(|uri| !told.contains_key(*uri)).cloned().collect();
        for uri in BTreeSet::from_iter(quiet) {
            let version = self.documents.get(&uri).map(|document| document.version);
            self.outgoing.push(answer::diagnostics::message(&uri, version, Vec::new()));
        }
        project.published = told.keys().cloned().collect();
        for (uri, diagnostics) in told {
            let version = self.documents.get(&uri).map(|document| document.version);
            self.outgoing.push(answer::diagnostics::message(&uri, version, diagnostics));
        }
    }

    fn send(&mut self, output: &mut impl Write) -> io::Result<()> {
        for message in std::mem::take(&mut self.outgoing) {
            wire::write(output, &message)?;
        }
        Ok(())
    }
}

//! Other files of a workspace, and constants.

use super::super::tree::Statement;
use super::{Place, Reader};
use crate::foreign::{Code, short};
use charter_spec::FileId;

/// Most files that includes bring.
const FILES_MAX: usize = 256;
/// Longest chain of files that include each other.
const CHAIN_MAX: usize = 16;
/// Longest text that constants are put into, in bytes.
const FILLED_MAX: usize = 10_000;
/// Most that constants bring to a workspace, in bytes.
const ALL_FILLED_MAX: usize = 16_000_000;

impl Reader<'_, '_> {
    pub(super) fn extends(&mut self, statement: &Statement, file: FileId) {
        let Some(token) = statement.tokens.get(2) else { return };
        match self.beside(file, &token.text) {
            Some(other) if self.files.path(other).ends_with(".json") => {
                let message = format!("`{}` is written in JSON, and a workspace that extends it is read without it", short(&token.text));
                self.notes.help(Code::Dangling, token.span, message, "import the JSON by itself, or extend a workspace in the DSL");
            }
            Some(other) if self.read.contains(&other) => {
                let message = format!("`{}` is read already, so this workspace does not extend it again", short(&token.text));
                self.notes.help(Code::Contradiction, token.span, message, "extend a workspace that does not lead back here");
            }
            Some(_) if self.chain >= CHAIN_MAX => {
                let message = format!("files lead to each other more than {CHAIN_MAX} deep; `{}` is left out", short(&token.text));
                self.notes.push(Code::Limit, token.span, message);
            }
            Some(other) => {
                self.chain += 1;
                for statement in self.file(other) {
                    self.top(&statement, other);
                }
                self.chain -= 1;
            }
            None => {
                let message = format!("`{}` is not among the files of this import, so what it says is missing", short(&token.text));
                self.notes.help(Code::Dangling, token.span, message, way_to(&token.text));
            }
        }
    }

    pub(super) fn include(&mut self, statement: &Statement, place: &Place, file: FileId) {
        for (other, statements) in self.included(statement, file) {
            self.chain += 1;
            for statement in &statements {
                match statement.word(0).as_str() {
                    "views" if place.element.is_none() => self.views(statement, other),
                    "model" | "workspace" if place.element.is_none() => self.top(statement, other),
                    _ => self.statement(statement, place, other),
                }
            }
            self.chain -= 1;
        }
    }

    /// The files that an `!include` names, with their statements.
    pub(super) fn included(&mut self, statement: &Statement, file: FileId) -> Vec<(FileId, Vec<Statement>)> {
        let Some(token) = statement.tokens.get(1) else { return Vec::new() };
        let path = self.filled(&token.text);
        let mut found: Vec<FileId> = self.beside(file, &path).into_iter().collect();
        if found.is_empty() {
            let folder = format!("{}/", joined(self.files.path(file), &path).trim_end_matches('/'));
            let inside = |known: &&str| known.starts_with(&folder) && known.ends_with(".dsl");
            found = self.files.paths().filter(inside).filter_map(|path| self.files.find(path)).collect();
        }
        if found.is_empty() {
            let message = format!("`{}` is not among the files of this import, so what it says is missing", short(&path));
            self.notes.help(Code::Dangling, token.span, message, way_to(&path));
            self.model.kept.push((format!("!include {}", short(&path)), statement.span));
            return Vec::new();
        }
        let mut read = Vec::new();
        for other in found {
            if self.read.contains(&other) || self.read.len() >= FILES_MAX || self.chain >= CHAIN_MAX {
                let message = format!("`{}` is included already, or is one file too many", short(&path));
                self.notes.help(Code::Contradiction, token.span, message, "include each file once");
                continue;
            }
            let statements = self.file(other);
            read.push((other, statements));
        }
        read
    }

    /// The file at a path relative to another one.
    fn beside(&self, file: FileId, path: &str) -> Option<FileId> {
        self.files.find(&joined(self.files.path(file), path))
    }

    /// Text with the constants that it names.
    pub(super) fn filled(&self, text: &str) -> String {
        if !text.contains("${") {
            return text.to_owned();
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let Some(end) = from.find('}') else {
                rest = from;
                break;
            };
            let (name, behind) = from.split_at(end + 1);
            match self.constants.get(name.trim_start_matches("${").trim_end_matches('}')) {
                // A constant that names itself would grow without end, and so would a long one that is named often.
                Some(value) if out.len() + value.len() <= FILLED_MAX && self.filled.get() + value.len() <= ALL_FILLED_MAX => {
                    self.filled.set(self.filled.get() + value.len());
                    out.push_str(value);
                }
                Some(_) => {
                    self.is_overfull.set(true);
                    out.push_str(name);
                }
                None => out.push_str(name),
            }
            rest = behind;
        }
        out.push_str(rest);
        out
    }
}

/// A path relative to the folder of a file; parts that lead up are followed as far as the set goes.
fn joined(file: &str, path: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// How a file that is missing can be had.
fn way_to(path: &str) -> &'static str {
    if path.contains("://") {
        "save it beside the workspace and name it there: an import asks no network"
    } else {
        "import the folder that holds it"
    }
}

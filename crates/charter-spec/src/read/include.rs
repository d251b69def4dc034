//! Parts of a charter in other files: found, loaded once, and merged section by section.

use super::names::resolve_path;
use super::{Reader, text::short};
use crate::diagnostic::{Code, Diagnostic};
use crate::names::FileKind;
use crate::source::{FileId, Span};
use crate::yaml::{Budget, Key, Node, NodeKind, load};

/// Most files of one charter.
const FILES_MAX: usize = 256;
/// Keys that only the root document may have.
const HEAD: &[&str] = &["system", "title", "owner", "currency"];

/// The tree of a charter with its parts merged in.
pub(crate) struct Whole {
    pub(crate) root: Option<Node>,
    pub(crate) truncated: bool,
}

pub(crate) struct Includer<'r, 'f> {
    reader: &'r mut Reader<'f>,
    budget: Budget,
    /// Files on the way from the root to here, with the place that named each.
    path: Vec<(FileId, Span)>,
    loaded: Vec<FileId>,
    truncated: bool,
}

impl<'r, 'f> Includer<'r, 'f> {
    pub(crate) fn new(reader: &'r mut Reader<'f>) -> Self {
        Self { reader, budget: Budget::default(), path: Vec::new(), loaded: Vec::new(), truncated: false }
    }

    /// Loads a file and everything that it includes.
    pub(crate) fn whole(mut self, root: FileId) -> Whole {
        let root = self.file(root, Span::new(root, 0, 0));
        Whole { root, truncated: self.truncated }
    }

    fn file(&mut self, file: FileId, named: Span) -> Option<Node> {
        self.loaded.push(file);
        let loaded = load(self.reader.files, file, &mut self.budget, &mut self.reader.diagnostics);
        self.truncated |= loaded.truncated;
        let mut root = loaded.root?;
        let NodeKind::Mapping(pairs) = &mut root.kind else { return Some(root) };
        let parts = pairs.iter().find(|(key, _)| &*key.text == "include").map(|(_, node)| included_paths(node)).unwrap_or_default();
        self.path.push((file, named));
        for (path, span) in parts {
            if let Some(part) = self.part(&path, span) {
                self.merge(pairs, part);
            }
        }
        self.path.pop();
        Some(root)
    }

    fn part(&mut self, written: &str, span: Span) -> Option<Node> {
        let path = match resolve_path(written, span, self.reader.files) {
            Ok(path) => path,
            // For the root the path is read again as a typed value, which reports it.
            Err(_) if self.path.len() == 1 => return None,
            Err(problem) => {
                self.reader.report(Diagnostic::reading(Code::Path, span, format!("`{}` {problem}", short(written))));
                return None;
            }
        };
        if self.path.len() > 1 {
            self.reader.name_file(path.clone(), span, FileKind::Include);
        }
        let Some(file) = self.reader.files.find(&path) else {
            let near =
                crate::names::nearest(&path, self.reader.files.paths().filter(|known| known.ends_with(".yaml") || known.ends_with(".yml")));
            let help = near.map_or_else(
                || "check the path; it is relative to the file that names it".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.reader.report(Diagnostic::reading(Code::Include, span, format!("the file `{path}` is not there")).help(help));
            return None;
        };
        if let Some(first) = self.path.iter().position(|(known, _)| *known == file) {
            let mut diagnostic = Diagnostic::reading(Code::Include, span, format!("`{path}` includes itself"));
            for (_, named) in self.path.iter().skip(first + 1) {
                diagnostic = diagnostic.at(*named, "by way of this");
            }
            self.reader.report(diagnostic.help("remove one of these includes"));
            return None;
        }
        if self.loaded.contains(&file) {
            // Two parts may need the same third one; it is merged once.
            return None;
        }
        if self.loaded.len() >= FILES_MAX {
            self.reader.report(Diagnostic::reading(Code::Limit, span, format!("a charter has at most {FILES_MAX} files")));
            return None;
        }
        self.file(file, span)
    }

    /// Merges a part into the pairs of the document that includes it: sections of entries grow, everything else is written once.
    fn merge(&mut self, pairs: &mut Vec<(Key, Node)>, part: Node) {
        let span = part.span;
        let NodeKind::Mapping(part) = part.kind else {
            self.reader.report(Diagnostic::reading(Code::Document, span, "a part of a charter is a mapping of sections"));
            return;
        };
        for (key, node) in part {
            if matches!(&*key.text, "include" | "charter") {
                continue;
            }
            if HEAD.contains(&&*key.text) {
                self.reader.report(
                    Diagnostic::reading(Code::Include, key.span, format!("`{}` stands in the root document only", key.text))
                        .help("remove it here"),
                );
                continue;
            }
            match pairs.iter().position(|(known, _)| known.text == key.text) {
                None => pairs.push((key, node)),
                Some(at) => {
                    if let Some((known, existing)) = pairs.get_mut(at) {
                        merge_section(known, existing, key, node, self.reader);
                    }
                }
            }
        }
    }
}

fn merge_section(known: &Key, existing: &mut Node, key: Key, node: Node, reader: &mut Reader<'_>) {
    let (NodeKind::Mapping(existing), NodeKind::Mapping(new)) = (&mut existing.kind, node.kind) else {
        reader.report(duplicate(&key, known.span));
        return;
    };
    let mut places: std::collections::HashMap<Box<str>, Span> = existing.iter().map(|(key, _)| (key.text.clone(), key.span)).collect();
    for (key, node) in new {
        match places.get(&key.text) {
            Some(first) => reader.report(duplicate(&key, *first)),
            None => {
                places.insert(key.text.clone(), key.span);
                existing.push((key, node));
            }
        }
    }
}

fn duplicate(key: &Key, first: Span) -> Diagnostic {
    Diagnostic::reading(Code::Duplicate, key.span, format!("`{}` is written twice", key.text))
        .at(first, "it is first written here")
        .help("remove one of them, or give it another name")
}

fn included_paths(node: &Node) -> Vec<(String, Span)> {
    let path = |node: &Node| node.scalar().map(|scalar| (scalar.text.to_string(), node.span));
    match &node.kind {
        NodeKind::Sequence(items) => items.iter().filter_map(path).collect(),
        _ => path(node).into_iter().collect(),
    }
}

//! References to files beside the charter, which the caller loads.

use std::fmt;
use std::marker::PhantomData;

use crate::source::Spanned;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $name:ident = $word:literal,)*) => {
        /// What a referenced file holds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum FileKind { $($(#[doc = $doc])* $name,)* }

        impl FileKind {
            /// The word for it.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }

        $(
            $(#[doc = $doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
            pub struct $name;

            impl Artifact for $name {
                const KIND: FileKind = FileKind::$name;
            }
        )*
    };
}

/// The kind of a file as a type, so that a contract cannot stand where a model is meant.
pub trait Artifact: Copy + Default + fmt::Debug + 'static {
    /// The kind as a value.
    const KIND: FileKind;
}

kinds! {
    /// A part of the charter.
    Include = "part of the charter",
    /// A data or interface contract.
    Contract = "contract",
    /// A model file.
    Model = "model",
    /// A lookup table or a list.
    Table = "table",
    /// A model card.
    Card = "model card",
    /// A decision record.
    Record = "decision record",
    /// A Structurizr workspace, or a part of one.
    Workspace = "workspace",
    /// Evidence for a control or a phase.
    Evidence = "evidence",
    /// Rows to replay and to evaluate on.
    Samples = "samples",
    /// An access policy.
    Policy = "policy",
    /// A query, a prompt or a step of a pipeline.
    Program = "program",
    /// A key or certificate; its content is never part of a plan.
    Secret = "secret",
}

/// A path to a file of kind `K`, relative to the folder of the root document, checked to stay inside it.
pub struct FileRef<K: Artifact> {
    /// The path from the root document's folder, with `/`, without `.` or `..` parts.
    pub path: Box<str>,
    pub(crate) kind: PhantomData<K>,
}

impl<K: Artifact> FileRef<K> {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.path
    }
}

impl<K: Artifact> Clone for FileRef<K> {
    fn clone(&self) -> Self {
        Self { path: self.path.clone(), kind: PhantomData }
    }
}

impl<K: Artifact> PartialEq for FileRef<K> {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl<K: Artifact> fmt::Debug for FileRef<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FileRef({})", self.path)
    }
}

/// A file that the document names, for the caller to load.
#[derive(Clone, Debug, PartialEq)]
pub struct FileReference {
    /// The path from the root document's folder, and where it is written.
    pub path: Spanned<String>,
    /// What it holds.
    pub kind: FileKind,
}

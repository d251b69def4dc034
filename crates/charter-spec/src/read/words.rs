//! The one definition of a closed set of words.

use serde_json::Value as Json;

use super::context::suggestion;
use super::{Reader, Schemas, describe, words_schema};
use crate::diagnostic::{Code, Diagnostic};
use crate::names::{nearest, only_nearest};
use crate::yaml::{Node, Trap, trap};

/// A word of a closed set.
pub(crate) trait Word: Copy + 'static {
    /// The name of the type, which is the name of its schema.
    const NAME: &'static str;
    /// What it is.
    const DOC: &'static [&'static str];
    /// The words with their documentation.
    const WORDS: &'static [(&'static str, &'static [&'static str])];

    /// The value of a word.
    fn from_word(word: &str) -> Option<Self>;
}

/// Reads a word.
pub(crate) fn read_word<W: Word>(node: &Node, reader: &mut Reader<'_>) -> Option<W> {
    let known: Vec<&'static str> = W::WORDS.iter().map(|(word, _)| *word).collect();
    let Some(scalar) = node.scalar() else {
        let one_of = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        reader.wrong_shape(node, &format!("one of {one_of}"));
        return None;
    };
    if let Some(value) = W::from_word(&scalar.text) {
        return Some(value);
    }
    if scalar.is_plain() && crate::yaml::is_null(&scalar.text) {
        reader.empty(node);
        return None;
    }
    if scalar.is_plain() && matches!(trap(&scalar.text), Some(Trap::Truth(_))) {
        super::text::report_trap(node, super::text::Expected::Other, reader);
        return None;
    }
    reader.report_with(|_| {
        let all = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let help = suggestion(&scalar.text, &known).unwrap_or_else(|| format!("known here: {all}"));
        let message = format!("`{}` is not a word that is known here", super::text::short(&scalar.text));
        Diagnostic::reading(Code::Word, node.span, message)
            .help(help)
            .meant(node.span, only_nearest(&scalar.text, known.iter().copied()))
            .or_offer(node.span, nearest(&scalar.text, known.iter().copied()))
    });
    None
}

/// The JSON Schema of a word.
pub(crate) fn word_schema<W: Word>(schemas: &mut Schemas) -> Json {
    schemas.define(W::NAME, |_| {
        let words: Vec<&str> = W::WORDS.iter().map(|(word, _)| *word).collect();
        let docs: Vec<String> = W::WORDS.iter().map(|(_, doc)| super::section::doc_text(doc)).collect();
        let words: Vec<(&str, &str)> = words.into_iter().zip(docs.iter().map(String::as_str)).collect();
        describe(words_schema(&words), &super::section::doc_text(W::DOC))
    })
}

/// Defines an enum whose values are words of the language.
macro_rules! words {
    (
        $(#[doc = $doc:literal])*
        pub enum $name:ident {
            $(
                $(#[doc = $word_doc:literal])*
                $variant:ident = $word:literal,
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $(
                $(#[doc = $word_doc])*
                $variant,
            )*
        }

        impl $name {
            /// Every value in the order of the reference.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word in the charter.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.word())
            }
        }

        impl $crate::read::Word for $name {
            const NAME: &'static str = stringify!($name);
            const DOC: &'static [&'static str] = &[$($doc),*];
            const WORDS: &'static [(&'static str, &'static [&'static str])] = &[$(($word, &[$($word_doc),*]),)*];

            fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }

        impl $crate::read::Value for $name {
            fn read(node: &$crate::yaml::Node, reader: &mut $crate::read::Reader<'_>) -> Option<Self> {
                $crate::read::read_word(node, reader)
            }

            fn schema(schemas: &mut $crate::read::Schemas) -> serde_json::Value {
                $crate::read::word_schema::<Self>(schemas)
            }
        }
    };
}

//! What the keys of a section hold: one value, a list, or named entries in document order.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::ops::Deref;

use super::{Id, Target};
use crate::source::{Span, Spanned};

/// The value of a key, or a hole: not written, or written so that it could not be read (then there is a diagnostic).
pub type Field<T> = Option<Spanned<T>>;

/// The values of a key that takes one value or a list. Empty when the key is not written.
#[derive(Clone, Debug)]
pub struct List<T> {
    items: Vec<Spanned<T>>,
    span: Option<Span>,
}

impl<T> List<T> {
    pub(crate) fn new(items: Vec<Spanned<T>>, span: Span) -> Self {
        Self { items, span: Some(span) }
    }

    /// Where the list is written; `None` when the key is absent, so that `[]` and absence differ.
    pub fn span(&self) -> Option<Span> {
        self.span
    }

    /// Whether the key is written at all.
    pub fn is_written(&self) -> bool {
        self.span.is_some()
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: Vec::new(), span: None }
    }
}

impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl<T> Deref for List<T> {
    type Target = [Spanned<T>];

    fn deref(&self) -> &[Spanned<T>] {
        &self.items
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a Spanned<T>;
    type IntoIter = std::slice::Iter<'a, Spanned<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

/// A named element: its id with the key's place, its value with the value's place.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<T> {
    /// The id, at the key.
    pub id: Spanned<Id>,
    /// The value, at the value.
    pub value: Spanned<T>,
}

impl<T> Deref for Entry<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value.value
    }
}

/// Named elements in document order. Empty when the section is not written.
#[derive(Clone, Debug)]
pub struct Entries<T> {
    entries: Vec<Entry<T>>,
    by_id: HashMap<Id, usize>,
    span: Option<Span>,
}

impl<T> Entries<T> {
    pub(crate) fn written(&mut self, span: Span) {
        self.span.get_or_insert(span);
    }

    /// Adds an element; gives back the place of the first one when the id is taken, which stays.
    pub(crate) fn insert(&mut self, id: Spanned<Id>, value: Spanned<T>) -> Result<(), Span> {
        if let Some(first) = self.get_entry(&id.value) {
            return Err(first.id.span);
        }
        self.by_id.insert(id.value.clone(), self.entries.len());
        self.entries.push(Entry { id, value });
        Ok(())
    }

    /// The element under an id.
    pub fn get(&self, id: &str) -> Option<&T> {
        self.get_entry(id).map(|entry| &entry.value.value)
    }

    /// The element under an id, with its places.
    pub fn get_entry(&self, id: &str) -> Option<&Entry<T>> {
        self.by_id.get(id).and_then(|at| self.entries.get(*at))
    }

    /// Whether the id is declared.
    pub fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// The position of an id in document order.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Elements in document order.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry<T>> {
        self.entries.iter()
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Where the section's value is written; `None` when the section is absent.
    pub fn span(&self) -> Option<Span> {
        self.span
    }

    /// Whether the section is written at all.
    pub fn is_written(&self) -> bool {
        self.span.is_some()
    }
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), by_id: HashMap::new(), span: None }
    }
}

impl<T: PartialEq> PartialEq for Entries<T> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<'a, T> IntoIterator for &'a Entries<T> {
    type Item = &'a Entry<T>;
    type IntoIter = std::slice::Iter<'a, Entry<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

/// Entries whose ids are declared elsewhere: the key of each is a reference to a `K`. Reads like [`Entries`].
#[derive(Clone, Debug)]
pub struct Extensions<K: Target, T> {
    pub(crate) entries: Entries<T>,
    pub(crate) target: PhantomData<K>,
}

impl<K: Target, T> Default for Extensions<K, T> {
    fn default() -> Self {
        Self { entries: Entries::default(), target: PhantomData }
    }
}

impl<K: Target, T: PartialEq> PartialEq for Extensions<K, T> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<K: Target, T> Deref for Extensions<K, T> {
    type Target = Entries<T>;

    fn deref(&self) -> &Entries<T> {
        &self.entries
    }
}

impl<'a, K: Target, T> IntoIterator for &'a Extensions<K, T> {
    type Item = &'a Entry<T>;
    type IntoIter = std::slice::Iter<'a, Entry<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

/// Entries that may also be written as a list of bare names: `[a, b]` or `{ a: …, b: … }`. Reads like [`Entries`].
#[derive(Clone, Debug)]
pub struct Named<T> {
    pub(crate) entries: Entries<T>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { entries: Entries::default() }
    }
}

impl<T: PartialEq> PartialEq for Named<T> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<T> Deref for Named<T> {
    type Target = Entries<T>;

    fn deref(&self) -> &Entries<T> {
        &self.entries
    }
}

impl<'a, T> IntoIterator for &'a Named<T> {
    type Item = &'a Entry<T>;
    type IntoIter = std::slice::Iter<'a, Entry<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

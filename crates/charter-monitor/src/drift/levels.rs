//! Where a text falls: the reference's thousand most frequent levels, the rest of them together, and what it never had.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Levels that are told apart.
pub const LEVELS_MAX: usize = 1_000;

/// The levels of a reference. The cells are these, then "other levels of the reference", then "levels it never had".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Levels {
    names: Vec<String>,
    cells: HashMap<String, u16, BuildHasherDefault<Folded>>,
}

impl Levels {
    /// The most frequent levels of `(level, count)`; equal counts in the order of the names, so that equal references give equal levels.
    pub fn of_counts<'a>(counts: impl IntoIterator<Item = (&'a str, u64)>) -> Self {
        let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        counts.iter().take(LEVELS_MAX).map(|(name, _)| (*name).to_owned()).collect::<Vec<String>>().into()
    }

    /// The cell of a level; of a stranger, the last but one or the last, as the reference is known wholly or not.
    #[inline]
    pub fn locate(&self, level: &str, whole: bool) -> usize {
        match self.cells.get(level) {
            Some(&cell) => usize::from(cell),
            None if whole => self.names.len() + 1,
            None => self.names.len(),
        }
    }

    /// How many cells there are, the two for others included.
    pub fn len(&self) -> usize {
        self.names.len() + 2
    }

    /// Never: there are always the two cells for others.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The levels, most frequent first.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

impl From<Vec<String>> for Levels {
    fn from(mut names: Vec<String>) -> Self {
        names.truncate(LEVELS_MAX);
        let cells = names.iter().enumerate().map(|(at, name)| (name.clone(), at as u16)).collect();
        Self { names, cells }
    }
}

impl From<Levels> for Vec<String> {
    fn from(levels: Levels) -> Self {
        levels.names
    }
}

/// A multiplicative hash over eight bytes at a time: the same in every process. The table is fixed by the reference, so that no caller can fill it.
#[derive(Clone, Debug)]
pub(super) struct Folded(u64);

impl Default for Folded {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0 ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            self.0 ^= self.0 >> 29;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_the_most_frequent_and_strangers_are_known() {
        let names: Vec<String> = (0..1_200).map(|at| format!("level-{at:04}")).collect();
        let levels = Levels::of_counts(names.iter().enumerate().map(|(at, name)| (name.as_str(), 2_000 - at as u64)));
        assert_eq!((levels.len(), levels.names()[0].as_str()), (1_002, "level-0000"));
        assert_eq!((levels.locate("level-0007", false), levels.locate("level-1100", false)), (7, 1_000));
        let few = Levels::of_counts([("b", 3), ("a", 3), ("c", 9)]);
        assert_eq!(few.names(), ["c", "a", "b"]);
        assert_eq!((few.locate("a", true), few.locate("z", true)), (1, 4));
        let restored: Levels = serde_json::from_str(&serde_json::to_string(&few).unwrap()).unwrap();
        assert_eq!(restored, few);
    }
}

//! A column of a table, borrowed.

use super::reference::LevelReference;

/// The values of one column.
#[derive(Clone, Copy, Debug)]
pub enum Column<'a> {
    /// Numbers; NaN is a missing one.
    Numbers(&'a [f64]),
    /// Texts, or nothing.
    Texts(&'a [Option<&'a str>]),
    /// Texts by their place in a dictionary; a place beyond it is a missing one.
    Codes {
        /// A place for each row.
        codes: &'a [u32],
        /// The dictionary.
        levels: &'a [&'a str],
    },
}

impl Column<'_> {
    /// The number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Texts(texts) => texts.len(),
            Self::Codes { codes, .. } => codes.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls with the cell of each row, `None` for missing ones; nothing for numbers.
    pub(super) fn each_level(&self, reference: &LevelReference, mut call: impl FnMut(Option<usize>)) {
        let locate = |text: &str| reference.levels.locate(text, reference.is_whole());
        match self {
            Self::Numbers(_) => {}
            Self::Texts(texts) => texts.iter().for_each(|text| call(text.map(locate))),
            Self::Codes { codes, levels } => {
                // Each level of the dictionary is looked up once.
                let cells: Vec<usize> = levels.iter().map(|level| locate(level)).collect();
                codes.iter().for_each(|&code| call(cells.get(code as usize).copied()));
            }
        }
    }
}

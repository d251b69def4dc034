//! What a route answered for each row.

/// One output for a run of rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Answers {
    /// `width` numbers a row; truth values are 0 and 1.
    Numbers {
        /// Numbers a row, at least 1.
        width: usize,
        /// Row after row.
        values: Vec<f64>,
    },
    /// One text a row.
    Texts(Vec<String>),
}

impl Answers {
    /// Rows answered.
    pub fn rows(&self) -> usize {
        match self {
            Self::Numbers { width, values } => values.len() / (*width).max(1),
            Self::Texts(texts) => texts.len(),
        }
    }
}

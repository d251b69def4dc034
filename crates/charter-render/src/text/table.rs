//! Columns that line up, whatever is coloured.

/// A cell: its text, how wide it looks, and whether it stands at the right.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    shown: String,
    width: usize,
    right: bool,
}

impl Cell {
    pub(super) fn new(text: impl Into<String>) -> Self {
        let shown = text.into();
        Self { width: shown.chars().count(), shown, right: false }
    }

    /// A number: columns of them are read from the right.
    pub(super) fn right(text: impl Into<String>) -> Self {
        Self { right: true, ..Self::new(text) }
    }

    /// The same text, coloured: marks take no room.
    pub(super) fn painted(mut self, paint: impl Fn(&str) -> String) -> Self {
        self.shown = paint(&self.shown);
        self
    }
}

/// Lines of cells, two blanks between columns, without blanks at the end.
pub(super) fn lines(rows: &[Vec<Cell>], indent: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = " ".repeat(indent);
        for (column, cell) in row.iter().enumerate() {
            let gap = " ".repeat(widths.get(column).copied().unwrap_or(0).saturating_sub(cell.width));
            if cell.right {
                line.push_str(&gap);
                line.push_str(&cell.shown);
            } else {
                line.push_str(&cell.shown);
                line.push_str(&gap);
            }
            line.push_str("  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

//! Held-out rows: a CSV file read into columns, and requests of the Open Inference Protocol made from them.
//!
//! What is measured with them does not belong here.

mod csv;
mod request;

pub use request::{RequestError, request_body};

use std::path::Path;

use thiserror::Error;

/// Largest file that is read.
const BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Most rows of a file.
const ROWS_MAX: usize = 1_000_000;
/// Most columns of a file.
const COLUMNS_MAX: usize = 4_096;

/// Why a sample file cannot be used. Lines and columns count from 1.
#[derive(Debug, Error)]
pub enum SampleError {
    /// The file cannot be read.
    #[error("samples `{path}` cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is larger than what is read.
    #[error("the samples break a limit: {0}")]
    TooLarge(String),
    /// It is no CSV.
    #[error("line {line} of the samples: {reason}")]
    Malformed {
        /// The line where the record starts.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A column that is asked for is not there.
    #[error("the samples have no column `{name}`; they have {known}")]
    NoColumn {
        /// The column.
        name: String,
        /// What there is.
        known: String,
    },
    /// A cell is not what the column is read as.
    #[error("row {row} of the samples: `{cell}` in column `{column}` is not {expected}")]
    Cell {
        /// Data row.
        row: usize,
        /// Column name.
        column: String,
        /// The cell.
        cell: String,
        /// What was expected.
        expected: &'static str,
    },
}

/// Rows with named columns of text; typed when a column is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    names: Vec<String>,
    columns: Vec<Vec<String>>,
    rows: usize,
}

impl Samples {
    /// Reads a file of at most 256 MiB.
    pub fn read(path: &Path) -> Result<Self, SampleError> {
        let unreadable = |source| SampleError::Unreadable { path: path.display().to_string(), source };
        let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
        if bytes > BYTES_MAX {
            return Err(SampleError::TooLarge(format!("{bytes} bytes, where at most {BYTES_MAX} are read")));
        }
        Self::parse(&std::fs::read_to_string(path).map_err(unreadable)?)
    }

    /// Reads CSV (RFC 4180) with a header line: quotes, doubled quotes, line ends inside quotes, CRLF, a byte order mark.
    /// Every record has as many cells as the header; names are unique and not empty.
    pub fn parse(text: &str) -> Result<Self, SampleError> {
        let mut records = csv::Records::new(text.strip_prefix('\u{feff}').unwrap_or(text));
        let malformed = |line, reason: String| SampleError::Malformed { line, reason };
        let names = match records.next() {
            Some(record) => record.map_err(|fault| malformed(fault.line, fault.reason.into()))?.cells,
            None => return Err(malformed(1, "a header line is missing".into())),
        };
        if names.len() > COLUMNS_MAX {
            return Err(SampleError::TooLarge(format!("{} columns, where at most {COLUMNS_MAX} are read", names.len())));
        }
        let repeated = names.iter().enumerate().find(|(at, name)| name.is_empty() || names.iter().take(*at).any(|other| other == *name));
        if let Some((_, name)) = repeated {
            return Err(malformed(1, format!("column `{name}` has no name or one that stands twice")));
        }
        let mut columns = vec![Vec::new(); names.len()];
        let mut rows = 0;
        for record in records {
            let record = record.map_err(|fault| malformed(fault.line, fault.reason.into()))?;
            if record.cells.len() != names.len() {
                return Err(malformed(record.line, format!("{} cells under {} columns", record.cells.len(), names.len())));
            }
            rows += 1;
            if rows > ROWS_MAX {
                return Err(SampleError::TooLarge(format!("more than {ROWS_MAX} rows")));
            }
            columns.iter_mut().zip(record.cells).for_each(|(column, cell)| column.push(cell));
        }
        Ok(Self { names, columns, rows })
    }

    /// Data rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Column names in the file's order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The column of a name, written with `-` or `_` alike, since ids have the one and columns the other.
    pub fn column_like(&self, name: &str) -> Option<&str> {
        let plain = name.replace('-', "_");
        self.names.iter().find(|known| known.as_str() == name || known.replace('-', "_") == plain).map(String::as_str)
    }

    /// The cells of a column as they stand.
    pub fn texts(&self, name: &str) -> Result<&[String], SampleError> {
        let column = self.names.iter().position(|known| known == name).and_then(|at| self.columns.get(at));
        column.map(Vec::as_slice).ok_or_else(|| SampleError::NoColumn { name: name.into(), known: self.names.join(", ") })
    }

    /// A column of numbers; an empty cell is a missing number, NaN.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, SampleError> {
        self.typed(name, "a number", |cell| if cell.is_empty() { Some(f64::NAN) } else { cell.parse().ok() })
    }

    /// A column of lists of numbers, separated by spaces; an empty cell is the empty list.
    pub fn lists(&self, name: &str) -> Result<Vec<Vec<f64>>, SampleError> {
        self.typed(name, "a list of numbers separated by spaces", |cell| {
            cell.split_ascii_whitespace().map(|item| item.parse().ok()).collect()
        })
    }

    fn typed<T>(&self, name: &str, expected: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, SampleError> {
        let wrong = |row: usize, cell: &str| SampleError::Cell { row: row + 1, column: name.into(), cell: cell.into(), expected };
        self.texts(name)?.iter().enumerate().map(|(row, cell)| read(cell).ok_or_else(|| wrong(row, cell))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_are_typed_when_asked_for() {
        let samples = Samples::parse("\u{feff}amount,home,basket\r\n12.5,\"rent, \"\"big\"\"\",1 2 3\r\n,own\n,").unwrap_err();
        assert_eq!(samples.to_string(), "line 3 of the samples: 2 cells under 3 columns");
        let samples = Samples::parse("amount,home_group,basket\r\n12.5,\"rent, \"\"big\"\"\",1 2 3\r\n,\"two\nlines\",\n").unwrap();
        assert_eq!(samples.rows(), 2);
        let amounts = samples.numbers("amount").unwrap();
        assert!(amounts[0] == 12.5 && amounts[1].is_nan());
        assert_eq!(samples.texts("home_group").unwrap(), ["rent, \"big\"", "two\nlines"]);
        assert_eq!(samples.lists("basket").unwrap(), [vec![1.0, 2.0, 3.0], vec![]]);
        assert_eq!(samples.column_like("home-group"), Some("home_group"));
    }

    #[test]
    fn what_cannot_be_used_names_the_place() {
        let message = |text: &str| Samples::parse(text).unwrap_err().to_string();
        assert_eq!(message(""), "line 1 of the samples: a header line is missing");
        assert_eq!(message("a,a\n"), "line 1 of the samples: column `a` has no name or one that stands twice");
        assert_eq!(message("a\n1\n\"x"), "line 3 of the samples: a quoted cell does not end");
        assert_eq!(message("a\n\"x\"y\n"), "line 2 of the samples: text follows a closing quote");
        let samples = Samples::parse("a\n1\nx\n").unwrap();
        assert_eq!(samples.numbers("a").unwrap_err().to_string(), "row 2 of the samples: `x` in column `a` is not a number");
        assert_eq!(samples.texts("b").unwrap_err().to_string(), "the samples have no column `b`; they have a");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(cells in prop::collection::vec(prop::collection::vec("[a-z,\"\r\n ]{0,6}", 3), 0..6)) {
            let quote = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let mut text = String::from("a,b,c\n");
            for row in &cells {
                text.push_str(&row.iter().map(quote).collect::<Vec<_>>().join(","));
                text.push_str("\r\n");
            }
            let samples = Samples::parse(&text).unwrap();
            prop_assert_eq!(samples.rows(), cells.len());
            for (at, name) in ["a", "b", "c"].iter().enumerate() {
                let column: Vec<String> = cells.iter().map(|row| row[at].clone()).collect();
                prop_assert_eq!(samples.texts(name).unwrap(), &column[..]);
            }
        }

        #[test]
        fn noise_never_panics(text in "[a,\"\n\r]{0,60}") {
            let _ = Samples::parse(&text);
        }
    }
}

//! Lines and columns in the units that client and server agreed on.

use serde_json::{Value, json};

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// Code units of UTF-16: what every client knows.
    #[default]
    Utf16,
}

impl Encoding {
    /// The first one of the client's that is known; UTF-16 where it names none.
    pub(crate) fn negotiate(offered: &Value) -> Self {
        let known = |name: &Value| match name.as_str()? {
            "utf-8" => Some(Self::Utf8),
            "utf-16" => Some(Self::Utf16),
            _ => None,
        };
        // UTF-8 costs nothing here, so it is taken wherever it stands in the list.
        let mut offered: Vec<Self> = offered.as_array().into_iter().flatten().filter_map(known).collect();
        offered.sort_by_key(|encoding| *encoding != Self::Utf8);
        offered.first().copied().unwrap_or_default()
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
        }
    }
}

/// A line and a column, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let number = |key: &str| value[key].as_u64().and_then(|number| usize::try_from(number).ok());
        Some(Self { line: number("line")?, column: number("character")? })
    }

    pub(crate) fn to_json(self) -> Value {
        json!({ "line": self.line, "character": self.column })
    }
}

/// From a place up to another, which is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) start: Place,
    pub(crate) end: Place,
}

impl Stretch {
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Some(Self { start: Place::of(&value["start"])?, end: Place::of(&value["end"])? })
    }

    pub(crate) fn to_json(self) -> Value {
        json!({ "start": self.start.to_json(), "end": self.end.to_json() })
    }
}

/// Where each line of a text starts. A line ends with `\n`, `\r\n` or `\r`, as the protocol says.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    starts: Vec<usize>,
    encoding: Encoding,
    /// The column of about every [`MARK_BYTES`]th byte of a long line, so that no question reads the whole of it.
    marks: Vec<Mark>,
}

/// A character of a long line, and the column that it stands at.
#[derive(Clone, Copy, Debug)]
struct Mark {
    offset: usize,
    column: usize,
}

/// Bytes between two marks.
const MARK_BYTES: usize = 1024;

impl Lines {
    pub(crate) fn of(text: &str, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts: Vec<usize> = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        let mut lines = Self { starts, encoding, marks: Vec::new() };
        lines.mark(text);
        lines
    }

    /// Marks the lines that are longer than the stretch between two marks.
    fn mark(&mut self, text: &str) {
        let mut marks = Vec::new();
        for line in 0..self.starts.len() {
            let (start, end) = self.line(text, line);
            if end - start <= MARK_BYTES {
                continue;
            }
            let (mut column, mut next) = (0, start + MARK_BYTES);
            for (at, character) in text.get(start..end).unwrap_or("").char_indices() {
                if start + at >= next {
                    marks.push(Mark { offset: start + at, column });
                    next = start + at + MARK_BYTES;
                }
                column += self.width(character);
            }
        }
        self.marks = marks;
    }

    /// The last mark of a line for which `is_before` holds, else the line's start.
    fn mark_before(&self, start: usize, end: usize, is_before: impl Fn(&Mark) -> bool) -> Mark {
        let first = self.marks.partition_point(|mark| mark.offset < start);
        let last = self.marks.partition_point(|mark| mark.offset <= end);
        let own = self.marks.get(first..last).unwrap_or(&[]);
        let at = own.partition_point(is_before);
        at.checked_sub(1).and_then(|at| own.get(at)).copied().unwrap_or(Mark { offset: start, column: 0 })
    }

    /// The bytes of a line without its end.
    fn line(&self, text: &str, line: usize) -> (usize, usize) {
        let start = self.starts.get(line).copied().unwrap_or(text.len());
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let written = text.get(start..end).unwrap_or("");
        (start, start + written.trim_end_matches(['\n', '\r']).len())
    }

    /// The byte at a place; a column beyond its line is the end of the line, a line beyond the text its end.
    pub(crate) fn offset(&self, text: &str, place: Place) -> usize {
        if place.line >= self.starts.len() {
            return text.len();
        }
        let (start, end) = self.line(text, place.line);
        let from = self.mark_before(start, end, |mark| mark.column <= place.column);
        let written = text.get(from.offset..end).unwrap_or("");
        let mut left = place.column - from.column;
        for (at, character) in written.char_indices() {
            let width = self.width(character);
            // A place within a character is its start: the client cannot mean half of one.
            if left < width {
                return from.offset + at;
            }
            left -= width;
        }
        end
    }

    /// The place of a byte; one within a character counts as its start.
    pub(crate) fn place(&self, text: &str, offset: usize) -> Place {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let mut end = offset;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let from = self.mark_before(start, end, |mark| mark.offset <= end);
        let before = text.get(from.offset..end).unwrap_or("");
        Place { line, column: from.column + before.chars().map(|character| self.width(character)).sum::<usize>() }
    }

    pub(crate) fn stretch(&self, text: &str, start: usize, end: usize) -> Stretch {
        Stretch { start: self.place(text, start), end: self.place(text, end) }
    }

    fn width(&self, character: char) -> usize {
        match self.encoding {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_count_what_was_agreed_on() {
        let text = "a: \"ä😀b\"\r\nc: 1\rd: 2\n";
        let at = text.find('b').unwrap();
        for (encoding, column) in [(Encoding::Utf16, 7), (Encoding::Utf8, 10)] {
            let lines = Lines::of(text, encoding);
            assert_eq!(lines.place(text, at), Place { line: 0, column });
            assert_eq!(lines.offset(text, Place { line: 0, column }), at);
            assert_eq!(lines.place(text, text.find('d').unwrap()), Place { line: 2, column: 0 });
            assert_eq!(lines.offset(text, Place { line: 0, column: 999 }), text.find('\r').unwrap());
            assert_eq!(lines.offset(text, Place { line: 99, column: 0 }), text.len());
        }
        // Half of the emoji is its start.
        assert_eq!(Lines::of(text, Encoding::Utf16).offset(text, Place { line: 0, column: 6 }), text.find('😀').unwrap());
    }

    #[test]
    fn the_client_may_offer_anything() {
        assert_eq!(Encoding::negotiate(&json!(["utf-32", "utf-16", "utf-8"])), Encoding::Utf8);
        assert_eq!(Encoding::negotiate(&json!(["utf-32"])), Encoding::Utf16);
        assert_eq!(Encoding::negotiate(&Value::Null), Encoding::Utf16);
    }

    #[test]
    fn a_long_line_is_marked_and_counts_the_same() {
        let text = format!("a: 1\nb: {}\nc: {}\n", "ä😀x".repeat(2000), "y".repeat(5000));
        for (encoding, wide) in [(Encoding::Utf16, false), (Encoding::Utf8, true)] {
            let lines = Lines::of(&text, encoding);
            assert!(lines.marks.len() > 10, "long lines are marked");
            let width = |character: char| if wide { character.len_utf8() } else { character.len_utf16() };
            for (at, _) in text.char_indices().step_by(97) {
                let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
                let place = Place { line: text[..at].matches('\n').count(), column: text[start..at].chars().map(width).sum() };
                assert_eq!((lines.place(&text, at), lines.offset(&text, place)), (place, at));
            }
        }
    }

    proptest! {
        #[test]
        fn a_place_leads_back_to_its_byte(text in "[a-cä😀\r\n ]{0,40}", at in 0_usize..60, wide in any::<bool>()) {
            let lines = Lines::of(&text, if wide { Encoding::Utf16 } else { Encoding::Utf8 });
            let mut at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let back = lines.offset(&text, lines.place(&text, at));
            // Between `\r` and `\n` there is no place of its own.
            prop_assert!(back == at || (text.as_bytes().get(at) == Some(&b'\n') && back + 1 == at));
        }
    }
}

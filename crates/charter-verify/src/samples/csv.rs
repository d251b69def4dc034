//! Records of comma-separated values, RFC 4180. A dependency would bring more than these lines.

/// One record and the line it starts on, counted from 1.
pub(super) struct Record {
    pub(super) line: usize,
    pub(super) cells: Vec<String>,
}

/// Why a record cannot be read.
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) reason: &'static str,
}

/// Iterates over the records of a text; an empty last line is none.
pub(super) struct Records<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, line: 1 }
    }

    /// The next cell, and whether the record ends after it.
    fn cell(&mut self) -> Result<(String, bool), &'static str> {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            return self.quoted(quoted);
        }
        let end = self.rest.find([',', '\n']).unwrap_or(self.rest.len());
        let (cell, rest) = self.rest.split_at(end);
        self.rest = rest;
        let ends = self.separator();
        let cell = if ends { cell.strip_suffix('\r').unwrap_or(cell) } else { cell };
        if cell.contains('"') { Err("a quote inside a cell that is not quoted") } else { Ok((cell.into(), ends)) }
    }

    fn quoted(&mut self, mut inside: &'a str) -> Result<(String, bool), &'static str> {
        let mut cell = String::new();
        loop {
            let Some((before, after)) = inside.split_once('"') else { return Err("a quoted cell does not end") };
            self.line += before.matches('\n').count();
            cell.push_str(before);
            match after.strip_prefix('"') {
                Some(more) => {
                    cell.push('"');
                    inside = more;
                }
                None => {
                    self.rest = after.strip_prefix('\r').filter(|rest| rest.is_empty() || rest.starts_with('\n')).unwrap_or(after);
                    break;
                }
            }
        }
        if !(self.rest.is_empty() || self.rest.starts_with([',', '\n'])) {
            return Err("text follows a closing quote");
        }
        Ok((cell, self.separator()))
    }

    /// Takes what separates cells; whether it ended the record.
    fn separator(&mut self) -> bool {
        if let Some(rest) = self.rest.strip_prefix(',') {
            self.rest = rest;
            return false;
        }
        self.line += 1;
        self.rest = self.rest.strip_prefix('\n').unwrap_or(self.rest);
        true
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            match self.cell() {
                Ok((cell, ends)) => {
                    cells.push(cell);
                    if ends {
                        return Some(Ok(Record { line, cells }));
                    }
                }
                Err(reason) => {
                    self.rest = "";
                    return Some(Err(Fault { line, reason }));
                }
            }
        }
    }
}

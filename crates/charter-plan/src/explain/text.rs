//! An explanation as plain text.

use super::{Explanation, Section, Unknown};
use std::fmt;

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.title)?;
        for section in &self.sections {
            write!(formatter, "\n{section}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Section {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.result.is_empty() {
            writeln!(formatter, "{}", self.title)?;
        } else {
            writeln!(formatter, "{}: {}", self.title, self.result)?;
        }
        for step in &self.steps {
            writeln!(formatter, "  {step}")?;
        }
        for assumption in &self.assumptions {
            writeln!(formatter, "  assuming that {assumption}")?;
        }
        for place in &self.places {
            writeln!(formatter, "    {} at {}:{}:{}", place.name, place.file, place.line, place.column)?;
        }
        Ok(())
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "nothing in the charter is called `{}`", self.id)?;
        let names: Vec<String> = self.nearest.iter().map(|name| format!("`{name}`")).collect();
        if names.is_empty() { Ok(()) } else { write!(formatter, "; did you mean {}?", names.join(" or ")) }
    }
}

impl std::error::Error for Unknown {}

//! Writes to people and programs: colour only where someone looks, and a closed pipe is no error.

use crate::arguments::Colour;
use crate::exit::Problem;
use std::io::{ErrorKind, IsTerminal, Write};

/// Below an order whose effect the server could not write down.
pub(crate) const NOT_KEPT: &str = "not kept: the server's store does not take it; a restart of the server forgets this\n";

/// Whether standard output takes colour.
pub(crate) fn colours(colour: Colour) -> bool {
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    }
}

/// Prints text as it is. A reader that went away, such as `head`, ends the output and nothing else.
pub(crate) fn print(text: &str) -> Result<(), Problem> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(problem) if problem.kind() != ErrorKind::BrokenPipe => {
            Err(Problem::Environment(format!("cannot write to standard output: {problem}")))
        }
        _ => Ok(()),
    }
}

/// Tells people of something beside the output; where nobody listens any more it is lost, and that is no error.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Prints a JSON value, indented, with a newline at its end.
pub(crate) fn print_json(value: &serde_json::Value) -> Result<(), Problem> {
    let text = serde_json::to_string_pretty(value).map_err(|problem| Problem::Environment(format!("cannot write JSON: {problem}")))?;
    print(&format!("{text}\n"))
}

/// Today, in the machine's time zone.
pub(crate) fn today() -> charter_spec::quantity::Date {
    let today = jiff::Zoned::now().date();
    charter_spec::quantity::Date {
        year: u16::try_from(today.year()).unwrap_or(1),
        month: u8::try_from(today.month()).unwrap_or(1),
        day: u8::try_from(today.day()).unwrap_or(1),
    }
}

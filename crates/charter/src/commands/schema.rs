//! `charter schema`

use crate::exit::{Ending, Outcome};
use crate::output::print_json;

pub(crate) fn run() -> Outcome {
    print_json(&charter_spec::schema())?;
    Ok(Ending::Fine)
}

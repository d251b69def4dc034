//! `charter plan`

use crate::arguments::{Colour, Format, Plan};
use crate::compiled::compile;
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::output::{colours, print, print_json};
use charter_backend::runtime::OnnxRuntimeSearch;

pub(crate) fn run(arguments: &Plan, colour: Colour) -> Outcome {
    let folder = Folder::read(&arguments.source.path)?;
    match compile(folder, &OnnxRuntimeSearch::from_environment(None)) {
        Err(refused) => refused.print(colours(colour)),
        Ok(compiled) => {
            match arguments.format {
                Format::Human => print(&compiled.plan.table())?,
                Format::Json => {
                    print_json(&serde_json::to_value(&compiled.plan).map_err(|problem| Problem::Environment(problem.to_string()))?)?;
                }
            }
            Ok(Ending::Fine)
        }
    }
}

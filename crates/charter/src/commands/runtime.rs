//! `charter runtime`

use crate::arguments::Runtime;
use crate::exit::{Ending, Outcome, Problem};
use crate::output::print;
use charter_backend::runtime::{OnnxRuntimeSearch, default_folder, install};

pub(crate) fn run(arguments: &Runtime) -> Outcome {
    match arguments {
        Runtime::Install => {
            let folder = default_folder().ok_or_else(|| {
                Problem::Environment("neither XDG_DATA_HOME nor HOME is set, so there is nowhere to install to".to_owned())
            })?;
            let installed =
                install(&folder, &mut |line| eprintln!("  {line}")).map_err(|problem| Problem::Environment(problem.to_string()))?;
            print(&format!("ONNX Runtime {} at {}\n", installed.version, installed.library.display()))?;
            Ok(Ending::Fine)
        }
        Runtime::Status => {
            let report = OnnxRuntimeSearch::from_environment(None).run();
            print(&format!("{report}\n"))?;
            Ok(if report.loaded.is_some() { Ending::Fine } else { Ending::Findings })
        }
    }
}

//! Small charters with the files that they name, for the tests beside this folder.

// Not every test needs everything here; what is wrong with a case fails its test.
#![allow(dead_code, clippy::expect_used, clippy::panic)]

use charter_plan::artifact::{Artifact, Artifacts};
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use charter_plan::{Compiled, Resolved, compile, resolve};
use charter_spec::{Diagnostic, FileSet, read};
use std::path::Path;

/// A charter and its files.
pub(crate) struct Case {
    pub(crate) files: FileSet,
    pub(crate) artifacts: Artifacts,
}

impl Case {
    pub(crate) fn new(charter: &str) -> Self {
        Self { files: FileSet::single("charter.yaml", charter.as_bytes().to_vec()), artifacts: Artifacts::new() }
    }

    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path, text.as_bytes().to_vec());
        self
    }

    /// A model file with inputs and outputs written `name:FP32` or `name:FP32[-1,10]` beyond the rows.
    pub(crate) fn model(mut self, path: &str, inputs: &[&str], outputs: &[&str]) -> Self {
        let digest = format!("sha256:{:0>64}", path.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))));
        self.artifacts.insert(path.to_owned(), Artifact { digest, ..artifact(inputs, outputs, &[]) });
        self
    }

    pub(crate) fn matrix(mut self, path: &str, input: &str, columns: &[&str], outputs: &[&str]) -> Self {
        self.artifacts.insert(path.to_owned(), artifact(&[input], outputs, columns));
        self
    }

    pub(crate) fn resolved(&self) -> Resolved {
        let reading = read(&self.files, "charter.yaml");
        let problems: Vec<&Diagnostic> = reading.diagnostics.iter().filter(|problem| problem.is_error()).collect();
        assert!(problems.is_empty(), "{problems:#?}");
        resolve(reading.spec.expect("a charter"), &self.files)
    }

    pub(crate) fn compiled(&self) -> Compiled {
        compile(&self.resolved(), &self.files, &self.artifacts).unwrap_or_else(|problems| panic!("{:#?}", self.told(&problems)))
    }

    /// `Y108 charter.yaml:12: message` for each problem.
    pub(crate) fn problems(&self) -> Vec<String> {
        match compile(&self.resolved(), &self.files, &self.artifacts) {
            Ok(compiled) => self.told(&compiled.hints),
            Err(problems) => self.told(&problems),
        }
    }

    pub(crate) fn errors(&self) -> Vec<Diagnostic> {
        compile(&self.resolved(), &self.files, &self.artifacts).expect_err("a problem")
    }

    /// The problem, at the text that it points at.
    pub(crate) fn only_problem(&self) -> (String, String) {
        let problems = self.errors();
        assert_eq!(problems.len(), 1, "{:#?}", self.told(&problems));
        let place = self.files.text(problems[0].span()).unwrap_or("").to_owned();
        (self.told(&problems).remove(0), place)
    }

    fn told(&self, problems: &[Diagnostic]) -> Vec<String> {
        let line = |problem: &Diagnostic| {
            let span = problem.span();
            let at = self.files.position(span.file, span.start).line;
            format!("{} {}:{at}: {}", problem.code, self.files.path(span.file), problem.message)
        };
        problems.iter().map(line).collect()
    }
}

pub(crate) fn artifact(inputs: &[&str], outputs: &[&str], columns: &[&str]) -> Artifact {
    Artifact {
        digest: format!("sha256:{:064}", inputs.len() * 100 + outputs.len()),
        inputs: inputs.iter().map(|text| tensor(text)).collect(),
        outputs: outputs.iter().map(|text| tensor(text)).collect(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        metadata: Vec::new(),
        engine: "charter-onnx".to_owned(),
        bytes: 1_000,
    }
}

fn tensor(text: &str) -> TensorSpec {
    let (name, rest) = text.split_once(':').expect("name:TYPE");
    let (datatype, shape) = rest.split_once('[').map_or((rest, None), |(datatype, shape)| (datatype, Some(shape)));
    let datatype = Datatype::parse(datatype).expect("a datatype");
    let Some(shape) = shape else { return TensorSpec::column(name, datatype) };
    let mut dimensions = vec![Dimension::Any];
    dimensions.extend(shape.trim_end_matches(']').split(',').map(|length| Dimension::from(length.parse::<i64>().expect("a length"))));
    TensorSpec::new(name, datatype, dimensions)
}

/// A charter in `examples/`, with every text file beside it.
pub(crate) fn example(name: &str) -> Case {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    let mut case = Case { files: FileSet::new(), artifacts: Artifacts::new() };
    let mut waiting = vec![root.clone()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let relative = path.strip_prefix(&root).expect("inside").to_string_lossy().replace('\\', "/");
            let wanted = ["yaml", "json", "csv"].iter().any(|end| relative.ends_with(end));
            if path.is_dir() && !relative.starts_with("train") {
                waiting.push(path);
            } else if path.is_file() && wanted {
                case.files.insert(relative, std::fs::read(&path).expect("a file"));
            }
        }
    }
    case
}

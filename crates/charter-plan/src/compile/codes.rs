//! The codes of compilation, `Y101` and on: one table of code, title and page.
//!
//! Codes below `Y100` belong to the reader.

use charter_spec::{Diagnostic, Severity, Span};

macro_rules! codes {
    ($($name:ident = $code:literal $severity:ident, $title:literal, $page:literal;)*) => {
        /// A code of compilation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum PlanCode { $($name,)* }

        impl PlanCode {
            /// Every code in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code: `Y101`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What it means, in a line.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Its page, in Markdown.
            pub fn page(self) -> &'static str {
                match self { $(Self::$name => $page,)* }
            }

            /// How bad it is.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }
        }
    };
}

impl PlanCode {
    /// The code by its name, whatever its case; `None` for one of another family.
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.name().eq_ignore_ascii_case(code))
    }

    /// Whether the charter is sound and only this version cannot serve it: `check` may let it pass, `serve` may not.
    pub fn is_about_serving(self) -> bool {
        matches!(self, Self::FeaturesNotServed | Self::NotServed)
    }

    /// A problem with this code at a place.
    pub fn at(self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.name(), self.severity(), self.title(), message).at(span, "")
    }
}

codes! {
    FileMissing = "Y101" Error, "a file that the plan needs is not there",
        "The charter names a contract, a model or a table, and the file is not in its folder. Paths are relative to the file that names them.";
    ContractUnreadable = "Y102" Error, "a contract cannot be read",
        "A contract is YAML after the Open Data Contract Standard 3.1, at most 1 MiB, with `kind: DataContract` and a `schema`.";
    ContractColumn = "Y103" Error, "a column of a contract is no input",
        "Each property of the first object of the schema becomes an input of the route. Its `physicalType` is a datatype of the Open Inference Protocol (`FP32`, `INT64`, `BYTES` …); without one the logical type decides: `string` BYTES, `integer` INT64, `number` FP64, `boolean` BOOL.";
    NoAnswer = "Y104" Error, "a route has no answer",
        "A route says under `answer:` which model, ladder, rule, table or constant answers.";
    NoInputs = "Y105" Error, "the inputs of a route are not known",
        "The inputs come from the contract under `input:`; without one, from the ONNX file of the first rung. A remote model's are not known before it is asked, so its route needs a contract.";
    NoOutputs = "Y106" Error, "the outputs of a route are not known",
        "The outputs are declared under `output:`, or are those of the ONNX file of the first rung.";
    InputMissing = "Y107" Error, "a model asks for an input that the route does not have",
        "Inputs meet by name: the model's input `carat` takes the contract's property `carat`. A matrix takes the columns that the file's metadata `charter.columns` names. Rename under `models.*.versions.*.inputs`.";
    Lossy = "Y108" Error, "a conversion would lose information",
        "A value may be widened (INT32 to INT64, FP32 to FP64, UINT8 to FP32), never narrowed: a 64-bit number has no exact counterpart among 32-bit ones. Make the contract's type the model's, or the other way round.";
    Shape = "Y109" Error, "shapes do not fit",
        "A route's first dimension is the rows of the request. One value a row fits `[rows]` and `[rows, 1]`; a list fits a model that takes any length, or the same length.";
    OutputMissing = "Y110" Error, "a rung cannot give what the route promises",
        "Every rung answers with the route's outputs: those declared, else the first rung's. `as:` says which of a rung's outputs is meant: `{ model: fraud@v1, as: { score: probability } }`, `{ rule: \"…\", as: score }`.";
    FeaturesNotServed = "Y111" Error, "features are not served yet",
        "A route with `features:` needs a feature store, which this version does not have. Take the features as inputs in the contract, or leave the route to another server.";
    NotServed = "Y112" Error, "a model version cannot be served from here",
        "A version is served when it has an ONNX file (`onnx:`) or the address of a server that speaks the Open Inference Protocol (`oip:`).";
    Table = "Y113" Error, "a table cannot be read",
        "A table is JSON: for `static:` an object from output to value; for `lookup:` an object from key to answer, keys joined by `|` in the order of `by:`. An answer is a value, or an object from output to value.";
    Value = "Y114" Error, "a constant does not fit its output",
        "A constant has the datatype and the length of the output that it stands for: a whole number for INT64, a text for BYTES, ten numbers for `FP32[10]`.";
    Weights = "Y115" Error, "shares of a split do not add up",
        "The weights of the arms add up to 100 %, and a canary's share is below 100 %. They are kept to a hundredth of a percent.";
    TimeShares = "Y116" Error, "the rungs of a ladder take longer than the call",
        "Each rung keeps its share for itself and leaves those of the rungs below. Their sum must fit the route's time: `timeout:`, else the latency budget's total without the stages outside our edge.";
    TooMuch = "Y117" Error, "a plan is beyond a limit",
        "A plan holds at most 1,000 routes, 4,000 models, 255 rungs in a ladder, nodes nested 8 deep, 4,096 inputs, and tables of 64 MiB; a route takes 1 to 4,294,967,295 rows a request.";
    Digest = "Y118" Error, "a model file is not the one that was meant",
        "`sha256:` of the version differs from the file's. Either the file was replaced, or the charter was not updated.";
    Sequence = "Y119" Error, "a step of a sequence has no types",
        "Later steps see the outputs of earlier ones, so these need a type: that of a model stands in its file, a rule, a table or a constant declares it (`{ rule: \"amount / price\", output: { ratio: FP32 } }`). The last step answers with the route's outputs.";
    Name = "Y120" Error, "an output is there twice",
        "Inputs, outputs and decisions of a route are told apart by name.";
    NotRun = "Y121" Hint, "stated, but not run by this version",
        "The charter says it, documents and rules know it, and the engine does not act on it yet.";
    Canary = "Y122" Hint, "a canary comes in by a rollout",
        "A canary without `weight:` is a rollout by the defaults that begins as soon as the charter is served: 5, 10, 25, 50 and 100 % of the calls, each judged, and taken back by itself. Write an entry under `rollouts:` to say otherwise, or a `weight:` for a share that stays.";
    Pin = "Y123" Hint, "a version cannot be pinned",
        "`pinning: true` offers every version of the first rung's model; one that cannot give the route's outputs is left out.";
    Expression = "Y124" Error, "an expression cannot be evaluated",
        "Rules and decisions are CEL over one row: the route's inputs by name, and for decisions the outputs too. `FP` columns are doubles, `INT` columns ints, `BYTES` columns strings; doubles and ints do not mix, so write `amount > 10000.0`.";
    LoadShares = "Y125" Error, "shares of the load do not add up to 100 %",
        "The shares under `load.mix`, and those that `capacity.*.share` gives the routes, are parts of one load: 100 %, give or take the 0.1 points that rounding leaves. Nothing is scaled in silence: sizes, prices and load runs all take the shares as written.";
    SampleColumn = "Y126" Error, "held-out rows lack what a measure needs",
        "An evaluation reads its rows from a CSV file: the column of the truth (`label:`), those of the groups (`by:`), and that of the baseline in `uplift(metric vs baseline)`. Names meet with `-` and `_` alike. Correct the name, or write the column into the file.";
    SameFile = "Y127" Warning, "two rungs of a ladder answer from the same file",
        "Two files under different names hold the same bytes, so what breaks the one rung breaks the other: the lower rung stands in for nothing. Put another model, a rule, a table or a constant there.";
    Rollout = "Y128" Error, "a rollout cannot take place",
        "A rollout names a route, a model and the version that comes in (`to:`); the route asks the version in use (`from:`) in one rung that is not pinned. Steps rise to 100 %, and fit `max_duration`. Bounds of errors rise: fine (`errors_ok`), bad (`errors_bad`), the end at once (`errors_ceiling`); `harm` is less than `bad`. Only one version comes in at a place at a time.";
    Experiment = "Y129" Error, "an experiment cannot take place",
        "An experiment names its route, two or more arms whose weights add up to 100 %, the first being the control, and what should get better. It takes the place of the route's first rung; a route has one experiment at a time.";
    Flag = "Y130" Error, "a flag cannot be evaluated",
        "A flag has variants of one type and turns routes (`fraud`), rungs (`fraud/previous`), models (`models.fraud`, `fraud@v2`) or features off while its value is `false`. A rule serves one variant or shares.";
    Chaos = "Y131" Error, "a chaos experiment cannot be run",
        "A fault is at a model that a route asks, at its server's address, at the `store` or at the `clock`, and touches at most `share_max` of the calls. A model can fail in every way but `skew`; the store by `delay`, `error`, `refuse`, `hang` and `stale`; the clock by `skew`. What is expected names rungs and models that are there, and quality scenarios whose measure the calls of the run show: latency, `ratio(answered)`, `ratio(rung == …)`. Alerts cannot be expected yet: this version raises none.";
    Combined = "Y132" Error, "nodes cannot be combined like this",
        "A cascade has 2 to 32 steps, and each but the last says when its answer stands (`sure:`, `at_least:`). An ensemble has 2 to 32 members; numbers have a mean, everything has a vote, and a rule in CEL takes `member_output` of all of them. What is compared is compared as what it is.";
    StrictScores = "Y133" Warning, "scores are compared as those of equal weights",
        "Without `compare:`, two scores agree when they differ by at most 0.1 %, which is right for the same weights run elsewhere. A model that was trained again differs by more at nearly every call, so a rollout with `ratio(disagreement)` takes it back. Say which difference is none: `compare: { outputs: { score: { within: 0.05 } } }`; compare decisions with `kind: class`; or leave disagreement out of the guardrails.";
}

#[cfg(test)]
mod tests {
    use super::PlanCode;

    #[test]
    fn every_code_is_told_apart_and_has_a_page() {
        for (at, code) in PlanCode::ALL.iter().enumerate() {
            assert_eq!(code.name(), format!("Y{}", 101 + at));
            assert!(!code.page().is_empty() && !code.title().is_empty());
            assert_eq!(PlanCode::find(&code.name().to_lowercase()), Some(*code));
        }
        assert_eq!(PlanCode::find("Y001"), None);
    }
}

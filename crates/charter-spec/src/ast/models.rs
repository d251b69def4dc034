//! Models, their versions and what is promised about them.

use crate::ast::{Level, Protect};
use crate::names::{Card, Entries, Evidence, Field, FileRef, Link, List, Model as ModelFile, Ref, target};
use crate::quantity::{Bytes, Count, Date, Money, Share};

section! {
    /// A model: a task, a heuristic that it must beat, and its versions.
    pub struct Model {
        /// The kind of task.
        task: Field<Task>,
        /// What it does, and what it does not.
        about: Field<String>,
        /// The simple heuristic that it is compared with: words, or the id of a model.
        baseline: Field<Link>,
        /// Its versions; the first is the one meant by the bare name.
        versions: Entries<ModelVersion>,
        /// The version in use, where versions are not served from here.
        version: Field<String>,
        /// The framework it was made with or runs on.
        runtime: Field<Runtime>,
        /// What it needs at run time.
        needs: List<Ref<target::Needed>>,
        /// Features it reads.
        features: List<Ref<target::Feature>>,
        /// What it is trained on.
        data: List<Ref<target::DataSet>>,
        /// What guards every call to it.
        protect: Field<Protect>,
        /// Its model card.
        card: Field<FileRef<Card>>,
        /// How its answers come back as its data, and what is done about it.
        feedback: Field<FeedbackLoop>,
        /// Whether its answers decide about people.
        decides_about_people: Field<bool>,
        /// Whether each decision must be explained.
        explain: Field<Explain>,
        /// What a wrong answer of each kind costs.
        cost_of_error: Field<CostOfError>,
        /// Tokens of a call on average; with the provider's prices they make what it costs.
        tokens: Field<Tokens>,
        /// Its class under the EU AI Act.
        ai_act: Field<AiAct>,
        /// Changes only with a recorded validation study.
        locked: Field<bool>,
        /// How much depends on it.
        criticality: Field<Level>,
        /// Where it runs, when that is not here.
        region: Field<String>,
        /// Its licence.
        license: Field<String>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
    }
}

section! {
    /// One version of a model: a file that runs here, or a model on another server.
    pub struct ModelVersion {
        /// The ONNX file.
        onnx: Field<FileRef<ModelFile>>,
        /// The address of a server that speaks the Open Inference Protocol.
        oip: Field<String>,
        /// The model's name on that server or at that provider.
        model: Field<String>,
        /// The model's version on that server.
        version: Field<String>,
        /// The provider that runs it.
        provider: Field<Ref<target::Provider>>,
        /// SHA-256 of the file, in hex.
        sha256: Field<String>,
        /// Its signature.
        signature: Field<FileRef<Evidence>>,
        /// Size of the file.
        size: Field<Bytes>,
        /// When it was trained.
        trained: Field<Date>,
        /// Evidence of its evaluation.
        evidence: List<FileRef<Evidence>>,
        /// The model's own name of an input, by ours.
        inputs: Entries<String>,
        /// The model's own name of an output, by ours.
        outputs: Entries<String>,
        /// What changed.
        about: Field<String>,
    }
}

section! {
    /// How a model's answers become its data.
    pub struct FeedbackLoop {
        /// What the loop is.
        @shorthand @key("loop") about: Field<String>,
        /// What keeps it in check: exploration, a holdout, weights.
        control: Field<String>,
        /// Share of the traffic that is kept out of the loop.
        holdout: Field<Share>,
    }
}

section! {
    /// Tokens of a call, on average.
    pub struct Tokens {
        /// Sent: instructions, what was retrieved, and the question.
        input: Field<Count>,
        /// Got back.
        output: Field<Count>,
    }
}

section! {
    /// What a wrong answer costs.
    pub struct CostOfError {
        /// A positive that was missed.
        false_negative: Field<Money>,
        /// A positive that is none.
        false_positive: Field<Money>,
    }
}

words! {
    /// The kind of task.
    pub enum Task {
        /// One of several classes.
        Classification = "classification",
        /// A number.
        Regression = "regression",
        /// An order of given things.
        Ranking = "ranking",
        /// A vector that stands for something.
        Embedding = "embedding",
        /// Things that fit.
        Recommendation = "recommendation",
        /// Text or another new thing.
        Generation = "generation",
        /// What is unlike the rest.
        Anomaly = "anomaly",
        /// A number in the future.
        Forecast = "forecast",
    }
}

words! {
    /// The framework of a model.
    pub enum Runtime {
        /// ONNX, here.
        Onnx = "onnx",
        /// PyTorch.
        Pytorch = "pytorch",
        /// TensorFlow.
        Tensorflow = "tensorflow",
        /// scikit-learn.
        Sklearn = "sklearn",
        /// XGBoost.
        Xgboost = "xgboost",
        /// LightGBM.
        Lightgbm = "lightgbm",
        /// A large language model at a provider.
        Llm = "llm",
        /// Rules.
        Rules = "rules",
        /// Something else, as `about` says.
        Other = "other",
    }
}

words! {
    /// Whether decisions must be explained.
    pub enum Explain {
        /// With reasons for each decision.
        Required = "required",
        /// On request.
        OnRequest = "on-request",
        /// It was considered and is not needed.
        NotNeeded = "not-needed",
    }
}

words! {
    /// The class of a model under the EU AI Act.
    pub enum AiAct {
        /// Forbidden (art. 5).
        Prohibited = "prohibited",
        /// High-risk (art. 6).
        HighRisk = "high-risk",
        /// Must say that it is a machine (art. 50).
        Transparency = "transparency",
        /// General-purpose (chapter V).
        GeneralPurpose = "general-purpose",
        /// Considered, and not high-risk.
        NotHighRisk = "not-high-risk",
        /// None of the others.
        Minimal = "minimal",
    }
}

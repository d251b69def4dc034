//! Quality-attribute scenarios: source, stimulus, artifact, response, measure.

use crate::ast::{CostOfError, Explain, Level};
use crate::measure::{Criterion, Proof};
use crate::names::{Entries, Field, FileRef, Link, List, Ref, Samples, target};
use crate::quantity::{Count, Duration, Rate};

section! {
    /// A quality-attribute scenario: who does what to which part, how it answers, and by which number that is judged.
    pub struct Scenario {
        /// The quality, after ISO/IEC 25010 and what AI systems add to it.
        attribute: Field<Attribute>,
        /// Who or what causes it.
        source: Field<String>,
        /// What happens.
        stimulus: Field<String>,
        /// The state of the system at that time.
        environment: Field<String>,
        /// The part that it happens to: a route, a model, a container, `system`.
        artifact: Field<Link>,
        /// What the system does.
        response: Field<String>,
        /// By which number the response is judged: `p99(latency) < 200ms`.
        measure: Field<Criterion>,
        /// Under which load: `load.peak`, or figures.
        under: Field<Stimulus>,
        /// Classes, groups or columns for each of which it must hold.
        by: List<String>,
        /// Business importance, then technical difficulty.
        priority: List<Level>,
        /// The data that it is evaluated on.
        dataset: Field<Ref<target::DataSet>>,
        /// Rows that it is evaluated on, with their labels.
        samples: Field<FileRef<Samples>>,
        /// The column with the label.
        label: Field<String>,
        /// The value of the label that counts as positive.
        positive: Field<String>,
        /// How it is proved, where that differs from what its metric says.
        proof: Field<Proof>,
        /// How long it must hold.
        @key("for") duration: Field<Duration>,
        /// What a wrong answer of each kind costs.
        cost_of_error: Field<CostOfError>,
        /// Whether each decision must be explained.
        explain: Field<Explain>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
        /// The law or standard behind it.
        law: Field<String>,
        /// Why it matters.
        why: Field<String>,
        /// Free facts about it, for documents.
        facts: Entries<String>,
    }
}

section! {
    /// The load under which a scenario holds.
    pub struct Stimulus {
        /// A load that is stated elsewhere: `load.peak` or `load.average`.
        @shorthand level: Field<LoadLevel>,
        /// Concurrent users.
        @one_or_more users: Field<Count>,
        /// What a user waits between two requests.
        think: Field<Duration>,
        /// Requests per time.
        @above_zero rate: Field<Rate>,
        /// How long the load lasts.
        @key("for") duration: Field<Duration>,
        /// Time before figures are taken.
        warmup: Field<Duration>,
        /// Rows in one request.
        @rows rows: Field<Count>,
    }
}

words! {
    /// A load that `load` states.
    pub enum LoadLevel {
        /// The peak.
        Peak = "load.peak",
        /// The average.
        Average = "load.average",
    }
}

impl LoadLevel {
    /// The word in the charter.
    pub fn as_str(self) -> &'static str {
        self.word()
    }
}

words! {
    /// A quality of the system.
    pub enum Attribute {
        /// Answers in time with the resources given.
        Performance = "performance",
        /// Keeps answering.
        Reliability = "reliability",
        /// Is there when it is called.
        Availability = "availability",
        /// Does what it should.
        FunctionalSuitability = "functional suitability",
        /// Answers are right often enough.
        FunctionalCorrectness = "functional correctness",
        /// Keeps others out and data in.
        Security = "security",
        /// Personal data stay where they belong.
        Privacy = "privacy",
        /// Harms nobody.
        Safety = "safety",
        /// Treats groups alike.
        Fairness = "fairness",
        /// Says why.
        Explainability = "explainability",
        /// Can be changed.
        Maintainability = "maintainability",
        /// Grows with the load.
        Scalability = "scalability",
        /// Runs elsewhere too.
        Portability = "portability",
        /// Works beside others.
        Compatibility = "compatibility",
        /// People can use it.
        Usability = "usability",
        /// Follows the law.
        Compliance = "compliance",
        /// Stays within the money.
        Cost = "cost",
    }
}

//! Chaos: faults that are brought in on purpose, and what must be true meanwhile.

use crate::names::{Entries, Extensions, Field, List, ModelVersionRef, Ref, target};
use crate::quantity::{Count, Duration, Factor, Share};

section! {
    /// Faults that may be brought in on purpose, within which bounds, and what must be true meanwhile.
    pub struct Chaos {
        /// Whether faults may be brought in where this charter is served; not without it.
        enabled: Field<bool>,
        /// Largest share of calls that a fault may touch; all without it.
        @above_zero share_max: Field<Share>,
        /// A fault ends by itself when nobody renews it for this long; 60 s without it.
        @above_zero lease: Field<Duration>,
        /// When a run stops.
        abort: Field<ChaosAbort>,
        /// The experiments by name.
        experiments: Entries<ChaosExperiment>,
    }
}

section! {
    /// When a run stops.
    pub struct ChaosAbort {
        /// Share of calls without an answer; 10 % without it.
        @shorthand unanswered: Field<Share>,
        /// A route that no fault touches may lose this many times the share of calls that its objective allows; 10 without it.
        @above_zero burn: Field<Factor>,
    }
}

section! {
    /// A hypothesis: while these faults are in, that is still true.
    pub struct ChaosExperiment {
        /// What is believed.
        about: Field<String>,
        /// What is broken.
        faults: List<Fault>,
        /// How long; 20 s without it.
        @above_zero @key("for") duration: Field<Duration>,
        /// What is still true.
        expect: Field<ChaosExpect>,
    }
}

section! {
    /// A fault at a named point.
    pub struct Fault {
        /// Where: a model (`fraud@v2`, or `fraud` for every version), the address of a server (`http://…`), `store` or `clock`.
        @required at: Field<String>,
        /// What goes wrong; a delay where `delay` is written.
        kind: Field<FaultKind>,
        /// How much later answers come.
        delay: Field<FaultDelay>,
        /// How far the clock runs ahead.
        ahead: Field<Duration>,
        /// How far the clock stays behind.
        behind: Field<Duration>,
        /// Share of the calls at that point; all without it.
        @above_zero share: Field<Share>,
        /// Which calls; the same seed takes the same ones.
        seed: Field<Count>,
    }
}

words! {
    /// What goes wrong.
    pub enum FaultKind {
        /// Answers come later.
        Delay = "delay",
        /// An error instead of an answer.
        Error = "error",
        /// No connection.
        Refuse = "refuse",
        /// No answer, ever.
        Hang = "hang",
        /// An answer that cannot be right.
        Corrupt = "corrupt",
        /// An answer from before.
        Stale = "stale",
        /// Half of the answer.
        Partial = "partial",
        /// What runs the model breaks down.
        Crash = "crash",
        /// The clock is wrong.
        Skew = "skew",
    }
}

section! {
    /// How much later answers come: `50ms`, or a distribution.
    pub struct FaultDelay {
        /// Always this much.
        @shorthand fixed: Field<Duration>,
        /// Around a mean.
        normal: Field<NormalDelay>,
        /// With a heavy tail.
        pareto: Field<ParetoDelay>,
    }
}

section! {
    /// A delay around a mean; never less than none.
    pub struct NormalDelay {
        /// The mean.
        @required mean: Field<Duration>,
        /// The standard deviation.
        @required sd: Field<Duration>,
    }
}

section! {
    /// A delay with a heavy tail.
    pub struct ParetoDelay {
        /// The shortest.
        @required scale: Field<Duration>,
        /// The shape: the smaller, the heavier the tail.
        @required alpha: Field<Factor>,
    }
}

section! {
    /// What must be true while the faults are in.
    pub struct ChaosExpect {
        /// The rung that answers, by route: `{ fraud: previous }`.
        rungs: Extensions<target::Route, String>,
        /// Highest p99 of the calls.
        @above_zero p99: Field<Duration>,
        /// Lowest share of calls that are answered.
        answered: Field<Share>,
        /// Breakers that open.
        opens: List<ChaosOpens>,
        /// Quality scenarios whose measure holds, taken over the calls of this run: `[availability]`.
        objectives: List<Ref<target::Scenario>>,
        /// Alerts that fire; this version raises none, so that it cannot expect any.
        alerts: List<ChaosAlert>,
    }
}

section! {
    /// An alert that fires.
    pub struct ChaosAlert {
        /// Its name.
        @required @shorthand alert: Field<String>,
        /// How soon.
        @above_zero within: Field<Duration>,
    }
}

section! {
    /// A breaker that opens.
    pub struct ChaosOpens {
        /// The model version: `fraud@v2`.
        @required @shorthand model: Field<ModelVersionRef>,
        /// How soon; 10 s without it.
        @above_zero within: Field<Duration>,
    }
}

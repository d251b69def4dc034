//! Nodes that combine other nodes: shadow, cascade, ensemble and cache.
//!
//! Ladders, splits and sequences stand beside the nodes that answer by themselves.

use crate::ast::{Answer, Compare, Expressions};
use crate::names::{Entries, Field, List};
use crate::quantity::{Bytes, Count, Duration, Factor, Money, Number, Share};
use crate::source::Spanned;

section! {
    /// One node answers, another gets copies, and their answers are compared.
    pub struct ShadowNode {
        /// Who answers, who gets copies, and how many.
        @required shadow: Field<Shadow>,
    }
}

section! {
    /// Who answers, who gets copies, and how many.
    pub struct Shadow {
        /// The node that answers.
        @required of: Field<Box<Answer>>,
        /// The node that gets copies, after the answer has gone out; what it says changes nothing.
        @required to: Field<Box<Answer>>,
        /// Share of the calls that are copied; all without it.
        @above_zero share: Field<Share>,
        /// How the answers are compared.
        compare: Field<Compare>,
    }
}

section! {
    /// Steps from cheap to good; the first that is sure enough of its answer wins.
    pub struct CascadeNode {
        /// The steps in order; the last one's answer stands.
        @required cascade: List<CascadeStep>,
    }
}

/// A step of a cascade: a node, and when its answer stands.
#[derive(Clone, Debug, PartialEq)]
pub struct CascadeStep {
    /// How this step answers.
    pub answer: Spanned<Answer>,
    /// When its answer stands, and what it costs.
    pub terms: CascadeTerms,
}

section! {
    /// What is true of a node as a step of a cascade.
    pub struct CascadeTerms {
        /// Its name in records; `step-1` and so on without one.
        name: Field<String>,
        /// How sure it is of a row, 0 to 1: CEL over the inputs and the outputs; the least sure row decides.
        sure: Field<String>,
        /// An answer at least this sure stands.
        at_least: Field<Number>,
        /// What a row costs here.
        cost: Field<Money>,
    }
}

section! {
    /// All members answer at once, and their answers become one.
    pub struct EnsembleNode {
        /// The members by name.
        @required ensemble: Entries<EnsembleMember>,
        /// How their answers become one: `mean`, `vote`, or `{ rule: … }`; the mean without it.
        combine: Field<Combine>,
        /// How many must have answered when the time is up; all without it.
        @one_or_more quorum: Field<Count>,
    }
}

/// A member of an ensemble: a node, and how much it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct EnsembleMember {
    /// How this member answers.
    pub answer: Spanned<Answer>,
    /// How much it counts.
    pub terms: MemberTerms,
}

section! {
    /// What is true of a node as a member of an ensemble.
    pub struct MemberTerms {
        /// How much it counts in the mean or the vote; 1 without it.
        weight: Field<Factor>,
    }
}

/// How the answers of an ensemble become one.
#[derive(Clone, Debug, PartialEq)]
pub enum Combine {
    /// Their weighted mean.
    Mean,
    /// The value with most weight.
    Vote,
    /// By CEL.
    Rule(CombineRule),
}

section! {
    /// How the answers of an ensemble become one, in CEL.
    pub struct CombineRule {
        /// One expression, or one by output, over `member_output`: `old_score > 0.5 ? old_score : new_score`. All members must answer.
        @required rule: Field<Expressions>,
    }
}

section! {
    /// Answers that were given before to the same inputs.
    pub struct CacheNode {
        /// What is kept, how long, and for whom.
        @required cache: Field<AnswerCache>,
    }
}

section! {
    /// What is kept, how long, and for whom.
    pub struct AnswerCache {
        /// The node that answers what is not kept.
        @required of: Field<Box<Answer>>,
        /// How old an answer may be.
        @required @above_zero ttl: Field<Duration>,
        /// Most memory, keys and answers together; 64 MB without it.
        @above_zero max: Field<Bytes>,
        /// Who shares an answer; each identity keeps its own without it.
        scope: Field<CacheScope>,
    }
}

words! {
    /// Who shares a kept answer.
    pub enum CacheScope {
        /// Everyone who sends the same inputs.
        Everyone = "everyone",
        /// Only the same identity.
        Identity = "identity",
    }
}

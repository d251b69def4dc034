//! How answers of two versions to the same inputs are compared.

use crate::names::{Entries, Field, List};
use crate::quantity::{Count, Number, Share};

section! {
    /// How answers of two versions to the same inputs are compared.
    pub struct Compare {
        /// Share of disagreeing calls below which they are equivalent, above which they diverge; 1 % without it.
        @above_zero bound: Field<Share>,
        /// Chance of a wrong verdict; 5 % without it.
        @above_zero alpha: Field<Share>,
        /// Most copies inside at once; without it a tenth of what the copied version takes.
        @one_or_more concurrency: Field<Count>,
        /// What agreement means, by output; without it the task and the type of the output decide.
        outputs: Entries<CompareOutput>,
        /// Inputs by whose values diverging slices are looked for; without it those of text, truth and small whole numbers.
        slices: List<String>,
    }
}

section! {
    /// What agreement on one output means.
    pub struct CompareOutput {
        /// As what it is compared.
        @shorthand kind: Field<CompareAs>,
        /// For scores, and numbers in JSON: difference that is none.
        within: Field<Number>,
        /// For scores, and numbers in JSON: difference that is none, as a share of the value.
        relative: Field<Share>,
        /// For rankings: how many from the top count.
        @one_or_more first: Field<Count>,
        /// For rankings: share of them that must be in both.
        overlap: Field<Share>,
        /// For vectors: least cosine of the angle between them.
        cosine: Field<Share>,
    }
}

words! {
    /// As what an output is compared.
    pub enum CompareAs {
        /// The same value.
        Class = "class",
        /// Nearly the same number.
        Score = "score",
        /// The same things at the top.
        Ranking = "ranking",
        /// Nearly the same direction, whatever the length.
        Vector = "vector",
        /// The same JSON value, path by path, whatever its spaces and the order of its keys.
        Json = "json",
        /// The same text, letter by letter.
        Text = "text",
        /// The same text, whatever its spaces and case.
        Words = "words",
    }
}

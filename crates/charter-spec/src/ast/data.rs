//! Data sets: what models are trained and evaluated on.

use crate::ast::DataClass;
use crate::names::{Contract, Field, FileRef, List, Program, Ref, Samples, target};
use crate::quantity::{Bytes, Count, Duration, Rate, Share};

section! {
    /// A data set for training or evaluation.
    pub struct DataSet {
        /// Where it comes from.
        from: List<Ref<target::Source>>,
        /// Files that hold it.
        files: List<FileRef<Samples>>,
        /// The query that makes it.
        query: Field<FileRef<Program>>,
        /// The contract that it follows.
        contract: Field<FileRef<Contract>>,
        /// The most sensitive data in it.
        class: Field<DataClass>,
        /// Where it lies.
        region: Field<String>,
        /// How long it is kept.
        retention: Field<Duration>,
        /// How many rows there are.
        @one_or_more rows: Field<Count>,
        /// How large it is.
        size: Field<Bytes>,
        /// New rows per time.
        growth: Field<Rate>,
        /// The column with the label.
        label: Field<String>,
        /// The column with the time of the row.
        time: Field<String>,
        /// The column that names the person or thing the row is about.
        entity: Field<String>,
        /// Columns whose groups must be treated alike.
        groups: List<String>,
        /// What is held out.
        test: Field<TestSplit>,
        /// Licence of the data.
        license: Field<String>,
        /// Where it was first got.
        origin: Field<String>,
        /// Why it may be used (GDPR art. 6).
        lawful_basis: Field<String>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
        /// What it holds.
        about: Field<String>,
    }
}

section! {
    /// What is held out for evaluation.
    pub struct TestSplit {
        /// How the rows are chosen.
        by: Field<SplitMethod>,
        /// How many are held out.
        share: Field<Share>,
        /// The column that decides, for a split by time or by entity.
        column: Field<String>,
        /// The seed of a random split.
        seed: Field<Count>,
    }
}

words! {
    /// How test rows are chosen.
    pub enum SplitMethod {
        /// By chance.
        Random = "random",
        /// The latest ones.
        Time = "time",
        /// Whole persons or things.
        Entity = "entity",
    }
}

//! Features: what is known about a person or thing when a model is asked.

use crate::ast::{DataClass, TensorType};
use crate::names::{Field, FileRef, List, Program, Ref, target};
use crate::quantity::Duration;

section! {
    /// A feature that is added to a request before the model sees it.
    pub struct Feature {
        /// Where it comes from.
        from: List<Ref<target::Source>>,
        /// The input that names the person or thing: the key of the look-up.
        entity: Field<String>,
        /// The type of its value.
        @key("type") datatype: Field<TensorType>,
        /// The query that computes it.
        query: Field<FileRef<Program>>,
        /// An expression over the request that computes it (CEL).
        expression: Field<String>,
        /// The window it looks back over.
        window: Field<Duration>,
        /// How often it is computed anew.
        every: Field<Duration>,
        /// Oldest value that is still good enough.
        freshness: Field<Duration>,
        /// How it is served: live, then cached, then the default.
        serve: Field<FeatureServing>,
        /// How sensitive it is.
        data: Field<DataClass>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
        /// What it means.
        about: Field<String>,
    }
}

section! {
    /// The ladder of a feature.
    pub struct FeatureServing {
        /// The dependency that has the live value.
        live: Field<Ref<target::Dependency>>,
        /// Oldest cached value that is used when the live one is not there.
        cached: Field<Duration>,
        /// The value when there is neither.
        @key("default") default_value: Field<String>,
        /// How long the look-up may take.
        within: Field<Duration>,
    }
}

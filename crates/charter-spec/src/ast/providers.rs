//! Who sells models and model time to us.

use crate::ast::DataClass;
use crate::names::{Entries, Field, FileRef, Ref, Secret, target};
use crate::quantity::{Count, Duration, MoneyPerTime, MoneyPerUnit, Rate, Share};

section! {
    /// A provider of models over an interface.
    pub struct Provider {
        /// The interface it speaks.
        kind: Field<ProviderKind>,
        /// Its address.
        url: Field<String>,
        /// Where it processes data.
        region: Field<String>,
        /// The most sensitive data that may be sent.
        data: Field<DataClass>,
        /// The agreement under which it processes personal data for us.
        processor_agreement: Field<String>,
        /// Its availability as promised to us.
        slo: Field<Share>,
        /// The file with its key; a key is never written in a charter.
        key: Field<FileRef<Secret>>,
        /// How long a call may take.
        timeout: Field<Duration>,
        /// Most requests per time.
        @above_zero rate: Field<Rate>,
        /// Most calls at a time.
        @one_or_more concurrency: Field<Count>,
        /// What it charges, by model.
        prices: Entries<ProviderPrice>,
        /// Most money a month.
        ceiling: Field<MoneyPerTime>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
        /// What it is for.
        about: Field<String>,
    }
}

section! {
    /// A price: what a provider charges for one model.
    pub struct ProviderPrice {
        /// The provider's own name of the model, where the id differs.
        model: Field<String>,
        /// For what is sent: `3 USD/million`.
        input: Field<MoneyPerUnit>,
        /// For what comes back.
        output: Field<MoneyPerUnit>,
        /// For a call.
        call: Field<MoneyPerUnit>,
    }
}

words! {
    /// The interface of a provider.
    pub enum ProviderKind {
        /// OpenAI's API and what imitates it.
        Openai = "openai",
        /// Anthropic's API.
        Anthropic = "anthropic",
        /// Open Inference Protocol v2.
        Oip = "oip",
        /// Some other HTTP interface.
        Http = "http",
    }
}

//! What it may cost and what it costs.

use crate::names::{Entries, Field, List};
use crate::quantity::{Bytes, Money, MoneyPerTime, Share};

section! {
    /// Money: the ceiling, prices, and what is paid anyway.
    pub struct Cost {
        /// Most money per time.
        ceiling: Field<MoneyPerTime>,
        /// Share of the ceiling that stays free.
        reserve: Field<Share>,
        /// Prices of what is bought by the piece.
        unit: Field<UnitPrices>,
        /// What is paid anyway, by name.
        fixed: Entries<MoneyPerTime>,
        /// What is paid once, by name.
        once: Entries<Money>,
        /// By what the bill is split: `model`, `route`, `team`.
        attribute_by: List<String>,
        /// The sum; written, it is checked.
        total: Field<MoneyPerTime>,
    }
}

section! {
    /// Prices of what is bought by the piece. Keys beside the ones below are other units.
    pub struct UnitPrices {
        /// A replica on an accelerator.
        gpu: Field<MoneyPerTime>,
        /// A replica on a processor.
        cpu: Field<MoneyPerTime>,
        /// Memory of one accelerator.
        gpu_memory: Field<Bytes>,
        /// A terabyte stored.
        storage_tb: Field<MoneyPerTime>,
        /// Other units.
        @rest others: Entries<MoneyPerTime>,
    }
}

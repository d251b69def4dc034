//! How much of everything is needed.

use crate::measure::Criterion;
use crate::names::{Entries, Extensions, Field, List, target};
use crate::quantity::{Bytes, BytesPerTime, Count, Duration, Factor, Number, Rate, RatePerUnit, Share, TimeOfDay};

section! {
    /// How many replicas, how much memory, which queues. Keys beside the ones below are models.
    pub struct Capacity {
        /// What the computed number of replicas is multiplied with.
        @one_or_more safety: Field<Factor>,
        /// Zones that replicas are spread over.
        @one_or_more zones: Field<Count>,
        /// Highest use of a replica that is planned for.
        @above_zero utilization_max: Field<Share>,
        /// Queues by name.
        queues: Entries<Queue>,
        /// Storage by name.
        storage: Entries<Storage>,
        /// When to add and remove replicas.
        scale: List<ScaleTrigger>,
        /// Models, each with its figures.
        @rest models: Extensions<target::Served, ModelCapacity>,
    }
}

section! {
    /// How a model or route is sized.
    pub struct ModelCapacity {
        /// What one replica can do.
        @above_zero throughput: Field<RatePerUnit>,
        /// What a replica runs on.
        device: Field<Device>,
        /// Memory of the model itself.
        model: Field<Bytes>,
        /// Items in a batch.
        @one_or_more batch: Field<Count>,
        /// Memory of an item in a batch.
        item: Field<Bytes>,
        /// Memory that the runtime takes besides.
        overhead: Field<Bytes>,
        /// Memory of the device.
        @above_zero memory: Field<Bytes>,
        /// Largest model file that the device takes; checked against the `size` of each version.
        @above_zero size_max: Field<Bytes>,
        /// Share of the peak; without it `load.mix` says so.
        share: Field<Share>,
        /// Replicas; written, it is checked against the formula.
        @one_or_more replicas: Field<Count>,
        /// Fewest replicas.
        min_replicas: Field<Count>,
        /// Most replicas.
        @one_or_more max_replicas: Field<Count>,
        /// Whether no replica runs while nobody asks.
        scale_to_zero: Field<bool>,
        /// Time from start to the first answer.
        load_time: Field<Duration>,
        /// Mean time of one call.
        service_time: Field<Duration>,
        /// How much the times of calls vary: standard deviation ÷ mean. 1 where it is not known, 0 for calls that all take as long.
        service_variation: Field<Number>,
    }
}

words! {
    /// What a replica runs on.
    pub enum Device {
        /// A processor.
        Cpu = "cpu",
        /// An accelerator.
        Gpu = "gpu",
    }
}

section! {
    /// A queue between a producer and workers.
    pub struct Queue {
        /// Longest acceptable wait.
        wait: Field<Duration>,
        /// What the workers take per time.
        @above_zero drain: Field<Rate>,
        /// Depth that is aimed at; written, it is checked against wait × drain.
        depth: Field<Count>,
        /// Depth at which it refuses.
        @one_or_more limit: Field<Count>,
        /// Number of workers.
        @one_or_more workers: Field<Count>,
    }
}

section! {
    /// Something that is stored.
    pub struct Storage {
        /// What comes in a day.
        daily: Field<BytesPerTime>,
        /// How long it is kept.
        retention: Field<Duration>,
        /// Copies.
        @one_or_more replication: Field<Count>,
        /// What is planned; checked against daily × retention × replication.
        plan: Field<Bytes>,
    }
}

section! {
    /// When to add or remove replicas.
    pub struct ScaleTrigger {
        /// When: a measure, or a time of day.
        when: Field<TriggerWhen>,
        /// What is done: `up`, `down`, `pre-scale 1.5x`.
        @key("do") action: Field<ScaleAction>,
        /// The model or route that it is for; all without it.
        @key("for") of: List<crate::names::Ref<target::Served>>,
    }
}

/// When a trigger fires.
#[derive(Clone, Debug, PartialEq)]
pub enum TriggerWhen {
    /// When this holds.
    Condition(Criterion),
    /// At this time: `17:45 weekdays`.
    Time(TriggerTime),
}

/// A time that comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TriggerTime {
    /// The time of day.
    pub time: TimeOfDay,
    /// On which days.
    pub days: Weekdays,
}

words! {
    /// Days of the week.
    pub enum Weekdays {
        /// Every day.
        Daily = "daily",
        /// Monday to Friday.
        Weekdays = "weekdays",
        /// Saturday and Sunday.
        Weekends = "weekends",
        /// Mondays.
        Monday = "monday",
        /// Tuesdays.
        Tuesday = "tuesday",
        /// Wednesdays.
        Wednesday = "wednesday",
        /// Thursdays.
        Thursday = "thursday",
        /// Fridays.
        Friday = "friday",
        /// Saturdays.
        Saturday = "saturday",
        /// Sundays.
        Sunday = "sunday",
    }
}

/// What a trigger does.
#[derive(Clone, Debug, PartialEq)]
pub enum ScaleAction {
    /// Add replicas.
    Up,
    /// Remove replicas.
    Down,
    /// Have this many times the replicas, before they are needed.
    PreScale(Factor),
}

//! Words that several sections share.

words! {
    /// How much: a probability, an impact, a priority.
    pub enum Level {
        /// Little.
        Low = "low",
        /// Some.
        Medium = "medium",
        /// Much.
        High = "high",
        /// So much that it decides everything.
        Critical = "critical",
    }
}

words! {
    /// How well the team can do something.
    pub enum Skill {
        /// Not at all.
        None = "none",
        /// With help.
        Weak = "weak",
        /// Alone.
        Good = "good",
        /// Can teach it.
        Strong = "strong",
    }
}

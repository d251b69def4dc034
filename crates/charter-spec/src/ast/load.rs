//! The traffic that every capacity and load check uses.

use crate::names::{Extensions, Field, target};
use crate::quantity::{Count, Duration, Rate, Share};

section! {
    /// The traffic that every capacity and load check uses.
    pub struct Load {
        /// Requests per time at the peak: `10_000 rps`.
        @above_zero peak: Field<Rate>,
        /// Requests per time on average.
        @above_zero average: Field<Rate>,
        /// Concurrent users at the peak.
        @one_or_more users: Field<Count>,
        /// What a user waits between two requests; with it users can be turned into a rate.
        think: Field<Duration>,
        /// Share of the traffic by route; the shares add up to 100 %.
        mix: Extensions<target::Served, Share>,
        /// Rows in one request, on average.
        @rows rows: Field<Count>,
    }
}

//! From figures to places on an axis.

use charter_plan::tradeoff::Estimate;

/// An axis with room at both ends; logarithmic where its figures span a decade and are above zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
    logarithmic: bool,
}

impl Scale {
    /// Over whole intervals; `None` without any figure.
    pub(crate) fn over(estimates: impl Iterator<Item = Estimate> + Clone) -> Option<Self> {
        let low = estimates.clone().map(|estimate| estimate.low).fold(f64::INFINITY, f64::min);
        let high = estimates.map(|estimate| estimate.high).fold(f64::NEG_INFINITY, f64::max);
        if !low.is_finite() || !high.is_finite() {
            return None;
        }
        let logarithmic = low > 0.0 && high / low > 10.0;
        let room = if logarithmic { (high / low).powf(0.04) } else { (high - low).max(high.abs() * 0.05).max(1e-12) * 0.06 };
        let (low, high) =
            if logarithmic { (low / room, high * room) } else { ((low - room).max(if low >= 0.0 { 0.0 } else { f64::MIN }), high + room) };
        Some(Self { low, high, logarithmic })
    }

    /// 0 at the low end, 1 at the high end.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let part = if self.logarithmic {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.5 }
    }

    /// One of `count` cells, from 0.
    pub(crate) fn cell(&self, value: f64, count: usize) -> usize {
        // Cells are few.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let cell = (self.place(value) * (count.max(1) - 1) as f64).round() as usize;
        cell
    }

    /// The figure half-way.
    pub(crate) fn middle(&self) -> f64 {
        self.at(0.5)
    }

    pub(crate) fn at(&self, part: f64) -> f64 {
        if self.logarithmic { self.low * (self.high / self.low).powf(part) } else { self.low + (self.high - self.low) * part }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_have_room_and_decades_are_logarithmic() {
        let scale = Scale::over([Estimate::exact(1.0), Estimate::exact(100.0)].into_iter()).unwrap();
        assert!(scale.low < 1.0 && scale.high > 100.0);
        assert!((scale.place(10.0) - 0.5).abs() < 1e-9, "{scale:?}");
        let plain = Scale::over([Estimate::new(4.0, 3.0, 5.0)].into_iter()).unwrap();
        assert!(plain.low < 3.0 && plain.high > 5.0 && (plain.place(4.0) - 0.5).abs() < 1e-9);
        assert!(Scale::over(std::iter::empty::<Estimate>()).is_none());
        // One figure alone stands in the middle.
        assert!((Scale::over([Estimate::exact(2.0)].into_iter()).unwrap().place(2.0) - 0.5).abs() < 0.01);
    }
}

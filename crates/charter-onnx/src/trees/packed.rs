//! Packed tree nodes: eight, twelve or sixteen bytes, children adjacent. Which trees they form belongs to `forest`.

use std::ops::{Add, Div, Neg};

use crate::tensor::Element;
use crate::workspace::Scratch;

/// A float that thresholds, features and scores are made of.
pub(crate) trait Real:
    Element + Copy + PartialOrd + From<f32> + Add<Output = Self> + Div<Output = Self> + Neg<Output = Self> + Send + Sync
{
    const INFINITY: Self;
    const ZERO: Self;
    /// The next representable value below.
    fn before(self) -> Self;
    fn missing(self) -> bool;
    fn to_f32(self) -> f32;
    fn from_count(count: usize) -> Self;
    fn from_f64(value: f64) -> Self;
    /// The scratch buffer for sums of this type.
    fn sums(scratch: &mut Scratch) -> &mut Vec<Self>;
    /// The scratch buffer for features column by column.
    fn lanes(scratch: &mut Scratch) -> &mut Vec<Self>;
}

macro_rules! real {
    ($type:ty, $sums:ident, $lanes:ident) => {
        impl Real for $type {
            const INFINITY: Self = <$type>::INFINITY;
            const ZERO: Self = 0.0;
            fn before(self) -> Self {
                self.next_down()
            }
            fn missing(self) -> bool {
                self.is_nan()
            }
            fn to_f32(self) -> f32 {
                self as f32
            }
            fn from_count(count: usize) -> Self {
                count as $type
            }
            fn from_f64(value: f64) -> Self {
                value as $type
            }
            fn sums(scratch: &mut Scratch) -> &mut Vec<Self> {
                &mut scratch.$sums
            }
            fn lanes(scratch: &mut Scratch) -> &mut Vec<Self> {
                &mut scratch.$lanes
            }
        }
    };
}
real!(f32, sums_f32, lanes_f32);
real!(f64, sums_f64, lanes_f64);

/// One step of a walk: go to `left`, or to `left + 1` when the feature is above the threshold.
/// A leaf is its own left child and its threshold is infinite, so a walk may take more steps than the leaf is deep.
pub(crate) trait Packed: Copy + Send + Sync {
    type Value: Real;
    /// `None` when a number does not fit this layout.
    fn pack(feature: u32, threshold: Self::Value, left: usize) -> Option<Self>;
    fn feature(self) -> usize;
    fn threshold(self) -> Self::Value;
    /// Relative to the tree's first node.
    fn left(self) -> usize;
}

/// Eight bytes: up to 65,536 features and 65,536 nodes a tree.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(crate) struct Narrow {
    threshold: f32,
    feature: u16,
    left: u16,
}

impl Packed for Narrow {
    type Value = f32;
    fn pack(feature: u32, threshold: f32, left: usize) -> Option<Self> {
        Some(Narrow { threshold, feature: u16::try_from(feature).ok()?, left: u16::try_from(left).ok()? })
    }
    #[inline(always)]
    fn feature(self) -> usize {
        self.feature as usize
    }
    #[inline(always)]
    fn threshold(self) -> f32 {
        self.threshold
    }
    #[inline(always)]
    fn left(self) -> usize {
        self.left as usize
    }
}

/// Twelve bytes a node for floats, sixteen for doubles.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(crate) struct Wide<T> {
    threshold: T,
    feature: u32,
    left: u32,
}

impl<T: Real> Packed for Wide<T> {
    type Value = T;
    fn pack(feature: u32, threshold: T, left: usize) -> Option<Self> {
        Some(Wide { threshold, feature, left: u32::try_from(left).ok()? })
    }
    #[inline(always)]
    fn feature(self) -> usize {
        self.feature as usize
    }
    #[inline(always)]
    fn threshold(self) -> T {
        self.threshold
    }
    #[inline(always)]
    fn left(self) -> usize {
        self.left as usize
    }
}

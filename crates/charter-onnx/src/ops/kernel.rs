//! Products of 32-bit float matrices with constant weights, packed for vector units. Which operator asks belongs to `product`.
//!
//! Weights are packed in panels of 32 columns. The same code is compiled for several instruction sets and chosen at run time.

/// Columns of one panel.
const PANEL: usize = 32;
/// Up to this many columns, each column is a dot product of its own.
const NARROW_MAX: usize = 4;

/// The instruction set that products use. Only [`Level::detect`] makes the vector levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    pub(crate) fn detect() -> Level {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Level::Avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Level::Avx2;
            }
        }
        Level::Portable
    }
}

/// Constant weights of shape `[depth, columns]`.
#[derive(Debug)]
pub(crate) struct Weights {
    layout: Layout,
    depth: usize,
    columns: usize,
}

#[derive(Debug)]
enum Layout {
    /// Column after column.
    Columns(Vec<f32>),
    /// Panel after panel, each `depth` lines of [`PANEL`] values; the last panel is filled with zeros.
    Panels(Vec<[f32; PANEL]>),
}

impl Weights {
    /// Packs weights; `at(k, n)` gives the value in line `k` and column `n`.
    pub(crate) fn pack(depth: usize, columns: usize, at: impl Fn(usize, usize) -> f32) -> Weights {
        let layout = if columns <= NARROW_MAX {
            Layout::Columns(
                (0..columns).flat_map(|column| (0..depth).map(move |line| (line, column))).map(|(line, column)| at(line, column)).collect(),
            )
        } else {
            let mut panels = Vec::with_capacity(columns.div_ceil(PANEL) * depth);
            for first in (0..columns).step_by(PANEL) {
                for line in 0..depth {
                    panels.push(std::array::from_fn(|lane| if first + lane < columns { at(line, first + lane) } else { 0.0 }));
                }
            }
            Layout::Panels(panels)
        };
        Weights { layout, depth, columns }
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// `out[rows, columns] = left[rows, depth] · weights + bias`, negative results cut off when `rectify`.
    /// `bias` has `columns` values or none.
    pub(crate) fn multiply(&self, level: Level, left: &[f32], bias: &[f32], rectify: bool, out: &mut [f32]) {
        match level {
            Level::Portable => self.multiply_with::<1, false>(left, bias, rectify, out),
            // SAFETY: `Level::detect` made this level after it found these instructions on this processor.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { self.multiply_avx2(left, bias, rectify, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { self.multiply_avx512(left, bias, rectify, out) },
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn multiply_avx2(&self, left: &[f32], bias: &[f32], rectify: bool, out: &mut [f32]) {
        self.multiply_with::<3, true>(left, bias, rectify, out);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx2,fma")]
    fn multiply_avx512(&self, left: &[f32], bias: &[f32], rectify: bool, out: &mut [f32]) {
        self.multiply_with::<8, true>(left, bias, rectify, out);
    }

    #[inline(always)]
    fn multiply_with<const ROWS: usize, const FUSED: bool>(&self, left: &[f32], bias: &[f32], rectify: bool, out: &mut [f32]) {
        if self.columns == 0 || self.depth == 0 {
            for line in out.chunks_mut(self.columns.max(1)) {
                line.iter_mut().enumerate().for_each(|(column, out)| *out = finish(0.0, bias.get(column), rectify));
            }
            return;
        }
        match &self.layout {
            Layout::Columns(columns) => {
                for (row, line) in left.chunks_exact(self.depth).zip(out.chunks_exact_mut(self.columns)) {
                    for ((index, weights), out) in columns.chunks_exact(self.depth).enumerate().zip(line) {
                        *out = finish(dot::<FUSED>(row, weights), bias.get(index), rectify);
                    }
                }
            }
            Layout::Panels(panels) => {
                let rows = out.len() / self.columns;
                for (index, panel) in panels.chunks_exact(self.depth).enumerate() {
                    let columns = index * PANEL..((index + 1) * PANEL).min(self.columns);
                    let mut first = 0;
                    while first + ROWS <= rows {
                        self.block::<ROWS, FUSED>(panel, left, first, bias, columns.clone(), rectify, out);
                        first += ROWS;
                    }
                    while first < rows {
                        self.block::<1, FUSED>(panel, left, first, bias, columns.clone(), rectify, out);
                        first += 1;
                    }
                }
            }
        }
    }

    /// One panel for `ROWS` rows, sums in registers.
    #[inline(always)]
    #[allow(clippy::too_many_arguments, reason = "one hot loop, spelled out so that it stays in registers")]
    fn block<const ROWS: usize, const FUSED: bool>(
        &self,
        panel: &[[f32; PANEL]],
        left: &[f32],
        first: usize,
        bias: &[f32],
        columns: std::ops::Range<usize>,
        rectify: bool,
        out: &mut [f32],
    ) {
        let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &left[(first + row) * self.depth..][..panel.len()]);
        let mut sums = [[0.0_f32; PANEL]; ROWS];
        for (line, weights) in panel.iter().enumerate() {
            for row in 0..ROWS {
                let value = rows[row][line];
                for lane in 0..PANEL {
                    sums[row][lane] =
                        if FUSED { value.mul_add(weights[lane], sums[row][lane]) } else { sums[row][lane] + value * weights[lane] };
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            let start = (first + row) * self.columns;
            let line = &mut out[start + columns.start..start + columns.end];
            if bias.is_empty() {
                line.iter_mut().zip(sums).for_each(|(out, &sum)| *out = if rectify { sum.max(0.0) } else { sum });
            } else {
                let bias = &bias[columns.clone()];
                for ((out, &sum), &bias) in line.iter_mut().zip(sums).zip(bias) {
                    let value = sum + bias;
                    *out = if rectify { value.max(0.0) } else { value };
                }
            }
        }
    }
}

#[inline(always)]
fn finish(sum: f32, bias: Option<&f32>, rectify: bool) -> f32 {
    let value = sum + bias.copied().unwrap_or(0.0);
    if rectify { value.max(0.0) } else { value }
}

#[inline(always)]
fn dot<const FUSED: bool>(left: &[f32], right: &[f32]) -> f32 {
    let (left_chunks, left_rest) = left.as_chunks::<PANEL>();
    let (right_chunks, right_rest) = right.as_chunks::<PANEL>();
    let mut sums = [0.0_f32; PANEL];
    for (left, right) in left_chunks.iter().zip(right_chunks) {
        for lane in 0..PANEL {
            sums[lane] = if FUSED { left[lane].mul_add(right[lane], sums[lane]) } else { sums[lane] + left[lane] * right[lane] };
        }
    }
    let mut rest = 0.0;
    for (left, right) in left_rest.iter().zip(right_rest) {
        rest += left * right;
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels() -> Vec<Level> {
        let mut levels = vec![Level::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            match Level::detect() {
                Level::Avx512 => levels.extend([Level::Avx2, Level::Avx512]),
                Level::Avx2 => levels.push(Level::Avx2),
                Level::Portable => {}
            }
        }
        levels
    }

    #[test]
    fn every_instruction_set_agrees_with_the_plain_sum() {
        for (rows, depth, columns) in [(1, 1, 1), (1, 128, 256), (7, 33, 65), (32, 17, 3), (9, 5, 31), (5, 64, 5)] {
            let left: Vec<f32> = (0..rows * depth).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect();
            let at = |line: usize, column: usize| ((line * 13 + column * 7) % 29) as f32 / 29.0 - 0.5;
            let bias: Vec<f32> = (0..columns).map(|column| column as f32 / 10.0).collect();
            let weights = Weights::pack(depth, columns, at);
            for level in levels() {
                let mut out = vec![f32::NAN; rows * columns];
                weights.multiply(level, &left, &bias, true, &mut out);
                for row in 0..rows {
                    for column in 0..columns {
                        let plain: f64 = (0..depth).map(|line| f64::from(left[row * depth + line]) * f64::from(at(line, column))).sum();
                        let wanted = (plain + f64::from(bias[column])).max(0.0);
                        let got = f64::from(out[row * columns + column]);
                        assert!((got - wanted).abs() < 1e-5, "{level:?} {rows}x{depth}x{columns} at {row},{column}: {got} for {wanted}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_product_over_nothing_is_the_bias() {
        let weights = Weights::pack(0, 6, |_, _| 0.0);
        let mut out = [f32::NAN; 6];
        weights.multiply(Level::detect(), &[], &[1.0, -1.0, 2.0, 3.0, 4.0, 5.0], true, &mut out);
        assert_eq!(out, [1.0, 0.0, 2.0, 3.0, 4.0, 5.0]);
    }
}

//! Products of 32-bit float matrices with constant weights, packed for vector units. Which operator asks belongs to `product`.
//!
//! Weights are packed in panels of 32 columns. The same code is compiled for several instruction sets and chosen at run time.

/// Columns of one panel.
const PANEL: usize = 32;
/// The most rows whose sums are kept in registers together.
const BLOCK: usize = 8;
/// Up to this many columns, each column is a dot product of its own.
const NARROW_MAX: usize = 4;

#[cfg(target_arch = "x86_64")]
#[path = "kernel_x86.rs"]
mod vector;

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
        let kernel = match level {
            Level::Portable => &PORTABLE,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => &vector::AVX2,
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => &vector::AVX512,
        };
        self.multiply_with(kernel, left, bias, rectify, out);
    }

    fn multiply_with(&self, kernel: &Kernel, left: &[f32], bias: &[f32], rectify: bool, out: &mut [f32]) {
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
                        *out = finish((kernel.dot)(row, weights), bias.get(index), rectify);
                    }
                }
            }
            Layout::Panels(panels) => {
                let rows = out.len() / self.columns;
                let mut sums = [[0.0; PANEL]; BLOCK];
                for (index, panel) in panels.chunks_exact(self.depth).enumerate() {
                    let columns = index * PANEL..((index + 1) * PANEL).min(self.columns);
                    let mut first = 0;
                    while first < rows {
                        let taken = (kernel.block)(panel, &left[first * self.depth..], rows - first, &mut sums);
                        for (row, sums) in sums.iter().take(taken).enumerate() {
                            let start = (first + row) * self.columns;
                            write_line(
                                sums,
                                &bias[columns.start.min(bias.len())..columns.end.min(bias.len())],
                                rectify,
                                &mut out[start + columns.start..start + columns.end],
                            );
                        }
                        first += taken;
                    }
                }
            }
        }
    }
}

/// Panel, left rows, how many rows there are, and where the sums go.
type Block = fn(&[[f32; PANEL]], &[f32], usize, &mut [[f32; PANEL]; BLOCK]) -> usize;

/// The two inner loops, for one instruction set.
struct Kernel {
    /// Sums of one panel for as many rows as fit in registers, at most `rows` and [`BLOCK`]; answers how many.
    block: Block,
    /// The sum of products of two lines.
    dot: fn(&[f32], &[f32]) -> f32,
}

const PORTABLE: Kernel = Kernel { block: block_portable, dot: dot::<false> };

fn block_portable(panel: &[[f32; PANEL]], left: &[f32], _rows: usize, sums: &mut [[f32; PANEL]; BLOCK]) -> usize {
    let mut own = [0.0_f32; PANEL];
    for (weights, &value) in panel.iter().zip(left) {
        own.iter_mut().zip(weights).for_each(|(sum, &weight)| *sum += value * weight);
    }
    sums[0] = own;
    1
}

fn write_line(sums: &[f32; PANEL], bias: &[f32], rectify: bool, line: &mut [f32]) {
    if bias.is_empty() {
        line.iter_mut().zip(sums).for_each(|(out, &sum)| *out = if rectify { sum.max(0.0) } else { sum });
        return;
    }
    for ((out, &sum), &bias) in line.iter_mut().zip(sums).zip(bias) {
        let value = sum + bias;
        *out = if rectify { value.max(0.0) } else { value };
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

//! The inner loops of `kernel` for x86-64 vector units. Choosing among them belongs to `kernel`.
//!
//! The compiler does not keep a block of sums in registers by itself, so the loads and multiplications are spelled out.

use std::arch::x86_64::*;

use super::{BLOCK, Kernel, PANEL, dot};

pub(super) const AVX2: Kernel = Kernel {
    // SAFETY: only `Level::Avx2` leads here, and `Level::detect` makes it only after it found these instructions.
    block: |panel, left, rows, sums| unsafe { blocks_avx2(panel, left, rows, sums) },
    // SAFETY: as above.
    dot: |left, right| unsafe { dot_avx2(left, right) },
};

pub(super) const AVX512: Kernel = Kernel {
    // SAFETY: only `Level::Avx512` leads here, and `Level::detect` makes it only after it found these instructions.
    block: |panel, left, rows, sums| unsafe { blocks_avx512(panel, left, rows, sums) },
    // SAFETY: as above; `Level::detect` asks for AVX2 and FMA too.
    dot: |left, right| unsafe { dot_avx2(left, right) },
};

#[target_feature(enable = "avx2,fma")]
fn dot_avx2(left: &[f32], right: &[f32]) -> f32 {
    dot::<true>(left, right)
}

#[target_feature(enable = "avx2,fma")]
fn blocks_avx2(panel: &[[f32; PANEL]], left: &[f32], rows: usize, sums: &mut [[f32; PANEL]; BLOCK]) -> usize {
    // Sixteen registers: six rows of half a panel, or one row of a whole one.
    if rows >= 6 {
        block_avx2::<6, 2>(panel, left, 0, sums);
        block_avx2::<6, 2>(panel, left, PANEL / 2, sums);
        6
    } else if rows >= 3 {
        block_avx2::<3, 2>(panel, left, 0, sums);
        block_avx2::<3, 2>(panel, left, PANEL / 2, sums);
        3
    } else {
        block_avx2::<1, 4>(panel, left, 0, sums);
        1
    }
}

#[target_feature(enable = "avx512f,avx2,fma")]
fn blocks_avx512(panel: &[[f32; PANEL]], left: &[f32], rows: usize, sums: &mut [[f32; PANEL]; BLOCK]) -> usize {
    if rows >= 8 {
        block_avx512::<8>(panel, left, 0, sums);
        8
    } else if rows >= 4 {
        block_avx512::<4>(panel, left, 0, sums);
        4
    } else {
        block_avx2::<1, 4>(panel, left, 0, sums);
        1
    }
}

macro_rules! block {
    ($name:ident, [$($generic:tt)*], $vectors:expr, $offset:ident, $features:literal, $width:literal, $zero:ident, $load:ident, $splat:ident, $fma:ident, $store:ident) => {
        /// Sums for `ROWS` rows of `left`, each `panel.len()` values, over the vectors that start at the offset.
        #[target_feature(enable = $features)]
        fn $name<$($generic)*>(panel: &[[f32; PANEL]], left: &[f32], $offset: usize, sums: &mut [[f32; PANEL]; BLOCK]) {
            let depth = panel.len();
            assert!(left.len() >= ROWS * depth && $offset + $vectors * $width <= PANEL && ROWS <= BLOCK);
            let mut own = [[$zero(); $vectors]; ROWS];
            for (line, weights) in panel.iter().enumerate() {
                // SAFETY: the assertion above keeps offset and vectors within the panel's line.
                let weights: [_; $vectors] = std::array::from_fn(|i| unsafe { $load(weights.as_ptr().add($offset + i * $width)) });
                for row in 0..ROWS {
                    // SAFETY: `row < ROWS` and `line < depth`, and `left` holds `ROWS * depth` values.
                    let value = $splat(unsafe { *left.get_unchecked(row * depth + line) });
                    for i in 0..$vectors {
                        own[row][i] = $fma(value, weights[i], own[row][i]);
                    }
                }
            }
            for (sums, own) in sums.iter_mut().zip(&own) {
                for (i, own) in own.iter().enumerate() {
                    // SAFETY: the assertion above keeps offset and vectors within the line of sums.
                    unsafe { $store(sums.as_mut_ptr().add($offset + i * $width), *own) };
                }
            }
        }
    };
}

block!(block_avx2, [const ROWS: usize, const VECTORS: usize], VECTORS, offset, "avx2,fma", 8, _mm256_setzero_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_storeu_ps);
block!(block_avx512, [const ROWS: usize], 2, offset, "avx512f,avx2,fma", 16, _mm512_setzero_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_storeu_ps);

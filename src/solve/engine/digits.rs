//! Several levels in one integer: digits of a fixed width, the first level's highest.
//!
//! Lexicographic order of level values is the order of these integers, as long as no digit outgrows its
//! width: sums over units never enter, only values of single units, prices and their differences.

use crate::scenario::Sense;

/// Which levels are digits, and where.
#[derive(Clone, Debug)]
pub(super) struct Digits {
    /// By digit: the position of its lowest bit, descending.
    pub(super) shift: Vec<u32>,
    /// By digit: +1 for a maximised level, -1 for a minimised one.
    pub(super) sign: Vec<i64>,
}

/// Bits that are left to differences of prices, and to the parts of a value.
const SLACK: u32 = 14;
/// Bits of a lexicographic cost in use.
const WIDTH: u32 = 112;

impl Digits {
    /// Digits for as many of the leading levels as fit; `largest` is the largest coefficient of each.
    pub(super) fn new(levels: &[(Sense, i64)]) -> Self {
        let mut width = 0;
        let widths =
            levels.iter().map(|&(_, largest)| 64 - largest.unsigned_abs().leading_zeros() + SLACK + 1);
        let fitting = widths.take_while(|bits| {
            width += bits;
            width <= WIDTH
        });
        let widths: Vec<u32> = fitting.collect();
        let mut above = widths.iter().sum::<u32>();
        let shift = widths.iter().map(|bits| {
            above -= bits;
            above
        });
        let sign = levels.iter().map(|&(sense, _)| sense.sign());
        Self { shift: shift.collect(), sign: sign.take(widths.len()).collect() }
    }

    /// How many levels are digits.
    pub(super) fn len(&self) -> usize {
        self.shift.len()
    }

    /// One level's coefficient as its digit.
    pub(super) fn digit(&self, level: usize, coefficient: i64) -> i128 {
        i128::from(self.sign[level] * coefficient) << self.shift[level]
    }
}

/// The value without the digits below `shift`, rounded to the nearest: lower digits may be negative.
pub(super) const fn cut(value: i128, shift: u32) -> i128 {
    if shift == 0 { value } else { (value + (1 << (shift - 1))) >> shift }
}

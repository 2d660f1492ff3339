//! Exact integers of two sizes: 128 bits, which say so when they overflow, and big ones, which never do.

use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{ToPrimitive, Zero};

/// Integers in which a sum is either right or absent.
pub(super) trait Exact: Clone + Ord + Send + Sync {
    /// This small integer.
    fn of(value: i128) -> Self;
    /// This integer, if it fits.
    fn of_big(value: &BigInt) -> Option<Self>;
    /// For results.
    fn to_big(&self) -> BigInt;
    /// Whether it is 0.
    fn is_nought(&self) -> bool;
    /// The sum.
    fn plus(&self, other: &Self) -> Option<Self>;
    /// The product.
    fn times(&self, other: &Self) -> Option<Self>;
    /// The product with a small integer.
    fn scaled(&self, by: i128) -> Option<Self>;
    /// The quotient by an integer above 0, rounded down.
    fn floor_over(&self, denominator: &Self) -> Self;

    /// Adds so many times `price` to it.
    fn add(&mut self, price: &Self, by: i128) -> Option<()> {
        if by != 0 && !price.is_nought() {
            *self = self.plus(&price.scaled(by)?)?;
        }
        Some(())
    }
}

impl Exact for i128 {
    fn of(value: i128) -> Self {
        value
    }
    fn of_big(value: &BigInt) -> Option<Self> {
        value.to_i128()
    }
    fn to_big(&self) -> BigInt {
        BigInt::from(*self)
    }
    fn is_nought(&self) -> bool {
        *self == 0
    }
    fn plus(&self, other: &Self) -> Option<Self> {
        self.checked_add(*other)
    }
    fn times(&self, other: &Self) -> Option<Self> {
        match (i64::try_from(*self), i64::try_from(*other)) {
            (Ok(a), Ok(b)) => Some(i128::from(a) * i128::from(b)),
            _ => self.checked_mul(*other),
        }
    }
    fn scaled(&self, by: i128) -> Option<Self> {
        self.times(&by)
    }
    fn floor_over(&self, denominator: &Self) -> Self {
        if *denominator == 1 { *self } else { self.div_floor(denominator) }
    }
}

impl Exact for BigInt {
    fn of(value: i128) -> Self {
        BigInt::from(value)
    }
    fn of_big(value: &BigInt) -> Option<Self> {
        Some(value.clone())
    }
    fn to_big(&self) -> BigInt {
        self.clone()
    }
    fn is_nought(&self) -> bool {
        self.is_zero()
    }
    fn plus(&self, other: &Self) -> Option<Self> {
        Some(self + other)
    }
    fn times(&self, other: &Self) -> Option<Self> {
        Some(self * other)
    }
    fn scaled(&self, by: i128) -> Option<Self> {
        Some(self * by)
    }
    fn floor_over(&self, denominator: &Self) -> Self {
        self.div_floor(denominator)
    }
}

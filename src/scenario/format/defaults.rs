//! What stands where a field is absent, and when it may be.
#![expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::ref_option,
    reason = "serde passes fields by reference"
)]

use serde::Serializer;

pub(super) const fn one() -> i64 {
    1
}

pub(super) const fn six() -> i64 {
    6
}

pub(super) const fn fifteen() -> i64 {
    15
}

pub(super) const fn yes() -> bool {
    true
}

pub(super) const fn certain() -> f64 {
    1.0
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

pub(super) const fn is_false(value: &bool) -> bool {
    !*value
}

pub(super) const fn is_true(value: &bool) -> bool {
    *value
}

pub(super) const fn is<const DEFAULT: i64>(value: &i64) -> bool {
    *value == DEFAULT
}

pub(super) fn is_nought(value: &f64) -> bool {
    *value == 0.0
}

pub(super) fn is_certain(value: &f64) -> bool {
    value.to_bits() == certain().to_bits()
}

/// Writes a whole number without a fraction: ages are mostly whole.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "only whole numbers that 64 bits hold are converted"
)]
pub(super) fn number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        serializer.serialize_i64(*value as i64)
    } else {
        serializer.serialize_f64(*value)
    }
}

pub(super) fn optional_number<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => number(value, serializer),
        None => serializer.serialize_none(),
    }
}

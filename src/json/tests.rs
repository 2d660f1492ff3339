//! The two readers agree.

use proptest::prelude::*;

use super::{fast, thorough};
use crate::plan::Plan;
use crate::scenario::format;

#[path = "../../tests/it/mutate.rs"]
mod mutate;

const EVERY_FIELD: &str = include_str!("../../tests/it/every-field.json");

const PLAN: &str = r#"{"format": "airbridge/plan/1", "scenario": {"name": "s", "digest": "blake3:0"},
  "status": "optimal", "levels": [], "assignments": [{"unit": "U1", "departure": "D1"}], "unseated": [],
  "departures": [], "certificate": [{"level": null, "bound": -1, "split": {"columns": [], "at_most": 0},
  "low": {"denominator": 1, "prices": []}, "high": {"cuts": [{"denominator": "7", "prices": [
  {"row": "cut", "index": 0, "numerator": -3}]}], "denominator": 1, "prices": []}}]}"#;

fn agree<T>(text: &str, format: &str, format_of: impl Fn(&T) -> &String) -> Result<(), TestCaseError>
where
    T: for<'de> serde::Deserialize<'de> + schemars::JsonSchema + PartialEq + std::fmt::Debug,
{
    let quick = fast::<T>(text).filter(|value| format_of(value) == format);
    let slow = thorough::<T>(text, format);
    match (quick, slow) {
        (Some(quick), Ok(slow)) => {
            prop_assert_eq!(slow.faults, vec![]);
            prop_assert_eq!(quick, slow.value);
        }
        (Some(_), Err(fault)) => prop_assert!(false, "only the thorough one refuses: {:?}", fault),
        (None, Ok(slow)) => {
            prop_assert!(!slow.faults.is_empty() || text.contains("-0"), "only the fast one refuses");
        }
        (None, Err(_)) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_fast_and_the_thorough_reader_agree(changes in mutate::changes()) {
        let text = mutate::mutated(EVERY_FIELD, &changes);
        agree(&text, format::FORMAT, |written: &format::Scenario| &written.format)?;
        let text = mutate::mutated(PLAN, &changes);
        agree(&text, crate::plan::FORMAT, |plan: &Plan| &plan.format)?;
    }
}

#[test]
fn a_path_that_was_shown_is_found_again() {
    for text in ["departures[6].admits_any[0]", "a", "[3]", "units[0].documents[\"a b\"].x", ""] {
        assert_eq!(super::Path::parse(text).to_string(), text);
    }
}

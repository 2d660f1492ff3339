//! What a family is told: plain sentences from `sentences.txt`, one file that a translator can find.

use crate::diagnostic::printable;
use crate::rule::Rule;
use crate::scenario::{Departure, Level, Measure};

const SENTENCES: &str = include_str!("sentences.txt");

/// The sentence of a key.
///
/// # Panics
/// Where the file has no such key; a test asks for all of them.
#[must_use]
pub fn sentence(key: &str) -> &'static str {
    let lines = SENTENCES.lines().filter(|line| !line.starts_with('#'));
    let mut pairs = lines.filter_map(|line| line.split_once(" = "));
    pairs.find(|(known, _)| *known == key).map(|(_, text)| text).expect("every key is in the file")
}

/// No departure may take the family; `nearest`: the one with the fewest failed tests, and these.
#[must_use]
pub fn never_possible(nearest: Option<(&str, &[Rule])>) -> String {
    let Some((departure, rules)) = nearest else { return sentence("never_possible.none").into() };
    let tests: Vec<&str> = rules.iter().map(|rule| sentence(rule.code())).collect();
    sentence("never_possible")
        .replace("{departure}", &printable(departure))
        .replace("{tests}", &tests.join(", and "))
}

/// Nothing that obeys the rules seats the family.
#[must_use]
pub fn blocked() -> String {
    sentence("blocked").into()
}

/// A higher priority would be missed.
#[must_use]
pub fn outranked(level: &str) -> String {
    sentence("outranked").replace("{level}", level)
}

/// As good a plan has the family aboard; `level`: what decided instead.
#[must_use]
pub fn lost_draw(level: Option<&Level>) -> String {
    let key = match level.map(|level| &level.measure) {
        Some(Measure::PersonDays(_)) => "lost_draw.person_days",
        Some(Measure::Changes) => "lost_draw.changes",
        Some(Measure::Lottery { .. }) => "lost_draw.lottery",
        Some(
            Measure::Persons(_)
            | Measure::Seats(_)
            | Measure::Units(_)
            | Measure::Weighted(_)
            | Measure::Urgency(_)
            | Measure::Preference(_)
            | Measure::ExpectedPersons(_)
            | Measure::WaitingDays(_)
            | Measure::Cost,
        )
        | None => "lost_draw",
    };
    sentence(key).into()
}

/// It stayed open.
#[must_use]
pub fn not_proven() -> String {
    sentence("not_proven").into()
}

/// The record says that the family was not there.
#[must_use]
pub fn no_show() -> String {
    sentence("no_show").into()
}

/// The family travels; `is_first`: nothing open to it leaves earlier.
#[must_use]
pub fn seated(departure: &Departure, is_first: FirstOpen) -> String {
    let key = match is_first {
        FirstOpen::Yes => "seated.first",
        FirstOpen::No => "seated",
    };
    let time = departure.departs.to_string();
    sentence(key).replace("{departure}", &printable(&departure.id)).replace("{time}", &time)
}

/// Whether nothing that is open to a family leaves before its departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstOpen {
    /// It is the first.
    Yes,
    /// Others leave earlier.
    No,
}

#[cfg(test)]
mod tests {
    use super::sentence;
    use crate::eligibility::TESTS;

    #[test]
    fn every_key_has_a_sentence() {
        let kinds = [
            "never_possible",
            "never_possible.none",
            "blocked",
            "outranked",
            "lost_draw",
            "lost_draw.person_days",
            "lost_draw.changes",
            "lost_draw.lottery",
            "not_proven",
            "no_show",
            "seated",
            "seated.first",
        ];
        for key in kinds.into_iter().chain(TESTS.map(crate::rule::Rule::code)) {
            assert!(!sentence(key).is_empty());
        }
    }
}

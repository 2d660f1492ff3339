//! Ids to positions, and what to say about an id that is none.

use std::fmt::Display;

use rustc_hash::FxHashMap;

use super::findings::Findings;
use crate::diagnostic::tick;
use crate::json::At;

/// What a reference may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noun {
    Place,
    Departure,
    Category,
    Unit,
}

impl Noun {
    pub(super) const fn singular(self) -> &'static str {
        match self {
            Noun::Place => "place",
            Noun::Departure => "departure",
            Noun::Category => "category",
            Noun::Unit => "unit",
        }
    }

    const fn plural(self) -> &'static str {
        match self {
            Noun::Place => "places",
            Noun::Departure => "departures",
            Noun::Category => "categories",
            Noun::Unit => "units",
        }
    }

    /// The code of a reference to nothing.
    const fn code(self) -> &'static str {
        match self {
            Noun::Place => "E0101",
            Noun::Departure => "E0102",
            Noun::Category => "E0103",
            Noun::Unit => "E0104",
        }
    }
}

/// The ids of one list.
pub(super) struct Index<'s> {
    noun: Noun,
    ids: Vec<&'s str>,
    positions: FxHashMap<&'s str, usize>,
    /// Whether every id of the list could be read: else a reference to nothing may be none.
    complete: bool,
}

/// How many ids a hint lists.
const LISTED: usize = 8;

impl<'s> Index<'s> {
    /// The ids of the list at `list`, of which each must be there and unique.
    pub(super) fn new(
        noun: Noun,
        ids: impl Iterator<Item = &'s str>,
        (list, field): (&str, Option<&str>),
        findings: &mut Findings,
    ) -> Self {
        let complete = findings.is_list_sound(list, field);
        let mut index = Self { noun, ids: ids.collect(), positions: FxHashMap::default(), complete };
        for (position, &id) in index.ids.iter().enumerate() {
            let (top, at_field);
            top = At::top(list);
            let element = top.index(position);
            let at = match field {
                Some(field) => {
                    at_field = element.key(field);
                    &at_field
                }
                None => &element,
            };
            if no_empty_id(at, id, noun.singular(), findings) {
                let first = *index.positions.entry(id).or_insert(position);
                unique_id(
                    at,
                    id,
                    noun.singular(),
                    (first != position).then(|| format!("{list}[{first}]")),
                    findings,
                );
            }
        }
        index
    }

    /// The position of `id`, quietly.
    pub(super) fn get(&self, id: &str) -> Option<usize> {
        self.positions.get(id).copied()
    }

    /// Whether a reference to nothing is surely one.
    pub(super) const fn is_complete(&self) -> bool {
        self.complete
    }

    /// The ids, in order.
    pub(super) fn ids(&self) -> impl ExactSizeIterator<Item = &'s str> + use<'_, 's> {
        self.ids.iter().copied()
    }

    /// The position of `id`; 0 and a finding where there is none. `says` begins the message.
    pub(super) fn resolve(&self, at: &At, id: &str, says: impl Display, findings: &mut Findings) -> usize {
        self.get(id).unwrap_or_else(|| {
            if self.complete {
                self.dangling_reference(at, id, says, findings);
            }
            0
        })
    }

    fn dangling_reference(&self, at: &At, id: &str, says: impl Display, findings: &mut Findings) {
        if !findings.is_sound(at) {
            return;
        }
        let noun = self.noun.singular();
        let message = format!("{says} {noun} {}, which the scenario does not list", tick(id));
        let hint = match findings.meant(id, self.ids()) {
            Some(near) => format!("did you mean {}?", tick(near)),
            None => self.listing(),
        };
        findings.error(self.noun.code(), at, message, hint);
    }

    fn listing(&self) -> String {
        let plural = self.noun.plural();
        let listed: Vec<String> = self.ids().take(LISTED).map(tick).collect();
        match self.ids.len() {
            0 => format!("the scenario lists no {plural}"),
            count if count > LISTED => {
                format!("{plural} of this scenario are {} and {} more", listed.join(", "), count - LISTED)
            }
            _ => format!("{plural} of this scenario are {}", listed.join(", ")),
        }
    }
}

/// E0107: an id is empty. Says whether it is in order.
pub(super) fn no_empty_id(at: &At, id: &str, noun: &str, findings: &mut Findings) -> bool {
    if id.is_empty() {
        findings.error(
            "E0107",
            at,
            format!("the id of a {noun} is empty"),
            "give it an id of at least one character",
        );
    }
    !id.is_empty()
}

/// E0110: an id is there twice; `first` is where it stands for the first time.
pub(super) fn unique_id(at: &At, id: &str, noun: &str, first: Option<String>, findings: &mut Findings) {
    if let Some(first) = first {
        let message = format!("{noun} {} is listed twice", tick(id));
        findings.error("E0110", at, message, format!("the first is {first}: rename one or take it out"));
    }
}

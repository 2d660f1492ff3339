//! The best changes of one departure, by how many seats they free: dynamic programming over seats.
//!
//! A change is a set of moves: units leave, come from the waiting list, or change departures. What it gains
//! in the levels is one number, the levels being its digits; of the rows besides seats a few are watched.
//! Nothing here is believed: whoever uses a change checks the point it leads to against every row.

use std::collections::BTreeMap;

/// Most seats that a change may free.
const FREE: i64 = 40;
/// Most seats that a change may take.
pub(super) const TAKE: i64 = 24;
/// Rows besides seats that are watched.
pub(super) const WATCHED: usize = 4;
/// Changes that are kept for each number of seats.
const BEAM: usize = 4;
/// Moves of one kind: of the same gain, and in all.
const TIMES: (usize, usize) = (3, 6);

/// What is added to the watched rows.
pub(super) type Load = [i64; WATCHED];

/// One unit that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// From a column to the waiting list.
    Leave(usize),
    /// From the waiting list to a column.
    Come(usize),
    /// From one departure's column to another's, with a change of that other departure.
    Shift { from: usize, to: usize, with: Change },
}

/// A change of a departure, in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    pub(super) departure: usize,
    entry: usize,
}

/// A step and what it does to the departure at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// Seats.
    pub(super) freed: i64,
    /// In the levels, as one number.
    pub(super) gain: i128,
    pub(super) load: Load,
    pub(super) step: Step,
}

/// The best changes of a departure.
#[derive(Debug, Default)]
pub(super) struct Table {
    departure: usize,
    moves: Vec<Move>,
    entries: Vec<Entry>,
    /// By seats freed, from `-TAKE` on: best first.
    exactly: Vec<Vec<usize>>,
    /// The same of those that free so many seats or more.
    at_least: Vec<Vec<usize>>,
    /// What the watched rows leave.
    slack: Load,
}

/// The change `before` it, and a move more; the first is the change of nothing.
#[derive(Clone, Copy, Debug)]
struct Entry {
    gain: i128,
    load: Load,
    before: usize,
    by: Option<usize>,
}

pub(super) fn sum(a: Load, b: Load) -> Load {
    std::array::from_fn(|row| a[row] + b[row])
}

pub(super) fn less(load: Load) -> Load {
    load.map(|load| -load)
}

fn fits(load: Load, slack: Load) -> bool {
    load.iter().zip(slack).all(|(load, slack)| *load <= slack)
}

fn at(freed: i64) -> Option<usize> {
    usize::try_from(freed + TAKE).ok().filter(|_| freed <= FREE)
}

/// Few moves of each kind, those that free seats first.
pub(super) fn few(all: Vec<Move>) -> Vec<Move> {
    let mut kinds: BTreeMap<(i64, Load), Vec<Move>> = BTreeMap::new();
    for one in all.into_iter().filter(|one| one.freed != 0) {
        kinds.entry((-one.freed, one.load)).or_default().push(one);
    }
    let mut moves = Vec::new();
    for mut kind in kinds.into_values() {
        kind.sort_unstable_by(|a, b| b.gain.cmp(&a.gain).then(a.step.cmp(&b.step)));
        let mut taken: Vec<Move> = Vec::with_capacity(TIMES.1);
        for one in kind {
            let alike = taken.iter().rev().take_while(|other| other.gain == one.gain).count();
            if alike < TIMES.0 {
                taken.push(one);
            }
            if taken.len() == TIMES.1 {
                break;
            }
        }
        moves.extend(taken);
    }
    moves
}

impl Table {
    /// The table in which nothing changes.
    pub(super) fn nothing(departure: usize, slack: Load) -> Self {
        Self::new(departure, Vec::new(), slack)
    }

    /// The best changes that `moves` make, those that free seats before the others.
    pub(super) fn new(departure: usize, moves: Vec<Move>, slack: Load) -> Self {
        let nothing = Entry { gain: 0, load: [0; WATCHED], before: 0, by: None };
        let size = usize::try_from(FREE + TAKE + 1).unwrap_or(0);
        let (exactly, at_least) = (vec![Vec::new(); size], Vec::new());
        let mut table = Self { departure, moves, entries: vec![nothing], exactly, at_least, slack };
        if let Some(here) = at(0) {
            table.exactly[here].push(0);
        }
        for by in 0..table.moves.len() {
            table.extend(by, size);
        }
        table.accumulate();
        table.forget();
        table
    }

    /// Adds a move to every change so far, once.
    fn extend(&mut self, by: usize, size: usize) {
        let Move { freed, gain, load, .. } = self.moves[by];
        for turn in 0..size {
            let here = if freed > 0 { size - 1 - turn } else { turn };
            let to = i64::try_from(here).ok().and_then(|here| at(here - TAKE + freed));
            let Some(to) = to.filter(|_| !self.exactly[here].is_empty()) else { continue };
            let sources = std::mem::take(&mut self.exactly[here]);
            for &before in &sources {
                let Entry { gain: gained, load: loaded, .. } = self.entries[before];
                let entry = Entry { gain: gained + gain, load: sum(loaded, load), before, by: Some(by) };
                let over = |row: usize| load[row] > 0 && entry.load[row] > self.slack[row];
                if freed > 0 || !(0..WATCHED).any(over) {
                    insert(&mut self.entries, &mut self.exactly[to], Offer::New(entry));
                }
            }
            self.exactly[here] = sources;
        }
    }

    fn accumulate(&mut self) {
        let mut best: Vec<usize> = Vec::new();
        for here in self.exactly.iter().rev() {
            for &entry in here {
                insert(&mut self.entries, &mut best, Offer::Known(entry));
            }
            self.at_least.push(best.clone());
        }
        self.at_least.reverse();
    }

    /// Drops the entries that no change needs.
    fn forget(&mut self) {
        let mut needed = vec![false; self.entries.len()];
        needed[0] = true;
        for &entry in self.exactly.iter().flatten() {
            let mut entry = entry;
            while !needed[entry] {
                needed[entry] = true;
                entry = self.entries[entry].before;
            }
        }
        let mut now = vec![0; needed.len()];
        let mut kept = Vec::new();
        for (entry, _) in needed.iter().enumerate().filter(|(_, needed)| **needed) {
            now[entry] = kept.len();
            kept.push(Entry { before: now[self.entries[entry].before], ..self.entries[entry] });
        }
        self.entries = kept;
        for entry in self.exactly.iter_mut().chain(&mut self.at_least).flatten() {
            *entry = now[*entry];
        }
    }

    /// Whose changes they are.
    pub(super) fn departure(&self) -> usize {
        self.departure
    }

    /// The best change that frees `seats` at least and leaves room for `load`, and its gain.
    pub(super) fn best(&self, seats: i64, load: Load) -> Option<(i128, Change)> {
        let here = at(seats.max(-TAKE))?;
        let fits = |entry: &&usize| fits(sum(self.entries[**entry].load, load), self.slack);
        let entry = *self.at_least[here].iter().find(fits)?;
        Some((self.entries[entry].gain, Change { departure: self.departure, entry }))
    }

    /// All changes that free `seats` at least and leave room for `load`, with their gains.
    pub(super) fn all(&self, seats: i64, load: Load) -> impl Iterator<Item = (i128, Change)> {
        let from = at(seats.max(-TAKE)).unwrap_or(self.exactly.len());
        self.those(self.exactly[from..].iter().flatten(), load)
    }

    /// The few best of these, whatever they free.
    pub(super) fn best_few(&self, seats: i64, load: Load) -> impl Iterator<Item = (i128, Change)> {
        let few = at(seats.max(-TAKE)).map(|here| &self.at_least[here]);
        self.those(few.into_iter().flatten(), load)
    }

    fn those<'e>(
        &'e self,
        entries: impl Iterator<Item = &'e usize>,
        load: Load,
    ) -> impl Iterator<Item = (i128, Change)> {
        let fits = move |entry: &&usize| fits(sum(self.entries[**entry].load, load), self.slack);
        let departure = self.departure;
        entries.filter(fits).map(move |&entry| (self.entries[entry].gain, Change { departure, entry }))
    }

    /// The steps of a change, last first.
    pub(super) fn steps(&self, change: Change) -> impl Iterator<Item = Step> {
        let mut at = change.entry;
        std::iter::from_fn(move || {
            let Entry { before, by, .. } = self.entries[at];
            at = before;
            by.map(|by| self.moves[by].step)
        })
    }
}

#[derive(Clone, Copy)]
enum Offer {
    New(Entry),
    Known(usize),
}

/// Puts a change among the best unless another has as much gain and no more load.
fn insert(entries: &mut Vec<Entry>, best: &mut Vec<usize>, offer: Offer) {
    let entry = match offer {
        Offer::New(entry) => entry,
        Offer::Known(at) => entries[at],
    };
    let covers = |a: &Entry, b: &Entry| a.gain >= b.gain && fits(a.load, b.load);
    let full = best.len() >= BEAM && best.last().is_some_and(|&last| entries[last].gain >= entry.gain);
    if full || best.iter().any(|&other| covers(&entries[other], &entry)) {
        return;
    }
    best.retain(|&other| !covers(&entry, &entries[other]));
    let position = best.partition_point(|&other| entries[other].gain >= entry.gain);
    let at = match offer {
        Offer::Known(at) => at,
        Offer::New(entry) => {
            entries.push(entry);
            entries.len() - 1
        }
    };
    best.insert(position, at);
    best.truncate(BEAM);
}

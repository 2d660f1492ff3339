//! Whether given things go into the bins, all of them: a load for each bin, each thing in one of them.
//!
//! Where the bins are all but full there are few sets of things that fill a small one. They are listed, the smallest
//! bins first, and what is left is an exact cover (`fill`). Bins with too many loads are left to
//! [`super::pack`], with the things that then are left. (Fukunaga and Korf, *Bin completion algorithms*, 2007.)
//! Unlike a search that fills the bins in their order this one sees at once that a bin or a thing has no load any
//! more; what it says that there is no packing, two searches of an integer program may confirm (`program`).

mod fill;
mod program;

pub(super) use program::excluded;

use super::Instance;
use super::sums::Sums;

/// The most things that a set holds.
const THINGS: usize = 128;

/// Things in a bin, a bit for each, and the room that they leave.
#[derive(Clone, Copy, Debug)]
struct Load {
    kind: usize,
    things: u128,
    waste: i64,
}

/// Things to be packed, bins, and their loads.
#[derive(Debug)]
pub(super) struct Cover<'i> {
    instance: &'i Instance,
    /// By thing.
    class_of: Vec<usize>,
    /// Bins that are alike, those of the least room first.
    kinds: Vec<Vec<usize>>,
    /// The loads of the first kinds.
    loads: Vec<Load>,
    /// How many kinds these are.
    listed: usize,
    /// Things that may be in no load.
    loose: u128,
    /// The room that the bins may leave.
    slack: i64,
    goes: Goes,
}

/// Which things go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goes {
    All,
    /// Those that fit into no bin but the listed ones, and any others.
    Most,
    /// Any that fill the bins whose loads are listed.
    Some,
}

impl<'i> Cover<'i> {
    /// So many of each class, with no more than `most` loads; `None`: too many things.
    pub(super) fn of(instance: &'i Instance, point: &[i64], most: usize) -> Option<Self> {
        let size: i64 = instance.classes.iter().zip(point).map(|(class, n)| class.size * n).sum();
        let slack = instance.bins.iter().map(|bin| bin.room).sum::<i64>() - size;
        Self::listed(instance, point, slack, Goes::All, most)
    }

    /// The same, and nothing is asked of the bins without listed loads.
    pub(super) fn of_listed(instance: &'i Instance, point: &[i64], most: usize) -> Option<Self> {
        Self::of(instance, point, most).map(|cover| Self { goes: Goes::Most, ..cover })
    }

    /// Whatever fills the smallest bins, as many of them as no more than `most` loads fill, but for so much room in all.
    pub(super) fn of_smallest(instance: &'i Instance, slack: i64, most: usize) -> Option<Self> {
        let all: Vec<i64> = instance.classes.iter().map(|class| class.count).collect();
        Self::listed(instance, &all, slack, Goes::Some, most)
    }

    fn listed(instance: &'i Instance, point: &[i64], slack: i64, goes: Goes, most: usize) -> Option<Self> {
        let class_of: Vec<usize> = (0..)
            .zip(point)
            .flat_map(|(class, &n)| std::iter::repeat_n(class, usize::try_from(n).unwrap_or(0)))
            .collect();
        if class_of.len() > THINGS {
            return None;
        }
        let (kinds, loads) = (kinds(instance), Vec::new());
        let mut cover = Self { instance, class_of, kinds, loads, listed: 0, loose: 0, slack, goes };
        cover.list(most);
        Some(cover)
    }

    /// Lists the loads that leave no more than the slack, of as many kinds as `most` allows; the fullest of each
    /// first.
    fn list(&mut self, most: usize) {
        while let Some(bins) = self.kinds.get(self.listed) {
            let Some(more) = self.loads_of(self.listed, bins[0], most - self.loads.len()) else { break };
            self.loads.extend(more);
            self.listed += 1;
        }
        let wide = self.kinds[self.listed..].iter().flat_map(|bins| self.fitting(bins[0]));
        self.loose = match self.goes {
            Goes::All | Goes::Most => wide.fold(0, |things, thing| things | 1 << thing),
            Goes::Some => self.all(),
        };
    }

    /// The loads of a bin; `None`: more than `most`.
    fn loads_of(&self, kind: usize, bin: usize, most: usize) -> Option<Vec<Load>> {
        let room = self.instance.bins[bin].room;
        let fitting = self.fitting(bin);
        let sizes: Vec<i64> = fitting.iter().map(|&thing| self.size(thing)).collect();
        let sums = Sums::of(&sizes, room);
        let mut loads = Vec::new();
        for waste in 0..=self.slack.min(room) {
            let mut sets = Vec::new();
            sums.list(&sizes, room - waste, &mut sets, most + 1 - loads.len());
            let bits = |set: Vec<usize>| set.into_iter().fold(0, |bits, place| bits | 1 << fitting[place]);
            loads.extend(sets.into_iter().map(|set| Load { kind, things: bits(set), waste }));
            if loads.len() > most {
                return None;
            }
        }
        Some(loads)
    }

    /// Things that fit into a bin, the largest first.
    fn fitting(&self, bin: usize) -> Vec<usize> {
        let room = self.instance.bins[bin].room;
        let fits = |&thing: &usize| {
            self.instance.classes[self.class_of[thing]].open[bin] && self.size(thing) <= room
        };
        let mut fitting: Vec<usize> = (0..self.class_of.len()).filter(fits).collect();
        fitting.sort_by_key(|&thing| (std::cmp::Reverse(self.size(thing)), thing));
        fitting
    }

    fn size(&self, thing: usize) -> i64 {
        self.instance.classes[self.class_of[thing]].size
    }

    /// All things.
    fn all(&self) -> u128 {
        let spare = THINGS - self.class_of.len();
        if spare == THINGS { 0 } else { u128::MAX >> spare }
    }
}

/// Bins that are alike, together, those of the least room first.
fn kinds(instance: &Instance) -> Vec<Vec<usize>> {
    let mut kinds: Vec<Vec<usize>> = Vec::new();
    for (bin, of) in instance.bins.iter().enumerate() {
        let is_like = |kind: &&mut Vec<usize>| {
            instance.bins[kind[0]].room == of.room
                && instance.classes.iter().all(|class| class.open[kind[0]] == class.open[bin])
        };
        match kinds.iter_mut().find(is_like) {
            Some(kind) => kind.push(bin),
            None => kinds.push(vec![bin]),
        }
    }
    kinds.sort_by_key(|bins| (instance.bins[bins[0]].room, bins[0]));
    kinds
}

/// The things of a set.
fn members(things: u128) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(things), |things| Some(things & things.saturating_sub(1)))
        .take_while(|things| *things != 0)
        .map(|things| usize::try_from(things.trailing_zeros()).unwrap_or(0))
}

//! Whether things of given sizes go into bins of given rooms, all of them: one bin after the other.
//!
//! A bin is filled with a set of what is left whose sum leaves as little room as possible, the largest things
//! first, and the next bins with what then is left; the room that all bins together may leave is known, and a
//! table of reachable sums keeps the search of a bin's sets from ever ending in the void. Where the bins that
//! are left are alike the largest thing goes into the first of them. (Minimum bin slack: Gupta and Ho, *A new
//! heuristic algorithm for the one-dimensional bin-packing problem*, 1999; bins filled in turn: Martello and
//! Toth, *Knapsack Problems*, 1990; Fukunaga and Korf, *Bin completion algorithms*, 2007.)
//!
//! Before that each thing, the largest first, goes where it leaves the least room (best fit decreasing). The search
//! is first allowed one set a bin, then more, and ends by count.

use super::sums::Sums;

/// The largest room for which sums are tabled.
pub(super) const LARGEST_ROOM: i64 = 1_000_000;

/// Sets that are tried of each bin, round by round.
const WIDTHS: [usize; 4] = [1, 3, 12, usize::MAX];

/// A thing to be packed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thing<'t> {
    /// At least 1.
    pub(super) size: i64,
    /// By bin: whether it may go there.
    pub(super) open: &'t [bool],
}

/// How a search for a packing ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packing<P> {
    Found(P),
    /// There is none.
    Nothing,
    /// The work did not do.
    Open,
}

impl<P> Packing<P> {
    pub(super) fn found(self) -> Option<P> {
        match self {
            Self::Found(packing) => Some(packing),
            Self::Nothing | Self::Open => None,
        }
    }

    pub(super) fn map<Q>(self, to: impl FnOnce(P) -> Q) -> Packing<Q> {
        match self {
            Self::Found(packing) => Packing::Found(to(packing)),
            Self::Nothing => Packing::Nothing,
            Self::Open => Packing::Open,
        }
    }
}

/// A bin for each thing, if the search finds them with this much work, which is taken off.
pub(super) fn pack(things: &[Thing], rooms: &[i64], work: &mut usize) -> Packing<Vec<usize>> {
    let total: i64 = things.iter().map(|thing| thing.size).sum();
    let slack = rooms.iter().sum::<i64>() - total;
    if slack < 0 {
        return Packing::Nothing;
    }
    if rooms.iter().any(|room| *room > LARGEST_ROOM) {
        return Packing::Open;
    }
    let mut order: Vec<usize> = (0..things.len()).collect();
    order.sort_by_key(|&thing| (std::cmp::Reverse(things[thing].size), thing));
    let mut bins: Vec<usize> = (0..rooms.len()).collect();
    bins.sort_by_key(|&bin| (std::cmp::Reverse(rooms[bin]), bin));
    if let Some(packed) = fitted(things, rooms, &order) {
        return Packing::Found(packed);
    }
    let share = *work / WIDTHS.len();
    for width in WIDTHS {
        let bin_of = vec![None; things.len()];
        let mut search = Search { things, rooms, order: &order, bins: &bins, width, work: share, bin_of };
        let found = search.fill(0, slack);
        *work -= share - search.work;
        if found {
            return Packing::Found(
                search.bin_of.into_iter().map(|bin| bin.expect("all are packed")).collect(),
            );
        }
        if width == usize::MAX && search.work > 0 {
            return Packing::Nothing;
        }
    }
    Packing::Open
}

/// Each thing in its turn where it leaves the least room.
fn fitted(things: &[Thing], rooms: &[i64], order: &[usize]) -> Option<Vec<usize>> {
    let mut left = rooms.to_vec();
    let mut bin_of = vec![0; things.len()];
    for &thing in order {
        let Thing { size, open } = things[thing];
        let fits = (0..left.len()).filter(|&bin| open[bin] && left[bin] >= size);
        let bin = fits.min_by_key(|&bin| (left[bin], bin))?;
        (left[bin], bin_of[thing]) = (left[bin] - size, bin);
    }
    Some(bin_of)
}

struct Search<'s> {
    things: &'s [Thing<'s>],
    rooms: &'s [i64],
    /// Things, the largest first.
    order: &'s [usize],
    /// Bins, the roomiest first.
    bins: &'s [usize],
    width: usize,
    work: usize,
    bin_of: Vec<Option<usize>>,
}

/// Where a bin's sets are searched.
struct Choice {
    bin: usize,
    /// What may go in, the largest first.
    candidates: Vec<usize>,
    sums: Sums,
    /// The first candidate goes in.
    forced: bool,
    /// The room that the bins together may leave.
    slack: i64,
    /// At which place among the bins it is.
    at: usize,
    /// How many sets have been tried.
    tried: usize,
}

impl Search<'_> {
    /// Fills the bins from `at` on with all that is left; together they may leave `slack`.
    fn fill(&mut self, at: usize, slack: i64) -> bool {
        let left: Vec<usize> =
            self.order.iter().copied().filter(|thing| self.bin_of[*thing].is_none()).collect();
        let Some(&bin) = self.bins.get(at).filter(|_| !left.is_empty()) else { return left.is_empty() };
        let room = self.rooms[bin];
        let open = |thing: &usize| self.things[*thing].open[bin];
        let mut candidates: Vec<usize> = left.iter().copied().filter(open).collect();
        let later = &self.bins[at + 1..];
        let alone = |thing: usize| !later.iter().any(|&other| self.things[thing].open[other]);
        let alike = later.iter().all(|&other| self.rooms[other] == room)
            && left.iter().all(|&thing| self.bins[at..].iter().all(|&bin| self.things[thing].open[bin]));
        if left.iter().any(|&thing| !self.things[thing].open[bin] && alone(thing)) {
            return false;
        }
        if alike && let Some(rarest) = self.rarest(&candidates, room, slack) {
            candidates[..=rarest].rotate_right(1);
        }
        let forced = candidates.first().is_some_and(|&first| alike || alone(first));
        let sizes: Vec<i64> = candidates.iter().map(|&thing| self.things[thing].size).collect();
        self.work =
            self.work.saturating_sub(1 + sizes.len() * (1 + usize::try_from(room / 512).unwrap_or(0)) / 4);
        let mut choice =
            Choice { bin, sums: Sums::of(&sizes, room), candidates, forced, slack, at, tried: 0 };
        for waste in 0..=slack.min(room) {
            if self.work == 0 || choice.tried >= self.width {
                return false;
            }
            if choice.sums.has(0, room - waste) && self.choose(&mut choice, 0, room - waste, waste) {
                return true;
            }
        }
        false
    }

    /// Where all bins are alike and hold three things at most, the thing that the fewest others complete to a
    /// bin: its place among the candidates, which are in the order of size.
    fn rarest(&self, candidates: &[usize], room: i64, slack: i64) -> Option<usize> {
        let size = |place: usize| self.things[candidates[place]].size;
        let last = candidates.len().checked_sub(1)?;
        let smallest: i64 = candidates.iter().rev().take(4).map(|&thing| self.things[thing].size).sum();
        if last < 4 || smallest <= room {
            return None;
        }
        let completed = |place: usize| {
            let (mut many, mut small) = (0, last);
            for large in 0..=last {
                let fits = |small: usize| size(large) + size(small) <= room - size(place);
                while small > 0 && fits(small - 1) {
                    small -= 1;
                }
                let within = |sum: i64| (room - size(place) - slack..=room - size(place)).contains(&sum);
                let alone = large != place && within(size(large));
                let pairs =
                    (small.max(large + 1)..=last).take_while(|&small| within(size(large) + size(small)));
                let pairs = pairs.filter(|&small| large != place && small != place);
                many += usize::from(alone) + pairs.count();
            }
            many
        };
        (0..=last).min_by_key(|&place| (completed(place), place))
    }

    /// Chooses among the candidates from `next` on a set of exactly this sum, and fills the other bins.
    fn choose(&mut self, choice: &mut Choice, next: usize, sum: i64, waste: i64) -> bool {
        if self.work == 0 || choice.tried >= self.width {
            return false;
        }
        self.work -= 1;
        if sum == 0 {
            choice.tried += 1;
            return (next > 0 || !choice.forced) && self.fill(choice.at + 1, choice.slack - waste);
        }
        let Some(&thing) = choice.candidates.get(next) else { return false };
        let size = self.things[thing].size;
        if size <= sum && choice.sums.has(next + 1, sum - size) {
            self.bin_of[thing] = Some(choice.bin);
            if self.choose(choice, next + 1, sum - size, waste) {
                return true;
            }
            self.bin_of[thing] = None;
        }
        if next == 0 && choice.forced {
            return false;
        }
        // Another of the same size would be the same set again.
        let same = |other: &&usize| {
            self.things[**other].size == size && self.things[**other].open == self.things[thing].open
        };
        let alike = choice.candidates[next + 1..].iter().take_while(same).count();
        let after = next + 1 + alike;
        choice.sums.has(after, sum) && self.choose(choice, after, sum, waste)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Packing, Thing, pack};

    /// Sizes of seven things and rooms of three bins, alike or not.
    pub(in super::super) fn drawn(seed: u64) -> (Vec<i64>, Vec<i64>) {
        let mut state = seed;
        let mut next = |most: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i64::try_from((state >> 33) % most).expect("small")
        };
        let sizes = (0..7).map(|_| 1 + next(9)).collect();
        let rooms = if seed.is_multiple_of(2) { vec![12; 3] } else { (0..3).map(|_| 6 + next(12)).collect() };
        (sizes, rooms)
    }

    fn fits(sizes: &[i64], rooms: &[i64]) -> bool {
        let Some((first, rest)) = sizes.split_first() else { return true };
        (0..rooms.len()).filter(|&bin| rooms[bin] >= *first).any(|bin| {
            let mut rooms = rooms.to_vec();
            rooms[bin] -= first;
            fits(rest, &rooms)
        })
    }

    #[test]
    fn what_fits_is_packed_and_nothing_else() {
        for seed in 0..400_u64 {
            let (sizes, rooms) = drawn(seed);
            let open: Vec<Vec<bool>> =
                sizes.iter().map(|size| rooms.iter().map(|room| size <= room).collect()).collect();
            let things: Vec<Thing> =
                sizes.iter().zip(&open).map(|(&size, open)| Thing { size, open }).collect();
            let packed = pack(&things, &rooms, &mut 1_000_000);
            assert_ne!(packed, Packing::Open, "{sizes:?} {rooms:?}");
            assert_eq!(packed != Packing::Nothing, fits(&sizes, &rooms), "{sizes:?} {rooms:?}");
            if let Packing::Found(packed) = packed {
                for (bin, room) in rooms.iter().enumerate() {
                    let load: i64 = (0..7).filter(|&i| packed[i] == bin).map(|i| sizes[i]).sum();
                    assert!(load <= *room);
                }
            }
        }
    }
}

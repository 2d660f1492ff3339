//! The exact cover: what the fewest loads fill is decided next, and loads that then are none are struck out.
//!
//! (Knuth, *Dancing links*, 2000.)

use super::super::Plan;
use super::super::pack::{self, Packing, Thing};
use super::{Cover, Goes, Load, members};

/// What is left when some loads are chosen.
pub(super) struct Left {
    pub(super) things: u128,
    pub(super) slack: i64,
    /// By listed kind: bins that have no load yet.
    pub(super) free: Vec<usize>,
    pub(super) loads: Vec<Load>,
}

/// What is decided next.
#[derive(Clone, Copy)]
pub(super) enum Next {
    Kind(usize),
    Thing(usize),
}

impl Next {
    fn is_of(self, load: &Load) -> bool {
        match self {
            Self::Kind(kind) => load.kind == kind,
            Self::Thing(thing) => load.things >> thing & 1 == 1,
        }
    }
}

impl Cover<'_> {
    /// Packs the things; work is taken off.
    pub(in super::super) fn pack(&self, work: &mut usize) -> Packing<Plan> {
        if self.slack < 0 {
            return Packing::Nothing;
        }
        Filling { cover: self, work, chosen: Vec::new() }.fill(&self.left())
    }

    /// Everything.
    pub(super) fn left(&self) -> Left {
        let free = self.kinds[..self.listed].iter().map(Vec::len).collect();
        Left { things: self.all(), slack: self.slack, free, loads: self.loads.clone() }
    }
}

impl Left {
    /// The bin or the thing with the fewest loads; `None`: the rest may go where no loads are listed.
    pub(super) fn next(&self, cover: &Cover) -> Option<Next> {
        let mut of_kind = vec![0_usize; self.free.len()];
        let mut of_thing = vec![0_usize; cover.class_of.len()];
        for load in &self.loads {
            of_kind[load.kind] += 1;
            for thing in members(load.things) {
                of_thing[thing] += 1;
            }
        }
        let kinds = (0..self.free.len()).filter(|&kind| self.free[kind] > 0);
        let kinds = kinds.map(|kind| (of_kind[kind], Next::Kind(kind)));
        let things = members(self.things & !cover.loose).map(|thing| (of_thing[thing], Next::Thing(thing)));
        kinds.chain(things).min_by_key(|(many, _)| *many).map(|(_, next)| next)
    }

    /// Each load that may be next, and what then is left.
    pub(super) fn cases(&self, next: Next) -> impl Iterator<Item = (Load, Self)> {
        let places = (0..self.loads.len()).filter(move |&at| next.is_of(&self.loads[at]));
        places.map(move |at| (self.loads[at], self.without(next, at)))
    }

    fn without(&self, next: Next, at: usize) -> Self {
        let load = self.loads[at];
        let mut free = self.free.clone();
        free[load.kind] -= 1;
        let slack = self.slack - load.waste;
        // Of bins that are alike the one whose load is first in this order is decided.
        let first = if matches!(next, Next::Kind(_)) { at } else { 0 };
        let remains = |&(place, other): &(usize, &Load)| {
            other.things & load.things == 0
                && other.waste <= slack
                && free[other.kind] > 0
                && (other.kind != load.kind || place >= first)
        };
        let loads = self.loads.iter().enumerate().filter(remains).map(|(_, load)| *load).collect();
        Self { things: self.things & !load.things, slack, free, loads }
    }
}

struct Filling<'f> {
    cover: &'f Cover<'f>,
    work: &'f mut usize,
    chosen: Vec<Load>,
}

impl Filling<'_> {
    /// Packs what is left.
    fn fill(&mut self, left: &Left) -> Packing<Plan> {
        *self.work = self.work.saturating_sub(1 + left.loads.len());
        if *self.work == 0 {
            return Packing::Open;
        }
        let Some(next) = left.next(self.cover) else { return self.rest(left.things) };
        let mut ended = Packing::Nothing;
        for (load, left) in left.cases(next) {
            self.chosen.push(load);
            match self.fill(&left) {
                Packing::Nothing => {}
                found @ Packing::Found(_) => return found,
                Packing::Open if *self.work == 0 => return Packing::Open,
                Packing::Open => ended = Packing::Open,
            }
            self.chosen.pop();
        }
        ended
    }

    /// Packs things into the bins without loads.
    fn rest(&mut self, things: u128) -> Packing<Plan> {
        let cover = self.cover;
        if cover.goes != Goes::All {
            return Packing::Found(self.plan(std::iter::empty()));
        }
        let bins: Vec<usize> = cover.kinds[cover.listed..].iter().flatten().copied().collect();
        let rooms: Vec<i64> = bins.iter().map(|&bin| cover.instance.bins[bin].room).collect();
        let places: Vec<usize> = members(things).collect();
        let open = |&thing: &usize| -> Vec<bool> {
            let open = &cover.instance.classes[cover.class_of[thing]].open;
            bins.iter().map(|&bin| open[bin]).collect()
        };
        let open: Vec<Vec<bool>> = places.iter().map(open).collect();
        let things = places.iter().zip(&open).map(|(&thing, open)| Thing { size: cover.size(thing), open });
        let things: Vec<Thing> = things.collect();
        pack::pack(&things, &rooms, self.work)
            .map(|packed| self.plan(places.iter().zip(packed).map(|(&thing, bin)| (thing, bins[bin]))))
    }

    /// The loads that are chosen and what goes elsewhere.
    fn plan(&self, elsewhere: impl Iterator<Item = (usize, usize)>) -> Plan {
        let cover = self.cover;
        let mut plan = cover.instance.nothing();
        let mut free: Vec<_> = cover.kinds.iter().map(|bins| bins.iter()).collect();
        for load in &self.chosen {
            let &bin = free[load.kind].next().expect("no more loads than bins");
            for thing in members(load.things) {
                plan[cover.class_of[thing]][bin] += 1;
            }
        }
        for (thing, bin) in elsewhere {
            plan[cover.class_of[thing]][bin] += 1;
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::instance::tests::instance;
    use super::super::super::pack::tests::drawn;
    use super::super::Cover;
    use super::{Packing, members};

    /// Whether all things, or else any, fill the bins but for so much room.
    fn fill(sizes: &[i64], rooms: &[i64], all: bool, slack: i64) -> bool {
        let Some((first, rest)) = sizes.split_first() else { return rooms.iter().sum::<i64>() <= slack };
        let goes = (0..rooms.len()).filter(|&bin| rooms[bin] >= *first).any(|bin| {
            let mut rooms = rooms.to_vec();
            rooms[bin] -= first;
            fill(rest, &rooms, all, slack)
        });
        goes || (!all && fill(rest, rooms, all, slack))
    }

    #[test]
    fn a_set_has_its_members() {
        assert_eq!(members(0b1010 | 1 << 127).collect::<Vec<_>>(), [1, 3, 127]);
        assert_eq!(members(0).count(), 0);
    }

    #[test]
    fn what_fits_is_covered_and_nothing_else() {
        for seed in 0..400_u64 {
            let (sizes, rooms) = drawn(seed);
            let instance = instance(&sizes, &rooms);
            let slack = rooms.iter().sum::<i64>() - sizes.iter().sum::<i64>();
            // None, some and all of the bins have their loads listed.
            for most in [0, 20, 10_000] {
                let cover = Cover::of(&instance, &[1; 7], most).expect("few things");
                let packing = cover.pack(&mut 1_000_000);
                assert_ne!(packing, Packing::Open, "{sizes:?} {rooms:?}");
                let fits = slack >= 0 && fill(&sizes, &rooms, true, slack);
                let listed = Cover::of_listed(&instance, &[1; 7], most).expect("few things");
                let alone = listed.pack(&mut 1_000_000);
                assert!(!fits || alone != Packing::Nothing, "{sizes:?} {rooms:?} {most}");
                assert_eq!(packing != Packing::Nothing, fits, "{sizes:?} {rooms:?} {most}");
                if let Packing::Found(plan) = packing {
                    assert!(plan.iter().all(|places| places.iter().sum::<i64>() == 1));
                    for (bin, room) in rooms.iter().enumerate() {
                        let load: i64 =
                            plan.iter().zip(&sizes).map(|(places, size)| places[bin] * size).sum();
                        assert!(load <= *room, "{sizes:?} {rooms:?} {plan:?}");
                    }
                }
            }
            for slack in 0..4 {
                let cover = Cover::of_smallest(&instance, slack, 10_000).expect("few things");
                let filled = cover.pack(&mut 1_000_000) != Packing::Nothing;
                assert_eq!(filled, fill(&sizes, &rooms, false, slack), "{sizes:?} {rooms:?} {slack}");
            }
        }
    }
}

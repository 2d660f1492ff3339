//! What an integer search says of all packings: one program, or one for each case of a few decisions; and of the best
//! that go where the bins without listed loads are one bin.

use super::fill::Left;
use super::{Cover, Goes, members};
use crate::solve::linear::{Fault, Outcome, Search, Task, TaskRow};

/// Loads up to which all packings are one program.
const LOADS: usize = 500;
/// A search that did not end is followed by cases of so many times fewer loads, or of few.
const FEWER: usize = 8;
const FEW: usize = 100;
/// Programs that are asked about side by side.
const TOGETHER: usize = 16;

/// An integer search's word on programs; `None`: it has been asked often enough.
pub(in super::super) type Asked<'a> = dyn FnMut(&[Task]) -> Result<Option<Vec<Outcome>>, Fault> + 'a;

/// A case of a cover that is to be excluded; where it has more loads than `most`, by cases of its own.
struct Doubt<'c> {
    /// Which cover's.
    of: usize,
    cover: &'c Cover<'c>,
    left: Left,
    most: usize,
}

impl Doubt<'_> {
    fn cases(&self) -> Vec<Self> {
        let Some(next) = self.left.next(self.cover) else { return Vec::new() };
        let case = |(_, left)| Self { left, ..*self };
        self.left.cases(next).map(case).collect()
    }
}

/// Of which covers every case is a program without any plan, as `asked` says.
///
/// # Errors
/// Where `asked` fails.
pub(in super::super) fn excluded(covers: &[Cover], asked: &mut Asked) -> Result<Vec<bool>, Fault> {
    let doubt = |(of, cover)| Doubt { of, cover, left: Cover::left(cover), most: LOADS };
    let mut doubts: Vec<Doubt> = covers.iter().enumerate().map(doubt).rev().collect();
    let mut excluded = vec![true; covers.len()];
    while !doubts.is_empty() {
        let mut together: Vec<Doubt> = Vec::new();
        while let Some(doubt) = doubts.pop_if(|_| together.len() < TOGETHER) {
            // What no load can be decided of is a program too: nothing is excluded unasked.
            let cases = if doubt.left.loads.len() > doubt.most { doubt.cases() } else { Vec::new() };
            if cases.is_empty() {
                together.push(doubt);
            }
            doubts.extend(cases);
        }
        let programs: Vec<Task> = together.iter().map(|doubt| doubt.cover.program(&doubt.left)).collect();
        let Some(answers) = asked(&programs)? else {
            doubts.iter().chain(&together).for_each(|doubt| excluded[doubt.of] = false);
            return Ok(excluded);
        };
        for (mut doubt, answer) in together.into_iter().zip(answers) {
            let cases = match answer {
                Outcome::Infeasible => continue,
                Outcome::Optimal => Vec::new(),
                Outcome::Unconfirmed | Outcome::Stopped => {
                    doubt.most = (doubt.left.loads.len() / FEWER).max(FEW);
                    doubt.cases()
                }
            };
            excluded[doubt.of] &= !cases.is_empty();
            doubts.extend(cases);
        }
        doubts.retain(|doubt| excluded[doubt.of]);
    }
    Ok(excluded)
}

impl Cover<'_> {
    /// How many bins of a kind have a load, and which things go into the bins without.
    fn program(&self, left: &Left) -> Task {
        let mut of_thing: Vec<Vec<(usize, i64)>> = vec![Vec::new(); self.class_of.len()];
        let mut of_kind: Vec<Vec<(usize, i64)>> = vec![Vec::new(); self.listed];
        let bins = |kind: usize| i64::try_from(left.free[kind]).unwrap_or(i64::MAX);
        let mut upper: Vec<i64> = left.loads.iter().map(|load| bins(load.kind)).collect();
        for (column, load) in left.loads.iter().enumerate() {
            of_kind[load.kind].push((column, 1));
            members(load.things).for_each(|thing| of_thing[thing].push((column, 1)));
        }
        let kinds = of_kind.into_iter().enumerate();
        let mut rows: Vec<TaskRow> = kinds.map(|(kind, terms)| (terms, bins(kind), true)).collect();
        let waste = left.loads.iter().enumerate().map(|(column, load)| (column, load.waste));
        rows.push((waste.filter(|(_, waste)| *waste > 0).collect(), left.slack, false));
        let wide = if self.goes == Goes::All { &self.kinds[self.listed..] } else { &[] };
        for &bin in wide.iter().flatten() {
            let inside = self.fitting(bin).into_iter().filter(|thing| left.things >> thing & 1 == 1);
            let mut terms = Vec::new();
            for thing in inside {
                of_thing[thing].push((upper.len(), 1));
                terms.push((upper.len(), self.size(thing)));
                upper.push(1);
            }
            rows.push((terms, self.instance.bins[bin].room, false));
        }
        let must = |thing: usize| self.goes == Goes::All || self.loose >> thing & 1 == 0;
        rows.extend(members(left.things).map(|thing| (std::mem::take(&mut of_thing[thing]), 1, must(thing))));
        Task { objective: vec![0; upper.len()], upper, rows, search: Search::Relaxation, limit_ms: None }
    }

    /// Whether some bins have their loads listed.
    pub(in super::super) const fn is_listed(&self) -> bool {
        self.listed > 0
    }

    /// What is worth most: loads of the bins that have them listed, and things in the room of all others together.
    pub(in super::super) fn merged(&self) -> Task {
        let left = self.left();
        let mut task = self.program(&left);
        let value = |thing: usize| self.instance.classes[self.class_of[thing]].value;
        task.objective = left.loads.iter().map(|load| members(load.things).map(value).sum()).collect();
        let wide: Vec<usize> = self.kinds[self.listed..].iter().flatten().copied().collect();
        let room = wide.iter().map(|&bin| self.instance.bins[bin].room).sum();
        let first = task.rows.len() - self.class_of.len();
        let mut terms = Vec::new();
        for thing in 0..self.class_of.len() {
            let fits = wide.iter().any(|&bin| self.instance.classes[self.class_of[thing]].open[bin]);
            task.rows[first + thing].0.push((task.upper.len(), 1));
            terms.push((task.upper.len(), self.size(thing)));
            task.upper.push(i64::from(fits));
            task.objective.push(value(thing));
        }
        task.rows.push((terms, room, false));
        task
    }

    /// By class: how many go at a point of that program.
    pub(in super::super) fn merged_point(&self, point: &[i64]) -> Vec<i64> {
        let mut goes = vec![0; self.instance.classes.len()];
        let (loads, wide) = point.split_at(self.loads.len());
        for (load, n) in self.loads.iter().zip(loads) {
            members(load.things).for_each(|thing| goes[self.class_of[thing]] += n);
        }
        for (class, n) in self.class_of.iter().zip(wide) {
            goes[*class] += n;
        }
        goes
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::instance::tests::instance;
    use super::super::super::pack::Packing;
    use super::super::super::pack::tests::drawn;
    use super::super::Cover;
    use super::{Outcome, Search, Task, excluded};
    use crate::solve::linear;

    /// The most seats that things fill.
    fn most(sizes: &[i64], rooms: &[i64]) -> i64 {
        let Some((first, rest)) = sizes.split_first() else { return 0 };
        let goes = (0..rooms.len()).filter(|&bin| rooms[bin] >= *first).map(|bin| {
            let mut rooms = rooms.to_vec();
            rooms[bin] -= first;
            first + most(rest, &rooms)
        });
        goes.max().unwrap_or(0).max(most(rest, rooms))
    }

    #[test]
    fn what_two_searches_exclude_goes_into_no_bins() {
        let (mut open, mut shut) = (0, 0);
        for seed in 0..60_u64 {
            let (sizes, rooms) = drawn(seed);
            let instance = instance(&sizes, &rooms);
            // All things, and all but one: together in one question, with some, all or none of the loads.
            let points: Vec<Vec<i64>> =
                (0..8).map(|out| (0..7).map(|thing| i64::from(thing != out)).collect()).collect();
            let listed = points.iter().flat_map(|point| {
                [0, 20, 10_000].map(|most| Cover::of(&instance, point, most).expect("few things"))
            });
            let covers: Vec<Cover> = listed.collect();
            let mut asked = |programs: &[Task]| {
                let one = |program: &Task| {
                    let search = Search::integer(0, true, None);
                    linear::run(&Task { search, ..program.clone() }).map(|answer| answer.outcome)
                };
                programs.iter().map(one).collect::<Result<Vec<_>, _>>().map(Some)
            };
            let excluded = excluded(&covers, &mut asked).expect("they are small");
            for (cover, excluded) in covers.iter().zip(excluded) {
                let fits = cover.pack(&mut 1_000_000) != Packing::Nothing;
                assert_eq!(excluded, !fits, "{sizes:?} {rooms:?}");
                if fits { open += 1 } else { shut += 1 }
            }
            let unasked = super::excluded(&covers, &mut |_| Ok(None)).expect("nothing is asked");
            assert!(unasked.iter().all(|excluded| !excluded));
        }
        assert!(open > 100 && shut > 100, "{open} {shut}");
    }

    #[test]
    fn bins_as_one_hold_what_bins_hold_and_listed_loads_no_more() {
        let mut merged = 0;
        for seed in 0..40_u64 {
            let (sizes, rooms) = drawn(seed);
            let mut instance = instance(&sizes, &rooms);
            instance.classes.iter_mut().for_each(|class| class.value = class.size);
            let held = most(&sizes, &rooms);
            for (many, loads) in [(10, false), (40, false), (10_000, true)] {
                let cover = Cover::of_smallest(&instance, rooms.iter().sum(), many).expect("few things");
                let mut task = cover.merged();
                task.search = Search::integer(0, true, None);
                let answer = linear::run(&task).expect("it is small");
                assert_eq!(answer.outcome, Outcome::Optimal);
                let goes = cover.merged_point(&answer.point);
                assert!(goes.iter().all(|n| (0..=1).contains(n)), "{sizes:?} {rooms:?} {goes:?}");
                let size: i64 = goes.iter().zip(&sizes).map(|(n, size)| n * size).sum();
                let is_as_good = if loads { size == held } else { size >= held };
                assert!(is_as_good, "{sizes:?} {rooms:?} {many}: {size} {held}");
                merged += usize::from(size > held);
            }
        }
        assert!(merged > 0, "no bins were ever one");
    }
}

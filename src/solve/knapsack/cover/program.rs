//! What an integer search says of all packings: one program, or one for each case of a few decisions.

use super::fill::Left;
use super::{Cover, Goes, members};
use crate::solve::linear::{Fault, Outcome, Search, Task, TaskRow};

/// Loads up to which all packings are one program.
const LOADS: usize = 5_000;
/// A search that did not end is followed by cases of so many times fewer loads, or of few.
const FEWER: usize = 8;
const FEW: usize = 100;

/// An integer search's word on a program.
pub(in super::super) type Asked<'a> = dyn FnMut(&Task) -> Result<Option<Outcome>, Fault> + 'a;

impl Cover<'_> {
    /// Whether every case is a program without any plan, as `asked` says; it says nothing when it has been asked
    /// often enough.
    ///
    /// # Errors
    /// Where `asked` fails.
    pub(in super::super) fn is_excluded(&self, asked: &mut Asked) -> Result<bool, Fault> {
        self.excludes(&self.left(), LOADS, asked)
    }

    fn excludes(&self, left: &Left, most: usize, asked: &mut Asked) -> Result<bool, Fault> {
        let next = left.next(self);
        // What no load can be decided of is a program too: nothing is excluded unasked.
        let cases: Vec<Left> =
            next.into_iter().flat_map(|next| left.cases(next)).map(|(_, left)| left).collect();
        let mut most = most;
        if left.loads.len() <= most || cases.is_empty() {
            most = (left.loads.len() / FEWER).max(FEW);
            match asked(&self.program(left))? {
                Some(Outcome::Infeasible) => return Ok(true),
                Some(Outcome::Stopped) => {}
                Some(Outcome::Optimal) | None => return Ok(false),
            }
        }
        for case in &cases {
            if !self.excludes(case, most, asked)? {
                return Ok(false);
            }
        }
        Ok(!cases.is_empty())
    }

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
        let is_all = self.goes == Goes::All;
        rows.extend(members(left.things).map(|thing| (std::mem::take(&mut of_thing[thing]), 1, is_all)));
        Task { objective: vec![0; upper.len()], upper, rows, search: Search::Relaxation, limit_ms: None }
    }
}

//! From the relaxation in which all that takes seats alone flows as one to that in which some families flow apart.
//!
//! Both have the same value: whatever flows in seats is made up of families and of the rest, in parts. So a basis of the best
//! point of the one gives a basis of a best point of the other, and nothing has to be searched for. At each node what each
//! family's flow brings goes along the arcs that the flow of seats uses, whole where one has room for it. Where none has, it
//! uses one up, whose seats leave the basis for it, and goes on with the next: a basis of a transport from the flows to the
//! arcs, as the north-west corner rule finds it (Charnes and Cooper, *The stepping stone method*, 1954).

use std::collections::BTreeMap;

use super::bound::Type;
use super::coupled::{Commodity, Coupled};
use super::cover::Part;
use super::instance::Instance;
use crate::solve::linear::place::{BASIC, LOWER};

/// A family's flow along the arcs of what flows in seats.
struct Family<'c> {
    of: &'c Commodity,
    persons: i64,
    /// By arc of what flows in seats: the column.
    columns: Vec<Option<usize>>,
    /// By node: what comes there, in seats, in 1 / `POINT_UNIT`.
    inflow: BTreeMap<usize, i64>,
}

/// The places of columns and rows of `apart`, from those of `whole` in which its best point, in 1 / `POINT_UNIT`, was
/// found; nothing where they do not fit together.
pub(super) fn lift(
    instance: &Instance,
    types: &[Type],
    (whole, places, point): (&Coupled, &[u8], &[i64]),
    apart: &Coupled,
) -> Vec<u8> {
    let (Some(sand), Some(rest)) = (&whole.sand, &apart.sand) else { return Vec::new() };
    if places.len() < whole.task.upper.len() + whole.task.rows.len() {
        return Vec::new();
    }
    let mut lifted = Lifted::new(whole, places, apart);
    let mut families = Vec::new();
    lifted.copy(sand, rest);
    for of in &apart.commodities {
        match whole.commodities.iter().find(|from| from.shape == of.shape) {
            Some(from) => lifted.copy(from, of),
            None => families.push(family(instance, types, (whole, point), rest, of)),
        }
    }
    families.sort_by_key(|family| std::cmp::Reverse(family.persons));
    let mut first = 0;
    for arcs in rest.arcs.chunk_by(|one, next| one.0 == next.0) {
        let mut left: Vec<i64> = sand.arcs[first..][..arcs.len()].iter().map(|arc| point[arc.2]).collect();
        for family in families.iter_mut().filter(|family| family.of.rows.contains_key(&arcs[0].0)) {
            lifted.lead(family, arcs, first, &mut left);
        }
        first += arcs.len();
    }
    lifted.places
}

fn family<'c>(
    instance: &Instance,
    types: &[Type],
    (whole, point): (&Coupled, &[i64]),
    rest: &Commodity,
    of: &'c Commodity,
) -> Family<'c> {
    let persons = of.members.first().map_or(1, |&(position, _)| instance.items[types[position].item].persons);
    let mut inflow = BTreeMap::new();
    for &(position, node) in &of.members {
        *inflow.entry(node).or_default() += point[whole.of_type[position]] * persons;
    }
    // Both list the same nodes and arcs in the same order, the family's those that it can pass.
    let mut own = of.arcs.iter().peekable();
    let column = |&(node, part, _): &(usize, Part, usize)| {
        own.next_if(|arc| (arc.0, arc.1) == (node, part)).map(|&(.., column)| column)
    };
    let columns = rest.arcs.iter().map(column).collect();
    Family { of, persons, columns, inflow }
}

struct Lifted<'c> {
    whole: &'c Coupled,
    apart: &'c Coupled,
    from: &'c [u8],
    places: Vec<u8>,
}

impl<'c> Lifted<'c> {
    /// With the places of types, limits and levels.
    fn new(whole: &'c Coupled, from: &'c [u8], apart: &'c Coupled) -> Self {
        let (before, after) = (whole.task.upper.len(), apart.task.upper.len());
        let mut places = vec![LOWER; after + apart.task.rows.len()];
        for (&one, &other) in whole.of_type.iter().zip(&apart.of_type) {
            places[other] = from[one];
        }
        let limits = whole.limits.iter().zip(&apart.limits).map(|(one, other)| (one.0, other.0));
        for (one, other) in limits.chain(whole.levels.clone().zip(apart.levels.clone())) {
            places[after + other] = from[before + one];
        }
        Self { whole, apart, from, places }
    }

    /// The places of a flow that is the same in both.
    fn copy(&mut self, from: &Commodity, to: &Commodity) {
        let (before, after) = (self.whole.task.upper.len(), self.apart.task.upper.len());
        for (one, other) in from.arcs.iter().zip(&to.arcs) {
            self.places[other.2] = self.from[one.2];
        }
        for (one, other) in from.rows.values().zip(to.rows.values()) {
            self.places[after + other] = self.from[before + one];
        }
    }

    /// Leads a family's flow on from a node: along the arcs, the first of them so far from the first of all, that have so many
    /// seats `left`.
    fn lead(&mut self, family: &mut Family, arcs: &[(usize, Part, usize)], first: usize, left: &mut [i64]) {
        let mut flow = family.inflow.get(&arcs[0].0).copied().unwrap_or(0);
        let mut unused: Vec<usize> = (0..arcs.len()).collect();
        while !unused.is_empty() {
            let room = |&at: &usize| {
                let arc = unused[at];
                (left[arc], self.places[arcs[arc].2] == BASIC, std::cmp::Reverse(arc))
            };
            let arc = unused.swap_remove((0..unused.len()).max_by_key(room).expect("there is one"));
            let (_, part, seats) = arcs[arc];
            let Some(column) = family.columns[first + arc] else { return };
            // What rounding leaves of a point is no family.
            let fits = flow <= left[arc] + family.persons;
            let here = if fits { flow } else { left[arc] };
            left[arc] -= here;
            flow -= here;
            if let Part::Set(smaller) = part {
                *family.inflow.entry(smaller).or_default() += here;
            }
            self.places[column] = BASIC;
            if fits {
                return;
            }
            self.places[seats] = LOWER;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::coupled::Flow;
    use super::super::tests::{drawn, persons, relaxation};
    use super::super::{bound, dive, pour};
    use super::*;
    use crate::solve::linear::{Ended, Session, run_own};

    /// The same value, and next to nothing left to search for.
    #[test]
    fn a_best_point_stays_one_when_families_flow_apart() {
        let (mut lifted_work, mut all_work, mut early) = (0, 0, 0);
        for seed in 0..40 {
            let instance = drawn(seed);
            let types = bound::types(&instance);
            let on = dive::dive(&instance, &mut pour(&instance), 0);
            let [first, _] = persons(&instance, &on);
            let marked: Vec<bool> = types.iter().map(|of| instance.items[of.item].value >= 1_000).collect();
            let whole = relaxation(&instance, &types, first, Flow::Seats);
            let apart = relaxation(&instance, &types, first, Flow::Apart(&marked));
            early += apart.commodities.len() - whole.commodities.len();
            let answer = run_own(&whole.task);
            let places = lift(&instance, &types, (&whole, &answer.basis, &answer.point), &apart);
            assert_eq!(places.len(), apart.task.upper.len() + apart.task.rows.len());
            let basic = places.iter().map(|place| usize::from(*place == BASIC)).sum::<usize>();
            assert_eq!(basic, apart.task.rows.len(), "seed {seed}: a basis");
            let solved = |task: &crate::solve::linear::Task, places: &[u8]| {
                let session = Session::new(task);
                match session.solve(&session.start(places), &[], &|| false) {
                    Ended::Solved(solved) => (solved.value, session.spent()),
                    Ended::Infeasible(_) | Ended::Spent => panic!("seed {seed}: the plan is a point"),
                }
            };
            let (value, work) = solved(&apart.task, &places);
            let (again, from_scratch) = solved(&apart.task, &[]);
            let (in_seats, _) = solved(&whole.task, &answer.basis);
            assert!((value - again).abs() < 16 && (value - in_seats).abs() < 16, "seed {seed}");
            lifted_work += work;
            all_work += from_scratch;
        }
        assert!(early > 40, "families flow apart");
        assert!(lifted_work * 10 < all_work, "{lifted_work} of {all_work}");
    }

    #[test]
    fn nothing_is_lifted_from_nowhere() {
        let instance = drawn(1);
        let types = bound::types(&instance);
        let whole = relaxation(&instance, &types, 0, Flow::Seats);
        let apart = relaxation(&instance, &types, 0, Flow::Apart(&vec![true; types.len()]));
        let point = vec![0; whole.task.upper.len()];
        assert!(lift(&instance, &types, (&whole, &[], &point), &apart).is_empty());
    }
}

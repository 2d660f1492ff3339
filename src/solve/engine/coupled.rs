//! The coupled relaxation: all resources at once, for levels that the separate networks do not close.
//!
//! One commodity per shape (what an item takes), each with a nested cover of its own, so that the
//! linear program has a column per type and per arc, not per unit and departure. Items that take seats
//! alone are one commodity, measured in seats, unless they are to be whole ([`Flow`]). Its prices are as good
//! as any linear bound can be.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;

use super::bound::Type;
use super::cover::{Part, cover};
use super::instance::{Instance, LAPS, RESOURCES, SEATS};
use super::simplex::UNLIMITED;
use crate::solve::linear::{Search, Task, TaskRow};

/// A linear program larger than this is not worth the wait.
const COLUMNS: usize = 300_000;

/// One in so many that takes seats alone makes it worth while to have these flow as one.
const SAND: i64 = 4;

/// The relaxation as a task, and where its prices are.
pub(super) struct Coupled {
    pub(super) task: Task,
    /// The rows of departures' resources: `(row, resource, departure)`.
    pub(super) limits: Vec<(usize, usize, usize)>,
    /// The rows of earlier levels.
    pub(super) levels: std::ops::Range<usize>,
    /// By type: the column that counts its units aboard.
    pub(super) of_type: Vec<usize>,
    /// Whose flows are counted in units: one per shape, those of seats alone left out.
    pub(super) commodities: Vec<Commodity>,
    /// What flows in seats.
    pub(super) sand: Option<Commodity>,
    /// Whether next to nothing takes seats alone, so that the relaxation is hardly smaller than the program of classes.
    pub(super) is_coarse: bool,
}

/// Units of one shape, and how they flow.
pub(super) struct Commodity {
    /// What each of them takes: `None` for seats.
    pub(super) shape: Option<usize>,
    /// Its types, with the node that each flows out of.
    pub(super) members: Vec<(usize, usize)>,
    /// From a node, a part of it, by a column; nodes come after those that they have arcs from.
    pub(super) arcs: Vec<(usize, Part, usize)>,
    /// By node: the row of its balance.
    pub(super) rows: BTreeMap<usize, usize>,
}

impl Coupled {
    /// The columns that are whole in a plan, those of what flows in seats aside.
    pub(super) fn integers(&self) -> Vec<usize> {
        let of_commodity = |of: &Commodity| -> Vec<usize> {
            let types = of.members.iter().map(|&(position, _)| self.of_type[position]);
            types.chain(of.arcs.iter().map(|&(.., column)| column)).collect()
        };
        self.commodities.iter().flat_map(of_commodity).collect()
    }
}

impl Commodity {
    /// By unit aboard in a plan: its type, and the columns of the arcs that lead from its node to its departure. The parts of a
    /// node have no departure in common, so that one way leads there.
    pub(super) fn ways(
        &self,
        types: &[Type],
        on: &[Option<usize>],
        departures: usize,
    ) -> Vec<(usize, Vec<usize>)> {
        let mut reached: BTreeMap<usize, FixedBitSet> = BTreeMap::new();
        let mut from: BTreeMap<usize, &[(usize, Part, usize)]> = BTreeMap::new();
        for arcs in self.arcs.chunk_by(|one, next| one.0 == next.0).rev() {
            let mut all = FixedBitSet::with_capacity(departures);
            for (_, part, _) in arcs {
                match part {
                    Part::Departure(d) => all.insert(*d),
                    Part::Set(smaller) => all.union_with(&reached[smaller]),
                }
            }
            reached.insert(arcs[0].0, all);
            from.insert(arcs[0].0, arcs);
        }
        let leads = |part: &Part, d: usize| match part {
            Part::Departure(at) => *at == d,
            Part::Set(smaller) => reached[smaller].contains(d),
        };
        let way = |node: usize, d: usize| {
            let (mut way, mut at) = (Vec::new(), Some(node));
            while let Some((_, part, column)) =
                at.and_then(|node| from.get(&node)?.iter().find(|(_, part, _)| leads(part, d)))
            {
                way.push(*column);
                at = match part {
                    Part::Departure(_) => None,
                    Part::Set(smaller) => Some(*smaller),
                };
            }
            way
        };
        let aboard = |&(position, node): &(usize, usize)| {
            let seats = types[position].members.iter().filter_map(|&item| on[item]);
            seats.map(move |d| (position, node, d)).collect::<Vec<_>>()
        };
        self.members.iter().flat_map(aboard).map(|(position, node, d)| (position, way(node, d))).collect()
    }
}

/// Along what units of some types flow: a nested cover of their sets.
struct Network {
    /// By set.
    node_of: BTreeMap<usize, usize>,
    /// By node.
    parts: Vec<Vec<Part>>,
    /// Every node, after those that it has arcs from.
    order: Vec<usize>,
}

impl Network {
    fn of(instance: &Instance, types: &[Type], members: &[usize]) -> Self {
        let mut node_of: BTreeMap<usize, usize> = BTreeMap::new();
        for &position in members {
            let next = node_of.len();
            node_of.entry(instance.items[types[position].item].set).or_insert(next);
        }
        let mut sets: Vec<(usize, usize)> = node_of.iter().map(|(&set, &node)| (node, set)).collect();
        sets.sort_unstable();
        let sets: Vec<FixedBitSet> = sets.into_iter().map(|(_, set)| instance.sets[set].clone()).collect();
        let (parts, mut order) = cover(&sets);
        order.reverse();
        Self { node_of, parts, order }
    }

    /// By node: whether anything that flows out of these passes it.
    fn passed(&self, from: impl Iterator<Item = usize>) -> Vec<bool> {
        let mut passed = vec![false; self.parts.len()];
        from.for_each(|node| passed[node] = true);
        for &node in &self.order {
            let is_passed = passed[node];
            for part in &self.parts[node] {
                if let Part::Set(smaller) = *part {
                    passed[smaller] |= is_passed;
                }
            }
        }
        passed
    }
}

/// One level of the relaxation: what a person of each type, or a day of one, counts.
pub(super) struct Linear {
    /// By type: value aboard anything.
    pub(super) value: Vec<i64>,
    /// By departure: what a person costs aboard it.
    pub(super) day_cost: Vec<i64>,
}

struct Builder<'i> {
    instance: &'i Instance,
    types: &'i [Type],
    upper: Vec<i64>,
    rows: Vec<TaskRow>,
    /// By resource and departure: terms of its row.
    limits: BTreeMap<(usize, usize), Vec<(usize, i64)>>,
    /// Per level: terms.
    levels: Vec<Vec<(usize, i64)>>,
    of_type: Vec<usize>,
    commodities: Vec<Commodity>,
    sand: Option<Commodity>,
}

/// What flows as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow<'f> {
    /// All that takes seats alone, in seats: as a linear program as good, as an integer program looser.
    Seats,
    /// The same but for families of the types that are marked, which flow as in [`Self::Shapes`].
    Apart(&'f [bool]),
    /// Each shape by itself, in units: whole flows are plans.
    Shapes,
}

/// Builds the relaxation of the last of `levels`, with the earlier ones kept. `None`: it is too large.
pub(super) fn couple(
    instance: &Instance,
    types: &[Type],
    levels: &[Linear],
    kept: &[i64],
    flow: Flow<'_>,
) -> Option<Coupled> {
    let mut builder = Builder {
        instance,
        types,
        upper: Vec::new(),
        rows: Vec::new(),
        limits: BTreeMap::new(),
        levels: vec![Vec::new(); levels.len()],
        of_type: vec![0; types.len()],
        commodities: Vec::new(),
        sand: None,
    };
    let alone: Vec<bool> = types.iter().map(|of| takes_seats_alone(instance, of)).collect();
    // Families that flow apart flow along the arcs of those that do not.
    let sand: Vec<usize> =
        (0..types.len()).filter(|&position| alone[position] && flow != Flow::Shapes).collect();
    let of_sand = Network::of(instance, types, &sand);
    for (shape, members) in shapes(instance, types, &alone, flow) {
        if members.iter().all(|position| sand.binary_search(position).is_ok()) {
            builder.commodity(shape, &members, &of_sand, levels);
        } else {
            builder.commodity(shape, &members, &Network::of(instance, types, &members), levels);
        }
        if builder.upper.len() > COLUMNS {
            return None;
        }
    }
    Some(builder.finish(kept, is_coarse(types, &alone, flow)))
}

/// Types by shape, `None` for those that flow in seats: of the types that take seats `alone`.
fn shapes(
    instance: &Instance,
    types: &[Type],
    alone: &[bool],
    flow: Flow,
) -> BTreeMap<Option<usize>, Vec<usize>> {
    let mut shapes: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (position, of) in types.iter().enumerate() {
        let item = &instance.items[of.item];
        let in_seats = match flow {
            Flow::Seats => true,
            Flow::Apart(apart) => !apart[position] || item.persons == 1,
            Flow::Shapes => false,
        };
        let sand = in_seats && alone[position];
        shapes.entry((!sand).then_some(item.takes)).or_default().push(position);
    }
    shapes
}

/// Whether a type takes one seat a person and nothing else that is limited.
fn takes_seats_alone(instance: &Instance, of: &Type) -> bool {
    let item = &instance.items[of.item];
    instance.takes[item.takes].iter().all(|take| {
        let limited = |r: usize| take[r] > 0 && instance.room.iter().any(|room| room[r] < UNLIMITED);
        take[SEATS] == item.persons && !(LAPS..RESOURCES).any(limited)
    })
}

/// Whether next to nothing flows in seats; families that flow apart take seats alone all the same.
fn is_coarse(types: &[Type], alone: &[bool], flow: Flow) -> bool {
    let in_seats = types.iter().zip(alone).filter(|(_, alone)| **alone && flow != Flow::Shapes);
    let sand: i64 = in_seats.map(|(of, _)| of.count).sum();
    let all: i64 = types.iter().map(|of| of.count).sum();
    sand * SAND < all
}

impl Builder<'_> {
    fn column(&mut self, upper: i64) -> usize {
        self.upper.push(upper);
        self.upper.len() - 1
    }

    fn commodity(&mut self, shape: Option<usize>, members: &[usize], network: &Network, levels: &[Linear]) {
        let node = |position: usize| network.node_of[&self.instance.items[self.types[position].item].set];
        let members: Vec<(usize, usize)> =
            members.iter().map(|&position| (position, node(position))).collect();
        let mut balance: Vec<Vec<(usize, i64)>> = vec![Vec::new(); network.parts.len()];
        let mut amount = 0;
        for &(position, node) in &members {
            let of = &self.types[position];
            let item = &self.instance.items[of.item];
            let each = if shape.is_none() { item.persons } else { 1 };
            amount += of.count * each;
            let column = self.column(of.count);
            self.of_type[position] = column;
            balance[node].push((column, -each));
            for (terms, level) in self.levels.iter_mut().zip(levels) {
                terms.push((column, level.value[position]));
            }
        }
        let persons = members.first().map_or(1, |&(position, _)| {
            if shape.is_none() { 1 } else { self.instance.items[self.types[position].item].persons }
        });
        // All of the network is there for what flows in seats, whoever flows apart: `lift` wants the same arcs.
        let passed = match shape {
            None => vec![true; network.parts.len()],
            Some(_) => network.passed(members.iter().map(|&(_, node)| node)),
        };
        let mut arcs = Vec::new();
        for &node in network.order.iter().filter(|node| passed[**node]) {
            for part in &network.parts[node] {
                let column = self.column(amount);
                arcs.push((node, *part, column));
                balance[node].push((column, 1));
                match *part {
                    Part::Set(smaller) => balance[smaller].push((column, -1)),
                    Part::Departure(d) => self.arrive(column, shape, d, persons, levels),
                }
            }
        }
        let mut rows = BTreeMap::new();
        for (node, terms) in balance.into_iter().enumerate().filter(|(node, _)| passed[*node]) {
            rows.insert(node, self.rows.len());
            self.rows.push((terms, 0, true));
        }
        let commodity = Commodity { shape, members, arcs, rows };
        match shape {
            None => self.sand = Some(commodity),
            Some(_) => self.commodities.push(commodity),
        }
    }

    fn arrive(&mut self, column: usize, shape: Option<usize>, d: usize, persons: i64, levels: &[Linear]) {
        for resource in 0..RESOURCES {
            let take = match shape {
                None => i64::from(resource == SEATS),
                Some(takes) => self.instance.takes[takes][self.instance.kind[d]][resource],
            };
            if take > 0 && self.instance.room[d][resource] < UNLIMITED {
                self.limits.entry((resource, d)).or_default().push((column, take));
            }
        }
        for (terms, level) in self.levels.iter_mut().zip(levels) {
            terms.push((column, -level.day_cost[d] * persons));
        }
    }

    fn finish(mut self, kept: &[i64], is_coarse: bool) -> Coupled {
        let mut limits = Vec::new();
        for ((resource, d), terms) in std::mem::take(&mut self.limits) {
            limits.push((self.rows.len(), resource, d));
            self.rows.push((terms, self.instance.room[d][resource], false));
        }
        let mut objective = vec![0; self.upper.len()];
        for (column, c) in self.levels.pop().unwrap_or_default() {
            objective[column] += c;
        }
        let first = self.rows.len();
        for (terms, &kept) in self.levels.iter().zip(kept) {
            self.rows.push((
                terms.iter().filter(|(_, c)| *c != 0).map(|&(column, c)| (column, -c)).collect(),
                -kept,
                false,
            ));
        }
        let levels = first..self.rows.len();
        let task = Task {
            upper: self.upper,
            objective,
            rows: self.rows,
            search: Search::Relaxation,
            limit_ms: None,
        };
        let Self { of_type, commodities, sand, .. } = self;
        Coupled { task, limits, levels, of_type, commodities, sand, is_coarse }
    }
}

#[cfg(test)]
mod tests {
    use super::super::bound;
    use super::super::instance::Item;
    use super::*;

    /// A couple of the first level, a single person of it, another couple, one with an infant on a lap; three seats.
    fn instance() -> Instance {
        let take = |seats: i64, laps: i64| vec![[seats, laps, 0, 0, 0, 0]];
        let item = |takes: usize, persons: i64, value: i128| Item { set: 0, takes, persons, value };
        Instance {
            sets: vec![FixedBitSet::with_capacity_and_blocks(1, [1])],
            items: vec![item(0, 2, 20), item(1, 1, 10), item(0, 2, 2), item(2, 2, 2)],
            takes: vec![take(2, 0), take(1, 0), take(1, 1)],
            kind: vec![0],
            room: vec![[3, 1, UNLIMITED, UNLIMITED, UNLIMITED, UNLIMITED]],
            day_cost: vec![0],
        }
    }

    /// The persons of two levels, the first of which keeps three.
    fn coupled(instance: &Instance, types: &[Type], flow: Flow) -> Coupled {
        let of = |first: bool| Linear {
            value: types
                .iter()
                .map(|of| {
                    let item = &instance.items[of.item];
                    if (item.value >= 10) == first { item.persons } else { 0 }
                })
                .collect(),
            day_cost: vec![0],
        };
        couple(instance, types, &[of(true), of(false)], &[3], flow).expect("it is small")
    }

    #[test]
    fn families_that_are_marked_flow_apart_and_nobody_else() {
        let instance = instance();
        let types = bound::types(&instance);
        let early: Vec<bool> = types.iter().map(|of| instance.items[of.item].value >= 10).collect();
        let in_units = |flow: Flow| -> Vec<usize> {
            let coupled = coupled(&instance, &types, flow);
            let members = coupled.commodities.iter().flat_map(|of| &of.members);
            let mut items: Vec<usize> = members.map(|&(position, _)| types[position].item).collect();
            items.sort_unstable();
            items
        };
        assert_eq!(in_units(Flow::Seats), [3], "who has an infant on a lap");
        assert_eq!(in_units(Flow::Apart(&early)), [0, 3], "the couple too; one person is whole in any flow");
        assert_eq!(in_units(Flow::Shapes), [0, 1, 2, 3]);
    }

    #[test]
    fn families_apart_do_not_make_it_coarse() {
        let instance = instance();
        let types = bound::types(&instance);
        let all = vec![true; types.len()];
        assert!(!coupled(&instance, &types, Flow::Seats).is_coarse);
        assert!(!coupled(&instance, &types, Flow::Apart(&all)).is_coarse);
        assert!(coupled(&instance, &types, Flow::Shapes).is_coarse);
    }
}

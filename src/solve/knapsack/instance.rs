//! A level as things and bins.

use super::{Plan, Target};
use crate::certificate::Resource;
use crate::model::{Column, Row, RowKey};
use crate::scenario::DepartureIdx;
use std::ops::Range;

/// Units beyond which nothing is tried here.
pub(super) const MOST_THINGS: i64 = 400;
/// Departures beyond which nothing is tried here.
const MOST_BINS: usize = 120;
/// What sizes, rooms and values are below, so that no product passes 128 bits.
const LARGEST: i64 = 1 << 40;

/// Things and bins.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) classes: Vec<Class>,
    pub(super) bins: Vec<Bin>,
    /// How many rows the target has.
    pub(super) rows: usize,
    /// How much a repair may lose on its way.
    pub(super) step: i64,
    /// What goes where there is room for all that may: columns in full.
    pub(super) given: Vec<(usize, i64)>,
    /// What the level is worth with these alone.
    pub(super) constant: i64,
}

/// Things that are alike.
#[derive(Clone, Debug)]
pub(super) struct Class {
    pub(super) count: i64,
    pub(super) size: i64,
    /// The greatest of what one is worth in a bin.
    pub(super) value: i64,
    /// By bin: what one is worth there.
    pub(super) values: Vec<i64>,
    /// By bin.
    pub(super) open: Vec<bool>,
    /// Among the program's.
    pub(super) columns: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Bin {
    pub(super) departure: DepartureIdx,
    pub(super) room: i64,
    /// Of what: seats, or what it carries.
    pub(super) resource: Resource,
    /// The row that says so.
    pub(super) row: usize,
}

impl Instance {
    /// The level as things and bins; `None` where it is not such a level.
    pub(super) fn of(target: &Target) -> Option<Self> {
        let bins = bins(target).filter(|bins| !bins.is_empty() && bins.len() <= MOST_BINS)?;
        let rows = target.rows().count();
        let (classes, given) = (Vec::new(), Vec::new());
        let mut instance = Self { classes, bins, rows, step: 0, given, constant: target.constant };
        let sizes = instance.sizes(target);
        let mut things = 0;
        for columns in &target.program.of_class {
            let class = instance.class(target, columns, &sizes)?;
            things += class.count;
            if things > MOST_THINGS {
                return None;
            }
            instance.classes.push(class);
        }
        let Self { classes, bins, .. } = &instance;
        let small =
            bins.iter().all(|bin| bin.room < LARGEST) && classes.iter().all(|class| class.size < LARGEST);
        instance.step = classes.iter().map(|class| class.value).max().unwrap_or(0) / 16;
        small.then_some(instance)
    }

    /// By column: the size of what boards.
    fn sizes(&self, target: &Target) -> Vec<i64> {
        let mut sizes = vec![0; target.program.columns.len()];
        for bin in &self.bins {
            for &(column, size) in &target.program.rows[bin.row].terms {
                sizes[column] = size.max(0);
            }
        }
        sizes
    }

    fn class(&mut self, target: &Target, columns: &Range<usize>, sizes: &[i64]) -> Option<Class> {
        let first = columns.clone().next()?;
        let mut class = Class {
            count: target.program.upper[first],
            size: sizes[first],
            value: i64::MIN,
            values: vec![0; self.bins.len()],
            open: vec![false; self.bins.len()],
            columns: columns.clone(),
        };
        if let Some(column) = columns.clone().find(|&column| self.bin(target, column).is_none()) {
            return self.give(target, class, column);
        }
        for column in columns.clone() {
            let bin = self.bin(target, column)?;
            let value = target.objective[column];
            (class.values[bin], class.open[bin]) = (value, true);
            class.value = class.value.max(value);
            if sizes[column] != class.size || class.size < 1 || value.abs() >= LARGEST {
                return None;
            }
        }
        Some(class)
    }

    /// A departure without a row has room for all that may board. Who is worth nowhere more goes there: none of
    /// the class is left.
    fn give(&mut self, target: &Target, class: Class, column: usize) -> Option<Class> {
        let value = target.objective[column];
        let is_best = class.columns.clone().all(|other| target.objective[other] <= value);
        let is_board = matches!(target.program.columns[column], Column::Board(..));
        if !is_board || !is_best || !(0..LARGEST).contains(&value) || !target.more.is_empty() {
            return None;
        }
        self.given.push((column, class.count));
        self.constant += value * class.count;
        Some(Class { count: 0, size: 1, value: 0, ..class })
    }

    /// Whether the level is about which departures are used, and nothing else.
    pub(super) fn is_decided(&self, target: &Target) -> bool {
        let (boards, used) =
            target.objective.split_at(self.classes.last().map_or(0, |class| class.columns.end));
        boards.iter().all(|value| *value == 0) && used.iter().any(|value| *value < 0)
    }

    /// Whether a row counts the things of a class alike in every bin.
    pub(super) fn is_even_in(&self, row: &Row) -> bool {
        self.classes.iter().all(|class| {
            let first = row.coefficient(class.columns.start);
            class.columns.clone().all(|column| row.coefficient(column) == first)
        })
    }

    /// The column that says whether a bin is used.
    pub(super) fn used(&self, target: &Target, bin: usize) -> Option<usize> {
        let departure = self.bins[bin].departure;
        target.program.columns.iter().position(|column| *column == Column::Used(departure))
    }

    /// Whether nothing hangs on a departure's being used.
    pub(super) fn minds_no_use(&self, target: &Target) -> bool {
        self.classes
            .last()
            .is_some_and(|class| target.objective[class.columns.end..].iter().all(|value| *value == 0))
    }

    /// Whether a thing is worth the same in every bin that it may go to, and something.
    pub(super) fn is_even(&self) -> bool {
        self.classes.iter().all(|class| {
            class.value >= 0
                && class.open.iter().zip(&class.values).all(|(open, v)| !open || *v == class.value)
        })
    }

    pub(super) fn nothing(&self) -> Plan {
        vec![vec![0; self.bins.len()]; self.classes.len()]
    }

    /// A point of the program as a plan.
    pub(super) fn plan(&self, target: &Target, point: &[i64]) -> Plan {
        let mut plan = self.nothing();
        for (class, places) in self.classes.iter().zip(&mut plan).filter(|(class, _)| class.count > 0) {
            for column in class.columns.clone() {
                if let Some(bin) = self.bin(target, column) {
                    places[bin] = point[column];
                }
            }
        }
        plan
    }

    /// The column of a class in a bin.
    pub(super) fn column(&self, target: &Target, class: usize, bin: usize) -> Option<usize> {
        let departure = self.bins[bin].departure;
        let is_here =
            |column: &usize| matches!(target.program.columns[*column], Column::Board(_, d) if d == departure);
        self.classes[class].columns.clone().find(is_here)
    }

    /// The bin of a column.
    fn bin(&self, target: &Target, column: usize) -> Option<usize> {
        let Column::Board(_, d) = target.program.columns[column] else { return None };
        self.bins.iter().position(|bin| bin.departure == d)
    }

    /// A plan as a point of the program.
    pub(super) fn point(&self, target: &Target, plan: &Plan) -> Vec<i64> {
        let mut point = vec![0; target.program.columns.len()];
        for (class, places) in self.classes.iter().zip(plan) {
            for column in class.columns.clone() {
                point[column] = self.bin(target, column).map_or(0, |bin| places[bin]);
            }
        }
        for &(column, count) in &self.given {
            point[column] = count;
        }
        for bin in 0..self.bins.len() {
            if let Some(column) = self.used(target, bin) {
                point[column] = i64::from(plan.iter().any(|places| places[bin] > 0));
            }
        }
        point
    }
}

/// The departures with the most that they hold, each of one resource; `None` where another rule binds.
fn bins(target: &Target) -> Option<Vec<Bin>> {
    let mut bins: Vec<Bin> = Vec::new();
    for (row, of) in target.program.rows.iter().enumerate() {
        let (RowKey::Limit(resource, departure) | RowKey::Fill(resource, departure)) = of.key else {
            if matches!(of.key, RowKey::Unit(_) | RowKey::Aboard(..) | RowKey::Used(_)) {
                continue;
            }
            return None;
        };
        if !matches!(resource, Resource::Seats | Resource::Payload) {
            return None;
        }
        // Where it matters whether the departure is used the room is what its column gives.
        let is_used =
            |&&(column, _): &&(usize, i64)| target.program.columns[column] == Column::Used(departure);
        let given = of.terms.iter().find(is_used).map_or(of.at_most, |(_, a)| -a);
        let bin = Bin { departure, room: given, resource, row };
        match bins.iter_mut().find(|known| known.departure == departure) {
            Some(known) if known.resource != resource => return None,
            Some(known) if known.room <= bin.room => {}
            Some(known) => *known = bin,
            None => bins.push(bin),
        }
    }
    Some(bins)
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Bin, Class, Instance};
    use crate::certificate::Resource;
    use crate::scenario::DepartureIdx;

    /// A thing of each size, open to the bins that it fits into.
    pub(in super::super) fn instance(sizes: &[i64], rooms: &[i64]) -> Instance {
        let class = |&size: &i64| Class {
            count: 1,
            size,
            value: 1,
            values: vec![1; rooms.len()],
            open: rooms.iter().map(|room| size <= *room).collect(),
            columns: 0..0,
        };
        let resource = Resource::Seats;
        let bin =
            |(at, &room): (usize, &i64)| Bin { departure: DepartureIdx::new(at), room, resource, row: 0 };
        Instance {
            classes: sizes.iter().map(class).collect(),
            bins: rooms.iter().enumerate().map(bin).collect(),
            rows: 0,
            step: 0,
            given: Vec::new(),
            constant: 0,
        }
    }
}

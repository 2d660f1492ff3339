//! What a case counts: units of some kind, aboard something.

use super::bound::Type;
use super::coupled::Coupled;
use super::cover::Part;
use super::instance::{Instance, LAPS, RESOURCES};
use super::simplex::UNLIMITED;

/// A number of units that a proof by cases can split on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Sum {
    /// Of a type, aboard anything.
    Type(usize),
    /// Of all that take the same, aboard a departure; those of them that flow in seats where others flow apart have no column
    /// in it, and are counted all the same where a leaf is evaluated.
    Takes(usize, usize),
    /// Of all that take something of a resource, aboard a departure.
    Using(usize, usize),
}

/// Where units count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// Aboard anything.
    Anywhere,
    /// Aboard a departure.
    At(usize),
}

impl Where {
    /// Whether they count aboard this departure.
    pub(super) fn is_at(self, departure: usize) -> bool {
        self == Self::Anywhere || self == Self::At(departure)
    }
}

impl Sum {
    /// Where units of a type count, if they do.
    pub(super) fn counts(self, instance: &Instance, position: usize, of: &Type) -> Option<Where> {
        let (counts, departure) = match self {
            Self::Type(counted) => (counted == position, Where::Anywhere),
            Self::Takes(takes, d) => (instance.items[of.item].takes == takes, Where::At(d)),
            Self::Using(resource, d) => (instance.take(of.item, d)[resource] > 0, Where::At(d)),
        };
        counts.then_some(departure)
    }
}

/// All that the relaxation can count, each with its columns.
pub(super) fn countable(instance: &Instance, types: &[Type], coupled: &Coupled) -> Vec<(Sum, Vec<usize>)> {
    let mut sums: Vec<(Sum, Vec<usize>)> = coupled
        .of_type
        .iter()
        .enumerate()
        .map(|(position, &column)| (Sum::Type(position), vec![column]))
        .collect();
    let mut using: Vec<[Vec<usize>; RESOURCES]> = vec![Default::default(); instance.room.len()];
    // What takes something of these is a commodity of its own: nobody is counted who has no column.
    let scarce: Vec<usize> =
        (LAPS..RESOURCES).filter(|&r| instance.room.iter().any(|room| room[r] < UNLIMITED)).collect();
    for commodity in &coupled.commodities {
        let Some(&(position, _)) = commodity.members.first() else { continue };
        let takes = instance.items[types[position].item].takes;
        let mut at: Vec<Vec<usize>> = vec![Vec::new(); instance.room.len()];
        for &(_, part, column) in &commodity.arcs {
            if let Part::Departure(d) = part {
                at[d].push(column);
                for &resource in &scarce {
                    if instance.takes[takes][instance.kind[d]][resource] > 0 {
                        using[d][resource].push(column);
                    }
                }
            }
        }
        let own = at.into_iter().enumerate().filter(|(_, columns)| !columns.is_empty());
        sums.extend(own.map(|(d, columns)| (Sum::Takes(takes, d), columns)));
    }
    for (d, by_resource) in using.into_iter().enumerate() {
        let used = by_resource.into_iter().enumerate().filter(|(_, columns)| columns.len() > 1);
        sums.extend(used.map(|(resource, columns)| (Sum::Using(resource, d), columns)));
    }
    sums
}

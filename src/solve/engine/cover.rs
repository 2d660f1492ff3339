//! A nested cover of the sets of departures: few arcs instead of one per unit and departure.
//!
//! Sets that occur in a caseload lie within each other: more papers, an earlier readiness, fewer people
//! each open a superset. A set is covered by smaller sets that lie in it and, for the rest, by its
//! departures; every covering set is a subset, so together they are exactly the set.

use fixedbitset::FixedBitSet;

/// What a set's node has arcs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The node of a smaller set.
    Set(usize),
    /// A departure.
    Departure(usize),
}

/// For each set the parts that together make it, and an order in which every set comes after the sets
/// that it has arcs to.
pub(super) fn cover(sets: &[FixedBitSet]) -> (Vec<Vec<Part>>, Vec<usize>) {
    let sizes: Vec<usize> = sets.iter().map(|set| set.count_ones(..)).collect();
    let mut by_size: Vec<usize> = (0..sets.len()).collect();
    by_size.sort_by_key(|&set| (std::cmp::Reverse(sizes[set]), set));
    let mut parts = vec![Vec::new(); sets.len()];
    for (position, &set) in by_size.iter().enumerate() {
        let mut left = sets[set].clone();
        for &smaller in &by_size[position + 1..] {
            if sizes[smaller] < 2 {
                break;
            }
            let covers = left.intersection_count(&sets[smaller]);
            if covers >= 2 && sets[smaller].is_subset(&sets[set]) {
                parts[set].push(Part::Set(smaller));
                left.difference_with(&sets[smaller]);
            }
        }
        parts[set].extend(left.ones().map(Part::Departure));
    }
    by_size.reverse();
    (parts, by_size)
}

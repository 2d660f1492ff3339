//! How far a resource of a departure can be filled at all.

use crate::certificate::Resource;
use crate::check::case::Case;
use crate::check::take;
use crate::scenario::DepartureIdx;

/// The row exists up to this limit only.
const LARGEST_LIMIT: i128 = 1_000_000;

/// The largest value up to the limit that sums of what open units take can reach; `None` where the row
/// does not exist.
pub(super) fn reach(case: &Case<'_>, d: DepartureIdx, resource: Resource) -> Option<i128> {
    let limit =
        take::limit(case.departure(d), resource).filter(|limit| (0..=LARGEST_LIMIT).contains(limit))?;
    let use_of = |u| take::take(case.unit(u), case.departure(d)).of(resource);
    let mut uses: Vec<usize> = case
        .openings()
        .to(d)
        .filter_map(|u| usize::try_from(use_of(u)).ok())
        .filter(|taken| *taken > 0)
        .collect();
    uses.sort_unstable();
    let largest = largest_sum(&uses, usize::try_from(limit).ok()?);
    i128::try_from(largest).ok()
}

/// The largest sum of a subset of `uses` (sorted, above 0) that is at most `limit`.
fn largest_sum(uses: &[usize], limit: usize) -> usize {
    let mut sums = Sums::new(limit);
    for alike in uses.chunk_by(|a, b| a == b) {
        let (each, mut left) = (alike[0], alike.len().min(limit / alike[0]));
        let mut bundle = 1;
        while left > 0 && !sums.has(limit) {
            let taken = bundle.min(left);
            sums.also(each * taken);
            left -= taken;
            bundle *= 2;
        }
    }
    (0..=limit).rev().find(|sum| sums.has(*sum)).unwrap_or(0)
}

/// Which sums can be reached, a bit each.
struct Sums(Vec<u64>);

const BITS: usize = 64;

impl Sums {
    fn new(limit: usize) -> Self {
        let mut words = vec![0; limit / BITS + 1];
        words[0] = 1;
        Self(words)
    }

    fn has(&self, sum: usize) -> bool {
        self.0[sum / BITS] >> (sum % BITS) & 1 == 1
    }

    /// Every sum, and every sum and so much more.
    fn also(&mut self, more: usize) {
        let (words, bits) = (more / BITS, more % BITS);
        for i in (words..self.0.len()).rev() {
            let low = self.0[i - words] << bits;
            let carried = if bits > 0 && i > words { self.0[i - words - 1] >> (BITS - bits) } else { 0 };
            self.0[i] |= low | carried;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::largest_sum;

    /// Every subset, one by one.
    fn plainly(uses: &[usize], limit: usize) -> usize {
        let subsets = 0..1_u32 << uses.len();
        let sum =
            |subset: u32| (0..uses.len()).filter(|i| subset >> i & 1 == 1).map(|i| uses[i]).sum::<usize>();
        subsets.map(sum).filter(|sum| *sum <= limit).max().unwrap_or(0)
    }

    #[test]
    fn the_largest_sum_is_that_of_the_best_subset() {
        for uses in
            [vec![], vec![2, 4, 6], vec![3, 3, 3, 7], vec![64, 65, 130], vec![5; 9], vec![1, 63, 64, 127]]
        {
            for limit in 0..300 {
                assert_eq!(largest_sum(&uses, limit), plainly(&uses, limit), "{uses:?} up to {limit}");
            }
        }
    }
}

//! What whole units can fill of a resource: capacities tightened to reachable sums.
//!
//! Families are not sand. Where every unit that may board takes an even number of seats, an odd seat
//! stays empty in every plan, and the row `fill` says so. The largest reachable sum is a subset-sum,
//! found exactly by a bit set over sums, one shift per binary digit of each need's multiplicity.

/// The largest limit for which the rows `fill` exist.
pub const LARGEST_LIMIT: i64 = 1_000_000;

/// The largest sum `<= limit` of a sub-multiset of `needs`, each `(need, how many)`. `None` where the
/// limit is beyond [`LARGEST_LIMIT`] (or negative).
#[must_use]
pub fn largest_sum(needs: &[(i64, i64)], limit: i64) -> Option<i64> {
    if !(0..=LARGEST_LIMIT).contains(&limit) {
        return None;
    }
    let mut sums = Sums::zero_only(usize::try_from(limit).ok()?);
    for &(need, count) in needs.iter().filter(|(need, _)| *need > 0 && *need <= limit) {
        let mut left = count.min(limit / need);
        let mut copies = 1;
        while left > 0 && !sums.reach_limit() {
            let now = copies.min(left);
            sums.add(usize::try_from(now * need).ok()?);
            left -= now;
            copies *= 2;
        }
    }
    i64::try_from(sums.largest()).ok()
}

/// Which sums up to a limit can be reached: bit *s* of the words.
struct Sums {
    words: Vec<u64>,
    limit: usize,
}

impl Sums {
    fn zero_only(limit: usize) -> Self {
        let mut words = vec![0; limit / 64 + 1];
        words[0] = 1;
        Self { words, limit }
    }

    fn reach_limit(&self) -> bool {
        self.words[self.limit / 64] >> (self.limit % 64) & 1 == 1
    }

    /// Every sum may be followed by one more part of this size.
    fn add(&mut self, part: usize) {
        let (whole, bits) = (part / 64, part % 64);
        for i in (whole..self.words.len()).rev() {
            let low = self.words[i - whole];
            let carried = if i > whole { self.words[i - whole - 1] } else { 0 };
            let shifted = if bits == 0 { low } else { low << bits | carried >> (64 - bits) };
            self.words[i] |= shifted;
        }
    }

    fn largest(&self) -> usize {
        (0..=self.limit).rev().find(|sum| self.words[sum / 64] >> (sum % 64) & 1 == 1).unwrap_or(0)
    }
}

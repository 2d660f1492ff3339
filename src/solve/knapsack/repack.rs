//! Repairs: a few bins emptied and filled anew, with all that waits.
//!
//! What two to four bins hold and what waits is an instance of its own, small enough for the search of
//! [`super::surrogate`] to be quick about; its plan is taken if it is better. The bins are drawn by a generator of a fixed
//! seed, and failures are counted.

use super::surrogate::{Effort, Search};
use super::{Class, Instance, Plan};

/// Attempts without a better plan after which it ends.
const FAILURES: usize = 1_500;
/// Bins that one attempt empties, at most.
const FEW: usize = 4;
/// Of these, attempts that accept no worse plan.
const FAITHFUL: usize = 600;
/// How much an attempt may do.
const EFFORT: Effort = Effort { nodes: 120, work: 60_000, packing: 4_000 };
const MORE: Effort = Effort { nodes: 300, work: 100_000, packing: 4_000 };

/// A plan that is no worse, found by refilling; it ends at `ceiling`.
pub(super) fn repack(instance: &Instance, plan: Plan, ceiling: i64, stop: &dyn Fn() -> bool) -> Plan {
    let mut draw = Draw(1);
    let (mut best, mut most) = (plan.clone(), value(instance, &plan));
    let (mut plan, mut now) = (plan, most);
    // Where there are only a few bins the whole is no larger than its parts.
    let mut failures = if instance.bins.len() > FEW { 0 } else { FAILURES };
    while failures < FAILURES && most < ceiling && !stop() {
        let many = 2 + draw.below(3);
        let among = draw.some(instance.bins.len(), many);
        let (part, known) = emptied(instance, &plan, &among);
        // As good will do, so that the plan moves on; where that leads nowhere a little worse will do too.
        let is_lost = failures >= FAITHFUL && draw.below(4) == 0;
        let worse =
            if is_lost { instance.step * i64::try_from(draw.below(100)).unwrap_or(0) / 100 } else { 0 };
        let least = known - worse.min((now + instance.step - most).max(0));
        let ended = Search::new(&part, least - 1, if failures % 3 == 0 { MORE } else { EFFORT }, stop).run();
        failures += 1;
        let Some(better) = ended.plan else { continue };
        for (places, better) in plan.iter_mut().zip(better) {
            for (&bin, n) in among.iter().zip(better) {
                places[bin] = n;
            }
        }
        now = value(instance, &plan);
        if now > most {
            (best, most, failures) = (plan.clone(), now, 0);
        }
    }
    best
}

/// What a plan is worth.
fn value(instance: &Instance, plan: &Plan) -> i64 {
    let of = |(class, places): (&Class, &Vec<i64>)| class.value * places.iter().sum::<i64>();
    instance.classes.iter().zip(plan).map(of).sum()
}

/// Some bins with what they hold and what waits, and what they hold now.
fn emptied(instance: &Instance, plan: &Plan, among: &[usize]) -> (Instance, i64) {
    let mut known = 0;
    let class = |(class, places): (&Class, &Vec<i64>)| {
        let inside: i64 = among.iter().map(|&bin| places[bin]).sum();
        known += class.value * inside;
        let open: Vec<bool> = among.iter().map(|&bin| class.open[bin]).collect();
        let waiting = class.count - places.iter().sum::<i64>();
        let count = if open.contains(&true) { inside + waiting } else { 0 };
        Class { count, open, values: among.iter().map(|&bin| class.values[bin]).collect(), ..class.clone() }
    };
    let classes = instance.classes.iter().zip(plan).map(class).collect();
    let bins = among.iter().map(|&bin| instance.bins[bin].clone()).collect();
    let (rows, given) = (instance.rows, Vec::new());
    (Instance { classes, bins, rows, step: 0, given, constant: 0 }, known)
}

/// Numbers that are the same for ever (Knuth's multiplier).
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % n.max(1)
    }

    /// So many different numbers below `n`, or all of them; in order.
    fn some(&mut self, n: usize, many: usize) -> Vec<usize> {
        let mut some = Vec::new();
        while some.len() < many.min(n) {
            let one = self.below(n);
            if !some.contains(&one) {
                some.push(one);
            }
        }
        some.sort_unstable();
        some
    }
}

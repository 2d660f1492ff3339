//! Bins too small for most: what fits in has room in them.
//!
//! Where the things that fit into the smallest bins are fewer than these bins hold, room there is worth nothing: a
//! price of 0. Then these things go for nothing, and the one knapsack is that of the other bins and things. That
//! bounds what a single price for all room leaves to be filled by what does not fit.

use super::{Class, Instance};

impl Instance {
    /// How many of the smallest bins have the most room beyond what fits into them, and the bins by their room.
    fn roomy_bins(&self) -> (Vec<usize>, usize) {
        let mut bins: Vec<usize> = (0..self.bins.len()).collect();
        bins.sort_by_key(|&bin| (self.bins[bin].room, bin));
        let beyond = |many: usize| -> i64 {
            let room: i64 = bins[..many].iter().map(|&bin| self.bins[bin].room).sum();
            let fit = self.classes.iter().filter(|class| bins[..many].iter().any(|&bin| class.open[bin]));
            room - fit.map(|class| class.count * class.size).sum::<i64>()
        };
        let most = (0..bins.len()).max_by_key(|&many| (beyond(many), std::cmp::Reverse(many))).unwrap_or(0);
        (bins, most)
    }

    /// Without those bins and what fits into them, which all counts: no plan is worth more.
    pub(super) fn loosened(&self) -> Self {
        let (mut bins, many) = self.roomy_bins();
        let loose: Vec<usize> = bins.drain(..many).collect();
        bins.sort_unstable();
        let mut constant = self.constant;
        let class = |class: &Class| {
            let open = bins.iter().map(|&bin| class.open[bin]).collect();
            let values = bins.iter().map(|&bin| class.values[bin]).collect();
            let is_loose = loose.iter().any(|&bin| class.open[bin]);
            if is_loose {
                constant += class.count * class.value;
            }
            Class { count: if is_loose { 0 } else { class.count }, open, values, ..class.clone() }
        };
        let classes = self.classes.iter().map(class).collect();
        let bins = bins.iter().map(|&bin| self.bins[bin].clone()).collect();
        Self { classes, bins, rows: self.rows, step: self.step, given: Vec::new(), constant }
    }
}

//! The best loads of one bin, and all that are nearly as good.
//!
//! A table of what the things from a place on can gain in so much room, by dynamic programming; whoever follows
//! it enters no blind alley, so all loads above a threshold are listed in the time that it takes to write them
//! down. (Bellman; Kellerer, Pferschy and Pisinger, *Knapsack Problems*, 2004, section 2.3.)

/// Things that are alike, by position, with how many of them go; each once.
pub(super) type Load = Vec<(usize, i64)>;

/// Things that are alike and may go into a bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) size: i64,
    /// The most of them that go.
    pub(super) most: i64,
}

/// The most entries of a table.
pub(super) const ENTRIES: usize = 8_000_000;

/// What things gain in a bin.
pub(super) struct Table {
    items: Vec<Item>,
    /// By item.
    gains: Vec<i64>,
    /// Items.
    order: Vec<usize>,
    /// By place in the order, then by room.
    best: Vec<i64>,
    stride: usize,
}

impl Table {
    /// Of all that gains more than `above`; `None`: it is too large.
    pub(super) fn of(items: Vec<Item>, gains: Vec<i64>, room: i64, above: i64) -> Option<Self> {
        let mut order: Vec<usize> = (0..gains.len()).filter(|&item| gains[item] > above).collect();
        order.sort_by_key(|&item| (std::cmp::Reverse(items[item].size), item));
        Self::in_order(order, items, gains, room)
    }

    /// Of these items, the first decided first.
    pub(super) fn in_order(order: Vec<usize>, items: Vec<Item>, gains: Vec<i64>, room: i64) -> Option<Self> {
        let stride = usize::try_from(room).ok()?.checked_add(1)?;
        let entries = stride.checked_mul(order.len() + 1).filter(|entries| *entries <= ENTRIES)?;
        let mut table = Self { items, gains, order, best: vec![0; entries], stride };
        for place in (0..table.order.len()).rev() {
            table.fill(place)?;
        }
        Some(table)
    }

    fn fill(&mut self, place: usize) -> Option<()> {
        let item = self.order[place];
        let (gain, most) = (self.gains[item], self.items[item].most);
        let size = usize::try_from(self.items[item].size).ok()?;
        let (front, back) = self.best.split_at_mut(self.stride * (place + 1));
        let (to, from) = (&mut front[self.stride * place..], &back[..self.stride]);
        to.copy_from_slice(from);
        if gain <= 0 {
            return Some(());
        }
        let (mut taken, mut gained) = (0, 0);
        for _ in 0..most {
            (taken, gained) = (taken + size, gained + gain);
            if taken >= self.stride {
                break;
            }
            for (to, from) in to[taken..].iter_mut().zip(from) {
                *to = (*to).max(from + gained);
            }
        }
        Some(())
    }

    /// The most that a load gains.
    pub(super) fn top(&self) -> i64 {
        self.best[self.stride - 1]
    }

    /// The most that a load gains in so much of the room.
    pub(super) fn top_in(&self, room: i64) -> i64 {
        usize::try_from(room).ok().and_then(|room| self.best.get(room)).copied().unwrap_or(0)
    }

    fn room(&self) -> i64 {
        i64::try_from(self.stride).unwrap_or(i64::MAX) - 1
    }

    /// A load that gains the most.
    pub(super) fn best_load(&self) -> Load {
        let mut loads = Vec::new();
        self.list(0, self.room(), self.top(), &mut Vec::new(), &mut loads, 1);
        loads.pop().unwrap_or_default()
    }

    /// All loads that gain at least so much, but the empty one; `None`: there are more than `limit`.
    pub(super) fn loads(&self, least: i64, limit: usize) -> Option<Vec<Load>> {
        let loads = self.some_loads(self.room(), least, limit + 1);
        (loads.len() <= limit).then(|| loads.into_iter().filter(|load| !load.is_empty()).collect())
    }

    /// The first loads in so much of the room that gain at least so much.
    pub(super) fn some_loads(&self, room: i64, least: i64, limit: usize) -> Vec<Load> {
        let mut loads = Vec::new();
        self.list(0, room, least, &mut Vec::new(), &mut loads, limit);
        loads
    }

    fn list(
        &self,
        place: usize,
        room: i64,
        least: i64,
        load: &mut Load,
        loads: &mut Vec<Load>,
        limit: usize,
    ) {
        let at = usize::try_from(room).unwrap_or(0);
        if loads.len() >= limit || self.best[place * self.stride + at] < least {
            return;
        }
        let Some(&item) = self.order.get(place) else {
            loads.push(load.clone());
            return;
        };
        let (size, gain) = (self.items[item].size, self.gains[item]);
        for many in (0..=self.items[item].most.min(room.checked_div(size).unwrap_or(i64::MAX))).rev() {
            if many > 0 {
                load.push((item, many));
            }
            self.list(place + 1, room - many * size, least - many * gain, load, loads, limit);
            if many > 0 {
                load.pop();
            }
        }
    }
}

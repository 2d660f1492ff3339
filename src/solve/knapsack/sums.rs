//! Sums of sizes that fill a bin.

/// Which sums the sizes from a place on can reach: bit *s* of that place's words.
pub(super) struct Sums {
    words: Vec<u64>,
    /// Words a place.
    stride: usize,
}

const BITS: usize = 64;

impl Sums {
    pub(super) fn of(sizes: &[i64], room: i64) -> Self {
        let stride = usize::try_from(room).unwrap_or(0) / BITS + 1;
        let mut words = vec![0; stride * (sizes.len() + 1)];
        words[stride * sizes.len()] = 1;
        for (place, &size) in sizes.iter().enumerate().rev() {
            let (front, back) = words.split_at_mut(stride * (place + 1));
            let (to, from) = (&mut front[stride * place..], &back[..stride]);
            to.copy_from_slice(from);
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            let (whole, bits) = (size / BITS, size % BITS);
            for i in whole..stride {
                let low = from[i - whole] << bits;
                let carried = if bits > 0 && i > whole { from[i - whole - 1] >> (BITS - bits) } else { 0 };
                to[i] |= low | carried;
            }
        }
        Self { words, stride }
    }

    pub(super) fn has(&self, place: usize, sum: i64) -> bool {
        let Ok(sum) = usize::try_from(sum) else { return false };
        self.words.get(place * self.stride + sum / BITS).is_some_and(|word| word >> (sum % BITS) & 1 == 1)
    }

    /// The sets of places whose sizes add up to `sum`, as long as there are no more than `most`.
    pub(super) fn list(&self, sizes: &[i64], sum: i64, sets: &mut Vec<Vec<usize>>, most: usize) {
        self.extend(sizes, 0, sum, &mut Vec::new(), sets, most);
    }

    fn extend(
        &self,
        sizes: &[i64],
        place: usize,
        sum: i64,
        set: &mut Vec<usize>,
        sets: &mut Vec<Vec<usize>>,
        most: usize,
    ) {
        if sets.len() >= most || !self.has(place, sum) {
            return;
        }
        if sum == 0 {
            sets.push(set.clone());
            return;
        }
        if sizes[place] <= sum {
            set.push(place);
            self.extend(sizes, place + 1, sum - sizes[place], set, sets, most);
            set.pop();
        }
        self.extend(sizes, place + 1, sum, set, sets, most);
    }
}

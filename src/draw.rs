//! Dice: a stream of random numbers that is the same for ever.
//!
//! BLAKE3's extendable output is a specified stream of bytes, and all sampling on top of it is written
//! here in integers: no upgrade of a library changes what a seed gives.

/// A stream of random numbers.
pub(crate) struct Draw(blake3::OutputReader);

impl Draw {
    /// The stream of `seed` for one `subject` of one `purpose`: what is drawn for one does not shift what
    /// another gets.
    pub(crate) fn new(purpose: &str, seed: u64, subject: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(purpose);
        hasher.update(&seed.to_le_bytes()).update(subject.as_bytes());
        Self(hasher.finalize_xof())
    }

    /// An integer in `0..n`, for `n >= 1`; uneven by less than `n` in 2^64.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        let product = u128::from(u64::from_le_bytes(bytes)) * u128::from(n);
        u64::try_from(product >> 64).expect("the upper half of a product of 64-bit integers has 64 bits")
    }

    /// An integer in `low..=high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Whether something happens that does so `permille` times in a thousand.
    pub(crate) fn chance(&mut self, permille: u64) -> bool {
        self.below(1000) < permille
    }

    /// One of `choices`, all alike.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        let choice = self.below(u64::try_from(choices.len()).expect("a length has 64 bits"));
        choices[usize::try_from(choice).expect("less than a length")]
    }

    /// One of `choices`, each as often as its weight says.
    pub(crate) fn weighted<T: Copy>(&mut self, choices: &[(T, u64)]) -> T {
        let mut left = self.below(choices.iter().map(|(_, weight)| weight).sum());
        for &(choice, weight) in choices {
            if left < weight {
                return choice;
            }
            left -= weight;
        }
        unreachable!("the draw is below the sum of the weights")
    }

    /// How often something that happens `permille` times in a thousand fails before it does, at most `most`.
    pub(crate) fn failures(&mut self, permille: u64, most: i64) -> i64 {
        (0..most).find(|_| self.chance(permille)).unwrap_or(most)
    }
}

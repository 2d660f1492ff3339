//! What is known of a level while it is open: the best plan, and the bound that no plan passes.

use super::cases::Tree;
use super::prices::Target;

/// What a level's search knows: values and bounds are those of the target, which is maximised.
pub(super) struct Standing {
    pub(super) point: Option<Vec<i64>>,
    pub(super) bound: i64,
    /// Proves `bound`.
    pub(super) tree: Option<Tree>,
    /// Two searches say that `bound` holds.
    pub(super) agreed: bool,
}

impl Standing {
    /// Where no bound is known.
    pub(super) const fn new(point: Option<Vec<i64>>) -> Self {
        Self { point, bound: i64::MAX, tree: None, agreed: false }
    }

    /// The value of the plan at hand.
    pub(super) fn value(&self, target: &Target) -> Option<i64> {
        self.point.as_ref().map(|point| target.value(point))
    }

    pub(super) fn is_closed(&self, target: &Target) -> bool {
        self.value(target) == Some(self.bound)
    }

    /// Takes a point that is a plan and not worse than the one at hand; whether it is at least as good.
    pub(super) fn offer(&mut self, target: &Target, point: &[i64]) -> bool {
        if !target.is_feasible(point) {
            return false;
        }
        let value = target.value(point);
        let known = self.value(target);
        if known.is_none_or(|known| value > known) {
            self.point = Some(point.to_vec());
        }
        known.is_none_or(|known| value >= known)
    }
}

/// Whether no row or level has coefficients that sum to more than 10^9: beyond, floating point is not
/// asked for its opinion (FORMAT, `agreed`).
pub(super) fn is_small(target: &Target) -> bool {
    sums_are_small(&target.program.upper, &target.objective, target.rows().map(|row| row.terms.as_slice()))
}

/// Whether neither the objective's coefficients nor those of a row sum to more than 10^9, each as often as its
/// column can be.
pub(super) fn sums_are_small<'t>(
    upper: &[i64],
    objective: &[i64],
    mut rows: impl Iterator<Item = &'t [(usize, i64)]>,
) -> bool {
    const LARGEST: i128 = 1_000_000_000;
    let size = |column: usize, a: i64| i128::from(a).abs() * i128::from(upper[column].max(1));
    let objective: i128 = objective.iter().enumerate().map(|(column, &c)| size(column, c)).sum();
    let row = |terms: &[(usize, i64)]| terms.iter().map(|&(column, a)| size(column, a)).sum::<i128>();
    objective <= LARGEST && rows.all(|terms| row(terms) <= LARGEST)
}

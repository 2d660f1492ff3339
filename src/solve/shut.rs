//! Columns that need not be looked at: those that no plan of a level has, and those that no plan needs.
//!
//! **What earlier levels exclude.** Prices that bound an earlier level by exactly what it keeps leave its plans no loss at
//! all: no unit is anywhere but where it gains most at these prices. All other columns are shut. The prices, with the
//! level's own row, add up to 0 for every plan, so they may be added to those of any proof as often as one likes, and
//! often enough they outweigh whatever a shut column would gain there ([`Shut::lift`]): a proof that left it out is one of the whole program.
//!
//! **What is of no use.** A column that is worth nothing, and takes of every row but gives to none, may be 0 in some best
//! plan; at any prices it gains nothing, so a proof that leaves it out is one of the whole program as it stands. Who
//! could board so is seated when the level is settled (`greedy::fill_up`).
//!
//! In a large program that is most columns: of two levels of citizens thousands of families are no part, and where the
//! third takes every seat of a departure the fourth has nobody to ask about it.

use super::cases::Tree;
use super::prices::{Prices, Target};
use super::{Certified, Settled};
use crate::model::{Column, Row, RowKey};

/// What a shut column is said to lose: more than anything else.
pub(super) const LOSS: i128 = 1 << 100;

/// Columns that are shut, and prices that add up to 0 for every plan but lose something on each that earlier levels shut.
#[derive(Clone, Debug, Default)]
pub(super) struct Shut {
    /// By column; empty where none is.
    columns: Vec<bool>,
    /// By row of a target without cases.
    prices: Vec<i128>,
    /// How many columns earlier levels shut.
    excluded: usize,
}

impl Shut {
    /// The columns of `target` that `earlier` levels exclude, or that are of no use to it.
    pub(super) fn new(target: &Target, earlier: &[Settled]) -> Self {
        let mut is_shut = of_no_use(target);
        let mut is_excluded = vec![false; is_shut.len()];
        let mut prices = vec![0; target.rows().count()];
        for (level, settled) in earlier.iter().enumerate() {
            let Some(more) = settled.certificate.as_ref().and_then(|of| tight(target, level, of)) else {
                continue;
            };
            let Some(gains) = target.gains(target.rows(), &more, 0) else { continue };
            let sums: Option<Vec<i128>> =
                prices.iter().zip(&more).map(|(a, b): (&i128, &i128)| a.checked_add(*b)).collect();
            let Some(sums) = sums else { continue };
            prices = sums;
            let (losses, _) = target.losses(gains);
            // Units alone are shut out.
            is_excluded
                .iter_mut()
                .zip(losses)
                .take(target.program.boards())
                .for_each(|(is_excluded, loss)| *is_excluded |= loss > 0);
        }
        let excluded = is_excluded.iter().filter(|is_excluded| **is_excluded).count();
        is_shut.iter_mut().zip(is_excluded).for_each(|(is_shut, is_excluded)| *is_shut |= is_excluded);
        Self { columns: is_shut, prices, excluded }
    }

    /// How many columns earlier levels exclude.
    pub(super) const fn excluded(&self) -> usize {
        self.excluded
    }

    /// How many columns are shut.
    pub(super) fn count(&self) -> usize {
        self.columns.iter().filter(|is_shut| **is_shut).count()
    }

    /// Whether a column is shut.
    pub(super) fn contains(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(|is_shut| *is_shut)
    }

    /// The prices of a proof that left out what is shut, as prices that bound the whole program as well: its rows are the target's
    /// and `cases`. `None` where the numbers pass 128 bits.
    pub(super) fn lift(&self, target: &Target, prices: &Prices, cases: &[Row]) -> Option<Prices> {
        if self.prices.iter().all(|price| *price == 0) {
            return Some(prices.clone());
        }
        let own = target.rows().count();
        let gains = target.gains(target.rows().chain(cases), &prices.numerators, prices.denominator)?;
        let excess = target.gains(target.rows(), &self.prices, 0)?;
        let mut times = 0;
        for range in &target.program.of_class {
            let most = |of: &[i128], shut: bool| {
                let columns = range.clone().filter(|column| !shut || !self.contains(*column));
                columns.map(|column| of[column]).max().unwrap_or(0).max(0)
            };
            let (open, best) = (most(&gains, true), most(&excess, false));
            for column in range.clone().filter(|column| self.contains(*column) && gains[*column] > open) {
                let loss = best - excess[column];
                // One that is of no use gains nothing but where a case asks for it.
                let (gain, loss) = (gains[column] - open, (loss > 0).then_some(loss)?);
                times = times.max((gain + loss - 1) / loss);
            }
        }
        let mut numerators = prices.numerators.clone();
        numerators.resize(numerators.len().max(own), 0);
        for (numerator, price) in numerators.iter_mut().zip(&self.prices) {
            *numerator = numerator.checked_add(price.checked_mul(times)?)?;
        }
        Some(Prices { denominator: prices.denominator, numerators })
    }
}

/// Columns that are worth nothing and give to no row, by column.
fn of_no_use(target: &Target) -> Vec<bool> {
    let is_board = |column: usize| matches!(target.program.columns[column], Column::Board(..));
    let mut is_useless: Vec<bool> =
        target.objective.iter().enumerate().map(|(column, c)| *c <= 0 && is_board(column)).collect();
    for row in target.rows() {
        for &(column, a) in row.terms.iter().filter(|(_, a)| row.equal || *a < 0) {
            debug_assert!(a != 0, "rows have no empty terms");
            is_useless[column] = false;
        }
    }
    is_useless
}

/// The prices of an earlier level's proof with its own row, by row of `target`, if they leave its plans no loss.
fn tight(target: &Target, level: usize, of: &Certified) -> Option<Vec<i128>> {
    let Tree::Leaf(of_level, _) = &of.tree else { return None };
    let known: rustc_hash::FxHashMap<&RowKey, i128> =
        of.rows.iter().zip(of_level.numerators.iter().copied()).filter(|(_, price)| *price != 0).collect();
    let mut found = 0;
    let price = |row: &Row| match known.get(&row.key) {
        Some(price) => {
            found += 1;
            *price
        }
        None if row.key == RowKey::Level(level) => of_level.denominator.into(),
        None => 0,
    };
    let prices: Vec<i128> = target.rows().map(price).collect();
    (found == known.len() && target.excess(&prices) == Some(0)).then_some(prices)
}

#[cfg(test)]
mod tests {
    use super::super::cases::{Cases, Effort, Known};
    use super::super::linear::run;
    use super::super::{cases::Tree, standing::Standing};
    use super::*;
    use crate::model::measure::objectives;
    use crate::plan::ProofKind;
    use crate::scenario::read::read;
    use crate::synth::{PolicyKind, Spec, generate};
    use crate::{classes, eligibility, model};

    /// A level without what is shut has the same best plan, and proofs that leave it out hold of the whole program.
    #[test]
    fn what_is_shut_changes_no_level() {
        let (mut useless, mut excluded, mut lifted) = (0, 0, 0);
        for (seed, all_rules) in (1..=8).flat_map(|seed| [(seed, false), (seed, true)]) {
            let policy = if all_rules { Spec::default().policy } else { PolicyKind::Categories };
            let spec = Spec { units: 60, departures: 6, seed, all_rules, policy, ..Spec::default() };
            let text = generate(&spec).to_json();
            let scenario = read(text.as_bytes(), "drawn.json").expect("it is in order").scenario;
            let eligibility = eligibility::assess(&scenario, None);
            let levels = objectives(&scenario, None, &scenario.levels(None));
            let classes = classes::group(&eligibility, &levels);
            let program = model::build(&eligibility, &classes, &levels);
            let mut earlier: Vec<Settled> = Vec::new();
            for (level, objective) in levels.iter().enumerate() {
                let kept: Vec<Row> =
                    earlier.iter().enumerate().map(|(level, of)| program.level_row(level, of.best)).collect();
                let mut whole = Target::new(&program, level, kept.clone());
                let mut target = Target::new(&program, level, kept);
                target.shut = Shut::new(&whole, &earlier);
                excluded += target.shut.excluded();
                useless += target.shut.count() - target.shut.excluded();
                let free = target.free();
                let proof = target.shut.lift(&target, &free, &[]).expect("the numbers are small");
                assert!(whole.bound(&proof) <= target.bound(&free), "seed {seed}, level {level}");
                lifted += usize::from(whole.bound(&free) > target.bound(&free));
                let settle = |target: &mut Target| {
                    let mut standing = Standing::new(None);
                    let effort = Effort::of_relaxations(2000);
                    let mut cases = Cases::new(target, &mut standing, effort, &run, &|| false);
                    cases.run(&Known::Open).expect("the solver works");
                    standing
                };
                let (all, some) = (settle(&mut whole), settle(&mut target));
                if !all.is_closed(&whole) || !some.is_closed(&target) {
                    break;
                }
                assert_eq!(all.bound, some.bound, "seed {seed}, level {level}");
                assert!(whole.is_feasible(some.point.as_ref().expect("it is closed")));
                let tree = some.tree.expect("it is proven");
                if let Tree::Leaf(proof, bound) = &tree {
                    assert_eq!(whole.bound(proof), Some(*bound), "seed {seed}, level {level}");
                }
                let best = objective.sense.sign() * some.bound;
                earlier.push(Settled {
                    best,
                    bound: best,
                    proof: ProofKind::Certified,
                    certificate: Some(Certified::new(tree, &classes, &target)),
                    witness: Vec::new(),
                });
            }
        }
        assert!(useless > 1000 && excluded > 60 && lifted > 3, "{useless} {excluded} {lifted}");
    }
}

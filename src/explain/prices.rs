//! What a plan's certificates say of plans that seat a given unit.
//!
//! FORMAT's bound adds for each unit at most its best reduced cost, and nothing where none is positive.
//! Where the unit is aboard, what it adds *is* one of its reduced costs: the same prices bound those plans
//! exactly, by `floor((total - max(0, max_d r) + max_d r) / denominator)`. A proof by cases gives the
//! greatest of its leaves'. Whatever the certificate says, the bound is evaluated here, in integers.

use std::collections::BTreeMap;

use num_traits::ToPrimitive;
use rustc_hash::FxHashMap;

use crate::certificate::{Cut, Entry, Price, Proof, Row as RowId, RowName, Split};
use crate::classes::Class;
use crate::model::{Column, Program, Row, RowKey};
use crate::scenario::Scenario;
use crate::solve::answer::Names;

/// The proofs of one level, ready to bound plans that seat a unit.
#[derive(Debug)]
pub struct Prices {
    leaves: Vec<Leaf>,
    sign: i64,
}

/// One price vector.
#[derive(Debug)]
struct Leaf {
    denominator: i128,
    /// The bound's numerator.
    total: i128,
    /// By column.
    reduced: Vec<i128>,
}

/// A program's rows by the names that certificates give them.
#[derive(Debug)]
pub struct Directory<'p> {
    program: &'p Program,
    rows: FxHashMap<RowId, Row>,
    columns: FxHashMap<(String, String), usize>,
    used: FxHashMap<String, usize>,
    /// By unit: its class.
    classes: FxHashMap<String, usize>,
}

/// A row of the program, or what a certificate makes of its rows: terms, and what they are at most.
type Sum = (Vec<(usize, i64)>, i64);

/// A cut, as FORMAT has it.
struct Rounded {
    terms: Vec<(usize, i64)>,
    right: i64,
    /// The coefficients of each `y` that the program does not have.
    always: Vec<(String, i128)>,
}

impl Rounded {
    /// The cut where each such `y` is 1.
    fn sum(&self) -> Option<Sum> {
        let always: i128 = self.always.iter().map(|(_, a)| a).sum();
        Some((self.terms.clone(), i64::try_from(i128::from(self.right) - always).ok()?))
    }
}

impl<'p> Directory<'p> {
    /// Names the rows of `program`, and those that keep its leading levels at `bests`.
    #[must_use]
    pub fn new(names: Names, classes: &[Class], program: &'p Program, bests: &[i64], cases: bool) -> Self {
        let kept = bests.iter().enumerate().map(|(level, &best)| program.level_row(level, best));
        let all = program.rows.iter().cloned().chain(kept);
        let rows = all.filter(|row| !matches!(row.key, RowKey::Unit(_)));
        // Rows of whole classes go by no single name.
        let by_name = |row: Row| match names.rows(&row.key).as_slice() {
            [name] => Some((name.clone(), row)),
            _ => None,
        };
        let rows = rows.filter_map(by_name).collect();
        let (columns, used, of_units) = (FxHashMap::default(), FxHashMap::default(), FxHashMap::default());
        let mut directory = Self { program, rows, columns, used, classes: of_units };
        if cases {
            directory.columns(names.scenario, classes);
        }
        directory
    }

    fn columns(&mut self, scenario: &Scenario, classes: &[Class]) {
        for (at, column) in self.program.columns.iter().enumerate() {
            match *column {
                Column::Board(class, d) => {
                    let departure = &scenario.departures[d.index()].id;
                    for unit in &classes[class].members {
                        let unit = scenario.units[unit.index()].id.clone();
                        self.columns.insert((unit, departure.clone()), at);
                    }
                }
                Column::Used(d) => {
                    self.used.insert(scenario.departures[d.index()].id.clone(), at);
                }
                Column::Held(..) => {}
            }
        }
        for (at, class) in classes.iter().enumerate() {
            let id = |unit: &crate::scenario::UnitIdx| scenario.units[unit.index()].id.clone();
            self.classes.extend(class.members.iter().map(|unit| (id(unit), at)));
        }
    }

    /// A cut of rows that hold for `level`, and of the cuts `before` it; `None` where it is of anything else, or names
    /// some members of a class and not others. Where the program has no `y` it is 1.
    fn cut(&self, level: usize, cut: &Cut, before: &[Rounded]) -> Option<Rounded> {
        let denominator = cut.denominator.0.to_i128().filter(|denominator| *denominator > 0)?;
        let mut sums: BTreeMap<usize, i128> = BTreeMap::new();
        let mut always: BTreeMap<String, i128> = BTreeMap::new();
        let mut units: BTreeMap<(usize, i128), i64> = BTreeMap::new();
        let mut right = 0_i128;
        for price in &cut.prices {
            let numerator = price.numerator.0.to_i128()?;
            let mut may_be_negative = false;
            match (price.row, price.unit.as_ref(), price.departure.as_deref()) {
                (RowName::Unit, Some(unit), _) => {
                    *units.entry((*self.classes.get(unit)?, numerator)).or_default() += 1;
                }
                (RowName::Open, _, Some(departure)) => {
                    match self.used.get(departure) {
                        Some(&column) => add(&mut sums, column, numerator)?,
                        None => add(&mut always, departure.to_owned(), numerator)?,
                    }
                    right = right.checked_add(numerator)?;
                }
                (RowName::Cut, ..) => {
                    let of = before.get(usize::try_from(price.index?).ok()?)?;
                    for &(column, a) in &of.terms {
                        add(&mut sums, column, numerator.checked_mul(a.into())?)?;
                    }
                    for (departure, a) in &of.always {
                        add(&mut always, departure.clone(), numerator.checked_mul(*a)?)?;
                    }
                    right = right.checked_add(numerator.checked_mul(of.right.into())?)?;
                }
                (_, _, departure) => {
                    let row = self.rows.get(&price.row()).filter(|row| holds_for(row, level))?;
                    may_be_negative = row.equal;
                    for &(column, a) in &row.terms {
                        add(&mut sums, column, numerator.checked_mul(a.into())?)?;
                    }
                    let most = numerator.checked_mul(row.at_most.into())?;
                    let has_y = matches!(row.key, RowKey::Limit(..) | RowKey::Allotment(..));
                    match departure.filter(|d| has_y && !self.used.contains_key(*d)) {
                        Some(departure) => add(&mut always, departure.to_owned(), most.checked_neg()?)?,
                        None => right = right.checked_add(most)?,
                    }
                }
            }
            if numerator < 0 && !may_be_negative {
                return None;
            }
        }
        for ((class, numerator), count) in units {
            let range = self.program.of_class[class].clone();
            if self.program.units_of(&range) != count {
                return None;
            }
            right = right.checked_add(numerator.checked_mul(count.into())?)?;
            for column in range {
                add(&mut sums, column, numerator)?;
            }
        }
        let floor = |sum: i128| i64::try_from(sum.div_euclid(denominator)).ok();
        let terms: Option<Vec<(usize, i64)>> =
            sums.into_iter().map(|(column, sum)| Some((column, floor(sum)?))).collect();
        let always: Option<Vec<(String, i128)>> =
            always.into_iter().map(|(departure, y)| Some((departure, floor(y)?.into()))).collect();
        Some(Rounded { terms: terms?, right: floor(right)?, always: always? })
    }

    /// The columns of a split; `None` where it names some members of a class and not others.
    fn split(&self, split: &Split) -> Option<Vec<(usize, i64)>> {
        let mut named: BTreeMap<usize, i64> = BTreeMap::new();
        for column in &split.columns {
            let at = match &column.unit {
                Some(unit) => self.columns.get(&(unit.clone(), column.departure.clone()))?,
                None => self.used.get(&column.departure)?,
            };
            *named.entry(*at).or_default() += 1;
        }
        let whole = named.iter().all(|(&at, &count)| self.program.upper[at] == count);
        whole.then(|| named.into_keys().map(|at| (at, 1)).collect())
    }
}

/// Whether a row holds for every plan that keeps the levels before this one.
const fn holds_for(row: &Row, level: usize) -> bool {
    !matches!(row.key, RowKey::Level(at) if at >= level)
}

fn add<K: Ord>(sums: &mut BTreeMap<K, i128>, key: K, by: i128) -> Option<()> {
    let sum = sums.entry(key).or_default();
    *sum = sum.checked_add(by)?;
    Some(())
}

/// Whether any proof of these is one by cases, or has cuts.
#[must_use]
pub fn has_cases(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| entry.split.is_some() || !entry.cuts.is_empty())
}

impl Prices {
    /// The prices of `level`; `None` where the certificate prices what the program does not have.
    #[must_use]
    pub fn read(directory: &Directory, level: usize, entry: &Entry) -> Option<Self> {
        let objective = &directory.program.objectives[level];
        let sign = objective.sense.sign();
        let mut prices = Self { leaves: Vec::new(), sign };
        let proof = Proof {
            cuts: entry.cuts.clone(),
            denominator: entry.denominator.clone(),
            prices: entry.prices.clone(),
            split: entry.split.clone(),
            low: entry.low.clone(),
            high: entry.high.clone(),
        };
        prices.add(directory, level, &proof, &mut Vec::new())?;
        Some(prices)
    }

    fn add(
        &mut self,
        directory: &Directory,
        level: usize,
        proof: &Proof,
        cases: &mut Vec<Sum>,
    ) -> Option<()> {
        if let Some(split) = &proof.split {
            let columns = directory.split(split)?;
            let high = columns.iter().map(|&(column, a)| (column, -a)).collect();
            for (terms, at_most, case) in
                [(columns, split.at_most, &proof.low), (high, -(split.at_most + 1), &proof.high)]
            {
                cases.push((terms, at_most));
                self.add(directory, level, case.as_deref()?, cases)?;
                cases.pop();
            }
            return Some(());
        }
        let denominator = proof.denominator.as_ref()?.0.to_i128()?;
        let mut rounded: Vec<Rounded> = Vec::with_capacity(proof.cuts.len());
        for cut in &proof.cuts {
            rounded.push(directory.cut(level, cut, &rounded)?);
        }
        let cuts: Option<Vec<Sum>> = rounded.iter().map(Rounded::sum).collect();
        let leaf = leaf(directory, level, denominator, proof.prices.as_deref()?, (cases, &cuts?))?;
        self.leaves.push(leaf);
        Some(())
    }

    /// What no plan can pass that keeps the earlier levels and seats a unit of `class`, on `column` if one is
    /// named; in the level's own sense.
    #[must_use]
    pub fn bound(&self, program: &Program, class: usize, column: Option<usize>) -> Option<i64> {
        let of = |leaf: &Leaf| {
            let best = program.of_class[class].clone().map(|c| leaf.reduced[c]).max()?;
            let aboard = column.map_or(best, |column| leaf.reduced[column]);
            i64::try_from((leaf.total - best.max(0) + aboard).div_euclid(leaf.denominator)).ok()
        };
        let bounds: Option<Vec<i64>> = self.leaves.iter().map(of).collect();
        bounds?.into_iter().max().map(|bound| self.sign * bound)
    }
}

impl Prices {
    /// The columns that a plan may use which seats a unit of `class` (on `column`, if one is named), keeps the
    /// earlier levels and has at least `least` of this level, in its own sense: every other column would cost
    /// more than the bound leaves.
    #[must_use]
    pub fn within(&self, program: &Program, class: usize, column: Option<usize>, least: i64) -> Vec<bool> {
        let mut within = vec![false; program.columns.len()];
        for leaf in &self.leaves {
            let best_of = |range: std::ops::Range<usize>| range.map(|c| leaf.reduced[c]).max().unwrap_or(0);
            let best = best_of(program.of_class[class].clone());
            let aboard = column.map_or(best, |column| leaf.reduced[column]);
            let target = leaf.denominator * i128::from(self.sign * least);
            let slack = leaf.total - best.max(0) + aboard - target;
            if slack < 0 {
                continue;
            }
            for (c, range) in program.of_class.iter().enumerate() {
                let best = best_of(range.clone());
                let from = if c == class { best.min(aboard) } else { best.max(0) };
                for column in range.clone() {
                    within[column] |= from - leaf.reduced[column] <= slack;
                }
            }
            let boards = program.of_class.last().map_or(0, |range| range.end);
            within[boards..].fill(true);
        }
        within
    }
}

fn leaf(
    directory: &Directory,
    level: usize,
    denominator: i128,
    prices: &[Price],
    (cases, cuts): (&[Sum], &[Sum]),
) -> Option<Leaf> {
    let program = directory.program;
    let objective = &program.objectives[level];
    let sign = objective.sense.sign();
    let scaled = |c: i64| denominator * i128::from(sign * c);
    let mut reduced: Vec<i128> = objective.coefficients.iter().map(|&c| scaled(c)).collect();
    let mut total = scaled(objective.constant);
    if denominator < 1 {
        return None;
    }
    for price in prices {
        let numerator = price.numerator.0.to_i128()?;
        let mut row = price.row();
        let (terms, at_most, equal) = if let Some(depth) = row.depth.take() {
            let (terms, at_most) = cases.get(usize::try_from(depth).ok()?)?;
            (terms, *at_most, false)
        } else if let Some(index) = row.index.take() {
            let (terms, at_most) = cuts.get(usize::try_from(index).ok()?)?;
            (terms, *at_most, false)
        } else {
            let row = directory.rows.get(&row).filter(|row| holds_for(row, level))?;
            (&row.terms, row.at_most, row.equal)
        };
        if numerator < 0 && !equal {
            return None;
        }
        total = total.checked_add(numerator.checked_mul(at_most.into())?)?;
        for &(column, a) in terms {
            reduced[column] = reduced[column].checked_sub(numerator.checked_mul(a.into())?)?;
        }
    }
    for range in &program.of_class {
        let best = reduced[range.clone()].iter().copied().max().unwrap_or(0).max(0);
        let size = program.upper[range.clone()].first().copied().unwrap_or(0);
        total = total.checked_add(best.checked_mul(size.into())?)?;
    }
    let boards = program.of_class.last().map_or(0, |range| range.end);
    for (best, &upper) in reduced[boards..].iter().zip(&program.upper[boards..]) {
        total = total.checked_add((*best).max(0).checked_mul(upper.into())?)?;
    }
    Some(Leaf { denominator, total, reduced })
}

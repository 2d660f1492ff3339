//! Cuts off relaxed points, as long as they lower the bound.
//!
//! Each is a combination of rows, rounded down (`cut`). Two sources are asked. A row is taken a fraction of a time:
//! a departure with three seats left has no room for a part of a family of four, whoever else is aboard it (covers of
//! a knapsack, lifted: Balas, *Facets of the knapsack polytope*, 1975), and so it is with what an earlier level keeps.
//! And the tableau of the simplex method has a row for everybody who is only partly aboard, from which some multiple
//! of it cuts the point off (Gomory 1958); it knows what no single row does, that of levels, links and departures
//! together. Cuts may be made of earlier ones.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::linear::{Answer, Fault, POINT_UNIT, PRICE_UNIT, State, TableauRow};
use super::cut::{Cut, Desk, Part};
use super::{Cases, Combination, Cutting, Node, Priced, Tree};
use crate::model::{Row, RowKey};

/// Rounds of cuts, at most; how many in turn may lower the bound by less than this share of what all did, and how many
/// of those that take long.
const ROUNDS: usize = 40;
const WEAK: usize = 3;
const WEAK_WIDE: usize = 1;
const SHARE: i128 = 50;
/// In a large program by less than this part of a unit, too.
const FAIR: i128 = 10;
/// A point meets a row that it misses by so little, in 1 / `POINT_UNIT`.
const SLACK: i128 = 1 << 8;
/// Coefficients up to which every fraction of a row is tried that makes them whole.
const SMALL: i64 = 12;
/// Cuts at once, the deepest first, and of one limit.
const AT_ONCE: usize = 200;
const OF_LIMIT: usize = 3;
/// Rows of the tableau in a round, how often one is taken at most, either way, and in how many ways.
const BROKEN: usize = 200;
const TIMES: i64 = 6;
const OF_ROW: usize = 4;
/// A point must pass a cut by so much, in 1 / [`POINT_UNIT`].
const LEAST: i128 = 1 << 10;
/// The largest common denominator of fractions that is looked for, that of one more of them, and what one may be
/// off, in 1 / [`PRICE_UNIT`].
const COMMON: i64 = 1 << 12;
const SIMPLE: i64 = 64;
const OFF: i64 = 8;
/// The denominator of others.
const FINEST: i64 = 1 << 20;

/// Where cuts come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// Fractions of single limits.
    Limits,
    /// Fractions of all single rows but those of units.
    Rows,
    /// Rows of the tableau.
    Tableau,
}

/// Rows by position, with multiples over a denominator.
type Multiples = (Vec<(usize, i64)>, i64);

/// A cut found.
struct Found<'c> {
    /// How far a point passes it, squared, over `norm`.
    depth: i128,
    source: Source,
    /// The rows that it is made of.
    of: &'c [(usize, i64)],
    cut: Cut,
    /// In the columns that it is measured in, and the sum of its squares.
    row: Row,
    norm: i128,
}

impl Cases<'_, '_> {
    /// The same with cuts that earlier levels found.
    pub(in crate::solve) fn with_cuts(mut self, known: &[Cut]) -> Self {
        let program = self.target.program;
        let mut rows: Vec<Row> = Vec::new();
        for cut in known {
            let part = |key: &RowKey| match self.cuts.iter().zip(&rows).find(|(_, row)| row.key == *key) {
                Some((cut, row)) => Some(Part::of_cut(cut, row)),
                None => self.target.rows().find(|row| row.key == *key).map(|row| Part::of_row(program, row)),
            };
            if let Some(row) = cut.row(program, part) {
                rows.push(row);
                self.cuts.push(cut.clone());
            }
        }
        self.target.more.extend(rows);
        self.own_rows = self.target.more.len();
        self.earlier_cuts = self.cuts.len();
        self
    }

    /// Cuts off a node's relaxed point, as long as that lowers its bound.
    pub(super) fn cut(&mut self, at: usize) -> Result<(), Fault> {
        let Some(answer) = &self.nodes[at].answer else { return Ok(()) };
        let first = self.target.relaxed_value(answer);
        match self.effort.cuts {
            Cutting::Nothing => {}
            Cutting::All => {
                self.cut_by(at, &[Source::Limits], WEAK, first)?;
                self.cut_by(at, &[Source::Tableau], WEAK, first)?;
            }
            Cutting::Tableau => {
                if self.is_fine(at) && self.unfixed(at).is_some() {
                    self.cut_by(at, &[Source::Rows, Source::Tableau], WEAK, first)?;
                } else {
                    self.cut_by(at, &[Source::Tableau], WEAK, first)?;
                    if self.is_open(at) && self.is_fine(at) {
                        self.cut_by(at, &[Source::Rows], WEAK_WIDE, first)?;
                        self.cut_by(at, &[Source::Rows, Source::Tableau], WEAK_WIDE, first)?;
                    }
                }
                // Whoever relaxes a large program again and again does without rows that say little.
                self.drop_slack_cuts(at, true);
                if let Some(state) = self.nodes[at].state.clone() {
                    self.relax_again(at, Some(&state))?;
                }
            }
        }
        Ok(())
    }

    /// Rounds of cuts, until so many in turn are weak.
    fn cut_by(&mut self, at: usize, sources: &[Source], most_weak: usize, first: i128) -> Result<(), Fault> {
        let mut known = self.cut_rows().iter().map(|row| (row.terms.clone(), row.at_most)).collect();
        let mut weak = 0;
        for _ in 0..ROUNDS {
            let node = &self.nodes[at];
            let (Some(answer), Some(state)) = (node.answer.clone(), node.state.clone()) else { break };
            if !self.is_open(at) || weak >= most_weak || (self.stop)() {
                break;
            }
            let before = self.target.relaxed_value(&answer);
            let mut combinations = Vec::new();
            for &source in sources {
                combinations.extend(self.combinations(at, source).into_iter().map(|of| (source, of)));
            }
            let found = self.passed(at, &answer, &combinations, &mut known);
            if found.is_empty() {
                break;
            }
            self.add_cuts(found);
            self.relax_again(at, Some(&state))?;
            let Some(answer) = &self.nodes[at].answer else { break };
            let after = self.target.relaxed_value(answer);
            let all = first - after;
            let much = if self.effort.cuts == Cutting::Tableau { i128::from(POINT_UNIT) / FAIR } else { 0 };
            weak = if before - after <= much.max(all / SHARE) { weak + 1 } else { 0 };
            self.drop_slack_cuts(at, false);
        }
        Ok(())
    }

    /// What may be rounded to cut off a node's relaxed point.
    fn combinations(&mut self, at: usize, source: Source) -> Vec<Multiples> {
        let path = self.path(Some(at), None);
        let Node { answer: Some(answer), state: Some(state), .. } = &self.nodes[at] else {
            return Vec::new();
        };
        match (source, &mut self.relaxed) {
            (Source::Limits, _) => of_rows(self.target.program.rows.iter(), answer, is_limit),
            (Source::Rows, _) => of_rows(self.target.rows(), answer, is_common),
            (Source::Tableau, Some((relaxed, _))) => {
                of_tableau(self.target.rows(), &relaxed.tableau(&path, state, BROKEN))
            }
            (Source::Tableau, None) => Vec::new(),
        }
    }

    /// Relaxes a node with the rows that there are now.
    pub(super) fn relax_again(&mut self, at: usize, from: Option<&State>) -> Result<(), Fault> {
        let Node { parent, case, hint, word, said, said_again, .. } = &self.nodes[at];
        let (parent, case, hint) = (*parent, case.clone(), hint.clone());
        let (word, said, said_again) = (*word, *said, *said_again);
        let node = self.relax(parent, case, from)?;
        self.nodes[at] = Node { hint, word: node.word.min(word), said, said_again, ..node };
        Ok(())
    }

    /// The cuts that a relaxed point passes by most and that are not too much alike; `known` are left out and grow.
    fn passed(
        &self,
        at: usize,
        answer: &Answer,
        combinations: &[(Source, Multiples)],
        known: &mut FxHashSet<(Vec<(usize, i64)>, i64)>,
    ) -> Vec<(Cut, Row)> {
        let program = self.target.program;
        let (own, cuts) = self.target.more.split_at(self.own_rows - self.cuts.len());
        let parts = program.rows.iter().chain(own).map(|row| Part::of_row(program, row));
        let parts: Vec<Part> =
            parts.chain(self.cuts.iter().zip(cuts).map(|(cut, row)| Part::of_cut(cut, row))).collect();
        // Whether a point passes a cut is seen in the few columns that it uses. How deep it does is measured in all that are
        // left; cuts of levels have most of them, so these are measured in the few, too.
        let is_wide = combinations.iter().any(|(source, _)| *source == Source::Rows);
        let is_left = self.unfixed(at);
        let (mut used, mut left): (Vec<Row>, Vec<Row>) = (Vec::new(), Vec::new());
        for row in self.target.rows() {
            used.push(among(row, |column| answer.point[column] != 0));
            left.extend(is_left.as_ref().map(|is_left| among(row, |column| is_left[column])));
        }
        let (seen, left) =
            (with(&parts, &used), if left.is_empty() { parts.clone() } else { with(&parts, &left) });
        let mut found: Vec<Found> = combinations
            .par_iter()
            .map_init(
                || Desk::new(program),
                |desk, (source, (rows, denominator))| {
                    let (cut, row) = Cut::of(desk, program, &of_parts(&seen, rows), *denominator, answer)?;
                    let value =
                        row.terms.iter().map(|&(column, a)| i128::from(a) * i128::from(answer.point[column]));
                    let excess = value.sum::<i128>() - i128::from(row.at_most) * i128::from(POINT_UNIT);
                    if excess < LEAST {
                        return None;
                    }
                    let row = if is_wide { row } else { cut.whole(desk, program, &of_parts(&left, rows))? };
                    let norm = product(&row, &row);
                    let depth = excess.checked_mul(excess)?.checked_div(norm)?;
                    Some(Found { depth, source: *source, of: rows, cut, row, norm })
                },
            )
            .flatten()
            .collect();
        found.sort_by_key(|found| std::cmp::Reverse(found.depth));
        let mut number = self.cuts.iter().map(|cut| cut.number + 1).max().unwrap_or(0);
        let (mut taken, mut cuts): (Vec<Found>, Vec<(Cut, Row)>) = (Vec::new(), Vec::new());
        let mut desk = Desk::new(program);
        for one in found {
            if taken.len() == AT_ONCE {
                break;
            }
            let of_row = || taken.iter().filter(|other| other.cut.rows[0].0 == one.cut.rows[0].0).count();
            let is_new = match one.source {
                Source::Limits => of_row() < OF_LIMIT,
                Source::Rows => of_row() == 0,
                Source::Tableau => {
                    taken.iter().all(|other| !are_alike(&other.row, &one.row, other.norm * one.norm))
                }
            };
            let whole =
                if is_new { one.cut.whole(&mut desk, program, &of_parts(&parts, one.of)) } else { None };
            if let Some(row) = whole.filter(|row| known.insert((row.terms.clone(), row.at_most))) {
                cuts.push((one.cut.clone().numbered(number), Row { key: RowKey::Cut(number), ..row }));
                taken.push(one);
                number += 1;
            }
        }
        cuts
    }

    fn cut_rows(&self) -> &[Row] {
        &self.target.more[self.own_rows - self.cuts.len()..self.own_rows]
    }

    /// The position of the first cut among the target's rows.
    fn first_cut(&self) -> usize {
        self.target.program.rows.len() + self.own_rows - self.cuts.len()
    }

    /// Adds rows that every plan obeys, at price 0 in all that is known.
    fn add_cuts(&mut self, found: Vec<(Cut, Row)>) {
        let (new, rows): (Vec<Cut>, Vec<Row>) = found.into_iter().unzip();
        let first = self.target.program.rows.len() + self.own_rows;
        if let Some((relaxed, _)) = &mut self.relaxed {
            relaxed.cut(&rows);
        }
        for node in &mut self.nodes {
            if node.prices.numerators.len() >= first {
                node.prices.numerators.splice(first..first, vec![0; new.len()]);
            }
            if let Some(answer) = node.answer.as_mut().filter(|answer| answer.prices.len() >= first) {
                answer.prices.splice(first..first, vec![0; new.len()]);
            }
        }
        self.own_rows += rows.len();
        self.target.more.extend(rows);
        self.cuts.extend(new);
    }

    /// Takes back the cuts of this level that nothing prices and, unless the point may move on, that a node's relaxed
    /// point does not meet.
    fn drop_slack_cuts(&mut self, at: usize, is_last: bool) {
        let Some(answer) = &self.nodes[at].answer else { return };
        let fills = |row: &Row| {
            let used = row.terms.iter().map(|&(column, a)| i128::from(a) * i128::from(answer.point[column]));
            used.sum::<i128>() + SLACK >= self.target.relaxed(row.at_most)
        };
        let earlier = self.earlier_cuts;
        let is_kept = |(i, row): (usize, &Row)| i < earlier || (!is_last && fills(row)) || self.is_priced(i);
        let kept = self.with_parts(self.cut_rows().iter().enumerate().map(is_kept).collect());
        let first = self.first_cut();
        for node in &mut self.nodes {
            retain(&mut node.prices.numerators, first, &kept);
            if let Some(answer) = &mut node.answer {
                retain(&mut answer.prices, first, &kept);
            }
        }
        retain(&mut self.target.more, self.own_rows - self.cuts.len(), &kept);
        retain(&mut self.cuts, 0, &kept);
        self.own_rows -= kept.iter().filter(|kept| !**kept).count();
        if let Some((relaxed, _)) = &mut self.relaxed {
            relaxed.keep(&kept[earlier..]);
        }
    }

    /// The cuts that later levels may use: what is known of cases speaks of them.
    pub(in crate::solve) fn learned_cuts(&self) -> Vec<Cut> {
        let priced = self.with_parts((0..self.cuts.len()).map(|position| self.is_priced(position)).collect());
        self.cuts.iter().zip(priced).filter(|(_, priced)| *priced).map(|(cut, _)| cut.clone()).collect()
    }

    /// These cuts, by position, and those that they are made of.
    fn with_parts(&self, mut of: Vec<bool>) -> Vec<bool> {
        let position: FxHashMap<usize, usize> =
            self.cuts.iter().enumerate().map(|(position, cut)| (cut.number, position)).collect();
        for (at, cut) in self.cuts.iter().enumerate().rev() {
            if of[at] {
                cut.before().filter_map(|number| position.get(&number)).for_each(|&before| of[before] = true);
            }
        }
        of
    }

    /// Whether the bound of a node takes a cut, by position.
    fn is_priced(&self, position: usize) -> bool {
        (0..self.nodes.len()).any(|at| self.is_priced_at(at, position))
    }

    pub(super) fn is_priced_at(&self, at: usize, position: usize) -> bool {
        let row = self.first_cut() + position;
        self.nodes[at].prices.numerators.get(row).is_some_and(|price| *price != 0)
    }

    /// The proof of a node's bound: its prices, and the cuts among their rows with those that these are made of.
    pub(super) fn leaf(&self, node: &Node) -> Option<Tree> {
        let cases = self.case_rows(node.parent, node.case.as_ref());
        let proof = self.target.shut.lift(self.target, &node.prices, &cases)?;
        let first = self.first_cut();
        let priced = |at: usize| proof.numerators.get(first + at).is_some_and(|price| *price != 0);
        let used = self.with_parts((0..self.cuts.len()).map(priced).collect());
        if used.iter().all(|used| !used) {
            return Some(Tree::Leaf(proof, node.bound));
        }
        let mut index: FxHashMap<RowKey, usize> = FxHashMap::default();
        let position: FxHashMap<&RowKey, usize> =
            self.target.rows().enumerate().map(|(position, row)| (&row.key, position)).collect();
        let mut cuts = Vec::new();
        for (cut, _) in self.cuts.iter().zip(&used).filter(|(_, used)| **used) {
            let at = |key: &RowKey| {
                let cut = index.get(key).map(|&index| Priced::Cut(index));
                cut.or_else(|| position.get(key).map(|&at| Priced::Row(at)))
            };
            cuts.push(cut.combination(self.target.program, at)?);
            index.insert(RowKey::Cut(cut.number), cuts.len() - 1);
        }
        let priced = proof.numerators.iter().enumerate().filter(|(_, price)| **price != 0);
        let row = |(at, &price): (usize, &i128)| {
            let cut = at.checked_sub(first).and_then(|at| self.cuts.get(at));
            let cut = cut.and_then(|cut| index.get(&RowKey::Cut(cut.number)));
            (cut.map_or(Priced::Row(at), |&index| Priced::Cut(index)), price)
        };
        let last = Combination { denominator: proof.denominator, prices: priced.map(row).collect() };
        Some(Tree::Cuts(cuts, last, node.bound))
    }
}

const fn is_limit(key: &RowKey) -> bool {
    matches!(key, RowKey::Limit(..) | RowKey::Fill(..) | RowKey::Beds(..))
}

/// Whether a row is about many units, and holds whatever is decided.
const fn is_common(key: &RowKey) -> bool {
    !matches!(key, RowKey::Unit(_) | RowKey::Split(_))
}

/// The fractions of some rows that a point is measured against: none of one that it does not fill or is whole in.
fn of_rows<'r>(
    rows: impl Iterator<Item = &'r Row>,
    answer: &Answer,
    is_asked: impl Fn(&RowKey) -> bool,
) -> Vec<Multiples> {
    rows.enumerate()
        .filter(|(_, row)| is_asked(&row.key))
        .flat_map(|(at, row)| {
            fractions(row, answer).into_iter().map(move |(times, of)| (vec![(at, times)], of))
        })
        .collect()
}

fn fractions(row: &Row, answer: &Answer) -> Vec<(i64, i64)> {
    let used: i128 =
        row.terms.iter().map(|&(column, a)| i128::from(a) * i128::from(answer.point[column])).sum();
    let room = i128::from(row.at_most) * i128::from(POINT_UNIT) - used;
    let is_whole = |column: usize| answer.point[column] % POINT_UNIT == 0;
    let broken = || row.terms.iter().filter(|(column, _)| !is_whole(*column));
    if room > i128::from(POINT_UNIT) || broken().next().is_none() {
        return Vec::new();
    }
    let small = row.terms.iter().map(|(_, a)| a.abs()).filter(|a| *a <= SMALL);
    let mut of: Vec<(i64, i64)> = small
        .flat_map(|a| (1..=a).map(move |times| (times, a)))
        .chain(broken().map(|(_, a)| (1, a.abs())))
        .filter(|(_, a)| *a > 0)
        .map(|(times, a)| {
            let common = num_integer::gcd(times, a);
            (times / common, a / common)
        })
        .filter(|(_, denominator)| *denominator > 1)
        .collect();
    of.sort_unstable();
    of.dedup();
    of
}

/// Rows of the tableau, a few times each, either way. Those of units are left to whoever rounds, and those of cases
/// out: a cut holds in all of them.
fn of_tableau<'t>(rows: impl Iterator<Item = &'t Row>, tableau: &[TableauRow]) -> Vec<Multiples> {
    let serves: Vec<bool> = rows.map(|row| is_common(&row.key)).collect();
    let mut known = FxHashSet::default();
    let mut all = Vec::new();
    for TableauRow { value, taken } in tableau {
        let of_row = taken.iter().copied().enumerate().filter(|&(at, of)| of != 0 && serves[at]);
        let (rows, denominator) = simplest(&of_row.collect::<Vec<_>>());
        if !known.insert((rows.clone(), denominator)) {
            continue;
        }
        // The farther the multiple is from the whole number below it the less is lost by rounding.
        let mut times: Vec<i64> = (1..=TIMES).flat_map(|times| [times, -times]).collect();
        times.sort_by_key(|times| std::cmp::Reverse((times * value).rem_euclid(PRICE_UNIT)));
        times.truncate(OF_ROW);
        for times in times {
            let of = rows.iter().map(|&(at, of)| (at, (of * times).rem_euclid(denominator)));
            let multiple: Vec<(usize, i64)> = of.filter(|(_, of)| *of != 0).collect();
            if !multiple.is_empty() {
                all.push((multiple, denominator));
            }
        }
    }
    all
}

/// Fractions in 1 / [`PRICE_UNIT`] over their common denominator, if they have a small one.
fn simplest(fractions: &[(usize, i64)]) -> Multiples {
    let mut denominator = 1;
    for &(_, fraction) in fractions {
        let over = fraction * denominator % PRICE_UNIT;
        let fits = |times: &i64| {
            let rest = over * times % PRICE_UNIT;
            rest.min(PRICE_UNIT - rest) <= OFF * denominator * times
        };
        match (1..=SIMPLE).find(fits) {
            Some(times) if denominator * times <= COMMON => denominator *= times,
            Some(_) | None => {
                denominator = FINEST;
                break;
            }
        }
    }
    let nearest = |of: i64| (2 * of * denominator + PRICE_UNIT).div_euclid(2 * PRICE_UNIT) % denominator;
    let over = fractions.iter().map(|&(at, of)| (at, nearest(of)));
    (over.filter(|(_, of)| *of != 0).collect(), denominator)
}

/// Multiples of rows, the rows as they are in some parts.
fn of_parts<'p, 'r>(parts: &'p [Part<'r>], rows: &[(usize, i64)]) -> Vec<(&'p Part<'r>, i64)> {
    rows.iter().map(|&(at, times)| (&parts[at], times)).collect()
}

/// Parts with only what their rows have here.
fn with<'r>(parts: &[Part], rows: &'r [Row]) -> Vec<Part<'r>> {
    parts.iter().zip(rows).map(|(part, row)| part.with(row)).collect()
}

/// A row in some columns.
fn among(row: &Row, is_among: impl Fn(usize) -> bool) -> Row {
    let terms = row.terms.iter().copied().filter(|&(column, _)| is_among(column)).collect();
    Row { terms, ..row.clone() }
}

/// Whether two rows exclude nearly the same: the angle between them is small; `norms` is the product of their sums of squares.
fn are_alike(a: &Row, b: &Row, norms: i128) -> bool {
    let both = product(a, b);
    both > 0 && 4 * both * both > norms
}

/// The sum of the products of the coefficients.
fn product(a: &Row, b: &Row) -> i128 {
    let mut others = b.terms.iter().peekable();
    let mut sum = 0;
    for &(column, of_a) in &a.terms {
        while others.next_if(|(other, _)| *other < column).is_some() {}
        if let Some((_, of_b)) = others.next_if(|(other, _)| *other == column) {
            sum += i128::from(of_a) * i128::from(*of_b);
        }
    }
    sum
}

/// Takes out those that are not kept, from `first` on; a shorter list has none of them.
fn retain<T>(of: &mut Vec<T>, first: usize, kept: &[bool]) {
    let mut position = 0;
    of.retain(|_| {
        let is_kept = position < first || kept.get(position - first).is_none_or(|kept| *kept);
        position += 1;
        is_kept
    });
}

#[cfg(test)]
mod tests {
    use super::super::super::linear::{Outcome, Search, Task, run};
    use super::super::super::{prices::Target, standing::Standing};
    use super::super::tests::drawn;
    use super::super::{Effort, Hint};
    use super::*;

    /// What a row's left side comes to at most over all plans.
    fn most(target: &Target, row: &Row) -> i64 {
        let mut objective = vec![0; target.objective.len()];
        row.terms.iter().for_each(|&(column, a)| objective[column] = a);
        let search = Search::integer(0, true, None);
        let answer = run(&Task { objective, ..target.task(search, None) }).expect("the solver works");
        assert_eq!(answer.outcome, Outcome::Optimal);
        row.terms.iter().map(|&(column, a)| a * answer.point[column]).sum()
    }

    #[test]
    fn cuts_exclude_relaxed_points_and_no_plan() {
        let (mut all, mut tight, mut of_cuts, mut of_levels) = (0, 0, 0, 0);
        for seed in 1..=6 {
            let (levels, program) = drawn(40, 5, seed);
            let mut kept = Vec::new();
            for level in 0..levels.len() {
                let whole = Target::new(&program, level, kept.clone());
                let mut target = Target::new(&program, level, kept.clone());
                let mut standing = Standing::new(None);
                let effort = Effort::of_relaxations(100);
                let mut cases = Cases::new(&mut target, &mut standing, effort, &run, &|| false);
                cases.open(&Hint::nothing(), None, None).expect("the solver works");
                for source in [Source::Limits, Source::Tableau, Source::Rows, Source::Tableau] {
                    let Some(answer) = cases.nodes[0].answer.clone() else { break };
                    let combinations = cases.combinations(0, source);
                    let combinations: Vec<_> = combinations.into_iter().map(|of| (source, of)).collect();
                    let found = cases.passed(0, &answer, &combinations, &mut FxHashSet::default());
                    for (cut, row) in &found {
                        let value =
                            row.terms.iter().map(|&(column, a)| a * answer.point[column]).sum::<i64>();
                        assert!(value > row.at_most * POINT_UNIT, "seed {seed}: the point stays");
                        let most = most(&whole, row);
                        assert!(most <= row.at_most, "seed {seed}: {row:?} cuts off a plan of {most}");
                        all += 1;
                        tight += usize::from(most == row.at_most);
                        of_cuts += usize::from(cut.before().next().is_some());
                        of_levels += usize::from(matches!(cut.rows[..], [(RowKey::Level(_), _)]));
                    }
                    cases.add_cuts(found);
                    if let Some(state) = cases.nodes[0].state.clone() {
                        cases.relax_again(0, Some(&state)).expect("the solver works");
                    }
                }
                let search = Search::integer(0, true, None);
                let best = run(&whole.task(search, None)).expect("the solver works");
                kept.push(program.level_row(level, program.value(level, &best.point)));
            }
        }
        assert!(
            all > 60 && tight > 30 && of_cuts > 10 && of_levels > 0,
            "{all} cuts, {tight} touch a plan, {of_cuts} are of cuts, {of_levels} of a level alone"
        );
    }

    #[test]
    fn lists_lose_what_is_not_kept() {
        let mut list = vec![0, 1, 2, 3, 4];
        retain(&mut list, 1, &[true, false, true]);
        assert_eq!(list, [0, 1, 3, 4]);
        let mut short = vec![0];
        retain(&mut short, 1, &[false]);
        assert_eq!(short, [0]);
    }
}

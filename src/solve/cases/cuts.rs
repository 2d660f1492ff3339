//! Cuts: multiples of limits, rounded down.
//!
//! A limit `sum a x <= b`, a fraction of it and fractions of the rows of some units, `x[u] <= 1` in all, add up to a
//! row that every plan obeys; its coefficients may be rounded down, for no column is negative, and then its right-hand
//! side too, for every plan is whole (Gomory, *Outline of an algorithm for integer solutions to linear programs*,
//! 1958; Chvátal, *Edmonds polytopes and a hierarchy of combinatorial problems*, 1973). A unit's row serves to round
//! its coefficient up instead: for one that is aboard that costs nothing. So a departure with three seats left has
//! no room for a part of a family of four, whoever else is aboard it (covers of a knapsack, lifted: Balas, *Facets of
//! the knapsack polytope*, 1975), which the relaxation does not know.
//!
//! A cut excludes no plan whatever the prices are; FORMAT has it in a leaf's `cuts`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::linear::{Answer, Fault, POINT_UNIT};
use super::{Cases, Combination, Node, Priced, Tree};
use crate::model::{Column, Program, Row, RowKey};

/// Rounds of cuts, at most; how many in turn may lower the bound by less than this share of what all did.
const ROUNDS: usize = 20;
const WEAK: usize = 3;
const SHARE: i128 = 50;
/// A point meets a row that it misses by so little, in 1 / `POINT_UNIT`.
const SLACK: i128 = 1 << 8;
/// Coefficients up to which every fraction of a limit is tried that makes them whole.
const SMALL: i64 = 12;
/// Cuts of one limit at once, the deepest first, and of all.
const OF_LIMIT: usize = 3;
const AT_ONCE: usize = 200;
/// A point must pass a cut by so much, in 1 / [`POINT_UNIT`].
const LEAST: i128 = 1 << 10;

/// A limit's multiple and what rounds it.
#[derive(Clone, Debug)]
pub(in crate::solve) struct Cut {
    /// No other cut at hand has it. (Whoever had it in an earlier level and was dropped leaves prices that prove less.)
    number: usize,
    limit: RowKey,
    /// The limit is taken `times / denominator` times, in lowest terms.
    times: i64,
    denominator: i64,
    /// Columns whose unit's row (or whose `y <= 1`) is taken so often too, over the denominator; one of a class.
    raised: Vec<(usize, i64)>,
}

impl Cut {
    /// The row, rounded; `None` where the limit is no row of this program or the numbers pass 64 bits.
    fn row(&self, program: &Program) -> Option<Row> {
        self.rounded(program, program.rows.iter().find(|row| row.key == self.limit)?)
    }

    /// The row, from that of the limit.
    fn rounded(&self, program: &Program, limit: &Row) -> Option<Row> {
        let denominator = i128::from(self.denominator);
        let times = i128::from(self.times);
        let mut of_class: FxHashMap<usize, i128> = FxHashMap::default();
        let mut of_column: FxHashMap<usize, i128> = FxHashMap::default();
        for &(column, price) in &self.raised {
            match program.columns[column] {
                Column::Board(class, _) => of_class.insert(class, price.into()),
                Column::Used(_) | Column::Held(..) => of_column.insert(column, price.into()),
            };
        }
        let mut terms = Vec::with_capacity(limit.terms.len());
        for &(column, a) in &limit.terms {
            let raise = match program.columns[column] {
                Column::Board(class, _) => of_class.get(&class),
                Column::Used(_) | Column::Held(..) => of_column.get(&column),
            };
            let a = (i128::from(a) * times + raise.copied().unwrap_or(0)).div_euclid(denominator);
            if a != 0 {
                terms.push((column, i64::try_from(a).ok()?));
            }
        }
        let size = |class: &usize| i128::from(program.units_of(&program.of_class[*class]));
        let raised = of_class.iter().map(|(class, price)| size(class) * price).sum::<i128>()
            + of_column.values().sum::<i128>();
        let at_most = (i128::from(limit.at_most) * times + raised).div_euclid(denominator);
        let (key, at_most) = (RowKey::Cut(self.number), i64::try_from(at_most).ok()?);
        Some(Row { key, terms, at_most, equal: false })
    }

    /// As FORMAT has it.
    fn combination(&self, program: &Program) -> Option<Combination> {
        let at = program.rows.iter().position(|row| row.key == self.limit)?;
        let limit = &program.rows[at];
        let mut prices = vec![(Priced::Row(at), i128::from(self.times))];
        // FORMAT's limits stand on the left, times y, which is 1 where the program has none: that is made whole too.
        let is_used = |(column, _): &(usize, i64)| matches!(program.columns[*column], Column::Used(_));
        if let RowKey::Limit(_, d) = self.limit
            && !limit.terms.iter().any(is_used)
        {
            let over = i128::from(limit.at_most) * i128::from(self.times);
            prices.push((Priced::Open(d), over.rem_euclid(self.denominator.into())));
            prices.retain(|(_, price)| *price != 0);
        }
        for &(column, price) in &self.raised {
            let row = match program.columns[column] {
                Column::Board(..) => Priced::Units(column),
                Column::Used(d) => Priced::Open(d),
                Column::Held(..) => continue,
            };
            prices.push((row, price.into()));
        }
        Some(Combination { denominator: self.denominator, prices })
    }

    /// The same of a program whose columns split up those of this one: `finer`, by column.
    pub(in crate::solve) fn refined(&self, finer: &[Vec<usize>]) -> Self {
        let raised = self
            .raised
            .iter()
            .flat_map(|(column, price)| finer[*column].iter().map(|&column| (column, *price)));
        Self { raised: raised.collect(), ..self.clone() }
    }
}

impl Cases<'_, '_> {
    /// The same with cuts that earlier levels found.
    pub(in crate::solve) fn with_cuts(mut self, known: &[Cut]) -> Self {
        for cut in known {
            if let Some(row) = cut.row(self.target.program) {
                self.target.more.push(row);
                self.cuts.push(cut.clone());
            }
        }
        self.own_rows = self.target.more.len();
        self.earlier_cuts = self.cuts.len();
        self
    }

    /// Cuts off a node's relaxed point, as long as that lowers its bound.
    pub(super) fn cut(&mut self, at: usize) -> Result<(), Fault> {
        let mut known = self.cut_rows().iter().map(|row| (row.terms.clone(), row.at_most)).collect();
        let (mut weak, mut first) = (0, None);
        for _ in 0..ROUNDS {
            let node = &self.nodes[at];
            let (Some(answer), Some(state)) = (&node.answer, node.state.clone()) else { break };
            if !self.is_open(at) || weak >= WEAK || self.relaxed.is_none() || (self.stop)() {
                break;
            }
            let before = self.target.relaxed_value(answer);
            let number = self.cuts.iter().map(|cut| cut.number + 1).max().unwrap_or(0);
            let found = passed(self.target.program, answer, &mut known, number);
            if found.is_empty() {
                break;
            }
            self.add_cuts(found);
            let Node { parent, case, hint, word, said, .. } = &self.nodes[at];
            let (parent, case, hint, word, said) = (*parent, case.clone(), hint.clone(), *word, *said);
            let node = self.relax(parent, case, Some(&state))?;
            self.nodes[at] = Node { hint, word: node.word.min(word), said, ..node };
            let Some(answer) = &self.nodes[at].answer else { break };
            let after = self.target.relaxed_value(answer);
            let all = *first.get_or_insert(before) - after;
            weak = if (before - after) * SHARE < all { weak + 1 } else { 0 };
            self.drop_slack_cuts(at);
        }
        Ok(())
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

    /// Takes back the cuts of this level that a node's relaxed point does not meet and that nothing prices.
    fn drop_slack_cuts(&mut self, at: usize) {
        let Some(answer) = &self.nodes[at].answer else { return };
        let fills = |row: &Row| {
            let used = row.terms.iter().map(|&(column, a)| i128::from(a) * i128::from(answer.point[column]));
            used.sum::<i128>() + SLACK >= self.target.relaxed(row.at_most)
        };
        let earlier = self.earlier_cuts;
        let is_kept = |(i, row): (usize, &Row)| i < earlier || fills(row) || self.is_priced(i);
        let kept: Vec<bool> = self.cut_rows().iter().enumerate().map(is_kept).collect();
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
        let priced = self.cuts.iter().enumerate().filter(|(position, _)| self.is_priced(*position));
        priced.map(|(_, cut)| cut.clone()).collect()
    }

    /// Whether the bound of a node takes a cut, by position.
    fn is_priced(&self, position: usize) -> bool {
        let at = self.first_cut() + position;
        self.nodes.iter().any(|node| node.prices.numerators.get(at).is_some_and(|price| *price != 0))
    }

    /// The proof of a node's bound: its prices, and the cuts among their rows.
    pub(super) fn leaf(&self, node: &Node) -> Option<Tree> {
        let first = self.first_cut();
        let (mut used, mut prices) = (Vec::new(), Vec::new());
        for (at, &price) in node.prices.numerators.iter().enumerate().filter(|(_, price)| **price != 0) {
            let cut = at.checked_sub(first).and_then(|position| self.cuts.get(position));
            let row = match cut {
                Some(cut) => {
                    used.push(cut.combination(self.target.program)?);
                    Priced::Cut(used.len() - 1)
                }
                None => Priced::Row(at),
            };
            prices.push((row, price));
        }
        if used.is_empty() {
            return Some(Tree::Leaf(node.prices.clone(), node.bound));
        }
        let last = Combination { denominator: node.prices.denominator, prices };
        Some(Tree::Cuts(used, last, node.bound))
    }
}

/// The cuts that a relaxed point passes by most, a few of each limit; `known` are left out and grow.
fn passed(
    program: &Program,
    answer: &Answer,
    known: &mut FxHashSet<(Vec<(usize, i64)>, i64)>,
    mut number: usize,
) -> Vec<(Cut, Row)> {
    let mut found: Vec<(i128, Cut, Row)> = Vec::new();
    for limit in program.rows.iter().filter(|row| is_limit(&row.key)) {
        let mut of_limit = Vec::new();
        for (times, denominator) in fractions(limit, answer) {
            let raised = raised(program, limit, answer, (times, denominator));
            let cut = Cut { number, limit: limit.key.clone(), times, denominator, raised };
            let Some(row) = cut.rounded(program, limit) else { continue };
            let value = row.terms.iter().map(|&(column, a)| i128::from(a) * i128::from(answer.point[column]));
            let excess = value.sum::<i128>() - i128::from(row.at_most) * i128::from(POINT_UNIT);
            let norm: i128 = row.terms.iter().map(|&(_, a)| i128::from(a) * i128::from(a)).sum();
            if excess >= LEAST && norm > 0 {
                of_limit.push((excess * excess / norm, cut, row));
            }
        }
        of_limit.sort_by_key(|(depth, ..)| std::cmp::Reverse(*depth));
        let new = |(_, _, row): &(i128, Cut, Row)| known.insert((row.terms.clone(), row.at_most));
        found.extend(of_limit.into_iter().filter(new).take(OF_LIMIT));
    }
    found.sort_by_key(|(depth, ..)| std::cmp::Reverse(*depth));
    found.truncate(AT_ONCE);
    let numbered = |(_, cut, row): (i128, Cut, Row)| {
        let of = (Cut { number, ..cut }, Row { key: RowKey::Cut(number), ..row });
        number += 1;
        of
    };
    found.into_iter().map(numbered).collect()
}

const fn is_limit(key: &RowKey) -> bool {
    matches!(key, RowKey::Limit(..) | RowKey::Fill(..) | RowKey::Beds(..))
}

/// The fractions of a limit that a point is measured against: none unless it fills it and is not whole there.
fn fractions(limit: &Row, answer: &Answer) -> Vec<(i64, i64)> {
    let used: i128 =
        limit.terms.iter().map(|&(column, a)| i128::from(a) * i128::from(answer.point[column])).sum();
    let room = i128::from(limit.at_most) * i128::from(POINT_UNIT) - used;
    let is_whole = |column: usize| answer.point[column] % POINT_UNIT == 0;
    let broken = || limit.terms.iter().filter(|(column, _)| !is_whole(*column));
    if room > i128::from(POINT_UNIT) || broken().next().is_none() {
        return Vec::new();
    }
    let small = limit.terms.iter().map(|(_, a)| a.abs()).filter(|a| *a <= SMALL);
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

/// The units (and `y`) whose coefficients a point gains by rounding up.
fn raised(
    program: &Program,
    limit: &Row,
    answer: &Answer,
    (times, denominator): (i64, i64),
) -> Vec<(usize, i64)> {
    // By class, in order: its columns and what each coefficient is above a whole number, over the denominator.
    let mut of_class: Vec<(usize, Vec<(usize, i64)>)> = Vec::new();
    let mut raised = Vec::new();
    for &(column, a) in &limit.terms {
        let over = (i128::from(a) * i128::from(times)).rem_euclid(denominator.into());
        let over = i64::try_from(over).unwrap_or(0);
        let share = i128::from(denominator) * i128::from(answer.point[column]);
        match program.columns[column] {
            Column::Board(class, _) => match of_class.last_mut().filter(|(last, _)| *last == class) {
                Some((_, columns)) => columns.push((column, over)),
                None => of_class.push((class, vec![(column, over)])),
            },
            Column::Used(_)
                if over > 0 && share > i128::from(denominator - over) * i128::from(POINT_UNIT) =>
            {
                raised.push((column, denominator - over));
            }
            Column::Used(_) | Column::Held(..) => {}
        }
    }
    for (class, columns) in of_class {
        let size = i128::from(program.units_of(&program.of_class[class]));
        let gain = |price: i64| {
            let up = columns.iter().filter(|(_, over)| over + price >= denominator);
            let value: i128 = up.map(|&(column, _)| i128::from(answer.point[column])).sum();
            i128::from(denominator) * value - i128::from(price) * size * i128::from(POINT_UNIT)
        };
        let prices = columns
            .iter()
            .filter(|(column, over)| *over > 0 && answer.point[*column] > 0)
            .map(|(column, over)| (*column, denominator - over));
        let best = prices.map(|(column, price)| (gain(price), column, price)).max_by_key(|best| best.0);
        if let Some((_, column, price)) = best.filter(|(gain, ..)| *gain > 0) {
            raised.push((column, price));
        }
    }
    raised
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
    use super::super::super::prices::Target;
    use super::*;
    use crate::model::measure::objectives;
    use crate::scenario::read::read;
    use crate::synth::{Spec, generate};
    use crate::{classes, eligibility, model};

    /// What a row's left side comes to at most over all plans.
    fn most(target: &Target, row: &Row) -> i64 {
        let mut objective = vec![0; target.objective.len()];
        row.terms.iter().for_each(|&(column, a)| objective[column] = a);
        let search = Search::Integer { seed: 0, presolve: true, start: None, nodes: None };
        let answer = run(&Task { objective, ..target.task(search, None) }).expect("the solver works");
        assert_eq!(answer.outcome, Outcome::Optimal);
        row.terms.iter().map(|&(column, a)| a * answer.point[column]).sum()
    }

    #[test]
    fn cuts_exclude_relaxed_points_and_no_plan() {
        let (mut all, mut tight) = (0, 0);
        for seed in 1..=6 {
            let spec = Spec { units: 40, departures: 5, seed, all_rules: true, ..Spec::default() };
            let text = generate(&spec).to_json();
            let scenario = read(text.as_bytes(), "drawn.json").expect("it is in order").scenario;
            let eligibility = eligibility::assess(&scenario, None);
            let levels = objectives(&scenario, None, &scenario.levels(None));
            let program = model::build(&eligibility, &classes::group(&eligibility, &levels), &levels);
            for level in 0..levels.len() {
                let target = Target::new(&program, level, Vec::new());
                let answer = run(&target.task(Search::Relaxation, None)).expect("the solver works");
                for (number, (cut, row)) in (7..).zip(passed(&program, &answer, &mut FxHashSet::default(), 7))
                {
                    assert_eq!((cut.number, &row.key), (number, &RowKey::Cut(number)));
                    let value = row.terms.iter().map(|&(column, a)| a * answer.point[column]).sum::<i64>();
                    assert!(value > row.at_most * POINT_UNIT, "seed {seed}: the point stays");
                    let most = most(&target, &row);
                    assert!(most <= row.at_most, "seed {seed}: {row:?} cuts off a plan of {most}");
                    all += 1;
                    tight += usize::from(most == row.at_most);
                }
            }
        }
        assert!(all > 20 && tight > 10, "{tight} of {all} cuts touch a plan");
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

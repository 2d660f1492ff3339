//! What to split the plans on: reliability branching, in integers.
//!
//! A departure's `y` comes first; else how many units of a class travel at all, which other departures cannot
//! make up for; else how many travel on one departure. Among like choices the one whose two cases lower the
//! bound most is taken. What a choice lowers it by is tried out once, and remembered (Achterberg, Koch and
//! Martin, *Branching rules revisited*, 2005).

use rustc_hash::FxHashMap;

use super::linear::{Answer, POINT_UNIT};
use super::prices::Target;
use crate::model::Column;

/// A sum of columns that is not whole.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) columns: Vec<usize>,
    /// Its relaxed value, in multiples of 1 / [`POINT_UNIT`].
    sum: i64,
    /// How much hangs on it at first sight.
    weight: i128,
}

/// Which of the two cases of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The sum is at most its relaxed value, rounded down.
    Low,
    /// It is more.
    High,
}

/// By how much the relaxed value falls for each whole unit that a sum is moved by, in multiples of 1 /
/// [`POINT_UNIT`].
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    sum: i128,
    count: i128,
}

/// What splits have cost so far, by the columns and the side.
#[derive(Debug, Default)]
pub(super) struct History(FxHashMap<Vec<usize>, [Cost; 2]>);

impl Choice {
    /// The greatest value of the low case.
    pub(super) fn at_most(&self) -> i64 {
        self.sum.div_euclid(POINT_UNIT)
    }

    fn fraction(&self) -> i128 {
        self.sum.rem_euclid(POINT_UNIT).into()
    }
}

impl Cost {
    fn mean(self) -> i128 {
        if self.count == 0 { 0 } else { self.sum / self.count }
    }
}

impl History {
    /// Whether a split on these columns has shown its cost.
    pub(super) fn knows(&self, choice: &Choice) -> bool {
        self.0.contains_key(&choice.columns)
    }

    /// Learns that a case lowers the relaxed value by `fall`.
    pub(super) fn learn(&mut self, choice: &Choice, side: Side, fall: i128) {
        let unit = i128::from(POINT_UNIT);
        let (at, moved) = match side {
            Side::Low => (0, choice.fraction()),
            Side::High => (1, unit - choice.fraction()),
        };
        let cost = &mut self.0.entry(choice.columns.clone()).or_default()[at];
        cost.sum = cost.sum.saturating_add(fall.saturating_mul(unit) / moved.max(1));
        cost.count += 1;
    }

    /// What a split is expected to lower the bound by: the product of both sides.
    fn score(&self, choice: &Choice) -> i128 {
        let unit = i128::from(POINT_UNIT);
        let costs = self.0.get(&choice.columns).copied().unwrap_or_default();
        let fall = |cost: Cost, moved: i128| (cost.mean().saturating_mul(moved) / unit).max(1);
        fall(costs[0], choice.fraction()).saturating_mul(fall(costs[1], unit - choice.fraction()))
    }

    /// The best of some choices.
    pub(super) fn best(&self, choices: Vec<Choice>) -> Option<Choice> {
        let scored = choices.into_iter().map(|choice| (self.score(&choice), choice));
        let order = |(a, x): &(i128, Choice), (b, y): &(i128, Choice)| {
            a.cmp(b).then(x.weight.cmp(&y.weight)).then_with(|| y.columns.cmp(&x.columns))
        };
        scored.max_by(order).map(|(_, choice)| choice)
    }
}

/// The choices of the first kind that there are any of, at most `most`, the weightiest first.
pub(super) fn choices(target: &Target, answer: &Answer, most: usize) -> Vec<Choice> {
    let program = target.program;
    let boards = program.of_class.last().map_or(0, |range| range.end);
    let decisions = (boards..program.columns.len()).filter(|&column| is_decision(target, &[column]));
    let found = some(target, answer, decisions.map(|column| vec![column]))
        .or_else(|| some(target, answer, program.of_class.iter().map(|range| range.clone().collect())))
        .or_else(|| some(target, answer, (0..boards).map(|column| vec![column])));
    let mut choices = found.unwrap_or_default();
    choices.sort_by(|a, b| b.weight.cmp(&a.weight).then_with(|| a.columns.cmp(&b.columns)));
    choices.truncate(most);
    choices
}

/// Whether a split on these columns decides if a departure is used.
pub(super) fn is_decision(target: &Target, columns: &[usize]) -> bool {
    matches!(columns, [column] if matches!(target.program.columns[*column], Column::Used(_)))
}

fn some(
    target: &Target,
    answer: &Answer,
    candidates: impl Iterator<Item = Vec<usize>>,
) -> Option<Vec<Choice>> {
    let choice = |columns: Vec<usize>| {
        let sum: i64 = columns.iter().map(|&column| answer.point[column]).sum();
        let fraction = sum.rem_euclid(POINT_UNIT);
        let halfness = fraction.min(POINT_UNIT - fraction);
        let worth = columns.iter().map(|&column| target.objective[column].abs()).max().unwrap_or(0);
        let weight = i128::from(halfness) * i128::from(worth + 1);
        (halfness > POINT_UNIT / 4096).then_some(Choice { columns, sum, weight })
    };
    let choices: Vec<Choice> = candidates.filter_map(choice).collect();
    (!choices.is_empty()).then_some(choices)
}

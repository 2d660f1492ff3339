//! The relaxations of one level's cases: one session, each case a bound on a sum of columns.

use rustc_hash::FxHashMap;

use super::cases::Case;
use super::choice::{Choice, Side};
use super::linear::{Answer, Ended, Held, Hold, Outcome, Probe, Session, State, Stop, TableauRow, Task};
use crate::model::Row;

/// A session on a level's program, and the sums that its cases are about.
pub(super) struct Relaxed<'r> {
    session: Session,
    /// Whether to end at once.
    stop: &'r Stop<'r>,
    /// How many rows the task has.
    rows: usize,
    /// By column.
    upper: Vec<i64>,
    /// By the columns of a sum: its number in the session.
    numbers: FxHashMap<Vec<usize>, usize>,
    /// Rows beyond those of the task: each a sum in the session, and what holds it.
    cuts: Vec<Hold>,
    /// By its cases: what was solved ahead.
    ahead: Vec<(Vec<Case>, Ending)>,
}

/// How a relaxation ended, and where; `None`: it did not.
type Ending = Option<(Answer, Option<State>)>;

impl<'r> Relaxed<'r> {
    /// A session on a task, and where its answer's search ended.
    pub(super) fn new(task: &Task, answer: &Answer, stop: &'r Stop<'r>) -> (Self, State) {
        let session = Session::new(task);
        let state = session.start(&answer.basis);
        let (rows, upper) = (task.rows.len(), task.upper.clone());
        (
            Self {
                session,
                stop,
                rows,
                upper,
                numbers: FxHashMap::default(),
                cuts: Vec::new(),
                ahead: Vec::new(),
            },
            state,
        )
    }

    /// The work of all relaxations so far, counted.
    pub(super) fn spent(&self) -> u64 {
        self.session.spent()
    }

    /// Adds rows after those that are there.
    pub(super) fn cut(&mut self, rows: &[Row]) {
        let terms: Vec<Vec<(usize, i64)>> = rows.iter().map(|row| row.terms.clone()).collect();
        let first = self.session.sums(&terms);
        let hold = |(position, row): (usize, &Row)| {
            let least = row.terms.iter().map(|&(column, a)| a.min(0) * self.upper[column]).sum();
            (Held::Sum(first + position), least, row.at_most.max(least))
        };
        self.cuts.extend(rows.iter().enumerate().map(hold));
    }

    /// Takes back the rows added that are not to be kept, by position among them.
    pub(super) fn keep(&mut self, is_kept: &[bool]) {
        let mut kept = is_kept.iter();
        self.cuts.retain(|_| kept.next().is_none_or(|kept| *kept));
    }

    /// Solves the relaxation of these cases, the first the root's; its prices are those of the task's rows and of
    /// those added, then those of the cases. `None`: it did not end.
    pub(super) fn solve(&mut self, cases: &[Case], from: &State) -> Ending {
        if let Some(at) = self.ahead.iter().position(|(of, _)| of == cases) {
            return self.ahead.swap_remove(at).1;
        }
        self.number_cases(cases);
        self.solved(cases, from)
    }

    /// Solves both relaxations side by side; [`Self::solve`] is asked for them next.
    pub(super) fn solve_ahead(&mut self, cases: [Vec<Case>; 2], from: &State) {
        for cases in &cases {
            self.number_cases(cases);
        }
        let [low, high] = cases;
        let both = rayon::join(|| self.solved(&low, from), || self.solved(&high, from));
        self.ahead = vec![(low, both.0), (high, both.1)];
    }

    /// Solves the relaxation of cases that have been numbered, with columns held as well.
    pub(super) fn solve_held(&self, cases: &[Case], columns: &[Hold], from: &State) -> Ended {
        let mut held = self.held(cases);
        held.extend_from_slice(columns);
        self.session.solve(from, &held, self.stop)
    }

    fn solved(&self, cases: &[Case], from: &State) -> Ending {
        let held = self.held(cases);
        let (outcome, point, prices, state) = match self.session.solve(from, &held, self.stop) {
            Ended::Solved(solved) => (Outcome::Optimal, solved.point, solved.prices, Some(solved.state)),
            Ended::Infeasible(ray) => (Outcome::Infeasible, Vec::new(), ray, None),
            Ended::Spent => return None,
        };
        let prices = if prices.is_empty() { prices } else { self.by_case(cases, &prices) };
        Some((Answer { outcome, point, prices, basis: Vec::new() }, state))
    }

    /// Rows of the tableau where a relaxation of these cases ended, as [`Session::tableau`] has them: what each takes
    /// of the task's rows and of those added.
    pub(super) fn tableau(&mut self, cases: &[Case], state: &State, most: usize) -> Vec<TableauRow> {
        self.number_cases(cases);
        let held = self.held(cases);
        let own = |TableauRow { value, taken }: TableauRow| {
            let cut = |hold: &Hold| match hold.0 {
                Held::Sum(number) => taken.get(self.rows + number).copied().unwrap_or(0),
                Held::Column(_) => 0,
            };
            let taken = taken.iter().take(self.rows).copied().chain(self.cuts.iter().map(cut)).collect();
            TableauRow { value, taken }
        };
        self.session.tableau(state, &held, most).into_iter().map(own).collect()
    }

    /// Little searches of both sides of each choice, side by side.
    pub(super) fn probes(&mut self, cases: &[Case], from: &State, choices: &[Choice]) -> Vec<[Probe; 2]> {
        self.number_cases(cases);
        self.number(choices.iter().map(|choice| &choice.columns));
        let held = self.held(cases);
        let sums: Vec<(usize, i64)> =
            choices.iter().map(|choice| (self.numbers[&choice.columns], choice.at_most)).collect();
        self.session.probes(from, &held, &sums)
    }

    /// Gives the sums of cases numbers in the session; the columns of a fixing are held one by one.
    pub(super) fn number_cases(&mut self, cases: &[Case]) {
        self.number(cases.iter().filter(|case| !case.fixes()).map(|case| &case.columns));
    }

    /// Gives sums numbers in the session.
    fn number<'c>(&mut self, sums: impl Iterator<Item = &'c Vec<usize>>) {
        let mut new: Vec<Vec<usize>> = sums.filter(|sum| !self.numbers.contains_key(*sum)).cloned().collect();
        new.sort_unstable();
        new.dedup();
        if !new.is_empty() {
            let terms = |sum: &Vec<usize>| sum.iter().map(|&column| (column, 1)).collect();
            let first = self.session.sums(&new.iter().map(terms).collect::<Vec<_>>());
            self.numbers.extend(new.into_iter().enumerate().map(|(position, sum)| (sum, first + position)));
        }
    }

    fn held(&self, cases: &[Case]) -> Vec<Hold> {
        let mut held: Vec<Hold> = self.cuts.clone();
        let (fixings, cases): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.fixes());
        held.extend(
            fixings.into_iter().flat_map(|case| &case.columns).map(|&column| (Held::Column(column), 0, 0)),
        );
        for case in cases {
            let sum = Held::Sum(self.numbers[&case.columns]);
            let position = held.iter().position(|(of, ..)| *of == sum).unwrap_or_else(|| {
                held.push((sum, 0, case.columns.iter().map(|&column| self.upper[column]).sum()));
                held.len() - 1
            });
            let (_, least, most) = &mut held[position];
            match case.side {
                Side::Low => *most = (*most).min(case.at_most),
                Side::High => *least = (*least).max(case.at_most + 1),
            }
        }
        held
    }

    /// The prices of sums as those of cases: the tightest of those on a sum's side has it. A fixing's is left at 0.
    pub(super) fn by_case(&self, cases: &[Case], prices: &[i64]) -> Vec<i64> {
        let price = |(position, case): (usize, &Case)| {
            if case.fixes() {
                return 0;
            }
            let like = cases
                .iter()
                .enumerate()
                .filter(|(_, other)| other.columns == case.columns && other.side == case.side);
            let tightest = like.min_by_key(|(_, other)| match case.side {
                Side::Low => other.at_most,
                Side::High => -other.at_most,
            });
            let price = prices[self.rows + self.numbers[&case.columns]];
            match case.side {
                _ if tightest.is_some_and(|(tightest, _)| tightest != position) => 0,
                Side::Low => price.max(0),
                Side::High => price.saturating_neg().max(0),
            }
        };
        let cut = |hold: &Hold| match hold.0 {
            Held::Sum(number) => prices[self.rows + number].max(0),
            Held::Column(_) => 0,
        };
        let (own, cuts) = (prices[..self.rows].iter().copied(), self.cuts.iter().map(cut));
        own.chain(cuts).chain(cases.iter().enumerate().map(price)).collect()
    }
}

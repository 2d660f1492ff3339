//! The exact trade-off between two levels: every pair of values that no plan improves in one without giving
//! up the other.
//!
//! The epsilon-constraint method in integers (Haimes, Lasdon, Wismer, 1971): the best of the first, then the
//! best of the second with that; then one step more of the second is asked for, until there is none. Each point
//! is two searches, both proven. The levels before the first of the two are kept as every solve keeps them.

use serde::Serialize;

use crate::classes::{self, Class};
use crate::explain::optimum::{self, Failure, Optimum};
use crate::model::{self, Program, Row};
use crate::plan::Plan;
use crate::solve::{self, Reply, Request, Seating, Solution, SolveError, answer};

/// A pair of values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Point {
    /// Of the first named level.
    pub a: i64,
    /// Of the second.
    pub b: i64,
    /// Where its plan was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Whether both are proven.
    pub proven: bool,
}

/// A curve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Frontier {
    /// The names of the two levels.
    pub between: [String; 2],
    /// The best of the first named level first.
    pub points: Vec<Point>,
    /// Whether these are all there are.
    pub complete: bool,
}

/// What is asked.
pub struct Question<'q, 'a> {
    /// The scenario, and who runs searches.
    pub request: &'q Request<'a>,
    /// The digest of the scenario file's bytes.
    pub digest: &'q str,
    /// The two levels, by position.
    pub between: [usize; 2],
    /// So many steps instead of all.
    pub points: Option<usize>,
    /// Whether a plan is made for each point.
    pub plans: Plans,
}

/// Whether plans are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plans {
    /// Only the curve.
    No,
    /// One for each point, its other levels optimised in order.
    Each,
}

/// The curve, and the plan of each point if plans are asked for.
///
/// # Errors
/// Where the scenario has no plan, or the solver fails.
pub fn frontier(question: &Question) -> Result<(Frontier, Vec<Plan>), Failure> {
    let request = question.request;
    let first = question.between[0].min(question.between[1]);
    let optimum = first_levels(question, first)?;
    let objectives = &optimum.objectives;
    let classes = classes::group(&optimum.eligibility, objectives);
    let program = model::build(&optimum.eligibility, &classes, objectives);
    let [a, b] = question.between;
    let curve = Curve { request, optimum: &optimum, program: &program, classes: &classes, first, a, b };
    let kept = first <= optimum.bests.len();
    let (found, complete) = if kept { curve.points(question.points)? } else { (Vec::new(), false) };
    let mut plans = Vec::new();
    if question.plans == Plans::Each {
        for found in &found {
            plans.push(curve.plan(question.digest, found)?);
        }
    }
    let between = [a, b].map(|level| objectives[level].name.clone());
    let point = |found: &Found| Point { a: found.a, b: found.b, plan: None, proven: true };
    let points = found.iter().map(point).collect();
    Ok((Frontier { between, points, complete }, plans))
}

/// What the levels before the first of the two reach.
fn first_levels<'a>(question: &Question<'_, 'a>, first: usize) -> Result<Optimum<'a>, Failure> {
    // A plan that claims nothing has the scenario solved.
    let scenario = question.request.scenario;
    let mut optimum =
        optimum::optimum(question.request, question.digest, &answer::nothing(scenario, question.digest))?;
    optimum.bests.truncate(first);
    Ok(optimum)
}

struct Curve<'c, 'a> {
    request: &'c Request<'a>,
    optimum: &'c Optimum<'a>,
    program: &'c Program,
    classes: &'c [Class],
    first: usize,
    a: usize,
    b: usize,
}

/// A point with the plan that has it.
struct Found {
    a: i64,
    b: i64,
    at: Vec<i64>,
}

impl Curve<'_, '_> {
    fn sign(&self, level: usize) -> i64 {
        self.optimum.objectives[level].sense.sign()
    }

    /// The row that asks a level for at least so much, in its own sense.
    fn at_least(&self, level: usize, value: i64) -> Row {
        let row = self.program.level_row(level, value);
        Row { at_most: row.at_most - self.optimum.objectives[level].tolerance, ..row }
    }

    fn kept(&self) -> Vec<Row> {
        (0..self.first).map(|k| self.program.level_row(k, self.optimum.bests[k])).collect()
    }

    fn best(&self, level: usize, more: Vec<Row>, start: Option<&[i64]>) -> Result<Reply, SolveError> {
        let question = solve::Question {
            program: self.program,
            level,
            more,
            known: None,
            start: start.map(<[i64]>::to_vec),
        };
        solve::ask(self.request, &self.optimum.eligibility, &self.optimum.objectives, question)
    }

    /// The best of `x`, then of `y` with it, where `y` has at least `least` if that is asked.
    fn corner(&self, [x, y]: [usize; 2], least: Option<i64>) -> Result<Corner, SolveError> {
        let mut rows = self.kept();
        rows.extend(least.map(|least| self.at_least(y, least)));
        let (best_x, point) = match self.best(x, rows.clone(), None)? {
            Reply::Best(value, point) => (value, point),
            Reply::Impossible => return Ok(Corner::None),
            Reply::Open => return Ok(Corner::Open),
        };
        rows.push(self.at_least(x, best_x));
        Ok(match self.best(y, rows, Some(&point))? {
            Reply::Best(best_y, at) if x == self.a => Corner::At(Found { a: best_x, b: best_y, at }),
            Reply::Best(best_y, at) => Corner::At(Found { a: best_y, b: best_x, at }),
            Reply::Impossible | Reply::Open => Corner::Open,
        })
    }

    /// All points, or those of so many even steps of the second level; and whether these are all.
    fn points(&self, steps: Option<usize>) -> Result<(Vec<Found>, bool), SolveError> {
        let sign = self.sign(self.b);
        let Corner::At(first) = self.corner([self.a, self.b], None)? else { return Ok((Vec::new(), false)) };
        let mut points = vec![first];
        let mut complete = true;
        let steps = match steps {
            None => None,
            Some(steps) => match self.corner([self.b, self.a], None)? {
                Corner::At(last) => Some((sign * points[0].b, sign * last.b, steps)),
                Corner::None | Corner::Open => return Ok((points, false)),
            },
        };
        loop {
            let next = sign * points.last().map_or(0, |point| point.b) + 1;
            let Some(least) = steps.map_or(Some(next), |steps| threshold(steps, next)) else { break };
            match self.corner([self.a, self.b], Some(sign * least))? {
                Corner::At(found) => {
                    complete = complete && (least == next || self.is_next(&found, sign * next)?);
                    points.push(found);
                }
                Corner::None => break,
                Corner::Open => return Ok((points, false)),
            }
        }
        Ok((points, complete))
    }

    /// Whether no point lies between one that has at least `least` of the second level and that.
    fn is_next(&self, found: &Found, least: i64) -> Result<bool, SolveError> {
        Ok(match self.corner([self.a, self.b], Some(least))? {
            Corner::At(next) => (next.a, next.b) == (found.a, found.b),
            Corner::None | Corner::Open => false,
        })
    }

    /// The plan of a point: every level after the two optimised in order.
    fn plan(&self, digest: &str, found: &Found) -> Result<Plan, SolveError> {
        let mut rows = self.kept();
        rows.extend([self.at_least(self.a, found.a), self.at_least(self.b, found.b)]);
        let mut at = found.at.clone();
        for level in (self.first..self.optimum.objectives.len()).filter(|&k| k != self.a && k != self.b) {
            if let Reply::Best(value, better) = self.best(level, rows.clone(), Some(&at))? {
                rows.push(self.program.level_row(level, value));
                at = better;
            }
        }
        let on: Seating = classes::expand(self.request.scenario, self.classes, &self.program.places(&at));
        let levels = solve::unproven(&self.optimum.eligibility, &self.optimum.objectives, &on);
        let solution = Solution::Found { on, levels };
        let Optimum { eligibility, levels, .. } = self.optimum;
        Ok(answer::plan(eligibility, self.request.baseline, levels, digest, solution))
    }
}

/// A corner of the curve.
enum Corner {
    At(Found),
    None,
    Open,
}

/// Of so many even steps from one value to another, both included, the first that is no less than `next`, which is
/// beyond the first value.
fn threshold((from, to, steps): (i64, i64, usize), next: i64) -> Option<i64> {
    let (from, to, next) = (i128::from(from), i128::from(to), i128::from(next));
    let last = i128::try_from(steps).ok()?.checked_sub(1).filter(|last| *last > 0)?;
    if next > to {
        return None;
    }
    let step = -((from - next) * last).div_euclid(to - from);
    i64::try_from(from + ((to - from) * step).div_euclid(last)).ok()
}

//! The optimum by enumeration: every assignment of a few units to a few departures, judged by `check`.

use airbridge::check::Case;
use airbridge::scenario::{Baseline, DepartureIdx, Level, Scenario, Sense, UnitIdx};

/// What every level reaches when it is optimised, over all plans that keep the levels before it; `None`
/// where no plan obeys the rules. For up to 7 units and 3 departures. Never uses the model.
pub(crate) fn best_by_enumeration(scenario: &Scenario, baseline: Option<&Baseline>) -> Option<Vec<i64>> {
    let mut plans = feasible(scenario, baseline);
    let levels = scenario.levels(baseline).all;
    let bests: Option<Vec<i128>> =
        levels.iter().enumerate().map(|(k, level)| keep_best(&mut plans, k, level)).collect();
    let exact = |best: i128| i64::try_from(best).expect("values are within 2^53");
    bests.map(|bests| bests.into_iter().map(exact).collect())
}

/// A plan that obeys the rules.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    #[cfg_attr(not(feature = "highs"), expect(dead_code, reason = "the tests that ask need the solver"))]
    pub(crate) seated: Vec<(UnitIdx, DepartureIdx)>,
    pub(crate) values: Vec<i128>,
}

/// The values of every plan that obeys the rules.
pub(crate) fn feasible(scenario: &Scenario, baseline: Option<&Baseline>) -> Vec<Vec<i128>> {
    judged(scenario, baseline).into_iter().map(|plan| plan.values).collect()
}

/// Every plan that obeys the rules.
pub(crate) fn judged(scenario: &Scenario, baseline: Option<&Baseline>) -> Vec<Judged> {
    let case = Case::new(scenario, baseline);
    let (mut plans, mut seated) = (Vec::new(), Vec::new());
    enumerate(&case, scenario, 0, &mut seated, &mut plans);
    plans
}

/// Tries every place of unit `u` and of those after it.
fn enumerate(
    case: &Case<'_>,
    scenario: &Scenario,
    u: usize,
    seated: &mut Vec<(UnitIdx, DepartureIdx)>,
    plans: &mut Vec<Judged>,
) {
    if u == scenario.units.len() {
        let judgement = case.judge(seated);
        if judgement.violations.is_empty() {
            plans.push(Judged { seated: seated.clone(), values: judgement.values });
        }
        return;
    }
    enumerate(case, scenario, u + 1, seated, plans);
    let unit = UnitIdx::new(u);
    for d in (0..scenario.departures.len()).map(DepartureIdx::new).filter(|d| case.is_open(unit, *d)) {
        seated.push((unit, d));
        enumerate(case, scenario, u + 1, seated, plans);
        seated.pop();
    }
}

/// The best value of level `k`; keeps the plans that give up no more of it than its tolerance.
fn keep_best(plans: &mut Vec<Vec<i128>>, k: usize, level: &Level) -> Option<i128> {
    let sign = match level.sense {
        Sense::Maximize => 1,
        Sense::Minimize => -1,
    };
    let best = plans.iter().map(|values| sign * values[k]).max()?;
    plans.retain(|values| sign * values[k] >= best - i128::from(level.tolerance));
    Some(sign * best)
}

//! Looking back: would a plan that knew the draw have been better.

use super::Fate;
use crate::eligibility::{Eligibility, assess};
use crate::model::measure::objectives;
use crate::plan::ProofKind;
use crate::scenario::{Baseline, Scenario, Sense};
use crate::solve::{self, Method, Progress, Request, Seating, Solution, answer};
use crate::standby::{StandbyError, drop_broken};

/// Whether a re-solve that knows who turns up and what flies improves a priority level of what came out.
/// Links, quotas and minimum loads that the absences break bind neither. `None` where it is not proven.
pub(super) fn improves(
    request: &Request,
    planned: &Seating,
    fate: &Fate,
    out: &Seating,
) -> Result<Option<bool>, StandbyError> {
    let mut scenario = request.scenario.clone();
    for (departure, flies) in scenario.departures.iter_mut().zip(&fate.flies) {
        departure.cancelled |= !flies;
    }
    let present =
        |u: usize| planned[u].filter(|d| fate.shows[u] && !scenario.departures[d.index()].cancelled);
    let present: Seating = (0..planned.len()).map(present).collect();
    drop_broken(&mut scenario, request.baseline, &present);
    let possible: Vec<bool> = {
        let eligibility = assessed(&scenario, request.baseline, fate);
        scenario.pins.iter().map(|pin| eligibility.is_open(pin.unit, pin.departure)).collect()
    };
    let mut possible = possible.into_iter();
    scenario.pins.retain(|_| possible.next().unwrap_or(false));
    let eligibility = assessed(&scenario, request.baseline, fate);
    let levels = scenario.levels(request.baseline);
    let silent: &(dyn Fn(&Progress) + Sync) = &|_| ();
    let request = Request { scenario: &scenario, method: Method::Auto, progress: silent, ..*request };
    let Solution::Found { levels: settled, .. } = solve::search(&request, &eligibility, &levels)? else {
        return Ok(None);
    };
    let priority =
        objectives(&scenario, request.baseline, &levels).into_iter().zip(&settled).take(levels.priority);
    for (objective, best) in priority {
        if best.proof == ProofKind::None {
            return Ok(None);
        }
        let came = answer::value(&eligibility, &objective, out);
        let gain = match objective.sense {
            Sense::Maximize => best.best - came,
            Sense::Minimize => came - best.best,
        };
        if gain != 0 {
            return Ok(Some(gain > 0));
        }
    }
    Ok(Some(false))
}

/// Nothing is open to those who do not turn up.
fn assessed<'s>(scenario: &'s Scenario, baseline: Option<&Baseline>, fate: &Fate) -> Eligibility<'s> {
    let mut eligibility = assess(scenario, baseline);
    eligibility.narrow(&|u, open| {
        if !fate.shows[u.index()] {
            open.clear();
        }
    });
    eligibility
}

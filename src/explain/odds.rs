//! How often a unit would have been seated under other draws of the lottery: a sample, and said to be one.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::optimum::Optimum;
use super::{Question, Told};
use crate::answer::Basis;
use crate::classes;
use crate::model::measure::objectives;
use crate::model::{self, Program};
use crate::plan::ReasonKind;
use crate::scenario::{Levels, Measure, UnitIdx};
use crate::solve::{self, Reply, SolveError};

/// A share of draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Odds {
    /// In how many draws the unit was seated.
    pub seated: u64,
    /// How many were settled.
    pub draws: u64,
    /// The seed of the first; each further one is one more.
    pub seed: u64,
}

/// Plays fresh draws of the lottery for those who lost to it.
///
/// # Errors
/// Where the solver fails.
pub(super) fn play(
    question: &Question,
    optimum: &Optimum,
    reasons: &mut FxHashMap<UnitIdx, Told>,
) -> Result<(), SolveError> {
    let is_lottery = |level: &&crate::scenario::Level| matches!(level.measure, Measure::Lottery { .. });
    let Some(lottery) = optimum.levels.all.iter().position(|level| is_lottery(&level)) else { return Ok(()) };
    let name = &optimum.levels.all[lottery].name;
    let mut losers: Vec<UnitIdx> = (0..question.request.scenario.units.len()).map(UnitIdx::new).collect();
    losers.retain(|unit| {
        reasons.get(unit).is_some_and(|(why, _)| {
            why.reason.kind == ReasonKind::LostDraw && why.reason.level.as_ref() == Some(name)
        })
    });
    if losers.is_empty() {
        return Ok(());
    }
    let Measure::Lottery { seed } = optimum.levels.all[lottery].measure else { return Ok(()) };
    let first = seed.wrapping_add(1);
    let (mut seated, mut draws) = (vec![0_u64; losers.len()], 0);
    for draw in 0..question.draws {
        let Some(on) = drawn(question, optimum, lottery, first.wrapping_add(draw))? else { continue };
        draws += 1;
        for (count, unit) in seated.iter_mut().zip(&losers) {
            *count += u64::from(on[unit.index()].is_some());
        }
    }
    for (unit, seated) in losers.into_iter().zip(seated) {
        if let Some((why, basis)) = reasons.get_mut(&unit) {
            why.odds = Some(Odds { seated, draws, seed: first });
            *basis = Basis::Estimated;
        }
    }
    Ok(())
}

/// The best plan under another draw; `None` where it was not proven.
fn drawn(
    question: &Question,
    optimum: &Optimum,
    lottery: usize,
    seed: u64,
) -> Result<Option<solve::Seating>, SolveError> {
    let request = question.request;
    let mut levels = Levels { all: optimum.levels.all[..=lottery].to_vec(), ..optimum.levels };
    levels.all[lottery].measure = Measure::Lottery { seed };
    let objectives = objectives(request.scenario, request.baseline, &levels);
    let classes = classes::group(&optimum.eligibility, &objectives);
    let program: Program = model::build(&optimum.eligibility, &classes, &objectives);
    let more = (0..lottery).map(|level| program.level_row(level, optimum.bests[level])).collect();
    let start = Some(solve::point(&optimum.eligibility, &classes, &program, &optimum.on));
    let ask = solve::Question { program: &program, level: lottery, more, known: None, start };
    Ok(match solve::ask(request, &optimum.eligibility, &objectives, ask)? {
        Reply::Best(_, point) => Some(classes::expand(request.scenario, &classes, &program.places(&point))),
        Reply::Impossible | Reply::Open => None,
    })
}

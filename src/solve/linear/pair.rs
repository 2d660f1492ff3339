//! Two searches of one program side by side.
//!
//! What one of them says may spare the other its end, never change what both come to: so whichever ends first decides
//! nothing.

use super::{Answer, Fault, Focus, HAS_HIGHS, Outcome, SECOND, Search, Task, run};

/// The seed of a proof beside a search for points; second opinions have others.
const BESIDE: i32 = 2;

/// Nodes of a search for points in a kernel: where there are any its root mostly finds one.
const ROOT: i32 = 1;

/// A search for points, and one for a proof that there are none.
pub struct Pair {
    /// The one for points.
    pub points: Task,
    /// The other.
    pub proof: Task,
    /// That there is none must be said by both.
    is_agreed: bool,
    /// The one for points has some of the columns, so it says nothing of the rest.
    is_partial: bool,
}

impl Pair {
    /// The two searches that a task wants side by side, if it does and this build's solver has both.
    #[must_use]
    pub fn of(task: &Task) -> Option<Self> {
        let Search::Integer { seed, presolve, start, nodes, focus, kernel } = &task.search else {
            return None;
        };
        let kernel = kernel.as_ref().filter(|_| *focus == Focus::OrNone);
        let twice = nodes.map(|nodes| nodes.saturating_mul(2));
        let (points, proof) = match focus {
            Focus::Both => ((*nodes, Focus::Points), (BESIDE, *presolve, *nodes, Focus::Proof)),
            Focus::OrNone if kernel.is_some() => {
                ((Some(ROOT), Focus::Root), (BESIDE, *presolve, *nodes, Focus::Refutation))
            }
            Focus::OrNone => ((*nodes, Focus::Soon), (BESIDE, *presolve, twice, Focus::Refutation)),
            Focus::OrAgreed => ((*nodes, Focus::Soon), (SECOND, false, *nodes, Focus::Proof)),
            Focus::Proofs => ((*nodes, Focus::Proof), (*seed, *presolve, *nodes, Focus::Cutoff)),
            Focus::Points
            | Focus::Soon
            | Focus::Root
            | Focus::Any
            | Focus::Proof
            | Focus::Cutoff
            | Focus::Refutation => return None,
        };
        let one = |(seed, presolve, nodes, focus)| Task {
            search: Search::Integer { seed, presolve, start: start.clone(), nodes, focus, kernel: None },
            ..task.clone()
        };
        let mut points = one((*seed, *presolve, points.0, points.1));
        if let Some(kernel) = kernel {
            points.upper = vec![0; task.upper.len()];
            for &column in kernel {
                points.upper[column] = task.upper[column];
            }
        }
        let (is_agreed, is_partial) = (*focus == Focus::OrAgreed, kernel.is_some());
        HAS_HIGHS.then(|| Self { points, proof: one(proof), is_agreed, is_partial })
    }

    /// Whether the proof need not be waited for.
    #[must_use]
    pub fn is_settled_by_points(&self, points: &Answer) -> bool {
        if self.is_partial {
            return !points.point.is_empty();
        }
        match points.outcome {
            Outcome::Optimal => true,
            Outcome::Infeasible => !self.is_agreed,
            Outcome::Unconfirmed | Outcome::Stopped => false,
        }
    }

    /// Whether the search for points need not be waited for.
    #[must_use]
    pub fn is_settled_by_proof(&self, proof: &Answer) -> bool {
        !self.is_agreed && proof.outcome == Outcome::Infeasible
    }

    /// What both come to: that there is no point, if one of them says so or, as asked, both (the search alone is not
    /// confirmed); else what the search has found, or the proof where only that came to its end or has a point.
    ///
    /// # Errors
    /// That of the search for points: it stands without the proof beside it, and falls with what it cannot do.
    pub fn settled(
        &self,
        points: Result<Answer, Fault>,
        proof: Result<Answer, Fault>,
    ) -> Result<Answer, Fault> {
        let (points, proof) = match (points, proof) {
            (Ok(points), Ok(proof)) => (points, proof),
            (Err(_), Ok(proof)) if self.is_settled_by_proof(&proof) => return Ok(proof),
            (Ok(points), Err(_)) => {
                let is_settled = self.is_settled_by_points(&points);
                return Ok(if is_settled { self.said(points) } else { stopped(points) });
            }
            (Err(fault), _) => return Err(fault),
        };
        if self.is_settled_by_points(&points) {
            return Ok(self.said(points));
        }
        let is_refuted = |answer: &Answer| answer.outcome == Outcome::Infeasible;
        if self.is_agreed {
            let found = if points.point.is_empty() { &proof } else { &points };
            // The proof's word alone is a second opinion without a first.
            let outcome = match (is_refuted(&points), is_refuted(&proof)) {
                (true, true) => Outcome::Infeasible,
                (true, false) if found.point.is_empty() => Outcome::Unconfirmed,
                (true, false) | (false, _) => Outcome::Stopped,
            };
            return Ok(Answer { outcome, ..found.clone() });
        }
        let proof_counts = proof.outcome != Outcome::Stopped || points.point.is_empty();
        Ok(if proof_counts { proof } else { points })
    }

    /// What the search for points says of all columns: the best of a kernel may not be the best.
    fn said(&self, points: Answer) -> Answer {
        if self.is_partial && points.outcome == Outcome::Optimal { stopped(points) } else { points }
    }

    /// Runs them one after the other, the one first that may spare the other.
    pub(super) fn run_in_turn(&self) -> Result<Answer, Fault> {
        if self.is_agreed {
            let points = run(&self.points)?;
            let is_settled = self.is_settled_by_points(&points);
            return if is_settled {
                Ok(self.said(points))
            } else {
                self.settled(Ok(points), run(&self.proof))
            };
        }
        let proof = run(&self.proof)?;
        let is_settled = self.is_settled_by_proof(&proof);
        if is_settled { Ok(proof) } else { self.settled(run(&self.points), Ok(proof)) }
    }
}

fn stopped(answer: Answer) -> Answer {
    Answer { outcome: Outcome::Stopped, ..answer }
}

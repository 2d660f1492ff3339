use super::{
    Answer, Fault, Focus, HAS_HIGHS, Outcome, POINT_UNIT, PRICE_UNIT, Pair, Search, Task, TaskRow, place,
    run, run_own,
};

fn task(upper: &[i64], objective: &[i64], rows: Vec<TaskRow>, search: Search) -> Task {
    Task { upper: upper.to_vec(), objective: objective.to_vec(), rows, search, limit_ms: None }
}

fn row(terms: &[i64], at_most: i64, equal: bool) -> TaskRow {
    let terms = (0..).zip(terms.iter().copied()).filter(|(_, a)| *a != 0);
    (terms.collect(), at_most, equal)
}

const INTEGER: Search = Search::integer(0, true, None);

/// Numbers for random programs.
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: u64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % limit).expect("small")
    }
}

/// Units with a few departures each, seats of two kinds, and a level to keep: most points are degenerate.
fn random(seed: u64, units: u64, departures: usize, search: Search) -> Task {
    let mut draws = Draws(seed);
    let (mut upper, mut objective, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    let mut seats = vec![Vec::new(); departures];
    let mut chairs = vec![Vec::new(); departures];
    let mut level = Vec::new();
    for _ in 0..units {
        let (persons, worth, chair, count) =
            (1 + draws.below(6), draws.below(3), draws.below(4), 1 + draws.below(2));
        let first = upper.len();
        for (seats, chairs) in seats.iter_mut().zip(&mut chairs) {
            if draws.below(3) > 0 {
                let column = upper.len();
                upper.push(count);
                objective.push(persons * worth);
                seats.push((column, persons));
                chairs.extend((chair == 0).then_some((column, 1)));
                level.extend((draws.below(2) == 0).then_some((column, -persons)));
            }
        }
        rows.push(((first..upper.len()).map(|column| (column, 1)).collect(), count, false));
    }
    let room = i64::try_from(units).expect("small");
    rows.extend(seats.into_iter().map(|terms| (terms, room, false)));
    rows.extend(chairs.into_iter().map(|terms| (terms, 1, false)));
    rows.push((level, -draws.below(2 * units), draws.below(8) == 0));
    task(&upper, &objective, rows, search)
}

/// The value of a relaxed point, in units of a point.
fn value(task: &Task, answer: &Answer) -> i128 {
    task.objective.iter().zip(&answer.point).map(|(&c, &x)| i128::from(c) * i128::from(x)).sum()
}

/// The bound of an answer's prices, those of the wrong sign left out, in units of a price.
fn bound(task: &Task, answer: &Answer) -> i128 {
    let mut reduced: Vec<i128> =
        task.objective.iter().map(|&c| i128::from(c) * i128::from(PRICE_UNIT)).collect();
    let mut sum = 0;
    for ((terms, at_most, equal), &price) in task.rows.iter().zip(&answer.prices) {
        let price = i128::from(if *equal { price } else { price.max(0) });
        sum += price * i128::from(*at_most);
        for &(column, a) in terms {
            reduced[column] -= price * i128::from(a);
        }
    }
    sum + reduced.iter().zip(&task.upper).map(|(r, &n)| r.max(&0) * i128::from(n)).sum::<i128>()
}

/// Whether the prices of an infeasible relaxation exclude every point, whatever its value.
fn is_refuted(task: &Task, answer: &Answer) -> bool {
    let nothing = Task { objective: vec![0; task.objective.len()], ..task.clone() };
    bound(&nothing, answer) < 0
}

/// Whether the point obeys the rows and the prices bound no more than its value, but for the rounding.
#[track_caller]
fn check_optimal(task: &Task) -> Answer {
    let answer = run_own(task);
    assert_eq!(answer.outcome, Outcome::Optimal);
    for (terms, at_most, equal) in &task.rows {
        let sum: i64 = terms.iter().map(|&(column, a)| a * answer.point[column]).sum();
        let (excess, error) = (sum - at_most * POINT_UNIT, POINT_UNIT / 1000);
        assert!(excess <= error && (!equal || excess >= -error), "{terms:?} {at_most}: {excess}");
    }
    let gap = bound(task, &answer) - value(task, &answer) * i128::from(PRICE_UNIT / POINT_UNIT);
    assert!(gap.abs() < i128::from(PRICE_UNIT / 1000), "{gap}");
    answer
}

/// A level better than the best of a relaxation is refuted.
#[track_caller]
fn check_refuted_beyond(task: &mut Task, best: &Answer) {
    let terms = task.objective.iter().enumerate().map(|(column, worth)| (column, -worth)).collect();
    let most = i64::try_from(value(task, best) / i128::from(POINT_UNIT)).expect("small");
    task.rows.push((terms, -most - 2, false));
    let answer = run_own(task);
    assert_eq!(answer.outcome, Outcome::Infeasible);
    assert!(is_refuted(task, &Answer { point: Vec::new(), ..answer }));
}

#[track_caller]
fn check_prices(task: &Task, point: &[i64], prices: &[i64]) {
    let answer = check_optimal(task);
    assert_eq!(answer.point, point.iter().map(|x| x * POINT_UNIT).collect::<Vec<_>>());
    assert_eq!(answer.prices, prices.iter().map(|p| p * PRICE_UNIT).collect::<Vec<_>>());
}

#[test]
fn prices_are_those_of_the_textbook() {
    let rows = vec![row(&[1, 0], 4, false), row(&[0, 2], 12, false), row(&[3, 2], 18, false)];
    let task = task(&[100, 100], &[6, 10], rows, Search::Relaxation);
    check_prices(&task, &[2, 6], &[0, 3, 2]);
}

#[test]
fn a_price_of_an_equation_may_be_negative() {
    let task = task(&[5, 5], &[-2, -3], vec![row(&[1, 1], 4, true)], Search::Relaxation);
    check_prices(&task, &[4, 0], &[-2]);
}

#[test]
fn a_unit_sits_where_it_is_worth_most() {
    let rows = vec![row(&[1, 1, 0, 0], 1, false), row(&[0, 0, 1, 1], 1, false), row(&[2, 0, 2, 0], 2, false)];
    let task = task(&[1; 4], &[5, 1, 4, 2], rows, Search::Relaxation);
    assert_eq!(value(&task, &check_optimal(&task)), i128::from(7 * POINT_UNIT));
}

#[test]
fn what_contradicts_itself_is_infeasible_and_its_prices_say_so() {
    let rows = vec![row(&[1, 1], 1, false), row(&[-1, -1], -2, false)];
    let task = task(&[1, 1], &[1, 1], rows, Search::Relaxation);
    let answer = run_own(&task);
    assert_eq!(answer.outcome, Outcome::Infeasible);
    assert!(is_refuted(&task, &answer));
}

#[test]
fn an_elastic_relaxation_refutes_what_contradicts_itself() {
    let rows = vec![row(&[1, 1], 1, true), row(&[-1, -1], -2, false)];
    let task = task(&[1, 1], &[1, 1], rows, Search::Elastic { penalty: 100 });
    let answer = run_own(&task);
    assert_eq!(answer.outcome, Outcome::Optimal);
    assert!(bound(&task, &answer) < 0);
}

#[test]
fn rows_without_columns_are_judged() {
    let empty = |at_most| {
        let task = task(&[1], &[1], vec![(Vec::new(), at_most, false)], Search::Relaxation);
        run_own(&task).outcome
    };
    assert_eq!((empty(0), empty(-1)), (Outcome::Optimal, Outcome::Infeasible));
}

#[test]
fn large_coefficients_and_degenerate_rows_do_no_harm() {
    let rows = vec![
        row(&[3_000_000, 1, 0], 3_000_000, false),
        row(&[1, 1, 1], 1, false),
        row(&[1, 1, 1], 1, false),
        row(&[1_000_000_000, 999_999_999, 1], 1_000_000_000, false),
    ];
    check_optimal(&task(&[1, 1, 1], &[700_000_000, 700_000_001, 1], rows, Search::Relaxation));
}

#[test]
fn random_relaxations_are_optimal_or_refuted() {
    for seed in 0..150 {
        let task =
            random(seed, 2 + seed / 2, 2 + usize::try_from(seed % 5).expect("small"), Search::Relaxation);
        let answer = run_own(&task);
        if answer.outcome == Outcome::Infeasible {
            assert!(is_refuted(&task, &answer), "{seed}");
        } else {
            check_optimal(&task);
        }
    }
}

#[test]
fn a_search_goes_on_from_where_the_last_one_ended() {
    for seed in 0..60 {
        let mut task = random(seed, 40, 4, Search::Relaxation);
        let answer = run_own(&task);
        let Some(column) = answer.point.iter().position(|x| x % POINT_UNIT != 0) else { continue };
        task.rows.push((vec![(column, 1)], 0, false));
        let afresh = run_own(&task);
        task.search = Search::Resumed { basis: answer.basis };
        let resumed = run_own(&task);
        assert_eq!(resumed.outcome, afresh.outcome);
        let difference = value(&task, &resumed) - value(&task, &afresh);
        assert!(difference.abs() < i128::from(POINT_UNIT / 1000), "{seed}: {difference}");
    }
}

/// The best value among all integer points.
fn exhaust(task: &Task, point: &mut Vec<i64>) -> Option<i64> {
    if point.len() < task.upper.len() {
        let values = (0..=task.upper[point.len()]).filter_map(|x| {
            point.push(x);
            let best = exhaust(task, point);
            point.pop();
            best
        });
        return values.max();
    }
    let holds = task.rows.iter().all(|(terms, at_most, equal)| {
        let sum: i64 = terms.iter().map(|&(column, a)| a * point[column]).sum();
        if *equal { sum == *at_most } else { sum <= *at_most }
    });
    holds.then(|| task.objective.iter().zip(point).map(|(c, x)| c * *x).sum())
}

#[test]
fn branch_and_bound_finds_what_exhaustion_finds() {
    for seed in 0..200 {
        let task = random(seed, 4, 3, INTEGER);
        let answer = run_own(&task);
        let found = answer.point.iter().zip(&task.objective).map(|(x, c)| x * c).sum();
        let best = (answer.outcome == Outcome::Optimal).then_some(found);
        assert_ne!(answer.outcome, Outcome::Stopped, "{seed}");
        assert_eq!(best, exhaust(&task, &mut Vec::new()), "{seed}");
    }
}

#[test]
fn a_start_is_never_lost() {
    let rows = vec![row(&[3, 5, 7, 11], 13, false)];
    let start = Some(vec![0, 0, 0, 1]);
    let search = Search::Integer {
        seed: 0,
        presolve: true,
        start,
        nodes: Some(0),
        focus: Focus::Points,
        kernel: None,
    };
    let answer = run_own(&task(&[1; 4], &[3, 5, 7, 11], rows, search));
    assert_eq!((answer.outcome, answer.point), (Outcome::Stopped, vec![0, 0, 0, 1]));
}

#[test]
fn the_same_task_gives_the_same_answer() {
    for search in [Search::Relaxation, INTEGER] {
        let task = random(7, 60, 5, search);
        let (first, second) = (run_own(&task), run_own(&task));
        assert_eq!((first.point, first.prices, first.basis), (second.point, second.prices, second.basis));
    }
}

#[test]
fn a_proof_beside_a_search_says_what_the_search_says() {
    for seed in 0..60 {
        let task = random(seed, 14, 4, INTEGER);
        let alone = run(&task).expect("the solver works");
        for focus in [Focus::Both, Focus::OrNone, Focus::OrAgreed] {
            let beside =
                Search::Integer { seed: 0, presolve: true, start: None, nodes: None, focus, kernel: None };
            let beside = Task { search: beside, ..task.clone() };
            assert_eq!(Pair::of(&beside).is_some(), HAS_HIGHS);
            if focus == Focus::OrAgreed && !HAS_HIGHS {
                assert!(matches!(run(&beside), Err(Fault::Absent)), "{seed}");
                continue;
            }
            let beside = run(&beside).expect("the solver works");
            let said = (beside.outcome, value(&task, &beside));
            assert_eq!(said, (alone.outcome, value(&task, &alone)), "{seed} {focus:?}");
            assert!(focus != Focus::Both || beside.point == alone.point, "{seed}");
        }
        if HAS_HIGHS {
            let second = Search::second(i32::MAX, Focus::Proof);
            let proof = run(&Task { search: second, ..task.clone() }).expect("the solver works");
            assert_eq!(
                (proof.outcome, value(&task, &proof)),
                (alone.outcome, value(&task, &alone)),
                "{seed}"
            );
        }
    }
}

#[cfg(feature = "highs")]
#[test]
fn which_of_two_searches_ends_first_decides_nothing() {
    let answer = |outcome: Outcome, point: &[i64]| Answer {
        outcome,
        point: point.to_vec(),
        prices: Vec::new(),
        basis: Vec::new(),
    };
    let none = || answer(Outcome::Infeasible, &[]);
    let killed = || Err(Fault::Process("stopped".into()));
    let pair = |focus| {
        let search =
            Search::Integer { seed: 0, presolve: true, start: None, nodes: None, focus, kernel: None };
        Pair::of(&random(1, 14, 4, search)).expect("it asks for two")
    };
    // However the two end, and whichever the other is stopped by.
    let check = |pair: &Pair, points: &Answer, proof: &Answer, expected: &Answer| {
        let mut ends = vec![(Ok(points.clone()), Ok(proof.clone()))];
        if pair.is_settled_by_points(points) {
            ends.push((Ok(points.clone()), killed()));
        }
        if pair.is_settled_by_proof(proof) {
            ends.push((killed(), Ok(proof.clone())));
        }
        for (points, proof) in ends {
            let settled = pair.settled(points, proof).expect("one has ended");
            assert_eq!((settled.outcome, &settled.point), (expected.outcome, &expected.point));
        }
    };
    let (best, other) = (answer(Outcome::Optimal, &[1]), answer(Outcome::Optimal, &[2]));
    let (stopped, with_point) = (answer(Outcome::Stopped, &[]), answer(Outcome::Stopped, &[3]));
    let one = pair(Focus::OrNone);
    // One that says so is enough, and the other would have said so too or nothing.
    for unsettled in [&stopped, &with_point, &none()] {
        check(&one, unsettled, &none(), &none());
    }
    check(&one, &none(), &stopped, &none());
    // The search's plan, whether or not the proof has come to one.
    for proof in [&stopped, &with_point, &other] {
        check(&one, &best, proof, &best);
    }
    // Both have come to their ends.
    check(&one, &stopped, &other, &other);
    check(&one, &with_point, &other, &other);
    check(&one, &stopped, &with_point, &with_point);
    check(&one, &with_point, &stopped, &with_point);
    // Where both must say it, the search alone is not confirmed, and wrong with a point at hand; the proof alone has said
    // nothing.
    let (agreed, alone) = (pair(Focus::OrAgreed), answer(Outcome::Unconfirmed, &[]));
    check(&agreed, &none(), &none(), &none());
    check(&agreed, &none(), &stopped, &alone);
    check(&agreed, &stopped, &none(), &stopped);
    check(&agreed, &none(), &with_point, &with_point);
    check(&agreed, &best, &stopped, &best);
    check(&agreed, &best, &other, &best);
    check(&agreed, &stopped, &other, &answer(Outcome::Stopped, &[2]));
    // A kernel's points are points, not the best; that it has none says nothing.
    let search = Search::Integer {
        seed: 0,
        presolve: true,
        start: None,
        nodes: Some(9),
        focus: Focus::OrNone,
        kernel: Some(vec![2, 5]),
    };
    let task = random(1, 14, 4, search);
    let partial = Pair::of(&task).expect("it asks for two");
    let kept: Vec<usize> = (0..14).filter(|&at| partial.points.upper[at] == task.upper[at]).collect();
    assert_eq!((kept, partial.points.upper.iter().sum::<i64>()), (vec![2, 5], task.upper[2] + task.upper[5]));
    assert_eq!(partial.proof.upper, task.upper);
    for proof in [&stopped, &with_point, &other] {
        check(&partial, &best, proof, &answer(Outcome::Stopped, &[1]));
        check(&partial, &with_point, proof, &with_point);
        check(&partial, &none(), proof, proof);
        check(&partial, &stopped, proof, proof);
    }
    check(&partial, &none(), &none(), &none());
    let alone = agreed.settled(Ok(none()), killed()).expect("the search has ended");
    assert_eq!(alone.outcome, Outcome::Stopped);
    assert!(agreed.settled(killed(), Ok(none())).is_err());
}

/// What a kernel has is a point for all; that it has none, or what is best in it, is nothing to go by.
#[cfg(feature = "highs")]
#[test]
fn a_kernel_says_nothing_of_the_rest() {
    let (mut points, mut ends) = (0, 0);
    for seed in 1..=40 {
        let mut task = random(seed, 14, 4, INTEGER);
        let best = run(&task).expect("the solver works");
        let most = value(&task, &best);
        let least = i64::try_from(most).expect("it is small") - 6;
        let terms = (0..).zip(&task.objective).filter(|(_, c)| **c != 0).map(|(at, c)| (at, -c)).collect();
        task.rows.push((terms, -least, false));
        let used = |at: &usize| best.point[*at] > 0;
        for kernel in [Vec::new(), (0..5).collect(), (0..14).filter(used).collect()] {
            let columns = kernel.len();
            let asked = |task: &Task| {
                let (kernel, focus) = (Some(kernel.clone()), Focus::OrNone);
                let search =
                    Search::Integer { seed: 0, presolve: true, start: None, nodes: None, focus, kernel };
                run(&Task { search, ..task.clone() }).expect("the solver works")
            };
            let answer = asked(&task);
            assert_ne!(answer.outcome, Outcome::Infeasible, "{seed} {columns}");
            assert!(value(&task, &answer) >= least.into(), "{seed} {columns}");
            if answer.outcome == Outcome::Stopped {
                let is_outside = |at: &usize| kernel.binary_search(at).is_err();
                assert!((0..14).filter(is_outside).all(|at| answer.point[at] == 0), "{seed} {columns}");
                points += 1;
            } else {
                assert_eq!(value(&task, &answer), most, "{seed} {columns}");
                ends += 1;
            }
            task.rows.last_mut().expect("it was added").1 = -i64::try_from(most).expect("it is small") - 1;
            assert_eq!(asked(&task).outcome, Outcome::Infeasible, "{seed} {columns}");
            task.rows.last_mut().expect("it was added").1 = -least;
        }
    }
    assert!(points > 0 && ends > 0, "{points} points in kernels, {ends} searches of everything");
}

/// A least value as a bound of the search says what it says as a row: the best point, or that none is good enough.
#[cfg(feature = "highs")]
#[test]
fn a_least_value_may_be_a_bound_of_the_search() {
    for seed in 1..=20 {
        let task = random(seed, 14, 4, INTEGER);
        let best = run(&task).expect("the solver works");
        let most = i64::try_from(value(&task, &best)).expect("it is small");
        for (least, expected) in [
            (most - 3, Outcome::Optimal),
            (most, Outcome::Optimal),
            (most + 1, Outcome::Infeasible),
            (most + 4, Outcome::Infeasible),
        ] {
            let mut task = task.clone();
            let terms =
                (0..).zip(&task.objective).filter(|(_, c)| **c != 0).map(|(at, c)| (at, -c)).collect();
            task.rows.push((terms, -least, false));
            for presolve in [true, false] {
                for focus in [Focus::Cutoff, Focus::Proofs, Focus::Proof, Focus::Refutation, Focus::Root] {
                    task.search =
                        Search::Integer { seed: 1, presolve, start: None, nodes: None, focus, kernel: None };
                    let answer = run(&task).expect("the solver works");
                    assert_eq!(answer.outcome, expected, "{seed} {least} {focus:?}");
                    let is_best = value(&task, &answer) == i128::from(most);
                    assert!(is_best || expected == Outcome::Infeasible, "{seed} {least} {focus:?}");
                }
            }
        }
    }
}

/// Of so many columns most sleep at first: the end is an optimum all the same, and so is that of a search that goes on
/// from it for another level.
#[test]
fn sifted_columns_wake_where_they_are_worth_it() {
    let mut task = random(1, 4_000, 24, Search::Relaxation);
    let open = task.upper.len();
    assert!(super::sift::serves(open, task.rows.len()), "{open} columns are too few");
    let answer = check_optimal(&task);
    let asleep: usize = answer.basis.iter().map(|at| usize::from(*at == place::ASLEEP)).sum();
    assert!(2 * asleep > open, "{asleep} of {open} sleep");
    let mut draws = Draws(2);
    task.objective.iter_mut().for_each(|worth| *worth = draws.below(9));
    task.search = Search::Resumed { basis: answer.basis };
    check_optimal(&task);
}

/// What can only be 0 sleeps, and an impossible level is refuted whoever sleeps.
#[test]
fn sleepers_do_not_hide_that_nothing_is_possible() {
    let mut task = random(1, 4_000, 24, Search::Relaxation);
    task.upper.iter_mut().step_by(5).for_each(|upper| *upper = 0);
    let answer = check_optimal(&task);
    assert!(answer.basis.iter().step_by(5).take(task.upper.len() / 5).all(|at| *at != place::UPPER));
    check_refuted_beyond(&mut task, &answer);
}

/// Too many columns to start from the best of each row, too few to sift: from the slacks the end is an optimum too, and an
/// impossible level is refuted.
#[test]
fn many_columns_start_from_the_slacks() {
    for seed in 1..=3 {
        let mut task = random(seed, 1_200, 10, Search::Relaxation);
        let columns = task.upper.len();
        assert!(columns > super::simplex::FLIPPED, "{columns} columns are too few");
        assert!(!super::sift::serves(columns, task.rows.len()), "{columns} columns are too many");
        let answer = check_optimal(&task);
        check_refuted_beyond(&mut task, &answer);
    }
}

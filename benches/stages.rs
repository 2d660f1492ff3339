//! Each stage of the line of data over sizes, from bytes to a checked plan.

use airbridge::classes;
use airbridge::eligibility::assess;
use airbridge::model::{self, measure::objectives};
use airbridge::scenario::read::{digest, read};
use airbridge::solve::prices::Target;
use airbridge::solve::{Method, Request, linear, solve};
use airbridge::synth::{PolicyKind, Spec, generate};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

const SIZES: [(usize, usize); 3] = [(100, 6), (500, 12), (2000, 30)];

fn text(units: usize, departures: usize) -> Vec<u8> {
    let spec = Spec { units, departures, policy: PolicyKind::Categories, ..Spec::default() };
    generate(&spec).to_json().into_bytes()
}

/// What comes before the search: text to program.
fn before(c: &mut Criterion) {
    for (units, departures) in SIZES {
        let text = text(units, departures);
        let scenario = read(&text, "bench.json").expect("it is in order").scenario;
        let eligibility = assess(&scenario, None);
        let objectives = objectives(&scenario, None, &scenario.levels(None));
        let grouped = classes::group(&eligibility, &objectives);
        let mut group = c.benchmark_group("before");
        let size = BenchmarkId::new("read", units);
        group.bench_function(size, |b| b.iter(|| read(&text, "bench.json")));
        group.bench_function(BenchmarkId::new("assess", units), |b| b.iter(|| assess(&scenario, None)));
        let size = BenchmarkId::new("group", units);
        group.bench_function(size, |b| b.iter(|| classes::group(&eligibility, &objectives)));
        let size = BenchmarkId::new("build", units);
        group.bench_function(size, |b| b.iter(|| model::build(&eligibility, &grouped, &objectives)));
        group.finish();
    }
}

/// One relaxation, and its prices rounded and evaluated exactly. Without HiGHS there is none.
fn relax(c: &mut Criterion) {
    for (units, departures) in SIZES {
        let text = text(units, departures);
        let scenario = read(&text, "bench.json").expect("it is in order").scenario;
        let eligibility = assess(&scenario, None);
        let objectives = objectives(&scenario, None, &scenario.levels(None));
        let grouped = classes::group(&eligibility, &objectives);
        let program = model::build(&eligibility, &grouped, &objectives);
        let target = Target::new(&program, 0, Vec::new());
        let Ok(answer) = linear::run(&target.task(linear::Search::Relaxation, None)) else { return };
        let mut group = c.benchmark_group("relax");
        group.sample_size(10);
        let size = BenchmarkId::new("relaxation", units);
        let task = target.task(linear::Search::Relaxation, None);
        group.bench_function(size, |b| b.iter(|| linear::run(&task)));
        let size = BenchmarkId::new("round", units);
        group.bench_function(size, |b| b.iter(|| target.round(&answer, None)));
        group.finish();
    }
}

/// A plan that `solve` made, checked with its certificates.
fn check(c: &mut Criterion) {
    for (units, departures) in SIZES {
        let text = text(units, departures);
        let scenario = read(&text, "bench.json").expect("it is in order").scenario;
        let request = Request {
            scenario: &scenario,
            baseline: None,
            method: Method::Auto,
            runner: &linear::run,
            stop: &|| false,
            grant: &|_| (),
            progress: &|_| (),
        };
        let digest = digest(&text);
        let plan = solve(&request, &digest).expect("the solver works");
        let mut group = c.benchmark_group("check");
        group.sample_size(20);
        let size = BenchmarkId::new("check", units);
        group.bench_function(size, |b| b.iter(|| airbridge::check::check(&scenario, &digest, None, &plan)));
        group.finish();
    }
}

criterion_group!(benches, before, relax, check);
criterion_main!(benches);

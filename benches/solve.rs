//! The whole solve, from types to plan, by the engine and by the flat program.

use airbridge::scenario::Scenario;
use airbridge::scenario::read::read;
use airbridge::solve::{Method, Request, linear, solve};
use airbridge::synth::{PolicyKind, Spec, generate};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

fn scenario(units: usize, departures: usize) -> Scenario {
    let spec = Spec { units, departures, policy: PolicyKind::Categories, ..Spec::default() };
    read(generate(&spec).to_json().as_bytes(), "bench.json").expect("it is in order").scenario
}

fn solved(scenario: &Scenario, method: Method) -> usize {
    let request = Request {
        scenario,
        baseline: None,
        method,
        runner: &linear::run,
        stop: &|| false,
        grant: &|_| (),
        progress: &|_| (),
    };
    solve(&request, "blake3:00").expect("the solver works").assignments.len()
}

/// Four levels, persons by category. The flat program is out of its depth beyond a few hundred units.
fn methods(c: &mut Criterion) {
    let work = [
        (100, 6, Method::Auto),
        (500, 12, Method::Auto),
        (2000, 30, Method::Auto),
        (100, 6, Method::Flat),
        (500, 12, Method::Flat),
    ];
    let mut group = c.benchmark_group("solve");
    group.sample_size(10);
    for (units, departures, method) in work {
        let scenario = scenario(units, departures);
        let name = match method {
            Method::Auto => "auto",
            Method::Flat => "flat",
        };
        group.bench_function(BenchmarkId::new(name, units), |b| b.iter(|| solved(&scenario, method)));
    }
    group.finish();
}

criterion_group!(benches, methods);
criterion_main!(benches);

//! The program as text is the program: each format, read again as other solvers read it.

use std::collections::{BTreeMap, BTreeSet};

use airbridge::model::measure::objectives;
use airbridge::model::write::{Layout, write};
use airbridge::scenario::Sense;
use airbridge::scenario::read::read;
use airbridge::synth::{Spec, generate};
use airbridge::{classes, eligibility, model};

/// Coefficients by the column's name.
type Terms = BTreeMap<String, i64>;

/// What a reader makes of a text.
#[derive(Debug, Default, PartialEq, Eq)]
struct Text {
    is_maximized: bool,
    constant: i64,
    objective: Terms,
    /// Terms, whether it is an equation, right-hand side.
    rows: BTreeMap<String, (Terms, bool, i64)>,
    upper: BTreeMap<String, i64>,
    integer: BTreeSet<String>,
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is not a number"))
}

/// Free MPS: fields between spaces; columns between the markers are integer.
fn of_mps(text: &str) -> Text {
    let (mut read, mut section, mut is_integer) = (Text::default(), "", false);
    for line in text.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        if !line.starts_with(' ') {
            section = fields[0];
            continue;
        }
        match (section, fields.as_slice()) {
            ("OBJSENSE", [sense]) => read.is_maximized = *sense == "MAX",
            ("ROWS", ["N", "objective"]) => {}
            ("ROWS", [kind, name]) => {
                let known = read.rows.insert((*name).into(), (Terms::new(), *kind == "E", 0));
                assert_eq!(known, None, "{name} is there twice");
            }
            ("COLUMNS", ["MARKER", "'MARKER'", marker]) => is_integer = *marker == "'INTORG'",
            ("COLUMNS", [column, row, a]) => {
                if is_integer {
                    read.integer.insert((*column).into());
                }
                let terms = match *row {
                    "objective" => &mut read.objective,
                    row => &mut read.rows.get_mut(row).expect("a row of the section before").0,
                };
                terms.insert((*column).into(), number(a));
            }
            ("RHS", ["RHS", "objective", value]) => read.constant = -number(value),
            ("RHS", ["RHS", row, value]) => read.rows.get_mut(*row).expect("a row").2 = number(value),
            ("BOUNDS", ["UP", "BOUND", column, value]) => {
                read.upper.insert((*column).into(), number(value));
            }
            (section, fields) => panic!("{section}: {fields:?}"),
        }
    }
    read.objective.retain(|_, c| *c != 0);
    read
}

/// `3 x - 2 y + 4`: the terms, and the constant.
fn of_sum(text: &str) -> (Terms, i64) {
    let spaced = text.replace('-', " - ").replace('+', " + ");
    let (mut terms, mut constant, mut sign, mut factor) = (Terms::new(), 0, 1, None);
    for token in spaced.split_whitespace() {
        match token {
            "+" | "-" => {
                constant += factor.take().unwrap_or(0);
                sign = if token == "-" { -1 } else { 1 };
            }
            name if name.starts_with(|first: char| first.is_ascii_alphabetic()) => {
                *terms.entry(name.into()).or_default() += factor.take().unwrap_or(sign);
            }
            value => factor = Some(sign * number(value)),
        }
    }
    terms.retain(|_, a| *a != 0);
    (terms, constant + factor.unwrap_or(0))
}

/// CPLEX's LP format, as far as it is used: `+`, `-`, `<=`, `=` and `:` are never part of a name.
fn of_lp(text: &str) -> Text {
    let mut read = Text::default();
    let joined = text.replace("\n    ", " ");
    let mut section = "";
    for line in joined.lines().filter(|line| !line.starts_with('\\')) {
        if !line.starts_with(' ') {
            section = line;
            read.is_maximized |= section == "Maximize";
            continue;
        }
        let named = || line.split_once(':').expect("a name");
        match section {
            "Maximize" | "Minimize" => (read.objective, read.constant) = of_sum(named().1),
            "Subject To" => {
                let (name, row) = named();
                let equal = !row.contains("<=");
                let (sum, most) = row.split_once(if equal { "=" } else { "<=" }).expect("a relation");
                read.rows.insert(name.trim().into(), (of_sum(sum).0, equal, number(most.trim())));
            }
            "Bounds" => {
                let parts: Vec<&str> = line.split("<=").map(str::trim).collect();
                let ["0", name, most] = parts[..] else { panic!("{line}") };
                read.upper.insert(name.into(), number(most));
            }
            "Generals" => {
                read.integer.insert(line.trim().into());
            }
            other => panic!("{other}: {line}"),
        }
    }
    read
}

/// OPB, as far as it is used: `+3 x1 -2 x2 >= -4 ;`, and what the variables are in comments.
fn of_opb(text: &str, is_maximized: bool) -> Text {
    let mut read = Text { is_maximized, ..Text::default() };
    let mut bits: BTreeMap<String, (String, i64)> = BTreeMap::new();
    let mut name = String::new();
    let mut constraints = 0;
    let header: Vec<&str> = text.lines().next().expect("a header").split_whitespace().collect();
    for line in text.lines() {
        let tokens: Vec<&str> = line.split_whitespace().collect();
        let terms = |tokens: &[&str]| {
            let mut terms: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
            for pair in tokens.chunks(2) {
                let (column, bit) = &bits[pair[1]];
                assert_eq!(number(pair[0]) % bit, 0, "{line}");
                terms.entry(column.clone()).or_default().insert(number(pair[0]) / bit);
            }
            let one = |(column, values): (String, BTreeSet<i64>)| {
                assert_eq!(values.len(), 1, "{line}: bits of one column differ");
                (column, values.into_iter().sum())
            };
            terms.into_iter().map(one).filter(|(_, a)| *a != 0).collect::<Terms>()
        };
        match tokens.as_slice() {
            ["*", variable, "is", bit, "of", column] => {
                bits.insert((*variable).into(), ((*column).into(), number(bit)));
                read.integer.insert((*column).into());
                *read.upper.entry((*column).into()).or_default() += number(bit);
            }
            ["*", "level", _, _, "of", constant, ..] => read.constant = number(constant),
            ["*", "#variable=", ..] => {}
            ["*", row] => name = (*row).into(),
            ["min:", objective @ .., ";"] => {
                let sign = if is_maximized { -1 } else { 1 };
                read.objective = terms(objective).into_iter().map(|(column, c)| (column, sign * c)).collect();
            }
            [sum @ .., relation, least, ";"] => {
                let negated = terms(sum).into_iter().map(|(column, a)| (column, -a)).collect();
                read.rows.insert(name.clone(), (negated, *relation == "=", -number(least)));
                constraints += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    let counts = [bits.len(), constraints].map(|count| count.to_string());
    assert_eq!([header[2], header[4]], [counts[0].as_str(), counts[1].as_str()], "the header counts");
    read
}

#[test]
fn all_formats_are_the_program() {
    let spec = Spec { units: 60, departures: 8, all_rules: true, ..Spec::default() };
    let text = generate(&spec).to_json();
    let scenario = read(text.as_bytes(), "generated").expect("a generated scenario is in order").scenario;
    let eligibility = eligibility::assess(&scenario, None);
    let levels = scenario.levels(None);
    let units = classes::singletons(&eligibility);
    let program = model::build(&eligibility, &units, &objectives(&scenario, None, &levels));
    for (level, objective) in program.objectives.iter().enumerate() {
        let text = |layout| write(&scenario, &units, &program, level, layout);
        let mps = of_mps(&text(Layout::Mps));
        assert_eq!(mps, of_lp(&text(Layout::Lp)), "{level}");
        assert_eq!(mps, of_opb(&text(Layout::Opb), mps.is_maximized), "{level}");
        assert_eq!(mps.is_maximized, objective.sense == Sense::Maximize);
        assert_eq!(mps.constant, objective.constant);
        assert_eq!(mps.integer.len(), program.columns.len(), "all columns are whole");
        let sorted = |mut values: Vec<i64>| {
            values.sort_unstable();
            values
        };
        let uppers = mps.upper.values().copied().collect();
        assert_eq!(sorted(uppers), sorted(program.upper.clone()));
        let row = |(terms, equal, most): &(Terms, bool, i64)| {
            (*most, *equal, sorted(terms.values().copied().collect()))
        };
        let mut read: Vec<_> = mps.rows.values().map(row).collect();
        let own = program
            .rows
            .iter()
            .map(|row| (row.at_most, row.equal, sorted(row.terms.iter().map(|(_, a)| *a).collect())));
        let mut own: Vec<_> = own.collect();
        read.sort();
        own.sort();
        assert_eq!(read, own, "{level}");
    }
    assert!(program.rows.iter().any(|row| matches!(row.key, model::RowKey::Beds(..))), "a row with a date");
}

//! Every mistake of a file is found, placed and explained, and nothing panics.

use std::fmt::Write;

use airbridge::diagnostic::{CODES, Diagnostics, Severity};
use airbridge::eligibility::{self, is_locked};
use airbridge::lint;
use airbridge::plan::read::{read_baseline, read_plan};
use airbridge::scenario::read::read;
use airbridge::scenario::{Baseline, format};
use airbridge::solve::forbidden_pins;
use proptest::prelude::*;

use crate::EVERY_FIELD;
use crate::mutate::{changes, mutated};

/// The file of `scenarios/invalid/` that shows `code`: its name and its text.
#[track_caller]
pub(crate) fn invalid(code: &str) -> (String, Vec<u8>) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/invalid");
    let names = std::fs::read_dir(folder).expect("the folder is there");
    let mut names = names.map(|entry| entry.expect("is readable").file_name().to_string_lossy().into_owned());
    let name = names.find(|name| name.starts_with(code)).unwrap_or_else(|| panic!("no file shows {code}"));
    let text = crate::file(&format!("scenarios/invalid/{name}"));
    (name, text)
}

/// What is said of a scenario, warnings too.
fn diagnostics(text: &[u8], file: &str) -> Diagnostics {
    match read(text, file) {
        Ok(read) => Diagnostics(read.warnings),
        Err(diagnostics) => diagnostics,
    }
}

/// What is said of the file that shows `code`.
fn said_of(code: &str) -> Diagnostics {
    let (name, text) = invalid(code);
    if code.starts_with("E07") {
        return read_baseline(&text, &name).expect_err("is invalid");
    }
    if code[1..].starts_with("08") {
        return boarding(&text, &name);
    }
    diagnostics(&text, &name)
}

/// What is said of who may board what in a file that is in order otherwise.
#[track_caller]
fn boarding(text: &[u8], file: &str) -> Diagnostics {
    let read = read(text, file).unwrap_or_else(|said| panic!("{said}"));
    assert_eq!(read.warnings, []);
    let scenario = &read.scenario;
    let locked = scenario.departures.iter().any(|departure| is_locked(scenario, departure));
    let baseline = locked.then(|| Baseline::resolve("blake3:ba".into(), [("U1", "QR7275")], scenario));
    let eligibility = eligibility::assess(scenario, baseline.as_ref());
    let pins = forbidden_pins(&eligibility).into_iter();
    let pins = pins.map(|(position, rules)| lint::forbidden_pin(scenario, position, &rules));
    let findings = pins.chain(lint::lint(&eligibility, baseline.as_ref())).collect();
    Diagnostics::locate(text, file, findings)
}

#[test]
fn every_code_has_a_file_that_shows_it_and_nothing_else() {
    for (code, _) in CODES {
        let said = said_of(code);
        assert_eq!(said.0.len(), 1, "{code}: {said}");
        assert_eq!(said.0[0].code, code);
        assert_eq!(said.has_errors(), code.starts_with('E'));
        assert_eq!(said.0[0].severity == Severity::Warning, code.starts_with('W'));
    }
}

#[test]
fn every_file_shows_a_code() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/invalid");
    let files = std::fs::read_dir(folder).expect("the folder is there").count();
    assert!(files >= CODES.len(), "{files} files");
}

#[test]
fn every_code_has_a_section_of_the_guide() {
    let guide = String::from_utf8(crate::file("src/guide/diagnostics.md")).expect("is UTF-8");
    for (code, title) in CODES {
        assert!(guide.contains(&format!("\n## {code}: {title}\n")), "{code}: {title}");
    }
}

#[test]
fn every_message_is_as_it_was() {
    let mut all = String::new();
    for (code, _) in CODES {
        writeln!(all, "{}\n", said_of(code)).expect("a string takes all");
    }
    let path = "tests/it/diagnostics.txt";
    if std::env::var_os("AIRBRIDGE_BLESS").is_some() {
        std::fs::write(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path), &all)
            .expect("is written");
    }
    assert_eq!(String::from_utf8_lossy(&crate::file(path)), all, "run the test with AIRBRIDGE_BLESS=1");
}

#[test]
fn the_json_form_is_that_of_the_answers() {
    let json = serde_json::to_value(said_of("E0103")).expect("has a JSON form");
    let expected = serde_json::json!([{
        "code": "E0103", "severity": "error", "file": "E0103-unknown-category.json", "line": 28, "column": 36,
        "path": "departures[1].admits_any[1]",
        "message": "departure `QR7277` admits category `siv_redy`, which the scenario does not list",
        "hint": "did you mean `siv_ready`?",
    }]);
    assert_eq!(json, expected);
}

/// Expects `text` to have mistakes, each `code path` in the order of the text.
#[track_caller]
fn mistakes(text: &str, expected: &[&str]) {
    let said = read(text.as_bytes(), "s.json").expect_err("has mistakes");
    let found: Vec<String> = said.0.iter().map(|one| format!("{} {}", one.code, one.path)).collect();
    let found: Vec<&str> = found.iter().map(|one| one.trim_end()).collect();
    assert_eq!(found, expected, "{said}");
    for one in &said.0 {
        assert!(one.line > 0 && one.column > 0 && !one.message.is_empty() && !one.hint.is_empty(), "{one}");
        let tidy = |text: &str| !text.ends_with('.') && !text.starts_with(char::is_uppercase);
        assert!(tidy(&one.message) && tidy(&one.hint), "{one}");
    }
}

/// Expects the scenario of every field to have mistakes once `from` is `to`.
#[track_caller]
fn broken(from: &str, to: &str, expected: &[&str]) {
    assert!(EVERY_FIELD.contains(from), "{from} is not in the scenario");
    mistakes(&EVERY_FIELD.replacen(from, to, 1), expected);
}

/// Expects the scenario of every field to be read once `from` is `to`.
#[track_caller]
fn accepted(from: &str, to: &str) {
    assert!(EVERY_FIELD.contains(from), "{from} is not in the scenario");
    if let Err(said) = read(EVERY_FIELD.replacen(from, to, 1).as_bytes(), "s.json") {
        panic!("{said}");
    }
}

#[test]
fn the_scenario_of_every_field_is_in_order() {
    let read = read(EVERY_FIELD.as_bytes(), "s.json").expect("is in order");
    assert_eq!(read.warnings, vec![]);
}

#[test]
fn text_that_is_no_json() {
    mistakes("", &["E0004"]);
    mistakes(" \n ", &["E0004"]);
    mistakes("nul", &["E0004"]);
    mistakes("nult", &["E0003"]);
    mistakes("{", &["E0004"]);
    mistakes("{\"format\"", &["E0004"]);
    mistakes("{\"format\": \"airb", &["E0004"]);
    mistakes("{\"format\": \"airb\\", &["E0004"]);
    mistakes("{'format': 1}", &["E0003"]);
    mistakes("{\"a\": 1,}", &["E0003"]);
    mistakes("[1 2]", &["E0003"]);
    mistakes("[1,, 2]", &["E0003"]);
    mistakes("{\"a\" 1}", &["E0003"]);
    mistakes("[01]", &["E0003"]);
    mistakes("[1.]", &["E0003"]);
    mistakes("[.5]", &["E0003"]);
    mistakes("[+1]", &["E0003"]);
    mistakes("[-]", &["E0003"]);
    mistakes("[1e]", &["E0003"]);
    mistakes("[NaN]", &["E0003"]);
    mistakes("[\"\\x\"]", &["E0003"]);
    mistakes("[\"\\ud800\"]", &["E0003"]);
    mistakes("[\"a\nb\"]", &["E0003"]);
    mistakes("\u{feff}{}", &["E0002"]);
    mistakes(&format!("{EVERY_FIELD} x"), &["E0003"]);
    mistakes(&format!("{EVERY_FIELD}{EVERY_FIELD}"), &["E0003"]);
    mistakes(&"[".repeat(10_000), &["E0005"]);
    mistakes(&"{\"a\":".repeat(10_000), &["E0005"]);
    mistakes(&EVERY_FIELD[..EVERY_FIELD.len() / 2], &["E0004"]);
}

#[test]
fn the_place_of_bad_utf_8_is_its_first_byte() {
    let said = read(b"{\n  \"name\": \"\xc3\xa9\xff\"}", "s.json").expect_err("is no UTF-8");
    assert_eq!((said.0[0].code, said.0[0].line, said.0[0].column), ("E0001", 2, 13));
    assert_eq!(read(b"\xff\xfe{", "s.json").expect_err("is no UTF-8").0[0].column, 1);
}

#[test]
fn another_type_at_the_top() {
    for text in ["[]", "1", "\"x\"", "true", "[[[]]]"] {
        mistakes(text, &["E0203"]);
    }
    mistakes("null", &["E0204"]);
    mistakes("{}", &["E0202 as_of", "E0202 format"]);
    mistakes("{\"format\": \"airbridge/plan/1\", \"x\": 1}", &["E0209 format"]);
    mistakes("{\"format\": 1, \"as_of\": \"2021-08-20T06:00:00Z\"}", &["E0203 format"]);
}

#[test]
fn types_and_fields() {
    broken("\"seats\": 180", "\"seats\": \"x\"", &["E0203 departures[0].seats"]);
    broken("\"seats\": 180", "\"seats\": [180]", &["E0203 departures[0].seats"]);
    broken("\"seats\": 180", "\"seats\": 1.5", &["E0205 departures[0].seats"]);
    broken("\"seats\": 180", "\"seats\": 180.0", &["E0205 departures[0].seats"]);
    broken("\"seats\": 180", "\"seats\": 2e2", &["E0205 departures[0].seats"]);
    broken("\"seats\": 180", "\"seats\": 1e400", &["E0205 departures[0].seats"]);
    broken(
        "\"seats\": 180",
        "\"seats\": -1",
        &["E0303 departures[0].seats", "E0403 departures[0].blocked_seats"],
    );
    broken("\"seats\": 180", "\"seats\": null", &["E0204 departures[0].seats"]);
    broken("\"seats\": 180", "\"seats\": 180, \"seats\": 180", &["E0006 departures[0].seats"]);
    broken("\"seats\": 180", "\"saets\": 180", &["E0202 departures[0].seats", "E0201 departures[0].saets"]);
    broken("\"age\": 34", "\"age\": 1e400", &["E0207 units[0].persons[0].age"]);
    broken("\"age\": 34", "\"age\": \"34\"", &["E0203 units[0].persons[0].age"]);
    broken("\"committed\": false", "\"committed\": 0", &["E0203 departures[0].committed"]);
    broken("\"kind\": \"apart\"", "\"kind\": \"apatr\"", &["E0208 links[3].kind"]);
    broken("\"kind\": \"apart\"", "\"kind\": {\"apart\": null}", &["E0203 links[3].kind"]);
    broken("{\"id\": \"TKH\"}", "[\"TKH\"]", &["E0203 places[2]"]);
    broken("\"among\": {}", "\"among\": null", &["E0204 quotas[0].among"]);
    broken("\"among\": {}", "\"among\": []", &["E0203 quotas[0].among"]);
    broken(
        "\"sponsor\": \"veterans\", \"location\"",
        "\"sponsor\": null, \"location\"",
        &["E0204 units[0].sponsor"],
    );
    broken("\"tazkira\": null", "\"passport\": null", &["E0006 units[0].persons[0].documents.passport"]);
    broken("\"tazkira\": null", "\"tazkira\": 5", &["E0203 units[0].persons[0].documents.tazkira"]);
    broken("\"DOH\": -2", "\"QR7275\": -2", &["E0006 units[0].preferences.QR7275"]);
    broken("\"DOH\": -2", "\"DOH\": null", &["E0204 units[0].preferences.DOH"]);
    broken("18446744073709551615", "18446744073709551616", &["E0206 policy.levels[11].seed"]);
    broken("18446744073709551615", "-1", &["E0206 policy.levels[11].seed"]);
    broken("\"weight\": 1", "\"weight\": -9007199254740992", &["E0206 policy.levels[3].weights[1].weight"]);
}

#[test]
fn what_is_odd_and_allowed() {
    accepted("\"seats\": 180", "\"seats\": 9007199254740000");
    accepted("\"age\": 34", "\"age\": 3.4e1");
    accepted("\"age\": 34", "\"age\": 0.0");
    accepted("\"urgency\": 4", "\"urgency\": -0");
    accepted("\"name\": \"Kabul\"", "\"n\\u0061me\": \"\\ud83d\\ude00\"");
    accepted("\"categories\": [\"us_citizen\",", "\"categories\": [\"x\", \"us_citizen\",");
    accepted("\"sponsors_only\": [\"veterans\"]", "\"sponsors_only\": [\"nobody\"]");
    accepted("\"tags\": [\"interpreter\"]", "\"tags\": [\"\", \"\"]");
    accepted("\"ready\": \"2021-08-18T00:00:00Z\"", "\"ready\": \"1999-12-31T23:59:59-12:00\"");
    accepted(
        "{\"unit\": \"U2\", \"departure\": \"QR7275\"}",
        "{\"unit\":\"U2\",\"departure\":\"TK-1\"},{\"unit\":\"U2\",\"departure\":\"TK-1\"}",
    );
}

#[test]
fn single_values() {
    broken("2021-08-20T06:00:00+04:30", "2021-08-20 06:00", &["E0301 as_of"]);
    broken("2021-08-20T06:00:00+04:30", "2021-06-31T06:00:00Z", &["E0301 as_of"]);
    broken("\"until\": \"2021-08-25\"", "\"until\": \"2021-02-29\"", &["E0302 places[1].occupied[0].until"]);
    broken(
        "\"passport\": \"2024-05-01\"",
        "\"passport\": \"\"",
        &["E0302 units[0].persons[0].documents.passport"],
    );
    broken("\"beds\": 400", "\"beds\": -400", &["E0303 places[1].beds"]);
    broken("\"budget_usd\": 500000", "\"budget_usd\": -1", &["E0303 budget_usd"]);
    broken("\"tolerance\": 1", "\"tolerance\": -1", &["E0303 policy.levels[0].tolerance"]);
    broken("0.15", "1.15", &["E0304 departures[0].cancel_probability"]);
    broken("0.85", "-0.85", &["E0304 units[0].show_probability"]);
    broken("\"max_percent\": 100", "\"max_percent\": 101", &["E0305 quotas[0].max_percent"]);
    broken("\"hours\": 6.5", "\"hours\": -6.5", &["E0306 routes[0].hours"]);
    broken("\"min_age\": 0.5", "\"min_age\": -1", &["E0306 policy.levels[0].where.min_age"]);
    broken(
        "\"sponsors_only\": [\"veterans\"]",
        "\"sponsors_only\": []",
        &["E0307 departures[0].sponsors_only"],
    );
    broken("[\"tazkira\"]", "[]", &["E0307 departures[0].documents[1]"]);
    broken("\"count\": {\"sex\": [\"f\"]}", "\"count\": {\"sex\": []}", &["E0307 quotas[0].count.sex"]);
    broken("\"tag\": [\"interpreter\"]", "\"tag\": []", &["E0307 policy.levels[0].where.tag"]);
    broken("[\"QR7275\", \"TK-1\"]", "[]", &["E0307 quotas[0].departures"]);
    broken(
        "\"seats_per_stretcher\": 9",
        "\"seats_per_stretcher\": 0",
        &["E0309 departures[0].seats_per_stretcher"],
    );
    broken(
        "\"min_vetting\": \"unverified\"",
        "\"min_vetting\": \"refused\"",
        &["E0310 policy.levels[0].where.min_vetting"],
    );
}

#[test]
fn ids_and_references() {
    broken("\"category\": \"at_risk\"", "\"category\": \"at-risk\"", &["E0103 units[0].persons[1].category"]);
    broken("\"location\": \"TKH\"", "\"location\": \"\"", &["E0101 units[1].location"]);
    broken(
        "\"from\": \"TKH\", \"to\": \"DOH\",\n",
        "\"from\": \"tkh\", \"to\": \"Q\",\n",
        &["E0101 departures[1].from", "E0101 departures[1].to"],
    );
    broken("\"id\": \"P3\"", "\"id\": \"P1\"", &["E0110 units[1].persons[0].id"]);
    broken(
        "\"id\": \"TK-1\"",
        "\"id\": \"QR7275\"",
        &["E0110 departures[1].id", "E0102 exclusions[0].departure", "E0102 quotas[0].departures[1]"],
    );
    broken(
        "\"siv_ready\", \"at_risk\"]",
        "\"siv_ready\", \"at_risk\", \"siv_ready\"]",
        &["E0110 categories[3]"],
    );
    broken("\"unit\": [\"U1\"]", "\"unit\": [\"U3\"]", &["E0104 policy.levels[0].where.unit[0]"]);
    broken("\"anchor\": \"P1\"", "\"anchor\": \"P3\"", &["E0105 units[0].anchor"]);
    broken(
        "{\"unit\": \"U2\"}",
        "{\"unit\": \"U2\", \"departure\": \"X\"}",
        &["E0102 exclusions[1].departure"],
    );
    broken(
        "\"sponsor\": \"veterans\", \"location\"",
        "\"sponsor\": \"\", \"location\"",
        &["E0107 units[0].sponsor"],
    );
}

#[test]
fn a_preference_for_a_departure_and_a_place_of_one_id_is_for_both() {
    let text = EVERY_FIELD.replace("\"TK-1\"", "\"DOH\"");
    let scenario = read(text.as_bytes(), "s.json").expect("ids of different lists may be alike").scenario;
    assert_eq!(scenario.units[0].preferences.len(), 3);
    let crossing = airbridge::scenario::DepartureIdx::new(1);
    assert_eq!(scenario.units[0].preference(crossing, scenario.departures[1].to), -2);
}

#[test]
fn values_together() {
    broken("12:00:00+03:00", "07:29:59+03:00", &["E0401 departures[0].arrives"]);
    accepted("12:00:00+03:00", "07:30:00+03:00");
    broken("05:00:00+04:30", "09:00:01+04:30", &["E0402 departures[0].reports_by"]);
    broken("\"blocked_seats\": 4", "\"blocked_seats\": 181", &["E0403 departures[0].blocked_seats"]);
    broken("\"seats\": 20,", "\"seats\": 177,", &["E0405 departures[0].allotments"]);
    accepted(
        "\"seats\": 20, \"release\": \"2021-08-21T00:00:00Z\"",
        "\"seats\": 177, \"release\": \"2021-08-20T01:30:00Z\"",
    );
    broken(
        "\"kind\": \"apart\", \"units\": [\"U1\", \"U2\"]",
        "\"kind\": \"apart\", \"units\": []",
        &["E0406 links[3].units"],
    );
    broken(
        "\"kind\": \"apart\", \"units\": [\"U1\", \"U2\"]",
        "\"kind\": \"apart\", \"units\": [\"U1\", \"U1\"]",
        &["E0407 links[3].units[1]"],
    );
}

#[test]
fn the_policy() {
    let seats = "{\"name\": \"seats\", \"maximize\": \"seats\"}";
    broken(seats, "{\"name\": \"seats\"}", &["E0501 policy.levels[1]"]);
    broken(
        seats,
        "{\"name\": \"seats\", \"maximize\": \"seats\", \"minimize\": \"cost\"}",
        &["E0501 policy.levels[1]"],
    );
    broken(seats, "{\"name\": \"units\", \"maximize\": \"seats\"}", &["E0111 policy.levels[2].name"]);
    broken(seats, "{\"name\": \"\", \"maximize\": \"seats\"}", &["E0107 policy.levels[1].name"]);
    broken(
        seats,
        "{\"name\": \"s\", \"maximize\": \"saets\", \"weights\": []}",
        &["E0208 policy.levels[1].maximize"],
    );
    broken(
        seats,
        "{\"name\": \"s\", \"maximize\": \"seats\", \"weights\": []}",
        &["E0503 policy.levels[1].weights"],
    );
    broken(
        seats,
        "{\"name\": \"s\", \"maximize\": \"seats\", \"seed\": 0}",
        &["E0504 policy.levels[1].seed"],
    );
    for measure in ["weighted", "cost", "changes", "lottery"] {
        let level = format!("{{\"name\": \"s\", \"maximize\": \"{measure}\", \"where\": {{}}}}");
        broken(seats, &level, &["E0502 policy.levels[1].where"]);
    }
    broken("{\"name\": \"changes\", \"minimize\": \"changes\"}", seats, &["E0111 policy.levels[10].name"]);
    broken(
        "{\"name\": \"changes\", \"minimize\": \"changes\"}",
        "{\"name\": \"changes\", \"minimize\": \"cost\"}",
        &["E0505 policy.levels[10].name"],
    );
}

#[test]
fn no_category_of_the_strict_policy_is_named_as_another_level() {
    let head = "{\"format\": \"airbridge/scenario/1\", \"as_of\": \"2021-08-20T06:00:00Z\", \"categories\": [\"days\", \"changes\", \"x\"]";
    mistakes(&format!("{head}}}"), &["E0506 categories[0]", "E0506 categories[1]"]);
    mistakes(&format!("{head}, \"policy\": {{}}}}"), &["E0506 categories[0]", "E0506 categories[1]"]);
    let own = format!("{head}, \"policy\": {{\"levels\": [{{\"name\": \"x\", \"maximize\": \"units\"}}]}}}}");
    assert!(read(own.as_bytes(), "s.json").is_ok());
    mistakes(&format!("{head}, \"policy\": {{\"levels\": []}}}}"), &["E0307 policy.levels"]);
}

#[test]
fn sums() {
    const MOST: &str = "9007199254740991";
    broken("\"urgency\": 4", "\"urgency\": 9007199254740992", &["E0206 units[0].urgency"]);
    accepted("\"urgency\": 4", &format!("\"urgency\": {MOST}"));
    let two = EVERY_FIELD
        .replace("\"urgency\": 4", &format!("\"urgency\": {MOST}"))
        .replace("\"location\": \"TKH\"", "\"location\": \"TKH\", \"urgency\": 1");
    mistakes(&two, &["E0601 policy.levels[4]"]);
    broken("\"min_load\": 50", &format!("\"min_load\": {MOST}"), &["E0602 departures[0].min_load"]);
    broken("\"payload_kg\": 18000", &format!("\"payload_kg\": {MOST}"), &["E0602 departures[0].payload_kg"]);
    broken("\"seats\": 40", &format!("\"seats\": {MOST}"), &["E0602 departures[1].seats"]);
    accepted("\"extra_seats\": 1", &format!("\"extra_seats\": {MOST}"));
    accepted("\"seats_per_stretcher\": 9", &format!("\"seats_per_stretcher\": {MOST}"));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = EVERY_FIELD
        .replace("\"urgency\": 4", "\"urgency\": \"high\"")
        .replace("\"location\": \"TKH\"", "\"location\": \"XXX\"")
        .replace("[\"U2\", \"U1\"]", "[\"U2\", \"U1\", \"YYY\"]")
        .replace("\"min_percent\": 30", "\"min_percent\": 130")
        .replace("\"bag_kg\": 20", "\"bag_kg\": 20, \"bag\": 1");
    mistakes(
        &text,
        &[
            "E0201 departures[0].bag",
            "E0203 units[0].urgency",
            "E0101 units[1].location",
            "E0104 links[1].units[2]",
            "E0305 quotas[0].min_percent",
        ],
    );
}

#[test]
fn one_mistake_is_not_told_as_many() {
    broken(
        "\"categories\": [\"us_citizen\", \"siv_ready\", \"at_risk\"]",
        "\"categories\": 3",
        &["E0203 categories"],
    );
    broken("{\"id\": \"KBL\", \"name\": \"Kabul\", \"country\": \"AFG\"}", "7", &["E0203 places[0]"]);
    broken("\"id\": \"U2\"", "\"id\": 2", &["E0203 units[1].id"]);
    broken("\"departs\": \"2021-08-21T09:00:00+04:30\"", "\"departs\": 9", &["E0203 departures[0].departs"]);
    broken("\"id\": \"P1\"", "\"id\": null", &["E0204 units[0].persons[0].id"]);
}

/// A valid plan.
pub(crate) const PLAN: &str = r#"{
  "format": "airbridge/plan/1", "scenario": {"name": "s", "digest": "blake3:0"}, "status": "optimal",
  "levels": [{"name": "all", "sense": "maximize", "value": 3, "best": 3, "bound": 3, "proven": true, "proof": "certified"}],
  "assignments": [{"unit": "U1", "departure": "D1"}],
  "unseated": [{"unit": "U2", "reason": {"kind": "never_possible", "rules": {"movement": 2},
    "smallest_change": {"departure": "D1", "rules": ["movement"]}}}],
  "departures": [{"departure": "D1", "persons": 3, "seats": 3, "lap_infants": 0, "wheelchairs": 0, "stretchers": 0,
    "mass_kg": 300, "below_vetting": 0, "by_category": [{"category": "x", "persons": 3}], "limits": {"seats": 5}}],
  "certificate": [{"level": null, "bound": -1, "denominator": "18446744073709551616",
    "prices": [{"row": "unit", "unit": "U1", "numerator": -3}]}]
}"#;

/// Expects the plan to have mistakes once `from` is `to`.
#[track_caller]
fn broken_plan(from: &str, to: &str, expected: &[&str]) {
    assert!(PLAN.contains(from), "{from} is not in the plan");
    let said = read_plan(PLAN.replacen(from, to, 1).as_bytes(), "p.json").expect_err("has mistakes");
    let found: Vec<String> = said.0.iter().map(|one| format!("{} {}", one.code, one.path)).collect();
    assert_eq!(found, expected, "{said}");
}

#[test]
fn plans_are_read_as_strictly() {
    let plan = read_plan(PLAN.as_bytes(), "p.json").expect("is in order");
    assert_eq!(read_plan(plan.to_json().as_bytes(), "p.json"), Ok(plan));
    broken_plan("\"level\": null, ", "", &["E0202 certificate[0].level"]);
    broken_plan("\"level\": null", "\"level\": 1", &["E0203 certificate[0].level"]);
    broken_plan("\"best\": 3", "\"best\": null", &["E0204 levels[0].best"]);
    broken_plan("\"best\": 3", "\"best\": 3.0", &["E0205 levels[0].best"]);
    broken_plan(
        "\"numerator\": -3",
        "\"numerator\": 9007199254740992",
        &["E0206 certificate[0].prices[0].numerator"],
    );
    broken_plan("\"numerator\": -3", "\"numerator\": \"0x3\"", &["E0205 certificate[0].prices[0].numerator"]);
    broken_plan("\"numerator\": -3", "\"numerator\": true", &["E0203 certificate[0].prices[0].numerator"]);
    broken_plan("\"row\": \"unit\"", "\"row\": \"units\"", &["E0208 certificate[0].prices[0].row"]);
    broken_plan("airbridge/plan/1", "airbridge/plan/2", &["E0209 format"]);
    broken_plan(
        "\"status\": \"optimal\",",
        "\"status\": \"best\", \"by\": 1,",
        &["E0208 status", "E0201 by"],
    );
    broken_plan(
        "\"digest\": \"blake3:0\"",
        "\"digset\": 1",
        &["E0202 scenario.digest", "E0201 scenario.digset"],
    );
    broken_plan(
        "\"movement\": 2",
        "\"movement\": 2, \"movement\": 2",
        &["E0006 unseated[0].reason.rules.movement"],
    );
    broken_plan("\"movement\": 2", "\"walking\": 2", &["E0201 unseated[0].reason.rules.walking"]);
}

#[test]
fn a_proof_of_a_hundred_splits_is_read() {
    let leaf = r#"{"denominator": 1, "prices": []}"#;
    let split = r#""split": {"columns": [{"departure": "D1"}], "at_most": 0}"#;
    let nested = |depth| {
        (1..depth).fold(leaf.to_owned(), |low, _| format!("{{{split}, \"low\": {low}, \"high\": {leaf}}}"))
    };
    let plan = |depth| {
        let entry = format!(
            "{{\"level\": \"all\", \"bound\": 3, {split}, \"low\": {}, \"high\": {leaf}}}",
            nested(depth)
        );
        PLAN.replace(
            &PLAN[PLAN.find("[{\"level\"").expect("is there")..=PLAN.rfind(']').expect("is there")],
            &format!("[{entry}]"),
        )
    };
    assert!(read_plan(plan(100).as_bytes(), "p.json").is_ok());
    let said = read_plan(plan(10_000).as_bytes(), "p.json").expect_err("is too deep");
    assert_eq!(said.0[0].code, "E0005");
}

#[test]
fn of_a_baseline_only_the_assignments_count() {
    let one = |text: &str| read_baseline(text.as_bytes(), "b.json");
    let pairs = vec![("U1".to_owned(), "D1".to_owned())];
    assert_eq!(one(PLAN), Ok(pairs.clone()));
    let odd = format!(
        "{{\"x\": {}{}, \"levels\": null, \"format\": \"airbridge/plan/1\", \"assignments\": [{{\"unit\": \"U1\", \"departure\": \"D1\"}}]}}",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    assert_eq!(one(&odd), Ok(pairs));
    let codes =
        |text: &str| one(text).expect_err("has mistakes").0.iter().map(|one| one.code).collect::<Vec<_>>();
    assert_eq!(codes("{\"format\": \"airbridge/plan/1\"}"), ["E0202"]);
    assert_eq!(codes("{\"format\": \"airbridge/scenario/1\", \"assignments\": []}"), ["E0209"]);
    assert_eq!(
        codes("{\"format\": \"airbridge/plan/1\", \"assignments\": [{\"unit\": 1}]}"),
        ["E0202", "E0203"]
    );
}

/// Reads `text` as each kind of file; what matters is that this ends.
fn read_as_anything(text: &[u8]) {
    let said =
        [read(text, "s.json").err(), read_plan(text, "p.json").err(), read_baseline(text, "b.json").err()];
    for said in said.iter().flatten() {
        assert!(!said.0.is_empty() && said.0.iter().all(|one| one.line > 0 && one.column > 0), "{said}");
    }
}

/// `-0` is the integer 0 in the format, and a float to serde.
fn unsigned_nought(text: &str) -> String {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E'));
    let mut parts = text.split("-0");
    let mut written = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        let alone = ends(rest) && written.ends_with([' ', ':', '[', ',']);
        written.push_str(if alone { "0" } else { "-0" });
        written.push_str(rest);
    }
    written
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_json_never_panics(changes in changes()) {
        read_as_anything(mutated(EVERY_FIELD, &changes).as_bytes());
        read_as_anything(mutated(PLAN, &changes).as_bytes());
    }

    #[test]
    fn flipped_bytes_never_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = EVERY_FIELD.as_bytes().to_vec();
        let at = at.index(text.len());
        text[at] = byte;
        read_as_anything(&text);
    }

    #[test]
    fn what_is_written_is_read_again(changes in changes()) {
        let text = mutated(EVERY_FIELD, &changes);
        if let Ok(written) = serde_json::from_str::<format::Scenario>(&text) {
            let again = serde_json::from_str::<format::Scenario>(&written.to_json());
            prop_assert_eq!(again.expect("is read again"), written);
        }
    }

    #[test]
    fn a_scenario_is_the_same_however_it_is_written(changes in changes()) {
        let text = mutated(EVERY_FIELD, &changes);
        if let Ok(first) = read(text.as_bytes(), "s.json") {
            let written = serde_json::from_str::<format::Scenario>(&unsigned_nought(&text)).expect("is read");
            let again = read(written.to_json().as_bytes(), "s.json").expect("is read again");
            prop_assert_eq!(first.scenario, again.scenario);
        }
    }
}

//! `change` and JSON Patches: what is asked for is done, and nothing else is touched.

use airbridge::change::{
    Changed, Edit, Operation, change, difference, patched, read_patch, seconds_of_hours,
};
use airbridge::scenario::read::read;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{edited, scenario, story, without};
use crate::random::scenarios;

/// The document after the patch, both as values.
#[track_caller]
fn patches(document: &str, patch: &str, expected: &str) {
    let patch = read_patch(patch.as_bytes()).expect("a patch");
    let text = patched(document, &patch).unwrap_or_else(|error| panic!("{error}"));
    let value = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    assert_eq!(value(&text), value(expected));
}

#[track_caller]
fn refuses(document: &str, patch: &str, message: &str) {
    let refused = read_patch(patch.as_bytes()).and_then(|patch| patched(document, &patch));
    assert_eq!(refused.expect_err("it is refused").to_string(), message);
}

/// The examples of RFC 6902, appendix A.
#[test]
fn the_examples_of_the_rfc_come_out_as_it_says() {
    patches(
        r#"{"foo":"bar"}"#,
        r#"[{"op":"add","path":"/baz","value":"qux"}]"#,
        r#"{"baz":"qux","foo":"bar"}"#,
    );
    patches(
        r#"{"foo":["bar","baz"]}"#,
        r#"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
        r#"{"foo":["bar","qux","baz"]}"#,
    );
    patches(r#"{"baz":"qux","foo":"bar"}"#, r#"[{"op":"remove","path":"/baz"}]"#, r#"{"foo":"bar"}"#);
    patches(
        r#"{"foo":["bar","qux","baz"]}"#,
        r#"[{"op":"remove","path":"/foo/1"}]"#,
        r#"{"foo":["bar","baz"]}"#,
    );
    patches(
        r#"{"baz":"qux","foo":"bar"}"#,
        r#"[{"op":"replace","path":"/baz","value":"boo"}]"#,
        r#"{"baz":"boo","foo":"bar"}"#,
    );
    patches(
        r#"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
        r#"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
        r#"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#,
    );
    patches(
        r#"{"foo":["all","grass","cows","eat"]}"#,
        r#"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
        r#"{"foo":["all","cows","eat","grass"]}"#,
    );
    patches(
        r#"{"baz":"qux","foo":["a",2,"c"]}"#,
        r#"[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2.0}]"#,
        r#"{"baz":"qux","foo":["a",2,"c"]}"#,
    );
    patches(
        r#"{"foo":"bar"}"#,
        r#"[{"op":"add","path":"/child","value":{"grandchild":{}},"xyz":123}]"#,
        r#"{"foo":"bar","child":{"grandchild":{}}}"#,
    );
    patches(
        r#"{"foo":["bar"]}"#,
        r#"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#,
        r#"{"foo":["bar",["abc","def"]]}"#,
    );
    patches(r#"{"/":9,"~1":10}"#, r#"[{"op":"test","path":"/~01","value":10}]"#, r#"{"/":9,"~1":10}"#);
    patches(r#"{"a":{}}"#, r#"[{"op":"add","path":"/a/b","value":null}]"#, r#"{"a":{"b":null}}"#);
    patches(
        r#"{"a":1}"#,
        r#"[{"op":"copy","from":"/a","path":"/b"},{"op":"add","path":"","value":[]}]"#,
        "[]",
    );
}

#[test]
fn what_a_patch_does_not_find_is_said() {
    let foo = r#"{"foo":"bar"}"#;
    let at_baz = "operation 0 of the patch: nothing stands at `/baz/bat`";
    refuses(foo, r#"[{"op":"add","path":"/baz/bat","value":"qux"}]"#, at_baz);
    refuses(foo, r#"[{"op":"remove","path":"/baz"}]"#, "operation 0 of the patch: nothing stands at `/baz`");
    let another = "operation 1 of the patch: another value stands at `/foo`";
    refuses(
        foo,
        r#"[{"op":"test","path":"/foo","value":"bar"},{"op":"test","path":"/foo","value":1}]"#,
        another,
    );
    refuses(
        r#"{"foo":[1]}"#,
        r#"[{"op":"add","path":"/foo/01","value":2}]"#,
        "operation 0 of the patch: there is no place at `/foo/01`",
    );
    refuses(foo, r#"[{"op":"remove","path":"foo"}]"#, "operation 0 of the patch: `foo` is no JSON Pointer");
    let lacks = "operation 0 of the patch lacks what its `op` asks for, or has another `op` than RFC 6902";
    refuses(foo, r#"[{"op":"add","path":"/a"}]"#, lacks);
    refuses(foo, r#"[{"op":"secret","path":"/a"}]"#, lacks);
    let no_list = "the patch is not a JSON Patch: it is not a list of objects with `op` and `path` (line 1)";
    refuses(foo, r#"{"op":"add"}"#, no_list);
    refuses("{", "[]", "the document is not JSON");
}

/// Order, numbers and layout of everything else are those of the text.
#[test]
fn what_is_not_touched_stays_as_it_is_written() {
    let text = "{\n  \"z\": 0.10,\n  \"list\": [\n    {\"id\": 1e2},\n    {\"id\": 2}\n  ],\n  \"seed\": 18446744073709551615,\n  \"a\": [ ]\n}\n";
    let patch = [
        Operation::replace("/list/1/id", &json!(3)),
        Operation::add("/list/-", &json!({"id": 4})),
        Operation::add("/b", &json!(0.1)),
        Operation::add("/a/-", &json!(u64::MAX)),
    ];
    let after = "{\n  \"z\": 0.10,\n  \"list\": [\n    {\"id\": 1e2},\n    {\"id\": 3},\n    {\"id\":4}\n  ],\n  \"seed\": 18446744073709551615,\n  \"a\": [18446744073709551615],\n  \"b\": 0.1\n}\n";
    assert_eq!(patched(text, &patch).expect("it applies"), after);
    assert_eq!(patched(text, &[]).expect("it applies"), text);
}

fn text_of(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON") + "\n"
}

/// The scenario after the edits, as a value; the patch that is given says the same.
#[track_caller]
fn changed(before: &Value, edits: &[Edit]) -> Value {
    let text = text_of(before);
    let Changed { text: after, patch, .. } = change(&text, edits).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(patched(&text, &patch).as_deref(), Ok(after.as_str()));
    serde_json::from_str(&after).expect("JSON")
}

#[track_caller]
fn lines(before: &Value, after: &Value) -> Vec<String> {
    difference(&text_of(before), &text_of(after)).iter().map(ToString::to_string).collect()
}

fn id(id: &str) -> String {
    id.to_owned()
}

/// The story with a tie of three, pins and what else names `U1`.
fn tied() -> Value {
    edited(
        &story(),
        &[
            (
                "/links",
                json!([{"kind": "apart", "units": ["U1", "U2"]}, {"kind": "at_most_one", "units": ["U1", "U2", "U3"]}]),
            ),
            ("/pins", json!([{"unit": "U1", "departure": "D1"}, {"unit": "U2", "departure": "D2"}])),
            ("/exclusions", json!([{"unit": "U1"}, {"unit": "U3", "departure": "D2"}])),
            (
                "/quotas",
                json!([{"name": "one", "count": {"unit": ["U1"]}, "max": 9},
                       {"name": "two", "count": {}, "among": {"unit": ["U1", "U3"]}, "min_percent": 1}]),
            ),
            (
                "/policy",
                json!({"levels": [{"name": "a", "maximize": "persons", "where": {"unit": ["U1"]}},
                                  {"name": "b", "maximize": "weighted", "weights": [
                                      {"where": {"unit": ["U1"]}, "weight": 2}, {"weight": 1}]}]}),
            ),
        ],
    )
}

#[test]
fn a_departure_is_cancelled_resized_delayed_and_released() {
    let before = edited(
        &story(),
        &[
            ("/departures/0/manifest_closes", json!("2021-10-10T06:30:00+04:30")),
            (
                "/departures/0/allotments",
                json!([{"sponsor": "s1", "seats": 2}, {"sponsor": "s2", "seats": 1, "release": "2021-10-08T00:00:00Z"}]),
            ),
        ],
    );
    let edits = [
        Edit::Cancel(id("D2")),
        Edit::Seats(id("D1"), 9),
        Edit::Delay(id("D1"), 5400),
        Edit::Release(id("D1")),
    ];
    let expected = edited(
        &before,
        &[
            ("/departures/1/cancelled", json!(true)),
            ("/departures/0/seats", json!(9)),
            ("/departures/0/departs", json!("2021-10-10T11:30:00Z")),
            ("/departures/0/manifest_closes", json!("2021-10-10T08:00:00+04:30")),
            ("/departures/0/allotments/0/release", json!("2021-10-09T00:00:00Z")),
        ],
    );
    assert_eq!(changed(&before, &edits), expected);
    assert_eq!(
        lines(&before, &expected),
        [
            "departure `D1` allotments[0].release: absent -> 2021-10-09T00:00:00Z",
            "departure `D1` departs: 2021-10-10T10:00:00Z -> 2021-10-10T11:30:00Z",
            "departure `D1` manifest_closes: 2021-10-10T06:30:00+04:30 -> 2021-10-10T08:00:00+04:30",
            "departure `D1` seats: 10 -> 9",
            "departure `D2` cancelled: absent -> true",
        ]
    );
}

#[test]
fn a_unit_that_is_withdrawn_is_named_nowhere() {
    let after = changed(&tied(), &[Edit::Withdraw(id("U1"))]);
    assert!(!after.to_string().contains("\"U1\""), "{after:#}");
    scenario(&after);
    assert_eq!(after["links"], json!([{"kind": "at_most_one", "units": ["U2", "U3"]}]));
    assert_eq!(after["quotas"].as_array().map(Vec::len), Some(1));
    assert_eq!(after["policy"]["levels"].as_array().map(Vec::len), Some(1));
    let told = lines(&tied(), &after);
    for line in [
        "unit `U1`: taken out, 5 persons",
        "pin unit `U1` departure `D1`: taken out, an object",
        "quota `one`: taken out, an object",
        "link kind `apart` `U1` `U2`: taken out, an object",
    ] {
        assert!(told.contains(&line.to_owned()), "{line} in {told:#?}");
    }
    let alone = edited(
        &story(),
        &[("/policy", json!({"levels": [{"name": "a", "maximize": "persons", "where": {"unit": ["U1"]}}]}))],
    );
    let refused = change(&text_of(&alone), &[Edit::Withdraw(id("U1"))]).expect_err("no level is left");
    assert!(refused.to_string().contains("--policy"), "{refused}");
}

#[test]
fn a_unit_has_one_pin_and_each_exclusion_once() {
    let edits = [
        Edit::Pin(id("U2"), id("D1")),
        Edit::Pin(id("U1"), id("D1")),
        Edit::Exclude(id("U1"), None),
        Edit::Exclude(id("U3"), Some(id("D1"))),
    ];
    let after = changed(&tied(), &edits);
    assert_eq!(after["pins"], json!([{"unit": "U1", "departure": "D1"}, {"unit": "U2", "departure": "D1"}]));
    let exclusions =
        json!([{"unit": "U1"}, {"unit": "U3", "departure": "D2"}, {"unit": "U3", "departure": "D1"}]);
    assert_eq!(after["exclusions"], exclusions);
    let bare = without(&without(&tied(), "/pins"), "/exclusions");
    let after = changed(&bare, &edits[..1]);
    assert_eq!(after["pins"], json!([{"unit": "U2", "departure": "D1"}]));
}

#[test]
fn moment_and_policy_are_put_in_place() {
    let policy = json!({"levels": [{"name": "p", "maximize": "persons"}]});
    for file in [policy.clone(), json!({"policy": policy})] {
        let edits = [Edit::AsOf(id("2021-10-09T12:00:00+04:30")), Edit::Policy(file.to_string())];
        let after = changed(&story(), &edits);
        assert_eq!((&after["as_of"], &after["policy"]), (&json!("2021-10-09T12:00:00+04:30"), &policy));
    }
}

#[track_caller]
fn is_refused(edit: Edit, message: &str) {
    assert_eq!(change(&text_of(&story()), &[edit]).expect_err("it is refused").to_string(), message);
}

#[test]
fn what_is_not_there_cannot_be_changed() {
    is_refused(Edit::Cancel(id("D3")), "the scenario has no departure `D3`: did you mean `D1`?");
    is_refused(Edit::Withdraw(id("nobody")), "the scenario has no unit `nobody`");
    is_refused(Edit::Pin(id("U1"), id("D")), "the scenario has no departure `D`: did you mean `D1`?");
    is_refused(Edit::Exclude(id("U1"), Some(id("X9"))), "the scenario has no departure `X9`");
    is_refused(
        Edit::AsOf(id("midnight")),
        "`midnight` is not an instant: write RFC 3339 with an offset, as in `2021-10-08T06:00:00+04:30`",
    );
    is_refused(Edit::Policy(id("[]")), "the policy file is not a JSON object");
    let patch = Edit::Patch(vec![Operation::remove("/departures/7")]);
    is_refused(patch, "operation 0 of the patch: nothing stands at `/departures/7`");
}

#[test]
fn hours_are_taken_as_the_format_takes_them() {
    for (hours, seconds) in [
        ("6", Some(21600)),
        ("1.5", Some(5400)),
        ("-0.5", Some(-1800)),
        ("0.0001", Some(0)),
        ("0.00014", Some(1)),
    ] {
        assert_eq!(seconds_of_hours(hours), seconds, "{hours}");
    }
    for hours in ["", "x", "1e3", "1,5", "--1", ".", "99999999999999"] {
        assert_eq!(seconds_of_hours(hours), None, "{hours}");
    }
}

/// What the difference says holds no secret of the file.
#[test]
fn the_difference_shows_no_word_that_may_be_a_name() {
    let before = edited(&story(), &[("/description", json!("Ahmad")), ("/places/0/name", json!("Ahmad"))]);
    let after = edited(
        &before,
        &[
            ("/description", json!("Ahmad Shah")),
            ("/places/0/name", json!("Shah")),
            ("/units/1/persons/0/tags", json!(["Shah"])),
            ("/units/1/persons/0/documents", json!({"Shah": null})),
        ],
    );
    let told = lines(&before, &after);
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told.iter().all(|line| !line.contains("Shah") && !line.contains("Ahmad")), "{told:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every scenario without one of its units is a scenario, and nothing else is touched.
    #[test]
    fn withdrawing_leaves_a_scenario_in_order(random in scenarios(), u in any::<prop::sample::Index>()) {
        let units = random.scenario["units"].as_array().expect("a list");
        let unit = units[u.index(units.len())]["id"].as_str().expect("an id").to_owned();
        let after = changed(&random.scenario, &[Edit::Withdraw(unit.clone())]);
        let text = text_of(&after);
        prop_assert!(read(text.as_bytes(), "after.json").is_ok());
        prop_assert_eq!(&after["departures"], &random.scenario["departures"]);
        prop_assert_eq!(after["units"].as_array().map(Vec::len), Some(units.len() - 1));
        let quoted = format!("\"{unit}\"");
        prop_assert!(!text.contains(&quoted));
    }
}

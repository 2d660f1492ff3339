//! A name that stands in a wrong place of a file is in no message: only ids, references and unknown keys are.

use airbridge::scenario::read::read;
use serde_json::Value;

const CANARY: &str = "Kanaria Gelbfeder";

/// Where an id or a reference stands, by the last key of the path: these are pseudonyms, and are shown.
const SHOWN: [&str; 15] = [
    "id",
    "categories",
    "category",
    "from",
    "to",
    "location",
    "unit",
    "units",
    "departure",
    "departures",
    "admits_any",
    "admits_all",
    "sponsors_only",
    "sponsor",
    "anchor",
];

/// Everything that is said of `text`.
fn said(text: &str) -> String {
    match read(text.as_bytes(), "s.json") {
        Ok(read) => format!("{:?}", read.warnings),
        Err(diagnostics) => {
            format!("{diagnostics}\n{}", serde_json::to_string(&diagnostics).expect("has a JSON form"))
        }
    }
}

/// The JSON pointers of all that lies in `value`.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    let members = value.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value));
    let elements =
        value.as_array().into_iter().flatten().enumerate().map(|(i, value)| (i.to_string(), value));
    for (step, inner) in members.chain(elements) {
        let at = format!("{at}/{step}");
        all.push(at.clone());
        pointers(inner, &at, all);
    }
}

fn is_shown(pointer: &str) -> bool {
    let key = pointer.rsplit('/').find(|step| step.parse::<usize>().is_err()).unwrap_or_default();
    SHOWN.contains(&key) && !pointer.contains("closed")
}

#[track_caller]
fn stays_out(pointer: &str, planted: &Value) {
    let mut scenario: Value = serde_json::from_str(crate::EVERY_FIELD).expect("is JSON");
    *scenario.pointer_mut(pointer).expect("is there") = planted.clone();
    let said = said(&scenario.to_string());
    assert!(!said.contains("Gelbfeder"), "{pointer}: {said}");
}

#[test]
fn a_name_in_any_field_is_in_no_message() {
    let scenario: Value = serde_json::from_str(crate::EVERY_FIELD).expect("is JSON");
    let mut all = Vec::new();
    pointers(&scenario, "", &mut all);
    assert!(all.len() > 200);
    for pointer in all.iter().filter(|pointer| !is_shown(pointer)) {
        stays_out(pointer, &CANARY.into());
        stays_out(pointer, &serde_json::json!([CANARY]));
    }
    stays_out("", &CANARY.into());
    stays_out("", &serde_json::json!([CANARY]));
}

#[test]
fn a_name_as_a_number_is_in_no_message_even_where_ids_are() {
    for pointer in ["/units/0/id", "/units/0/location", "/departures/0/admits_any/0", "/links/0/units/1"] {
        stays_out(pointer, &serde_json::json!({"first": CANARY}));
        stays_out(pointer, &serde_json::json!([CANARY]));
    }
}

/// What is told of a change, wherever the file is still in order; a quota's name is its id.
#[test]
fn a_name_in_any_field_is_in_no_difference() {
    let scenario: Value = serde_json::from_str(crate::EVERY_FIELD).expect("is JSON");
    let mut all = Vec::new();
    pointers(&scenario, "", &mut all);
    let mut told = 0;
    for pointer in all.iter().filter(|pointer| !is_shown(pointer) && !pointer.starts_with("/quotas/0/name")) {
        let mut after = scenario.clone();
        *after.pointer_mut(pointer).expect("is there") = CANARY.into();
        if read(after.to_string().as_bytes(), "s.json").is_err() {
            continue;
        }
        let difference = airbridge::change::difference(&scenario.to_string(), &after.to_string());
        let lines: Vec<String> = difference.iter().map(ToString::to_string).collect();
        let document = serde_json::to_string(&difference).expect("has a JSON form");
        assert!(!lines.is_empty() && !lines.join("\n").contains("Gelbfeder"), "{pointer}: {lines:?}");
        assert!(!document.contains("Gelbfeder"), "{pointer}: {document}");
        told += 1;
    }
    assert!(told > 5, "{told}");
}

#[test]
fn an_unknown_key_and_a_reference_are_shown() {
    let text = crate::EVERY_FIELD
        .replace("\"urgency\": 4", "\"urgnecy\": 4")
        .replace(r#"["U2", "U1"]"#, r#"["U2", "U7"]"#);
    let said = said(&text);
    assert!(said.contains("unknown field `urgnecy`") && said.contains("unit `U7`"), "{said}");
}

#[test]
fn an_id_cannot_disturb_a_terminal() {
    let odd = "U\\u001b[31m`\\u202e\\u0007\\n";
    let text =
        crate::EVERY_FIELD.replace(r#"["U2", "U1"]"#, &format!(r#"["U2", "{odd}{}"]"#, "x".repeat(300)));
    let said = said(&text);
    assert!(said.contains("E0104") && said.contains("xxx…`"), "{said}");
    let disturbing = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!said.contains(disturbing) && !said.contains(&"x".repeat(41)), "{said}");
}

#[test]
fn an_unknown_key_cannot_disturb_a_terminal() {
    let text = crate::EVERY_FIELD.replace("\"urgency\": 4", "\"\\u001b]0;x\\u0007\": 4");
    assert!(!said(&text).contains(|c: char| c != '\n' && c.is_control()));
}

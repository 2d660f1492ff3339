//! The JSON Schemas in `scenarios/` are the types', and mean what the readers mean.

use serde_json::Value;

#[track_caller]
fn is_shipped(path: &str, generated: &Value) {
    let text = format!("{}\n", serde_json::to_string_pretty(generated).expect("a schema has a JSON form"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path), &text)
            .expect("is written");
    }
    assert_eq!(String::from_utf8_lossy(&crate::file(path)), text, "{path}: run the test with BLESS=1");
}

#[test]
fn the_shipped_schemas_are_those_of_the_types() {
    is_shipped("scenarios/scenario.schema.json", &airbridge::schema::scenario());
    is_shipped("scenarios/plan.schema.json", &airbridge::schema::plan());
}

#[test]
fn a_valid_scenario_obeys_the_schema() {
    let scenario: Value = serde_json::from_str(crate::EVERY_FIELD).expect("is JSON");
    assert_eq!(complaints(&airbridge::schema::scenario(), &scenario), Vec::<String>::new());
}

#[test]
fn a_valid_plan_obeys_the_schema() {
    let plan: Value = serde_json::from_str(crate::diagnostics::PLAN).expect("is JSON");
    assert_eq!(complaints(&airbridge::schema::plan(), &plan), Vec::<String>::new());
}

/// Every file below `folder`, but for those with a mistake.
fn files(folder: &std::path::Path, all: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("is readable").path();
        if path.is_dir() && !path.ends_with("invalid") {
            files(&path, all);
        } else if path.is_file() {
            all.push(path);
        }
    }
}

#[test]
fn every_shipped_scenario_and_plan_is_in_order_and_obeys_its_schema() {
    let mut all = Vec::new();
    files(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"), &mut all);
    for path in all {
        let text = std::fs::read(&path).expect("is readable");
        let value: Value = serde_json::from_slice(&text).unwrap_or_default();
        let name = path.display().to_string();
        if value["format"] == "airbridge/scenario/1" {
            assert_eq!(airbridge::scenario::read::read(&text, &name).err(), None);
            assert_eq!(complaints(&airbridge::schema::scenario(), &value), Vec::<String>::new(), "{name}");
        } else if path.ends_with("baseline.json") {
            assert_eq!(airbridge::plan::read::read_baseline(&text, &name).err(), None);
        } else if value["format"] == "airbridge/plan/1" {
            assert_eq!(airbridge::plan::read::read_plan(&text, &name).err(), None);
            assert_eq!(complaints(&airbridge::schema::plan(), &value), Vec::<String>::new(), "{name}");
        }
    }
}

#[test]
fn every_field_of_the_schema_is_in_the_scenario_of_every_field() {
    let schema = airbridge::schema::scenario();
    let named = schema["$defs"].as_object().into_iter().flatten().map(|(_, schema)| schema);
    for shape in named.chain([&schema]) {
        for (field, _) in shape["properties"].as_object().into_iter().flatten() {
            assert!(crate::EVERY_FIELD.contains(&format!("\"{field}\":")), "{field} is nowhere in it");
        }
    }
}

/// Codes whose mistake a schema can see.
const VISIBLE: [&str; 20] = [
    "E0107", "E0201", "E0202", "E0203", "E0204", "E0205", "E0206", "E0208", "E0209", "E0303", "E0304",
    "E0305", "E0306", "E0307", "E0308", "E0309", "E0310", "E0406", "E0301", "E0302",
];

#[test]
fn what_a_schema_can_see_it_refuses() {
    let schema = airbridge::schema::scenario();
    for code in VISIBLE {
        let text = crate::diagnostics::invalid(code).1;
        let scenario: Value = serde_json::from_slice(&text).expect("is JSON");
        // Formats are annotations in JSON Schema, and 180.0 is an integer to it.
        let by_format = matches!(code, "E0301" | "E0302" | "E0205");
        assert_eq!(complaints(&schema, &scenario).is_empty(), by_format, "{code}");
    }
}

/// What a JSON Schema says against a value: the keywords that ours use, any other is a complaint.
fn complaints(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    judge(schema, schema, value, "$", &mut found);
    found
}

fn judge(root: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let Some(keywords) = schema.as_object() else { return };
    for (keyword, wanted) in keywords {
        let holds = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" | "format" | "pattern" | "required" => {
                true
            }
            "$ref" => {
                let target = root.pointer(&wanted.as_str().expect("a reference")[1..]).expect("is defined");
                judge(root, target, value, path, found);
                true
            }
            "type" => is_type(wanted.as_str().expect("one type"), value),
            "const" => wanted == value,
            "enum" => wanted.as_array().is_some_and(|words| words.contains(value)),
            "minimum" => value.as_f64() >= wanted.as_f64(),
            "maximum" => value.as_f64() <= wanted.as_f64(),
            "minLength" => value.as_str().map(str::len) >= Some(1),
            "minItems" => {
                value.as_array().map(Vec::len) >= wanted.as_u64().and_then(|least| least.try_into().ok())
            }
            "items" => {
                for (i, element) in value.as_array().into_iter().flatten().enumerate() {
                    judge(root, wanted, element, &format!("{path}[{i}]"), found);
                }
                true
            }
            "properties" | "additionalProperties" => {
                members(root, schema, value, path, keyword, found);
                true
            }
            "oneOf" | "anyOf" => wanted.as_array().into_iter().flatten().any(|one| {
                let mut against = Vec::new();
                judge(root, one, value, path, &mut against);
                against.is_empty()
            }),
            _ => false,
        };
        if !holds {
            found.push(format!("{path}: {keyword}"));
        }
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().expect("a name")).is_none() {
            found.push(format!("{path}: lacks {name}"));
        }
    }
}

fn members(root: &Value, schema: &Value, value: &Value, path: &str, keyword: &str, found: &mut Vec<String>) {
    for (key, member) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{key}");
        match (schema["properties"].get(key), keyword) {
            (Some(property), "properties") => judge(root, property, member, &path, found),
            (None, "additionalProperties") if schema[keyword] == false => {
                found.push(format!("{path}: unknown"));
            }
            (None, "additionalProperties") => judge(root, &schema[keyword], member, &path, found),
            _ => {}
        }
    }
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => false,
    }
}

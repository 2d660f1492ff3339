//! The JSON Schemas of the two file formats, from the types that read them.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use crate::certificate::SAFE_INTEGER;

/// The JSON Schema of a scenario file.
#[must_use]
pub fn scenario() -> Value {
    schema::<crate::scenario::format::Scenario>("airbridge scenario, version 1")
}

/// The JSON Schema of a plan file.
#[must_use]
pub fn plan() -> Value {
    schema::<crate::plan::Plan>("airbridge plan, version 1")
}

fn schema<T: JsonSchema>(title: &str) -> Value {
    let generator = SchemaSettings::draft2020_12().with_transform(AsTheFormatsHaveIt).into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    schema.insert("title".into(), json!(title));
    schema.to_value()
}

/// What schemars cannot know: nothing absent is written as `null`, every integer is one that all JSON readers
/// hold exactly, and descriptions are not rustdoc.
#[derive(Clone, Debug)]
struct AsTheFormatsHaveIt;

impl Transform for AsTheFormatsHaveIt {
    fn transform(&mut self, schema: &mut Schema) {
        no_null(schema);
        safe_integer(schema);
        plain_description(schema);
        transform_subschemas(self, schema);
    }
}

fn no_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    let Some(Value::Array(mut any)) = schema.remove("anyOf") else { return };
    any.retain(|one| one != &json!({"type": "null"}));
    match any.as_mut_slice() {
        [Value::Object(only)] => schema.ensure_object().append(only),
        _ => {
            schema.insert("anyOf".into(), Value::Array(any));
        }
    }
}

fn safe_integer(schema: &mut Schema) {
    if schema.get("type") != Some(&json!("integer")) {
        return;
    }
    let whole = match schema.remove("format").as_ref().and_then(Value::as_str) {
        Some("uint64") => json!(u64::MAX),
        Some("uint32") => json!(u32::MAX),
        _ => json!(SAFE_INTEGER),
    };
    let object = schema.ensure_object();
    object.entry("minimum").or_insert(json!(-SAFE_INTEGER));
    object.entry("maximum").or_insert(whole);
}

fn plain_description(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace("[`", "`").replace("`]", "`").replace('\n', " ");
    }
}

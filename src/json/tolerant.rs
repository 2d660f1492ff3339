//! Reads the same serde types as [`Strict`](super::Strict), but never stops: what is wrong is reported with
//! its place, and a placeholder (0, an empty text, an empty list) stands for it.
//!
//! Which fields a struct has and what they are serde says; which of them must be there, and what they mean,
//! the JSON Schema of the type says. No table of its own could disagree with either.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::Fault;
use super::path::{OwnedStep, Path};
use super::strict::{INTEGER, NULLABLE};
use super::tree::{Kind, NodeIdx, Tree};
use crate::certificate::SAFE_INTEGER;
use crate::diagnostic::{nearest, tick};

/// Never made: the tolerant reader does not fail.
type Never = serde::de::value::Error;

/// A value with placeholders at the paths of `faults`.
#[derive(Clone, Debug)]
pub(crate) struct Tolerated<T> {
    pub(crate) value: T,
    pub(crate) faults: Vec<Fault>,
}

/// Reads what can be read of `tree`.
pub(crate) fn tolerant<T>(tree: &Tree) -> Tolerated<T>
where
    T: for<'de> serde::Deserialize<'de> + schemars::JsonSchema,
{
    let shapes = Shapes::of(&schemars::schema_for!(T));
    let reader = Reader { tree, shapes: &shapes, faults: RefCell::default(), path: RefCell::default() };
    let top = Slot { reader: &reader, node: Some(tree.root()), field: None, wanted: Wanted::AsAsked };
    let value = T::deserialize(top).expect("every hint of serde that the formats use has a placeholder");
    Tolerated { value, faults: reader.faults.into_inner() }
}

/// What the JSON Schema says of each struct, by name.
struct Shapes(FxHashMap<String, Shape>);

#[derive(Default)]
struct Shape {
    required: Vec<String>,
    closed: bool,
    meanings: FxHashMap<String, String>,
}

impl Shapes {
    fn of(schema: &schemars::Schema) -> Self {
        let named = schema.get("$defs").and_then(|defs| defs.as_object()).into_iter().flatten();
        let named = named.filter_map(|(name, schema)| Some((name.clone(), Shape::of(schema.as_object()?))));
        let title = schema.get("title").and_then(|title| title.as_str()).unwrap_or_default().to_owned();
        let top = schema.as_object().map(|schema| (title, Shape::of(schema)));
        Self(named.chain(top).collect())
    }
}

impl Shape {
    fn of(schema: &serde_json::Map<String, serde_json::Value>) -> Self {
        let required = schema.get("required").and_then(|names| names.as_array()).into_iter().flatten();
        let properties = schema.get("properties").and_then(|all| all.as_object()).into_iter().flatten();
        let meaning = |(name, schema): (&String, &serde_json::Value)| {
            Some((name.clone(), sentence(schema.get("description")?.as_str()?)))
        };
        Self {
            required: required.filter_map(|name| name.as_str().map(str::to_owned)).collect(),
            closed: schema.get("additionalProperties") == Some(&serde_json::Value::Bool(false)),
            meanings: properties.filter_map(meaning).collect(),
        }
    }
}

/// A doc comment as a hint: lower case, no full stop.
fn sentence(description: &str) -> String {
    let one_line = description.trim_end_matches('.').replace('\n', " ");
    let mut chars = one_line.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

struct Reader<'a> {
    tree: &'a Tree<'a>,
    shapes: &'a Shapes,
    faults: RefCell<Vec<Fault>>,
    path: RefCell<Path>,
}

impl Reader<'_> {
    fn within<T>(&self, step: OwnedStep, read: impl FnOnce() -> T) -> T {
        self.path.borrow_mut().0.push(step);
        let value = read();
        self.path.borrow_mut().0.pop();
        value
    }

    fn fault(&self, code: &'static str, node: NodeIdx, message: String, hint: String) {
        let place = (self.tree.offset(node), self.path.borrow().clone());
        self.faults.borrow_mut().push(Fault::error(code, place, message, hint));
    }
}

/// What a value may be beyond what serde asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    AsAsked,
    StringOrNull,
    BigInteger,
}

/// A place to be read; without a node, one where a placeholder is wanted.
#[derive(Clone, Copy)]
struct Slot<'a> {
    reader: &'a Reader<'a>,
    node: Option<NodeIdx>,
    /// The struct and the field that this value, or the list around it, belongs to.
    field: Option<(&'static str, &'static str)>,
    wanted: Wanted,
}

impl<'a> Slot<'a> {
    /// The node, if it is there and of the wanted kind; a fault if it is there and is not.
    fn expect(&self, wanted: &str, is: impl Fn(Kind) -> bool) -> Option<NodeIdx> {
        let node = self.node?;
        let kind = self.reader.tree.kind(node);
        if is(kind) {
            return Some(node);
        }
        if kind == Kind::Null {
            self.null(node, wanted);
        } else {
            self.wrong_type(node, wanted);
        }
        None
    }

    /// E0203: a value of another JSON type.
    fn wrong_type(&self, node: NodeIdx, wanted: &str) {
        let found = self.reader.tree.kind(node).noun();
        self.reader.fault("E0203", node, format!("expected {wanted}, found {found}"), self.meaning());
    }

    /// E0204: null.
    fn null(&self, node: NodeIdx, wanted: &str) {
        let message = format!("expected {wanted}, found null");
        let hint = "leave out what is not known or not wanted: null stands for nothing here".to_owned();
        self.reader.fault("E0204", node, message, hint);
    }

    /// E0205: a number that is not written as an integer.
    fn not_an_integer(&self, node: NodeIdx) {
        let message = "expected an integer, found a number with a fraction or an exponent".to_owned();
        self.reader.fault("E0205", node, message, "write it with digits alone".to_owned());
    }

    /// E0206: an integer that is too large or too small.
    fn integer_beyond(&self, node: NodeIdx, range: &str) {
        let message = format!("an integer is not within {range}");
        self.reader.fault(
            "E0206",
            node,
            message,
            "no program would read it exactly: write a smaller one".to_owned(),
        );
    }

    /// E0207: a number that 64-bit floats do not hold.
    fn number_beyond(&self, node: NodeIdx) {
        let message = "a number is too large".to_owned();
        self.reader.fault("E0207", node, message, "check its exponent".to_owned());
    }

    /// E0208: a word that is none of those allowed.
    fn unknown_word(&self, node: NodeIdx, word: &str, words: &'static [&'static str]) {
        let message = "a word that is none of those allowed here".to_owned();
        let listed: Vec<String> = words.iter().copied().map(tick).collect();
        let near = nearest(word, words.iter().copied());
        let meant = near.map_or_else(String::new, |near| format!("did you mean {}? ", tick(near)));
        self.reader.fault("E0208", node, message, format!("{meant}expected one of {}", listed.join(", ")));
    }

    fn meaning(&self) -> String {
        let meaning = self.field.and_then(|(name, field)| {
            let shape = self.reader.shapes.0.get(name)?;
            Some(format!("{}: {}", tick(field), shape.meanings.get(field)?))
        });
        meaning.unwrap_or_else(|| "see the format page".to_owned())
    }

    /// The integer within `low..=high`, or 0.
    fn integer(&self, low: i128, high: i128, range: &str) -> i128 {
        let Some(node) = self.expect("an integer", |kind| kind == Kind::Number) else { return 0 };
        let written = self.reader.tree.written(node);
        if written.contains(['.', 'e', 'E']) {
            self.not_an_integer(node);
            return 0;
        }
        match written.parse::<i128>() {
            Ok(value) if (low..=high).contains(&value) => value,
            _ => {
                self.integer_beyond(node, range);
                0
            }
        }
    }

    fn safe_integer(&self) -> i64 {
        let value = self.integer((-SAFE_INTEGER).into(), SAFE_INTEGER.into(), "-(2^53 - 1) and 2^53 - 1");
        i64::try_from(value).expect("within 2^53")
    }

    fn number(&self) -> f64 {
        let Some(node) = self.expect("a number", |kind| kind == Kind::Number) else { return 0.0 };
        let value =
            serde_json::from_str(self.reader.tree.written(node)).ok().filter(|value: &f64| value.is_finite());
        value.unwrap_or_else(|| {
            self.number_beyond(node);
            0.0
        })
    }

    fn text(&self) -> std::borrow::Cow<'a, str> {
        let node = self.expect("a string", |kind| kind == Kind::String);
        node.map_or_else(Default::default, |node| self.reader.tree.string(node))
    }

    fn string_or_null<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
        match self.expect("a string or null", |kind| matches!(kind, Kind::String | Kind::Null)) {
            Some(node) if self.reader.tree.kind(node) == Kind::String => {
                visitor.visit_str(&self.reader.tree.string(node))
            }
            _ => visitor.visit_unit(),
        }
    }

    fn big_integer<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
        match self.node.filter(|node| self.reader.tree.kind(*node) == Kind::String) {
            Some(node) if crate::certificate::is_decimal(&self.reader.tree.string(node)) => {
                visitor.visit_str(&self.reader.tree.string(node))
            }
            Some(node) => {
                self.not_a_decimal(node);
                visitor.visit_i64(0)
            }
            None => visitor.visit_i64(self.safe_integer()),
        }
    }

    fn not_a_decimal(&self, node: NodeIdx) {
        let message = "expected an integer, found a string that is not one".to_owned();
        let hint = "write an integer beyond 2^53 - 1 as a string of digits".to_owned();
        self.reader.fault("E0205", node, message, hint);
    }
}

/// Reads hints of the same kind in the same way.
macro_rules! integers {
    ($($method:ident $visit:ident $type:ty, $range:expr;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
            let value = self.integer(<$type>::MIN.into(), <$type>::MAX.into(), $range);
            visitor.$visit(<$type>::try_from(value).expect("within the range of its type"))
        })*
    };
}

impl<'de> Deserializer<'de> for Slot<'_> {
    type Error = Never;

    integers! {
        deserialize_u64 visit_u64 u64, "0 and 2^64 - 1";
        deserialize_u32 visit_u32 u32, "0 and 2^32 - 1";
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_i64(self.safe_integer())
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_f64(self.number())
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
        let node = self.expect("true or false", |kind| matches!(kind, Kind::Bool(_)));
        visitor.visit_bool(node.is_some_and(|node| self.reader.tree.kind(node) == Kind::Bool(true)))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_str(&self.text())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_str(&self.text())
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
        match self.wanted {
            Wanted::StringOrNull => self.string_or_null(visitor),
            Wanted::BigInteger => self.big_integer(visitor),
            Wanted::AsAsked => visitor.visit_unit(),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
        if self.node.is_some() { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Never> {
        let wanted = match name {
            NULLABLE => Wanted::StringOrNull,
            INTEGER => Wanted::BigInteger,
            _ => Wanted::AsAsked,
        };
        visitor.visit_newtype_struct(Self { wanted, ..self })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Never> {
        let node = self.expect("a string", |kind| kind == Kind::String);
        let word = node.and_then(|node| {
            let word = self.reader.tree.string(node);
            let known = words.iter().find(|known| **known == word);
            if known.is_none() {
                self.unknown_word(node, &word, words);
            }
            known
        });
        visitor.visit_enum(word.or(words.first()).copied().unwrap_or_default().into_deserializer())
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
        let list = self.expect("a list", |kind| kind == Kind::List);
        let elements = list.map(|list| self.reader.tree.children(list)).into_iter().flatten();
        visitor.visit_seq(Elements { slot: self, elements: elements.enumerate() })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
        let object = self.expect("an object", |kind| kind == Kind::Object);
        let members = object.map(|object| self.distinct_members(object)).unwrap_or_default();
        let members = members.into_iter().map(|(key, _, value)| (key, Some(value), self.field));
        visitor.visit_map(Members { slot: self, rest: members.collect::<Vec<_>>().into_iter(), value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Never> {
        let object = self.expect("an object", |kind| kind == Kind::Object);
        let members = self.fields_of(object, name, fields);
        visitor.visit_map(Members { slot: self, rest: members.into_iter(), value: None })
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

/// A key, its value (a placeholder where it is missing), and the field that it is.
type Member = (String, Option<NodeIdx>, Option<(&'static str, &'static str)>);

impl Slot<'_> {
    /// The members of an object, of those with one key the first.
    fn distinct_members(&self, object: NodeIdx) -> Vec<(String, NodeIdx, NodeIdx)> {
        let tree = self.reader.tree;
        let mut seen = FxHashSet::default();
        let mut distinct = Vec::new();
        for (key, value) in tree.members(object) {
            let name = tree.string(key).into_owned();
            if seen.insert(name.clone()) {
                distinct.push((name, key, value));
            } else {
                self.key_twice(key, name);
            }
        }
        distinct
    }

    /// E0006: a key stands twice in one object.
    fn key_twice(&self, key: NodeIdx, name: String) {
        let message = format!("the key {} stands twice in one object", tick(&name));
        self.reader.within(OwnedStep::Key(name), || {
            self.reader.fault("E0006", key, message, "take one of them out".to_owned());
        });
    }

    /// What serde gets of a struct: its known fields, and placeholders for those that must be there.
    fn fields_of(
        &self,
        object: Option<NodeIdx>,
        name: &'static str,
        fields: &'static [&'static str],
    ) -> Vec<Member> {
        let keys_of_a_map = Shape { closed: true, ..Shape::default() };
        let shape = self.reader.shapes.0.get(name).unwrap_or(&keys_of_a_map);
        let mut members: Vec<Member> = Vec::new();
        for (written, key, value) in object.map(|object| self.distinct_members(object)).unwrap_or_default() {
            match fields.iter().find(|field| **field == written) {
                Some(field) => members.push((written, Some(value), Some((name, field)))),
                None if shape.closed => self.unknown_field(key, written, fields),
                None => {}
            }
        }
        for required in &shape.required {
            if members.iter().all(|(key, ..)| key != required) {
                if let Some(object) = object {
                    self.missing_field(object, required, shape);
                }
                members.push((required.clone(), None, None));
            }
        }
        members
    }

    /// E0201: a field that the format does not have.
    fn unknown_field(&self, key: NodeIdx, name: String, fields: &[&'static str]) {
        let message = format!("unknown field {}", tick(&name));
        let known = || fields.iter().copied().map(tick).collect::<Vec<_>>().join(", ");
        let near = nearest(&name, fields.iter().copied());
        let hint = near.map_or_else(
            || format!("known here are {}", known()),
            |near| format!("did you mean {}?", tick(near)),
        );
        self.reader.within(OwnedStep::Key(name), || self.reader.fault("E0201", key, message, hint));
    }

    /// E0202: a field that must be there is not.
    fn missing_field(&self, object: NodeIdx, name: &str, shape: &Shape) {
        let message = format!("the field {} is missing", tick(name));
        let hint = match shape.meanings.get(name) {
            Some(meaning) => format!("add {}: {meaning}", tick(name)),
            None => format!("add {}", tick(name)),
        };
        self.reader.within(OwnedStep::Key(name.to_owned()), || {
            self.reader.fault("E0202", object, message, hint);
        });
    }
}

struct Elements<'a, I> {
    slot: Slot<'a>,
    elements: I,
}

impl<'de, I: Iterator<Item = (usize, NodeIdx)>> SeqAccess<'de> for Elements<'_, I> {
    type Error = Never;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Never> {
        let Some((index, node)) = self.elements.next() else { return Ok(None) };
        let element = Slot { node: Some(node), ..self.slot };
        self.slot.reader.within(OwnedStep::Index(index), || seed.deserialize(element)).map(Some)
    }
}

struct Members<'a> {
    slot: Slot<'a>,
    rest: std::vec::IntoIter<Member>,
    value: Option<Member>,
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Never;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Never> {
        self.value = self.rest.next();
        let key = self.value.as_ref().map(|(key, ..)| key.as_str().into_deserializer());
        key.map(|key: serde::de::value::StrDeserializer<Never>| seed.deserialize(key)).transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Never> {
        let (key, node, field) = self.value.take().expect("serde asks for a key first");
        let value = Slot { node, field, ..self.slot };
        self.slot.reader.within(OwnedStep::Key(key), || seed.deserialize(value))
    }
}

//! Breaks a JSON text in small ways.

use proptest::prelude::*;

/// What a token may be replaced by.
const INTRUDERS: [&str; 30] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1",
    "1.0",
    "0.5",
    "1e3",
    "1e400",
    "-1e400",
    "100000000000000000000",
    "9007199254740991",
    "9007199254740992",
    "-9007199254740992",
    "18446744073709551616",
    "\"\"",
    "\"x\"",
    "\"id\"",
    "\"\\ud800\"",
    "\"\\u0041\"",
    "\"2021-02-30\"",
    "[]",
    "{}",
    "[[]]",
    "{\"a\":1,\"a\":2}",
    ",",
    "\"KBL\"",
    "01",
];

/// One small change: at a token, do something with another or with an intruder.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    at: prop::sample::Index,
    other: prop::sample::Index,
    how: u8,
}

/// A few changes.
pub(crate) fn changes() -> impl Strategy<Value = Vec<Change>> {
    let one = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u8..7);
    prop::collection::vec(one.prop_map(|(at, other, how)| Change { at, other, how }), 1..4)
}

/// `text` with `changes` made to it.
pub(crate) fn mutated(text: &str, changes: &[Change]) -> String {
    let mut tokens: Vec<String> = tokens(text);
    for Change { at, other, how } in changes {
        let values: Vec<usize> = (0..tokens.len()).filter(|token| is_value(&tokens[*token])).collect();
        if values.is_empty() {
            break;
        }
        let value = values[at.index(values.len())];
        let any = at.index(tokens.len());
        match how {
            0..=2 => INTRUDERS[other.index(INTRUDERS.len())].clone_into(&mut tokens[value]),
            3 => {
                let copy = tokens[values[other.index(values.len())]].clone();
                tokens[value] = copy;
            }
            4 => tokens[any].clear(),
            5 => tokens.swap(any, other.index(values.len())),
            _ => tokens.truncate(any.max(8)),
        }
    }
    tokens.concat()
}

/// A string, a number or a word: a value, or a key.
fn is_value(token: &str) -> bool {
    token.starts_with(|c: char| c == '"' || c == '-' || c.is_ascii_alphanumeric())
}

/// Strings, runs of letters and digits, and every other character alone.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut in_string = false;
    let mut in_word = false;
    for c in text.chars() {
        let joins = in_string || (in_word && (c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')));
        in_word = !in_string && (c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        match tokens.last_mut().filter(|_| joins) {
            Some(token) => token.push(c),
            None => tokens.push(c.to_string()),
        }
        if c == '"' {
            in_string = !in_string;
            in_word = false;
        }
    }
    tokens
}

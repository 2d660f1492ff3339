//! Free words: sponsors, document types, tags.

use rustc_hash::FxHashMap;

use super::findings::Findings;
use crate::json::{At, Path};

/// Free words of one kind, by order of first mention.
#[derive(Default)]
pub(super) struct Words<'s> {
    positions: FxHashMap<&'s str, usize>,
    mentions: Vec<Mention<'s>>,
}

struct Mention<'s> {
    word: &'s str,
    /// Somebody has it.
    is_held: bool,
    /// Where a departure or a filter first asks for it.
    asked: Option<Path>,
}

impl<'s> Words<'s> {
    fn position(&mut self, word: &'s str) -> usize {
        let next = self.mentions.len();
        let position = *self.positions.entry(word).or_insert(next);
        if position == next {
            self.mentions.push(Mention { word, is_held: false, asked: None });
        }
        position
    }

    /// The position of a word that somebody has.
    pub(super) fn held(&mut self, word: &'s str) -> usize {
        let position = self.position(word);
        self.mentions[position].is_held = true;
        position
    }

    /// The position of a word that something asks for at `at`.
    pub(super) fn asked(&mut self, word: &'s str, at: &At) -> usize {
        let position = self.position(word);
        self.mentions[position].asked.get_or_insert_with(|| at.path());
        position
    }

    pub(super) fn to_strings(&self) -> Vec<String> {
        self.mentions.iter().map(|mention| mention.word.to_owned()).collect()
    }

    /// W0101: a word is asked for that nobody has, while somebody has one that looks like it.
    pub(super) fn near_misses(&self, noun: &str, findings: &mut Findings) {
        let held: Vec<&str> =
            self.mentions.iter().filter(|word| word.is_held).map(|word| word.word).collect();
        for mention in self.mentions.iter().filter(|mention| !mention.is_held) {
            let Some(path) = mention.asked.as_ref() else { continue };
            if findings.meant(mention.word, held.iter().copied()).is_some() {
                let message = format!("a {noun} is asked for that nobody has, and one much like it is there");
                findings.warning_at("W0101", path, message, "check the spelling on both sides");
            }
        }
    }
}

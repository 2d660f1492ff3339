//! Places in a JSON document: `departures[6].admits_any[0]`.

use std::fmt;

/// A path while it is walked: costs nothing until it is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'a> {
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// A path that was kept; its display form is [`Path::to_string`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Path(pub(crate) Vec<OwnedStep>);

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum OwnedStep {
    /// Into an object.
    Key(String),
    /// Into a list.
    Index(usize),
}

impl<'a> At<'a> {
    /// The value of `key` in the top object.
    pub(crate) const fn top(key: &'a str) -> Self {
        Self { parent: None, step: Step::Key(key) }
    }

    /// The value of `key` in this object.
    pub(crate) const fn key(&'a self, key: &'a str) -> Self {
        Self { parent: Some(self), step: Step::Key(key) }
    }

    /// The element at `index` of this list.
    pub(crate) const fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }

    /// The path, to be kept.
    pub(crate) fn path(&self) -> Path {
        let mut path = self.parent.map_or_else(Path::default, At::path);
        path.0.push(match self.step {
            Step::Key(key) => OwnedStep::Key(key.to_owned()),
            Step::Index(index) => OwnedStep::Index(index),
        });
        path
    }
}

impl Path {
    /// Reads the display form; of odd keys that were cut in it only as much as it shows.
    pub(crate) fn parse(text: &str) -> Self {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (step, behind) = first_step(rest);
            steps.push(step);
            rest = behind;
        }
        Self(steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                OwnedStep::Index(index) => write!(f, "[{index}]")?,
                OwnedStep::Key(key) if !is_plain(key) => {
                    write!(f, "[\"{}\"]", crate::diagnostic::printable(key))?;
                }
                OwnedStep::Key(key) if position == 0 => f.write_str(key)?,
                OwnedStep::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    let wordlike = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !key.is_empty() && key.len() <= 40 && key.chars().all(wordlike)
}

fn first_step(text: &str) -> (OwnedStep, &str) {
    let text = text.strip_prefix('.').unwrap_or(text);
    if let Some((key, rest)) = text.strip_prefix("[\"").and_then(|text| text.split_once("\"]")) {
        return (OwnedStep::Key(key.to_owned()), rest);
    }
    if let Some((index, rest)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        let step = index.parse().map_or_else(|_| OwnedStep::Key(index.to_owned()), OwnedStep::Index);
        return (step, rest);
    }
    let end = text.find(['.', '[']).filter(|end| *end > 0).unwrap_or(text.len());
    (OwnedStep::Key(text[..end].to_owned()), &text[end..])
}

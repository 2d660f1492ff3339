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
    /// Whether `self` is `other` or lies above it.
    pub(crate) fn holds(&self, other: &Path) -> bool {
        other.0.starts_with(&self.0)
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

//! A JSON text under edits: what is not touched stays as it is written, to the last blank.
//!
//! The text is opened one value at a time, on the way to what is edited; key order, numbers and layout of
//! everything else are kept. Knows nothing of scenarios.

use std::borrow::Cow;

use crate::json::{Kind, Tree};

/// A JSON document that is edited.
#[derive(Clone, Debug)]
pub(super) struct Document<'t> {
    root: Node<'t>,
}

#[derive(Clone, Debug)]
enum Node<'t> {
    /// As written.
    Text(Cow<'t, str>),
    List(Vec<Node<'t>>, Layout<'t>),
    Object(Vec<Member<'t>>, Layout<'t>),
}

#[derive(Clone, Debug)]
struct Member<'t> {
    key: String,
    /// The key as written, in its quotes.
    written: Cow<'t, str>,
    value: Node<'t>,
}

/// What stands between the values of a list or an object.
#[derive(Clone, Debug)]
struct Layout<'t> {
    /// After the opening bracket.
    first: Cow<'t, str>,
    /// Around the comma.
    between: Cow<'t, str>,
    /// Around the colon.
    colon: Cow<'t, str>,
    /// Before the closing bracket.
    last: Cow<'t, str>,
}

/// What an edit did not find, or may not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The pointer does not begin with `/`, or escapes what it may not.
    NoPointer,
    /// Nothing stands there.
    Nothing,
    /// What stands above it is neither a list nor an object, or a list without such a place.
    NoPlace,
}

impl<'t> Document<'t> {
    /// `None` where `text` is not JSON.
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let tree = Tree::parse(text).ok()?;
        let start = tree.offset(tree.root());
        let written = tree.written(tree.root());
        let (before, after) = (&text[..start], &text[start + written.len()..]);
        debug_assert!(before.trim().is_empty() && after.trim().is_empty(), "blanks alone stand outside");
        Some(Self { root: Node::Text(Cow::Borrowed(written)) })
    }

    /// The document's text, with a newline at the end.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.root.write(&mut text);
        text.push('\n');
        text
    }

    /// The text of what stands at a pointer.
    pub(super) fn get(&mut self, pointer: &str) -> Result<String, Refused> {
        let mut text = String::new();
        self.node(&steps(pointer)?)?.write(&mut text);
        Ok(text)
    }

    /// How many elements the list at a pointer has; 0 where there is none.
    pub(super) fn length(&mut self, pointer: &str) -> usize {
        let Ok(node) = steps(pointer).and_then(|steps| self.node(&steps)) else { return 0 };
        node.open();
        if let Node::List(elements, _) = node { elements.len() } else { 0 }
    }

    /// Puts `value` at a pointer: in place of an object's key, before a list's element, `-` at its end.
    pub(super) fn add(&mut self, pointer: &str, value: String) -> Result<(), Refused> {
        let steps = steps(pointer)?;
        let Some((last, above)) = steps.split_last() else {
            self.root = Node::Text(Cow::Owned(value));
            return Ok(());
        };
        self.node(above)?.insert(last, Node::Text(Cow::Owned(value)))
    }

    /// Takes out what stands at a pointer, and gives its text.
    pub(super) fn remove(&mut self, pointer: &str) -> Result<String, Refused> {
        let steps = steps(pointer)?;
        let (last, above) = steps.split_last().ok_or(Refused::NoPlace)?;
        let mut text = String::new();
        self.node(above)?.take(last)?.write(&mut text);
        Ok(text)
    }

    /// Puts `value` in place of what stands at a pointer.
    pub(super) fn replace(&mut self, pointer: &str, value: String) -> Result<(), Refused> {
        *self.node(&steps(pointer)?)? = Node::Text(Cow::Owned(value));
        Ok(())
    }

    fn node(&mut self, steps: &[String]) -> Result<&mut Node<'t>, Refused> {
        let mut node = &mut self.root;
        for step in steps {
            node = node.child(step).ok_or(Refused::Nothing)?;
        }
        Ok(node)
    }
}

/// The steps of a JSON Pointer (RFC 6901).
fn steps(pointer: &str) -> Result<Vec<String>, Refused> {
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let tail = pointer.strip_prefix('/').ok_or(Refused::NoPointer)?;
    tail.split('/').map(step).collect()
}

fn step(written: &str) -> Result<String, Refused> {
    let mut parts = written.split('~');
    let mut step = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.as_bytes().first() {
            Some(b'0') => step.push('~'),
            Some(b'1') => step.push('/'),
            _ => return Err(Refused::NoPointer),
        }
        step.push_str(&part[1..]);
    }
    Ok(step)
}

/// A position in a list: digits without a leading 0.
fn position(step: &str) -> Option<usize> {
    let plain = step == "0" || !step.starts_with(['0', '+']);
    step.parse().ok().filter(|_| plain)
}

impl<'t> Node<'t> {
    /// Turns the text of a list or an object into its values.
    fn open(&mut self) {
        let Node::Text(text) = self else { return };
        let text = text.clone();
        let tree = Tree::parse(&text).expect("what stands in a document is JSON");
        let slice = |start: usize, end: usize| -> Cow<'t, str> {
            match &text {
                Cow::Borrowed(text) => Cow::Borrowed(&text[start..end]),
                Cow::Owned(text) => Cow::Owned(text[start..end].to_owned()),
            }
        };
        let spans: Vec<(usize, usize)> = tree
            .children(tree.root())
            .map(|node| (tree.offset(node), tree.offset(node) + tree.written(node).len()))
            .collect();
        let value = |&(start, end): &(usize, usize)| Node::Text(slice(start, end));
        let opened = match tree.kind(tree.root()) {
            Kind::List => {
                let layout = Layout::of(&spans, 1, text.len(), &slice);
                Some(Node::List(spans.iter().map(value).collect(), layout))
            }
            Kind::Object => {
                let layout = Layout::of(&spans, 2, text.len(), &slice);
                let names = tree.members(tree.root()).map(|(key, _)| tree.string(key).into_owned());
                let member = |(key, pair): (String, &[(usize, usize)])| Member {
                    key,
                    written: slice(pair[0].0, pair[0].1),
                    value: value(&pair[1]),
                };
                Some(Node::Object(names.zip(spans.chunks(2)).map(member).collect(), layout))
            }
            Kind::Null | Kind::Bool(_) | Kind::Number | Kind::String => None,
        };
        if let Some(opened) = opened {
            *self = opened;
        }
    }

    fn child(&mut self, step: &str) -> Option<&mut Node<'t>> {
        self.open();
        match self {
            Node::Text(_) => None,
            Node::List(elements, _) => elements.get_mut(position(step)?),
            Node::Object(members, _) => {
                members.iter_mut().find(|member| member.key == step).map(|member| &mut member.value)
            }
        }
    }

    fn insert(&mut self, step: &str, value: Node<'t>) -> Result<(), Refused> {
        self.open();
        match self {
            Node::Text(_) => Err(Refused::NoPlace),
            Node::List(elements, _) => {
                let at = if step == "-" { Some(elements.len()) } else { position(step) };
                let at = at.filter(|&at| at <= elements.len()).ok_or(Refused::NoPlace)?;
                elements.insert(at, value);
                Ok(())
            }
            Node::Object(members, _) => {
                match members.iter_mut().find(|member| member.key == step) {
                    Some(member) => member.value = value,
                    None => members.push(Member { key: step.to_owned(), written: quoted(step), value }),
                }
                Ok(())
            }
        }
    }

    fn take(&mut self, step: &str) -> Result<Node<'t>, Refused> {
        self.open();
        match self {
            Node::Text(_) => Err(Refused::Nothing),
            Node::List(elements, _) => {
                let at = position(step).filter(|&at| at < elements.len()).ok_or(Refused::Nothing)?;
                Ok(elements.remove(at))
            }
            Node::Object(members, _) => {
                let at = members.iter().position(|member| member.key == step).ok_or(Refused::Nothing)?;
                Ok(members.remove(at).value)
            }
        }
    }

    fn write(&self, text: &mut String) {
        match self {
            Node::Text(written) => text.push_str(written),
            Node::List(elements, layout) => {
                let write = |element: &Node, text: &mut String| element.write(text);
                layout.write(('[', ']'), elements, write, text);
            }
            Node::Object(members, layout) => {
                let write = |member: &Member, text: &mut String| {
                    text.push_str(&member.written);
                    text.push_str(&layout.colon);
                    member.value.write(text);
                };
                layout.write(('{', '}'), members, write, text);
            }
        }
    }
}

fn quoted<'t>(key: &str) -> Cow<'t, str> {
    Cow::Owned(serde_json::to_string(key).expect("a string has a JSON form"))
}

impl<'t> Layout<'t> {
    /// The layout of a list (`each` value a span) or an object (`each` pair two) of `length` bytes: what
    /// stands between the first values goes for all of them.
    fn of(
        spans: &[(usize, usize)],
        each: usize,
        length: usize,
        slice: &dyn Fn(usize, usize) -> Cow<'t, str>,
    ) -> Self {
        let Some(&(start, _)) = spans.first() else {
            let (blank, none) = (Cow::Borrowed(", "), Cow::Borrowed(""));
            return Self { first: none.clone(), between: blank, colon: Cow::Borrowed(": "), last: none };
        };
        let first = slice(1, start);
        let gap = |before: usize| slice(spans[before].1, spans[before + 1].0);
        let between = if spans.len() > each { gap(each - 1) } else { beside(&first) };
        let colon = if each == 2 { gap(0) } else { Cow::Borrowed("") };
        let last = slice(spans[spans.len() - 1].1, length - 1);
        Self { first, between, colon, last }
    }

    fn write<T>(
        &self,
        (open, close): (char, char),
        values: &[T],
        write: impl Fn(&T, &mut String),
        text: &mut String,
    ) {
        text.push(open);
        for (position, value) in values.iter().enumerate() {
            text.push_str(if position == 0 { &self.first } else { &self.between });
            write(value, text);
        }
        if !values.is_empty() {
            text.push_str(&self.last);
        }
        text.push(close);
    }
}

/// What goes between values where there is only one: a line each if the first has its own.
fn beside<'t>(first: &str) -> Cow<'t, str> {
    Cow::Owned(if first.contains('\n') { format!(",{first}") } else { ", ".to_owned() })
}

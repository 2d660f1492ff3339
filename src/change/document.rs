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

/// Where a piece of a document was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// The operation, from 0, whose value it is part of; `None` for the text before all of them.
    pub(super) operation: Option<usize>,
    /// Bytes from the start of that value or text.
    pub(super) offset: usize,
}

impl Origin {
    /// So many bytes further on.
    pub(super) const fn after(self, bytes: usize) -> Self {
        Self { operation: self.operation, offset: self.offset + bytes }
    }
}

/// A document's text, and where its pieces were written.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) origins: Origins,
}

/// Of each value that was not opened, each key and each opening bracket of a text: where it begins, and its origin.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins(Vec<(usize, Origin)>);

impl Written {
    fn push(&mut self, piece: &str, at: Origin) {
        self.origins.0.push((self.text.len(), at));
        self.text.push_str(piece);
    }
}

impl Origins {
    /// Of the value or key that begins at byte `offset`.
    pub(super) fn of(&self, offset: usize) -> Option<Origin> {
        let next = self.0.partition_point(|(start, _)| *start <= offset);
        let (start, at) = self.0.get(next.checked_sub(1)?)?;
        Some(at.after(offset - start))
    }
}

/// A value of a document.
#[derive(Clone, Debug)]
pub(super) struct Node<'t> {
    at: Origin,
    form: Form<'t>,
}

#[derive(Clone, Debug)]
enum Form<'t> {
    /// As written.
    Text(Cow<'t, str>),
    List(Vec<Node<'t>>, Layout<'t>),
    Object(Vec<Member<'t>>, Layout<'t>),
}

#[derive(Clone, Debug)]
struct Member<'t> {
    at: Origin,
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
        let at = Origin { operation: None, offset: start };
        Some(Self { root: Node { at, form: Form::Text(Cow::Borrowed(written)) } })
    }

    /// The document's text, with a newline at the end.
    pub(super) fn written(&self) -> Written {
        let mut written = Written::default();
        self.root.write(&mut written);
        written.text.push('\n');
        written
    }

    /// The text of what stands at a pointer.
    pub(super) fn get(&mut self, pointer: &str) -> Result<String, Refused> {
        let mut written = Written::default();
        self.node(&steps(pointer)?)?.write(&mut written);
        Ok(written.text)
    }

    /// What stands at a pointer, once more.
    pub(super) fn copy(&mut self, pointer: &str) -> Result<Node<'t>, Refused> {
        self.node(&steps(pointer)?).cloned()
    }

    /// How many elements the list at a pointer has; 0 where there is none.
    pub(super) fn length(&mut self, pointer: &str) -> usize {
        let Ok(node) = steps(pointer).and_then(|steps| self.node(&steps)) else { return 0 };
        node.open();
        if let Form::List(elements, _) = &node.form { elements.len() } else { 0 }
    }

    /// Puts `value` at a pointer: in place of an object's key, before a list's element, `-` at its end.
    pub(super) fn add(&mut self, pointer: &str, value: Node<'t>) -> Result<(), Refused> {
        let steps = steps(pointer)?;
        let Some((last, above)) = steps.split_last() else {
            self.root = value;
            return Ok(());
        };
        self.node(above)?.insert(last, value)
    }

    /// Takes out what stands at a pointer.
    pub(super) fn remove(&mut self, pointer: &str) -> Result<Node<'t>, Refused> {
        let steps = steps(pointer)?;
        let (last, above) = steps.split_last().ok_or(Refused::NoPlace)?;
        self.node(above)?.take(last)
    }

    /// Puts `value` in place of what stands at a pointer.
    pub(super) fn replace(&mut self, pointer: &str, value: Node<'t>) -> Result<(), Refused> {
        *self.node(&steps(pointer)?)? = value;
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
    /// The value that an operation, from 0, puts in.
    pub(super) fn of_operation(operation: usize, value: &str) -> Self {
        let at = Origin { operation: Some(operation), offset: 0 };
        Self { at, form: Form::Text(Cow::Owned(value.to_owned())) }
    }

    /// Turns the text of a list or an object into its values.
    fn open(&mut self) {
        let at = self.at;
        let Form::Text(text) = &self.form else { return };
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
        let value = |&(start, end): &(usize, usize)| Node {
            at: at.after(start),
            form: Form::Text(slice(start, end)),
        };
        let opened = match tree.kind(tree.root()) {
            Kind::List => {
                let layout = Layout::of(&spans, 1, text.len(), &slice);
                Some(Form::List(spans.iter().map(value).collect(), layout))
            }
            Kind::Object => {
                let layout = Layout::of(&spans, 2, text.len(), &slice);
                let names = tree.members(tree.root()).map(|(key, _)| tree.string(key).into_owned());
                let member = |(key, pair): (String, &[(usize, usize)])| Member {
                    at: at.after(pair[0].0),
                    key,
                    written: slice(pair[0].0, pair[0].1),
                    value: value(&pair[1]),
                };
                Some(Form::Object(names.zip(spans.chunks(2)).map(member).collect(), layout))
            }
            Kind::Null | Kind::Bool(_) | Kind::Number | Kind::String => None,
        };
        if let Some(opened) = opened {
            self.form = opened;
        }
    }

    fn child(&mut self, step: &str) -> Option<&mut Node<'t>> {
        self.open();
        match &mut self.form {
            Form::Text(_) => None,
            Form::List(elements, _) => elements.get_mut(position(step)?),
            Form::Object(members, _) => {
                members.iter_mut().find(|member| member.key == step).map(|member| &mut member.value)
            }
        }
    }

    fn insert(&mut self, step: &str, value: Node<'t>) -> Result<(), Refused> {
        self.open();
        match &mut self.form {
            Form::Text(_) => Err(Refused::NoPlace),
            Form::List(elements, _) => {
                let at = if step == "-" { Some(elements.len()) } else { position(step) };
                let at = at.filter(|&at| at <= elements.len()).ok_or(Refused::NoPlace)?;
                elements.insert(at, value);
                Ok(())
            }
            Form::Object(members, _) => {
                if let Some(member) = members.iter_mut().find(|member| member.key == step) {
                    member.value = value;
                } else {
                    let (at, key) = (value.at, step.to_owned());
                    members.push(Member { at, key, written: quoted(step), value });
                }
                Ok(())
            }
        }
    }

    fn take(&mut self, step: &str) -> Result<Node<'t>, Refused> {
        self.open();
        match &mut self.form {
            Form::Text(_) => Err(Refused::Nothing),
            Form::List(elements, _) => {
                let at = position(step).filter(|&at| at < elements.len()).ok_or(Refused::Nothing)?;
                Ok(elements.remove(at))
            }
            Form::Object(members, _) => {
                let at = members.iter().position(|member| member.key == step).ok_or(Refused::Nothing)?;
                Ok(members.remove(at).value)
            }
        }
    }

    fn write(&self, to: &mut Written) {
        match &self.form {
            Form::Text(text) => to.push(text, self.at),
            Form::List(elements, layout) => {
                let write = |element: &Node, to: &mut Written| element.write(to);
                layout.write((self.at, "[", ']'), elements, write, to);
            }
            Form::Object(members, layout) => {
                let write = |member: &Member, to: &mut Written| {
                    to.push(&member.written, member.at);
                    to.text.push_str(&layout.colon);
                    member.value.write(to);
                };
                layout.write((self.at, "{", '}'), members, write, to);
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
        (at, open, close): (Origin, &str, char),
        values: &[T],
        write: impl Fn(&T, &mut Written),
        to: &mut Written,
    ) {
        to.push(open, at);
        for (position, value) in values.iter().enumerate() {
            to.text.push_str(if position == 0 { &self.first } else { &self.between });
            write(value, to);
        }
        if !values.is_empty() {
            to.text.push_str(&self.last);
        }
        to.text.push(close);
    }
}

/// What goes between values where there is only one: a line each if the first has its own.
fn beside<'t>(first: &str) -> Cow<'t, str> {
    Cow::Owned(if first.contains('\n') { format!(",{first}") } else { ", ".to_owned() })
}

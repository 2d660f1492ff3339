//! A JSON text as a tree of places: what stands where, nothing decoded.
//!
//! The grammar of RFC 8259, to the letter. Nodes lie in one list, each before its children, so that a file
//! of a million persons is a list of small records and no recursion is deeper than [`DEEPEST`].

use std::borrow::Cow;

use super::path::{OwnedStep, Path};

/// How deep lists and objects may lie in each other; the same as `serde_json`'s.
const DEEPEST: usize = 127;

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number,
    String,
    List,
    Object,
}

impl Kind {
    /// The JSON type, with its article.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Number => "a number",
            Kind::String => "a string",
            Kind::List => "a list",
            Kind::Object => "an object",
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Node {
    kind: Kind,
    start: u32,
    end: u32,
    /// The node after this one and all that lies in it.
    next: u32,
}

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeIdx(u32);

impl NodeIdx {
    #[expect(clippy::as_conversions, reason = "u32 to usize is lossless where airbridge builds")]
    const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A text and its places.
#[derive(Debug)]
pub(crate) struct Tree<'t> {
    text: &'t str,
    nodes: Vec<Node>,
}

/// Why a text is no JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) code: &'static str,
    pub(crate) offset: usize,
    pub(crate) message: String,
    pub(crate) hint: &'static str,
}

impl<'t> Tree<'t> {
    /// The places of `text`.
    pub(crate) fn parse(text: &'t str) -> Result<Self, SyntaxError> {
        let mut parser = Parser { text, at: 0, depth: 0, nodes: Vec::new() };
        parser.byte_order_mark()?;
        parser.blank();
        parser.value()?;
        parser.blank();
        parser.nothing_more()?;
        Ok(Self { text, nodes: parser.nodes })
    }

    /// The whole document.
    #[expect(clippy::unused_self, reason = "a tree has a root")]
    pub(crate) const fn root(&self) -> NodeIdx {
        NodeIdx(0)
    }

    fn node(&self, node: NodeIdx) -> Node {
        self.nodes[node.index()]
    }

    pub(crate) fn kind(&self, node: NodeIdx) -> Kind {
        self.node(node).kind
    }

    /// Where the value begins in the text, in bytes.
    #[expect(clippy::as_conversions, reason = "u32 to usize is lossless where airbridge builds")]
    pub(crate) fn offset(&self, node: NodeIdx) -> usize {
        self.node(node).start as usize
    }

    /// The value as written.
    #[expect(clippy::as_conversions, reason = "u32 to usize is lossless where airbridge builds")]
    pub(crate) fn written(&self, node: NodeIdx) -> &'t str {
        let Node { start, end, .. } = self.node(node);
        &self.text[start as usize..end as usize]
    }

    /// The string that a node of this kind stands for.
    pub(crate) fn string(&self, node: NodeIdx) -> Cow<'t, str> {
        let written = self.written(node);
        if written.contains('\\') {
            Cow::Owned(serde_json::from_str(written).expect("escapes are checked when a text is parsed"))
        } else {
            Cow::Borrowed(&written[1..written.len() - 1])
        }
    }

    /// The elements of a list; the keys and values of an object in turn.
    pub(crate) fn children(&self, node: NodeIdx) -> impl Iterator<Item = NodeIdx> + use<'_, 't> {
        let end = self.node(node).next;
        let first = Some(NodeIdx(node.0 + 1)).filter(|first| first.0 < end);
        let next = move |child: &NodeIdx| Some(NodeIdx(self.node(*child).next)).filter(|next| next.0 < end);
        std::iter::successors(first, next)
    }

    /// The members of an object: key and value.
    pub(crate) fn members(&self, node: NodeIdx) -> impl Iterator<Item = (NodeIdx, NodeIdx)> + use<'_, 't> {
        let mut children = self.children(node);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// The value of `key`, where `node` is an object that has it.
    pub(crate) fn get(&self, node: NodeIdx, key: &str) -> Option<NodeIdx> {
        let is_object = self.kind(node) == Kind::Object;
        let mut members = self.members(node).filter(|_| is_object);
        members.find(|&(name, _)| self.string(name) == key).map(|(_, value)| value)
    }
}

/// Finds many paths in one tree: the elements of a list are walked once, not once per path.
#[derive(Debug)]
pub(crate) struct Finder<'a> {
    tree: &'a Tree<'a>,
    lists: rustc_hash::FxHashMap<NodeIdx, Vec<NodeIdx>>,
}

impl<'a> Finder<'a> {
    pub(crate) fn new(tree: &'a Tree<'a>) -> Self {
        Self { tree, lists: rustc_hash::FxHashMap::default() }
    }

    /// Where the value at `path` begins; of a value that is not there, where the last one above it does.
    pub(crate) fn offset(&mut self, path: &Path) -> usize {
        let mut node = self.tree.root();
        for step in &path.0 {
            let Some(child) = self.child(node, step) else { break };
            node = child;
        }
        self.tree.offset(node)
    }

    fn child(&mut self, node: NodeIdx, step: &OwnedStep) -> Option<NodeIdx> {
        match step {
            OwnedStep::Key(key) => self.tree.get(node, key),
            OwnedStep::Index(index) if self.tree.kind(node) == Kind::List => {
                let tree = self.tree;
                let elements = self.lists.entry(node).or_insert_with(|| tree.children(node).collect());
                elements.get(*index).copied()
            }
            OwnedStep::Index(_) => None,
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    nodes: Vec<Node>,
}

type Parsed = Result<(), SyntaxError>;

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// E0002: a byte order mark.
    fn byte_order_mark(&self) -> Parsed {
        if !self.text.starts_with('\u{feff}') {
            return Ok(());
        }
        let message = "the file begins with a byte order mark, which JSON does not have".to_owned();
        Err(SyntaxError { code: "E0002", offset: 0, message, hint: "save it as UTF-8 without BOM" })
    }

    /// E0003: this is not JSON.
    fn not_json(&self, wanted: &str) -> SyntaxError {
        let message = format!("this is not JSON: expected {wanted}");
        SyntaxError { code: "E0003", offset: self.at, message, hint: "the mistake is here or just before" }
    }

    /// E0004: the file ends too early.
    fn ends_early(&self) -> SyntaxError {
        let empty = self.text.trim().is_empty();
        let message = if empty { "the file is empty" } else { "the file ends before the document does" };
        let hint = if empty { "write at least `{}` and what it asks for" } else { "was the file cut off?" };
        SyntaxError { code: "E0004", offset: self.text.len(), message: message.to_owned(), hint }
    }

    /// E0005: lists and objects lie too deep in each other.
    fn too_deep(&self) -> SyntaxError {
        let message = format!("lists and objects lie more than {DEEPEST} deep in each other");
        SyntaxError { code: "E0005", offset: self.at, message, hint: "no file of this format is so deep" }
    }

    fn expected(&self, wanted: &str) -> SyntaxError {
        if self.at >= self.text.len() { self.ends_early() } else { self.not_json(wanted) }
    }

    fn nothing_more(&self) -> Parsed {
        if self.at == self.text.len() { Ok(()) } else { Err(self.not_json("nothing after the document")) }
    }

    fn value(&mut self) -> Parsed {
        match self.peek() {
            Some(b'{') => self.nested(Kind::Object, b'}', Self::member),
            Some(b'[') => self.nested(Kind::List, b']', Self::value),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') => self.word("null", Kind::Null),
            Some(b't') => self.word("true", Kind::Bool(true)),
            Some(b'f') => self.word("false", Kind::Bool(false)),
            _ => Err(self.expected("a value")),
        }
    }

    fn open(&mut self, kind: Kind) -> Result<usize, SyntaxError> {
        let start = self.position()?;
        self.nodes.push(Node { kind, start, end: start, next: 0 });
        Ok(self.nodes.len() - 1)
    }

    fn close(&mut self, node: usize) -> Parsed {
        let end = self.position()?;
        let next = u32::try_from(self.nodes.len()).expect("there are fewer values than bytes");
        self.nodes[node].end = end;
        self.nodes[node].next = next;
        Ok(())
    }

    fn position(&self) -> Result<u32, SyntaxError> {
        u32::try_from(self.at).map_err(|_| SyntaxError {
            code: "E0003",
            offset: self.at,
            message: "the file is longer than 4 GiB, and something in it is wrong".to_owned(),
            hint: "split it to find the mistake",
        })
    }

    fn nested(&mut self, kind: Kind, last: u8, element: fn(&mut Self) -> Parsed) -> Parsed {
        if self.depth == DEEPEST {
            return Err(self.too_deep());
        }
        let node = self.open(kind)?;
        self.depth += 1;
        self.at += 1;
        self.blank();
        if self.peek() != Some(last) {
            self.elements(last, element)?;
        }
        self.at += 1;
        self.depth -= 1;
        self.close(node)
    }

    /// One element or more, up to the closing bracket `last`.
    fn elements(&mut self, last: u8, element: fn(&mut Self) -> Parsed) -> Parsed {
        loop {
            element(self)?;
            self.blank();
            match self.peek() {
                Some(byte) if byte == last => return Ok(()),
                Some(b',') => self.at += 1,
                _ => return Err(self.expected(if last == b'}' { "`,` or `}`" } else { "`,` or `]`" })),
            }
            self.blank();
        }
    }

    fn member(&mut self) -> Parsed {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a key in double quotes"));
        }
        self.string()?;
        self.blank();
        if self.peek() != Some(b':') {
            return Err(self.expected("`:`"));
        }
        self.at += 1;
        self.blank();
        self.value()
    }

    fn word(&mut self, word: &str, kind: Kind) -> Parsed {
        let rest = &self.text.as_bytes()[self.at..];
        if rest.starts_with(word.as_bytes()) {
            let node = self.open(kind)?;
            self.at += word.len();
            return self.close(node);
        }
        Err(if word.as_bytes().starts_with(rest) { self.ends_early() } else { self.not_json("a value") })
    }

    fn string(&mut self) -> Parsed {
        let start = self.at;
        let node = self.open(Kind::String)?;
        self.at += 1;
        let mut escaped = false;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                Some(0..0x20) => return Err(self.not_json("no line break or control character in a string")),
                Some(_) => self.at += 1,
                None => {
                    self.at = self.text.len();
                    return Err(self.ends_early());
                }
            }
        }
        self.at += 1;
        if escaped && serde_json::from_str::<String>(&self.text[start..self.at]).is_err() {
            self.at = start;
            return Err(self.not_json("a string whose escapes are those of JSON"));
        }
        self.close(node)
    }

    fn number(&mut self) -> Parsed {
        let node = self.open(Kind::Number)?;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.not_json("no digit after a leading 0"));
        }
        self.close(node)
    }

    fn digits(&mut self) -> Parsed {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.expected("a digit"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }
}

//! A proof as written: a leaf with prices, or a split into two proofs.

use std::collections::BTreeSet;

use num_bigint::BigInt;
use num_traits::{One, Zero};
use rustc_hash::FxHashSet;

use super::bound::{self, Leaf, Priced, Shown};
use super::line::{self, Known, Line};
use super::{Ground, Refusal, SplitRow};
use crate::certificate::{Cut, Entry, Integer, Price, Proof, Row, Split};
use crate::check::report::Figure;

/// A tree is at most so many splits deep.
const DEEPEST: usize = 100;

/// A proof, of an entry or of a case.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    cuts: &'a [Cut],
    denominator: Option<&'a Integer>,
    prices: Option<&'a [Price]>,
    split: Option<&'a Split>,
    low: Option<&'a Proof>,
    high: Option<&'a Proof>,
}

impl<'a> From<&'a Entry> for Node<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self {
            cuts: &entry.cuts,
            denominator: entry.denominator.as_ref(),
            prices: entry.prices.as_deref(),
            split: entry.split.as_ref(),
            low: entry.low.as_deref(),
            high: entry.high.as_deref(),
        }
    }
}

impl<'a> From<&'a Proof> for Node<'a> {
    fn from(proof: &'a Proof) -> Self {
        Self {
            cuts: &proof.cuts,
            denominator: proof.denominator.as_ref(),
            prices: proof.prices.as_deref(),
            split: proof.split.as_ref(),
            low: proof.low.as_deref(),
            high: proof.high.as_deref(),
        }
    }
}

/// Adds every row that has a price anywhere in the proof.
pub(super) fn rows_of(node: Node<'_>, rows: &mut BTreeSet<Row>) {
    let cuts = node.cuts.iter().map(|cut| cut.prices.as_slice());
    let prices = cuts.chain(node.prices).flatten();
    rows.extend(prices.filter(|price| !price.numerator.0.is_zero()).map(Price::row));
    for case in node.low.into_iter().chain(node.high) {
        rows_of(case.into(), rows);
    }
}

/// What the proof shows: the greater bound of its cases, and who falls short in both. `path` says where in the
/// entry it stands.
pub(super) fn shown(
    ground: &Ground<'_>,
    node: Node<'_>,
    splits: &mut Vec<SplitRow>,
    path: &str,
) -> Result<Shown, Refusal> {
    match node {
        Node {
            cuts,
            denominator: Some(denominator),
            prices: Some(prices),
            split: None,
            low: None,
            high: None,
        } => leaf(ground, cuts, denominator, prices, splits, path),
        Node {
            cuts: [],
            denominator: None,
            prices: None,
            split: Some(split),
            low: Some(low),
            high: Some(high),
        } => {
            if splits.len() == DEEPEST {
                return Err(Refusal::new(path, Figure::size(DEEPEST + 1), Figure::size(DEEPEST)));
            }
            branch(ground, split, [low, high], splits, path)
        }
        _ => Err(Refusal::word(path, "neither_prices_nor_split")),
    }
}

fn branch(
    ground: &Ground<'_>,
    split: &Split,
    [low, high]: [&Proof; 2],
    splits: &mut Vec<SplitRow>,
    path: &str,
) -> Result<Shown, Refusal> {
    let columns = columns(ground, split, path)?;
    let at_most = i128::from(split.at_most);
    splits.push(SplitRow { columns: columns.clone(), sign: 1, at_most });
    let below = shown(ground, low.into(), splits, &format!("{path}low."));
    splits.pop();
    splits.push(SplitRow { columns, sign: -1, at_most: -(at_most + 1) });
    let above = shown(ground, high.into(), splits, &format!("{path}high."));
    splits.pop();
    let (mut below, above) = (below?, above?);
    below.short.intersect_with(&above.short);
    Ok(Shown { bound: below.bound.max(above.bound), short: below.short })
}

type Columns = Vec<(Option<crate::scenario::UnitIdx>, crate::scenario::DepartureIdx)>;

/// The columns of a split, each once.
fn columns(ground: &Ground<'_>, split: &Split, path: &str) -> Result<Columns, Refusal> {
    let mut seen = FxHashSet::default();
    let mut columns = Vec::with_capacity(split.columns.len());
    for (i, column) in split.columns.iter().enumerate() {
        let at = || format!("{path}split.columns[{i}]");
        let unit = column
            .unit
            .as_deref()
            .map(|id| ground.ids.unit(id).ok_or_else(|| Refusal::word(&at(), "no_such_column")));
        let departure = ground.ids.departure(&column.departure);
        let column = (unit.transpose()?, departure.ok_or_else(|| Refusal::word(&at(), "no_such_column"))?);
        if !seen.insert(column) {
            return Err(Refusal::word(&at(), "twice"));
        }
        columns.push(column);
    }
    Ok(columns)
}

fn leaf(
    ground: &Ground<'_>,
    cuts: &[Cut],
    denominator: &Integer,
    prices: &[Price],
    splits: &[SplitRow],
    path: &str,
) -> Result<Shown, Refusal> {
    let mut rounded = Vec::with_capacity(cuts.len());
    for (i, cut) in cuts.iter().enumerate() {
        let known = Known { splits: splits.len(), cuts: i };
        rounded.push(priced(ground, known, &cut.denominator, &cut.prices, &format!("{path}cuts[{i}]."))?);
    }
    let known = Known { splits: splits.len(), cuts: cuts.len() };
    let last = priced(ground, known, denominator, prices, path)?;
    Ok(bound::shown(ground, &Leaf { splits, cuts: rounded, last }))
}

/// Resolves a list of prices: every row exists, once, at a price that it may have.
fn priced(
    ground: &Ground<'_>,
    known: Known,
    denominator: &Integer,
    prices: &[Price],
    path: &str,
) -> Result<Priced, Refusal> {
    if denominator.0 < BigInt::one() {
        return Err(Refusal::new(&format!("{path}denominator"), (&denominator.0).into(), Figure::Number(1)));
    }
    let mut seen = FxHashSet::default();
    let mut lines: Vec<(Line, BigInt)> = Vec::with_capacity(prices.len());
    for (i, price) in prices.iter().enumerate() {
        let at = || format!("{path}prices[{i}]");
        let line =
            line::resolve(ground, known, &price.row()).ok_or_else(|| Refusal::word(&at(), "no_such_row"))?;
        if !line.may_cost(&price.numerator.0) {
            return Err(Refusal::new(&at(), (&price.numerator.0).into(), Figure::Number(0)));
        }
        if !seen.insert(line.clone()) {
            return Err(Refusal::word(&at(), "twice"));
        }
        lines.push((line, price.numerator.0.clone()));
    }
    Ok(Priced { denominator: denominator.0.clone(), prices: lines })
}

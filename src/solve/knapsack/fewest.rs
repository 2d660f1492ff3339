//! How few bins can do: seats rows that are rounded down, and what they say together.
//!
//! A bin of room `C` that holds things of size `s` holds no more than `floor(C / a)` of what they weigh if each weighs
//! `floor(s / a)`; and one of more than half the bin weighs even `floor(C / a) - floor((C - s) / a)`, for there is
//! one of these at most. Whatever `a` is, all things must weigh no more than all bins hold. (Lueker; Fekete and
//! Schepers, *New classes of fast lower bounds for bin packing problems*, 2001; Carlier, Clautiaux and Moukrim,
//! *New reduction procedures and lower bounds for the two-dimensional bin packing problem with fixed
//! orientation*, 2007.) Here these weights are derived row by row, as FORMAT's cuts: first that of large things
//! one at most is in a bin, then the weights, then that a bin that is not used holds none.

use super::{Bin, Instance, Target};
use crate::model::RowKey;
use crate::solve::cases::{Combination, Priced, Tree};

/// Parts of a bin's room, more by one, that are tried as units of weight.
const PARTS: i64 = 64;
/// Cuts that take a bin's weight from one that it cannot reach down to its own.
const STEPS: i64 = 4;

/// A row of a bin: what it says of a thing of each class and of the bin's being used.
#[derive(Clone, Debug)]
struct Line {
    things: Vec<i64>,
    used: i64,
    at_most: i64,
}

/// The rows of a bin, those that are cut from them, and how.
struct Lines {
    lines: Vec<Line>,
    cuts: Vec<(i64, Vec<(Source, i128)>)>,
}

/// A row of a bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// Its seats, where it is used.
    Seats,
    /// What its seats can be filled to.
    Room,
    /// A cut, by position.
    Cut(usize),
}

/// Weights of things in a bin, as the last of some cuts has them.
struct Weights {
    lines: Lines,
    /// What the bin holds.
    most: i64,
}

/// A bound on how much the used bins must cost, and its proof: as [`Tree::Cuts`]. `None` where no row says that
/// things must go, or a bin costs nothing.
pub(super) fn bound(instance: &Instance, target: &Target) -> Option<(i64, Tree)> {
    let boards = instance.classes.last()?.columns.end;
    let must = |row: &crate::model::Row| {
        !row.equal && row.at_most < 0 && row.terms.iter().all(|&(column, a)| column < boards && a < 0)
    };
    let kept = target.rows().position(|row| must(row) && instance.is_even_in(row))?;
    let mut bins: Vec<(i64, Weights)> = Vec::new();
    for (at, bin) in instance.bins.iter().enumerate() {
        let cost = -target.objective[instance.used(target, at)?];
        let limit = target.program.rows.iter().position(|row| row.key == binding(bin))?;
        let usable = target.program.rows[limit].terms.iter().find(|(_, a)| *a < 0).map(|(_, a)| -a)?;
        bins.push((cost, Weights::best(instance, bin.room, usable)?));
    }
    let pricing = Pricing { instance, target, kept, bins: &bins, denominator: denominator(&bins)? };
    pricing.best().map(|(bound, price)| (bound, pricing.tree(bound, price)))
}

fn binding(bin: &Bin) -> RowKey {
    RowKey::Limit(bin.resource, bin.departure)
}

impl Weights {
    /// The weights by which all things weigh most, in bins.
    fn best(instance: &Instance, room: i64, usable: i64) -> Option<Self> {
        let mut units: Vec<(i64, i64)> = (1..=PARTS.min(room)).map(|parts| (room + 1, parts)).collect();
        for class in &instance.classes {
            units.extend(
                [class.size, class.size + 1, room - class.size, room - class.size + 1].map(|unit| (unit, 1)),
            );
        }
        units.push((1, 1));
        units.retain(|&(unit, parts)| unit > 0 && unit <= room * parts);
        units.sort_unstable();
        units.dedup();
        let weights = units.into_iter().filter_map(|unit| Self::of(instance, room, usable, unit));
        let weight = |weights: &Self| -> i128 {
            let things = &weights.lines.lines.last().expect("the cut").things;
            let each = instance.classes.iter().zip(things);
            each.map(|(class, weight)| i128::from(class.count) * i128::from(*weight)).sum()
        };
        weights.reduce(|a, b| {
            let heavier = weight(&b) * i128::from(a.most) > weight(&a) * i128::from(b.most);
            if heavier { b } else { a }
        })
    }

    /// Where a thing weighs its size over `unit.0 / unit.1`; `None` where a bin that is not used cannot be shown
    /// to hold none in a few steps.
    fn of(instance: &Instance, room: i64, limit: i64, (unit, parts): (i64, i64)) -> Option<Self> {
        let sizes: Vec<i64> = instance.classes.iter().map(|class| class.size).collect();
        let mut lines = Lines::new(sizes.clone(), room, limit);
        let beyond = |size: i64| (size * parts).rem_euclid(unit);
        let is_large = |size: &&i64| 2 * **size > room && **size <= room;
        let least =
            sizes.iter().filter(is_large).map(|&size| beyond(size)).filter(|r| *r > beyond(room)).min();
        let inside_part = [(Source::Room, i128::from(parts))];
        let whole = [(Source::Seats, i128::from(parts))];
        let (inside, used) = match least {
            None => (lines.cut(unit, &inside_part), lines.cut(unit, &whole)),
            Some(least) => {
                let raised = i128::from(unit - least);
                let one_at_most = lines.cut(room + 1, &[(Source::Room, 2)]);
                let two_at_most = lines.cut(room, &[(Source::Seats, 2)]);
                let large = lines.below(one_at_most, two_at_most)?;
                (
                    lines.cut(unit, &[inside_part[0], (one_at_most, raised)]),
                    lines.cut(unit, &[whole[0], (large, raised)]),
                )
            }
        };
        lines.below(inside, used)?;
        let cut = lines.lines.last()?;
        let most = -cut.used;
        (cut.at_most == 0 && most > 0).then_some(Self { lines, most })
    }
}

impl Lines {
    fn new(sizes: Vec<i64>, room: i64, usable: i64) -> Self {
        let seats = Line { things: sizes.clone(), used: -usable, at_most: 0 };
        let room = Line { things: sizes, used: 0, at_most: room };
        Self { lines: vec![seats, room], cuts: Vec::new() }
    }

    fn line(&self, source: Source) -> &Line {
        match source {
            Source::Seats => &self.lines[0],
            Source::Room => &self.lines[1],
            Source::Cut(at) => &self.lines[2 + at],
        }
    }

    /// Rounds a combination down.
    fn cut(&mut self, denominator: i64, prices: &[(Source, i128)]) -> Source {
        let over = |of: &dyn Fn(&Line) -> i64| {
            let sum: i128 =
                prices.iter().map(|&(source, price)| price * i128::from(of(self.line(source)))).sum();
            i64::try_from(sum.div_euclid(denominator.into())).unwrap_or(i64::MAX)
        };
        let things = (0..self.lines[0].things.len()).map(|c| over(&|line| line.things[c])).collect();
        let line = Line { things, used: over(&|line| line.used), at_most: over(&|line| line.at_most) };
        self.lines.push(line);
        self.cuts.push((denominator, prices.to_vec()));
        Source::Cut(self.cuts.len() - 1)
    }

    /// What a bin holds at most, and holds more of only where it is used: no more than that, and none where it
    /// is not.
    fn below(&mut self, inside: Source, used: Source) -> Option<Source> {
        let most = self.line(inside).at_most;
        let mut used = used;
        for _ in 0..STEPS {
            let many = -self.line(used).used;
            if many <= most {
                return Some(used);
            }
            used = self.cut(many, &[(inside, 1), (used, i128::from(many - 1))]);
        }
        None
    }
}

/// Bins with their cost and weights, and what it costs that things must go.
struct Pricing<'p> {
    instance: &'p Instance,
    target: &'p Target<'p>,
    /// The row that says that things must go.
    kept: usize,
    bins: &'p [(i64, Weights)],
    /// Of all prices.
    denominator: i64,
}

/// What every bin's weight divides; `None` where it is too large.
fn denominator(bins: &[(i64, Weights)]) -> Option<i64> {
    let common = |denominator: i64, (_, weights): &(i64, Weights)| {
        let denominator = num_integer::lcm(i128::from(denominator), i128::from(weights.most));
        i64::try_from(denominator).ok().filter(|denominator| *denominator <= 1 << 40)
    };
    bins.iter().try_fold(1, common)
}

impl Pricing<'_> {
    /// What a thing of a class costs in a bin, times the denominator.
    fn cost(&self, class: usize, bin: usize) -> i128 {
        let (cost, weights) = &self.bins[bin];
        let weight = weights.lines.lines.last().map_or(0, |line| line.things[class]);
        i128::from(self.denominator / weights.most) * i128::from(*cost) * i128::from(weight)
    }

    fn kept_of(&self, class: usize) -> i128 {
        let row = self.target.rows().nth(self.kept).expect("a row of the target");
        let column = self.instance.classes[class].columns.start;
        -i128::from(row.coefficient(column))
    }

    /// The price of the row that bounds most, and that bound.
    fn best(&self) -> Option<(i64, i128)> {
        let row = self.target.rows().nth(self.kept)?;
        let cheapest: Vec<(i128, i128, i128)> = (0..self.instance.classes.len())
            .filter_map(|class| {
                let of = &self.instance.classes[class];
                let open = (0..self.bins.len()).filter(|&bin| of.open[bin]);
                let cost = open.map(|bin| self.cost(class, bin)).min()?;
                Some((i128::from(of.count), self.kept_of(class), cost))
            })
            .collect();
        let bound = |price: i128| {
            let each = cheapest.iter().map(|&(count, kept, cost)| count * (price * kept - cost).max(0));
            price * i128::from(row.at_most) + each.sum::<i128>()
        };
        let kept = cheapest.iter().filter(|(_, kept, _)| *kept > 0);
        let prices = kept.map(|&(_, kept, cost)| -(-cost).div_euclid(kept));
        let (total, price) = prices.map(|price| (bound(price), price)).min()?;
        let bound = total.div_euclid(self.denominator.into()) + i128::from(self.target.constant);
        Some((i64::try_from(bound).ok()?, price))
    }

    fn tree(&self, bound: i64, price: i128) -> Tree {
        let mut cuts = Vec::new();
        let mut prices = vec![(Priced::Row(self.kept), price)];
        for (bin, (cost, weights)) in self.instance.bins.iter().zip(self.bins) {
            let first = cuts.len();
            for (denominator, sources) in &weights.lines.cuts {
                let prices = sources.iter().flat_map(|&source| self.priced(bin, source, first));
                cuts.push(Combination { denominator: *denominator, prices: prices.collect() });
            }
            let each = i128::from(self.denominator / weights.most) * i128::from(*cost);
            prices.push((Priced::Cut(cuts.len() - 1), each));
        }
        Tree::Cuts(cuts, Combination { denominator: self.denominator, prices }, bound)
    }

    /// The row of a bin that a source and its price stand for, where cuts of other bins come before.
    fn priced(&self, bin: &Bin, (source, price): (Source, i128), first: usize) -> Vec<(Priced, i128)> {
        let row = |key: &RowKey| self.target.program.rows.iter().position(|row| row.key == *key);
        let limit = row(&binding(bin)).map(Priced::Row);
        match source {
            Source::Seats => limit.map(|row| (row, price)).into_iter().collect(),
            Source::Room if self.target.program.rows[bin.row].key == binding(bin) => {
                let open = (Priced::Open(bin.departure), price * i128::from(bin.room));
                limit.map(|row| (row, price)).into_iter().chain([open]).collect()
            }
            Source::Room => vec![(Priced::Row(bin.row), price)],
            Source::Cut(at) => vec![(Priced::Cut(first + at), price)],
        }
    }
}

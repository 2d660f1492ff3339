//! All bins as one: the bound that a single price of room gives, the values at hand, and its proof by cases.
//!
//! One price `p` for room in every bin makes FORMAT's bound that of one knapsack with all the room (the
//! *surrogate relaxation*, whose linear bound is Dantzig's: things in the order of value by size, the last one
//! cut). Plans are split by how many of a class go at all; once, at the root, by how many things go in
//! all, which closes what many things of like worth leave open. Where nothing is cut the things that go are
//! packed, exactly; a packing is a plan that meets its case's bound. (Martello and Toth, *Knapsack Problems*,
//! 1990, chapter 6; Pisinger, *An exact algorithm for large multiple knapsack problems*, 1999, who splits the
//! one knapsack's solution in the same way.)

use super::pack::{self, Thing};
use super::{Class, Instance};
use crate::solve::cases::Tree;
use crate::solve::prices::Prices;

/// The denominator where a price for things is in play.
const UNIT: i128 = 1 << 24;
/// A tree is at most so deep (FORMAT allows 100).
const DEPTH: usize = 95;
/// Leaves beyond which a proof is too long to be written.
const LEAVES: usize = 30_000;

/// What is known of a case: how many of each class go, and how many things in all.
#[derive(Clone, Debug)]
struct Case {
    least: Vec<i64>,
    most: Vec<i64>,
    things: (i64, i64),
    depth: usize,
}

/// The relaxation of a case: prices over a denominator, and how many of each class go, the cut one apart.
#[derive(Clone, Debug)]
struct Relaxed {
    denominator: i128,
    /// Of room.
    room: i128,
    /// Of a thing more (above 0) or fewer (below).
    thing: i128,
    bound: i128,
    point: Vec<i64>,
    /// The class that is cut.
    cut: Option<usize>,
}

/// A case of the proof.
struct Node {
    relaxed: Option<Relaxed>,
    case: Case,
    split: Option<(Split, usize, usize)>,
}

#[derive(Clone, Copy, Debug)]
enum Split {
    Class(usize, i64),
    Things(i64),
}

/// What the search came to.
pub(super) struct Ended {
    /// The best plan: by class, how many go into each bin.
    pub(super) plan: Option<Vec<Vec<i64>>>,
    /// That no plan passes the bound, as cases; `None`: too many.
    pub(super) proof: Option<Tree>,
    /// What no plan passes.
    pub(super) bound: i64,
}

/// How much a search may do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Cases that are looked at.
    pub(super) nodes: usize,
    /// Work of all packings together, and of one.
    pub(super) work: usize,
    pub(super) packing: usize,
}

pub(super) struct Search<'s> {
    instance: &'s Instance,
    stop: &'s dyn Fn() -> bool,
    /// Classes, the most worth by size first.
    order: Vec<usize>,
    room: i64,
    nodes: Vec<Node>,
    effort: Effort,
    best: i64,
    plan: Option<Vec<Vec<i64>>>,
    is_open: bool,
}

impl<'s> Search<'s> {
    /// A search for a plan of more than `known`.
    pub(super) fn new(
        instance: &'s Instance,
        known: i64,
        effort: Effort,
        stop: &'s dyn Fn() -> bool,
    ) -> Self {
        let mut order: Vec<usize> = (0..instance.classes.len()).collect();
        let density = |&c: &usize| (instance.classes[c].value, instance.classes[c].size);
        order.sort_by(|a, b| {
            let ((v, s), (w, t)) = (density(a), density(b));
            (i128::from(w) * i128::from(s)).cmp(&(i128::from(v) * i128::from(t))).then(a.cmp(b))
        });
        let room = instance.bins.iter().map(|bin| bin.room).sum();
        Self {
            instance,
            stop,
            order,
            room,
            nodes: Vec::new(),
            effort,
            best: known,
            plan: None,
            is_open: false,
        }
    }

    pub(super) fn run(mut self) -> Ended {
        let classes = &self.instance.classes;
        let all = classes.iter().map(|class| class.count).sum();
        let case = Case {
            least: vec![0; classes.len()],
            most: classes.iter().map(|class| class.count).collect(),
            things: (0, all),
            depth: 0,
        };
        self.explore(case);
        let leaves: Vec<&Node> = self.nodes.iter().filter(|node| node.split.is_none()).collect();
        let open = leaves.iter().filter_map(|leaf| leaf.relaxed.as_ref()).map(Relaxed::floor).max();
        let bound = open.unwrap_or(self.best).max(self.best);
        let proof = if leaves.len() <= LEAVES { self.tree(0, bound, &mut Vec::new()) } else { None };
        Ended { plan: self.plan, proof, bound }
    }

    /// Looks into a case; its position.
    fn explore(&mut self, case: Case) -> usize {
        let relaxed = self.relax(&case);
        let at = self.nodes.len();
        self.nodes.push(Node { relaxed: relaxed.clone(), case, split: None });
        let Some(relaxed) = relaxed else { return at };
        if relaxed.floor() <= self.best || self.is_open {
            return at;
        }
        let left = &mut self.effort.nodes;
        if *left == 0 || (left.is_multiple_of(64) && (self.stop)()) {
            self.is_open = true;
            return at;
        }
        *left -= 1;
        if relaxed.cut.is_none() && self.pack(&relaxed.point) && relaxed.floor() <= self.best {
            return at;
        }
        match self.split(at, &relaxed) {
            Some(split) => self.descend(at, split),
            None => self.is_open = true,
        }
        at
    }

    fn descend(&mut self, at: usize, split: Split) {
        let halves = [false, true].map(|more| self.nodes[at].case.within(split, more));
        let bounds =
            halves.each_ref().map(|half| self.relax(half).map_or(i64::MIN, |relaxed| relaxed.floor()));
        let [low, high] = halves;
        let (low, high) = if bounds[1] >= bounds[0] {
            let high = self.explore(high);
            (self.explore(low), high)
        } else {
            let low = self.explore(low);
            (low, self.explore(high))
        };
        self.nodes[at].split = Some((split, low, high));
    }

    /// What to split a case on: the number of things, where that lowers the bound; else the class that is cut;
    /// where none is, the undecided one that is nearest to it.
    fn split(&self, at: usize, relaxed: &Relaxed) -> Option<Split> {
        let case = &self.nodes[at].case;
        if case.depth >= DEPTH {
            return None;
        }
        if case.depth == 0
            && let Some(split) = self.split_on_things(case, relaxed)
        {
            return Some(split);
        }
        if let Some(cut) = relaxed.cut {
            return Some(Split::Class(cut, relaxed.point[cut]));
        }
        let open = (0..case.most.len()).filter(|&c| case.least[c] < case.most[c]);
        let distance = |&c: &usize| (relaxed.reduced(&self.instance.classes[c]).abs(), c);
        let nearest = open.min_by_key(distance)?;
        let at_most = relaxed.point[nearest].min(case.most[nearest] - 1).max(case.least[nearest]);
        Some(Split::Class(nearest, at_most))
    }

    fn split_on_things(&self, case: &Case, relaxed: &Relaxed) -> Option<Split> {
        let split = Split::Things(relaxed.point.iter().sum());
        let halves = [false, true].map(|more| self.relax(&case.within(split, more)));
        let most = halves.iter().flatten().map(Relaxed::floor).max()?;
        (most < relaxed.floor()).then_some(split)
    }

    /// Packs what goes; whether it fits. The plan is taken if it is better.
    fn pack(&mut self, point: &[i64]) -> bool {
        let instance = self.instance;
        let value: i64 = instance.classes.iter().zip(point).map(|(class, n)| class.value * n).sum();
        if value <= self.best {
            return true;
        }
        // Where everything goes there is nothing else to choose.
        let all = instance.classes.iter().zip(point).all(|(class, n)| *n == class.count);
        let packing = if all { self.effort.work } else { self.effort.packing };
        let mut work = self.effort.work.min(packing);
        self.effort.work -= work;
        let plan = packed(instance, point, &mut work);
        self.effort.work += work;
        let Some(plan) = plan else { return false };
        (self.best, self.plan) = (value, Some(plan));
        true
    }

    /// The prices of a case that bound it lowest; `None`: nothing is in it.
    fn relax(&self, case: &Case) -> Option<Relaxed> {
        let needed: i64 =
            case.least.iter().zip(&self.instance.classes).map(|(n, class)| n * class.size).sum();
        let forced: i64 = case.least.iter().sum();
        let possible: i64 = case.most.iter().sum();
        if needed > self.room || forced > case.things.1 || possible < case.things.0 {
            return None;
        }
        let plain = self.priced(case, 1, 0);
        let things = plain.things();
        if case.things.0 <= things.0 && things.1 <= case.things.1 {
            return Some(plain);
        }
        Some(self.priced_things(case, things.1 > case.things.1, plain))
    }

    /// The price of a thing, found by halves: the bound is convex in it.
    fn priced_things(&self, case: &Case, too_many: bool, plain: Relaxed) -> Relaxed {
        let sign = if too_many { 1 } else { -1 };
        let most = self.instance.classes.iter().map(|class| class.value.max(class.size)).max().unwrap_or(0);
        let (mut less, mut more) = (0_i128, UNIT * i128::from(most) * 4);
        while more - less > 1 {
            let middle = i128::midpoint(less, more);
            let (fewest, most) = self.priced(case, UNIT, sign * middle).things();
            let enough = if too_many { most <= case.things.1 } else { fewest >= case.things.0 };
            *(if enough { &mut more } else { &mut less }) = middle;
        }
        let tried = [less, more].map(|thing| self.priced(case, UNIT, sign * thing));
        let better = |a: &Relaxed, b: &Relaxed| (a.bound * b.denominator).cmp(&(b.bound * a.denominator));
        tried.into_iter().chain([plain]).min_by(better).expect("three")
    }

    /// Dantzig's bound where a thing costs `thing / unit` besides its room.
    fn priced(&self, case: &Case, unit: i128, thing: i128) -> Relaxed {
        let classes = &self.instance.classes;
        let worth = |c: usize| unit * i128::from(classes[c].value) - thing;
        let mut sorted: Vec<usize> = self.order.clone();
        if thing != 0 {
            let size = |c: usize| i128::from(classes[c].size);
            sorted.sort_by(|&a, &b| (worth(b) * size(a)).cmp(&(worth(a) * size(b))).then(a.cmp(&b)));
        }
        let mut point = case.least.clone();
        let mut left = self.room - point.iter().zip(classes).map(|(n, class)| n * class.size).sum::<i64>();
        let mut cut = None;
        let mut last = None;
        for &c in sorted.iter().filter(|&&c| worth(c) > 0) {
            let more = case.most[c] - case.least[c];
            if more == 0 {
                continue;
            }
            let fit = (left / classes[c].size).min(more);
            point[c] += fit;
            left -= fit * classes[c].size;
            if fit < more {
                last = Some(c);
                cut = Some(c).filter(|_| left > 0);
                break;
            }
        }
        // Over the cut class's size its ratio is exact; where things cost something too the unit is fine enough.
        let (denominator, room, thing) = match last {
            None => (unit, 0, thing),
            Some(c) if thing == 0 => (i128::from(classes[c].size), worth(c) / unit, 0),
            Some(c) => (unit, worth(c).div_euclid(i128::from(classes[c].size)), thing),
        };
        let relaxed = |room: i128| {
            let mut relaxed = Relaxed { denominator, room, thing, bound: 0, point: point.clone(), cut };
            relaxed.bound = self.bound(case, &relaxed);
            relaxed
        };
        let down = relaxed(room);
        if thing == 0 {
            return down;
        }
        let up = relaxed(room + 1);
        if up.bound < down.bound { up } else { down }
    }

    /// What the prices bound, times their denominator.
    fn bound(&self, case: &Case, prices: &Relaxed) -> i128 {
        let things = if prices.thing > 0 { case.things.1 } else { case.things.0 };
        let each = self.instance.classes.iter().enumerate().map(|(c, class)| {
            let reduced = prices.reduced(class);
            reduced * i128::from(if reduced > 0 { case.most[c] } else { case.least[c] })
        });
        prices.room * i128::from(self.room) + prices.thing * i128::from(things) + each.sum::<i128>()
    }

    /// The proof below a node, whose cases `path` leads through.
    fn tree(&self, at: usize, goal: i64, path: &mut Vec<(Split, bool)>) -> Option<Tree> {
        let node = &self.nodes[at];
        match (&node.relaxed, &node.split) {
            (Some(relaxed), _) if relaxed.floor() <= goal => Some(self.leaf(&node.case, relaxed, path)),
            (None, None) => Some(self.leaf(&node.case, &self.refuted(&node.case), path)),
            (_, &Some((split, low, high))) => {
                path.push((split, false));
                let low = self.tree(low, goal, path);
                path.pop();
                path.push((split, true));
                let high = self.tree(high, goal, path);
                path.pop();
                let (columns, at_most) = match split {
                    Split::Class(c, at_most) => (self.instance.classes[c].columns.clone().collect(), at_most),
                    Split::Things(at_most) => (self.all_columns(), at_most),
                };
                Some(Tree::Split { columns, at_most, low: Box::new(low?), high: Box::new(high?) })
            }
            (Some(_), None) => None,
        }
    }

    fn all_columns(&self) -> Vec<usize> {
        let some = self.instance.classes.iter().filter(|class| class.count > 0);
        some.flat_map(|class| class.columns.clone()).collect()
    }

    /// Prices that show that a case without a plan is worth no more than the best.
    fn refuted(&self, case: &Case) -> Relaxed {
        let mut prices =
            Relaxed { denominator: 1, room: 0, thing: 0, bound: 0, point: Vec::new(), cut: None };
        let most = self.instance.classes.iter().map(|class| i128::from(class.value)).max().unwrap_or(0);
        let range = most * i128::from(self.instance.classes.iter().map(|class| class.count).sum::<i64>()) + 1;
        let needed: i64 =
            case.least.iter().zip(&self.instance.classes).map(|(n, class)| n * class.size).sum();
        if needed > self.room {
            prices.room = range;
        } else if case.least.iter().sum::<i64>() > case.things.1 {
            prices.thing = range;
        } else {
            prices.thing = -range;
        }
        prices.bound = self.bound(case, &prices);
        prices
    }

    /// A leaf's prices, by row and then by split: the last that speaks of a class or of the number is the
    /// tightest.
    fn leaf(&self, case: &Case, prices: &Relaxed, path: &[(Split, bool)]) -> Tree {
        let mut numerators = vec![0; self.instance.rows + path.len()];
        for bin in &self.instance.bins {
            numerators[bin.row] = prices.room;
        }
        let mut charge = |wanted: &dyn Fn(&Split) -> bool, price: i128| {
            let row = path.iter().rposition(|(split, more)| wanted(split) && *more == (price < 0));
            if let Some(row) = row.filter(|_| price != 0) {
                numerators[self.instance.rows + row] = price.abs();
            }
        };
        charge(&|split| matches!(split, Split::Things(_)), prices.thing);
        for (c, class) in self.instance.classes.iter().enumerate() {
            let reduced = prices.reduced(class);
            let built_in = if reduced > 0 { case.most[c] == class.count } else { case.least[c] == 0 };
            if !built_in {
                charge(&|split| matches!(split, Split::Class(of, _) if *of == c), reduced);
            }
        }
        let denominator = i64::try_from(prices.denominator).expect("sizes and the unit are small");
        let bound = prices.floor().saturating_add(self.instance.constant);
        Tree::Leaf(Prices { denominator, numerators }, bound)
    }
}

impl Case {
    fn within(&self, split: Split, more: bool) -> Self {
        let mut case = self.clone();
        case.depth += 1;
        match (split, more) {
            (Split::Class(c, at_most), false) => case.most[c] = at_most,
            (Split::Class(c, at_most), true) => case.least[c] = at_most + 1,
            (Split::Things(at_most), false) => case.things.1 = at_most,
            (Split::Things(at_most), true) => case.things.0 = at_most + 1,
        }
        case
    }
}

impl Relaxed {
    fn floor(&self) -> i64 {
        i64::try_from(self.bound.div_euclid(self.denominator)).unwrap_or(i64::MAX)
    }

    /// What one of the class gains at these prices, times the denominator.
    fn reduced(&self, class: &Class) -> i128 {
        self.denominator * i128::from(class.value) - self.room * i128::from(class.size) - self.thing
    }

    /// The fewest and the most things that go, the cut class rounded down and up.
    fn things(&self) -> (i64, i64) {
        let whole: i64 = self.point.iter().sum();
        (whole, whole + i64::from(self.cut.is_some()))
    }
}

/// So many of each class in bins, exactly, by class and bin.
pub(super) fn packed(instance: &Instance, point: &[i64], work: &mut usize) -> Option<Vec<Vec<i64>>> {
    let mut things = Vec::new();
    let mut class_of = Vec::new();
    for (c, class) in instance.classes.iter().enumerate() {
        for _ in 0..point[c] {
            things.push(Thing { size: class.size, open: &class.open });
            class_of.push(c);
        }
    }
    let rooms: Vec<i64> = instance.bins.iter().map(|bin| bin.room).collect();
    let bins = pack::pack(&things, &rooms, work).found()?;
    let mut plan = vec![vec![0; rooms.len()]; point.len()];
    for (c, bin) in class_of.into_iter().zip(bins) {
        plan[c][bin] += 1;
    }
    Some(plan)
}

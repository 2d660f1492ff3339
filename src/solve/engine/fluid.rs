//! One resource as a flow: families as sand, poured through the nested cover into the departures.
//!
//! Every unit of need of an item carries the item's value split evenly over its seats and laps. The
//! circulation of greatest value is the relaxation of the program to this one resource; its potentials
//! are the prices. Afterwards the flow is the fluid rest of a dive: items are taken out one by one, and
//! the rest is rerouted without loss, or the step is undone.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::bound::Prices;
use super::cover::{Part, cover};
use super::instance::{Instance, LAPS, MASS, SEATS, Take};
use super::simplex::{Network, ROOT, UNLIMITED};

/// A value is split in this many parts before it is divided by seats and laps: 2^3 3^2 5 7.
pub(super) const PARTS: i128 = 2520;

/// The flow of one resource.
#[derive(Clone, Debug)]
pub(super) struct Fluid {
    net: Network,
    resource: usize,
    /// By item: the arc from the root that carries it, if it needs the resource.
    class: Vec<Option<usize>>,
    /// By departure: the arc to the root, if there is room.
    sink: Vec<Option<usize>>,
    first_departure: usize,
    leaving: Vec<Vec<usize>>,
    /// Those arcs of each node, leaving and entering, whose flow can change without loss.
    free_leaving: Vec<Vec<usize>>,
    free_entering: Vec<Vec<usize>>,
    /// Every change since the last [`Self::mark`]: the arc, its capacity and its flow before.
    undo: Vec<(usize, i64, i64)>,
    reached: Vec<usize>,
    came_by: Vec<usize>,
    round: usize,
}

/// What one unit of an item's need is worth: its value split over seats and laps.
pub(super) fn weight(instance: &Instance, item: usize) -> i128 {
    let needs = instance.need(item, SEATS) + instance.need(item, LAPS);
    instance.items[item].value * PARTS / i128::from(needs.max(1))
}

impl Fluid {
    /// The network of a resource, solved.
    pub(super) fn pour(instance: &Instance, resource: usize) -> Self {
        let room = room(instance, resource);
        let open = with_room(instance, &room);
        let (parts, order) = cover(&open);
        let sets = open.len();
        let departures = instance.room.len();
        let first_departure = 1 + sets;
        let mut net = Network::new(1 + sets + departures);
        let sink = sinks(instance, &room, first_departure, &mut net);
        for &set in &order {
            for (position, part) in parts[set].iter().enumerate() {
                let to = match *part {
                    Part::Set(smaller) => 1 + smaller,
                    Part::Departure(d) => first_departure + d,
                };
                let arc = net.arc(1 + set, to, UNLIMITED, 0);
                if position == 0 {
                    net.plant(arc);
                }
            }
        }
        let class = classes(instance, resource, &open, &mut net);
        plant_rest(&mut net);
        net.solve();
        let nodes = net.potential.len();
        let mut leaving = vec![Vec::new(); nodes];
        let (mut free_leaving, mut free_entering) = (leaving.clone(), leaving.clone());
        for arc in 0..net.from.len() {
            leaving[net.from[arc]].push(arc);
            if net.reduced_cost(arc) == 0 {
                free_leaving[net.from[arc]].push(arc);
                free_entering[net.to[arc]].push(arc);
            }
        }
        Self {
            net,
            resource,
            class,
            sink,
            first_departure,
            leaving,
            free_leaving,
            free_entering,
            undo: Vec::new(),
            reached: vec![0; nodes],
            came_by: vec![0; nodes],
            round: 0,
        }
    }

    /// Sets the price of the resource on each departure, in [`PARTS`] of a value: of the mass, where seats are that of units of
    /// the average mass.
    pub(super) fn price(&self, instance: &Instance, prices: &mut Prices) {
        let (mass, seats) = instance.mass_and_seats();
        let room = room(instance, self.resource);
        for (d, arc) in self.sink.iter().enumerate() {
            let price = arc.map_or(0, |arc| (-self.net.reduced_cost(arc)).max(0));
            if room[d] < instance.room[d][self.resource] {
                prices.0[MASS][d] = price * i128::from(seats) / i128::from(mass.max(1));
            } else {
                prices.0[self.resource][d] = price;
            }
        }
    }

    /// Starts a step that can be undone.
    pub(super) fn mark(&mut self) {
        self.undo.clear();
    }

    /// Takes the step back.
    pub(super) fn roll_back(&mut self) {
        while let Some((arc, capacity, flow)) = self.undo.pop() {
            self.net.capacity[arc] = capacity;
            self.net.flow[arc] = flow;
        }
    }

    fn set(&mut self, arc: usize, capacity: i64, flow: i64) {
        self.undo.push((arc, self.net.capacity[arc], self.net.flow[arc]));
        self.net.capacity[arc] = capacity;
        self.net.flow[arc] = flow;
    }

    /// Whether the item flows as a whole.
    pub(super) fn carries(&self, item: usize, need: i64) -> bool {
        self.class[item].is_none_or(|arc| self.net.flow[arc] >= need)
    }

    /// The departures that the item's flow reaches, widest path first.
    pub(super) fn outlets(&self, item: usize) -> Vec<usize> {
        let Some(arc) = self.class[item] else { return Vec::new() };
        let mut widest: FxHashMap<usize, i64> = FxHashMap::default();
        let mut found: Vec<(i64, usize)> = Vec::new();
        let mut stack = vec![(self.net.to[arc], i64::MAX)];
        while let Some((node, width)) = stack.pop() {
            if widest.get(&node).is_some_and(|&known| known >= width) {
                continue;
            }
            widest.insert(node, width);
            if node >= self.first_departure {
                found.push((-width, node - self.first_departure));
                continue;
            }
            let carrying = self.leaving[node].iter().filter(|&&arc| self.net.flow[arc] > 0);
            stack.extend(carrying.map(|&arc| (self.net.to[arc], width.min(self.net.flow[arc]))));
        }
        found.sort_unstable();
        let mut seen = rustc_hash::FxHashSet::default();
        found.into_iter().map(|(_, d)| d).filter(|d| seen.insert(*d)).collect()
    }

    /// Whether the departure is as cheap for the item as any.
    pub(super) fn is_cheapest(&self, item: usize, departure: usize) -> bool {
        self.class[item].is_none_or(|arc| {
            self.net.potential[self.net.to[arc]] == self.net.potential[self.first_departure + departure]
        })
    }

    /// Takes the item out of the flow and its `take` out of the departure; the rest is rerouted without
    /// loss. `false`: it cannot be, and the step must be rolled back.
    pub(super) fn commit(&mut self, item: usize, need: i64, departure: usize, take: i64) -> bool {
        let mut owed = 0;
        if let Some(class) = self.class[item] {
            owed = need.min(self.net.flow[class]);
            self.set(class, self.net.capacity[class] - need, self.net.flow[class] - owed);
        }
        let mut excess = 0;
        if take > 0 {
            let Some(sink) = self.sink[departure] else { return false };
            let room = self.net.capacity[sink] - take;
            if room < 0 {
                return false;
            }
            let flow = self.net.flow[sink].min(room);
            excess = self.net.flow[sink] - flow;
            self.set(sink, room, flow);
        }
        let node = self.first_departure + departure;
        let start = self.class[item].map_or(ROOT, |class| self.net.to[class]);
        let direct = excess.min(owed);
        self.transfer(node, start, direct)
            && self.transfer(ROOT, start, owed - direct)
            && self.transfer(node, ROOT, excess - direct)
    }

    /// Takes the item out of the flow and leaves it behind, if the rest stays as valuable.
    pub(super) fn leave(&mut self, item: usize, need: i64) -> bool {
        let Some(class) = self.class[item] else { return true };
        let capacity = self.net.capacity[class] - need;
        let flow = self.net.flow[class].min(capacity);
        let owed = self.net.flow[class] - flow;
        let start = self.net.to[class];
        self.set(class, capacity, flow);
        self.transfer(ROOT, start, owed)
    }

    /// Takes the item out of the flow although the rest loses by it: what it carried is taken from the
    /// departures that its flow leads to.
    pub(super) fn drop(&mut self, item: usize, need: i64) {
        self.mark();
        let Some(class) = self.class[item] else { return };
        let capacity = self.net.capacity[class] - need;
        let flow = self.net.flow[class].min(capacity);
        let mut owed = self.net.flow[class] - flow;
        self.set(class, capacity, flow);
        while owed > 0 {
            let mut node = self.net.to[class];
            let mut path = Vec::new();
            while node != ROOT {
                let Some(&arc) = self.leaving[node].iter().find(|&&arc| self.net.flow[arc] > 0) else {
                    return;
                };
                path.push(arc);
                node = self.net.to[arc];
            }
            let step = path.iter().map(|&arc| self.net.flow[arc]).min().unwrap_or(0).min(owed);
            for arc in path {
                self.set(arc, self.net.capacity[arc], self.net.flow[arc] - step);
            }
            owed -= step;
        }
    }

    /// Sends `amount` from one node to another along residual arcs that cost nothing.
    fn transfer(&mut self, from: usize, to: usize, amount: i64) -> bool {
        let mut left = amount;
        while left > 0 && from != to {
            let Some(path) = self.free_path(from, to) else { return false };
            let step =
                path.iter().map(|&(arc, forward)| self.room(arc, forward)).min().unwrap_or(0).min(left);
            for (arc, forward) in path {
                let flow = self.net.flow[arc] + if forward { step } else { -step };
                self.set(arc, self.net.capacity[arc], flow);
            }
            left -= step;
        }
        true
    }

    fn room(&self, arc: usize, forward: bool) -> i64 {
        if forward { self.net.capacity[arc] - self.net.flow[arc] } else { self.net.flow[arc] }
    }

    /// A shortest path of free residual arcs; the root is passed through only where nothing else leads on.
    fn free_path(&mut self, from: usize, to: usize) -> Option<Vec<(usize, bool)>> {
        self.round += 1;
        self.reached[from] = self.round;
        let mut queue = VecDeque::from([from]);
        let mut root_waits = false;
        loop {
            let node = match queue.pop_front() {
                Some(node) => node,
                None if root_waits => {
                    root_waits = false;
                    ROOT
                }
                None => return None,
            };
            let Self { net, free_leaving, free_entering, reached, came_by, round, .. } = self;
            let out = free_leaving[node].iter().filter(|&&arc| net.flow[arc] < net.capacity[arc]);
            let back = free_entering[node].iter().filter(|&&arc| net.flow[arc] > 0);
            let next = out.map(|&arc| (arc, net.to[arc])).chain(back.map(|&arc| (arc, net.from[arc])));
            for (arc, next) in next {
                if reached[next] == *round {
                    continue;
                }
                reached[next] = *round;
                came_by[next] = arc;
                if next == to {
                    return Some(self.path_to(from, to));
                }
                if next == ROOT {
                    root_waits = true;
                } else {
                    queue.push_back(next);
                }
            }
        }
    }

    fn path_to(&self, from: usize, to: usize) -> Vec<(usize, bool)> {
        let mut path = Vec::new();
        let mut node = to;
        while node != from {
            let arc = self.came_by[node];
            let forward = self.net.to[arc] == node;
            path.push((arc, forward));
            node = if forward { self.net.from[arc] } else { self.net.to[arc] };
        }
        path
    }

    /// Which resource flows.
    pub(super) fn resource(&self) -> usize {
        self.resource
    }
}

/// Nodes that nothing leaves (a set or departure without room) hang at the root by an arc that carries
/// nothing; nothing enters them either.
fn plant_rest(net: &mut Network) {
    for node in 1..net.potential.len() {
        if !net.is_planted(node) {
            let arc = net.arc(node, ROOT, UNLIMITED, 0);
            net.plant(arc);
        }
    }
}

/// How much of a resource there is for the flow on each departure: of seats, as many as may be taken by units of the
/// average mass.
fn room(instance: &Instance, resource: usize) -> Vec<i64> {
    let is_heavy = |room: &Take| resource == SEATS && room[MASS] < UNLIMITED && room[SEATS] > 0;
    if !instance.room.iter().any(is_heavy) {
        return instance.room.iter().map(|room| room[resource]).collect();
    }
    let (mass, seats) = instance.mass_and_seats();
    let of = |room: &Take| {
        let carried = i128::from(room[MASS]) * i128::from(seats) / i128::from(mass.max(1));
        let carried = i64::try_from(carried).ok().filter(|_| is_heavy(room));
        carried.map_or(room[resource], |carried| carried.clamp(1, room[SEATS]))
    };
    instance.room.iter().map(of).collect()
}

/// The sets without the departures that have no room: an arc without capacity would let the simplex cycle.
fn with_room(instance: &Instance, room: &[i64]) -> Vec<fixedbitset::FixedBitSet> {
    let mut some = fixedbitset::FixedBitSet::with_capacity(room.len());
    some.extend((0..room.len()).filter(|&d| room[d] > 0));
    let mut sets = instance.sets.clone();
    for set in &mut sets {
        set.intersect_with(&some);
    }
    sets
}

fn sinks(instance: &Instance, room: &[i64], first: usize, net: &mut Network) -> Vec<Option<usize>> {
    let sink = |(d, &room): (usize, &i64)| {
        (room > 0).then(|| {
            let arc = net.arc(first + d, ROOT, room, instance.day_cost[d] * PARTS);
            net.plant(arc);
            arc
        })
    };
    room.iter().enumerate().map(sink).collect()
}

/// One arc from the root per set and weight, most valuable first.
fn classes(
    instance: &Instance,
    resource: usize,
    open: &[fixedbitset::FixedBitSet],
    net: &mut Network,
) -> Vec<Option<usize>> {
    let mut needs: FxHashMap<(i128, usize), i64> = FxHashMap::default();
    let mut key_of = vec![None; instance.items.len()];
    for (item, key) in key_of.iter_mut().enumerate() {
        let need = instance.need(item, resource);
        let set = instance.items[item].set;
        if need > 0 && !open[set].is_clear() {
            let own = (-weight(instance, item), set);
            *needs.entry(own).or_default() += need;
            *key = Some(own);
        }
    }
    let mut sorted: Vec<((i128, usize), i64)> = needs.into_iter().collect();
    sorted.sort_unstable();
    let arcs: FxHashMap<(i128, usize), usize> =
        sorted.into_iter().map(|(key, need)| (key, net.arc(ROOT, 1 + key.1, need, key.0))).collect();
    key_of.into_iter().map(|key| key.map(|key| arcs[&key])).collect()
}

//! An integer network simplex with lexicographic costs.
//!
//! A circulation of greatest profit on a directed network with one root, in exact integers: capacities
//! and flows in 64 bits, costs in 128, so that several levels fit into one cost as digits. The primal
//! network simplex with block pricing; the tree is kept strongly feasible (Cunningham, *A network
//! simplex method*, Mathematical Programming 11, 1976), which excludes cycling: the arc that leaves is
//! the last blocking one, met along the cycle in its direction from its apex.

/// No capacity in practice; sums of a few stay within 64 bits.
pub(super) const UNLIMITED: i64 = i64::MAX / 8;

/// Where an arc stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Tree,
    Lower,
    Upper,
}

/// A network and its circulation. Node 0 is the root.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) from: Vec<usize>,
    pub(super) to: Vec<usize>,
    pub(super) capacity: Vec<i64>,
    pub(super) flow: Vec<i64>,
    pub(super) cost: Vec<i128>,
    /// By node; the root's is 0.
    pub(super) potential: Vec<i128>,
    state: Vec<State>,
    parent: Vec<usize>,
    /// By node: the tree arc to its parent.
    arc_up: Vec<usize>,
    depth: Vec<usize>,
    first_child: Vec<usize>,
    next_sibling: Vec<usize>,
    previous_sibling: Vec<usize>,
    next_arc: usize,
}

const NONE: usize = usize::MAX;
pub(super) const ROOT: usize = 0;

impl Network {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            from: Vec::new(),
            to: Vec::new(),
            capacity: Vec::new(),
            flow: Vec::new(),
            cost: Vec::new(),
            potential: vec![0; nodes],
            state: Vec::new(),
            parent: vec![NONE; nodes],
            arc_up: vec![NONE; nodes],
            depth: vec![0; nodes],
            first_child: vec![NONE; nodes],
            next_sibling: vec![NONE; nodes],
            previous_sibling: vec![NONE; nodes],
            next_arc: 0,
        }
    }

    /// Adds an arc without flow.
    pub(super) fn arc(&mut self, from: usize, to: usize, capacity: i64, cost: i128) -> usize {
        self.from.push(from);
        self.to.push(to);
        self.capacity.push(capacity);
        self.flow.push(0);
        self.cost.push(cost);
        self.state.push(State::Lower);
        self.from.len() - 1
    }

    /// Makes `arc` the tree arc from its tail up to its head, which has its own already (or is the root).
    pub(super) fn plant(&mut self, arc: usize) {
        let (child, parent) = (self.from[arc], self.to[arc]);
        self.state[arc] = State::Tree;
        self.adopt(child, parent, arc);
        self.potential[child] = self.potential[parent] - self.cost[arc];
    }

    /// Whether the node has its place in the tree.
    pub(super) fn is_planted(&self, node: usize) -> bool {
        node == ROOT || self.parent[node] != NONE
    }

    /// Cost of sending one unit along the arc at the present potentials.
    pub(super) fn reduced_cost(&self, arc: usize) -> i128 {
        self.cost[arc] + self.potential[self.from[arc]] - self.potential[self.to[arc]]
    }

    /// Pivots until no arc is worth entering. Every node must have been planted.
    pub(super) fn solve(&mut self) {
        while let Some(entering) = self.price() {
            self.pivot(entering);
        }
    }

    /// The arc of the next block that gains most a unit.
    fn price(&mut self) -> Option<usize> {
        let arcs = self.from.len();
        let block = (arcs.isqrt() * 2).max(32);
        let mut best: Option<(i128, usize)> = None;
        let mut at = self.next_arc;
        for seen in 1..=arcs {
            if at >= arcs {
                at = 0;
            }
            let gain = match self.state[at] {
                State::Tree => 0,
                State::Lower => -self.reduced_cost(at),
                State::Upper => self.reduced_cost(at),
            };
            if gain > 0 && best.is_none_or(|(most, _)| gain > most) {
                best = Some((gain, at));
            }
            at += 1;
            if seen % block == 0 && best.is_some() {
                break;
            }
        }
        self.next_arc = at;
        best.map(|(_, arc)| arc)
    }

    fn pivot(&mut self, entering: usize) {
        let rising = self.state[entering] == State::Lower;
        let (first, second) = if rising {
            (self.from[entering], self.to[entering])
        } else {
            (self.to[entering], self.from[entering])
        };
        let apex = self.apex(first, second);
        let (step, leaving) = self.ratio(entering, first, second, apex);
        self.push(entering, first, second, apex, step, rising);
        match leaving {
            None => self.state[entering] = if rising { State::Upper } else { State::Lower },
            Some((below, on_first)) => {
                let (rehung, anchor) = if on_first { (first, second) } else { (second, first) };
                self.exchange(entering, below, rehung, anchor);
            }
        }
    }

    fn apex(&self, mut a: usize, mut b: usize) -> usize {
        while a != b {
            if self.depth[a] >= self.depth[b] {
                a = self.parent[a];
            } else {
                b = self.parent[b];
            }
        }
        a
    }

    /// Room for flow from `node` up to its parent.
    fn room_up(&self, node: usize) -> i64 {
        let arc = self.arc_up[node];
        if self.from[arc] == node { self.capacity[arc] - self.flow[arc] } else { self.flow[arc] }
    }

    /// Room for flow from its parent down to `node`.
    fn room_down(&self, node: usize) -> i64 {
        let arc = self.arc_up[node];
        if self.from[arc] == node { self.flow[arc] } else { self.capacity[arc] - self.flow[arc] }
    }

    /// How much fits round the cycle, and the tree arc that blocks last: the node below it, and whether
    /// it is on the side of `first`, where the flow goes down.
    fn ratio(
        &self,
        entering: usize,
        first: usize,
        second: usize,
        apex: usize,
    ) -> (i64, Option<(usize, bool)>) {
        let mut step = self.capacity[entering];
        let mut leaving = None;
        let mut node = first;
        while node != apex {
            let room = self.room_down(node);
            if room < step {
                (step, leaving) = (room, Some((node, true)));
            }
            node = self.parent[node];
        }
        let mut node = second;
        while node != apex {
            let room = self.room_up(node);
            if room <= step {
                (step, leaving) = (room, Some((node, false)));
            }
            node = self.parent[node];
        }
        (step, leaving)
    }

    fn push(&mut self, entering: usize, first: usize, second: usize, apex: usize, step: i64, rising: bool) {
        if step == 0 {
            return;
        }
        self.flow[entering] += if rising { step } else { -step };
        for (start, down) in [(first, true), (second, false)] {
            let mut node = start;
            while node != apex {
                let arc = self.arc_up[node];
                let along = (self.from[arc] == node) != down;
                self.flow[arc] += if along { step } else { -step };
                node = self.parent[node];
            }
        }
    }

    /// The arc above `below` leaves; the part of the tree under it is hung up at `rehung`, under `anchor`.
    fn exchange(&mut self, entering: usize, below: usize, rehung: usize, anchor: usize) {
        let out = self.arc_up[below];
        self.state[out] = if self.flow[out] == 0 { State::Lower } else { State::Upper };
        self.state[entering] = State::Tree;
        let gain = self.reduced_cost(entering);
        let shift = if self.from[entering] == rehung { -gain } else { gain };
        self.orphan(below);
        let (mut node, mut above, mut arc) = (rehung, anchor, entering);
        while node != below {
            let (next, next_arc) = (self.parent[node], self.arc_up[node]);
            self.orphan(node);
            self.adopt_link(node, above, arc);
            (above, arc, node) = (node, next_arc, next);
        }
        self.adopt_link(node, above, arc);
        self.shift_subtree(rehung, shift);
    }

    fn orphan(&mut self, node: usize) {
        let (previous, next) = (self.previous_sibling[node], self.next_sibling[node]);
        if previous == NONE {
            self.first_child[self.parent[node]] = next;
        } else {
            self.next_sibling[previous] = next;
        }
        if next != NONE {
            self.previous_sibling[next] = previous;
        }
    }

    fn adopt_link(&mut self, node: usize, parent: usize, arc: usize) {
        let eldest = self.first_child[parent];
        self.parent[node] = parent;
        self.arc_up[node] = arc;
        self.previous_sibling[node] = NONE;
        self.next_sibling[node] = eldest;
        if eldest != NONE {
            self.previous_sibling[eldest] = node;
        }
        self.first_child[parent] = node;
    }

    fn adopt(&mut self, node: usize, parent: usize, arc: usize) {
        self.adopt_link(node, parent, arc);
        self.depth[node] = self.depth[parent] + 1;
    }

    /// Adds `shift` to the potentials of a subtree and sets its depths.
    fn shift_subtree(&mut self, top: usize, shift: i128) {
        let mut node = top;
        loop {
            self.depth[node] = self.depth[self.parent[node]] + 1;
            self.potential[node] += shift;
            if self.first_child[node] != NONE {
                node = self.first_child[node];
                continue;
            }
            while node != top && self.next_sibling[node] == NONE {
                node = self.parent[node];
            }
            if node == top {
                return;
            }
            node = self.next_sibling[node];
        }
    }
}

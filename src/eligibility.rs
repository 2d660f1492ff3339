//! (unit, departure) -> open, or barred by these rules.
//!
//! Comes in: a scenario and, in a replan, its baseline. Goes out: for every unit the set of
//! departures that are open to it, and what it takes of each. It must not know how the program is
//! built or solved, and [`check`](crate::check) must not know it.
//!
//! Every test of FORMAT's list is one small function of a few features of the unit and of the
//! departure. Few feature values occur in a caseload, so each test is run once per value and
//! departure, and a unit's set is the intersection of its features' sets: no unit x departure
//! matrix is ever made. [`Eligibility::barred`] runs the same functions pair by pair.

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;

use crate::rule::Rule;
use crate::scenario::{
    Baseline, Date, Departure, DepartureIdx, DepartureKind, DocumentIdx, FamilyUnit, Instant, LinkKind,
    Mobility, Person, PlaceIdx, Scenario, Sex, SponsorIdx, UnitIdx, Vetting, Was,
};

/// The rules of eligibility, in FORMAT's order: the tests that a pair can fail.
pub const TESTS: [Rule; 19] = [
    Rule::Cancelled,
    Rule::Closed,
    Rule::Manifest,
    Rule::Movement,
    Rule::Latest,
    Rule::Documents,
    Rule::AdmitsAny,
    Rule::AdmitsAll,
    Rule::SponsorsOnly,
    Rule::Refused,
    Rule::Vetting,
    Rule::Adult,
    Rule::Exclusion,
    Rule::Seats,
    Rule::LapInfants,
    Rule::Wheelchairs,
    Rule::Stretchers,
    Rule::Payload,
    Rule::VettingExceptions,
];

/// What a unit takes of a departure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Take {
    /// Persons of the unit.
    pub persons: i64,
    /// Seats, or slots of a crossing; extra seats included.
    pub seats: i64,
    /// Infants on laps.
    pub lap_infants: i64,
    /// Wheelchair places.
    pub wheelchairs: i64,
    /// Stretcher places.
    pub stretchers: i64,
    /// Persons, hand baggage and bags, kilograms.
    pub mass_kg: i64,
    /// Persons below the vetting that the departure asks for.
    pub below_vetting: i64,
}

/// How a unit travels on one kind of departure, whatever the departure's own numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Loading {
    seated: i64,
    lap_infants: i64,
    wheelchairs: i64,
    stretchers: i64,
    mass_kg: i64,
}

/// All of a unit that decides what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Profile {
    persons: i64,
    extra_seats: i64,
    flight: Loading,
    crossing: Loading,
    /// Persons below each vetting rank; a refused person is below all of them.
    below: [i64; 4],
}

/// A document list as held, sorted by type.
type Held = Vec<(DocumentIdx, Option<Date>)>;

/// Answers which pairs are open, and what a unit takes.
#[derive(Clone, Debug)]
pub struct Eligibility<'a> {
    scenario: &'a Scenario,
    /// Distinct sets of open departures.
    sets: Vec<FixedBitSet>,
    /// By unit: position in `sets`.
    set_of: Vec<u32>,
    /// By unit.
    profiles: Vec<Profile>,
    /// By unit: an adult is in it or in a unit tied to it.
    accompanied: Vec<bool>,
    /// By unit: the locked departure on which the baseline has it, or where it is aboard already.
    locked_on: Vec<Option<DepartureIdx>>,
    manifests: Manifests,
    movement: Movement,
}

/// Whether a locked manifest bars those who are not on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manifests {
    Asked,
    /// At the gate: whoever is there may board.
    Waived,
}

/// Shortest direct travel time between two places, in seconds.
#[derive(Clone, Debug, Default)]
struct Movement(FxHashMap<(PlaceIdx, PlaceIdx), i64>);

impl Movement {
    fn new(scenario: &Scenario) -> Self {
        let mut direct = FxHashMap::default();
        let mut keep = |from, to, seconds: i64| {
            let known = direct.entry((from, to)).or_insert(seconds);
            *known = seconds.min(*known);
        };
        for route in &scenario.routes {
            keep(route.from, route.to, route.seconds);
            if !route.one_way {
                keep(route.to, route.from, route.seconds);
            }
        }
        Self(direct)
    }

    fn seconds(&self, from: PlaceIdx, to: PlaceIdx) -> Option<i64> {
        if from == to { Some(0) } else { self.0.get(&(from, to)).copied() }
    }
}

/// Whether the manifest of a departure is locked at the planning moment.
#[must_use]
pub fn is_locked(scenario: &Scenario, departure: &Departure) -> bool {
    departure.manifest_closes < scenario.as_of
}

/// Works out which departures are open to which unit.
///
/// Time: one pass over the units, and one test per feature value that occurs and departure.
#[must_use]
pub fn assess<'a>(scenario: &'a Scenario, baseline: Option<&Baseline>) -> Eligibility<'a> {
    assess_with(scenario, locked_on(scenario, baseline), Manifests::Asked)
}

fn assess_with(
    scenario: &Scenario,
    locked_on: Vec<Option<DepartureIdx>>,
    manifests: Manifests,
) -> Eligibility<'_> {
    let mut eligibility = Eligibility {
        scenario,
        sets: Vec::new(),
        set_of: Vec::new(),
        profiles: scenario.units.iter().map(profile).collect(),
        accompanied: accompanied(scenario),
        locked_on,
        manifests,
        movement: Movement::new(scenario),
    };
    eligibility.fill_sets();
    eligibility
}

/// Works out who may still board once `aboard` (by [`UnitIdx`]) are where they are. Those stay there, as if
/// on a locked manifest and whatever a test says; to the rest the departures are open that `may` leaves of
/// them, whether their manifests are locked or not.
#[must_use]
pub fn assess_boarding<'a>(
    scenario: &'a Scenario,
    aboard: &[Option<DepartureIdx>],
    may: &dyn Fn(UnitIdx, DepartureIdx) -> bool,
) -> Eligibility<'a> {
    let mut eligibility = assess_with(scenario, aboard.to_vec(), Manifests::Waived);
    eligibility.narrow(&|u, open| {
        let closed: Vec<usize> = open.ones().filter(|&d| !may(u, DepartureIdx::new(d))).collect();
        for d in closed {
            open.set(d, false);
        }
    });
    eligibility.holding(aboard)
}

impl<'a> Eligibility<'a> {
    /// The scenario that was assessed.
    #[must_use]
    pub const fn scenario(&self) -> &'a Scenario {
        self.scenario
    }

    /// The departures open to `unit`.
    #[must_use]
    pub fn open(&self, unit: UnitIdx) -> &FixedBitSet {
        &self.sets[self.set_position(unit)]
    }

    /// Which of the distinct sets is open to `unit`; see [`Self::sets`].
    #[must_use]
    #[expect(clippy::as_conversions, reason = "u32 to usize is lossless where airbridge builds")]
    pub fn set_position(&self, unit: UnitIdx) -> usize {
        self.set_of[unit.index()] as usize
    }

    /// The distinct sets of departures, in order of first use.
    #[must_use]
    pub fn sets(&self) -> &[FixedBitSet] {
        &self.sets
    }

    /// The departures open to `unit`, in file order.
    pub fn departures(&self, unit: UnitIdx) -> impl Iterator<Item = DepartureIdx> + '_ {
        self.open(unit).ones().map(DepartureIdx::new)
    }

    /// Whether `departure` is open to `unit`.
    #[must_use]
    pub fn is_open(&self, unit: UnitIdx, departure: DepartureIdx) -> bool {
        self.open(unit).contains(departure.index())
    }

    /// All that decides what `unit` takes of departures.
    #[must_use]
    pub fn profile(&self, unit: UnitIdx) -> &Profile {
        &self.profiles[unit.index()]
    }

    /// What `unit` takes of `departure`.
    #[must_use]
    pub fn take(&self, unit: UnitIdx, departure: DepartureIdx) -> Take {
        self.profiles[unit.index()].take(&self.scenario.departures[departure.index()])
    }

    /// Where a locked manifest holds `unit`: as if pinned.
    #[must_use]
    pub fn held(&self, unit: UnitIdx) -> Option<DepartureIdx> {
        self.locked_on[unit.index()].filter(|&departure| self.is_open(unit, departure))
    }

    /// Every test that bars `unit` from `departure`, in [`TESTS`]' order; empty where it is open.
    #[must_use]
    pub fn barred(&self, unit: UnitIdx, departure: DepartureIdx) -> Vec<Rule> {
        TESTS.into_iter().filter(|&rule| self.fails(rule, unit, departure)).collect()
    }

    fn fails(&self, rule: Rule, u: UnitIdx, d: DepartureIdx) -> bool {
        let unit = &self.scenario.units[u.index()];
        let departure = &self.scenario.departures[d.index()];
        let exempt = self.locked_on[u.index()] == Some(d);
        let profile = &self.profiles[u.index()];
        let take = profile.take(departure);
        match rule {
            Rule::Cancelled => departure.cancelled,
            Rule::Closed => self.is_closed(departure),
            Rule::Manifest => !exempt && self.is_shut(departure),
            Rule::Movement => !exempt && !self.arrives_in_time(unit.location, unit.ready, departure),
            Rule::Latest => !exempt && unit.latest.is_some_and(|latest| departure.departs > latest),
            Rule::Documents => {
                unit.persons.iter().any(|person| !holds_documents(&person.documents, departure))
            }
            Rule::AdmitsAny => !admits_any(&categories(unit), departure),
            Rule::AdmitsAll => !admits_all(&categories(unit), departure),
            Rule::SponsorsOnly => !admits_sponsor(unit.sponsor, departure),
            Rule::Refused => is_refused(unit),
            Rule::Vetting => !vetting_holds(profile, departure),
            Rule::Adult => !self.accompanied[u.index()],
            Rule::Exclusion => self.is_excluded(u, d),
            Rule::Seats => take.seats > departure.usable_seats(),
            Rule::LapInfants => exceeds(take.lap_infants, departure.lap_infants),
            Rule::Wheelchairs => exceeds(take.wheelchairs, departure.wheelchairs),
            Rule::Stretchers => exceeds(take.stretchers, departure.stretchers),
            Rule::Payload => exceeds(take.mass_kg, departure.payload_kg),
            Rule::VettingExceptions => !exceptions_hold(profile, departure),
            Rule::Unit
            | Rule::Open
            | Rule::Held
            | Rule::Fill
            | Rule::Allotment
            | Rule::Aboard
            | Rule::Used
            | Rule::MinLoad
            | Rule::Budget
            | Rule::Beds
            | Rule::Quota
            | Rule::Pin
            | Rule::SameDeparture
            | Rule::AllOrNone
            | Rule::AtMostOne
            | Rule::Apart
            | Rule::Level
            | Rule::Digest
            | Rule::Certificate => false,
        }
    }

    /// Seconds of the shortest direct route between two places; `None` where there is none.
    #[must_use]
    pub fn travel_seconds(&self, from: PlaceIdx, to: PlaceIdx) -> Option<i64> {
        self.movement.seconds(from, to)
    }

    fn is_shut(&self, departure: &Departure) -> bool {
        self.manifests == Manifests::Asked && is_locked(self.scenario, departure)
    }

    fn is_closed(&self, departure: &Departure) -> bool {
        let day = departure.arrives.date();
        self.scenario.places[departure.to.index()].closed.iter().any(|&(from, to)| from <= day && day <= to)
    }

    fn arrives_in_time(&self, location: PlaceIdx, ready: Instant, departure: &Departure) -> bool {
        self.movement.seconds(location, departure.from).is_some_and(|seconds| {
            ready.max(self.scenario.as_of).plus_seconds(seconds) <= departure.reports_by
        })
    }

    /// When the unit can be at the departure's place; `None` where no route leads there.
    #[must_use]
    pub fn arrival(&self, unit: UnitIdx, departure: DepartureIdx) -> Option<Instant> {
        let family = &self.scenario.units[unit.index()];
        let seconds =
            self.movement.seconds(family.location, self.scenario.departures[departure.index()].from)?;
        Some(family.ready.max(self.scenario.as_of).plus_seconds(seconds))
    }

    fn is_excluded(&self, unit: UnitIdx, departure: DepartureIdx) -> bool {
        self.scenario
            .exclusions
            .iter()
            .any(|exclusion| exclusion.unit == unit && exclusion.departure.is_none_or(|d| d == departure))
    }

    /// With these units (by [`UnitIdx`]) held where they are, as if on a locked manifest: nothing else is
    /// open to them.
    #[must_use]
    pub fn holding(mut self, held: &[Option<DepartureIdx>]) -> Self {
        self.narrow(&|u, open| {
            if let Some(d) = held[u.index()] {
                open.clear();
                open.insert(d.index());
            }
        });
        for (locked, held) in self.locked_on.iter_mut().zip(held) {
            *locked = held.or(*locked);
        }
        self
    }

    /// Changes what is open to each unit.
    pub(crate) fn narrow(&mut self, narrow: &dyn Fn(UnitIdx, &mut FixedBitSet)) {
        let units = (0..self.scenario.units.len()).map(UnitIdx::new);
        let narrowed = |u: UnitIdx| {
            let mut open = self.open(u).clone();
            narrow(u, &mut open);
            open
        };
        let (sets, set_of) = distinct(units.map(narrowed));
        (self.sets, self.set_of) = (sets, set_of);
    }

    fn fill_sets(&mut self) {
        let mut features = Features::default();
        let excluded = exclusions_by_unit(self.scenario);
        let units = (0..self.scenario.units.len()).map(UnitIdx::new);
        let (sets, set_of) = distinct(units.map(|u| self.open_set(u, &mut features, excluded.get(&u))));
        (self.sets, self.set_of) = (sets, set_of);
    }

    /// The intersection of the unit's feature sets; what the planner or a locked manifest says of single
    /// pairs comes on top.
    fn open_set(
        &self,
        u: UnitIdx,
        features: &mut Features,
        excluded: Option<&Vec<Option<DepartureIdx>>>,
    ) -> FixedBitSet {
        let unit = &self.scenario.units[u.index()];
        let mut open = FixedBitSet::with_capacity(self.scenario.departures.len());
        if is_refused(unit) || !self.accompanied[u.index()] {
            return open;
        }
        open.insert_range(..);
        features.intersect(self, u, &mut open);
        for departure in excluded.into_iter().flatten() {
            match departure {
                Some(d) => open.set(d.index(), false),
                None => open.clear(),
            }
        }
        if let Some(d) = self.locked_on[u.index()] {
            open.set(d.index(), self.barred(u, d).is_empty());
        }
        open
    }
}

/// The distinct ones of `sets`, in order of first use, and which of them each is.
fn distinct(sets: impl Iterator<Item = FixedBitSet>) -> (Vec<FixedBitSet>, Vec<u32>) {
    let mut known: FxHashMap<FixedBitSet, u32> = FxHashMap::default();
    let position = |set: FixedBitSet| {
        let next = u32::try_from(known.len()).expect("fewer sets than units");
        *known.entry(set).or_insert(next)
    };
    let set_of = sets.map(position).collect();
    let mut sets: Vec<(FixedBitSet, u32)> = known.into_iter().collect();
    sets.sort_unstable_by_key(|&(_, position)| position);
    (sets.into_iter().map(|(set, _)| set).collect(), set_of)
}

/// The sets of departures that each feature value leaves open, as far as they have been asked for.
#[derive(Default)]
struct Features {
    departures: Option<FixedBitSet>,
    movement: FxHashMap<(PlaceIdx, Instant), FixedBitSet>,
    latest: FxHashMap<Instant, FixedBitSet>,
    documents: FxHashMap<Held, FixedBitSet>,
    categories: FxHashMap<Vec<usize>, FixedBitSet>,
    sponsor: FxHashMap<Option<SponsorIdx>, FixedBitSet>,
    profile: FxHashMap<Profile, FixedBitSet>,
}

impl Features {
    fn intersect(&mut self, eligibility: &Eligibility, u: UnitIdx, open: &mut FixedBitSet) {
        let scenario = eligibility.scenario;
        let all = &scenario.departures;
        let unit = &scenario.units[u.index()];
        let set = |keep: &dyn Fn(&Departure) -> bool| -> FixedBitSet {
            let mut set = FixedBitSet::with_capacity(all.len());
            set.extend(all.iter().enumerate().filter(|(_, departure)| keep(departure)).map(|(d, _)| d));
            set
        };
        let usable = self.departures.get_or_insert_with(|| {
            set(&|d| !d.cancelled && !eligibility.is_closed(d) && !eligibility.is_shut(d))
        });
        open.intersect_with(usable);
        let ready = unit.ready.max(scenario.as_of);
        open.intersect_with(
            self.movement
                .entry((unit.location, ready))
                .or_insert_with(|| set(&|d| eligibility.arrives_in_time(unit.location, ready, d))),
        );
        if let Some(latest) = unit.latest {
            open.intersect_with(self.latest.entry(latest).or_insert_with(|| set(&|d| d.departs <= latest)));
        }
        for person in &unit.persons {
            if !self.documents.contains_key(&person.documents) {
                let holds = set(&|d| holds_documents(&person.documents, d));
                self.documents.insert(person.documents.clone(), holds);
            }
            open.intersect_with(&self.documents[&person.documents]);
        }
        open.intersect_with(
            self.categories
                .entry(categories(unit))
                .or_insert_with_key(|members| set(&|d| admits_any(members, d) && admits_all(members, d))),
        );
        open.intersect_with(
            self.sponsor.entry(unit.sponsor).or_insert_with(|| set(&|d| admits_sponsor(unit.sponsor, d))),
        );
        let profile = eligibility.profile(u);
        open.intersect_with(self.profile.entry(*profile).or_insert_with(|| set(&|d| profile.fits(d))));
    }
}

fn exceeds(taken: i64, limit: Option<i64>) -> bool {
    limit.is_some_and(|limit| taken > limit)
}

/// Whether a person with these documents holds every type of at least one list of the departure.
fn holds_documents(held: &[(DocumentIdx, Option<Date>)], departure: &Departure) -> bool {
    let last_day = departure.arrives.date().plus_days(departure.document_validity_days);
    let counts = |wanted: &DocumentIdx| {
        held.iter().any(|(kind, expiry)| kind == wanted && expiry.is_none_or(|expiry| expiry >= last_day))
    };
    departure.documents.is_empty() || departure.documents.iter().any(|all_of| all_of.iter().all(counts))
}

/// The categories of a unit's members, sorted, each once.
fn categories(unit: &FamilyUnit) -> Vec<usize> {
    let mut members: Vec<usize> = unit.persons.iter().map(|person| person.category.index()).collect();
    members.sort_unstable();
    members.dedup();
    members
}

fn admits_any(members: &[usize], departure: &Departure) -> bool {
    departure.admits_any.as_ref().is_none_or(|admitted| admitted.iter().any(|c| members.contains(&c.index())))
}

fn admits_all(members: &[usize], departure: &Departure) -> bool {
    departure
        .admits_all
        .as_ref()
        .is_none_or(|admitted| members.iter().all(|member| admitted.iter().any(|c| c.index() == *member)))
}

fn admits_sponsor(sponsor: Option<SponsorIdx>, departure: &Departure) -> bool {
    departure.sponsors_only.as_ref().is_none_or(|only| sponsor.is_some_and(|sponsor| only.contains(&sponsor)))
}

fn is_refused(unit: &FamilyUnit) -> bool {
    unit.persons.iter().any(|person| person.vetting == Vetting::Refused)
}

fn vetting_holds(profile: &Profile, departure: &Departure) -> bool {
    departure.vetting.is_none_or(|vetting| vetting.exceptions > 0 || profile.below(vetting.min) == 0)
}

fn exceptions_hold(profile: &Profile, departure: &Departure) -> bool {
    departure.vetting.is_none_or(|vetting| profile.below(vetting.min) <= vetting.exceptions)
}

/// By unit: whether an adult is in it, or in a unit tied to it by a chain of `same_departure` links.
fn accompanied(scenario: &Scenario) -> Vec<bool> {
    let own: Vec<bool> = scenario.units.iter().map(|unit| unit.persons.iter().any(is_adult)).collect();
    let tied = tied_units(scenario);
    let mut led = vec![false; scenario.units.len()];
    for (u, &head) in tied.iter().enumerate() {
        led[head] |= own[u];
    }
    tied.iter().map(|&head| led[head]).collect()
}

fn find(head: &mut [usize], mut u: usize) -> usize {
    while head[u] != u {
        head[u] = head[head[u]];
        u = head[u];
    }
    u
}

/// By unit: the first unit of the group that `same_departure` links tie it to, directly or through a chain.
#[must_use]
pub fn tied_units(scenario: &Scenario) -> Vec<usize> {
    tied_by(scenario, &[LinkKind::SameDeparture])
}

/// By unit: the first unit of the group that travels whole or not at all, by chains of `same_departure` and
/// `all_or_none` links.
#[must_use]
pub fn companions(scenario: &Scenario) -> Vec<usize> {
    tied_by(scenario, &[LinkKind::SameDeparture, LinkKind::AllOrNone])
}

fn tied_by(scenario: &Scenario, kinds: &[LinkKind]) -> Vec<usize> {
    let mut head: Vec<usize> = (0..scenario.units.len()).collect();
    for link in scenario.links.iter().filter(|link| kinds.contains(&link.kind)) {
        for pair in link.units.windows(2) {
            let (a, b) = (find(&mut head, pair[0].index()), find(&mut head, pair[1].index()));
            head[a.max(b)] = a.min(b);
        }
    }
    (0..head.len()).map(|u| find(&mut head, u)).collect()
}

fn locked_on(scenario: &Scenario, baseline: Option<&Baseline>) -> Vec<Option<DepartureIdx>> {
    let of = |was: &Was| match *was {
        Was::On(d) if is_locked(scenario, &scenario.departures[d.index()]) => Some(d),
        Was::On(_) | Was::Unseated | Was::Gone => None,
    };
    match baseline {
        Some(baseline) => baseline.was.iter().map(of).collect(),
        None => vec![None; scenario.units.len()],
    }
}

fn exclusions_by_unit(scenario: &Scenario) -> FxHashMap<UnitIdx, Vec<Option<DepartureIdx>>> {
    let mut by_unit: FxHashMap<UnitIdx, Vec<Option<DepartureIdx>>> = FxHashMap::default();
    for exclusion in &scenario.exclusions {
        by_unit.entry(exclusion.unit).or_default().push(exclusion.departure);
    }
    by_unit
}

fn is_adult(person: &Person) -> bool {
    person.age >= 18.0
}

/// The persons that travel on a lap on a flight: infants without a seat of their own, in list order, as
/// long as an adult of the unit is free.
fn on_lap(unit: &FamilyUnit) -> Vec<bool> {
    let mut free = unit.persons.iter().filter(|person| is_adult(person)).count();
    let mut sit_on_lap = |person: &Person| {
        let lap = person.age < 2.0 && !person.own_seat && free > 0;
        free -= usize::from(lap);
        lap
    };
    unit.persons.iter().map(&mut sit_on_lap).collect()
}

/// The mass of a person with a seat, hand baggage included, kilograms.
fn seated_mass(person: &Person) -> i64 {
    person.mass_kg.unwrap_or(match person.sex {
        _ if person.age < 12.0 => 35,
        Some(Sex::Male) => 88,
        Some(Sex::Female) => 70,
        None => 84,
    })
}

fn loading(unit: &FamilyUnit, laps: &[bool]) -> Loading {
    let mut loading = Loading::default();
    for (person, &lap) in unit.persons.iter().zip(laps) {
        if lap {
            loading.lap_infants += 1;
            loading.mass_kg = loading.mass_kg.saturating_add(person.mass_kg.unwrap_or(0));
            continue;
        }
        loading.seated += 1;
        loading.wheelchairs += i64::from(person.mobility == Mobility::Wchc);
        loading.stretchers += i64::from(person.mobility == Mobility::Stretcher);
        loading.mass_kg = loading.mass_kg.saturating_add(seated_mass(person));
    }
    loading
}

fn profile(unit: &FamilyUnit) -> Profile {
    let below = |min: Vetting| count(unit.persons.iter().filter(|person| !person.vetting.meets(min)));
    Profile {
        persons: count(unit.persons.iter()),
        extra_seats: unit.extra_seats,
        flight: loading(unit, &on_lap(unit)),
        crossing: loading(unit, &vec![false; unit.persons.len()]),
        below: [
            below(Vetting::Unverified),
            below(Vetting::SelfDeclared),
            below(Vetting::GroupChecked),
            below(Vetting::GovernmentMatched),
        ],
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> i64 {
    i64::try_from(items.count()).expect("lists are shorter than 2^63")
}

impl Profile {
    /// Persons of the unit below `min`.
    fn below(&self, min: Vetting) -> i64 {
        min.rank().map_or(0, |rank| self.below[usize::from(rank)])
    }

    /// The profile as integers, for a class's key.
    pub(crate) fn key(&self, key: &mut Vec<i64>) {
        let loading = |l: &Loading| [l.seated, l.lap_infants, l.wheelchairs, l.stretchers, l.mass_kg];
        key.extend([self.persons, self.extra_seats]);
        key.extend(loading(&self.flight));
        key.extend(loading(&self.crossing));
        key.extend(self.below);
    }

    /// What a unit of this profile takes of `departure`.
    #[must_use]
    pub fn take(&self, departure: &Departure) -> Take {
        let (loading, seats_per_stretcher) = match departure.kind {
            DepartureKind::CharterFlight => (&self.flight, departure.seats_per_stretcher),
            DepartureKind::BorderCrossing => (&self.crossing, 1),
        };
        let stretcher_seats = loading.stretchers.saturating_mul(seats_per_stretcher - 1);
        Take {
            persons: self.persons,
            seats: loading.seated.saturating_add(stretcher_seats).saturating_add(self.extra_seats),
            lap_infants: loading.lap_infants,
            wheelchairs: loading.wheelchairs,
            stretchers: loading.stretchers,
            mass_kg: loading.mass_kg.saturating_add(loading.seated.saturating_mul(departure.bag_kg)),
            below_vetting: departure.vetting.map_or(0, |vetting| self.below(vetting.min)),
        }
    }

    /// Whether the unit alone fits the empty departure, its vetting included.
    fn fits(&self, departure: &Departure) -> bool {
        let take = self.take(departure);
        take.seats <= departure.usable_seats()
            && !exceeds(take.lap_infants, departure.lap_infants)
            && !exceeds(take.wheelchairs, departure.wheelchairs)
            && !exceeds(take.stretchers, departure.stretchers)
            && !exceeds(take.mass_kg, departure.payload_kg)
            && vetting_holds(self, departure)
            && exceptions_hold(self, departure)
    }
}

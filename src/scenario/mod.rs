//! The scenario as the rest of the program sees it: plain data, references resolved to positions.
//!
//! Comes in: nothing. Goes out: the planner's nouns, once each. It must not know how the file is
//! written ([`format`](mod@format)) or read ([`read`](mod@read)), nor anything to the right of it on the line of data.

pub mod format;
pub mod moment;
pub mod read;

pub use moment::{Date, Instant};

/// Declares a position in one of the scenario's lists.
macro_rules! position {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// The position as this type. Lists longer than `u32::MAX` cannot be read.
            ///
            /// # Panics
            /// Where `index` does not fit 32 bits.
            #[must_use]
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).expect("lists are shorter than 2^32"))
            }

            /// The position as a plain index into its list.
            #[must_use]
            #[expect(clippy::as_conversions, reason = "u32 to usize is lossless where airbridge builds")]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

position!(
    /// A category, by priority: 0 is the highest.
    CategoryIdx
);
position!(
    /// A place.
    PlaceIdx
);
position!(
    /// A departure, in file order.
    DepartureIdx
);
position!(
    /// A family unit, in file order.
    UnitIdx
);
position!(
    /// A sponsor, in order of first mention.
    SponsorIdx
);
position!(
    /// A document type, in order of first mention.
    DocumentIdx
);
position!(
    /// A tag, in order of first mention.
    TagIdx
);

/// Everything a planner wrote, checked and with references resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Shown on every output.
    pub name: String,
    /// Shown on every output.
    pub description: String,
    /// The planning moment.
    pub as_of: Instant,
    /// Category ids, highest priority first.
    pub categories: Vec<String>,
    /// Sponsor names by [`SponsorIdx`].
    pub sponsors: Vec<String>,
    /// Document types by [`DocumentIdx`].
    pub document_types: Vec<String>,
    /// Tags by [`TagIdx`].
    pub tags: Vec<String>,
    /// The objective levels.
    pub policy: Policy,
    /// Cities, airports, crossings, transit sites.
    pub places: Vec<Place>,
    /// Ground movement between places.
    pub routes: Vec<Route>,
    /// What has capacity.
    pub departures: Vec<Departure>,
    /// What is seated, all or none.
    pub units: Vec<FamilyUnit>,
    /// Ties between units.
    pub links: Vec<Link>,
    /// Pairs that must be so.
    pub pins: Vec<Pin>,
    /// Pairs that must not be so.
    pub exclusions: Vec<Exclusion>,
    /// Fairness floors and ceilings.
    pub quotas: Vec<Quota>,
    /// Ceiling on the cost of uncommitted departures in use, US dollars.
    pub budget_usd: Option<i64>,
}

/// A city, airport, crossing or transit site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Unique id.
    pub id: String,
    /// For people.
    pub name: String,
    /// For people.
    pub country: String,
    /// Persons that can stay on one day, where this is a transit site.
    pub beds: Option<i64>,
    /// Days that an arrival takes a bed, from the day of arrival on.
    pub dwell_days: i64,
    /// `(until, persons)`: there on every day up to and including `until`; entries add up.
    pub occupied: Vec<(Date, i64)>,
    /// `(from, to)`, both included: nothing may arrive on such a day.
    pub closed: Vec<(Date, Date)>,
}

/// Ground movement between two places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// One end; the start where `one_way`.
    pub from: PlaceIdx,
    /// The other end.
    pub to: PlaceIdx,
    /// Travel time in whole seconds: `floor(3600 * hours + 0.5)`.
    pub seconds: i64,
    /// Whether it can be used from `from` to `to` only.
    pub one_way: bool,
}

/// What kind of departure it is.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DepartureKind {
    /// Infants may travel on laps; stretchers block several seats.
    #[default]
    CharterFlight,
    /// Every person takes a slot.
    BorderCrossing,
}

/// Seats held for a sponsor's units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allotment {
    /// For whom.
    pub sponsor: SponsorIdx,
    /// How many seats.
    pub seats: i64,
    /// From when on it is void.
    pub release: Option<Instant>,
}

/// What a departure asks of everybody's vetting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VettingRule {
    /// The least vetting; never [`Vetting::Refused`].
    pub min: Vetting,
    /// How many persons aboard may be below it.
    pub exceptions: i64,
}

/// A charter flight or a border-crossing slot: what has capacity.
#[derive(Clone, Debug, PartialEq)]
pub struct Departure {
    /// Unique id.
    pub id: String,
    /// Flight or crossing.
    pub kind: DepartureKind,
    /// Where it leaves.
    pub from: PlaceIdx,
    /// Where it arrives.
    pub to: PlaceIdx,
    /// When it leaves.
    pub departs: Instant,
    /// When it arrives; not before `departs`.
    pub arrives: Instant,
    /// When a unit must be at `from`; not after `departs`.
    pub reports_by: Instant,
    /// If earlier than `as_of` the manifest is locked.
    pub manifest_closes: Instant,
    /// Seats of the aircraft, or persons admitted in this slot.
    pub seats: i64,
    /// Seats taken by crew, security or the host authority.
    pub blocked_seats: i64,
    /// Most infants on laps; `None` is unlimited.
    pub lap_infants: Option<i64>,
    /// Most wheelchair places; `None` is unlimited.
    pub wheelchairs: Option<i64>,
    /// Most stretcher places; `None` is unlimited.
    pub stretchers: Option<i64>,
    /// Seats that one stretcher blocks on a flight, its patient included.
    pub seats_per_stretcher: i64,
    /// Most mass in kilograms; `None` is unlimited.
    pub payload_kg: Option<i64>,
    /// Checked mass per person with a seat, kilograms.
    pub bag_kg: i64,
    /// Each person must hold every type of at least one inner list; empty asks for none.
    pub documents: Vec<Vec<DocumentIdx>>,
    /// Days after arrival for which a document must still be valid.
    pub document_validity_days: i64,
    /// What is asked of vetting.
    pub vetting: Option<VettingRule>,
    /// A unit needs at least one member of these categories; `None` asks for nothing.
    pub admits_any: Option<Vec<CategoryIdx>>,
    /// Every member must be of these categories; `None` asks for nothing.
    pub admits_all: Option<Vec<CategoryIdx>>,
    /// Only units of these sponsors; `None` asks for nothing.
    pub sponsors_only: Option<Vec<SponsorIdx>>,
    /// Seats held for sponsors, released ones too.
    pub allotments: Vec<Allotment>,
    /// `false`: the solver decides whether to charter it.
    pub committed: bool,
    /// Counted only where not committed and someone is aboard, US dollars.
    pub cost_usd: i64,
    /// Either nobody is aboard or at least this many persons.
    pub min_load: i64,
    /// Probability that it does not leave, 0 to 1.
    pub cancel_probability: f64,
    /// Nobody can be aboard.
    pub cancelled: bool,
}

impl Departure {
    /// Seats less blocked seats.
    #[must_use]
    pub const fn usable_seats(&self) -> i64 {
        self.seats - self.blocked_seats
    }
}

/// Sex as a list may name it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// `"f"`.
    #[serde(rename = "f")]
    Female,
    /// `"m"`.
    #[serde(rename = "m")]
    Male,
}

/// Mobility, after the codes of air travel.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mobility {
    /// Walks.
    #[default]
    None,
    /// Wheelchair for the ramp.
    Wchr,
    /// Wheelchair for steps.
    Wchs,
    /// Wheelchair to the seat: takes a wheelchair place.
    Wchc,
    /// Lies: takes a stretcher place.
    Stretcher,
}

/// How far a person is vetted. The order is that of the format, `Refused` apart: it reaches no level.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Vetting {
    /// Nothing is known.
    #[default]
    Unverified,
    /// By their own word.
    SelfDeclared,
    /// Checked by a group.
    GroupChecked,
    /// Matched by a government.
    GovernmentMatched,
    /// Refused.
    Refused,
}

impl Vetting {
    /// 0 for unverified to 3 for government matched; `None` for refused, which reaches no level.
    #[must_use]
    pub const fn rank(self) -> Option<u8> {
        match self {
            Vetting::Unverified => Some(0),
            Vetting::SelfDeclared => Some(1),
            Vetting::GroupChecked => Some(2),
            Vetting::GovernmentMatched => Some(3),
            Vetting::Refused => None,
        }
    }

    /// Whether this vetting meets `min`; a refused person meets nothing.
    #[must_use]
    pub fn meets(self, min: Vetting) -> bool {
        self.rank() >= min.rank() && self.rank().is_some()
    }
}

/// One person.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Unique in the scenario; a pseudonym.
    pub id: String,
    /// Their own category.
    pub category: CategoryIdx,
    /// Years at `as_of`, fractions allowed.
    pub age: f64,
    /// `None`: no list matches.
    pub sex: Option<Sex>,
    /// How they move.
    pub mobility: Mobility,
    /// How far they are vetted.
    pub vetting: Vetting,
    /// Document types held, with the day of expiry if there is one; sorted by type.
    pub documents: Vec<(DocumentIdx, Option<Date>)>,
    /// Free words.
    pub tags: Vec<TagIdx>,
    /// An infant that takes a seat although a lap is free.
    pub own_seat: bool,
    /// A known mass, hand baggage included, kilograms; else the standard mass.
    pub mass_kg: Option<i64>,
}

/// What a unit prefers: a departure, or any departure to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreferenceTarget {
    /// This departure; comes before its place.
    Departure(DepartureIdx),
    /// Any departure to this place.
    Place(PlaceIdx),
}

/// A family unit: what is seated, all or none.
#[derive(Clone, Debug, PartialEq)]
pub struct FamilyUnit {
    /// Unique id.
    pub id: String,
    /// The group that put the unit forward.
    pub sponsor: Option<SponsorIdx>,
    /// Where it is.
    pub location: PlaceIdx,
    /// Can move from then on.
    pub ready: Instant,
    /// The departure must leave at or before it.
    pub latest: Option<Instant>,
    /// The planner's own score.
    pub urgency: i64,
    /// Further seats that the unit occupies.
    pub extra_seats: i64,
    /// Probability that the unit turns up as a whole, 0 to 1.
    pub show_probability: f64,
    /// What it is worth to the unit to go there, in file order; see [`FamilyUnit::preference`].
    pub preferences: Vec<(PreferenceTarget, i64)>,
    /// Position of the anchor in `persons`.
    pub anchor: Option<usize>,
    /// At least one.
    pub persons: Vec<Person>,
}

/// A tie between units.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// All on one departure, or none.
    SameDeparture,
    /// All seated, on any departures, or none.
    AllOrNone,
    /// At most one seated.
    AtMostOne,
    /// No two on the same departure.
    Apart,
}

/// A tie between at least two units, each named once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What kind.
    pub kind: LinkKind,
    /// Which units, in file order.
    pub units: Vec<UnitIdx>,
}

/// A pair that must be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pin {
    /// Who.
    pub unit: UnitIdx,
    /// Where.
    pub departure: DepartureIdx,
}

/// A pair that must not be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// Who.
    pub unit: UnitIdx,
    /// Where; `None`: anywhere.
    pub departure: Option<DepartureIdx>,
}

/// A fairness floor or ceiling.
#[derive(Clone, Debug, PartialEq)]
pub struct Quota {
    /// Unique name.
    pub name: String,
    /// Which seated persons are counted (P).
    pub count: Filter,
    /// Among whom (Q); `None`: all seated persons.
    pub among: Option<Filter>,
    /// On which departures; `None`: all.
    pub departures: Option<Vec<DepartureIdx>>,
    /// Least P.
    pub min: Option<i64>,
    /// Most P.
    pub max: Option<i64>,
    /// Least P as a percentage of Q.
    pub min_percent: Option<i64>,
    /// Most P as a percentage of Q.
    pub max_percent: Option<i64>,
}

/// A person matches if every given key holds; the default matches everybody.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Any of these categories, as `mixed_status` counts the person.
    pub category: Option<Vec<CategoryIdx>>,
    /// Any of these tags.
    pub tag: Option<Vec<TagIdx>>,
    /// The unit has any of these sponsors.
    pub sponsor: Option<Vec<SponsorIdx>>,
    /// Any of these.
    pub sex: Option<Vec<Sex>>,
    /// Any of these.
    pub mobility: Option<Vec<Mobility>>,
    /// The unit is at any of these places.
    pub location: Option<Vec<PlaceIdx>>,
    /// The unit is any of these.
    pub unit: Option<Vec<UnitIdx>>,
    /// At least so old, inclusive.
    pub min_age: Option<f64>,
    /// At most so old, inclusive.
    pub max_age: Option<f64>,
    /// At least so far vetted; never [`Vetting::Refused`].
    pub min_vetting: Option<Vetting>,
}

/// Which category a person counts under in every filter.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MixedStatus {
    /// Their own.
    #[default]
    PerPerson,
    /// The unit's highest.
    BestMember,
    /// That of the unit's anchor, or of its first person.
    Anchor,
}

/// The objective levels, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// How a filter counts the persons of a mixed family.
    pub mixed_status: MixedStatus,
    /// As written, or the strict default; without the level that a baseline adds.
    pub levels: Vec<Level>,
}

/// Whether a level is maximised or minimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(schemars::JsonSchema)]
pub enum Sense {
    /// The more the better.
    Maximize,
    /// The less the better.
    Minimize,
}

impl Sense {
    /// 1, or -1 where less is better: times a value it is to be maximised.
    #[must_use]
    pub const fn sign(self) -> i64 {
        match self {
            Self::Maximize => 1,
            Self::Minimize => -1,
        }
    }
}

/// What a level measures.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// Seated persons that match.
    Persons(Filter),
    /// Seats used by units with a member that matches.
    Seats(Filter),
    /// Seated units with a member that matches.
    Units(Filter),
    /// For every seated person the sum of the weights of the entries it matches.
    Weighted(Vec<(Filter, i64)>),
    /// Urgency of seated units with a member that matches.
    Urgency(Filter),
    /// Preference of seated units with a member that matches, for their departure.
    Preference(Filter),
    /// Thousandths of persons expected to arrive, over seated persons that match.
    ExpectedPersons(Filter),
    /// Seated persons that match, times days from `as_of` to departure.
    PersonDays(Filter),
    /// Seated persons that match, times days from `ready` to `as_of`.
    WaitingDays(Filter),
    /// Cost of uncommitted departures with someone aboard, US dollars.
    Cost,
    /// Persons of units whose departure differs from the baseline's.
    Changes,
    /// A number in 1..=1000 per unit, for every seated person.
    Lottery {
        /// The draw.
        seed: u64,
    },
}

/// One level of the policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Unique name.
    pub name: String,
    /// Maximised or minimised.
    pub sense: Sense,
    /// What it measures.
    pub measure: Measure,
    /// How much of it later levels may give up.
    pub tolerance: i64,
}

/// What the baseline plan did with a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Was {
    /// It was not seated (or is new).
    Unseated,
    /// It was on a departure that the scenario no longer has.
    Gone,
    /// It was on this departure.
    On(DepartureIdx),
}

/// The assignments of an earlier plan, resolved against a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// `blake3:<hex>` of the plan file's bytes.
    pub digest: String,
    /// By [`UnitIdx`].
    pub was: Vec<Was>,
}

impl Baseline {
    /// Resolves `(unit id, departure id)` pairs against `scenario`; what it no longer has is dropped
    /// (a unit) or [`Was::Gone`] (a departure).
    #[must_use]
    pub fn resolve<'a>(
        digest: String,
        assignments: impl IntoIterator<Item = (&'a str, &'a str)>,
        scenario: &Scenario,
    ) -> Self {
        let units: rustc_hash::FxHashMap<&str, usize> =
            scenario.units.iter().enumerate().map(|(u, unit)| (unit.id.as_str(), u)).collect();
        let departures: rustc_hash::FxHashMap<&str, usize> =
            scenario.departures.iter().enumerate().map(|(d, departure)| (departure.id.as_str(), d)).collect();
        let mut was = vec![Was::Unseated; scenario.units.len()];
        for (unit, departure) in assignments {
            if let Some(&u) = units.get(unit) {
                was[u] = departures.get(departure).map_or(Was::Gone, |&d| Was::On(DepartureIdx::new(d)));
            }
        }
        Self { digest, was }
    }
}

/// The levels that a solve goes through: the policy's, and with a baseline `changes` before the tie-breaks.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    /// In order.
    pub all: Vec<Level>,
    /// How many of them are priority levels; the rest are tie-breaks.
    pub priority: usize,
}

impl Scenario {
    /// The levels of a solve. The tie-breaks are the last levels that measure `person_days`, `changes`
    /// or `lottery`; with a baseline `minimize changes` stands before them, unless the policy has it.
    #[must_use]
    pub fn levels(&self, baseline: Option<&Baseline>) -> Levels {
        let mut all = self.policy.levels.clone();
        let is_tie = |level: &Level| {
            matches!(level.measure, Measure::PersonDays(_) | Measure::Changes | Measure::Lottery { .. })
        };
        let priority = all.iter().rposition(|level| !is_tie(level)).map_or(0, |last| last + 1);
        let has_changes = all.iter().any(|level| level.measure == Measure::Changes);
        if baseline.is_some() && !has_changes {
            let changes = Level {
                name: "changes".into(),
                sense: Sense::Minimize,
                measure: Measure::Changes,
                tolerance: 0,
            };
            all.insert(priority, changes);
        }
        Levels { all, priority }
    }

    /// Departures in the order of every output: departure time, then id.
    #[must_use]
    pub fn departures_by_time(&self) -> Vec<DepartureIdx> {
        let mut order: Vec<DepartureIdx> = (0..self.departures.len()).map(DepartureIdx::new).collect();
        order.sort_by_key(|d| {
            let departure = &self.departures[d.index()];
            (departure.departs, departure.id.as_str())
        });
        order
    }
}

/// Thousandths of a person expected to arrive: `floor(((1000 * show) * (1 - cancel)) + 0.5)` in
/// 64-bit floats, in this order (the format's formula).
#[must_use]
#[expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the format's own formula; the result is within 0..=1000"
)]
pub fn expected_permille(show_probability: f64, cancel_probability: f64) -> i64 {
    (((1000.0 * show_probability) * (1.0 - cancel_probability)) + 0.5).floor() as i64
}

impl FamilyUnit {
    /// What it is worth to the unit to board `departure`: the departure's own entry, else its place's, else 0.
    #[must_use]
    pub fn preference(&self, departure: DepartureIdx, to: PlaceIdx) -> i64 {
        let entry = |wanted: PreferenceTarget| self.preferences.iter().find(|(target, _)| *target == wanted);
        entry(PreferenceTarget::Departure(departure))
            .or_else(|| entry(PreferenceTarget::Place(to)))
            .map_or(0, |&(_, worth)| worth)
    }
}

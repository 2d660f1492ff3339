//! The JSON of a scenario as written: FORMAT's tables, field by field, in their order.
//!
//! Plain data for whoever reads, edits or generates a scenario file: ids and instants are the file's
//! strings, nothing is resolved or checked. [`super::read`] does both. Defaults are left out when written.

mod defaults;
mod map;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use defaults::{
    certain, fifteen, is, is_certain, is_default, is_false, is_nought, is_true, number, one, optional_number,
    six, yes,
};
pub use map::Map;

pub use super::{DepartureKind, LinkKind, MixedStatus, Mobility, Sex, Vetting};

/// The value of `format` in a scenario file.
pub const FORMAT: &str = "airbridge/scenario/1";

/// A scenario file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// `airbridge/scenario/1`.
    #[schemars(extend("const" = FORMAT))]
    pub format: String,
    /// Shown on every output.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Shown on every output.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The planning moment.
    #[schemars(extend("format" = "date-time"))]
    pub as_of: String,
    /// Category ids in order of priority, highest first.
    #[serde(default = "default_categories", skip_serializing_if = "is_default_categories")]
    #[schemars(inner(length(min = 1)))]
    pub categories: Vec<String>,
    /// The objective levels; absent: the strict policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// Cities, airports, crossings, transit sites.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
    /// Ground movement between places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// Charter flights and border-crossing slots: what has capacity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub departures: Vec<Departure>,
    /// Family units: what is seated, all or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<Unit>,
    /// Ties between units.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Pairs of a unit and a departure that must be so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<Pin>,
    /// Pairs of a unit and a departure that must not be so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// Fairness floors and ceilings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<Quota>,
    /// Ceiling on the cost of departures not yet committed, US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub budget_usd: Option<i64>,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            format: FORMAT.into(),
            name: String::new(),
            description: String::new(),
            as_of: String::new(),
            categories: default_categories(),
            policy: None,
            places: Vec::new(),
            routes: Vec::new(),
            departures: Vec::new(),
            units: Vec::new(),
            links: Vec::new(),
            pins: Vec::new(),
            exclusions: Vec::new(),
            quotas: Vec::new(),
            budget_usd: None,
        }
    }
}

impl Scenario {
    /// The file's text: pretty-printed JSON with a newline at the end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a scenario has a JSON form");
        text.push('\n');
        text
    }
}

/// The categories of a scenario that lists none: those of the Kabul airlift.
#[must_use]
pub fn default_categories() -> Vec<String> {
    ["us_citizen", "lpr", "visa_eligible", "at_risk"].map(String::from).to_vec()
}

fn is_default_categories(categories: &[String]) -> bool {
    categories == default_categories()
}

/// A city, airport, crossing or transit site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Unique id.
    #[schemars(length(min = 1))]
    pub id: String,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub country: String,
    /// Persons that can stay on one day, where this is a transit site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub beds: Option<i64>,
    /// Days that an arrival takes a bed, from the day of arrival on.
    #[serde(default = "one", skip_serializing_if = "is::<1>")]
    #[schemars(range(min = 0))]
    pub dwell_days: i64,
    /// Persons already there, who are not in `units`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub occupied: Vec<Occupied>,
    /// Days on which nothing may arrive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<Closed>,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            country: String::new(),
            beds: None,
            dwell_days: 1,
            occupied: Vec::new(),
            closed: Vec::new(),
        }
    }
}

/// Persons already at a transit site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Occupied {
    /// The last day on which they are there.
    #[schemars(extend("format" = "date"))]
    pub until: String,
    /// How many.
    #[schemars(range(min = 0))]
    pub persons: i64,
}

/// Days on which nothing may arrive at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// The first such day.
    #[schemars(extend("format" = "date"))]
    pub from: String,
    /// The last such day.
    #[schemars(extend("format" = "date"))]
    pub to: String,
}

/// Ground movement between two places.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// One end; the start where `one_way`.
    pub from: String,
    /// The other end.
    pub to: String,
    /// Travel time in hours.
    #[serde(serialize_with = "number")]
    #[schemars(range(min = 0))]
    pub hours: f64,
    /// Whether it can be used from `from` to `to` only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub one_way: bool,
}

/// A charter flight or a border-crossing slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Departure {
    /// Unique id.
    #[schemars(length(min = 1))]
    pub id: String,
    /// Flight or crossing.
    pub kind: DepartureKind,
    /// The place it leaves.
    pub from: String,
    /// The place it arrives at.
    pub to: String,
    /// When it leaves.
    #[schemars(extend("format" = "date-time"))]
    pub departs: String,
    /// When it arrives; default `departs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub arrives: Option<String>,
    /// When a unit must be at `from`; default `departs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub reports_by: Option<String>,
    /// If earlier than `as_of` the manifest is locked; default `departs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub manifest_closes: Option<String>,
    /// Seats of the aircraft, or persons that the crossing admits in this slot.
    #[schemars(range(min = 0))]
    pub seats: i64,
    /// Seats taken by crew, security or the host authority; at most `seats`.
    #[serde(default, skip_serializing_if = "is::<0>")]
    #[schemars(range(min = 0))]
    pub blocked_seats: i64,
    /// Most infants on laps; default unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub lap_infants: Option<i64>,
    /// Most wheelchair places; default unlimited for a crossing, 0 for a flight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub wheelchairs: Option<i64>,
    /// Most stretcher places; default unlimited for a crossing, 0 for a flight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub stretchers: Option<i64>,
    /// Seats that one stretcher blocks on a flight, its patient included.
    #[serde(default = "six", skip_serializing_if = "is::<6>")]
    #[schemars(range(min = 1))]
    pub seats_per_stretcher: i64,
    /// Most mass of persons and bags in kilograms; default unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub payload_kg: Option<i64>,
    /// Checked mass per person with a seat, kilograms.
    #[serde(default = "fifteen", skip_serializing_if = "is::<15>")]
    #[schemars(range(min = 0))]
    pub bag_kg: i64,
    /// Each person must hold every document type of at least one inner list; `[]` asks for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = 1)))]
    pub documents: Vec<Vec<String>>,
    /// Days after arrival for which a document must still be valid.
    #[serde(default, skip_serializing_if = "is::<0>")]
    #[schemars(range(min = 0))]
    pub document_validity_days: i64,
    /// What is asked of everybody's vetting; default nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vetting: Option<VettingRule>,
    /// A unit needs at least one member whose own category is listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub admits_any: Option<Vec<String>>,
    /// Every member's own category must be listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub admits_all: Option<Vec<String>>,
    /// Only units of these sponsors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub sponsors_only: Option<Vec<String>>,
    /// Seats held for sponsors' units, at most one entry per sponsor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allotments: Vec<Allotment>,
    /// `false`: the solver decides whether to charter it.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub committed: bool,
    /// Counted against `budget_usd` only where not committed and someone is aboard, US dollars.
    #[serde(default, skip_serializing_if = "is::<0>")]
    #[schemars(range(min = 0))]
    pub cost_usd: i64,
    /// Either nobody is aboard or at least this many persons.
    #[serde(default, skip_serializing_if = "is::<0>")]
    #[schemars(range(min = 0))]
    pub min_load: i64,
    /// Probability that it does not leave, 0 to 1.
    #[serde(default, serialize_with = "number", skip_serializing_if = "is_nought")]
    #[schemars(range(min = 0, max = 1))]
    pub cancel_probability: f64,
    /// Nobody can be aboard.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cancelled: bool,
}

impl Default for Departure {
    fn default() -> Self {
        Self {
            id: String::new(),
            kind: DepartureKind::CharterFlight,
            from: String::new(),
            to: String::new(),
            departs: String::new(),
            arrives: None,
            reports_by: None,
            manifest_closes: None,
            seats: 0,
            blocked_seats: 0,
            lap_infants: None,
            wheelchairs: None,
            stretchers: None,
            seats_per_stretcher: 6,
            payload_kg: None,
            bag_kg: 15,
            documents: Vec::new(),
            document_validity_days: 0,
            vetting: None,
            admits_any: None,
            admits_all: None,
            sponsors_only: None,
            allotments: Vec::new(),
            committed: true,
            cost_usd: 0,
            min_load: 0,
            cancel_probability: 0.0,
            cancelled: false,
        }
    }
}

/// What a departure asks of everybody's vetting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VettingRule {
    /// The least vetting; not `refused`.
    #[schemars(with = "LeastVetting")]
    pub min: Vetting,
    /// How many persons aboard may be below it.
    #[serde(default, skip_serializing_if = "is::<0>")]
    #[schemars(range(min = 0))]
    pub exceptions: i64,
}

/// The vettings that a departure or a filter may ask for.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
enum LeastVetting {
    Unverified,
    SelfDeclared,
    GroupChecked,
    GovernmentMatched,
}

/// Seats held for a sponsor's units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Allotment {
    /// For whom.
    #[schemars(length(min = 1))]
    pub sponsor: String,
    /// How many seats.
    #[schemars(range(min = 0))]
    pub seats: i64,
    /// From when on it is void; default never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub release: Option<String>,
}

/// A family unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Unique id.
    #[schemars(length(min = 1))]
    pub id: String,
    /// The group that put the unit forward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub sponsor: Option<String>,
    /// The place where it is.
    pub location: String,
    /// Can move from then on; default `as_of`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub ready: Option<String>,
    /// The departure must leave at or before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub latest: Option<String>,
    /// The planner's own score.
    #[serde(default, skip_serializing_if = "is::<0>")]
    #[schemars(range(min = 0))]
    pub urgency: i64,
    /// Further seats that the unit occupies.
    #[serde(default, skip_serializing_if = "is::<0>")]
    #[schemars(range(min = 0))]
    pub extra_seats: i64,
    /// Probability that the unit accepts and turns up, as a whole, 0 to 1.
    #[serde(default = "certain", serialize_with = "number", skip_serializing_if = "is_certain")]
    #[schemars(range(min = 0, max = 1))]
    pub show_probability: f64,
    /// From a departure id, or a place id (the departure's `to`), to what it is worth to the unit.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub preferences: Map<i64>,
    /// Id of the person whose category the unit takes under `mixed_status: anchor`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// At least one.
    #[schemars(length(min = 1))]
    pub persons: Vec<Person>,
}

impl Default for Unit {
    fn default() -> Self {
        Self {
            id: String::new(),
            sponsor: None,
            location: String::new(),
            ready: None,
            latest: None,
            urgency: 0,
            extra_seats: 0,
            show_probability: 1.0,
            preferences: Map::default(),
            anchor: None,
            persons: Vec::new(),
        }
    }
}

/// One person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Unique in the scenario; a pseudonym.
    #[schemars(length(min = 1))]
    pub id: String,
    /// Their own category.
    pub category: String,
    /// Years at `as_of`, fractions allowed: 0.5 is six months.
    #[serde(serialize_with = "number")]
    #[schemars(range(min = 0))]
    pub age: f64,
    /// `f` or `m`; absent: no list matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// How they move.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mobility: Mobility,
    /// How far they are vetted.
    #[serde(default, skip_serializing_if = "is_default")]
    pub vetting: Vetting,
    /// From a document type to the day it expires, or null.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub documents: Map<Expiry>,
    /// Free words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// An infant that takes a seat although a lap is free.
    #[serde(default, skip_serializing_if = "is_false")]
    pub own_seat: bool,
    /// A known mass, hand baggage included, kilograms; default the standard mass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub mass_kg: Option<i64>,
}

/// The day on which a document expires; `None`, written `null`: never.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Expiry(pub Option<String>);

impl JsonSchema for Expiry {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Expiry".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "The day on which a document expires; null: never.",
            "oneOf": [{"type": "string", "format": "date"}, {"type": "null"}]
        })
    }
}

impl<'de> Deserialize<'de> for Expiry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::json::nullable(deserializer).map(Self)
    }
}

/// A tie between units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What kind.
    pub kind: LinkKind,
    /// At least two units, each once.
    #[schemars(length(min = 2))]
    pub units: Vec<String>,
}

/// A pair that must be so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Who.
    pub unit: String,
    /// Where.
    pub departure: String,
}

/// A pair that must not be so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Who.
    pub unit: String,
    /// Where; absent: anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departure: Option<String>,
}

/// A fairness floor or ceiling.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Unique name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Which seated persons are counted: P.
    pub count: Filter,
    /// Among which seated persons: Q; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub among: Option<Filter>,
    /// On which departures; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub departures: Option<Vec<String>>,
    /// Least P.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub min: Option<i64>,
    /// Most P.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub max: Option<i64>,
    /// Least P as a percentage of Q.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub min_percent: Option<i64>,
    /// Most P as a percentage of Q.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub max_percent: Option<i64>,
}

/// A person matches if every given key holds; `{}` matches everybody.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Any of these categories, as `mixed_status` counts the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub category: Option<Vec<String>>,
    /// Any of these tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub tag: Option<Vec<String>>,
    /// The unit has any of these sponsors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub sponsor: Option<Vec<String>>,
    /// Any of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub sex: Option<Vec<Sex>>,
    /// Any of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub mobility: Option<Vec<Mobility>>,
    /// The unit is at any of these places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub location: Option<Vec<String>>,
    /// The unit is any of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub unit: Option<Vec<String>>,
    /// At least so old, inclusive, years.
    #[serde(default, serialize_with = "optional_number", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub min_age: Option<f64>,
    /// At most so old, inclusive, years.
    #[serde(default, serialize_with = "optional_number", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub max_age: Option<f64>,
    /// At least so far vetted; not `refused`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<LeastVetting>")]
    pub min_vetting: Option<Vetting>,
}

/// The objective levels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Which category a person of a mixed family counts under in every filter.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mixed_status: MixedStatus,
    /// In order; absent: the strict levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub levels: Option<Vec<Level>>,
}

/// What a level measures, as its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Seated persons.
    Persons,
    /// Seats used.
    Seats,
    /// Seated units.
    Units,
    /// The sum of weights of seated persons.
    Weighted,
    /// The sum of urgency over seated units.
    Urgency,
    /// What the departures are worth to the seated units.
    Preference,
    /// Thousandths of persons expected to arrive.
    ExpectedPersons,
    /// Persons times days until departure.
    PersonDays,
    /// Persons times days waited.
    WaitingDays,
    /// US dollars of uncommitted departures.
    Cost,
    /// Persons of units whose departure differs from the baseline's.
    Changes,
    /// A fair draw.
    Lottery,
}

/// One level of the policy: exactly one of `maximize` and `minimize`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Unique name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The measure, where more is better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximize: Option<Measure>,
    /// The measure, where less is better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimize: Option<Measure>,
    /// Whom it counts; not on `weighted`, `cost`, `changes` and `lottery`.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// Of `weighted` alone: every entry that a person matches counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<Vec<Weight>>,
    /// Of `lottery` alone: the draw, default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// How much of this level later levels may give up.
    #[serde(default, skip_serializing_if = "is::<0>")]
    #[schemars(range(min = 0))]
    pub tolerance: i64,
}

/// One entry of a weighted level.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// Whom it counts; absent: everybody.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// May be negative.
    pub weight: i64,
}

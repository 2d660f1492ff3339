//! The one vocabulary of constraints.
//!
//! The same [`Rule`] labels a row of the model, a violation that the checker finds, a barred
//! (unit, departure) pair, a reason that a family is told and a heading of the guide. Consumers
//! match exhaustively, so that a new rule is a tour conducted by the compiler.

use serde::{Deserialize, Serialize};

/// A rule of the scenario format: what a plan must obey, or a test that it must pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The departure is cancelled.
    Cancelled,
    /// The place of arrival is closed on the day of arrival.
    Closed,
    /// The manifest is locked.
    Manifest,
    /// The unit cannot be at the departure's place in time.
    Movement,
    /// The departure leaves after the unit's latest instant.
    Latest,
    /// A person lacks the documents asked for.
    Documents,
    /// No member has a category that is admitted.
    AdmitsAny,
    /// A member has a category that is not admitted.
    AdmitsAll,
    /// The departure is reserved to other sponsors' units.
    SponsorsOnly,
    /// A member's vetting was refused.
    Refused,
    /// A member is below the vetting asked for; as a row: at most so many persons are.
    Vetting,
    /// No adult is in the unit or in a unit tied to it by `same_departure`.
    Adult,
    /// The planner excluded the pair.
    Exclusion,
    /// Usable seats (or slots of a crossing).
    Seats,
    /// Infants on laps.
    LapInfants,
    /// Wheelchair places.
    Wheelchairs,
    /// Stretcher places.
    Stretchers,
    /// Payload in kilograms.
    Payload,
    /// The unit alone has more persons below the vetting asked for than there are exceptions.
    VettingExceptions,
    /// A unit travels at most once, as a whole.
    Unit,
    /// A departure is used at most once (`y <= 1`).
    Open,
    /// Held seats do not exceed the allotment.
    Held,
    /// No set of units can fill more of a resource than this.
    Fill,
    /// Seats held for a sponsor.
    Allotment,
    /// Who is aboard makes a departure used.
    Aboard,
    /// A used departure has somebody aboard.
    Used,
    /// Nobody, or at least this many persons.
    MinLoad,
    /// The ceiling on the cost of departures not yet committed.
    Budget,
    /// Beds of a transit site on a day.
    Beds,
    /// A fairness floor or ceiling.
    Quota,
    /// A pair that must be so.
    Pin,
    /// Units on one departure, or none of them.
    SameDeparture,
    /// All of the units, or none.
    AllOrNone,
    /// At most one of the units.
    AtMostOne,
    /// No two of the units on the same departure.
    Apart,
    /// A level's value, its best or its bound.
    Level,
    /// The plan belongs to these bytes.
    Digest,
    /// A price certificate proves what it claims.
    Certificate,
}

impl Rule {
    /// Every rule, in the order of the guide.
    pub const ALL: [Rule; 38] = [
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
        Rule::Unit,
        Rule::Open,
        Rule::Held,
        Rule::Fill,
        Rule::Allotment,
        Rule::Aboard,
        Rule::Used,
        Rule::MinLoad,
        Rule::Budget,
        Rule::Beds,
        Rule::Quota,
        Rule::Pin,
        Rule::SameDeparture,
        Rule::AllOrNone,
        Rule::AtMostOne,
        Rule::Apart,
        Rule::Level,
        Rule::Digest,
        Rule::Certificate,
    ];

    /// The name in files: snake case, as FORMAT has it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Rule::Cancelled => "cancelled",
            Rule::Closed => "closed",
            Rule::Manifest => "manifest",
            Rule::Movement => "movement",
            Rule::Latest => "latest",
            Rule::Documents => "documents",
            Rule::AdmitsAny => "admits_any",
            Rule::AdmitsAll => "admits_all",
            Rule::SponsorsOnly => "sponsors_only",
            Rule::Refused => "refused",
            Rule::Vetting => "vetting",
            Rule::Adult => "adult",
            Rule::Exclusion => "exclusion",
            Rule::Seats => "seats",
            Rule::LapInfants => "lap_infants",
            Rule::Wheelchairs => "wheelchairs",
            Rule::Stretchers => "stretchers",
            Rule::Payload => "payload",
            Rule::VettingExceptions => "vetting_exceptions",
            Rule::Unit => "unit",
            Rule::Open => "open",
            Rule::Held => "held",
            Rule::Fill => "fill",
            Rule::Allotment => "allotment",
            Rule::Aboard => "aboard",
            Rule::Used => "used",
            Rule::MinLoad => "min_load",
            Rule::Budget => "budget",
            Rule::Beds => "beds",
            Rule::Quota => "quota",
            Rule::Pin => "pin",
            Rule::SameDeparture => "same_departure",
            Rule::AllOrNone => "all_or_none",
            Rule::AtMostOne => "at_most_one",
            Rule::Apart => "apart",
            Rule::Level => "level",
            Rule::Digest => "digest",
            Rule::Certificate => "certificate",
        }
    }

    /// What the rule says, for people: a short clause in lower case.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Rule::Cancelled => "the departure is cancelled",
            Rule::Closed => "the place of arrival is closed that day",
            Rule::Manifest => "the manifest is closed",
            Rule::Movement => "the family cannot reach the place in time",
            Rule::Latest => "it leaves later than the family can",
            Rule::Documents => "somebody lacks the documents it asks for",
            Rule::AdmitsAny => "nobody in the family has a category that it admits",
            Rule::AdmitsAll => "somebody in the family has a category that it does not admit",
            Rule::SponsorsOnly => "it is reserved to other sponsors' families",
            Rule::Refused => "somebody's vetting was refused",
            Rule::Vetting => "somebody's vetting is below what it asks for",
            Rule::Adult => "no adult travels with the family",
            Rule::Exclusion => "the planner excluded it",
            Rule::Seats => "seats",
            Rule::LapInfants => "infants on laps",
            Rule::Wheelchairs => "wheelchair places",
            Rule::Stretchers => "stretcher places",
            Rule::Payload => "payload",
            Rule::VettingExceptions => "more persons below its vetting than it takes",
            Rule::Unit => "a family travels once and as a whole",
            Rule::Open => "a departure is used once",
            Rule::Held => "seats held for a sponsor",
            Rule::Fill => "what can be filled at all",
            Rule::Allotment => "seats allotted to sponsors",
            Rule::Aboard => "whoever is aboard uses the departure",
            Rule::Used => "a used departure has somebody aboard",
            Rule::MinLoad => "minimum load",
            Rule::Budget => "budget",
            Rule::Beds => "beds of the transit site",
            Rule::Quota => "quota",
            Rule::Pin => "pin",
            Rule::SameDeparture => "these families travel together or not at all",
            Rule::AllOrNone => "all of these families or none",
            Rule::AtMostOne => "at most one of these families",
            Rule::Apart => "these families never share a departure",
            Rule::Level => "a level of the policy",
            Rule::Digest => "the plan belongs to this very file",
            Rule::Certificate => "the prices prove the bound",
        }
    }

    /// What a planner can do about it: an imperative clause in lower case.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Rule::Cancelled => "restore the departure, or use another",
            Rule::Closed => "choose another day or another place of arrival",
            Rule::Manifest => "have the manifest reopened: move `manifest_closes`",
            Rule::Movement => "have the family ready earlier, or find a quicker route",
            Rule::Latest => "extend the family's `latest`, or find an earlier departure",
            Rule::Documents => "obtain the documents, or a departure that asks for others",
            Rule::AdmitsAny | Rule::AdmitsAll => "ask the host authority to admit the category",
            Rule::SponsorsOnly => "ask the sponsor to share the departure",
            Rule::Refused => "have the refusal reviewed",
            Rule::Vetting | Rule::VettingExceptions => "complete the vetting, or obtain exceptions",
            Rule::Adult => "tie the unit to one with an adult (`same_departure`)",
            Rule::Exclusion => "remove the exclusion",
            Rule::Seats => "find more seats or a larger aircraft",
            Rule::LapInfants => "give infants seats of their own, or raise the limit",
            Rule::Wheelchairs => "find more wheelchair places",
            Rule::Stretchers => "find more stretcher places",
            Rule::Payload => "raise the payload, or reduce baggage",
            Rule::Unit => "assign the family once",
            Rule::Open | Rule::Aboard | Rule::Used | Rule::Fill => {
                "none needed: it follows from the other rules"
            }
            Rule::Held | Rule::Allotment => "release the allotment",
            Rule::MinLoad => "fill the departure to its minimum, or leave it empty",
            Rule::Budget => "raise `budget_usd`, or use fewer uncommitted departures",
            Rule::Beds => "free beds at the site, or spread arrivals over more days",
            Rule::Quota => "relax the quota",
            Rule::Pin => "remove the pin",
            Rule::SameDeparture | Rule::AllOrNone | Rule::AtMostOne | Rule::Apart => "remove the link",
            Rule::Level => "solve again: the claimed value is not what the plan reaches",
            Rule::Digest => "solve again: the plan was made from another file",
            Rule::Certificate => "solve again: the claim is not proven",
        }
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

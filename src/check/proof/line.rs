//! A row of the certificate's table, its subject resolved.

use num_bigint::BigInt;

use super::Ground;
use super::fill;
use crate::certificate::{Resource, Row, RowName, Side};
use crate::check::limits;
use crate::check::take;
use crate::check::ties;
use crate::scenario::{Date, Departure, DepartureIdx, Link, LinkKind, PlaceIdx, Quota, SponsorIdx, UnitIdx};

/// One row, of those that exist for this scenario.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Line {
    Unit(UnitIdx),
    Open(DepartureIdx),
    Held(DepartureIdx, SponsorIdx),
    /// `seats`, `lap_infants`, `wheelchairs`, `stretchers`, `payload`, `vetting`.
    Capacity(DepartureIdx, Resource),
    /// With the largest value that can be reached.
    Fill(DepartureIdx, Resource, i128),
    Allotment(DepartureIdx, SponsorIdx),
    Aboard(UnitIdx, DepartureIdx),
    Used(DepartureIdx),
    MinLoad(DepartureIdx),
    Budget,
    Beds(PlaceIdx, Date),
    Quota(usize, Side),
    Pin(UnitIdx, DepartureIdx),
    /// The link's first unit, another, and the departure.
    SameDeparture(UnitIdx, UnitIdx, DepartureIdx, usize),
    /// The link's first unit and another.
    AllOrNone(UnitIdx, UnitIdx, usize),
    AtMostOne(usize),
    Apart(usize, DepartureIdx),
    Level(usize),
    Split(usize),
    Cut(usize),
}

impl Line {
    /// Whether the row is an equation, so that its price may have any sign.
    const fn is_equation(&self) -> bool {
        matches!(self, Line::Pin(..) | Line::SameDeparture(..) | Line::AllOrNone(..))
    }

    /// Whether it may have this price.
    pub(super) fn may_cost(&self, price: &BigInt) -> bool {
        self.is_equation() || price.sign() != num_bigint::Sign::Minus
    }
}

/// What a list of prices may refer to besides the table.
#[derive(Clone, Copy)]
pub(super) struct Known {
    /// Splits above.
    pub(super) splits: usize,
    /// Cuts before.
    pub(super) cuts: usize,
}

/// The row that `row` names; `None` where there is no such row, or a field too many.
pub(super) fn resolve(ground: &Ground<'_>, known: Known, row: &Row) -> Option<Line> {
    let mut fields = Fields { ground, row: row.clone() };
    let line = fields.line(known)?;
    (fields.row == Row::of(row.row)).then_some(line)
}

/// The fields of a row, each taken once.
struct Fields<'a> {
    ground: &'a Ground<'a>,
    row: Row,
}

impl<'a> Fields<'a> {
    fn line(&mut self, known: Known) -> Option<Line> {
        Some(match self.row.row {
            RowName::Unit => Line::Unit(self.unit()?),
            RowName::Open => Line::Open(self.departure()?),
            RowName::Held => {
                let (d, sponsor) = self.allotment()?;
                Line::Held(d, sponsor)
            }
            RowName::Allotment => {
                let (d, sponsor) = self.allotment()?;
                Line::Allotment(d, sponsor)
            }
            RowName::Seats => self.capacity(Resource::Seats)?,
            RowName::LapInfants => self.capacity(Resource::LapInfants)?,
            RowName::Wheelchairs => self.capacity(Resource::Wheelchairs)?,
            RowName::Stretchers => self.capacity(Resource::Stretchers)?,
            RowName::Payload => self.capacity(Resource::Payload)?,
            RowName::Vetting => self.capacity(Resource::Vetting)?,
            RowName::Fill => self.fill()?,
            RowName::Aboard => Line::Aboard(self.unit()?, self.departure()?),
            RowName::Used => Line::Used(self.departure()?),
            RowName::MinLoad => Line::MinLoad(self.departure()?),
            RowName::Budget => self.ground.case.scenario.budget_usd.map(|_| Line::Budget)?,
            RowName::Beds => self.beds()?,
            RowName::Quota => self.quota()?,
            RowName::Pin => self.pin()?,
            RowName::SameDeparture => self.same_departure()?,
            RowName::AllOrNone => self.all_or_none()?,
            RowName::AtMostOne => Line::AtMostOne(self.link(LinkKind::AtMostOne)?.0),
            RowName::Apart => Line::Apart(self.link(LinkKind::Apart)?.0, self.departure()?),
            RowName::Level => self.level()?,
            RowName::Split => Line::Split(below(self.row.depth.take()?, known.splits)?),
            RowName::Cut => Line::Cut(below(self.row.index.take()?, known.cuts)?),
        })
    }

    fn unit(&mut self) -> Option<UnitIdx> {
        self.ground.ids.unit(&self.row.unit.take()?)
    }

    fn departure(&mut self) -> Option<DepartureIdx> {
        self.ground.ids.departure(&self.row.departure.take()?)
    }

    /// A departure and a sponsor with an allotment there that is in force.
    fn allotment(&mut self) -> Option<(DepartureIdx, SponsorIdx)> {
        let d = self.departure()?;
        let sponsor = self.ground.ids.sponsor(&self.row.sponsor.take()?)?;
        limits::in_force(self.ground.case, d).any(|held| held.sponsor == sponsor).then_some((d, sponsor))
    }

    fn capacity(&mut self, resource: Resource) -> Option<Line> {
        let d = self.departure()?;
        let departure: &Departure = self.ground.case.departure(d);
        take::limit(departure, resource).map(|_| Line::Capacity(d, resource))
    }

    fn fill(&mut self) -> Option<Line> {
        let (d, resource) = (self.departure()?, self.row.resource.take()?);
        let mut known = self.ground.reach.borrow_mut();
        let reach = known.entry((d, resource)).or_insert_with(|| fill::reach(self.ground.case, d, resource));
        reach.map(|reach| Line::Fill(d, resource, reach))
    }

    fn beds(&mut self) -> Option<Line> {
        let place = self.ground.ids.place(&self.row.place.take()?)?;
        let date = Date::parse(&self.row.date.take()?)?;
        self.ground.case.scenario.places[place.index()].beds.map(|_| Line::Beds(place, date))
    }

    fn quota(&mut self) -> Option<Line> {
        let position = self.ground.ids.quota(&self.row.name.take()?)?;
        let side = self.row.side.take()?;
        side_of(&self.ground.case.scenario.quotas[position], side).map(|_| Line::Quota(position, side))
    }

    /// A pin, or a unit that stays on a locked manifest.
    fn pin(&mut self) -> Option<Line> {
        let (u, d) = (self.unit()?, self.departure()?);
        let case = self.ground.case;
        let pinned = case.scenario.pins.iter().any(|pin| pin.unit == u && pin.departure == d);
        (pinned || ties::stays_on(case, u) == Some(d)).then_some(Line::Pin(u, d))
    }

    fn link(&mut self, kind: LinkKind) -> Option<(usize, &'a Link)> {
        let position = usize::try_from(self.row.link.take()?).ok()?;
        let link = self.ground.case.scenario.links.get(position)?;
        (link.kind == kind).then_some((position, link))
    }

    /// The link's first unit and another of it.
    fn tied(&mut self, link: &Link) -> Option<(UnitIdx, UnitIdx)> {
        let (first, others) = link.units.split_first()?;
        let unit = self.unit()?;
        others.contains(&unit).then_some((*first, unit))
    }

    fn same_departure(&mut self) -> Option<Line> {
        let (position, link) = self.link(LinkKind::SameDeparture)?;
        let (first, other) = self.tied(link)?;
        Some(Line::SameDeparture(first, other, self.departure()?, position))
    }

    fn all_or_none(&mut self) -> Option<Line> {
        let (position, link) = self.link(LinkKind::AllOrNone)?;
        let (first, other) = self.tied(link)?;
        Some(Line::AllOrNone(first, other, position))
    }

    fn level(&mut self) -> Option<Line> {
        let k = self.ground.ids.level(&self.row.level.take()?)?;
        self.ground.kept.get(k).copied().flatten().map(|_| Line::Level(k))
    }
}

/// The position, if it is below the number of those known.
fn below(position: u32, known: usize) -> Option<usize> {
    usize::try_from(position).ok().filter(|position| *position < known)
}

/// What a side of a quota says, if it says anything.
pub(super) const fn side_of(quota: &Quota, side: Side) -> Option<i64> {
    match side {
        Side::Min => quota.min,
        Side::Max => quota.max,
        Side::MinPercent => quota.min_percent,
        Side::MaxPercent => quota.max_percent,
    }
}

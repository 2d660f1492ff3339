//! Families: who is in them, what they hold, where they are. `F-n` and `[A]` name the source or the
//! assumption behind a number, as [`super`] lists them.

use crate::draw::Draw;
use crate::scenario::format::{Expiry, Map, Mobility, Person, Sex, Unit, Vetting};
use crate::scenario::{Date, Instant};

/// The standing that puts a family on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// A US citizen.
    Citizen,
    /// A lawful permanent resident.
    Resident,
    /// Eligible for an immigrant visa.
    Visa,
    /// At risk for who they are or what they did.
    AtRisk,
}

use Status::{AtRisk, Citizen, Resident, Visa};

impl Status {
    /// Its category.
    pub(super) const fn category(self) -> &'static str {
        match self {
            Citizen => "us_citizen",
            Resident => "lpr",
            Visa => "visa_eligible",
            AtRisk => "at_risk",
        }
    }
}

/// Chances in a thousand.
type Table<T> = &'static [(T, u64)];

/// What differs from one caseload to the next.
pub(super) struct Setting {
    /// The planning day.
    pub(super) today: &'static str,
    /// Over how many days the families become ready.
    pub(super) days: i64,
    /// How many of a thousand that are not ready become so on the next day.
    pub(super) ready: u64,
    /// Where they are.
    pub(super) origins: Table<&'static str>,
    /// Who they are.
    pub(super) mix: Table<Status>,
    /// Who puts them forward.
    pub(super) sponsors: Table<&'static str>,
}

/// Makes families, one after the other.
pub(super) struct People<'s> {
    setting: &'s Setting,
    today: Date,
    draw: Draw,
    units: usize,
    persons: usize,
}

/// A family member before there are papers.
struct Member {
    status: Status,
    age: f64,
    sex: Sex,
}

impl<'s> People<'s> {
    /// The families of `setting` that `seed` gives.
    pub(super) fn new(setting: &'s Setting, seed: u64) -> Self {
        Self {
            setting,
            today: super::day(setting.today),
            draw: Draw::new(super::PURPOSE, seed, "people"),
            units: 0,
            persons: 0,
        }
    }

    /// So many families.
    pub(super) fn units(&mut self, count: usize) -> Vec<Unit> {
        (0..count).map(|_| self.unit()).collect()
    }

    /// As many families as have at least `persons` persons between them.
    pub(super) fn until(&mut self, persons: usize) -> Vec<Unit> {
        let goal = self.persons + persons;
        let mut units = Vec::new();
        while self.persons < goal {
            units.push(self.unit());
        }
        units
    }

    fn unit(&mut self) -> Unit {
        let status = self.draw.weighted(self.setting.mix);
        let members = members(&mut self.draw, status);
        let persons = self.persons(status, &members);
        self.units += 1;
        let sponsor = self.draw.weighted(self.setting.sponsors);
        Unit {
            id: unit_id(self.units),
            sponsor: (!sponsor.is_empty()).then(|| sponsor.to_owned()),
            location: self.draw.weighted(self.setting.origins).to_owned(),
            ready: self.ready(),
            persons,
            ..Unit::default()
        }
    }

    fn ready(&mut self) -> Option<String> {
        let days = self.draw.failures(self.setting.ready, self.setting.days - 1);
        (days > 0).then(|| Instant::start_of(self.today.plus_days(days)).to_string())
    }

    fn persons(&mut self, status: Status, members: &[Member]) -> Vec<Person> {
        let papers = Papers::of_unit(&mut self.draw, status);
        let checks = vettings(&mut self.draw, status, members.len());
        let mut persons = Vec::with_capacity(members.len());
        for (position, (member, vetting)) in members.iter().zip(checks).enumerate() {
            self.persons += 1;
            persons.push(Person {
                id: person_id(self.persons),
                category: member.status.category().to_owned(),
                age: member.age,
                sex: Some(member.sex),
                mobility: mobility(&mut self.draw),
                vetting,
                documents: papers.of(&mut self.draw, member),
                tags: tags(&mut self.draw, member, position),
                ..Person::default()
            });
        }
        persons
    }
}

/// `U000001` for the first.
pub(super) fn unit_id(number: usize) -> String {
    format!("U{number:06}")
}

/// `P0000001` for the first.
pub(super) fn person_id(number: usize) -> String {
    format!("P{number:07}")
}

/// Principal and derivatives of a visa case: 256 of a thousand alone, mean 4.1 (F-93, F-94: 4.2).
const VISA_SIZES: Table<u64> = &[
    (1, 256),
    (2, 95),
    (3, 115),
    (4, 120),
    (5, 115),
    (6, 100),
    (7, 75),
    (8, 52),
    (9, 33),
    (10, 20),
    (11, 12),
    (12, 7),
];
/// Families at risk, grown children included: mean 4.2 [A].
const RISK_SIZES: Table<u64> = &[
    (1, 200),
    (2, 110),
    (3, 130),
    (4, 140),
    (5, 130),
    (6, 105),
    (7, 75),
    (8, 50),
    (9, 30),
    (10, 17),
    (11, 8),
    (14, 5),
];
/// Citizens or residents in their family: one to four (F-17, F-84, F-112).
const OWN_KIND: Table<u64> = &[(1, 400), (2, 250), (3, 200), (4, 150)];
/// Their relatives of lesser standing, in the 65 of a hundred families that are mixed (F-112).
const RELATIVES: Table<u64> = &[(0, 350), (1, 150), (2, 150), (3, 130), (4, 110), (5, 70), (6, 40)];

fn members(draw: &mut Draw, status: Status) -> Vec<Member> {
    let (own, relatives) = match status {
        Citizen | Resident => (draw.weighted(OWN_KIND), draw.weighted(RELATIVES)),
        Visa => (draw.weighted(VISA_SIZES), 0),
        AtRisk => (draw.weighted(RISK_SIZES), 0),
    };
    let size = own + relatives;
    // In four of ten mixed families the children are the citizens, born abroad, and the elders are not.
    let first_own = if relatives > 0 && draw.chance(400) { relatives } else { 0 };
    let head = head(draw, status);
    let couple = size > 1 && draw.chance(800);
    let mut members = vec![head];
    for position in 1..size {
        let next = match position {
            1 if couple => spouse(draw, &members[0]),
            _ => child_or_relative(draw, status),
        };
        members.push(next);
    }
    for (position, member) in (0..).zip(&mut members) {
        let is_own = (first_own..first_own + own).contains(&position);
        member.status = if is_own { status } else { lesser(draw, status) };
    }
    members
}

/// Whom a relative of a family of `status` counts as.
fn lesser(draw: &mut Draw, status: Status) -> Status {
    if status == Citizen && draw.chance(400) { Resident } else { Visa }
}

/// An applicant is about 34 (F-93), most often a man in the visa programme [A].
fn head(draw: &mut Draw, status: Status) -> Member {
    let men = if status == Visa { 880 } else { 600 };
    let sex = if draw.chance(men) { Sex::Male } else { Sex::Female };
    Member { status, age: years(20 + draw.below(15) + draw.below(15)), sex }
}

fn spouse(draw: &mut Draw, head: &Member) -> Member {
    let sex = if head.sex == Sex::Male { Sex::Female } else { Sex::Male };
    Member { status: head.status, age: years(18 + draw.below(12) + draw.below(12)), sex }
}

/// Three of four further members are children: half of those aboard on real flights were (F-26).
fn child_or_relative(draw: &mut Draw, status: Status) -> Member {
    let sex = if draw.chance(490) { Sex::Female } else { Sex::Male };
    let age = if draw.chance(750) { child_age(draw) } else { relative_age(draw, status) };
    Member { status, age, sex }
}

/// Infants under 2 are about 6 of a hundred persons (F-158).
fn child_age(draw: &mut Draw) -> f64 {
    let (low, high) =
        draw.weighted(&[((0, 1), 130), ((2, 4), 200), ((5, 9), 300), ((10, 14), 240), ((15, 17), 130)]);
    if high == 1 {
        return draw.pick(&[0.1, 0.3, 0.5, 0.8, 1.0, 1.3, 1.5, 1.8]);
    }
    years(draw.between(low, high))
}

/// Citizens bring parents (F-105), the visa programme only unmarried children under 21 (F-108).
fn relative_age(draw: &mut Draw, status: Status) -> f64 {
    let (low, high) = match status {
        Citizen => (48, 82),
        Resident | Visa => (18, 20),
        AtRisk => (18, 80),
    };
    years(draw.between(low, high))
}

fn years(whole: u64) -> f64 {
    f64::from(u32::try_from(whole).expect("nobody is that old"))
}

/// The papers of a family: complete, or each member for themselves.
struct Papers {
    complete: bool,
    visa: bool,
    pakistani_visa: bool,
}

impl Papers {
    /// Complete valid papers [A], in the direction of F-59: most of those who waited lacked some.
    fn of_unit(draw: &mut Draw, status: Status) -> Self {
        let complete = match status {
            Citizen => 850,
            Resident => 750,
            Visa => 500,
            AtRisk => 300,
        };
        Self { complete: draw.chance(complete), visa: draw.chance(350), pakistani_visa: draw.chance(250) }
    }

    fn of(&self, draw: &mut Draw, member: &Member) -> Map<Expiry> {
        let mut held = Vec::new();
        if self.complete || draw.chance(odd_passport(member)) {
            let passport = if member.status == Citizen { "us_passport" } else { "passport" };
            held.push(passport);
            held.extend((self.visa && member.status == Visa).then_some("visa"));
            held.extend(self.pakistani_visa.then_some("pk_visa"));
        }
        if member.status == Resident && draw.chance(950) {
            held.push("green_card");
        }
        // Newborns seldom have the national identity card yet [A].
        if member.status != Citizen && draw.chance(if member.age < 2.0 { 500 } else { 920 }) {
            held.push("tazkira");
        }
        held.into_iter().map(|document| (document.to_owned(), Expiry(None))).collect()
    }
}

/// One of four infants has a passport, and not many more children do [A].
const fn odd_passport(member: &Member) -> u64 {
    match member.status {
        _ if member.age < 2.0 => 250,
        Citizen => 700,
        Resident => 550,
        Visa => 400,
        AtRisk => 250,
    }
}

/// A family's vetting [A, after F-5: matches with a government's records were rare outside the
/// first two categories], one member of a twelfth of them a step behind (F-98), one in a hundred of them
/// with a member refused (F-27).
fn vettings(draw: &mut Draw, status: Status, members: usize) -> Vec<Vetting> {
    use Vetting::{GovernmentMatched, GroupChecked, Refused, SelfDeclared, Unverified};
    let level = draw.weighted(match status {
        Citizen => &[(GovernmentMatched, 850), (GroupChecked, 100), (SelfDeclared, 50), (Unverified, 0)],
        Resident => &[(GovernmentMatched, 700), (GroupChecked, 200), (SelfDeclared, 100), (Unverified, 0)],
        Visa => &[(GovernmentMatched, 350), (GroupChecked, 300), (SelfDeclared, 200), (Unverified, 150)],
        AtRisk => &[(GovernmentMatched, 150), (GroupChecked, 350), (SelfDeclared, 300), (Unverified, 200)],
    });
    let mut all = vec![level; members];
    let last = all.last_mut().expect("a family has a member");
    if draw.chance(10) {
        *last = Refused;
    } else if members > 1 && draw.chance(80) {
        *last = match level {
            GovernmentMatched => GroupChecked,
            GroupChecked => SelfDeclared,
            SelfDeclared | Unverified | Refused => Unverified,
        };
    }
    all
}

/// Of a thousand persons 30 need a wheelchair on the apron, 10 on steps, 5 to their seat [A].
fn mobility(draw: &mut Draw) -> Mobility {
    draw.weighted(&[(Mobility::None, 955), (Mobility::Wchr, 30), (Mobility::Wchs, 10), (Mobility::Wchc, 5)])
}

/// What F-39, F-57 and F-103 name; 11 of a hundred women of 18 to 45 are pregnant (F-158, F-159).
fn tags(draw: &mut Draw, member: &Member, position: usize) -> Vec<String> {
    let calling = match member.status {
        Visa if position == 0 => Some(draw.pick(&["interpreter", "contractor", "embassy_staff"])),
        AtRisk if position == 0 => {
            Some(draw.pick(&["journalist", "judge", "rights_defender", "commando", "student", "minority"]))
        }
        Citizen | Resident | Visa | AtRisk => None,
    };
    let may_bear = member.sex == Sex::Female && (18.0..=45.0).contains(&member.age);
    let pregnant = (may_bear && draw.chance(110)).then_some("pregnant");
    calling.into_iter().chain(pregnant).map(str::to_owned).collect()
}

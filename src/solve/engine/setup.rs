//! From a scenario to the engine's instance: levels as digits, units with needs, capacities that whole
//! units can fill.

use rustc_hash::FxHashMap;

use super::Role;
use super::digits::Digits;
use super::instance::{Instance, Item, LAPS, MASS, RESOURCES, SEATS, Take};
use super::simplex::UNLIMITED;
use crate::certificate::Resource;
use crate::eligibility::{Eligibility, Profile};
use crate::model::measure::Objective;
use crate::model::{RowKey, fill, rows};
use crate::scenario::{DepartureIdx, Sense, UnitIdx};

/// A level that can be a digit, its coefficients by item, and the days to each departure if it counts them.
type Candidate = (usize, Vec<i64>, Option<Vec<i64>>);

pub(super) type Levels = (Vec<Role>, Digits, Vec<Vec<i64>>, Vec<Option<Vec<i64>>>);

/// The leading levels that can be digits, or are the sum of those before them.
pub(super) fn levels(objectives: &[Objective], units: &[UnitIdx]) -> Levels {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut roles = Vec::new();
    for (level, objective) in objectives.iter().enumerate() {
        let earlier_tolerance = objectives[..level].iter().any(|earlier| earlier.tolerance > 0);
        let days_before = candidates.iter().any(|(_, _, days)| days.is_some());
        let (coefficients, days) = if let Some((persons, days)) = objective.days() {
            if days_before || objective.sense == Sense::Maximize {
                break;
            }
            (units.iter().map(|unit| persons[unit.index()]).collect(), Some(days.to_vec()))
        } else {
            let uniform: Option<Vec<i64>> = units.iter().map(|&unit| objective.uniform(unit)).collect();
            match uniform.filter(|_| !objective.is_cost() && objective.constant == 0) {
                Some(coefficients) => (coefficients, None),
                None => break,
            }
        };
        if earlier_tolerance {
            break;
        }
        if days.is_none() && is_sum(objectives, level, &coefficients, &candidates) {
            roles.push(Role::Sum);
            continue;
        }
        roles.push(Role::Digit(candidates.len()));
        candidates.push((level, coefficients, days));
    }
    let largest = |(level, coefficients, days): &Candidate| {
        let factor = days.as_ref().and_then(|days| days.iter().copied().max()).unwrap_or(1);
        let most = coefficients.iter().map(|c| c.abs()).max().unwrap_or(0);
        (objectives[*level].sense, most.saturating_mul(factor))
    };
    let digits = Digits::new(&candidates.iter().map(largest).collect::<Vec<_>>());
    let fitting = |role: &Role| match *role {
        Role::Digit(k) => k < digits.len(),
        Role::Sum => true,
    };
    let known = roles.iter().take_while(|role| fitting(role)).count();
    roles.truncate(known);
    let (mut coefficients, mut days) = (Vec::new(), Vec::new());
    for (_, by_item, by_departure) in candidates.into_iter().take(digits.len()) {
        coefficients.push(by_item);
        days.push(by_departure);
    }
    (roles, digits, coefficients, days)
}

/// Whether a maximised level is the sum of all earlier ones, all of them maximised and without days.
fn is_sum(objectives: &[Objective], level: usize, coefficients: &[i64], earlier: &[Candidate]) -> bool {
    let all_maximized = objectives[..=level].iter().all(|objective| objective.sense == Sense::Maximize);
    let plain = earlier.len() == level && earlier.iter().all(|(_, _, days)| days.is_none());
    let sums =
        |(item, c): (usize, &i64)| earlier.iter().map(|(_, by_item, _)| by_item[item]).sum::<i64>() == *c;
    level > 1 && all_maximized && plain && coefficients.iter().enumerate().all(sums)
}

/// Units, departures and needs, without values.
pub(super) fn bare_instance(eligibility: &Eligibility, units: &[UnitIdx]) -> Instance {
    let scenario = eligibility.scenario();
    let mut kinds: FxHashMap<(bool, i64, i64, Option<u8>), usize> = FxHashMap::default();
    let mut representative: Vec<DepartureIdx> = Vec::new();
    let mut kind = Vec::new();
    for (d, departure) in scenario.departures.iter().enumerate() {
        let flight = departure.kind == crate::scenario::DepartureKind::CharterFlight;
        let vetting = departure.vetting.and_then(|vetting| vetting.min.rank());
        let key = (flight, departure.seats_per_stretcher, departure.bag_kg, vetting);
        let next = kinds.len();
        kind.push(*kinds.entry(key).or_insert(next));
        if kinds.len() > representative.len() {
            representative.push(DepartureIdx::new(d));
        }
    }
    let room = |departure: &crate::scenario::Departure| {
        std::array::from_fn(|r| {
            rows::limit(departure, rows::RESOURCES[r]).unwrap_or(UNLIMITED).min(UNLIMITED)
        })
    };
    let room: Vec<Take> = scenario.departures.iter().map(room).collect();
    let counts = scarce(&kind, &room);
    let mut rows_of: FxHashMap<Profile, usize> = FxHashMap::default();
    let mut known: FxHashMap<(i64, Vec<Take>), usize> = FxHashMap::default();
    let mut item = |&unit: &UnitIdx| {
        let persons = eligibility.take(unit, DepartureIdx::new(0)).persons;
        let row = *rows_of.entry(*eligibility.profile(unit)).or_insert_with(|| {
            let take = |(&d, counts): (&DepartureIdx, &[bool; RESOURCES])| {
                let take = as_array(&eligibility.take(unit, d));
                std::array::from_fn(|r| if counts[r] { take[r] } else { 0 })
            };
            let takes = representative.iter().zip(&counts).map(take).collect();
            let next = known.len();
            *known.entry((persons, takes)).or_insert(next)
        });
        Item { set: eligibility.set_position(unit), takes: row, persons, value: 0 }
    };
    let items = units.iter().map(&mut item).collect();
    let mut takes: Vec<(usize, Vec<Take>)> =
        known.into_iter().map(|((_, takes), row)| (row, takes)).collect();
    takes.sort_unstable();
    Instance {
        sets: eligibility.sets().to_vec(),
        items,
        takes: takes.into_iter().map(|(_, takes)| takes).collect(),
        kind,
        room,
        day_cost: vec![0; scenario.departures.len()],
    }
}

/// By kind of departure which resources can run short there: a limit of 0 is none, for whoever takes some of it has no
/// such departure open. What flows through a network counts everywhere if it does anywhere: the flow is of what a unit
/// takes at least.
fn scarce(kind: &[usize], room: &[Take]) -> Vec<[bool; RESOURCES]> {
    let kinds = kind.iter().max().map_or(0, |last| last + 1);
    let mut scarce = vec![[false; RESOURCES]; kinds];
    for (&kind, room) in kind.iter().zip(room) {
        for (scarce, room) in scarce[kind].iter_mut().zip(room) {
            *scarce |= (1..UNLIMITED).contains(room);
        }
    }
    for flowing in [SEATS, LAPS, MASS] {
        let anywhere = flowing == SEATS || scarce.iter().any(|of| of[flowing]);
        for of in &mut scarce {
            of[flowing] = anywhere;
        }
    }
    scarce
}

pub(super) fn as_array(take: &crate::eligibility::Take) -> Take {
    std::array::from_fn(|r| rows::used(take, rows::RESOURCES[r]))
}

/// Lowers each limit to what whole units can fill; the rows that then bind.
pub(super) fn tighten(eligibility: &Eligibility, instance: &mut Instance) -> Vec<[RowKey; RESOURCES]> {
    let mut like: FxHashMap<(usize, usize), i64> = FxHashMap::default();
    for item in &instance.items {
        *like.entry((item.set, item.takes)).or_default() += 1;
    }
    let mut like: Vec<((usize, usize), i64)> = like.into_iter().collect();
    like.sort_unstable();
    let departures = eligibility.scenario().departures.len();
    let mut needs: Vec<[std::collections::BTreeMap<i64, i64>; RESOURCES]> =
        vec![std::array::from_fn(|_| std::collections::BTreeMap::new()); departures];
    for ((set, takes), count) in like {
        for d in instance.sets[set].ones() {
            let take = &instance.takes[takes][instance.kind[d]];
            for (r, &need) in take.iter().enumerate().filter(|(_, need)| **need > 0) {
                *needs[d][r].entry(need).or_default() += count;
            }
        }
    }
    let mut keys = Vec::with_capacity(departures);
    for (d, needs) in needs.iter().enumerate() {
        keys.push(std::array::from_fn(|r| tightened(instance, d, r, &needs[r])));
    }
    keys
}

fn tightened(
    instance: &mut Instance,
    d: usize,
    r: usize,
    needs: &std::collections::BTreeMap<i64, i64>,
) -> RowKey {
    let resource: Resource = rows::RESOURCES[r];
    let departure = DepartureIdx::new(d);
    let limit = instance.room[d][r];
    let needs: Vec<(i64, i64)> = needs.iter().rev().map(|(&need, &count)| (need, count)).collect();
    let total =
        needs.iter().fold(0_i64, |sum, (need, count)| sum.saturating_add(need.saturating_mul(*count)));
    match fill::largest_sum(&needs, limit).filter(|&most| most < limit && total > limit) {
        Some(most) => {
            instance.room[d][r] = most;
            RowKey::Fill(resource, departure)
        }
        None => RowKey::Limit(resource, departure),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::eligibility;
    use crate::scenario::read::read;

    /// By unit: the first whose takes are its own, where the second of two flights is also as `limits` says. The units
    /// are one adult each: plain, heavier, unverified, in a wheelchair.
    fn alike(limits: &Value) -> Vec<usize> {
        let with = |mut whole: Value, own: &Value| {
            for (field, value) in own.as_object().expect("fields") {
                whole[field] = value.clone();
            }
            whole
        };
        let flight = |id: &str| {
            json!({"id": id, "kind": "charter_flight", "from": "KBL", "to": "DOH",
                "departs": "2021-10-10T00:00:00Z", "seats": 3})
        };
        let unit = |(u, own): (usize, &Value)| {
            let person = json!({"id": format!("P{u}"), "category": "at_risk", "age": 30, "mass_kg": 60,
                "vetting": "government_matched"});
            json!({"id": format!("U{u}"), "location": "KBL", "persons": [with(person, own)]})
        };
        let own = [
            json!({}),
            json!({"mass_kg": 90}),
            json!({"vetting": "unverified"}),
            json!({"mobility": "wchc"}),
        ];
        let text = json!({
            "format": "airbridge/scenario/1", "name": "alike", "as_of": "2021-10-09T00:00:00Z",
            "places": [{"id": "KBL"}, {"id": "DOH"}],
            "departures": [flight("D1"), with(flight("D2"), limits)],
            "units": own.iter().enumerate().map(unit).collect::<Vec<_>>(),
        });
        let scenario = read(text.to_string().as_bytes(), "alike.json").expect("it is in order").scenario;
        let eligibility = eligibility::assess(&scenario, None);
        let units: Vec<UnitIdx> = (0..scenario.units.len()).map(UnitIdx::new).collect();
        let items = bare_instance(&eligibility, &units).items;
        let first = |item: &Item| items.iter().position(|other| other.takes == item.takes);
        items.iter().map(|item| first(item).expect("itself")).collect()
    }

    #[test]
    fn units_differ_only_in_what_can_run_short() {
        assert_eq!(alike(&json!({})), [0, 0, 0, 0]);
        assert_eq!(alike(&json!({"payload_kg": 300, "bag_kg": 0})), [0, 1, 0, 0]);
        assert_eq!(alike(&json!({"wheelchairs": 1})), [0, 0, 0, 3]);
        let vetting =
            |exceptions: i64| json!({"vetting": {"min": "government_matched", "exceptions": exceptions}});
        assert_eq!(alike(&vetting(1)), [0, 0, 2, 0]);
        // Where there are no exceptions such a flight is not open to whoever needs one.
        assert_eq!(alike(&vetting(0)), [0, 0, 0, 0]);
    }
}

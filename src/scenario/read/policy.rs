//! Filters, quotas, and the levels of the policy.

use rustc_hash::FxHashSet;

use super::resolve::Walk;
use crate::diagnostic::tick;
use crate::json::At;
use crate::scenario::{
    CategoryIdx, Filter, Level, Measure, MixedStatus, Policy, Quota, Sense, TagIdx, format,
};

/// The quotas, in file order.
pub(super) fn quotas(walk: &mut Walk) -> Vec<Quota> {
    let at = At::top("quotas");
    let names = walk.written.quotas.iter().map(|quota| quota.name.as_str());
    walk.unique_names(&at, names, "quota");
    walk.written.quotas.iter().enumerate().map(|(q, quota)| walk.quota(&at.index(q), quota)).collect()
}

/// The policy: as written, or strict.
pub(super) fn policy(walk: &mut Walk) -> Policy {
    let written = walk.written.policy.as_ref();
    let levels = match written.and_then(|policy| policy.levels.as_deref()) {
        Some(levels) => walk.levels(levels),
        None => walk.strict_levels(),
    };
    Policy { mixed_status: written.map_or(MixedStatus::PerPerson, |policy| policy.mixed_status), levels }
}

impl<'s> Walk<'s> {
    /// E0111: two quotas, or two levels, of one name.
    fn unique_names<'a>(&mut self, at: &At, names: impl Iterator<Item = &'a str>, noun: &str) {
        let mut seen = FxHashSet::default();
        for (position, name) in names.enumerate() {
            let at = at.index(position);
            let at = at.key("name");
            if name.is_empty() {
                let message = format!("the name of a {noun} is empty");
                self.findings.error("E0107", &at, message, "give it a name of at least one character");
            } else if !seen.insert(name) {
                let message = format!("a {noun} before this one has the same name");
                self.findings.error("E0111", &at, message, "give each its own name");
            }
        }
    }

    fn quota(&mut self, at: &At, quota: &'s format::Quota) -> Quota {
        Quota {
            name: quota.name.clone(),
            count: self.filter(&at.key("count"), &quota.count),
            among: quota.among.as_ref().map(|among| self.filter(&at.key("among"), among)),
            departures: quota
                .departures
                .as_deref()
                .map(|ids| self.quota_departures(&at.key("departures"), ids)),
            min: self.optional_count(&at.key("min"), quota.min),
            max: self.optional_count(&at.key("max"), quota.max),
            min_percent: self.percentage(&at.key("min_percent"), quota.min_percent),
            max_percent: self.percentage(&at.key("max_percent"), quota.max_percent),
        }
    }

    fn quota_departures(&mut self, at: &At, ids: &[String]) -> Vec<crate::scenario::DepartureIdx> {
        self.no_empty_list(at, ids.len());
        ids.iter()
            .enumerate()
            .map(|(d, id)| self.departure_named(&at.index(d), id, "a quota names"))
            .collect()
    }

    fn filter(&mut self, at: &At, filter: &'s format::Filter) -> Filter {
        self.filter_names_somebody(at, filter);
        let says = "a filter names";
        Filter {
            category: filter
                .category
                .as_deref()
                .map(|ids| self.category_list(&at.key("category"), ids, says)),
            tag: filter.tag.as_deref().map(|tags| self.tag_list(&at.key("tag"), tags)),
            sponsor: filter.sponsor.as_deref().map(|names| self.sponsor_list(&at.key("sponsor"), names)),
            sex: filter.sex.clone(),
            mobility: filter.mobility.clone(),
            location: filter.location.as_deref().map(|ids| {
                let at = at.key("location");
                ids.iter().enumerate().map(|(p, id)| self.place(&at.index(p), id, says)).collect()
            }),
            unit: filter.unit.as_deref().map(|ids| self.unit_list(&at.key("unit"), ids, says)),
            min_age: filter.min_age.map(|age| self.non_negative(&at.key("min_age"), age)),
            max_age: filter.max_age.map(|age| self.non_negative(&at.key("max_age"), age)),
            min_vetting: filter.min_vetting.map(|min| self.least_vetting(&at.key("min_vetting"), min)),
        }
    }

    /// The lists of a filter that are not checked for emptiness where they are resolved.
    fn filter_names_somebody(&mut self, at: &At, filter: &format::Filter) {
        let lengths = [
            ("tag", filter.tag.as_ref().map(Vec::len)),
            ("sex", filter.sex.as_ref().map(Vec::len)),
            ("mobility", filter.mobility.as_ref().map(Vec::len)),
            ("location", filter.location.as_ref().map(Vec::len)),
            ("unit", filter.unit.as_ref().map(Vec::len)),
        ];
        for (key, length) in lengths {
            if let Some(length) = length {
                self.no_empty_list(&at.key(key), length);
            }
        }
    }

    fn tag_list(&mut self, at: &At, tags: &'s [String]) -> Vec<TagIdx> {
        tags.iter().enumerate().map(|(t, tag)| TagIdx::new(self.tags.asked(tag, &at.index(t)))).collect()
    }

    fn levels(&mut self, levels: &'s [format::Level]) -> Vec<Level> {
        let at = At::top("policy");
        let at = at.key("levels");
        self.no_empty_list(&at, levels.len());
        self.unique_names(&at, levels.iter().map(|level| level.name.as_str()), "level");
        levels.iter().enumerate().filter_map(|(l, level)| self.level(&at.index(l), level)).collect()
    }

    fn level(&mut self, at: &At, level: &'s format::Level) -> Option<Level> {
        let filter = level.filter.as_ref().map(|filter| self.filter(&at.key("where"), filter));
        let weights = level.weights.as_deref().map(|weights| self.weights(&at.key("weights"), weights));
        let tolerance = self.count(&at.key("tolerance"), level.tolerance);
        let (sense, measure) = self.one_measure(at, level)?;
        self.where_is_allowed(&at.key("where"), level, measure);
        self.weights_are_allowed(&at.key("weights"), level, measure);
        self.seed_is_allowed(&at.key("seed"), level, measure);
        self.changes_is_changes(&at.key("name"), level, measure);
        let (filter, weights) = (filter.unwrap_or_default(), weights.unwrap_or_default());
        let measure = measure_of(measure, filter, weights, level.seed.unwrap_or(0));
        Some(Level { name: level.name.clone(), sense, measure, tolerance })
    }

    fn weights(&mut self, at: &At, weights: &'s [format::Weight]) -> Vec<(Filter, i64)> {
        let mut read = Vec::with_capacity(weights.len());
        for (w, weight) in weights.iter().enumerate() {
            let at = at.index(w);
            let filter = weight.filter.as_ref().map(|filter| self.filter(&at.key("where"), filter));
            read.push((filter.unwrap_or_default(), weight.weight));
        }
        read
    }

    /// E0501: a level has not exactly one of `maximize` and `minimize`.
    fn one_measure(&mut self, at: &At, level: &format::Level) -> Option<(Sense, format::Measure)> {
        let sound = ["maximize", "minimize"].iter().all(|key| self.findings.is_sound(&at.key(key)));
        let found = match (level.maximize, level.minimize) {
            _ if !sound => return None,
            (Some(measure), None) => return Some((Sense::Maximize, measure)),
            (None, Some(measure)) => return Some((Sense::Minimize, measure)),
            (Some(_), Some(_)) => "both `maximize` and `minimize`",
            (None, None) => "neither `maximize` nor `minimize`",
        };
        let sound = ["maximize", "minimize"].iter().all(|key| self.findings.is_sound(&at.key(key)));
        if sound {
            self.findings.error(
                "E0501",
                at,
                format!("a level has {found}"),
                "give it exactly one of the two",
            );
        }
        None
    }

    /// E0502: a level that has no filter.
    fn where_is_allowed(&mut self, at: &At, level: &format::Level, measure: format::Measure) {
        use format::Measure::{Changes, Cost, Lottery, Weighted};
        if level.filter.is_some() && matches!(measure, Weighted | Cost | Changes | Lottery) {
            let message = "`where` stands on a level that measures everybody".to_owned();
            let hint = "`weighted` has filters in its `weights`; `cost`, `changes` and `lottery` have none";
            self.findings.error("E0502", at, message, hint);
        }
    }

    /// E0503: weights on another level than `weighted`.
    fn weights_are_allowed(&mut self, at: &At, level: &format::Level, measure: format::Measure) {
        if level.weights.is_some() && measure != format::Measure::Weighted {
            let message = "`weights` stands on a level that is not `weighted`".to_owned();
            self.findings.error("E0503", at, message, "leave it out, or measure `weighted`");
        }
    }

    /// E0504: a seed on another level than `lottery`.
    fn seed_is_allowed(&mut self, at: &At, level: &format::Level, measure: format::Measure) {
        if level.seed.is_some() && measure != format::Measure::Lottery {
            let message = "`seed` stands on a level that is not `lottery`".to_owned();
            self.findings.error("E0504", at, message, "leave it out, or measure `lottery`");
        }
    }

    /// E0505: a level named `changes` that measures something else.
    fn changes_is_changes(&mut self, at: &At, level: &format::Level, measure: format::Measure) {
        if level.name == "changes" && measure != format::Measure::Changes {
            let message = "a level is named `changes` and measures something else".to_owned();
            let hint = "give it another name: a replan adds a level of this name";
            self.findings.error("E0505", at, message, hint);
        }
    }

    fn strict_levels(&mut self) -> Vec<Level> {
        let count = self.written.categories.len();
        let by_category = (0..count).map(|c| {
            self.category_may_name_a_level(c);
            let filter = Filter { category: Some(vec![CategoryIdx::new(c)]), ..Filter::default() };
            level(&self.written.categories[c], Sense::Maximize, Measure::Persons(filter))
        });
        let mut levels: Vec<Level> = by_category.collect();
        levels.push(level("all", Sense::Maximize, Measure::Persons(Filter::default())));
        levels.push(level("days", Sense::Minimize, Measure::PersonDays(Filter::default())));
        levels.push(level("lottery", Sense::Maximize, Measure::Lottery { seed: 0 }));
        levels
    }

    /// E0506: under the strict policy a category has the name of one of its other levels.
    fn category_may_name_a_level(&mut self, c: usize) {
        let id = self.written.categories[c].as_str();
        if matches!(id, "all" | "days" | "lottery" | "changes") {
            let message = format!("category {} has the name of another level of the strict policy", tick(id));
            let hint = "rename the category, or give the policy its own `levels`";
            self.findings.error("E0506", &At::top("categories").index(c), message, hint);
        }
    }
}

fn level(name: &str, sense: Sense, measure: Measure) -> Level {
    Level { name: name.to_owned(), sense, measure, tolerance: 0 }
}

fn measure_of(name: format::Measure, filter: Filter, weights: Vec<(Filter, i64)>, seed: u64) -> Measure {
    match name {
        format::Measure::Persons => Measure::Persons(filter),
        format::Measure::Seats => Measure::Seats(filter),
        format::Measure::Units => Measure::Units(filter),
        format::Measure::Weighted => Measure::Weighted(weights),
        format::Measure::Urgency => Measure::Urgency(filter),
        format::Measure::Preference => Measure::Preference(filter),
        format::Measure::ExpectedPersons => Measure::ExpectedPersons(filter),
        format::Measure::PersonDays => Measure::PersonDays(filter),
        format::Measure::WaitingDays => Measure::WaitingDays(filter),
        format::Measure::Cost => Measure::Cost,
        format::Measure::Changes => Measure::Changes,
        format::Measure::Lottery => Measure::Lottery { seed },
    }
}

//! Instants and dates: integers, every day a UTC day.
//!
//! The proleptic Gregorian calendar by Howard Hinnant's *chrono-compatible low-level date algorithms*.

/// An instant, in nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i128);

/// A UTC day, in days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i64);

const NANOS_PER_SECOND: i128 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
const NANOS_PER_DAY: i128 = 86_400 * NANOS_PER_SECOND;
const DAYS_PER_ERA: i64 = 146_097;

impl Instant {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Instant = Instant(0);

    /// Reads RFC 3339 with an offset, in the strict form `YYYY-MM-DDThh:mm:ss[.f]Z` or `±hh:mm` (`t`, `z`
    /// in lower case and a space for `T` are not taken). A second of 60 is an error, as is a day that
    /// does not exist. Of a fraction nine digits count.
    ///
    /// ```
    /// use airbridge::scenario::Instant;
    /// let kabul = Instant::parse("2021-08-26T17:50:00+04:30").expect("an instant");
    /// assert_eq!(kabul.to_string(), "2021-08-26T13:20:00Z");
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let days = Date::parse(date)?.0;
        let (hour, rest) = number(rest.strip_prefix('T')?, 23)?;
        let (minute, rest) = number(rest.strip_prefix(':')?, 59)?;
        let (second, rest) = number(rest.strip_prefix(':')?, 59)?;
        let (nanos, rest) = fraction(rest)?;
        let seconds = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset(rest)?;
        Some(Self(i128::from(seconds) * NANOS_PER_SECOND + i128::from(nanos)))
    }

    /// The UTC day.
    #[must_use]
    pub fn date(self) -> Date {
        Date(i64::try_from(self.0.div_euclid(NANOS_PER_DAY)).expect("seconds of 64 bits are fewer days"))
    }

    /// This instant and so many seconds more.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + i128::from(seconds) * NANOS_PER_SECOND)
    }

    /// `text` shifted by so many seconds, with the offset that it is written in.
    ///
    /// ```
    /// use airbridge::scenario::Instant;
    /// let later = Instant::shifted("2021-08-26T23:50:00+04:30", 1800);
    /// assert_eq!(later.as_deref(), Some("2021-08-27T00:20:00+04:30"));
    /// ```
    #[must_use]
    pub fn shifted(text: &str, seconds: i64) -> Option<String> {
        Self::parse(text)?;
        let offset = text.get(19..)?.find(['Z', '+', '-'])? + 19;
        let local = Self::parse(&format!("{}Z", &text[..offset]))?.plus_seconds(seconds).to_string();
        Some(format!("{}{}", local.trim_end_matches('Z'), &text[offset..]))
    }

    /// The instant at which `date` begins.
    #[must_use]
    pub fn start_of(date: Date) -> Self {
        Self(i128::from(date.0) * NANOS_PER_DAY)
    }
}

/// Two digits, at most `most`, and what follows them.
fn number(text: &str, most: i64) -> Option<(i64, &str)> {
    let (digits, rest) = text.split_at_checked(2)?;
    let value = whole(digits)?;
    (value <= most).then_some((value, rest))
}

/// A text of digits alone.
fn whole(digits: &str) -> Option<i64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().ok()).flatten()
}

/// The nanoseconds of a fraction, 0 if there is none, and what follows it.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(text) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, rest) = text.split_at(end);
    let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
    (!digits.is_empty()).then_some((whole(&nine)?, rest))
}

/// The seconds of an offset: `Z` or `±hh:mm`.
fn offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, rest) = number(text.strip_prefix(['+', '-'])?, 23)?;
    let (minutes, rest) = number(rest.strip_prefix(':')?, 59)?;
    rest.is_empty().then_some(sign * (hours * 3600 + minutes * 60))
}

impl std::fmt::Display for Instant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let of_day = self.0.rem_euclid(NANOS_PER_DAY);
        let (seconds, nanos) = (of_day / NANOS_PER_SECOND, of_day % NANOS_PER_SECOND);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}", self.date())?;
        if nanos != 0 {
            write!(f, ".{}", format!("{nanos:09}").trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl Date {
    /// Reads `YYYY-MM-DD`; a day that does not exist is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, rest) = text.split_at_checked(4)?;
        let (month, rest) = number(rest.strip_prefix('-')?, 12)?;
        let (day, rest) = number(rest.strip_prefix('-')?, 31)?;
        let date = Self::of(whole(year)?, month, day);
        let exists = rest.is_empty() && date.civil() == (whole(year)?, month, day);
        exists.then_some(date)
    }

    /// The day of the calendar; where there is no such day, another one.
    const fn of(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH)
    }

    /// Year, month and day.
    const fn civil(self) -> (i64, i64, i64) {
        let days = self.0.saturating_add(DAYS_TO_EPOCH);
        let era = days.div_euclid(DAYS_PER_ERA);
        let day_of_era = days.rem_euclid(DAYS_PER_ERA);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
        (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
    }

    /// Days from `earlier` to this day; negative where `earlier` is later.
    #[must_use]
    pub const fn days_since(self, earlier: Date) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This day and so many days more.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }
}

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_EPOCH: i64 = 719_468;

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, as_utc: &str) {
        assert_eq!(Instant::parse(text).map(|instant| instant.to_string()).as_deref(), Some(as_utc));
    }

    #[track_caller]
    fn no_instant(text: &str) {
        assert_eq!(Instant::parse(text), None, "{text}");
    }

    #[test]
    fn an_instant_is_an_instant_whatever_its_offset() {
        reads("2021-08-26T17:50:00+04:30", "2021-08-26T13:20:00Z");
        reads("2021-08-26T00:00:00+04:30", "2021-08-25T19:30:00Z");
        reads("2021-12-31T23:59:59-23:59", "2022-01-01T23:58:59Z");
        reads("2024-02-29T00:00:00-00:00", "2024-02-29T00:00:00Z");
        reads("2021-08-26T13:20:00.250Z", "2021-08-26T13:20:00.25Z");
        reads("2021-08-26T13:20:00.1234567891Z", "2021-08-26T13:20:00.123456789Z");
        reads("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z");
        reads("0000-01-01T00:00:00+00:01", "-001-12-31T23:59:00Z");
    }

    #[test]
    fn what_is_no_instant_is_not_read_as_one() {
        for text in [
            "",
            "2021-08-26",
            "2021-08-26T13:20Z",
            "2021-08-26 13:20:00Z",
            "2021-08-26t13:20:00Z",
            "2021-08-26T13:20:00z",
            "2021-08-26T13:20:00",
            "2021-08-26T13:20:60Z",
            "2021-08-26T24:00:00Z",
            "2021-08-26T13:60:00Z",
            "2021-02-30T13:20:00Z",
            "2023-02-29T13:20:00Z",
            "1900-02-29T13:20:00Z",
            "2021-00-10T13:20:00Z",
            "2021-13-10T13:20:00Z",
            "2021-01-00T13:20:00Z",
            "2021-08-26T13:20:00.Z",
            "2021-08-26T13:20:00.5",
            "2021-08-26T13:20:00+0430",
            "2021-08-26T13:20:00+04:60",
            "2021-08-26T13:20:00+24:00",
            "2021-08-26T13:20:00Z ",
            "+021-08-26T13:20:00Z",
            "2021-08-26T+1:20:00Z",
            "2021-08-2\u{663}T13:20:00Z",
        ] {
            no_instant(text);
        }
    }

    #[test]
    fn every_day_of_four_centuries_is_the_day_after_the_one_before() {
        let (first, last) = (Date::parse("1800-01-01"), Date::parse("2200-01-01"));
        let (first, last) = (first.expect("a date"), last.expect("a date"));
        assert_eq!(last.days_since(first), 146_097);
        for day in 0..146_097 {
            let date = first.plus_days(day);
            assert_eq!(Date::parse(&date.to_string()), Some(date));
        }
        assert_eq!(Date::parse("1970-01-01"), Some(Date(0)));
        assert_eq!(
            Date::parse("2000-02-29").map(|date| date.plus_days(1).to_string()),
            Some("2000-03-01".into())
        );
    }

    #[test]
    fn moments_beyond_the_calendar_are_still_shown() {
        assert_eq!(Instant::EPOCH.plus_seconds(i64::MAX).to_string(), "292277026596-12-04T15:30:07Z");
        assert!(!Date(i64::MAX).to_string().is_empty());
    }
}

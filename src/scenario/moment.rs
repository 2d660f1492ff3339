//! Instants and dates: integers, every day a UTC day.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant, in nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i128);

/// A UTC day, in days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i64);

const NANOS_PER_SECOND: i128 = 1_000_000_000;
const NANOS_PER_DAY: i128 = 86_400 * NANOS_PER_SECOND;

impl Instant {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Instant = Instant(0);

    /// Reads RFC 3339 with an offset, in the strict form `YYYY-MM-DDThh:mm:ss[.f]Z` or `±hh:mm` (`t`, `z`
    /// in lower case and a space for `T` are not taken). A second of 60 is an error, as is a day that
    /// does not exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let strict = bytes.len() >= 20 && bytes[10] == b'T' && &bytes[17..19] != b"60" && !text.contains('z');
        if !strict {
            return None;
        }
        OffsetDateTime::parse(text, &Rfc3339).ok().map(|moment| Self(moment.unix_timestamp_nanos()))
    }

    /// The UTC day.
    #[must_use]
    pub fn date(self) -> Date {
        Date(i64::try_from(self.0.div_euclid(NANOS_PER_DAY)).expect("a year of four digits"))
    }

    /// This instant and so many seconds more.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + i128::from(seconds) * NANOS_PER_SECOND)
    }

    /// The instant at which `date` begins.
    #[must_use]
    pub fn start_of(date: Date) -> Self {
        Self(i128::from(date.0) * NANOS_PER_DAY)
    }
}

impl std::fmt::Display for Instant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(self.0).map_err(|_| std::fmt::Error)?;
        f.write_str(&moment.format(&Rfc3339).map_err(|_| std::fmt::Error)?)
    }
}

impl Date {
    /// Reads `YYYY-MM-DD`; a day that does not exist is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |range: std::ops::Range<usize>| {
            let part = text.get(range)?;
            part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u16>().ok()).flatten()
        };
        let shaped = text.len() == 10 && text.is_ascii() && &text[4..5] == "-" && &text[7..8] == "-";
        if !shaped {
            return None;
        }
        let month = time::Month::try_from(u8::try_from(digits(5..7)?).ok()?).ok()?;
        let day = u8::try_from(digits(8..10)?).ok()?;
        let date = time::Date::from_calendar_date(i32::from(digits(0..4)?), month, day).ok()?;
        Some(Self(i64::from(date.to_julian_day()) - EPOCH_JULIAN_DAY))
    }

    /// Days from `earlier` to this day; negative where `earlier` is later.
    #[must_use]
    pub const fn days_since(self, earlier: Date) -> i64 {
        self.0 - earlier.0
    }

    /// This day and so many days more.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }
}

/// The Julian day of 1970-01-01.
const EPOCH_JULIAN_DAY: i64 = 2_440_588;

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let julian = i32::try_from(self.0 + EPOCH_JULIAN_DAY).map_err(|_| std::fmt::Error)?;
        let date = time::Date::from_julian_day(julian).map_err(|_| std::fmt::Error)?;
        write!(f, "{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
    }
}

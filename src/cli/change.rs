//! `airbridge change`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use airbridge::answer::document;
use airbridge::change::{self, ChangeError, Changed, Difference, Edit, Operation, PatchError, Source};
use airbridge::scenario::read::read;
use clap::{ArgMatches, Args, FromArgMatches};
use serde::Serialize;

use super::files::{Loaded, Output, input, loaded, print, shown};
use super::{Common, Failure, ScenarioArgs};

/// An edited scenario, validated: nobody edits JSON at midnight
#[derive(Args)]
#[command(
    long_about = "An edited scenario, validated: nobody edits JSON at midnight. What is not touched stays as it is \
    written, and what is different is told on stderr. Patches come first, then the rest in the order of this page; each \
    option may be given again.\n\n\
    Exit codes: 0 the scenario is written; 2 wrong arguments or input, or the result is not in order: nothing is \
    written."
)]
#[command(
    after_long_help = "Example:\n  airbridge change scenario.json --cancel QR7277 --seats QR7278 180 --withdraw U17 -o tonight.json"
)]
pub(crate) struct Change {
    #[command(flatten)]
    input: ScenarioArgs,
    /// Apply a JSON Patch (RFC 6902), as `value` gives them
    #[arg(long, value_name = "FILE")]
    patch: Vec<PathBuf>,
    /// Plan at this moment (RFC 3339 with an offset)
    #[arg(long, value_name = "T")]
    as_of: Option<String>,
    /// Put this file's `policy` object in place
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Cancel a departure
    #[arg(long, value_name = "D")]
    cancel: Vec<String>,
    /// Give a departure so many seats
    #[arg(long, num_args = 2, value_names = ["D", "N"], allow_hyphen_values = true)]
    seats: Vec<String>,
    /// Shift all times of a departure by so many hours (fractions allowed, negative: earlier)
    #[arg(long, num_args = 2, value_names = ["D", "HOURS"], allow_hyphen_values = true)]
    delay: Vec<String>,
    /// Take a unit out, and out of all that names it
    #[arg(long, value_name = "U")]
    withdraw: Vec<String>,
    /// A unit must be on a departure; an earlier pin of the unit gives way
    #[arg(long, num_args = 2, value_names = ["U", "D"], allow_hyphen_values = true)]
    pin: Vec<String>,
    #[command(flatten)]
    exclude: Exclude,
    /// Void a departure's allotments
    #[arg(long, value_name = "D")]
    release: Vec<String>,
    /// Write the scenario to this file
    #[arg(short, long, value_name = "NEW", required = true)]
    output: PathBuf,
}

/// `--exclude U [D]`: one or two values each time, which the derived parser would run together.
#[derive(Default)]
struct Exclude(Vec<Vec<String>>);

impl FromArgMatches for Exclude {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let all = matches.get_occurrences::<String>("exclude").into_iter().flatten();
        Ok(Self(all.map(|one| one.cloned().collect()).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Exclude {
    fn augment_args(command: clap::Command) -> clap::Command {
        let exclude = clap::Arg::new("exclude").long("exclude").num_args(1..=2).value_names(["U", "D"]);
        let exclude = exclude.action(clap::ArgAction::Append);
        command.arg(exclude.help("A unit may not be on a departure; without one: on none"))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    edit: &'a [Operation],
    difference: &'a [Difference],
}

impl Change {
    pub(crate) fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        let files = [Some(&self.input.scenario), self.input.baseline.as_ref(), self.policy.as_ref()];
        let inputs: Vec<&Path> =
            files.into_iter().flatten().chain(&self.patch).map(PathBuf::as_path).collect();
        let output = Output::new(Some(&self.output), &inputs)?;
        let before = input(&self.input.scenario)?;
        let text = std::str::from_utf8(&before).map_err(|_| self.unreadable(&before))?;
        let (edits, sources): (Vec<Edit>, Vec<Source>) = self.edits()?.into_iter().unzip();
        let changed = change::change(text, &edits).map_err(|error| {
            let no_json = error == ChangeError::Patch(PatchError::NoJson);
            if no_json { self.unreadable(&before) } else { Failure::Usage(error.to_string()) }
        })?;
        let scenario = Source { name: shown(&self.input.scenario), text: text.to_owned() };
        let loaded = loaded(changed.text.as_bytes(), &self.input)
            .map_err(|failure| not_in_order(failure, &changed, &scenario, &sources, common))?;
        let Changed { text: after, patch, .. } = changed;
        let difference = change::difference(text, &after);
        output.write(after.as_bytes())?;
        tell(&loaded, &output, &Answer { edit: &patch, difference: &difference }, common)?;
        Ok(ExitCode::SUCCESS)
    }

    /// What the reader says of a scenario that is not JSON.
    fn unreadable(&self, text: &[u8]) -> Failure {
        match read(text, &shown(&self.input.scenario)) {
            Err(diagnostics) => Failure::Input(diagnostics),
            Ok(_) => Failure::Machine("the scenario reads, but cannot be edited; please report this".into()),
        }
    }

    /// The edits, each with what it was given in.
    fn edits(&self) -> Result<Vec<(Edit, Source)>, Failure> {
        let mut edits = Vec::new();
        for path in &self.patch {
            let text = input(path)?;
            let patch = change::read_patch(&text);
            let patch = patch.map_err(|error| Failure::Usage(format!("{}: {error}", shown(path))))?;
            edits.push((Edit::Patch(patch), file(path, &text)));
        }
        edits.extend(self.as_of.clone().map(|moment| (Edit::AsOf(moment), option("--as-of"))));
        if let Some(path) = &self.policy {
            let source = file(path, &input(path)?);
            edits.push((Edit::Policy(source.text.clone()), source));
        }
        edits.extend(self.cancel.iter().cloned().map(|one| (Edit::Cancel(one), option("--cancel"))));
        for pair in self.seats.chunks(2) {
            let seats = pair[1].parse().map_err(|_| wrong("--seats D N", "a whole number"))?;
            edits.push((Edit::Seats(pair[0].clone(), seats), option("--seats")));
        }
        for pair in self.delay.chunks(2) {
            let seconds = change::seconds_of_hours(&pair[1]);
            let seconds = seconds.ok_or_else(|| wrong("--delay D HOURS", "hours, as in `6` or `1.5`"))?;
            edits.push((Edit::Delay(pair[0].clone(), seconds), option("--delay")));
        }
        let withdrawn = self.withdraw.iter().cloned();
        edits.extend(withdrawn.map(|one| (Edit::Withdraw(one), option("--withdraw"))));
        let pinned = self.pin.chunks(2).map(|pair| Edit::Pin(pair[0].clone(), pair[1].clone()));
        edits.extend(pinned.map(|one| (one, option("--pin"))));
        let excluded = self.exclude.0.iter().map(|one| Edit::Exclude(one[0].clone(), one.get(1).cloned()));
        edits.extend(excluded.map(|one| (one, option("--exclude"))));
        edits.extend(self.release.iter().cloned().map(|one| (Edit::Release(one), option("--release"))));
        Ok(edits)
    }
}

fn file(path: &Path, text: &[u8]) -> Source {
    Source { name: shown(path), text: String::from_utf8_lossy(text).into_owned() }
}

/// An option as messages name it, like `<stdin>`: it is no file.
fn option(name: &str) -> Source {
    Source { name: format!("<{name}>"), text: String::new() }
}

/// What is wrong with the result, said at its place in what was given; what is wrong with a baseline is as it was.
#[expect(clippy::print_stderr, reason = "the command speaks on stderr")]
fn not_in_order(
    failure: Failure,
    changed: &Changed,
    scenario: &Source,
    edits: &[Source],
    common: &Common,
) -> Failure {
    let Err(found) = read(changed.text.as_bytes(), &scenario.name) else { return failure };
    if !common.json {
        eprintln!("note: with these changes the scenario would not be in order; nothing is written");
    }
    Failure::Input(changed.placed(&found, scenario, edits))
}

/// What is different, on stderr; the JSON answer on stdout, unless the scenario went there.
#[expect(clippy::print_stderr, reason = "the command speaks on stderr")]
fn tell(loaded: &Loaded, output: &Output, answer: &Answer, common: &Common) -> Result<(), Failure> {
    if common.json {
        let text = document("change", &loaded.reference(), answer);
        if output.is_file() {
            return print(text.as_bytes());
        }
        eprint!("{text}");
        return Ok(());
    }
    for difference in answer.difference {
        eprintln!("{difference}");
    }
    if answer.difference.is_empty() {
        eprintln!("nothing is different");
    }
    warn(loaded);
    Ok(())
}

/// Pins that eligibility now forbids: the scenario is written, and `replan` can leave them out.
#[expect(clippy::print_stderr, reason = "the command speaks on stderr")]
fn warn(loaded: &Loaded) {
    let eligibility = airbridge::eligibility::assess(&loaded.scenario, loaded.baseline.as_ref());
    for (position, rules) in airbridge::solve::forbidden_pins(&eligibility) {
        let pin = loaded.scenario.pins[position];
        let unit = airbridge::diagnostic::tick(&loaded.scenario.units[pin.unit.index()].id);
        let departure = airbridge::diagnostic::tick(&loaded.scenario.departures[pin.departure.index()].id);
        let rules: Vec<&str> = rules.iter().map(|rule| rule.code()).collect();
        eprintln!(
            "note: the pin of unit {unit} on departure {departure} is now forbidden ({}): \
            `replan --drop-pins` leaves it out",
            rules.join(", ")
        );
    }
}

fn wrong(option: &str, wanted: &str) -> Failure {
    Failure::Usage(format!("`{option}`: expected {wanted}"))
}

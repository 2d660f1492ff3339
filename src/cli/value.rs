//! `airbridge value`.

use std::path::PathBuf;
use std::process::ExitCode;

use airbridge::answer::document;
use airbridge::report::answers;
use airbridge::value::{self, Probe, Question, What};
use clap::{Args, ValueEnum};

use super::files::{load, print};
use super::planned::{Limit, solving};
use super::work::unanswered;
use super::{Common, Failure, ScenarioArgs};

/// What one seat, bed, document or exception more is worth
#[derive(Args)]
#[command(
    long_about = "What one more would be worth, by level: a seat, a lap, wheelchair or stretcher place, 100 kg, a \
    vetting exception, a bed, a released allotment, a day of readiness, a document; and what each pin, quota, link \
    or exclusion costs. Every probe is a JSON Patch of the scenario that anyone can apply (`change --patch`) and \
    solve again; its worth is exact. Beside it stands what the plan's own certificate says the row costs.\n\n\
    By default: what binds by certificate, and every pin and quota.\n\n\
    Exit codes: 0 done, what was not proven included; 2 wrong arguments or input; 3 infeasible; 4 the machine failed."
)]
#[command(
    after_long_help = "Example:\n  airbridge value scenarios/mazar/scenario.json plan.json --what seat bed --top 10"
)]
pub(crate) struct Value {
    #[command(flatten)]
    input: ScenarioArgs,
    /// The plan file
    plan: PathBuf,
    /// Only these kinds, whether they bind or not
    #[arg(long, value_name = "KIND", value_enum, num_args = 1..)]
    what: Option<Vec<WhatArg>>,
    /// Only so many, the most valuable
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    #[command(flatten)]
    limit: Limit,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum WhatArg {
    Seat,
    LapInfant,
    Wheelchair,
    Stretcher,
    #[value(name = "payload_100kg")]
    Payload,
    VettingException,
    Bed,
    Allotment,
    Readiness,
    Document,
    Pin,
    Quota,
    Link,
    Exclusion,
    Departure,
}

impl From<WhatArg> for What {
    fn from(what: WhatArg) -> Self {
        match what {
            WhatArg::Seat => Self::Seat,
            WhatArg::LapInfant => Self::LapInfant,
            WhatArg::Wheelchair => Self::Wheelchair,
            WhatArg::Stretcher => Self::Stretcher,
            WhatArg::Payload => Self::Payload,
            WhatArg::VettingException => Self::VettingException,
            WhatArg::Bed => Self::Bed,
            WhatArg::Allotment => Self::Allotment,
            WhatArg::Readiness => Self::Readiness,
            WhatArg::Document => Self::Document,
            WhatArg::Pin => Self::Pin,
            WhatArg::Quota => Self::Quota,
            WhatArg::Link => Self::Link,
            WhatArg::Exclusion => Self::Exclusion,
            WhatArg::Departure => Self::Departure,
        }
    }
}

#[derive(serde::Serialize)]
struct Answer {
    probes: Vec<Probe>,
}

impl Value {
    pub(crate) fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        let deadline = self.limit.start();
        let loaded = load(&self.input)?;
        let plan = super::check::plan_of(&self.plan, &loaded)?;
        let text = std::str::from_utf8(&loaded.text).map_err(|error| Failure::Usage(error.to_string()))?;
        let what: Option<Vec<What>> =
            self.what.as_ref().map(|what| what.iter().copied().map(What::from).collect());
        let probes = solving(&loaded, deadline, common, |request| {
            let digest = &loaded.digest;
            value::value(&Question { request, text, digest, plan: &plan, what: what.as_deref() })
        });
        let mut probes = probes.map_err(|error| unanswered(&loaded, error))?;
        probes.truncate(self.top.unwrap_or(usize::MAX));
        let shown = if common.json {
            document("value", &loaded.reference(), &Answer { probes })
        } else {
            answers::probes(&probes)
        };
        print(shown.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

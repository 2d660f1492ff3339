//! `airbridge generate`.

use std::path::PathBuf;
use std::process::ExitCode;

use airbridge::synth::{self, Like, PolicyKind, Shape, Spec};
use clap::{Args, ValueEnum};

use super::Failure;
use super::files::Output;

/// A synthetic scenario: nobody in it exists
#[derive(Args)]
#[command(
    long_about = "A synthetic scenario from a seed, the same for ever: household sizes, mixed families, papers, \
    vetting, places and sponsors after published figures of 2021. Nobody in it exists."
)]
#[command(
    after_long_help = "Example:\n  airbridge generate --units 2000 --departures 30 --seed 1 --policy categories -o load.json"
)]
pub(crate) struct Generate {
    /// How many family units (default: 500)
    #[arg(long, value_name = "N", conflicts_with = "like")]
    units: Option<usize>,
    /// How many departures (default: 12)
    #[arg(long, value_name = "M", conflicts_with = "like")]
    departures: Option<usize>,
    /// The draw
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// A chapter of 2021, with its own size
    #[arg(long, value_enum)]
    like: Option<LikeArg>,
    /// The objective levels: the format's default, or persons by category and nothing after
    #[arg(long, value_enum, default_value_t = PolicyArg::Strict)]
    policy: PolicyArg,
    /// Put every field of the format to use
    #[arg(long, conflicts_with_all = ["like", "shape"])]
    all_rules: bool,
    /// A shape that is harder to prove
    #[arg(long, value_enum, conflicts_with = "like")]
    shape: Option<ShapeArg>,
    /// Write to this file (default: stdout)
    #[arg(short, long, value_name = "SCENARIO")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum LikeArg {
    Airlift,
    Mazar,
    Dynamo,
    #[value(name = "october-2021")]
    October2021,
}

#[derive(Clone, Copy, ValueEnum)]
enum PolicyArg {
    Strict,
    Categories,
}

#[derive(Clone, Copy, ValueEnum)]
enum ShapeArg {
    Even,
    Small,
    Wheelchairs,
    Pool,
    NoSingles,
}

impl Generate {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let output = Output::new(self.output.as_deref(), &[])?;
        let scenario = synth::generate(&self.spec());
        let mut text = serde_json::to_vec(&scenario).map_err(|error| Failure::Machine(error.to_string()))?;
        text.push(b'\n');
        output.write(&text)?;
        Ok(ExitCode::SUCCESS)
    }

    fn spec(&self) -> Spec {
        let usual = Spec::default();
        Spec {
            units: self.units.unwrap_or(usual.units),
            departures: self.departures.unwrap_or(usual.departures),
            seed: self.seed,
            like: self.like.map(|like| match like {
                LikeArg::Airlift => Like::Airlift,
                LikeArg::Mazar => Like::Mazar,
                LikeArg::Dynamo => Like::Dynamo,
                LikeArg::October2021 => Like::October2021,
            }),
            policy: match self.policy {
                PolicyArg::Strict => PolicyKind::Strict,
                PolicyArg::Categories => PolicyKind::Categories,
            },
            all_rules: self.all_rules,
            shape: self.shape.map(|shape| match shape {
                ShapeArg::Even => Shape::Even,
                ShapeArg::Small => Shape::Small,
                ShapeArg::Wheelchairs => Shape::Wheelchairs,
                ShapeArg::Pool => Shape::Pool,
                ShapeArg::NoSingles => Shape::NoSingles,
            }),
        }
    }
}

//! The program as text: MPS, LP and OPB for other solvers, a list for people. Rows and columns are named by
//! their rule and the positions of their subjects in the file, so that any id is a valid name; the list
//! has the ids themselves.

use std::fmt::Write;

use super::{Column, Program, Row, RowKey};
use crate::certificate::{Resource, Side};
use crate::classes::Class;
use crate::diagnostic::{printable, tick};
use crate::scenario::{DepartureIdx, Scenario, Sense};

/// How a program is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Free MPS, maximised levels with `OBJSENSE MAX`.
    Mps,
    /// The LP format of CPLEX.
    Lp,
    /// Pseudo-Boolean, linear, to be minimised: numbers beyond 1 as sums of bits.
    Opb,
    /// For people: one line a row.
    List,
}

/// Writes one level's program.
#[must_use]
pub fn write(
    scenario: &Scenario,
    classes: &[Class],
    program: &Program,
    level: usize,
    layout: Layout,
) -> String {
    let writer = Writer { scenario, classes, program, level };
    match layout {
        Layout::Mps => writer.mps(),
        Layout::Lp => writer.lp(),
        Layout::Opb => writer.opb(),
        Layout::List => writer.list(),
    }
}

struct Writer<'w> {
    scenario: &'w Scenario,
    classes: &'w [Class],
    program: &'w Program,
    level: usize,
}

impl Writer<'_> {
    fn objective(&self) -> Vec<(usize, i64)> {
        let coefficients = &self.program.objectives[self.level].coefficients;
        coefficients.iter().enumerate().filter(|(_, c)| **c != 0).map(|(column, c)| (column, *c)).collect()
    }

    fn maximized(&self) -> bool {
        self.program.objectives[self.level].sense == Sense::Maximize
    }

    fn column(&self, column: usize) -> String {
        match self.program.columns[column] {
            Column::Board(class, d) => {
                format!("x_{}_{}", self.classes[class].representative().index(), d.index())
            }
            Column::Used(d) => format!("y_{}", d.index()),
            Column::Held(d, sponsor) => format!("h_{}_{}", d.index(), sponsor.index()),
        }
    }

    fn row(&self, row: &Row) -> String {
        let unit_of = |class: usize| self.classes[class].representative().index();
        match row.key {
            RowKey::Unit(class) => format!("unit_{}", unit_of(class)),
            RowKey::Limit(resource, d) => format!("{}_{}", resource_name(resource), d.index()),
            RowKey::Fill(resource, d) => format!("fill_{}_{}", resource_name(resource), d.index()),
            RowKey::Allotment(d, sponsor) => format!("allotment_{}_{}", d.index(), sponsor.index()),
            RowKey::Aboard(ref units, d) => format!("aboard_{}_{}", units[0].index(), d.index()),
            RowKey::Used(d) => format!("used_{}", d.index()),
            RowKey::MinLoad(d) => format!("min_load_{}", d.index()),
            RowKey::Budget => "budget".into(),
            // A hyphen is a minus in the LP format.
            RowKey::Beds(place, day) => {
                format!("beds_{}_{}", place.index(), day.to_string().replace('-', "_"))
            }
            RowKey::Quota(quota, side) => format!("quota_{quota}_{}", side_name(side)),
            RowKey::Pin(unit, d) => format!("pin_{}_{}", unit.index(), d.index()),
            RowKey::SameDeparture { link, unit, departure } => {
                format!("same_departure_{link}_{}_{}", unit.index(), departure.index())
            }
            RowKey::AllOrNone { link, unit } => format!("all_or_none_{link}_{}", unit.index()),
            RowKey::AtMostOne { link } => format!("at_most_one_{link}"),
            RowKey::Apart { link, departure } => format!("apart_{link}_{}", departure.index()),
            RowKey::Level(level) => format!("level_{level}"),
            RowKey::Split(depth) => format!("split_{depth}"),
            RowKey::Cut(number) => format!("cut_{number}"),
        }
    }

    fn mps(&self) -> String {
        let mut text = String::from("NAME airbridge\n");
        text.push_str(if self.maximized() { "OBJSENSE\n    MAX\n" } else { "OBJSENSE\n    MIN\n" });
        text.push_str("ROWS\n N objective\n");
        for row in &self.program.rows {
            line(&mut text, format_args!(" {} {}", if row.equal { 'E' } else { 'L' }, self.row(row)));
        }
        text.push_str("COLUMNS\n    MARKER 'MARKER' 'INTORG'\n");
        for (column, entries) in self.entries().into_iter().enumerate() {
            let name = self.column(column);
            for (row, a) in entries {
                line(&mut text, format_args!("    {name} {row} {a}"));
            }
        }
        text.push_str("    MARKER 'MARKER' 'INTEND'\nRHS\n");
        let constant = self.program.objectives[self.level].constant;
        if constant != 0 {
            line(&mut text, format_args!("    RHS objective {}", -constant));
        }
        for row in self.program.rows.iter().filter(|row| row.at_most != 0) {
            line(&mut text, format_args!("    RHS {} {}", self.row(row), row.at_most));
        }
        text.push_str("BOUNDS\n");
        for (column, upper) in self.program.upper.iter().enumerate() {
            line(&mut text, format_args!(" UP BOUND {} {upper}", self.column(column)));
        }
        text.push_str("ENDATA\n");
        text
    }

    /// By column: its rows' names and coefficients, the objective first, so that no column is left out.
    fn entries(&self) -> Vec<Vec<(String, i64)>> {
        let coefficients = &self.program.objectives[self.level].coefficients;
        let mut entries: Vec<Vec<(String, i64)>> =
            coefficients.iter().map(|&c| vec![("objective".to_owned(), c)]).collect();
        for row in &self.program.rows {
            for &(column, a) in &row.terms {
                entries[column].push((self.row(row), a));
            }
        }
        entries
    }

    fn lp(&self) -> String {
        let mut text = String::new();
        line(&mut text, format_args!("\\ level {} of the policy", self.level + 1));
        text.push_str(if self.maximized() { "Maximize\n" } else { "Minimize\n" });
        let constant = self.program.objectives[self.level].constant;
        let constant = if constant == 0 { String::new() } else { format!(" + {constant}") };
        line(&mut text, format_args!(" objective: {}{constant}", self.sum(&self.objective(), "0")));
        text.push_str("Subject To\n");
        for row in &self.program.rows {
            let sign = if row.equal { "=" } else { "<=" };
            line(
                &mut text,
                format_args!(" {}: {} {sign} {}", self.row(row), self.sum(&row.terms, "0"), row.at_most),
            );
        }
        text.push_str("Bounds\n");
        for (column, upper) in self.program.upper.iter().enumerate() {
            line(&mut text, format_args!(" 0 <= {} <= {upper}", self.column(column)));
        }
        text.push_str("Generals\n");
        for column in 0..self.program.columns.len() {
            line(&mut text, format_args!(" {}", self.column(column)));
        }
        text.push_str("End\n");
        text
    }

    /// The format of the pseudo-Boolean competitions (Roussel and Manquinho); what its variables are stands in comments.
    fn opb(&self) -> String {
        let mut variables: Vec<Vec<(usize, i64)>> = Vec::new();
        let mut count = 0;
        for &upper in &self.program.upper {
            let bits = bits(upper).into_iter().map(|bit| {
                count += 1;
                (count, bit)
            });
            variables.push(bits.collect());
        }
        let sum = |terms: &[(usize, i64)], sign: i64| -> String {
            let bits = terms.iter().flat_map(|&(column, a)| {
                variables[column]
                    .iter()
                    .map(move |(variable, bit)| format!("{:+} x{variable} ", sign * a * bit))
            });
            let text: String = bits.collect();
            if text.is_empty() && count > 0 { "+0 x1 ".into() } else { text }
        };
        let rows = &self.program.rows;
        let mut text = String::new();
        line(&mut text, format_args!("* #variable= {count} #constraint= {}", rows.len()));
        let objective = &self.program.objectives[self.level];
        let (verb, sign) = if self.maximized() { ("most", -1) } else { ("least", 1) };
        line(
            &mut text,
            format_args!(
                "* level {}: {verb} of {} plus {sign} times the objective",
                self.level + 1,
                objective.constant
            ),
        );
        for (column, bits) in variables.iter().enumerate() {
            for (variable, bit) in bits {
                line(&mut text, format_args!("* x{variable} is {bit} of {}", self.column(column)));
            }
        }
        line(&mut text, format_args!("min: {};", sum(&self.objective(), sign)));
        for row in rows {
            line(&mut text, format_args!("* {}", self.row(row)));
            let relation = if row.equal { "=" } else { ">=" };
            line(&mut text, format_args!("{}{relation} {} ;", sum(&row.terms, -1), -row.at_most));
        }
        text
    }

    /// `3 x_0_1 - x_0_2`; lines stay short enough for readers of the format.
    fn sum(&self, terms: &[(usize, i64)], nothing: &str) -> String {
        if terms.is_empty() {
            let any = self.program.columns.first().map(|_| format!("0 {}", self.column(0)));
            return any.unwrap_or_else(|| nothing.to_owned());
        }
        let mut text = String::new();
        for (position, &(column, a)) in terms.iter().enumerate() {
            let sign = if a < 0 {
                "- "
            } else if position > 0 {
                "+ "
            } else {
                ""
            };
            let gap = if position == 0 {
                ""
            } else if position % 8 == 0 {
                "\n    "
            } else {
                " "
            };
            text.extend([gap, sign, &a.unsigned_abs().to_string(), " ", &self.column(column)]);
        }
        text
    }

    fn list(&self) -> String {
        let objective = &self.program.objectives[self.level];
        let mut text = String::new();
        let verb = if self.maximized() { "maximize" } else { "minimize" };
        let terms = self.readable(&self.objective());
        line(&mut text, format_args!("{verb} {}: {} + {terms}", tick(&objective.name), objective.constant));
        text.push_str("subject to\n");
        for row in &self.program.rows {
            let sign = if row.equal { "=" } else { "<=" };
            line(
                &mut text,
                format_args!("  {}: {} {sign} {}", self.row(row), self.readable(&row.terms), row.at_most),
            );
        }
        text.push_str("integers\n");
        for (column, upper) in self.program.upper.iter().enumerate() {
            line(&mut text, format_args!("  0 <= {} <= {upper}", self.readable_column(column)));
        }
        text
    }

    fn readable(&self, terms: &[(usize, i64)]) -> String {
        let term = |&(column, a): &(usize, i64)| format!("{a} {}", self.readable_column(column));
        terms.iter().map(term).collect::<Vec<_>>().join(" + ")
    }

    fn readable_column(&self, column: usize) -> String {
        let departure = |d: DepartureIdx| printable(&self.scenario.departures[d.index()].id);
        match self.program.columns[column] {
            Column::Board(class, d) => {
                let unit = self.classes[class].representative();
                format!("x[{},{}]", printable(&self.scenario.units[unit.index()].id), departure(d))
            }
            Column::Used(d) => format!("y[{}]", departure(d)),
            Column::Held(d, sponsor) => {
                format!("h[{},{}]", departure(d), printable(&self.scenario.sponsors[sponsor.index()]))
            }
        }
    }
}

/// Numbers whose sums are all those from 0 to `most`, and no other.
fn bits(most: i64) -> Vec<i64> {
    let (mut left, mut bit, mut bits) = (most, 1, Vec::new());
    while left > 0 {
        bits.push(bit.min(left));
        left -= bit.min(left);
        bit *= 2;
    }
    bits
}

fn line(text: &mut String, arguments: std::fmt::Arguments) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{arguments}");
}

const fn resource_name(resource: Resource) -> &'static str {
    match resource {
        Resource::Seats => "seats",
        Resource::LapInfants => "lap_infants",
        Resource::Wheelchairs => "wheelchairs",
        Resource::Stretchers => "stretchers",
        Resource::Payload => "payload",
        Resource::Vetting => "vetting",
    }
}

const fn side_name(side: Side) -> &'static str {
    match side {
        Side::Min => "min",
        Side::Max => "max",
        Side::MinPercent => "min_percent",
        Side::MaxPercent => "max_percent",
    }
}

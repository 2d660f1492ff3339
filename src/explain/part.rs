//! A program cut down to some of its columns, the others being 0.

use crate::model::{Program, Row, Value};

/// The part, and where its columns come from.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) program: Program,
    /// By column of the part: the column of the whole.
    from: Vec<usize>,
    /// By column of the whole.
    to: Vec<Option<usize>>,
}

impl Part {
    /// The columns that are `within`.
    pub(super) fn of(whole: &Program, within: &[bool]) -> Self {
        let from: Vec<usize> = (0..whole.columns.len()).filter(|&column| within[column]).collect();
        let mut to = vec![None; whole.columns.len()];
        for (new, &old) in from.iter().enumerate() {
            to[old] = Some(new);
        }
        let mut first = 0;
        let mut of_class = Vec::with_capacity(whole.of_class.len());
        for range in &whole.of_class {
            let size = range.clone().filter(|&column| within[column]).count();
            of_class.push(first..first + size);
            first += size;
        }
        let value = |value: &Value| Value {
            name: value.name.clone(),
            coefficients: from.iter().map(|&column| value.coefficients[column]).collect(),
            ..*value
        };
        let mut part = Self {
            program: Program {
                columns: from.iter().map(|&column| whole.columns[column]).collect(),
                upper: from.iter().map(|&column| whole.upper[column]).collect(),
                rows: Vec::new(),
                objectives: whole.objectives.iter().map(value).collect(),
                of_class,
            },
            from,
            to,
        };
        let rows = whole.rows.iter().map(|row| part.row(row));
        part.program.rows = rows.filter(|row| !row.terms.is_empty() || !row.holds(&[])).collect();
        part
    }

    /// A row of the whole as one of the part.
    pub(super) fn row(&self, row: &Row) -> Row {
        let terms = row.terms.iter().filter_map(|&(column, a)| self.to[column].map(|column| (column, a)));
        Row { key: row.key.clone(), terms: terms.collect(), at_most: row.at_most, equal: row.equal }
    }

    /// A point of the whole, if it has nothing outside the part.
    pub(super) fn inside(&self, point: &[i64]) -> Option<Vec<i64>> {
        let mut outside = point.iter().zip(&self.to).filter(|(value, to)| to.is_none() && **value != 0);
        outside.next().is_none().then(|| self.from.iter().map(|&column| point[column]).collect())
    }

    /// A point of the part as one of the whole.
    pub(super) fn outside(&self, whole: &Program, point: &[i64]) -> Vec<i64> {
        let mut all = vec![0; whole.columns.len()];
        for (&column, &value) in self.from.iter().zip(point) {
            all[column] = value;
        }
        all
    }
}

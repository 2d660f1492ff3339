//! Sparse vectors, one after the other: the columns or the rows of a matrix.

/// Lines of `(index, value)`.
#[derive(Clone, Debug)]
pub(super) struct Sparse {
    /// Where each line begins, and where the last one ends.
    starts: Vec<usize>,
    entries: Vec<(usize, f64)>,
}

impl Sparse {
    /// No line yet.
    pub(super) fn new() -> Self {
        Self { starts: vec![0], entries: Vec::new() }
    }

    /// Adds an entry to the line at the end.
    pub(super) fn push(&mut self, index: usize, value: f64) {
        self.entries.push((index, value));
    }

    /// Ends the line at the end.
    pub(super) fn close(&mut self) {
        self.starts.push(self.entries.len());
    }

    /// One line.
    pub(super) fn line(&self, at: usize) -> &[(usize, f64)] {
        &self.entries[self.starts[at]..self.starts[at + 1]]
    }

    /// How many lines there are.
    pub(super) fn lines(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many entries there are.
    pub(super) fn size(&self) -> usize {
        self.entries.len()
    }

    /// Rows of columns, or columns of rows.
    pub(super) fn transposed(&self, lines: usize) -> Self {
        let mut starts = vec![0; lines + 1];
        for &(index, _) in &self.entries {
            starts[index + 1] += 1;
        }
        for line in 0..lines {
            starts[line + 1] += starts[line];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, 0.0); self.entries.len()];
        for line in 0..self.lines() {
            for &(index, value) in self.line(line) {
                entries[next[index]] = (line, value);
                next[index] += 1;
            }
        }
        Self { starts, entries }
    }
}

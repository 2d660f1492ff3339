//! Offsets to lines and columns.

/// The line and the column, both from 1, of each of `offsets`, which ascend. Columns count characters.
pub(crate) fn places(text: &[u8], offsets: impl Iterator<Item = usize>) -> Vec<(usize, usize)> {
    let (mut line, mut column, mut seen) = (1, 1, 0);
    let place = |offset: usize| {
        let new = &text[seen..offset.clamp(seen, text.len())];
        seen += new.len();
        if let Some(last) = new.iter().rposition(|byte| *byte == b'\n') {
            line += new.split(|byte| *byte == b'\n').count() - 1;
            column = 1 + characters(&new[last + 1..]);
        } else {
            column += characters(new);
        }
        (line, column)
    };
    offsets.map(place).collect()
}

/// How many characters begin in a piece of UTF-8.
fn characters(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

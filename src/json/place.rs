//! Offsets to lines and columns.

/// The line and the column, both from 1, of each of `offsets`, which ascend. Columns count characters.
pub(crate) fn places(text: &[u8], offsets: impl Iterator<Item = usize>) -> Vec<(usize, usize)> {
    let (mut line, mut line_start, mut seen) = (1, 0, 0);
    let place = |offset: usize| {
        let offset = offset.min(text.len());
        let new = &text[seen..offset];
        line += new.split(|byte| *byte == b'\n').count() - 1;
        line_start = new.iter().rposition(|byte| *byte == b'\n').map_or(line_start, |last| seen + last + 1);
        seen = offset;
        let is_character = |byte: &&u8| **byte & 0xC0 != 0x80;
        (line, text[line_start..offset].iter().filter(is_character).count() + 1)
    };
    offsets.map(place).collect()
}

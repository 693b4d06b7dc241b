//! What names a line of tokens: the cache keeps them, models' heads follow them.

/// The number of a line, which is that of its sequence in the context.
pub(super) type LineId = i32;

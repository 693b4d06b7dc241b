//! What time is it: the one clock of the program, which tests can stop.

use jiff::Timestamp;

/// The time in whole milliseconds, or what `COUNTERSIGN_CLOCK` says (RFC 3339) when it is set.
pub fn now() -> Timestamp {
    let fixed = std::env::var("COUNTERSIGN_CLOCK").ok().and_then(|text| text.parse().ok());
    let time = fixed.unwrap_or_else(Timestamp::now);
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

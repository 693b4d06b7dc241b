//! What was asked for, and where?

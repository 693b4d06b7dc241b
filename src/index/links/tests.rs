//! Where imports lead, by language.

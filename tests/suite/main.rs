//! The program as users meet it: the real binary, in a real repository, in a clean environment.

mod config;
mod journal;
mod policy;
mod model;
mod review;
#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "tests make files and run programs, and end at what they did not expect"
)]

mod architecture;
mod check;
mod help;
mod hook;
mod install;
mod source;
mod search;
mod support;
mod tidy;

//! The program as users meet it: the real binary, in a real repository, in a clean environment.

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "tests make files and run programs, and end at what they did not expect"
)]

mod apply;
mod architecture;
mod ask;
mod callers;
mod check;
mod check_review;
mod checks;
mod clones;
mod config;
mod console;
mod explain;
mod failures;
mod filters;
mod help;
mod hook;
mod hostile;
mod install;
mod journal;
mod kept_back;
mod killed;
mod docs;
mod log;
mod looping;
mod engine;
mod model;
mod model_fit;
mod model_pull;
mod model_web;
mod moved_files;
mod names;
mod policy;
mod propose;
mod pty;
mod remote;
mod replay;
mod resume;
mod refactor;
mod rename;
mod repair;
mod review;
mod roles;
mod sandbox;
mod search;
mod server;
mod source;
mod support;
mod teams;
mod terminal;
mod tester;
mod tidy;
mod undo;
mod watch;
mod weights_server;
mod worker;

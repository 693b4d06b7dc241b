//! The program as users meet it: the real binary, in a real repository, in a clean environment.

mod config;
mod journal;
mod policy;
mod model;
mod review;
mod support;

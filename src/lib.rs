//! Countersign: agents propose, the platform validates, a person decides.

pub mod base;
pub mod config;
pub mod journal;
pub mod policy;
pub mod repo;
pub mod syntax;
pub mod index;
pub mod retrieval;
pub mod model;
pub mod context;
pub mod proposal;
pub mod agent;
pub mod session;
pub mod review;
pub mod hooks;
pub mod cli;

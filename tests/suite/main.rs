//! The program as users meet it: the real binary, in a real repository, in a clean environment.

mod architecture;
mod check;
mod help;
mod hook;
mod install;
mod source;
mod support;
mod tidy;

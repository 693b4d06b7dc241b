//! The door. Everything else is in the library.

fn main() -> std::process::ExitCode {
    countersign::cli::main()
}

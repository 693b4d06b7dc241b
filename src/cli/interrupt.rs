//! Ctrl-C becomes a flag, so that work ends where it can be gone on with.

use crate::model::Cancel;

/// A flag that the first Ctrl-C raises. A second one ends the process at once.
pub(super) fn flag() -> Cancel {
    let cancel = Cancel::default();
    let raised = cancel.clone();
    // Without a handler Ctrl-C still ends the process; that is good enough.
    let _ = ctrlc::set_handler(move || {
        if raised.is_cancelled() {
            end_now();
        }
        raised.cancel();
    });
    cancel
}

#[allow(clippy::disallowed_methods, reason = "a person who interrupts twice does not want to wait")]
fn end_now() {
    std::process::exit(130);
}

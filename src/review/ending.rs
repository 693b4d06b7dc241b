//! Whether the system asks the program to end: a termination request, a hang-up, an interrupt.
//!
//! While a terminal is taken over these signals only raise a flag, so that decisions are kept and the
//! terminal is given back first. As long as it is not, they kill as they always do. A program that is
//! started meanwhile, an editor, gets its own. A hang-up that comes without its signal is seen by `watchdog`.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_default};

/// What was asked for so far.
#[derive(Default)]
struct Asked {
    /// By a termination request, or because the terminal is gone.
    to_end: Arc<AtomicBool>,
    /// By an interrupt, which a key sends too wherever the terminal is not raw.
    to_stop: Arc<AtomicBool>,
    /// Whether the signals kill: nobody has the terminal.
    is_free: Arc<AtomicBool>,
}

static ASKED: LazyLock<Asked> = LazyLock::new(Asked::default);

/// Whether the program was asked to end while it had the terminal.
pub fn is_ending() -> bool {
    ASKED.to_end.load(Ordering::SeqCst) || ASKED.to_stop.load(Ordering::SeqCst)
}

/// Has the signals ask instead of kill until [`let_go`]. Fails where the system takes no handler.
pub(super) fn hold() -> io::Result<()> {
    static IS_WATCHED: Mutex<bool> = Mutex::new(false);
    let mut is_watched = IS_WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    ASKED.is_free.store(false, Ordering::SeqCst);
    if !*is_watched {
        let asked = [(SIGTERM, &ASKED.to_end), (SIGHUP, &ASKED.to_end), (SIGINT, &ASKED.to_stop)];
        for (signal, flag) in asked {
            register_conditional_default(signal, Arc::clone(&ASKED.is_free))?;
            register(signal, Arc::clone(flag))?;
        }
        *is_watched = true;
    }
    Ok(())
}

/// Has the signals kill again.
pub(super) fn let_go() {
    ASKED.is_free.store(true, Ordering::SeqCst);
}

/// The terminal is gone.
pub(super) fn hang_up() {
    ASKED.to_end.store(true, Ordering::SeqCst);
}

/// Whether somebody has the terminal.
pub(super) fn is_held() -> bool {
    !ASKED.is_free.load(Ordering::SeqCst)
}

/// Forgets interrupts that were meant for a program that had the terminal meanwhile.
pub(super) fn forget_interrupts() {
    ASKED.to_stop.store(false, Ordering::SeqCst);
}

//! Ends the program where its terminal is gone and whoever reads from it does not come back: crossterm
//! reads nothing for ever from a terminal that was closed between a poll and its read.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Once;
use std::thread;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::review::ending;

/// How often it is looked whether the terminal is there, in milliseconds.
const PAUSE: u16 = 1000;
/// How long the program has to come to its end by itself.
const GRACE: Duration = Duration::from_secs(3);
/// As a shell says of a program that a hang-up killed.
const HUNG_UP: i32 = 129;

/// Watches the terminal behind `keyboard` from now on.
pub(super) fn watch(keyboard: impl AsFd) -> io::Result<()> {
    static WATCHED: Once = Once::new();
    let keyboard = keyboard.as_fd().try_clone_to_owned()?;
    WATCHED.call_once(|| {
        thread::spawn(move || wait_for_the_end(&keyboard));
    });
    Ok(())
}

#[allow(
    clippy::disallowed_methods,
    reason = "nobody is left to come back to; decisions are kept at every step"
)]
fn wait_for_the_end(keyboard: &OwnedFd) {
    while !is_gone(keyboard) {}
    ending::hang_up();
    thread::sleep(GRACE);
    if ending::is_held() {
        std::process::exit(HUNG_UP);
    }
}

fn is_gone(keyboard: &OwnedFd) -> bool {
    let gone = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
    let mut polled = [PollFd::new(keyboard.as_fd(), PollFlags::empty())];
    match poll(&mut polled, PollTimeout::from(PAUSE)) {
        Ok(_) => polled[0].revents().is_some_and(|said| said.intersects(gone)),
        Err(_) => {
            // A signal: there is time until the next look.
            thread::sleep(Duration::from_millis(PAUSE.into()));
            false
        }
    }
}

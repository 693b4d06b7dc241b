//! The terminal: raw while a review runs, as it was before and after, also on errors and panics.

use std::fs::File;
use std::io::{self, IsTerminal, Stdout, Write};
use std::mem::ManuallyDrop;
use std::os::fd::AsFd;
use std::panic;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crossterm::event::{
    self, DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
    Event,
};
use crossterm::execute;
use crossterm::style::Print;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Size;
use ratatui::{Frame, TerminalOptions, Viewport};

use crate::review::run::Screen;
use crate::review::state::State;
use crate::review::view::view;
use crate::review::{ending, watchdog};

/// The terminal in raw mode on its alternate screen. Dropped, it is as it was before.
pub struct Terminal {
    /// Never dropped: it would print an error where nobody is left to read it, and panic over that.
    /// What it would put right, `give_back` does.
    drawing: ManuallyDrop<ratatui::Terminal<CrosstermBackend<Stdout>>>,
    keyboard: Keyboard,
    /// As it was when somebody was told.
    size: Size,
}

impl Terminal {
    /// Takes the terminal over.
    pub(crate) fn enter() -> io::Result<Self> {
        restore_on_panic();
        let size = measured()?;
        let drawing = ratatui::Terminal::with_options(
            CrosstermBackend::new(io::stdout()),
            TerminalOptions { viewport: Viewport::Fixed(size.into()) },
        )?;
        // Made first, so that what follows is undone where a part of it fails.
        let drawing = ManuallyDrop::new(drawing);
        let terminal = Self { drawing, keyboard: Keyboard::open()?, size };
        terminal.keyboard.watched()?;
        ending::hold()?;
        take_over()?;
        Ok(terminal)
    }

    /// Takes the terminal over again, and says how large it is now, which nobody else does.
    fn take_back(&mut self) -> io::Result<Size> {
        take_over()?;
        self.fit()
    }

    /// Has the next drawing be of the size that the terminal has now, and whole: whoever resizes a terminal
    /// may lose what it shows, also where its size comes out the same. What `clear` would do beyond this
    /// is to ask where the cursor is, which a slow terminal answers too late.
    fn fit(&mut self) -> io::Result<Size> {
        self.size = measured()?;
        self.drawing.resize(self.size.into())?;
        Ok(self.size)
    }

    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// Draws what `drawing` draws.
    pub(crate) fn paint(&mut self, drawing: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()> {
        self.drawing.draw(|frame| drawing(frame)).map(|_| ())
    }

    /// Waits so long for an event.
    pub(crate) fn wait(&mut self, wait: Duration) -> io::Result<Option<Event>> {
        if self.has_more(wait)? { self.read().map(Some) } else { Ok(None) }
    }

    /// The event that there is.
    fn read(&mut self) -> io::Result<Event> {
        if measured()? == self.size {
            match event::read()? {
                Event::Resize(..) => {}
                event => return Ok(event),
            }
        }
        let Size { width, height } = self.fit()?;
        Ok(Event::Resize(width, height))
    }

    /// Gives the terminal to the shell until the shell gives it back, and says how large it is then.
    pub(crate) fn step_aside(&mut self) -> io::Result<Size> {
        give_back()?;
        // Group 0 is ours: whoever started us waits with us, as under any shell.
        killpg(Pid::from_raw(0), Signal::SIGTSTP)?;
        self.take_back()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = give_back();
        ending::let_go();
        for said in std::mem::take(&mut lock().said) {
            let _ = writeln!(io::stderr(), "{said}");
        }
    }
}

impl Screen for Terminal {
    fn draw(&mut self, state: &State) -> io::Result<()> {
        self.paint(&mut |frame| view(state, frame))
    }

    fn next(&mut self) -> io::Result<Event> {
        while !self.has_more(WAIT)? {}
        self.read()
    }

    fn has_more(&mut self, within: Duration) -> io::Result<bool> {
        // Of a terminal that is gone crossterm would read nothing for ever.
        self.keyboard.wait(Duration::ZERO)?;
        if event::poll(Duration::ZERO)? {
            return Ok(true);
        }
        if within.is_zero() {
            return Ok(false);
        }
        self.keyboard.wait(within)?;
        // Crossterm forgets about another size where a key comes with it.
        Ok(event::poll(Duration::ZERO)? || measured()? != self.size)
    }

    fn aside(&mut self, work: &mut dyn FnMut()) -> io::Result<()> {
        give_back()?;
        work();
        ending::forget_interrupts();
        self.take_back()?;
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<Size> {
        self.step_aside()
    }

    fn is_over(&self) -> bool {
        ending::is_ending()
    }
}

/// What is drawn on where a terminal says that it has no columns or no rows, which means that it does not know.
const ANY: Size = Size::new(80, 24);

fn measured() -> io::Result<Size> {
    let (width, height) = crossterm::terminal::size()?;
    Ok(if width == 0 || height == 0 { ANY } else { Size::new(width, height) })
}

/// How long to wait for a key before asking for the size of the terminal.
const WAIT: Duration = Duration::from_millis(500);

/// Where keys come from, to ask whether somebody is still there.
enum Keyboard {
    Stdin,
    Terminal(File),
}

impl Keyboard {
    /// The terminal that crossterm reads from too.
    fn open() -> io::Result<Self> {
        match io::stdin().is_terminal() {
            true => Ok(Self::Stdin),
            false => File::open("/dev/tty").map(Self::Terminal),
        }
    }

    /// Has it watched whether the terminal is still there.
    fn watched(&self) -> io::Result<()> {
        match self {
            Self::Stdin => watchdog::watch(io::stdin()),
            Self::Terminal(file) => watchdog::watch(file),
        }
    }

    /// Waits for a key, but not longer than that. Fails where the other end of the terminal was closed.
    fn wait(&self, within: Duration) -> io::Result<()> {
        let timeout = PollTimeout::try_from(within).unwrap_or(PollTimeout::MAX);
        let stdin = io::stdin();
        let keyboard = match self {
            Self::Stdin => stdin.as_fd(),
            Self::Terminal(file) => file.as_fd(),
        };
        let mut polled = [PollFd::new(keyboard, PollFlags::POLLIN)];
        match poll(&mut polled, timeout) {
            // A signal, such as the one about another size.
            Ok(_) => {}
            // It says nothing of a terminal that is gone, so that is asked once more.
            Err(Errno::EINTR) => drop(poll(&mut polled, PollTimeout::ZERO)),
            Err(error) => return Err(error.into()),
        }
        let gone = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
        match polled[0].revents() {
            Some(said) if said.intersects(gone) => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Has the terminal show characters in the order in which they are sent, also those of scripts that
/// are written from right to left: ECMA-48's explicit mode, which terminals that know none pass over.
const IN_THE_ORDER_SENT: &str = "\x1b[8l";
const IN_ITS_OWN_ORDER: &str = "\x1b[8h";

/// Who has the terminal.
struct Taken {
    /// The thread that draws, where it is taken over.
    by: Option<ThreadId>,
    /// What other threads had to say when they panicked: it is said when the screen is gone.
    said: Vec<String>,
}

static TAKEN: Mutex<Taken> = Mutex::new(Taken { by: None, said: Vec::new() });

fn lock() -> MutexGuard<'static, Taken> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take_over() -> io::Result<()> {
    lock().by = Some(thread::current().id());
    enable_raw_mode()?;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableMouseCapture,
        EnableBracketedPaste,
        crossterm::cursor::Hide,
        Print(IN_THE_ORDER_SENT)
    )
}

/// Does nothing where it was given back already: a second time would move the cursor over what was
/// said since.
fn give_back() -> io::Result<()> {
    if lock().by.take().is_none() {
        return Ok(());
    }
    let cooked = disable_raw_mode();
    let screen = execute!(
        io::stdout(),
        Print(IN_ITS_OWN_ORDER),
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        crossterm::cursor::Show
    );
    cooked.and(screen)
}

/// A panic's message is worth nothing on a screen that vanishes with it. Where another thread panics
/// the screen stays, and the message waits if it would be written over it.
fn restore_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let owner = lock().by;
            if owner.is_some_and(|owner| owner != thread::current().id()) {
                if io::stderr().is_terminal() {
                    lock().said.push(info.to_string());
                } else {
                    print(info);
                }
                return;
            }
            let _ = give_back();
            print(info);
        }));
    });
}

//! The worker's side: loads the model, answers until nobody is left to answer.

use std::io::{BufRead, Stdout, Write};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use crate::model::process::message::{Order, Word, receive, send};
use crate::model::{Cancel, Engine, LocalEngine};

/// Whoever the system has to kill for want of memory, it should be the worker: what a person types
/// into is worth more. From -1000 to 1000.
const OOM_SCORE: &[u8] = b"300";

/// Does what it is told on standard input, until that ends, which is also how whoever gives the
/// orders dies. Nothing but messages goes to standard output.
pub fn serve() {
    // Ctrl-C is for whoever gives the orders: that one cancels, or closes the pipe.
    if let Err(error) = ctrlc::set_handler(|| {}) {
        tracing::warn!(%error, "Ctrl-C ends the worker");
    }
    die_first();
    let (inbox, orders) = mpsc::channel();
    // It waits in a read that nothing interrupts, so nobody waits for it.
    thread::spawn(move || listen(&mut std::io::stdin().lock(), &inbox));
    let mut out = std::io::stdout();
    if let Some(engine) = load(&orders, &mut out) {
        answer(&engine, &orders, &mut out);
    }
}

fn die_first() {
    let file = std::fs::File::options().write(true).open("/proc/self/oom_score_adj");
    if let Err(error) = file.and_then(|mut file| file.write_all(OOM_SCORE)) {
        tracing::debug!(%error, "the worker is killed no sooner than others");
    }
}

/// Passes orders on, each with a flag of its own, but for cancels: these cannot wait, and raise the
/// flag of the order before them. So does the end of all orders.
fn listen(input: &mut dyn BufRead, inbox: &Sender<(Order, Cancel)>) {
    let mut latest = Cancel::default();
    loop {
        match receive(input) {
            Ok(Some(Order::Cancel)) => latest.cancel(),
            Ok(Some(order)) => {
                latest = Cancel::default();
                if inbox.send((order, latest.clone())).is_err() {
                    return;
                }
            }
            Ok(None) | Err(_) => return latest.cancel(),
        }
    }
}

/// The engine that the first order asks for.
fn load(orders: &Receiver<(Order, Cancel)>, out: &mut Stdout) -> Option<LocalEngine> {
    let Ok((Order::Load { file, settings }, _)) = orders.recv() else { return None };
    match LocalEngine::start(&file, settings) {
        Ok(engine) => {
            send(out, &Word::Loaded(engine.info().clone())).ok()?;
            Some(engine)
        }
        Err(error) => {
            // Whoever has gone does not want to know.
            let _ = send(out, &Word::Failed(error));
            None
        }
    }
}

fn answer(engine: &LocalEngine, orders: &Receiver<(Order, Cancel)>, out: &mut Stdout) {
    for (order, cancel) in orders {
        let word = match order {
            Order::Count(text) => Word::Counted(engine.count(&text)),
            Order::Answer { prompt, samplings } => {
                let mut on_step = |at, step| {
                    if send(out, &Word::Step(at, step)).is_err() {
                        cancel.cancel();
                    }
                };
                match engine.candidates(&prompt, &samplings, &cancel, &mut on_step) {
                    Ok(answers) => Word::Answered(answers),
                    Err(error) => Word::Failed(error),
                }
            }
            Order::Load { .. } | Order::Cancel => continue,
        };
        if send(out, &word).is_err() {
            return;
        }
    }
}

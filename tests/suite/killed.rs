//! `index` killed at any moment: the next run puts right what it left.

use std::process::Stdio;
use std::time::Duration;

use crate::support::TestRepo;

const KILLS: usize = 100;

#[test]
fn a_killed_index_is_repaired() {
    let repo = TestRepo::empty();
    let write = |round: usize| {
        for n in 0..40 {
            let word = if (n + round).is_multiple_of(2) { "zebra" } else { "quagga" };
            let text = format!("fn {word}_{n}() {{ okapi({round}) }}\n").repeat(1 + n * round % 30);
            repo.write(format!("d{}/f{n}.rs", n % 5), text);
        }
    };
    write(0);
    repo.commit("zebra");
    let answers = || -> Vec<String> {
        let said = |query| repo.run(["search", "--json", "--limit", "60", query]).exits(0).stdout;
        vec![said("zebra quagga"), repo.run(["map"]).exits(0).stdout]
    };
    let cache = repo.home().join(".cache");
    let mut expected = Vec::new();
    for state in 0..2 {
        write(state);
        let _ = std::fs::remove_dir_all(&cache);
        expected.push(answers());
    }
    assert_ne!(expected[0], expected[1]);
    let mut killed = 0;
    for kill in 0..KILLS {
        let state = kill % 2;
        write(state);
        if kill % 10 == 0 {
            // What is killed is now and then the very first run.
            let _ = std::fs::remove_dir_all(&cache);
        }
        let mut command = repo.command(["index"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("spawn");
        // Any moment will do, so the outcome does not depend on the length of this pause; moments
        // spread over the run as the golden ratio spreads them.
        let part = (kill as f64 * 0.618_033_988_75).fract();
        std::thread::sleep(Duration::from_secs_f64(0.06 * part));
        child.kill().expect("kill");
        killed += usize::from(!child.wait().expect("wait").success());
        if kill % 4 == 3 {
            assert_eq!(answers(), expected[state], "after kill {kill}");
        }
    }
    println!("{killed} of {KILLS} runs were killed before their end");
    assert!(killed > 0, "no run was killed before its end");
}

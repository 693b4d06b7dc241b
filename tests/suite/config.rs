//! The configuration: its layers, its mistakes, and how a repository begins one.

use crate::support::TestRepo;

#[test]
fn every_value_says_where_it_was_said() {
    let repo = TestRepo::empty();
    repo.write(".countersign/config.toml", "[propose]\nattempts = 5\n");
    repo.write("../home/.config/countersign/config.toml", "model.context = 4096\n");
    let mut command = repo.command(["-c", "model.seed=7", "config", "show", "--origin"]);
    command.env("COUNTERSIGN_MODEL_TOP_P", "0.5");
    insta::assert_snapshot!(repo.finish(command).whole(), @r#"
    exit: 0
    ----- stdout
    [index]
    max_file_bytes = 1048576      # default

    [model]
    adapter = ""                  # default
    cache_mb = 2048               # default
    context = 4096                # [tmp]/home/.config/countersign/config.toml:1
    experts = "auto"              # default
    flash = "auto"                # default
    gpu_layers = 999              # default
    kv = "f16"                    # default
    max_tokens = 2048             # default
    name = ""                     # default
    rope = "model"                # default
    rope_factor = 0.0             # default
    rope_original = 0             # default
    seed = 7                      # -c
    temperature = 0.0             # default
    thinking = "auto"             # default
    threads = 0                   # default
    top_p = 0.5                   # COUNTERSIGN_MODEL_TOP_P

    [policy]
    mode = "ask"                  # default

    [propose]
    attempts = 5                  # .countersign/config.toml:2
    candidates = 1                # COUNTERSIGN_PROPOSE_CANDIDATES
    context_tokens = 2048         # default
    examples = false              # COUNTERSIGN_PROPOSE_EXAMPLES
    other_tests = true            # default
    repair = false                # COUNTERSIGN_PROPOSE_REPAIR
    team = "solo"                 # default
    test = ""                     # default
    time_limit_s = 0              # default
    way = "auto"                  # default
    ----- stderr
    "#);
}

#[test]
fn a_clone_cannot_choose_a_command_or_loosen_the_mode() {
    let repo = TestRepo::empty();
    repo.write(".countersign/config.toml", "propose.test = \"x\"\npolicy.mode = \"auto\"\n");
    let said = repo.run(["config", "show", "--json"]).exits(0);
    assert_eq!(said.json()["policy.mode"]["value"], "ask");
    assert_eq!(said.json()["propose.test"]["value"], "");
    insta::assert_snapshot!(said.stderr, @r"
    warning: .countersign/config.toml:2: `policy.mode` is not heeded: a clone must not let agents do more than you let them
    warning: .countersign/config.toml:1: `propose.test` is not heeded: a clone must not choose commands that run here
    ");
}

#[test]
fn a_mistake_in_a_flag_is_one_of_usage() {
    let repo = TestRepo::empty();
    let said = repo.run(["-c", "model.contxt=1", "config", "show"]);
    insta::assert_snapshot!(said.whole(), @r"
    exit: 2
    ----- stdout
    ----- stderr
    error: -c: there is no configuration key `model.contxt`
    hint: did you mean `model.context`?
    ");
    repo.write(".countersign/config.toml", "model.contxt = 1\n");
    repo.run(["config", "show"]).exits(1);
}

#[test]
fn init_begins_a_configuration_and_overwrites_nothing() {
    let repo = TestRepo::empty();
    repo.write(".countersignignore", "mine\n");
    insta::assert_snapshot!(repo.run(["init"]).whole(), @r"
    exit: 0
    ----- stdout
    wrote .countersign/config.toml
    wrote .countersign/policy.cedar
    kept  .countersignignore
    ----- stderr
    ");
    let before = repo.tree();
    repo.run(["init"]).exits(0);
    assert_eq!(repo.tree(), before);
    assert_eq!(repo.text(".countersignignore"), "mine\n");
    repo.run(["policy", "show"]).exits(0);
}

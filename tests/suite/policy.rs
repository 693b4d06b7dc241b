//! What may happen, as a person asks about it.

use crate::support::TestRepo;

#[test]
fn explains_a_ruling_with_its_rule() {
    let repo = TestRepo::empty();
    let said = repo.run(["policy", "explain", "edit", ".github/workflows/ci.yml"]);
    insta::assert_snapshot!(said.whole(), @r"
    exit: 0
    ----- stdout
    ask: agent edit `.github/workflows/ci.yml`, in mode `ask`
    rule: agent-edits-automation (default.cedar:23)
    why: this file runs on other machines, or when others open or build the repository
    ----- stderr
    ");
    let said = repo.run(["policy", "explain", "read", "web/.env"]);
    insta::assert_snapshot!(said.whole(), @r"
    exit: 11
    ----- stdout
    deny: agent read `web/.env`, in mode `ask`
    rule: guard-secrets
    why: files of this name hold secrets, which agents never see
    ----- stderr
    ");
}

#[test]
fn tests_that_are_found_and_confined_need_no_yes() {
    let repo = TestRepo::empty();
    let explain = |more: &[&str]| {
        repo.run([&["policy", "explain", "run", "cargo test"][..], more].concat()).exits(0).stdout
    };
    insta::assert_snapshot!(explain(&["--found", "--confined"]), @r"
    allow: agent run `cargo test` confined, in mode `ask`
    rule: agent-tests-confined (default.cedar:63)
    why: the project's own tests, in a sandbox: a copy to write in, no secrets, no network
    ");
    assert!(explain(&["--found"]).starts_with("ask: agent run `cargo test`, in mode `ask`"));
    assert!(
        explain(&["--confined"]).starts_with("ask: agent run `cargo test` confined, in mode `ask`")
    );
}

#[test]
fn the_mode_can_be_given_for_one_run() {
    let repo = TestRepo::empty();
    let ruling = |mode: &str| {
        let args = ["--policy", mode, "--json", "policy", "explain", "run", "make"];
        repo.run(args).json()["ruling"].clone()
    };
    assert_eq!(["plan", "ask", "auto-edit", "auto"].map(ruling), ["deny", "ask", "ask", "allow"]);
}

#[test]
fn a_repository_may_forbid_and_not_permit() {
    let repo = TestRepo::empty();
    let file = ".countersign/policy.cedar";
    repo.write(file, "@id(\"mine\") forbid (principal, action, resource);\n");
    let said = repo.run(["policy", "explain", "read", "a.rs", "--actor", "person"]).exits(11);
    assert!(said.stdout.contains("rule: mine (.countersign/policy.cedar:1)"), "{}", said.stdout);

    repo.write(file, "\npermit (principal, action, resource);\n");
    insta::assert_snapshot!(repo.run(["policy", "show"]).whole(), @r"
    exit: 1
    ----- stdout
    ----- stderr
    error: .countersign/policy.cedar:2: a repository's policy may only forbid, and this permits
    hint: move it to your own `policy.cedar`, next to your `config.toml`
    ");
}

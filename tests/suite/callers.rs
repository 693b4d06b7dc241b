//! A signature changes, and its callers follow: without a model where words say all, behind a model's draft
//! elsewhere.

use crate::support::TestRepo;

const LIB: &str = "def price(net):\n    return net * 120 // 100\n\n\ndef total(items):\n    \
                   return sum(price(it) for it in items)\n";
const USER: &str = "from shop import price\n\n\ndef label(net):\n    # price(net) in cents\n    \
                    return f\"{price(net)} cents\"\n";
const TEST: &str = "python3 -c 'import shop, user; assert shop.total([100]) == 120; assert user.label(100) == \"120 cents\"'";

fn repo() -> TestRepo {
    TestRepo::with(&[("shop.py", LIB), ("user.py", USER)])
}

#[test]
fn parameters_that_words_ask_for_need_no_model() {
    let repo = repo();
    let task = "Give `price` a parameter `percent: int = 120` and give `total` a parameter `percent` \
                with the same default, and have it pass it on to `price`.";
    let said = repo.run(["propose", "--json", "--test", TEST, task]).exits(0);
    let last = said.last_json();
    assert_eq!((&last["outcome"], &last["requests"]), (&"verified".into(), &0.into()), "{last}");
    repo.run(["apply"]).exits(0);
    let expected = LIB
        .replace("price(net)", "price(net, percent: int = 120)")
        .replace("net * 120", "net * percent")
        .replace("total(items)", "total(items, percent: int = 120)")
        .replace("price(it)", "price(it, percent=percent)");
    assert_eq!(repo.text("shop.py"), expected);
    assert_eq!(repo.text("user.py"), USER);
}

#[test]
fn callers_follow_what_a_model_changes() {
    let repo = repo();
    let reply = "EDIT shop.py price\n```python\ndef price(net, percent):\n    return net * percent // 100\n```\n";
    let task = "`price` takes what percentage it adds; all callers pass 120";
    repo.run_scripted(&[reply], ["propose", "--test", TEST, task]).exits(0);
    let shown = repo.run(["show"]).exits(0).stdout;
    assert!(shown.contains("2 calls of `price` in 2 files made to fit"), "{shown}");
    repo.run(["apply"]).exits(0);
    assert!(repo.text("shop.py").contains("price(it, 120) for it"), "{}", repo.text("shop.py"));
    assert_eq!(repo.text("user.py"), USER.replace("{price(net)}", "{price(net, 120)}"));
}

#[test]
fn calls_that_nobody_can_fill_are_asked_for_and_told() {
    let repo = repo();
    let edit = "EDIT shop.py price\n```python\ndef price(net, percent):\n    return net * percent // 100\n```\n";
    let task = "`price` takes what percentage it adds";
    let args = ["propose", "--test", TEST, task, "--candidates", "1", "-c", "propose.attempts=1"];
    let said = repo.run_scripted(&[edit, "1: 120\n2: 120\n"], args);
    assert!(said.exits(0).stdout.contains("test after: passed"));
    assert!(
        repo.run(["diff"]).exits(0).stdout.contains("+    return f\"{price(net, 120)} cents\"")
    );
    // Whatever does not fit stands beside the proposal.
    let repo = self::repo();
    let said = repo.run_scripted(&[edit, "none of them"], args).exits(14);
    let shown = repo.run(["show"]).exits(0).stdout;
    assert!(shown.contains("calls `price` and gives no `percent`"), "{shown}{}", said.stderr);
}

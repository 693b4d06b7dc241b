//! Another name for a definition, everywhere.

use crate::support::TestRepo;

fn repo() -> TestRepo {
    TestRepo::with(&[
        (
            "shop/cart.py",
            "def total(items):\n    \"\"\"The total of items.\"\"\"\n    return sum(items)\n",
        ),
        (
            "shop/bill.py",
            "from shop.cart import total\n\n\ndef bill(items):\n    subtotal = total(items)\n    return f\"{total(items)} total\", subtotal\n",
        ),
        ("other.py", "def bigger(x):\n    return x\n"),
        ("README.md", "Call `total`.\n"),
    ])
}

#[test]
fn code_is_renamed_and_words_stay() {
    let repo = repo();
    let before = repo.tree();
    let said = repo.run(["rename", "total", "sum_of"]).exits(0);
    assert!(said.stdout.contains("4 places in 2 files"), "{}", said.stdout);
    assert!(
        said.stderr.contains("3 places in comments, strings and documents stay"),
        "{}",
        said.stderr
    );
    assert_eq!(repo.tree(), before);
    repo.run(["apply"]).exits(0);
    let cart = "def sum_of(items):\n    \"\"\"The total of items.\"\"\"\n    return sum(items)\n";
    assert_eq!(repo.text("shop/cart.py"), cart);
    let bill = "from shop.cart import sum_of\n\n\ndef bill(items):\n    subtotal = sum_of(items)\n    return f\"{sum_of(items)} total\", subtotal\n";
    assert_eq!(repo.text("shop/bill.py"), bill);
    assert_eq!(repo.text("README.md"), "Call `total`.\n");
    repo.run(["undo"]).exits(0);
    assert_eq!(repo.tree(), before);
    repo.run(["journal", "verify"]).exits(0);
}

#[test]
fn what_a_module_lists_as_its_own_is_code() {
    let cart = "__all__ = ['total', 'other']\n\n\ndef total():\n    return 'total'\n";
    let repo = TestRepo::with(&[("cart.py", cart)]);
    repo.run(["rename", "total", "sum_of"]).exits(0);
    repo.run(["apply"]).exits(0);
    let expected = cart.replacen("'total'", "'sum_of'", 1).replace("def total", "def sum_of");
    assert_eq!(repo.text("cart.py"), expected);
}

#[test]
fn a_type_and_its_blocks_are_one_thing() {
    let lib =
        "pub struct Cart;\n\nimpl Cart {\n    pub fn new() -> Cart {\n        Cart\n    }\n}\n";
    let repo = TestRepo::with(&[("src/lib.rs", lib)]);
    repo.run(["rename", "Cart", "Basket"]).exits(0);
    repo.run(["apply"]).exits(0);
    assert_eq!(repo.text("src/lib.rs"), lib.replace("Cart", "Basket"));
}

#[test]
fn words_are_renamed_where_that_is_asked() {
    let repo = repo();
    let said = repo.run(["rename", "total", "sum_of", "--comments", "--json"]).exits(0);
    assert_eq!(said.json()["places"], 7);
    repo.run(["apply"]).exits(0);
    assert_eq!(repo.text("README.md"), "Call `sum_of`.\n");
}

#[test]
fn what_is_not_clear_is_refused() {
    let repo = repo();
    repo.write("second.py", "def total():\n    return 0\n");
    let refused = |args: &[&str]| {
        let said = repo.run(std::iter::once(&"rename").chain(args)).exits(1);
        assert_eq!(repo.run(["proposals", "--json"]).exits(0).json(), serde_json::json!([]));
        said.stderr
    };
    assert!(refused(&["totl", "x"]).contains("did you mean `total`"));
    assert!(refused(&["total", "x"]).contains("2 things are named `total`"));
    assert!(refused(&["total", "bigger", "--all"]).contains("`bigger` is there already"));
    assert!(refused(&["bigger", "x"]).contains("`x` is there already, at other.py:1"));
    assert!(refused(&["bigger", "a b"]).contains("`a b` is no name"));
    repo.run(["rename", "total", "sum_of", "--all"]).exits(0);
}

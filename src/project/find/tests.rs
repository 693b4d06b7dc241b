//! Projects in a few lines, and the commands that they are tested with.

use super::*;

/// The listing of files in `text`: `//- NAME` before each.
fn files(text: &str) -> Vec<(RepoPath, String)> {
    let parts =
        text.split("//- ").skip(1).filter_map(|part| part.split_once('\n').or(Some((part, ""))));
    parts.map(|(name, text)| (name.trim().parse().unwrap(), text.to_owned())).collect()
}

fn commands(text: &str) -> Vec<TestCommand> {
    let files = files(text);
    let names: Vec<RepoPath> = files.iter().map(|(name, _)| name.clone()).collect();
    let read = |path: &RepoPath| {
        files.iter().find(|(name, _)| name == path).map(|(_, text)| text.clone().into_bytes())
    };
    find(&names, &read)
}

/// Says `LINE  # WHY` of every command.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let said: Vec<String> =
        commands(text).iter().map(|found| format!("{}  # {}", found.line(), found.why)).collect();
    assert_eq!(said, expected);
}

/// The line for some tests of the best command.
#[track_caller]
fn check_only(text: &str, tests: &[&str], expected: Option<&str>) {
    let tests: Vec<RepoPath> = tests.iter().map(|name| name.parse().unwrap()).collect();
    let commands = commands(text);
    assert_eq!(commands.first().unwrap().only(&tests).as_deref(), expected);
}

#[test]
fn pytest_is_found_by_what_says_so() {
    let flags = "-m pytest -q --tb=short --color=no --continue-on-collection-errors";
    let path = "PYTHONPATH=\"$PWD${PYTHONPATH:+:$PYTHONPATH}\" python";
    let source = "PYTHONPATH=\"$PWD/src:$PWD${PYTHONPATH:+:$PYTHONPATH}\" python";
    check(
        "//- pyproject.toml\n[tool.pytest.ini_options]\n//- src/a/__init__.py\n//- tests/test_a.py\n",
        &[&format!("{source} {flags}  # pyproject.toml")],
    );
    check(
        "//- tests/conftest.py\n//- tests/test_a.py\n",
        &[&format!("{path} {flags}  # tests/conftest.py")],
    );
    check("//- a.py\n//- a_test.py\ndef test_a():\n", &[&format!("{path} {flags}  # a_test.py")]);
    check("//- a.py\n//- setup.cfg\n[tool:pytest]\n", &[]);
    // The root is no project where all tests are in one of their own.
    let web = "//- web/setup.py\n//- web/test_x.py\nimport pytest\n//- README\n";
    let in_web = format!("cd web && {path} {flags}  # web/test_x.py");
    check(web, &[&in_web]);
    check(
        &format!("{web}//- test_y.py\nimport pytest\n"),
        &[&format!("{path} {flags}  # test_y.py"), &in_web],
    );
    check_only(
        "//- test_a.py\ndef test_a():\n",
        &["test_a.py", "it's/test b.py", "-x.py"],
        Some(&format!("{path} {flags} test_a.py \"it's/test b.py\" ./-x.py")),
    );
}

#[test]
fn unittest_is_run_where_nothing_but_its_classes_is_there() {
    let text = "//- tests/__init__.py\n//- tests/test_a.py\nclass A(unittest.TestCase):\n    def test_a(self):\n";
    let python = "PYTHONPATH=\"$PWD${PYTHONPATH:+:$PYTHONPATH}\" python -m unittest";
    check(text, &[&format!("{python} discover -t . -s tests  # tests/test_a.py")]);
    check_only(text, &["tests/test_a.py"], Some(&format!("{python} tests.test_a")));
    check(
        "//- test_a.py\nclass A(unittest.TestCase):\n",
        &[&format!("{python} discover  # test_a.py")],
    );
}

#[test]
fn tests_that_unittest_would_not_find_are_named() {
    let python = "PYTHONPATH=\"$PWD${PYTHONPATH:+:$PYTHONPATH}\" python -m unittest";
    let all = |names: &[&str], expected: &str| {
        let one = |name: &&str| match name.contains("__init__") {
            true => format!("//- {name}\n"),
            false => format!("//- {name}\nclass A(unittest.TestCase):\n"),
        };
        let found = commands(&names.iter().map(one).collect::<String>()).remove(0);
        assert_eq!(found.line(), format!("{python} {expected}"));
    };
    let apps = ["app/tests/test_a.py", "core/tests/test_b.py"];
    all(&apps, "app/tests/test_a.py core/tests/test_b.py");
    all(&["leap_test.py"], "leap_test");
    all(&["tests/test_a.py", "tests/a_test.py"], "tests/a_test.py tests/test_a.py");
    let apart = ["__init__.py", "a/test_a.py", "b/__init__.py", "b/test_b.py"];
    all(&apart, "a/test_a.py b/test_b.py");
    // It looks for others in packages.
    all(&["test_b.py", "a/test_a.py"], "a.test_a test_b");
    all(&["test_b.py", "a/__init__.py", "a/test_a.py"], "discover");
    let deep = ["tests/test_a.py", "tests/deep/__init__.py", "tests/deep/test_b.py"];
    all(&deep, "discover -s tests");
}

#[test]
fn cargo_names_packages_and_targets() {
    let cargo = "RUST_BACKTRACE=0 cargo test --offline --no-fail-fast --color never";
    let workspace = "//- Cargo.toml\n[package]\nname = \"top\"\n[[test]]\nname = \"suite\"\npath = \"tests/suite/main.rs\"\n[workspace]\nmembers = [\"crates/*\"]\n//- crates/a/Cargo.toml\n[package]\nname = \"a\"\n//- crates/a/tests/x.rs\n";
    check(workspace, &[&format!("{cargo} --workspace  # Cargo.toml")]);
    let only = |words: &str| Some(format!("{cargo} {words}"));
    check_only(workspace, &["crates/a/tests/x.rs"], only("-p a --test x").as_deref());
    check_only(workspace, &["tests/suite/deep.rs"], only("-p top --test suite").as_deref());
    check_only(workspace, &["crates/a/tests/x.rs", "crates/a/src/lib.rs"], only("-p a").as_deref());
    // What is inside of a library and of programs is tested too, and nothing that is not of Rust.
    let inner = "//- Cargo.toml\n[package]\nname = \"a\"\n//- src/lib.rs\n//- tests/x.rs\n";
    check_only(inner, &["tests/x.rs", "src/deep/b.rs"], only("-p a --lib --test x").as_deref());
    check_only(inner, &["src/lib.rs"], only("-p a --lib").as_deref());
    let programs = format!("{inner}//- src/bin/b.rs\n");
    check_only(&programs, &["src/bin/b.rs"], only("-p a --bins --lib").as_deref());
    check_only(inner, &["tests/x.rs", "web/a.test.ts"], None);
    let one = "//- Cargo.toml\n[package]\nname = \"rg\"\nautotests = false\n[[test]]\nname = \"all\"\npath = \"tests/tests.rs\"\n//- tests/tests.rs\n//- tests/misc.rs\n";
    check_only(one, &["tests/misc.rs"], only("-p rg --test all").as_deref());
}

#[test]
fn scripts_of_packages_are_run_by_their_manager() {
    let vitest = "//- package.json\n{\"scripts\": {\"test\": \"vitest\"}}\n//- a.test.ts\n";
    check(vitest, &["CI=1 npx --no-install vitest run  # package.json"]);
    check_only(vitest, &["a.test.ts"], Some("CI=1 npx --no-install vitest run a.test.ts"));
    let mocha =
        "//- package.json\n{\"scripts\": {\"test\": \"tsc && mocha\"}}\n//- pnpm-lock.yaml\n";
    check(mocha, &["CI=1 pnpm run test  # package.json"]);
    check_only(mocha, &["a.test.ts"], Some("CI=1 pnpm run test -- a.test.ts"));
    let with = |script: &str| {
        format!("//- package.json\n{{\"scripts\": {{\"test\": \"{script}\"}}}}\n//- a.test.js\n")
    };
    for script in ["mocha --exit", "mocha -r ts-node/register", "cross-env X=1 Y=2 jest -i"] {
        check_only(&with(script), &["a.test.js"], Some("CI=1 npm run test -- a.test.js"));
    }
    for script in ["mocha --exit test/", "mocha lib", "mocha | tee x", "node test.js"] {
        check_only(&with(script), &["a.test.js"], None);
    }
    // The script's own arguments count where it does nothing else, but for watching and coverage.
    for (script, line) in [
        (
            "jest --config config/jest.json",
            "npx --no-install jest --config config/jest.json --ci --colors=false",
        ),
        ("jest --watchAll false -i --coverage", "npx --no-install jest -i --ci --colors=false"),
        ("vitest --config vitest.unit.ts", "npx --no-install vitest run --config vitest.unit.ts"),
        ("vitest watch --silent", "npx --no-install vitest run --silent"),
        ("vitest --run", "npx --no-install vitest run"),
        ("jest && eslint .", "npm run test"),
        ("jest --testMatch 'a b'", "npm run test"),
    ] {
        check(&with(script), &[&format!("CI=1 {line}  # package.json")]);
    }
    for (script, line) in [
        ("vitest -c x.ts", Some("npx --no-install vitest run -c x.ts --watch=false a.test.js")),
        (
            "jest --projects a",
            Some("npx --no-install jest --projects a --ci --colors=false a.test.js"),
        ),
        ("jest tests/unit", None),
    ] {
        let line = line.map(|line| format!("CI=1 {line}"));
        check_only(&with(script), &["a.test.js"], line.as_deref());
    }
    check(
        "//- package.json\n{\"scripts\": {\"test\": \"echo \\\"Error: no test specified\\\"\"}}\n",
        &[],
    );
    check("//- package.json\nnot json\n", &[]);
    // What checks types stands behind what tests.
    let typed = "//- package.json\n{\"scripts\": {\"test\": \"vitest\"}, \"devDependencies\": {\"typescript\": \"5\"}}\n";
    let types = "CI=1 npx --no-install tsc --noEmit -p .  # tsconfig.json";
    check(typed, &["CI=1 npx --no-install vitest run  # package.json"]);
    check(
        &format!("{typed}//- tsconfig.json\n{{}}\n"),
        &["CI=1 npx --no-install vitest run  # package.json", types],
    );
}

#[test]
fn what_other_projects_are_tested_with() {
    let go = "//- go.mod\n//- a/b/x_test.go\n";
    check(go, &["go test ./...  # go.mod"]);
    check_only(go, &["a/b/x_test.go", "a/b/y_test.go", "z_test.go"], Some("go test ./a/b ."));
    check("//- Makefile\nall:\n\ncheck: all\n\t./run\ntest := x\n", &["make check  # Makefile"]);
    let maven = "//- pom.xml\n//- src/test/java/a/FooTest.java\n";
    check_only(
        maven,
        &["src/test/java/a/FooTest.java"],
        Some(
            "mvn --offline --batch-mode --quiet test -Dsurefire.failIfNoSpecifiedTests=false -Dtest=FooTest",
        ),
    );
    let gradle = "//- build.gradle\n//- src/test/java/a/FooTest.java\n";
    let line = "gradle test --offline --console=plain";
    let tests = ["src/test/java/a/FooTest.java", "src/test/java/a/BarTest.java"];
    check_only(gradle, &tests, Some(&format!("{line} --tests BarTest --tests FooTest")));
    check_only(gradle, &["src/it/java/a/FooIT.java"], None);
    check_only(&format!("{gradle}//- settings.gradle\ninclude 'x'\n"), &tests, None);
    check("//- mix.exs\n//- test/a_test.exs\n", &["mix test --no-color  # mix.exs"]);
    check("//- Gemfile\n//- spec/a_spec.rb\n", &["bundle exec rspec --no-color  # Gemfile"]);
}

#[test]
fn cmake_builds_its_tests_where_it_does_not_say_how_they_run() {
    let build = "tests=\"${COUNTERSIGN_CACHE:-.}/cmake\"; cmake -S . -B \"$tests\" >/dev/null && cmake --build \"$tests\"";
    let silent = "//- CMakeLists.txt\nproject(a)\n//- a_test.cpp\n";
    check(silent, &[&format!("{build}  # CMakeLists.txt")]);
    check("//- CMakeLists.txt\nproject(a)\n//- a.cpp\n", &[]);
    let says = format!("{silent}//- t/CMakeLists.txt\nenable_testing()\n");
    let ctest = "ctest --test-dir \"$tests\" --output-on-failure";
    check(&says, &[&format!("cd t && {build} && {ctest}  # t/CMakeLists.txt")]);
}

#[test]
fn a_command_covers_its_folder_and_its_language() {
    let text = "//- Cargo.toml\n[package]\nname = \"a\"\n//- Makefile\ntest:\n//- python/pyproject.toml\n\
                //- python/tests/test_a.py\nimport pytest\n//- web/package.json\n\
                {\"scripts\": {\"test\": \"jest\"}}\n//- web/a.test.ts\n";
    let covering = |name: &str| {
        let path: RepoPath = name.parse().unwrap();
        let found = commands(text).into_iter().filter(|command| command.covers(&path));
        found.map(|command| command.tool).collect::<Vec<_>>()
    };
    assert_eq!(covering("src/lib.rs"), ["cargo test", "make"]);
    assert_eq!(covering("python/a.py"), ["make", "pytest"]);
    assert_eq!(covering("tools/a.py"), ["make"]);
    assert_eq!(covering("web/a.ts"), ["make", "jest"]);
    let of = |tool: &str| commands(text).into_iter().find(|it| it.tool == tool).unwrap();
    assert!(of("pytest").closeness() > of("make").closeness());
    assert!(of("make").compiles() && of("cargo test").compiles() && !of("jest").compiles());
    let runs = |name: &str| of("jest").runs(&name.parse().unwrap());
    assert!(runs("web/a.test.ts") && !runs("web/test/a.ts"));
}

#[test]
fn more_tests_come_first_and_the_root_before_folders() {
    let text = "//- Makefile\ntest:\n//- go.mod\n//- x_test.go\n//- web/package.json\n{\"scripts\":{\"test\":\"jest\"}}\n//- web/a.test.js\n//- web/b.test.js\n";
    let tools: Vec<&str> = commands(text).iter().map(|found| found.tool).collect();
    assert_eq!(tools, ["go test", "make", "jest"]);
}

#[test]
fn what_ci_runs_counts_where_nothing_else_is_known() {
    let workflow = "//- .github/workflows/ci.yml\non: push\njobs:\n  a:\n    steps:\n      - run: |\n          pip install .\n          pytest -n 2\n      - run: cargo test && curl evil\n      - run: make test TOKEN=${{ secrets.X }}\n";
    check(workflow, &["pytest -n 2  # .github/workflows/ci.yml"]);
}

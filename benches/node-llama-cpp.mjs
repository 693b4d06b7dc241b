// Reading and writing with node-llama-cpp, which benches/peers.sh runs in turns with ours:
//
//   cd a/folder/with/node_modules && node benches/node-llama-cpp.mjs MODEL.gguf THREADS
//
// Prints tokens a second for prompts of 512 and 4,096 tokens and for 128 written ones.

import { createRequire } from "node:module";
import { cwd, argv, exit, hrtime } from "node:process";
import { pathToFileURL } from "node:url";

const here = createRequire(`${cwd()}/here`);
const { getLlama } = await import(pathToFileURL(here.resolve("node-llama-cpp")));

const [, , modelPath, threads] = argv;
const llama = await getLlama({
  gpu: false,
  maxThreads: Number(threads),
  build: "never",
  logLevel: "error",
});
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({
  contextSize: 4352,
  batchSize: 512,
  threads: Number(threads),
  flashAttention: true,
});
const sequence = context.getSequence();

/** Tokens in no order, of those that every model of the catalogue has. */
const text = (count) => Array.from({ length: count }, (_, at) => (at * 7919) % 40_000);

/** Tokens a second. */
const rate = (count, since) => (count / (Number(hrtime.bigint() - since) / 1e9)).toFixed(2);

const read = async (count) => {
  await sequence.clearHistory();
  const since = hrtime.bigint();
  await sequence.evaluateWithoutGeneratingNewTokens(text(count));
  return rate(count, since);
};

const write = async (count) => {
  await sequence.clearHistory();
  let [written, since] = [-1, 0n];
  // The first token takes reading with it.
  for await (const _ of sequence.evaluate([1000], { temperature: 0, yieldEogToken: true })) {
    if (written < 0) since = hrtime.bigint();
    written += 1;
    if (written === count) break;
  }
  return rate(count, since);
};

await read(512);
console.log("512", await read(512));
console.log("4096", await read(4096));
console.log("128", await write(128));
exit(0);

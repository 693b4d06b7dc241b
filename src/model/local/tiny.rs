//! Tiny models with random weights, made at test time: a few layers of an architecture in a file of
//! some hundred kilobytes. What they say means nothing; that it is the same twice does.

use std::path::{Path, PathBuf};

/// Numbers that a token is made of, in every tiny model.
pub(super) const WIDTH: u64 = 64;
/// Layers of every tiny model.
pub(super) const LAYERS: u64 = 4;
/// Tokens of the vocabulary: every byte, and the end of text.
pub(super) const WORDS: u64 = 257;
const HIDDEN: u64 = 96;
const HEADS: u64 = 2;
pub(super) const EXPERTS: u64 = 4;

/// A GGUF file in the making.
pub(super) struct Gguf {
    architecture: String,
    entries: Vec<u8>,
    entry_count: u64,
    infos: Vec<u8>,
    tensor_count: u64,
    data: Vec<u8>,
    random: u64,
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

impl Gguf {
    pub(super) fn new(architecture: &str) -> Self {
        let mut file = Self {
            architecture: architecture.to_owned(),
            entries: Vec::new(),
            entry_count: 0,
            infos: Vec::new(),
            tensor_count: 0,
            data: Vec::new(),
            random: 0x9e37_79b9_7f4a_7c15,
        };
        file.text("general.architecture", architecture);
        file
    }

    fn entry(&mut self, key: &str, kind: u32) {
        // Keys that begin with a dot belong to the architecture.
        let key =
            if key.starts_with('.') { format!("{}{key}", self.architecture) } else { key.into() };
        text(&mut self.entries, &key);
        self.entries.extend(kind.to_le_bytes());
        self.entry_count += 1;
    }

    pub(super) fn number(&mut self, key: &str, value: u64) {
        self.entry(key, 4);
        self.entries.extend(u32::try_from(value).unwrap().to_le_bytes());
    }

    pub(super) fn fraction(&mut self, key: &str, value: f32) {
        self.entry(key, 6);
        self.entries.extend(value.to_le_bytes());
    }

    pub(super) fn flag(&mut self, key: &str, value: bool) {
        self.entry(key, 7);
        self.entries.push(u8::from(value));
    }

    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.entry(key, 8);
        text(&mut self.entries, value);
    }

    pub(super) fn texts(&mut self, key: &str, values: &[String]) {
        self.entry(key, 9);
        self.entries.extend(8_u32.to_le_bytes());
        self.entries.extend((values.len() as u64).to_le_bytes());
        values.iter().for_each(|value| text(&mut self.entries, value));
    }

    pub(super) fn numbers(&mut self, key: &str, values: &[i32]) {
        self.entry(key, 9);
        self.entries.extend(5_u32.to_le_bytes());
        self.entries.extend((values.len() as u64).to_le_bytes());
        values.iter().for_each(|value| self.entries.extend(value.to_le_bytes()));
    }

    /// Says of a tensor that its numbers of type `kind` come next.
    fn info(&mut self, name: &str, shape: &[u64], kind: u32) {
        text(&mut self.infos, name);
        self.infos.extend(u32::try_from(shape.len()).unwrap().to_le_bytes());
        shape.iter().for_each(|it| self.infos.extend(it.to_le_bytes()));
        self.infos.extend(kind.to_le_bytes());
        self.infos.extend((self.data.len() as u64).to_le_bytes());
        self.tensor_count += 1;
    }

    /// A tensor of 32-bit floats.
    pub(super) fn tensor(
        &mut self,
        name: &str,
        shape: &[u64],
        mut value: impl FnMut(&mut Self) -> f32,
    ) {
        self.info(name, shape, 0);
        for _ in 0..shape.iter().product() {
            let value = value(self);
            self.data.extend(value.to_le_bytes());
        }
        self.data.resize(self.data.len().next_multiple_of(32), 0);
    }

    /// A matrix whose products keep the size of what they multiply, times `size`.
    pub(super) fn matrix(&mut self, name: &str, shape: &[u64], size: f32) {
        let spread = size * (3.0 / shape[0] as f32).sqrt();
        self.tensor(name, shape, |file| file.random() * spread);
    }

    /// As [`Gguf::matrix`], about, of numbers of 4 bits: in blocks of 256 (Q4_K), or each written out.
    pub(super) fn coarse(&mut self, name: &str, shape: &[u64], size: f32, packed: bool) {
        self.info(name, shape, if packed { 12 } else { 0 });
        let spread = size * (3.0 / shape[0] as f32).sqrt();
        // A number is 2 d q - 15 d, for q from 0 to 15; d is a power of two, in half precision.
        let exponent = (spread / 15.0).log2().round() as i32;
        let d = (u16::try_from(exponent + 15).unwrap() << 10).to_le_bytes();
        for _ in 0..shape.iter().product::<u64>() / 256 {
            let q: Vec<u8> = (0..256).map(|_| ((self.random() + 1.0) * 7.999) as u8).collect();
            if !packed {
                let value = |q: &u8| (2.0 * f32::from(*q) - 15.0) * 2_f32.powi(exponent);
                self.data.extend(q.iter().flat_map(|q| value(q).to_le_bytes()));
                continue;
            }
            self.data.extend(d.repeat(2));
            self.data.extend([[2; 4], [15; 4], [0xf2; 4]].as_flattened());
            for half in q.chunks(64) {
                self.data
                    .extend(half[..32].iter().zip(&half[32..]).map(|(low, high)| low | high << 4));
            }
        }
        self.data.resize(self.data.len().next_multiple_of(32), 0);
    }

    pub(super) fn ones(&mut self, name: &str, length: u64) {
        self.tensor(name, &[length], |_| 1.0);
    }

    pub(super) fn zeros(&mut self, name: &str, length: u64) {
        self.tensor(name, &[length], |_| 0.0);
    }

    /// From -1 to 1, the same every time (xorshift).
    fn random(&mut self) -> f32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }

    #[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
    pub(super) fn write(self, folder: &Path, name: &str) -> PathBuf {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend(self.tensor_count.to_le_bytes());
        bytes.extend(self.entry_count.to_le_bytes());
        bytes.extend(self.entries);
        bytes.extend(self.infos);
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes.extend(self.data);
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

/// Every byte as GPT-2 writes it in its vocabulary, then the end of text.
fn bytes_as_words(file: &mut Gguf) {
    let printable = |byte: u32| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let mut others = 256_u32..;
    let letter = |byte| if printable(byte) { byte } else { others.next().unwrap() };
    let letters = (0..256).map(letter).map(|it| char::from_u32(it).unwrap().to_string());
    let words: Vec<String> = letters.chain(["<|end|>".to_owned()]).collect();
    let kinds: Vec<i32> = (0..256).map(|_| 1).chain([3]).collect();
    file.text("tokenizer.ggml.model", "gpt2");
    file.text("tokenizer.ggml.pre", "default");
    file.texts("tokenizer.ggml.tokens", &words);
    file.numbers("tokenizer.ggml.token_type", &kinds);
    file.texts("tokenizer.ggml.merges", &[]);
    file.number("tokenizer.ggml.eos_token_id", 256);
}

/// What all have: sizes and a vocabulary.
fn begin(architecture: &str, context: u64) -> Gguf {
    begin_with(architecture, context, LAYERS)
}

fn begin_with(architecture: &str, context: u64, layers: u64) -> Gguf {
    let mut file = Gguf::new(architecture);
    file.number(".context_length", context);
    file.number(".embedding_length", WIDTH);
    file.number(".block_count", layers);
    file.number(".feed_forward_length", HIDDEN);
    file.fraction(".attention.layer_norm_rms_epsilon", 1e-5);
    bytes_as_words(&mut file);
    file.ones("output_norm.weight", WIDTH);
    file
}

/// Two tables, so that what was read last is not what comes next.
fn both_ends(file: &mut Gguf) {
    file.matrix("token_embd.weight", &[WIDTH, WORDS], 8.0);
    file.matrix("output.weight", &[WIDTH, WORDS], 2.0);
}

fn attention(file: &mut Gguf, layer: u64, head: u64) {
    let wide = HEADS * head;
    let name = |part: &str| format!("blk.{layer}.{part}.weight");
    file.ones(&name("attn_norm"), WIDTH);
    // Queries and keys are large, so that a token looks at few others, and it matters at which.
    file.matrix(&name("attn_q"), &[WIDTH, wide], 2.0);
    file.matrix(&name("attn_k"), &[WIDTH, wide], 2.0);
    file.matrix(&name("attn_v"), &[WIDTH, wide], 1.0);
    file.matrix(&name("attn_output"), &[wide, WIDTH], 4.0);
    file.ones(&name("ffn_norm"), WIDTH);
}

fn feed_forward(file: &mut Gguf, layer: u64) {
    let name = |part: &str| format!("blk.{layer}.{part}.weight");
    file.matrix(&name("ffn_gate"), &[WIDTH, HIDDEN], 1.0);
    file.matrix(&name("ffn_up"), &[WIDTH, HIDDEN], 1.0);
    file.matrix(&name("ffn_down"), &[HIDDEN, WIDTH], 1.0);
}

/// Llama: full attention with `head` numbers a head, trained on 512 tokens.
pub(super) fn llama(folder: &Path, head: u64) -> PathBuf {
    let mut file = begin("llama", 512);
    file.number(".attention.head_count", HEADS);
    file.number(".attention.key_length", head);
    file.number(".attention.value_length", head);
    file.number(".rope.dimension_count", head);
    (0..LAYERS).for_each(|layer| {
        attention(&mut file, layer, head);
        feed_forward(&mut file, layer);
    });
    both_ends(&mut file);
    file.write(folder, "llama.gguf")
}

/// Llama of weights in 4 bits, as models are handed around, or with the same written out. Those of the
/// values are not copied into another order.
pub(super) fn coarse(folder: &Path, packed: bool) -> PathBuf {
    let width = 256;
    let mut file = Gguf::new("llama");
    file.number(".context_length", 512);
    file.number(".embedding_length", width);
    file.number(".block_count", LAYERS);
    file.number(".feed_forward_length", width);
    file.fraction(".attention.layer_norm_rms_epsilon", 1e-5);
    file.number(".attention.head_count", 4);
    file.number(".rope.dimension_count", 64);
    bytes_as_words(&mut file);
    file.matrix("token_embd.weight", &[width, WORDS], 8.0);
    for layer in 0..LAYERS {
        let name = |part: &str| format!("blk.{layer}.{part}.weight");
        file.ones(&name("attn_norm"), width);
        file.matrix(&name("attn_v"), &[width, width], 1.0);
        file.ones(&name("ffn_norm"), width);
        for part in ["attn_q", "attn_k", "attn_output", "ffn_gate", "ffn_up", "ffn_down"] {
            file.coarse(&name(part), &[width, width], 1.0, packed);
        }
    }
    file.ones("output_norm.weight", width);
    file.matrix("output.weight", &[width, WORDS], 2.0);
    file.write(folder, if packed { "packed.gguf" } else { "written-out.gguf" })
}

/// Qwen3 MoE: four experts in each layer, of which two are asked.
pub(super) fn experts(folder: &Path) -> PathBuf {
    let (head, hidden) = (32, 48);
    let mut file = begin("qwen3moe", 512);
    file.number(".attention.head_count", HEADS);
    file.number(".attention.key_length", head);
    file.number(".attention.value_length", head);
    file.number(".expert_count", EXPERTS);
    file.number(".expert_used_count", 2);
    file.number(".expert_feed_forward_length", hidden);
    for layer in 0..LAYERS {
        let name = |part: &str| format!("blk.{layer}.{part}.weight");
        attention(&mut file, layer, head);
        file.ones(&name("attn_q_norm"), head);
        file.ones(&name("attn_k_norm"), head);
        file.matrix(&name("ffn_gate_inp"), &[WIDTH, EXPERTS], 1.0);
        file.matrix(&name("ffn_gate_exps"), &[WIDTH, hidden, EXPERTS], 1.0);
        file.matrix(&name("ffn_up_exps"), &[WIDTH, hidden, EXPERTS], 1.0);
        file.matrix(&name("ffn_down_exps"), &[hidden, WIDTH, EXPERTS], 1.0);
    }
    both_ends(&mut file);
    file.write(folder, "experts.gguf")
}

/// Gemma 2: every other layer looks back over `window` tokens only.
pub(super) fn sliding(folder: &Path, window: u64) -> PathBuf {
    let head = 32;
    let mut file = begin("gemma2", 512);
    file.number(".attention.head_count", HEADS);
    file.number(".attention.key_length", head);
    file.number(".attention.value_length", head);
    file.number(".attention.sliding_window", window);
    for layer in 0..LAYERS {
        attention(&mut file, layer, head);
        feed_forward(&mut file, layer);
        file.ones(&format!("blk.{layer}.post_attention_norm.weight"), WIDTH);
        file.ones(&format!("blk.{layer}.post_ffw_norm.weight"), WIDTH);
    }
    file.matrix("token_embd.weight", &[WIDTH, WORDS], 1.0);
    file.write(folder, "sliding.gguf")
}

/// Mamba: a state for each layer, and no attention.
pub(super) fn recurrent(folder: &Path) -> PathBuf {
    let (inner, kernel, state, rank) = (2 * WIDTH, 4, 8, 4);
    let mut file = begin("mamba", 512);
    file.number(".attention.head_count", 0);
    file.number(".ssm.conv_kernel", kernel);
    file.number(".ssm.inner_size", inner);
    file.number(".ssm.state_size", state);
    file.number(".ssm.time_step_rank", rank);
    for layer in 0..LAYERS {
        let name = |part: &str| format!("blk.{layer}.{part}");
        file.ones(&name("attn_norm.weight"), WIDTH);
        file.matrix(&name("ssm_in.weight"), &[WIDTH, 2 * inner], 2.0);
        file.matrix(&name("ssm_conv1d.weight"), &[kernel, inner], 1.0);
        file.zeros(&name("ssm_conv1d.bias"), inner);
        file.matrix(&name("ssm_x.weight"), &[inner, rank + 2 * state], 3.0);
        file.matrix(&name("ssm_dt.weight"), &[rank, inner], 1.0);
        file.zeros(&name("ssm_dt.bias"), inner);
        // What was read fades slowly, so that old tokens still matter.
        file.tensor(&name("ssm_a"), &[state, inner], |_| -0.02);
        file.ones(&name("ssm_d"), inner);
        file.matrix(&name("ssm_out.weight"), &[inner, WIDTH], 4.0);
    }
    both_ends(&mut file);
    file.write(folder, "recurrent.gguf")
}

/// BERT, which pools by the kind that the file is given: 1 mean, 2 the first token, 4 a score. Its words
/// are the small letters.
pub(super) fn bert(folder: &Path, pooling: u64) -> PathBuf {
    let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(str::to_owned);
    let letters = ('a'..='z').flat_map(|letter| [format!("\u{2581}{letter}"), letter.to_string()]);
    let words: Vec<String> = specials.into_iter().chain(letters).collect();
    let mut file = Gguf::new("bert");
    file.number(".context_length", 64);
    file.number(".embedding_length", WIDTH);
    file.number(".block_count", LAYERS);
    file.number(".feed_forward_length", HIDDEN);
    file.number(".attention.head_count", HEADS);
    file.fraction(".attention.layer_norm_epsilon", 1e-5);
    file.flag(".attention.causal", false);
    file.number(".pooling_type", pooling);
    file.text("tokenizer.ggml.model", "bert");
    file.texts("tokenizer.ggml.tokens", &words);
    file.number("tokenizer.ggml.token_type_count", 2);
    let names = ["padding", "unknown", "bos", "seperator", "mask"];
    (0..).zip(names).for_each(|(at, name)| {
        file.number(&format!("tokenizer.ggml.{name}_token_id"), at);
    });
    let count = words.len() as u64;
    file.matrix("token_embd.weight", &[WIDTH, count], 8.0);
    file.matrix("position_embd.weight", &[WIDTH, 64], 4.0);
    let norm = |file: &mut Gguf, name: &str| {
        file.ones(&format!("{name}.weight"), WIDTH);
        file.zeros(&format!("{name}.bias"), WIDTH);
    };
    norm(&mut file, "token_embd_norm");
    for layer in 0..LAYERS {
        let name = |part: &str| format!("blk.{layer}.{part}");
        for part in ["attn_q", "attn_k", "attn_v", "attn_output"] {
            file.matrix(&format!("{}.weight", name(part)), &[WIDTH, WIDTH], 1.0);
        }
        norm(&mut file, &name("attn_output_norm"));
        file.matrix(&name("ffn_up.weight"), &[WIDTH, HIDDEN], 1.0);
        file.matrix(&name("ffn_down.weight"), &[HIDDEN, WIDTH], 1.0);
        norm(&mut file, &name("layer_output_norm"));
    }
    if pooling == 4 {
        file.matrix("cls.weight", &[WIDTH, WIDTH], 1.0);
        file.zeros("cls.bias", WIDTH);
        file.matrix("cls.output.weight", &[WIDTH, 1], 1.0);
        file.zeros("cls.output.bias", 1);
    }
    file.write(folder, "bert.gguf")
}

/// A LoRA for the attention of [`llama`] with heads of 32 numbers.
pub(super) fn adapter(folder: &Path, architecture: &str, width: u64) -> PathBuf {
    let rank = 4;
    let mut file = Gguf::new(architecture);
    file.text("general.type", "adapter");
    file.text("adapter.type", "lora");
    file.fraction("adapter.lora.alpha", 8.0);
    for layer in 0..LAYERS {
        let name = |half: &str| format!("blk.{layer}.attn_q.weight.lora_{half}");
        file.matrix(&name("a"), &[width, rank], 1.0);
        file.matrix(&name("b"), &[rank, HEADS * 32], 1.0);
    }
    file.write(folder, "adapter.gguf")
}

/// Qwen3.5: layers with states that fade, every fourth with attention, and behind them a head that says
/// the token after the next one.
pub(super) fn hybrid(folder: &Path) -> PathBuf {
    hybrid_with(folder, "qwen35", feed_forward)
}

/// The same with four experts in each layer, of which two are asked, and one that always is.
pub(super) fn hybrid_experts(folder: &Path) -> PathBuf {
    hybrid_with(folder, "qwen35moe", |file, layer| {
        let hidden = 48;
        if layer == 0 {
            file.number(".expert_count", EXPERTS);
            file.number(".expert_used_count", 2);
            file.number(".expert_feed_forward_length", hidden);
            file.number(".expert_shared_feed_forward_length", hidden);
        }
        let name = |part: &str| format!("blk.{layer}.{part}.weight");
        file.matrix(&name("ffn_gate_inp"), &[WIDTH, EXPERTS], 1.0);
        file.matrix(&name("ffn_gate_exps"), &[WIDTH, hidden, EXPERTS], 1.0);
        file.matrix(&name("ffn_up_exps"), &[WIDTH, hidden, EXPERTS], 1.0);
        file.matrix(&name("ffn_down_exps"), &[hidden, WIDTH, EXPERTS], 1.0);
        file.ones(&name("ffn_gate_inp_shexp"), WIDTH);
        file.matrix(&name("ffn_gate_shexp"), &[WIDTH, hidden], 1.0);
        file.matrix(&name("ffn_up_shexp"), &[WIDTH, hidden], 1.0);
        file.matrix(&name("ffn_down_shexp"), &[hidden, WIDTH], 1.0);
    })
}

fn hybrid_with(
    folder: &Path,
    architecture: &str,
    feed_forward: impl Fn(&mut Gguf, u64),
) -> PathBuf {
    let (head, state, groups, rank, kernel) = (32, 32, 2, 2, 4);
    let (keys, values) = (state * groups, state * rank);
    let mut file = begin_with(architecture, 512, LAYERS + 1);
    file.numbers(".rope.dimension_sections", &[6, 5, 5, 0]);
    for (key, value) in [
        (".nextn_predict_layers", 1),
        (".full_attention_interval", LAYERS),
        (".attention.head_count", HEADS),
        (".attention.head_count_kv", HEADS),
        (".attention.key_length", head),
        (".attention.value_length", head),
        (".rope.dimension_count", head),
        (".ssm.conv_kernel", kernel),
        (".ssm.inner_size", values),
        (".ssm.state_size", state),
        (".ssm.time_step_rank", rank),
        (".ssm.group_count", groups),
    ] {
        file.number(key, value);
    }
    for layer in 0..=LAYERS {
        let name = |part: &str| format!("blk.{layer}.{part}");
        file.ones(&name("attn_norm.weight"), WIDTH);
        file.ones(&name("post_attention_norm.weight"), WIDTH);
        if layer + 1 < LAYERS {
            file.matrix(&name("attn_qkv.weight"), &[WIDTH, 2 * keys + values], 2.0);
            file.matrix(&name("attn_gate.weight"), &[WIDTH, values], 1.0);
            file.matrix(&name("ssm_conv1d.weight"), &[kernel, 2 * keys + values], 1.0);
            file.zeros(&name("ssm_dt.bias"), rank);
            file.tensor(&name("ssm_a"), &[rank], |_| -0.02);
            file.matrix(&name("ssm_beta.weight"), &[WIDTH, rank], 1.0);
            file.matrix(&name("ssm_alpha.weight"), &[WIDTH, rank], 1.0);
            file.ones(&name("ssm_norm.weight"), state);
            file.matrix(&name("ssm_out.weight"), &[values, WIDTH], 4.0);
        } else {
            // Beside each query stands its gate.
            file.matrix(&name("attn_q.weight"), &[WIDTH, 2 * HEADS * head], 2.0);
            file.matrix(&name("attn_k.weight"), &[WIDTH, HEADS * head], 2.0);
            file.matrix(&name("attn_v.weight"), &[WIDTH, HEADS * head], 1.0);
            file.matrix(&name("attn_output.weight"), &[HEADS * head, WIDTH], 4.0);
            file.ones(&name("attn_q_norm.weight"), head);
            file.ones(&name("attn_k_norm.weight"), head);
        }
        feed_forward(&mut file, layer);
    }
    let name = |part: &str| format!("blk.{LAYERS}.nextn.{part}.weight");
    file.matrix(&name("eh_proj"), &[2 * WIDTH, WIDTH], 1.0);
    file.ones(&name("enorm"), WIDTH);
    file.ones(&name("hnorm"), WIDTH);
    both_ends(&mut file);
    file.write(folder, &format!("{architecture}.gguf"))
}

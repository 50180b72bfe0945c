import type { Config } from '../../models/config.js';
import type { NamedTokens } from './special-tokens.js';
import type { Vocabulary } from './vocabulary.js';

/** What a tokenizer is made from. */
export interface TokenizerParts {
  readonly vocab: Vocabulary;
  /** Pairs of tokens that become one; none for kinds without. */
  readonly merges: readonly (readonly [string, string])[];
  readonly named: NamedTokens;
  /** What tokenizer_config.json says. */
  readonly settings: Config;
}

/** A class of transformers' tokenizers. */
export interface TokenizerClass {
  readonly name: string;
  /** The files that its vocabulary is in. */
  readonly files: readonly ['vocab.json', 'merges.txt'] | readonly ['vocab.txt'];
  /** Its special tokens where settings say nothing. */
  readonly defaults: NamedTokens;
  /** Its tokenizer.json, without the added tokens. */
  readonly json: (parts: TokenizerParts) => object;
}

const END = '<|endoftext|>';

/** The classes whose vocabulary is read. Source: transformers 5, `models/<model>/tokenization_<model>.py`. */
const CLASSES: readonly TokenizerClass[] = [
  {
    name: 'GPT2Tokenizer',
    files: ['vocab.json', 'merges.txt'],
    defaults: { bos_token: END, eos_token: END, unk_token: END },
    json: (parts) => ({ ...byteLevel(parts), post_processor: beginAndEnd(parts) }),
  },
  {
    name: 'RobertaTokenizer',
    files: ['vocab.json', 'merges.txt'],
    defaults: {
      bos_token: '<s>',
      eos_token: '</s>',
      unk_token: '<unk>',
      sep_token: '</s>',
      pad_token: '<pad>',
      cls_token: '<s>',
      mask_token: '<mask>',
    },
    json: (parts) => ({ ...byteLevel(parts), post_processor: clsAndSep(parts) }),
  },
  ...['BertTokenizer', 'DistilBertTokenizer'].map(
    (name): TokenizerClass => ({
      name,
      files: ['vocab.txt'],
      defaults: {
        unk_token: '[UNK]',
        sep_token: '[SEP]',
        pad_token: '[PAD]',
        cls_token: '[CLS]',
        mask_token: '[MASK]',
      },
      json: (parts) => ({ ...wordPieces(parts), post_processor: clsAndSep(parts) }),
    }),
  ),
];

/** The classes of the models that are made with these tokenizers, where their settings name none. */
const OF_MODELS: Readonly<Record<string, string>> = {
  gpt2: 'GPT2Tokenizer',
  gpt_neo: 'GPT2Tokenizer',
  opt: 'GPT2Tokenizer',
  bert: 'BertTokenizer',
  distilbert: 'DistilBertTokenizer',
};

/** The class of a checkpoint's tokenizer by its name, or what stands there instead. */
export function tokenizerClass(settings: Config, model: Config): TokenizerClass | { unknown: string } {
  const type = String(model.model_type);
  const ofModel = Object.hasOwn(OF_MODELS, type) ? OF_MODELS[type] : `that of '${type}'`;
  const name = String(settings.tokenizer_class ?? model.tokenizer_class ?? ofModel).replace(/Fast$/, '');
  return CLASSES.find((each) => each.name === name) ?? { unknown: name };
}

/** The files of each class, in words. */
export const SUPPORTED_CLASSES = CLASSES.map(({ name, files }) => `${name} (${files.join(' and ')})`).join(
  ', ',
);

function byteLevel({ vocab, merges, settings }: TokenizerParts): object {
  const options = { type: 'ByteLevel', trim_offsets: true, use_regex: true };
  return {
    normalizer: null,
    pre_tokenizer: { ...options, add_prefix_space: settings.add_prefix_space === true },
    decoder: { ...options, add_prefix_space: true },
    model: { type: 'BPE', vocab, merges, continuing_subword_prefix: '', end_of_word_suffix: '' },
  };
}

function wordPieces({ vocab, named, settings }: TokenizerParts): object {
  return {
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: settings.tokenize_chinese_chars !== false,
      // Null means: as `lowercase` says.
      strip_accents: settings.strip_accents ?? null,
      lowercase: settings.do_lower_case !== false,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      vocab,
      unk_token: named.unk_token,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
  };
}

function beginAndEnd({ named, settings }: TokenizerParts): object {
  const { bos_token: bos, eos_token: eos } = named;
  return around(
    settings.add_bos_token === true ? bos : undefined,
    settings.add_eos_token === true ? eos : undefined,
  );
}

function clsAndSep({ named: { cls_token: cls, sep_token: sep } }: TokenizerParts): object {
  return around(cls, sep);
}

/** Puts a token before a text and one after it. */
function around(before: string | undefined, after: string | undefined): object {
  const token = (id: string | undefined) => (id === undefined ? [] : [{ SpecialToken: { id, type_id: 0 } }]);
  const single = [...token(before), { Sequence: { id: 'A', type_id: 0 } }, ...token(after)];
  return { type: 'TemplateProcessing', single };
}

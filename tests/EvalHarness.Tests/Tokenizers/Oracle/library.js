// Parts of Hugging Face's library that it gives only as parts of a whole tokenizer.
'use strict';
const { Tokenizer } = require('tokenizers');

/** The pre-tokenizer that a "pre_tokenizer" of tokenizer.json describes. */
exports.preTokenizer = (description) =>
  Tokenizer.fromString(
    JSON.stringify({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: description,
      post_processor: null,
      decoder: null,
      model: { type: 'BPE', vocab: {}, merges: [] },
    }),
  ).getPreTokenizer();

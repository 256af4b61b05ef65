// Answers JSON lines with what Hugging Face's tokenizers library says, one JSON object a line in the same order:
//     node answer.js TOKENIZER_JSON
// {"text": ...} gives "ids", "ids_special" (with the tokens that the post-processor adds), "offsets" (of "ids", a start and an end in
// code points each) and "decoded" (of "ids", without special tokens); {"ids": [...]} gives "text", without special tokens, and
// "text_special", with them.
'use strict';
const { createInterface } = require('node:readline');
const { Tokenizer } = require('tokenizers');

async function answer(tokenizer, { text, ids }) {
  if (ids !== undefined)
    return { text: await tokenizer.decode(ids, true), text_special: await tokenizer.decode(ids, false) };
  const plain = await tokenizer.encode(text, null, { addSpecialTokens: false });
  const special = await tokenizer.encode(text, null, { addSpecialTokens: true });
  return {
    ids: plain.getIds(),
    ids_special: special.getIds(),
    offsets: plain.getOffsets(),
    decoded: await tokenizer.decode(plain.getIds(), true),
  };
}

async function main() {
  const tokenizer = Tokenizer.fromFile(process.argv[2]);
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const result = await answer(tokenizer, JSON.parse(line));
    process.stdout.write(JSON.stringify(result) + '\n');
  }
}

main().catch((error) => {
  console.error(String(error));
  process.exit(1);
});

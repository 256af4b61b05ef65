// Writes src/EvalHarness/Tokenizers/code-point-properties.txt, the sets of code points that .NET has no table of, as the Oniguruma
// inside Hugging Face's library knows them (Unicode 16.0), and those of some of its components:
//     node properties.js > FILE
// takes some minutes; 'node properties.js NAME...' writes the lines of the properties that are named.
// A line is the name of a property, in lower case without '_', and the code points at which membership changes, each in hexadecimal
// as the distance from the one before.
'use strict';
const { stripAccentsNormalizer } = require('tokenizers');
const { preTokenizer } = require('./library');

const all = `
Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo
Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common
Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs
Elbasan Elymaic Ethiopic Garay Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Gurung_Khema
Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi
Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki
Khudawadi Kirat_Rai Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic
Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao
Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong
Ogham Ol_Chiki Ol_Onal Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian
Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi
Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese
Sunuwar Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai
Tibetan Tifinagh Tirhuta Todhri Toto Tulu_Tigalari Ugaritic Unknown Vai Vithkuqi Wancho Warang_Citi Yezidi Yi
Zanabazar_Square Alphabetic Uppercase Lowercase Ideographic Emoji Emoji_Presentation Extended_Pictographic
Grapheme_Extend ID_Start ID_Continue XID_Start XID_Continue Default_Ignorable_Code_Point Variation_Selector Math Dash
Diacritic Cased strip_accents split_punctuation split_digits`.trim().split(/\s+/);
const names = process.argv.length > 2 ? process.argv.slice(2) : all;

// Surrogates are no code points of a text.
const codes = [];
for (let code = 0; code < 0x110000; code++) {
  if (code < 0xd800 || code > 0xdfff) codes.push(code);
}
const text = codes.map((code) => String.fromCodePoint(code)).join('');

/** The code points that some other components of the library mean, each of which has a version of Unicode of its own. */
function inComponent(name) {
  if (name === 'strip_accents') return (text) => stripAccentsNormalizer().normalizeString(text) === '';
  const splitter =
    name === 'split_digits'
      ? preTokenizer({ type: 'Digits', individual_digits: true })
      : preTokenizer({ type: 'Punctuation', behavior: 'Isolated' });
  return (text) => splitter.preTokenizeString('a' + text).length > 1;
}

/** First and last code point of each run that a property of regular expressions has. */
function runsInExpression(name) {
  const pattern = { Regex: `\\p{${name}}+` };
  // What stays are the runs of code points without the property.
  const others = preTokenizer({ type: 'Split', pattern, behavior: 'Removed', invert: false }).preTokenizeString(text);
  const runs = [];
  let end = 0;
  for (const [, [first, next]] of others) {
    if (first > end) runs.push([codes[end], codes[first - 1]]);
    end = next;
  }
  if (end < codes.length) runs.push([codes[end], codes[codes.length - 1]]);
  return runs;
}

function runsInComponent(name) {
  const has = inComponent(name);
  const runs = [];
  for (const code of codes) {
    if (!has(String.fromCodePoint(code))) continue;
    if (runs.length > 0 && runs[runs.length - 1][1] === code - 1) runs[runs.length - 1][1] = code;
    else runs.push([code, code]);
  }
  return runs;
}

const components = ['strip_accents', 'split_punctuation', 'split_digits'];
for (const name of names) {
  const component = components.includes(name);
  const changes = (component ? runsInComponent(name) : runsInExpression(name)).flatMap(([first, last]) => [first, last + 1]);
  const steps = changes.map((change, i) => (change - (changes[i - 1] ?? 0)).toString(16));
  console.log([component ? name : name.toLowerCase().replaceAll('_', ''), ...steps].join(' '));
}

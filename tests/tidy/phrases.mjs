// Phrases that read as a translation, and how to write instead. Each is a regular expression over one line of prose or texts.
// Import phraseFindings(); it is pure, so that glossary.test.mjs can show that it finds what it should.

/** { phrase, instead } in the order of the patterns: existential tails, negated nouns, ellipses, speech and body verbs. */
const phrases = [
  { phrase: /\b(?:that|which|as) there (?:is|are|was|were)(?=[.,;:)|]|$)|\bthose that there\b/gi, instead: "current, existing" },
  { phrase: /\bwho (?:is|are|was|were) there\b/gi, instead: "connected clients, present users" },
  {
    phrase: /(?<!\bthere )\b(?:is|are|was|were) no (?!better\b|fewer\b|less\b|longer\b|more\b|other\b|record\b|worse\b)\w+/gi,
    instead: "negate the verb: is not a ...",
  },
  { phrase: /(?<!\bthere )\b(?:is|are|was|were) none\b(?! of\b)/gi, instead: "negate the verb, or name the thing" },
  { phrase: /\bThe same\.|\bIt could not\./g, instead: "a sentence that stands alone" },
  { phrase: /(?:^|[.|] )(?:So|Nor) (?:does|do|is|are|was|were) (?!not\b)/g, instead: "a sentence that stands alone" },
  { phrase: /\b(?:lets?|letting) (?:it|them|him|her|everybody)? ?in\b|\bturn(?:s|ed)? away\b/gi, instead: "admit, reject" },
  { phrase: /\b(?:comes?|came|coming) back\b/gi, instead: "reconnect, return" },
  { phrase: /\b(?:goes|went|going) on\b(?! (?:a|its|one|the|to|your)\b)/gi, instead: "continue" },
  { phrase: /\blook(?:s|ed|ing)? over\b/gi, instead: "scan, verify" },
  { phrase: /\btak(?:e|es|en|ing) away\b/gi, instead: "delete, remove" },
  { phrase: /\b(?:gives?|given|giving) out\b/gi, instead: "send, assign" },
  { phrase: /\bleft alone\b/gi, instead: "suspended, unchanged" },
  { phrase: /\btakes? its time\b/gi, instead: "asynchronous" },
  { phrase: /\bcom(?:es?|ing) to nothing\b/gi, instead: "fail" },
  { phrase: /\bfor good\b(?! reason)/gi, instead: "permanently" },
  { phrase: /\bfor ever\b/gi, instead: "indefinitely" },
  { phrase: /\bwithout a word\b/gi, instead: "silently" },
  { phrase: /\bmend(?:s|ed|ing)?\b/gi, instead: "fix, repair" },
];

/** `path:line: what` for each phrase in `text`, the prose of a document. */
export function phraseFindings(path, text) {
  return text
    .split("\n")
    .flatMap((line, index) =>
      phrases.flatMap(({ phrase, instead }) =>
        [...line.matchAll(phrase)].map(([found]) => `${path}:${index + 1}: "${found.trim()}": write "${instead}"`),
      ),
    );
}

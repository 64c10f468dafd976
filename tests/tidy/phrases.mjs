// Phrases that read as a translation, and how to write instead. Each is a regular expression over one line of prose or texts.
// Import phraseFindings(); it is pure, so that glossary.test.mjs can show that it finds what it should.

/** { phrase, instead } in the order of the patterns: existential tails, negated nouns, ellipses, speech and body verbs,
 * and docstrings that lean on their neighbours. */
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
  // A docstring stands alone: it does not continue the one above, or the name below.
  { phrase: /(?:^\s*|[.|] )The same (?:for|as|of|in|on|to|with|by|at|from|again)\b/g, instead: "a sentence that stands alone" },
  { phrase: /^\s*Of (?:a|an|the|all|one|its|each|this)\b/g, instead: "begin with the noun or the verb" },
  { phrase: /^<?\s*(?:below|after|at|of|before|up to|by|from|in|to|with|for|on) wh(?:ich|om)\b/g, instead: "name the thing" },
  { phrase: /(?:^\s*|[.|] )What [^.]{0,60}? (?:is|are|was) (?:answered|asked|given|called)\b/g, instead: "begin with a verb" },
  { phrase: /(?:^\s*|[.|] )As [a-zA-Z_]+\(\)/g, instead: "Like f(), but ..." },
  { phrase: /(?:^\s*|[.:;|] )[Ww]ho (?:[a-z]+s|may|can|has|is|are)\b(?![^.]*\?)/g, instead: "the client that ..., the caller" },
  {
    phrase: /(?:^\s*|[.:;|] )(?:[Nn]othing|[Ww]ords|[Nn]ull|[Ee]mpty|[Uu]ndefined|None|[Ff]alse|[Tt]rue) where\b/g,
    instead: "returns ... if",
  },
  { phrase: /\b(?:of|from) before\b/g, instead: "earlier, previous, old" },
  { phrase: /\bof no (?:more )?use\b|\b(?:is|are) of the past\b|\bno use any ?more\b/g, instead: "useless, obsolete, failed" },
  { phrase: /\blook(?:s|ed|ing)? after\b/gi, instead: "check, serve, handle" },
  { phrase: /\b(?:takes?|took|taken) (?:it|them) back\b/g, instead: "undo, return, decrement" },
  { phrase: /\bgood (?:until|any more)\b/g, instead: "valid" },
  { phrase: /\bthat cannot be (?:are|is)\b|\bwith what to do\b/g, instead: "invalid; the error says what to do" },
  { phrase: /\bWrite for example\b/g, instead: "Write, for example," },
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

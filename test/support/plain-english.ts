/**
 * Words and turns that the product does not use, with what to write instead. Its readers include people who are woken at
 * night and whose first language is not English. docs/glossary.md has the words that it does use.
 */

/** A pattern, and what to write instead. Plain uses of a word, such as "start with a letter", are let through by the pattern. */
export type Blocked = readonly [pattern: RegExp, instead: string]

export const blocked: readonly Blocked[] = [
  [/\bmend(s|ed|ing)?\b/i, 'fix'],
  [/\b(ring(s|ing)?|rang)\b/i, 'in ALARM'],
  [/\balarms? (is |are )?quiet\b/i, 'OK'],
  [/\broads?\b/i, 'lane'],
  [/\bout of order\b/i, 'unavailable, or: the order is broken'],
  [/\bwell again\b/i, 'available'],
  [/\bbut for\b/i, 'except'],
  [/\bbeside\b/i, 'next to, compared to, besides'],
  [/\bof (ours|yours)\b/i, 'our, your'],
  [/\bwho(m|so)?ever\b/i, 'anyone who, or the actor'],
  [/\b(he|him|his|she)\b/i, 'they, their'],
  [/\bby (itself|themselves)\b/i, 'automatically'],
  [/(?<!\bthere )\b(is|are|was|were) no (?!longer\b|more\b)/i, 'does not exist, is not a valid …'],
  [/\bis none of\b/i, 'does not belong to'],
  [/\bwith (a|the) word\b/i, 'with a message'],
  [/(?<!\bdead[ -]|\bcapital |\bwith a )\bletters?\b(?! first|,| and digits)/i, 'dead letter, DLQ message'],
  [/\bparcels?\b/i, 'batch entry'],
  [/\bbur(y|ies|ied)\b/i, 'send to the dead-letter queue'],
  [/\btroubled?\b/i, 'failing'],
  [/\bpark(s|ed|ing)?\b/i, 'dead-letter'],
  [/\banchors?\b/i, 'what a command creates, job owner'],
  [/\b(API|HTTP|REST) fronts?\b/i, 'API type'],
  [/\bmisused\b/i, 'key-reused'],
  [/\bticks?\b/i, 'scheduled run'],
  [/\bpatien(t|ce)\b/i, 'timeout, attempts'],
  [/\bgoes? on where\b|\bgone on with\b/i, 'continue, resume'],
]

/** Each blocked turn of a text, as `"mend" (fix)`. */
export function blockedIn(text: string): string[] {
  return blocked.flatMap(([pattern, instead]) => {
    const found = pattern.exec(text)?.[0]
    return found === undefined ? [] : [`"${found}" (${instead})`]
  })
}

/** The prose of a Markdown page: its paragraphs, items and cells, without code, links and comments. */
export function proseOf(page: string): string[] {
  return withoutCode(page)
    .split(/\n\s*\n|\n\s*(?:[-*]|\d+\.)\s|\n(?=[|#])|\|/)
    .map((text) => text.replace(/\s+/g, ' ').trim())
    .filter(Boolean)
}

/** Sentences of the prose of a page that have more words than `most`. Tables and headings are left out. */
export function longSentences(page: string, most: number): string[] {
  const text = withoutCode(page).replace(/^[ \t]*[|#].*$/gm, '\n')
  return proseOf(text)
    .flatMap((paragraph) => paragraph.split(/(?<=[.!?:][*)"]*)\s+(?=[*("]*[A-Z`])/))
    .filter((sentence) => sentence.split(' ').filter((word) => /\w/.test(word)).length > most)
}

function withoutCode(page: string): string {
  return page
    .replace(/^ *```[\s\S]*?^ *```/gm, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(/`[^`\n]*`/g, 'Code')
}

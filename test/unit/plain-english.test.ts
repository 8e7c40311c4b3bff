/** Keeps the product's English plain: no blocked words in pages and in texts of the code, no long sentences in the first pages. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { literalsOf } from '../support/literals.ts'
import { blockedIn, longSentences, proseOf } from '../support/plain-english.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const pages = globSync(['*.md', '{docs,console,local}/**/*.md', 'examples/*/README.md'], { cwd: root }).sort()

const folders = ['app', 'shared', 'functions', 'infra', 'console', 'local', 'tools']

test.each(pages)('%s has no blocked words', (page) => {
  const found = proseOf(read(page)).flatMap((text) => blockedIn(text).map((one) => `${one}: ${text.slice(0, 100)}`))
  expect(found).toEqual([])
})

test.each(['README.md', 'docs/concepts.md', 'docs/operations.md', 'docs/library.md'])(
  '%s has no sentence over 30 words',
  (page) => expect(longSentences(read(page), 30)).toEqual([]),
)

/** Blocked words in the texts of a file. Most files have none anywhere, and are not parsed. */
function blockedInTexts(file: string): string[] {
  const code = read(file)
  if (blockedIn(code).length === 0) return []
  return literalsOf(file, code).flatMap(({ line, text }) =>
    blockedIn(text).map((one) => `${file}:${line} ${one}: ${text}`),
  )
}

test.each(folders)('the texts in %s/ have no blocked words', (folder) => {
  const files = globSync(`${folder}/**/*.{ts,tsx}`, {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist|test)$/.test(String(path)),
  })
  expect(files.flatMap(blockedInTexts)).toEqual([])
})

test('the texts of the package name no folder or script that only the repository has', () => {
  const files = globSync('{shared,functions,infra,local,exports,console/cli}/**/*.ts', {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist|test|reference\.ts)$/.test(String(path)),
  })
  const ours = new RegExp(`(^|[\\s\`'"(])(${folders.join('|')})/\\w|\\bnpm (start|test|run)\\b`)
  const found = files.flatMap((file) =>
    literalsOf(file, read(file))
      // An example of an app's own file.
      .map(({ line, text }) => ({ line, text: text.replaceAll("--app 'node infra/app.ts'", '') }))
      .filter(({ text }) => ours.test(text))
      .map(({ line, text }) => `${file}:${line} ${text}`),
  )
  expect(found).toEqual([])
})

describe('the check itself', () => {
  test('finds blocked words in prose, not in code', () => {
    expect(blockedIn('Whoever mends it')).toEqual(['"mends" (fix)', '"Whoever" (anyone who, or the actor)'])
    expect(proseOf('# A\n\nSee `ring`, [x](mend.md).\n\n```sh\nmend\n```\n\n| a | b |')).toEqual([
      '# A',
      'See Code, [x].',
      'a',
      'b',
    ])
  })

  test.each(['There is no Docker.', 'a dead letter', 'It is no longer there.', '1 to 64 of a-z, a letter first'])(
    'accepts "%s"',
    (text) => expect(blockedIn(text)).toEqual([]),
  )

  test('finds texts in code with their lines', () => {
    const code = 'const a = "one two"\nthrow new Error(`no ${a} here`)\nconst b = <p>three four</p>\nimport "x"\n'
    expect(literalsOf('a.tsx', code)).toEqual([
      { line: 1, text: 'one two' },
      { line: 2, text: 'no Value here' },
      { line: 3, text: 'three four' },
    ])
  })

  test('counts the words of a sentence, not of its code', () => {
    expect(longSentences('One two three. `a b c` four.\n\n- Five six.', 2)).toEqual(['One two three.'])
  })
})

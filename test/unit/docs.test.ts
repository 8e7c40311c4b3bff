/** Checks that README and docs/ name only what exists: links, anchors, images, files, scripts. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }

const root = join(import.meta.dirname, '../..')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'local/README.md',
  'console/README.md',
  ...globSync('docs/**/*.md', { cwd: root }),
].sort()
const textOf = (page: string) => readFileSync(join(root, page), 'utf8')
const withoutCode = (text: string) => text.replace(/^ *```[\s\S]*?^ *```/gm, '').replace(/`[^`\n]*`/g, '')

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>()
  const headings = text.replace(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/^#{1,6} (.+)$/gm)
  return new Set(
    [...headings].map(([, heading = '']) => {
      const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      const slug = plain
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
        .replace(/ /g, '-')
      const times = seen.get(slug) ?? 0
      seen.set(slug, times + 1)
      return times === 0 ? slug : `${slug}-${times}`
    }),
  )
}

/** The targets of all links and images of a page. */
function linksIn(text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)].map(([, target = '']) => target)
}

/** Links and images of a page that lead nowhere in this repository. */
function brokenLinks(page: string, text: string): string[] {
  return linksIn(text).filter((target) => {
    if (/^(https?|mailto):/.test(target)) return false
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? page : normalize(join(dirname(page), decodeURI(path)))
    if (!existsSync(join(root, file))) return true
    return anchor !== undefined && file.endsWith('.md') && !anchorsOf(textOf(file)).has(anchor)
  })
}

const folders = 'app|shared|functions|infra|local|console|test|docs|examples|exports|tools'

/** Files in backticks that are not there; `app/jobs/<type>.ts` and `app/jobs/*` speak of no single one. */
function missingFiles(text: string): string[] {
  const named = text
    .replace(/^ *```[\s\S]*?^ *```/gm, '')
    .matchAll(new RegExp(`\`((?:\\.github|${folders})/[\\w./@+-]*)\``, 'g'))
  return [...named].map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))
}

/** `npm run <script>` of scripts that package.json does not have. */
const missingScripts = (text: string) =>
  [...text.matchAll(/npm run (?:-s )?([\w:-]+)/g)]
    .map(([, script = '']) => script)
    .filter((script) => !Object.hasOwn(packageJson.scripts, script))

describe.each(pages)('%s', (page) => {
  const text = textOf(page)

  test('has no link, anchor or image that leads nowhere', () => expect(brokenLinks(page, text)).toEqual([]))
  test('names no file that is not there', () => expect(missingFiles(text)).toEqual([]))
  test('names no script that is not there', () => expect(missingScripts(text)).toEqual([]))
})

const decisions = 'docs/maintainers/decisions'
const isDecision = (page: string) => new RegExp(`^${decisions}/\\d{4}-`).test(page)

test('README links to every page of docs/ except single decisions', () => {
  const linked = [...textOf('README.md').matchAll(/\]\((docs\/[\w/-]+\.md)/g)].map(([, path]) => path)
  const ofDocs = pages.filter((page) => page.startsWith('docs/') && !isDecision(page))
  expect(ofDocs.filter((page) => !linked.includes(page))).toEqual([])
})

test('the index of decisions links to each of them, once and in order', () => {
  const linked = [...textOf(`${decisions}/README.md`).matchAll(/\]\((\d{4}-[\w-]+\.md)/g)].map(([, file]) => file)
  expect(linked.map((file) => `${decisions}/${file}`)).toEqual(pages.filter(isDecision))
})

test.each(pages.filter(isDecision))('%s has a context, a decision and consequences, in at most 15 lines', (page) => {
  const text = textOf(page)
  expect(text.match(/^\*\*(\w+)\.\*\*/gm)).toEqual(['**Context.**', '**Decision.**', '**Consequences.**'])
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(15)
  expect(text).toMatch(new RegExp(`^# ${Number(page.split('/').at(-1)?.slice(0, 4))}\\. `))
})

test.each(pages.filter((page) => /^docs\/[^/]+$/.test(page)))(
  '%s links only to what the package has, except screenshots',
  (page) => {
    const packed = globSync([...packageJson.files, 'README.md', 'LICENSE'], { cwd: root })
    const links = linksIn(textOf(page)).filter(
      (target) => !/^(https?|mailto|#)/.test(target) && !target.endsWith('.png'),
    )
    const files = links.map((target) => normalize(join(dirname(page), target.split('#')[0] ?? '')))
    expect(files.filter((file) => !packed.includes(file))).toEqual([])
  },
)

test('the runbook links only to its own chapters, which the console shows, and to other pages', () => {
  const text = textOf('docs/operations.md')
  const chapters = anchorsOf([...text.matchAll(/^## .+$/gm)].join('\n'))
  const links = linksIn(text).flatMap((target) => (target.startsWith('#') ? [target.slice(1)] : []))
  expect(links.filter((anchor) => !chapters.has(anchor))).toEqual([])
})

describe('what is broken is found', () => {
  test.each([
    ['a page that is gone', '[a](docs/gone.md)'],
    ['a heading that is gone', '[a](docs/faq.md#no-such-question)'],
    ['an image that is gone', '![a](docs/images/gone.png)'],
  ])('%s', (_, text) => expect(brokenLinks('README.md', text)).toHaveLength(1))

  test('a file and a script that are gone', () => {
    expect(missingFiles('see `app/jobs/gone.ts`')).toEqual(['app/jobs/gone.ts'])
    expect(missingScripts('`npm run gone`')).toEqual(['gone'])
  })

  test('but neither code, nor what is elsewhere', () => {
    expect(
      brokenLinks('README.md', '`[a](gone.md)` [b](https://example.com) [c](docs/faq.md#why-not-a-queue-alone)'),
    ).toEqual([])
    expect(missingFiles('`app/jobs/<type>.ts`, `app/commands/*`')).toEqual([])
  })
})

/** Makes a page of docs/ into what the console shows of it: its chapters as HTML, cut at the second heading. */
import { Marked } from 'marked'

export interface Chapter {
  /** The heading's anchor, as GitHub makes it: `dead-letters`. */
  readonly id: string
  readonly title: string
  readonly html: string
}

/** For Vite: `import chapters from '…/operations.md'`. */
export const chaptersPlugin = {
  name: 'chapters',
  transform: {
    filter: { id: /\.md$/ },
    handler: (text: string) => ({ code: `export default ${JSON.stringify(chaptersOf(text))}`, map: null }),
  },
}

export function chaptersOf(page: string): Chapter[] {
  const [, ...chapters] = page.split(/^## /m)
  return chapters.map((chapter) => {
    const [title = '', ...text] = chapter.split('\n')
    return { id: anchorOf(title), title, html: marked.parse(text.join('\n'), { async: false }) }
  })
}

function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replaceAll(' ', '-')
}

const marked = new Marked({
  renderer: {
    // Other pages are not in the console; a chapter of this one is a place in it.
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens)
      if (href.startsWith('#')) return `<a href="#/runbook/${href.slice(1)}">${text}</a>`
      return /^https:/.test(href) ? `<a href="${href}" target="_blank" rel="noreferrer">${text}</a>` : text
    },
    // What scrolls must be reachable by the keyboard.
    code: ({ text }) => `<pre tabindex="0"><code>${text.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</code></pre>`,
  },
})

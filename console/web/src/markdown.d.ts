/** What the build makes of a page of docs/: its chapters. */
declare module '*.md' {
  const chapters: readonly { readonly id: string; readonly title: string; readonly html: string }[]
  export default chapters
}

import packageJson from '../../package.json' with { type: 'json' }

/** The compiled modules that the package exports, below dist/, by their names. In the repository the exports are the sources. */
export const modules: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(packageJson.exports)
    .filter(([, file]) => file.endsWith('.ts'))
    .map(([name, file]) => [name, file.replace(/^\.\/(.*)\.ts$/, '$1.js')]),
)

/** A small JSON file that is either the old or the new one, whenever the process dies. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The parsed content, `undefined` without a file. Throws if the file is not JSON. */
export async function readState(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${file} is not JSON. Delete it to begin anew; its mapping then starts at its starting position.`, {
      cause,
    })
  }
}

/** Writes next to the file and renames: a reader never sees half of it. Not for concurrent calls on one file. */
export async function writeState(file: string, state: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.new`, JSON.stringify(state))
  await rename(`${file}.new`, file)
}

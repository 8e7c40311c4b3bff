const full = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])

/**
 * Resolves when a write that nobody waits for, such as a timer's, meets a full disk: the stack is to stop in order then. What was
 * answered before is on the disk already. Every other fault that nobody waits for ends the process, as without this.
 */
export function diskFailure(dataDir: string): Promise<Error> {
  return new Promise((resolve) => {
    process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
      if (full.has(error.code ?? '')) {
        const next = 'Free space there and start again; nothing that was answered is lost'
        resolve(new Error(`The disk of the data directory ${dataDir} takes no more (${error.code}). ${next}`))
      } else {
        process.stderr.write(`${error.stack ?? error}\n`)
        process.exit(1)
      }
    })
  })
}

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

export interface HeldPort {
  readonly number: number
  /** Frees the port for the part that is about to listen on it. Idempotent. */
  release(): Promise<void>
}

/**
 * Takes a loopback port (0: a free one) before the parts that need to know it are built, and keeps others from taking
 * it meanwhile. `setting` is what a person changes to have another.
 */
export async function holdPort(port: number, setting: string): Promise<HeldPort> {
  const server = createServer((socket) => socket.destroy())
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${error.code})`
    throw new Error(`Port ${port} ${why}. Stop what listens there, or set ${setting} to another port`)
  })
  return {
    number: (server.address() as AddressInfo).port,
    release: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

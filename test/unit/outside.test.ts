import { spawn } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { type OutsideOptions, outsideHttp } from '../../functions/aws/outside.ts'
import { PermanentError, RetryAfterError } from '../../shared/define/errors.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function listen(listener: RequestListener): Promise<{ port: number; requests: () => number }> {
  let requests = 0
  const server = createServer((request, response) => {
    requests++
    listener(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, requests: () => requests }
}

/** Writes for as long as somebody listens. */
function endless(socket: Socket, first: string, more: () => string): void {
  const on = () => socket.write(more(), () => !socket.destroyed && setImmediate(on))
  socket.write(first, on)
}

const never = new AbortController().signal
const loopback = { address: '127.0.0.1', family: 4 }
const post = (url: string, options: Partial<OutsideOptions> = {}, signal = never) =>
  outsideHttp({ allowPrivate: true, ...options }).post(
    { url, headers: { 'content-type': 'application/json', 'x-mine': 'yes' }, body: '{"a":"ü"}' },
    signal,
  )

/** Addresses that sockets of this process try to connect to from now on. */
function connectionAttempts(): string[] {
  const tried: string[] = []
  const watch = (message: unknown) =>
    (message as { socket: Socket }).socket.on('connectionAttempt', (ip: string) => tried.push(ip))
  subscribe('net.client.socket', watch)
  onTestFinished(() => {
    unsubscribe('net.client.socket', watch)
  })
  return tried
}

describe('posting outside', () => {
  it('sends headers and body, and gives back status and text', async () => {
    const { port } = await listen(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      response.writeHead(418).end(`${request.method} ${request.headers['x-mine']} ${Buffer.concat(chunks)}`)
    })
    expect(await post(`http://127.0.0.1:${port}/hook`)).toEqual({ status: 418, text: 'POST yes {"a":"ü"}' })
  })

  it.each<[string, number | undefined]>([
    ['120', 120],
    ['0', 0],
    [new Date(Date.now() + 3_600_500).toUTCString(), 3_600],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['9'.repeat(30), undefined],
  ])('reads how long the server asks to wait: %s', async (header, seconds) => {
    const { port } = await listen((_, response) => response.writeHead(429, { 'retry-after': header }).end())
    const error = await post(`http://127.0.0.1:${port}/`).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RetryAfterError)
    expect((error as Error).message).toBe(`http://127.0.0.1:${port} answered 429`)
    const asked = (error as RetryAfterError).seconds
    if (seconds === 3_600) expect(Math.abs((asked ?? 0) - seconds)).toBeLessThanOrEqual(60)
    else expect(asked).toBe(seconds)
  })

  it('takes 503 as a busy server only where it says when to come back', async () => {
    const { port } = await listen(({ url }, response) =>
      response.writeHead(503, url === '/busy' ? { 'retry-after': '7' } : {}).end(),
    )
    expect(await post(`http://127.0.0.1:${port}/broken`)).toMatchObject({ status: 503 })
    await expect(post(`http://127.0.0.1:${port}/busy`)).rejects.toMatchObject({ name: 'RetryAfterError', seconds: 7 })
  })

  it('does not follow a redirect', async () => {
    const target = await listen((_, response) => response.end('secret'))
    const { port } = await listen((_, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${target.port}/` }).end('over there'),
    )
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual({ status: 307, text: 'over there' })
    expect(target.requests()).toBe(0)
  })

  it('reads no more than the beginning of an endless answer', async () => {
    const { port } = await listen((_, response) => {
      const more = () => response.write('x'.repeat(64 * 1024), () => !response.destroyed && setImmediate(more))
      more()
    })
    const { status, text } = await post(`http://127.0.0.1:${port}/`)
    expect(status).toBe(200)
    expect(text).toHaveLength(4096)
  })

  it('gives up on who does not answer, and says who', async () => {
    const { port } = await listen(() => {})
    await expect(post(`http://127.0.0.1:${port}/?token=1`, { timeLimit: 50 })).rejects.toThrow(
      `http://127.0.0.1:${port} did not answer within 0.05 s`,
    )
  })

  it('takes the status as the answer when the body drips on for ever', async () => {
    const { port } = await listen((_, response) => response.write('so far'))
    expect(await post(`http://127.0.0.1:${port}/`, { timeLimit: 200 })).toEqual({ status: 200, text: 'so far' })
  })

  it.each<[string, (socket: Socket) => void]>([
    ['headers without end', (socket) => endless(socket, 'HTTP/1.1 200 OK\r\n', () => `x-${'y'.repeat(4_000)}: z\r\n`)],
    ['a header that never ends', (socket) => socket.write('HTTP/1.1 200 OK\r\nx-slow: ')],
    [
      'another protocol',
      (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    ],
    ['no HTTP at all', (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')],
  ])('ends in an error when the answer is %s', async (_, speak) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => speak(socket))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    await expect(post(`http://127.0.0.1:${port}/`, { timeLimit: 500 })).rejects.toThrow(`http://127.0.0.1:${port}`)
  })

  it('gives up on a resolver that does not answer', async () => {
    const silent = () => new Promise<never>(() => {})
    await expect(
      post('https://hooks.example.com/', { allowPrivate: false, resolve: silent, timeLimit: 50 }),
    ).rejects.toThrow('https://hooks.example.com did not answer within 0.05 s')
  })

  it('ends with the job: its reason is the one that is thrown', async () => {
    const { port } = await listen(() => {})
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('the job is over')), 20)
    await expect(post(`http://127.0.0.1:${port}/`, {}, controller.signal)).rejects.toThrow('the job is over')
  })

  it('says why nobody could be reached', async () => {
    const { port } = await listen(() => {})
    for (const server of servers.splice(0)) server.close()
    await expect(post(`http://127.0.0.1:${port}/`)).rejects.toThrow(/^posting to .* failed: .*ECONNREFUSED/)
  })
})

describe('a host with several addresses', () => {
  it('is reached over IPv4 alone where it has both: Lambda has no way to IPv6', async () => {
    const { port } = await listen((_, response) => response.end())
    const resolve = async () => [{ address: '::1', family: 6 }, loopback]
    await expect(post(`http://both.example.com:${port}/`, { resolve })).resolves.toMatchObject({ status: 200 })
    const gone = await post('http://both.example.com:1/', { resolve }).catch(String)
    expect(gone).not.toContain('::1')
  })

  it('is reached over IPv6 where it has nothing else', async () => {
    const failure = await post('http://six.example.com:1/', {
      resolve: async () => [{ address: '::1', family: 6 }],
    }).catch(String)
    expect(failure).toContain('::1')
  })

  it('gets seconds for a handshake, as one on the other side of the world needs them', async () => {
    const { port, isFull, wakeUp } = await sleepingServer()
    onTestFinished(wakeUp)
    await isFull()
    // The first address answers when it wakes up; the second is not there at all.
    const resolve = async () => [loopback, { address: '127.0.0.2', family: 4 }]
    const posted = post(`http://far.example.com:${port}/`, { resolve })
    setTimeout(wakeUp, 600)
    await expect(posted).resolves.toMatchObject({ status: 200 })
  })
})

/** A server of another process that is stopped: once its queue is full, the system answers no handshake for it. */
async function sleepingServer() {
  const source = `require('node:http').createServer((_, answer) => answer.end())
    .listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })`
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(line.toString())
  child.kill('SIGSTOP')
  const connects = async () => {
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
    onTestFinished(() => void socket.destroy())
    return Promise.race([once(socket, 'connect').then(() => true), sleep(200).then(() => false)])
  }
  return {
    port,
    async isFull() {
      while (await connects());
    },
    wakeUp: () => void child.kill('SIGCONT'),
  }
}

describe('the guard of addresses', () => {
  const refuse = (addresses: readonly string[]) =>
    post('https://hooks.example.com/', {
      allowPrivate: false,
      resolve: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    })

  it('refuses an address that can never be posted to for good', async () => {
    await expect(post('https://127.0.0.1/', { allowPrivate: false })).rejects.toThrow(PermanentError)
    await expect(post('http://example.com/', { allowPrivate: false })).rejects.toThrow('must be https')
  })

  it.each([[['127.0.0.1']], [['93.184.216.34', '10.0.0.1']], [['::ffff:169.254.169.254']], [['2002:7f00:1::']]])(
    'refuses a name that resolves to %s',
    async (addresses) => {
      await expect(refuse(addresses)).rejects.toThrow('resolves to an address that is not public')
    },
  )

  it('does not give a name up for good: its DNS entry may be fixed', async () => {
    await expect(refuse(['127.0.0.1'])).rejects.not.toThrow(PermanentError)
  })

  it('asks the resolver once and connects to what was checked, so that a second answer cannot slip in', async () => {
    const { port, requests } = await listen((_, response) => response.end())
    const answers = [[loopback], [{ address: '127.0.0.2', family: 4 }]]
    let asked = 0
    const resolve = async () => answers[asked++] ?? []
    await expect(post(`http://rebind.example.com:${port}/`, { resolve })).resolves.toMatchObject({ status: 200 })
    expect(asked).toBe(1)
    expect(requests()).toBe(1)
  })

  it('is not fooled by a name that is public first and private second', async () => {
    const tried = connectionAttempts()
    // Of the public block, but given to nobody: no packet gets anywhere.
    const nobody = { address: '2e00::1', family: 6 }
    let asked = 0
    const resolve = async () => [asked++ === 0 ? nobody : loopback]
    const attempt = () => post('https://rebind.example.com:8443/', { allowPrivate: false, resolve, timeLimit: 100 })
    await expect(attempt()).rejects.not.toThrow('not public')
    expect(tried).toEqual(['2e00::1'])
    await expect(attempt()).rejects.toThrow('resolves to an address that is not public')
    expect(tried).toEqual(['2e00::1'])
    expect(asked).toBe(2)
  })

  it('says so when a name has no address', async () => {
    await expect(refuse([])).rejects.toThrow('has no address')
  })
})

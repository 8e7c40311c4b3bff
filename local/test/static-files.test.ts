import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSettings } from '../command/settings.ts'
import { type StaticFiles, staticAnswer } from '../http-api/static-files.ts'

let top: string
let served: StaticFiles[]

beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'static-files-'))
  await mkdir(join(top, 'site/assets'), { recursive: true })
  await writeFile(join(top, 'secret.txt'), 'secret')
  await writeFile(join(top, 'site/index.html'), '<h1>Here</h1>')
  await writeFile(join(top, 'site/assets/a.js'), 'export {}')
  await symlink(join(top, 'secret.txt'), join(top, 'site/link.txt'))
  served = [{ path: '/site', directory: join(top, 'site') }]
})
afterAll(() => rm(top, { recursive: true, force: true }))

const ask = (path: string, method = 'GET', headers: Record<string, string> = {}) =>
  staticAnswer(served, { method, path, headers })

describe('files served beside the API', () => {
  it('leaves all other paths to the API', async () => {
    expect(await ask('/orders')).toBeUndefined()
    expect(await ask('/sites')).toBeUndefined()
  })

  it('sends the directory to where its page finds what it names', async () => {
    expect(await ask('/site')).toMatchObject({ status: 308, headers: { location: '/site/' } })
  })

  it.each([
    ['/site/', 'text/html; charset=utf-8', '<h1>Here</h1>'],
    ['/site/index.html', 'text/html; charset=utf-8', '<h1>Here</h1>'],
    ['/site/assets/a.js', 'text/javascript; charset=utf-8', 'export {}'],
  ])('answers %s as %s', async (path, type, content) => {
    const answer = await ask(path)
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': type, 'cache-control': 'no-cache' } })
    expect(String(answer?.body)).toBe(content)
  })

  it('sends a file again only when it is another', async () => {
    const etag = String((await ask('/site/'))?.headers.etag)
    expect(await ask('/site/', 'GET', { 'if-none-match': etag })).toMatchObject({ status: 304, body: '' })
    await writeFile(join(top, 'site/index.html'), '<h1>Here</h1>')
    expect((await ask('/site/', 'GET', { 'if-none-match': '"old"' }))?.status).toBe(200)
  })

  it.each([
    '/site/nothing.js',
    '/site/assets',
    '/site/../secret.txt',
    '/site/../../etc/passwd',
    '/site/link.txt',
    '/site/\0',
  ])('has nothing at %j', async (path) => {
    expect((await ask(path))?.status).toBe(404)
  })

  it('is only read', async () => {
    expect(await ask('/site/', 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
  })
})

describe('--serve', () => {
  const read = (value: string) => readSettings(['--app', 'true', '--serve', value], {})

  it('takes a path and a directory', () => {
    expect(read(`/site=${top}`).files).toEqual([{ path: '/site', directory: top }])
  })

  it.each(['site', '/site', '/=x', '/a b=x', '/site='])('refuses %j in one line', (value) => {
    expect(() => read(value)).toThrow(/is not \/path=directory/)
  })

  it('refuses a directory that is not there', () => {
    expect(() => read(`/site=${top}/nowhere`)).toThrow(/there is no directory/)
  })
})

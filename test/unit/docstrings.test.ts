/** Checks the docstrings of every name that the package exports, and of all their members. */

import { parseSync } from 'vite'
import { describe, expect, test } from 'vitest'
import { moduleOf } from '../support/docstring-examples.ts'
import { type Documented, examplesIn, publicEntries } from '../support/docstrings.ts'

const entries = publicEntries()
const all = entries.flatMap(({ documented }) => documented)

const lacking = (isWrong: (one: Documented) => boolean) => [...new Set(all.filter(isWrong).map(({ name }) => name))]

/** Words at the beginning of a text that is neither a noun nor a verb. */
const vague =
  /^(?:@|what|whether|which|whose|whoever|who|why|how|where|when|while|as|if|in|on|of|for|from|at|this|that|it|its)\b/i

describe('the exported names and their members', () => {
  test('are found, with those in types inside other types', () => {
    const names = all.map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining(['Lane.batchSize', 'OutboxRelay.grantCommit', 'route', 'recordPageQuery']),
    )
    expect(names).toEqual(
      expect.arrayContaining(['OutboxOptions.records', 'defineSchedule.timezone', 'RecordWrite.by']),
    )
    expect(names.filter((name) => name.includes('undefined'))).toEqual([])
  })

  test('have a docstring', () => expect(lacking(({ text }) => text === '')).toEqual([]))

  test('begin their docstring with a noun or a verb', () => {
    expect(lacking(({ text }) => vague.test(text) || !/^(?:[A-Z]|`)/.test(text))).toEqual([])
  })

  test('name the @default if they are optional', () => {
    expect(lacking(({ isOptional, text }) => isOptional && !/^@default \S/m.test(text))).toEqual([])
  })

  test('have no @default if they are required, except in settings of a stage', () => {
    const isSetting = (name: string) => name.startsWith('StageConfig.')
    expect(
      lacking(({ name, isOptional, text }) => !isOptional && !isSetting(name) && text.includes('@default')),
    ).toEqual([])
  })

  test('have an @example if they are a function or the construct', () => {
    const needsExample = ({ name, kind }: Documented) => kind === 'function' || name === 'OutboxRelay'
    expect(lacking((one) => needsExample(one) && examplesIn(one.text).length === 0)).toEqual([])
  })
  // test/long/docstring-examples.test.ts compiles them, which takes some seconds.
  test('have examples that parse', () => {
    expect(parseSync('examples.ts', moduleOf(entries)).errors).toEqual([])
  })
})

import { z } from 'zod'

/**
 * A property that is accepted and has no effect on this machine: encryption, tags, descriptions, backups. Each use is a
 * decision that a local run needs no such thing; what would change behaviour is left out of the schema and so refused.
 */
export const ignored = z.unknown().optional()

/** CloudFormation takes `"5"` for 5, and `"true"` for true. */
export const number = z.coerce.number()
export const boolean = z.union([z.boolean(), z.enum(['true', 'false']).transform((value) => value === 'true')])
export const text = z.union([z.string(), z.number(), z.boolean()]).transform(String)

/** One value or a list of them, as IAM allows in each place. */
export const oneOrMany = z.union([text.transform((value) => [value]), z.array(text)])

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Drops the keys without a value, so that an absent property stays absent in the model. */
export function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>
}

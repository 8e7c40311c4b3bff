/**
 * The process of a bench: `node child.ts <measure>`, with the environment of the function that it measures. Of its own, so
 * that one bench's heap and environment are not another's.
 */
export interface Inputs {
  /** Bundle by the function's short name. */
  readonly bundles: Readonly<Record<string, string>>
  /** Environment by the function's short name, for those who measure more than one. */
  readonly environments: Readonly<Record<string, Record<string, string>>>
  readonly queues: Readonly<Record<string, string>>
  readonly direct: Readonly<Record<string, string>>
  readonly gatewayUrl: string
  readonly quick: boolean
}

export type Measure = (inputs: Inputs, say: (line: string) => void) => Promise<unknown>

const [, , name] = process.argv
const send = (message: object) => new Promise((resolve) => process.send?.(message, resolve))
try {
  const { measure } = (await import(`./measure/${name}.ts`)) as { measure: Measure }
  const inputs = JSON.parse(process.env.BENCH_INPUTS ?? '') as Inputs
  await send({ result: await measure(inputs, (line) => void send({ line })) })
  process.exit(0)
} catch (error) {
  await send({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  process.exit(1)
}

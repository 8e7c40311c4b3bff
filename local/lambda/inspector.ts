import type { StackModel } from '../model.ts'

/** Where a debugger connects to: Node's own default. */
const PORT = 9229
/** The longest that Lambda allows. At a breakpoint the clock of an invocation goes on. */
const TIMEOUT_SECONDS = 900

/**
 * The model with one function to debug. It has one process, which listens for a debugger, and Lambda's longest timeout.
 *
 * @param name the function's name, or the end of it: `consume-default`
 */
export function withInspector(model: StackModel, name: string): StackModel {
  const chosen = model.functions.filter((fn) => fn.name === name || fn.name.endsWith(`-${name}`))
  if (chosen.length !== 1) {
    const names = model.functions.map((fn) => fn.name).join(', ')
    throw new Error(`INSPECT=${name} is not one function of the template. Set it to one of ${names}`)
  }
  const inspected = { inspectPort: PORT, timeoutSeconds: TIMEOUT_SECONDS }
  const functions = model.functions.map((fn) => (chosen.includes(fn) ? { ...fn, ...inspected } : fn))
  return { ...model, functions }
}

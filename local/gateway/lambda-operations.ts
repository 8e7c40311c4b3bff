/** Paths of Lambda's API, by operation. A mapping's UUID is its logical id, as `Ref` gives it. */
const paths = [
  { operation: 'GetEventSourceMapping', method: 'GET', path: /^\/2015-03-31\/event-source-mappings\/([^/?]+)$/ },
  { operation: 'UpdateEventSourceMapping', method: 'PUT', path: /^\/2015-03-31\/event-source-mappings\/([^/?]+)$/ },
  { operation: 'Invoke', method: 'POST', path: /^\/2015-03-31\/functions\/([^/?]+)\/invocations$/ },
] as const

/** Returns the operation of Lambda that a request calls, and its target; `undefined` if the operation is not emulated. */
export function lambdaOperation(method = '', url = ''): { operation: string; target: string } | undefined {
  for (const candidate of paths) {
    const target = candidate.method === method ? candidate.path.exec(url)?.[1] : undefined
    if (target !== undefined) return { operation: candidate.operation, target: decodeURIComponent(target) }
  }
  return undefined
}

import http from 'node:http'

const loopback = ['localhost', '127.0.0.1', '::1']

/**
 * Keeps a proxy of the caller's shell (HTTP_PROXY, ALL_PROXY and NODE_USE_ENV_PROXY or `--use-env-proxy`) away from the loopback,
 * for this process and those that it starts. Without it, Node sends calls of the local stack, and calls between its parts, to
 * the proxy, which cannot reach them.
 */
export function keepLoopbackDirect(env: NodeJS.ProcessEnv): void {
  if (!Object.entries(env).some(([name, value]) => value && /^(https?|all)_proxy$/i.test(name))) return
  const names = Object.keys(env).filter((name) => /^no_proxy$/i.test(name))
  const direct = [...new Set([...names.flatMap((name) => (env[name] ?? '').split(',')), ...loopback])]
  // Both spellings: programs differ in which of them they read first. `fetch` looks here each time.
  env.NO_PROXY = env.no_proxy = direct
    .map((host) => host.trim())
    .filter(Boolean)
    .join(',')
  // The agent of `http.request` has read the variables when Node started. No part of the stack is called over https.
  http.globalAgent = new http.Agent({ keepAlive: true, timeout: 5_000, proxyEnv: env } as http.AgentOptions)
}

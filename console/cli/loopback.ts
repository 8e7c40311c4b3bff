import http from 'node:http'

const loopback = ['localhost', '127.0.0.1', '::1']

/**
 * Keeps a proxy of the caller's shell (HTTP_PROXY, ALL_PROXY and NODE_USE_ENV_PROXY or `--use-env-proxy`) away from the loopback,
 * for this process and those that it starts. Without it, Node asks the proxy for a stack on this machine,
 * which cannot reach it.
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
  // The agent of `http.request` has read the variables when Node started.
  http.globalAgent = new http.Agent({ keepAlive: true, timeout: 5_000, proxyEnv: env } as http.AgentOptions)
}

/** The local stack, for tests: `outbox-relay/local`. */
export { runStack, type StackProcess, type StackProcessSettings } from '../console/run-stack.ts'

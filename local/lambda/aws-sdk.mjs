/**
 * The AWS SDK that Lambda's runtime for Node brings along: a bundle may leave it out, as the CDK's NodejsFunction does by
 * default. What a function does not find where its code is comes from the installation of this stack.
 */
import { createRequire, registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

const ofTheRuntime = /^@(aws-sdk|smithy)\//
const own = createRequire(import.meta.url)
let isLooking = false

registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context)
    } catch (error) {
      const path = isLooking || !ofTheRuntime.test(specifier) ? undefined : found(specifier)
      if (path === undefined) throw error
      return { url: pathToFileURL(path).href, shortCircuit: true }
    }
  },
})

function found(specifier) {
  isLooking = true
  try {
    return own.resolve(specifier)
  } catch {
    return undefined
  } finally {
    isLooking = false
  }
}

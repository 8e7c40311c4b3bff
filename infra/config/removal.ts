import { RemovalPolicy } from 'aws-cdk-lib'
import type { Stage } from './stage-config.ts'

/**
 * What happens to a resource that holds data when it leaves the stack. With `keepData` it stays. If the deploy that
 * creates it fails, it goes nevertheless: it is empty, and its name would make the next deploy fail.
 */
export function removalOf({ config }: Pick<Stage, 'config'>): RemovalPolicy {
  return config.keepData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY
}

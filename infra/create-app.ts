import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import cdk from '../cdk.json' with { type: 'json' }
import { stackName } from '../shared/lib/names.ts'
import { stageFrom } from './config/config.ts'
import { OutboxRelayStack } from './stack.ts'

/**
 * Creates the CDK app: one stack, of the stage in the context, with the checks of cdk-nag. It also reads the context of
 * cdk.json itself, so that the template is the same however the app is started.
 * @param context values of `-c`, which override cdk.json
 * @param outdir directory of the cloud assembly; @default - as the CDK's CLI sets it, otherwise a new temporary directory
 * @throws ConfigError when the stage or a key is invalid
 */
export function createApp(context: Readonly<Record<string, unknown>> = {}, outdir?: string): App {
  const app = new App({
    context: { ...cdk.context, ...context },
    outdir,
    treeMetadata: false,
    // The caller synthesizes, so that an error writes no incomplete assembly.
    autoSynth: false,
  })
  const stage = stageFrom(app.node.getAllContext())
  new OutboxRelayStack(app, stackName(stage.name), { stage })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  return app
}

import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import cdk from '../cdk.json' with { type: 'json' }
import { stackName } from '../shared/lib/names.ts'
import { stageFrom } from './config/config.ts'
import { OutboxRelayStack } from './stack.ts'

/**
 * The CDK app: one stack, of the stage that the context names, under the rules of cdk-nag.
 * The context of cdk.json goes in here as well, so that the template is the same whoever runs the app.
 * @param context as `-c` gives it; wins over cdk.json
 * @param outdir where the assembly goes; @default - what the CDK's CLI says, else a new temporary directory
 * @throws ConfigError when the stage or a key cannot work
 */
export function createApp(context: Readonly<Record<string, unknown>> = {}, outdir?: string): App {
  const app = new App({
    context: { ...cdk.context, ...context },
    ...(outdir ? { outdir } : {}),
    treeMetadata: false,
    // The caller synthesizes: after a refusal nothing half-made must be written.
    autoSynth: false,
  })
  const stage = stageFrom(app.node.getAllContext())
  new OutboxRelayStack(app, stackName(stage.name), { stage })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  return app
}

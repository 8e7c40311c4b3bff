import type { z } from 'zod'

/** What `Ref` and `Fn::GetAtt` give for a resource. */
export interface Identity {
  readonly ref: string
  readonly attributes: Readonly<Record<string, string>>
}

/** What an identity may be made of: it must be known before other resources are. */
export interface Naming {
  readonly logicalId: string
  readonly awsPort: number
  /** The physical name: the text of that property, or `<stackName>-<logicalId>`. */
  name(property: string): string
  /** `arn:aws:<service>:us-east-1:000000000000:<resource>`; a global service has no region. */
  arn(service: string, resource: string, region?: ''): string
  /** A property's text, resolved; empty when it is not there. */
  property(name: string): string
}

/** One resource type: how it is named, and which of its properties have a meaning here. Others are refused. */
export interface Rule<P = unknown> {
  identity(naming: Naming): Identity
  readonly properties: z.ZodType<P>
}

/** A resource of the template, resolved and checked. */
export interface Resource<P> extends Identity {
  readonly logicalId: string
  readonly type: string
  readonly properties: P
}

/** The resources of the template whose conditions hold. */
export interface Resources {
  of<P>(types: Readonly<Record<string, Rule<P>>>): readonly Resource<P>[]
}
